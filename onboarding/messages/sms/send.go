package sms

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/messages"
)

const (
	requestTime = 30 * time.Second
	maxAnswer   = 64 << 10
	maxAfter    = time.Hour // the longest Retry-After that is followed
)

func newClient() *http.Client {
	return &http.Client{
		Timeout:       requestTime,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			Proxy:               http.ProxyFromEnvironment,
			DialContext:         (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
			TLSHandshakeTimeout: 10 * time.Second, MaxIdleConnsPerHost: 8, IdleConnTimeout: time.Minute,
			MaxResponseHeaderBytes: maxAnswer,
		},
	}
}

// SendSMS implements messages.Texter.
func (g *Gateway) SendSMS(ctx context.Context, m messages.SMS) error {
	request, err := g.request(ctx, m)
	if err != nil {
		return &messages.SendError{
			Outcome: onboarding.MessageRejected, Reason: "the request to the SMS gateway is invalid",
		}
	}
	response, err := g.client.Do(request)
	if err != nil {
		return &messages.SendError{Down: true, Reason: "no answer of the SMS gateway: " + cause(err)}
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil && g.Expect != "" {
		return &messages.SendError{Reason: "the answer of the SMS gateway broke off"}
	}
	return g.judge(response, answer)
}

// judge returns the meaning of an answer.
func (g *Gateway) judge(response *http.Response, answer []byte) error {
	status := response.StatusCode
	f := &messages.SendError{Reason: fmt.Sprintf("the SMS gateway answered %d", status)}
	success := status/100 == 2
	if len(g.Success) > 0 {
		success = slices.Contains(g.Success, status)
	}
	switch {
	case success && bytes.Contains(answer, []byte(g.Expect)):
		return nil
	case success:
		f.Reason += " without the expected text"
	case slices.Contains(g.Refused, status):
		f.Outcome = onboarding.MessageRefused
	case status == http.StatusUnauthorized || status == http.StatusForbidden || status == http.StatusTooManyRequests ||
		status >= 500 || status/100 == 3:
		f.Down = true // of all messages, not of this one
	case status == http.StatusRequestTimeout || status == http.StatusTooEarly:
	case status/100 == 4:
		f.Outcome = onboarding.MessageRejected
	}
	if f.Outcome == "" {
		f.After = retryAfter(response.Header.Get("Retry-After"), time.Now())
	}
	return f
}

// retryAfter returns the pause that a header asks for, at most maxAfter.
func retryAfter(text string, now time.Time) time.Duration {
	if seconds, err := strconv.Atoi(text); err == nil && seconds > 0 {
		return time.Duration(min(seconds, int(maxAfter/time.Second))) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil && at.After(now) {
		return min(at.Sub(now), maxAfter)
	}
	return 0
}

// request returns the request for a message.
func (g *Gateway) request(ctx context.Context, m messages.SMS) (*http.Request, error) {
	fill := strings.NewReplacer("{to}", m.To, "{number}", strings.TrimPrefix(m.To, "+"), "{text}", m.Text,
		"{id}", m.ID, "{secret}", g.secret).Replace
	var body []byte
	kind := "application/json"
	if g.Encoding == formBody {
		form := url.Values{}
		for name, value := range g.body.(map[string]any) {
			form.Set(name, fill(value.(string)))
		}
		body, kind = []byte(form.Encode()), "application/x-www-form-urlencoded"
	} else {
		var err error
		if body, err = json.Marshal(filled(g.body, fill)); err != nil {
			return nil, err
		}
	}
	request, err := http.NewRequestWithContext(ctx, g.Method, g.URL, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	for name, value := range g.Headers {
		request.Header.Set(name, strings.NewReplacer("{secret}", g.secret, "{id}", m.ID).Replace(value))
	}
	request.Header.Set("Content-Type", kind)
	return request, nil
}

// filled returns a copy of a structure with its strings filled in.
func filled(v any, fill func(string) string) any {
	switch v := v.(type) {
	case string:
		return fill(v)
	case []any:
		all := make([]any, len(v))
		for i, one := range v {
			all[i] = filled(one, fill)
		}
		return all
	case map[string]any:
		all := make(map[string]any, len(v))
		for name, one := range v {
			all[name] = filled(one, fill)
		}
		return all
	}
	return v
}

// cause returns an error without the URL of the request.
func cause(err error) string {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		if wrapped.Timeout() {
			return "timeout"
		}
		err = wrapped.Err
	}
	return err.Error()
}

// Describe returns the settings for an operator, without secrets.
func (g *Gateway) Describe() string {
	return fmt.Sprintf("%s %s, to numbers of %s, at most %d a day for each organization", g.Method, host(g.URL),
		strings.Join(g.Countries, ", "), g.DailyCap())
}

func host(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "unknown host"
	}
	return u.Scheme + "://" + u.Host
}
