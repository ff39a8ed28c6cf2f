package client

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// sender sends the requests of a session. It is the HttpRequestDoer of the generated calls.
type sender struct {
	server  string // with a trailing slash
	key     ClientCredentials
	http    http.Client
	maxWait time.Duration

	turn  chan struct{} // full while a caller uses token
	token *token
}

// Do sends a request with a token and returns the answer if it is a success. Any other answer is
// an *Error. A request with a token that has ended is sent again with a new one.
func (s *sender) Do(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Path, "/v1/sts/login/services") {
		return s.send(r, nil)
	}
	t, err := s.current(r.Context(), nil)
	if err != nil {
		return nil, err
	}
	response, err := s.send(r, t)
	if !denied(err) || !repeatable(r) || !s.ended(r.Context(), t) {
		return response, err
	}
	if t, err = s.current(r.Context(), t); err != nil {
		return nil, err
	}
	return s.send(r, t)
}

// send sends a request, with a token unless it is nil, until the answer is not to be repeated.
func (s *sender) send(r *http.Request, t *token) (*http.Response, error) {
	left := s.maxWait
	for {
		response, err := s.once(r, t)
		wait := waitOf(r, err)
		deadline, bounded := r.Context().Deadline()
		if wait == 0 || wait > left || bounded && wait > time.Until(deadline) {
			return response, err
		}
		left -= wait
		if err := sleep(r.Context(), wait); err != nil {
			return nil, err
		}
	}
}

// waitOf returns the time after which a request may be repeated, 0 for never. The server's own 429
// and 503 mean that nothing was changed; those of a proxy do not.
func waitOf(r *http.Request, err error) time.Duration {
	e, ok := errors.AsType[*Error](err)
	switch {
	case !ok || e.Status != http.StatusTooManyRequests && e.Status != http.StatusServiceUnavailable:
		return 0
	case !repeatable(r) || e.RespCode == "" && r.Method != http.MethodGet:
		return 0
	}
	return e.RetryAfter
}

// repeatable reports whether the body of a request can be sent twice.
func repeatable(r *http.Request) bool {
	return r.Body == nil || r.Body == http.NoBody || r.GetBody != nil
}

// once sends a copy of a request and returns the answer if it is a success.
func (s *sender) once(r *http.Request, t *token) (*http.Response, error) {
	request := r.Clone(r.Context())
	if r.GetBody != nil {
		body, err := r.GetBody()
		if err != nil {
			return nil, err
		}
		request.Body = body
	}
	if t != nil {
		request.Header.Set("Authorization", "Bearer "+t.text)
	}
	response, err := s.http.Do(request)
	if err != nil {
		if failed, ok := errors.AsType[*url.Error](err); ok { // a query may hold personal data
			failed.URL, _, _ = strings.Cut(failed.URL, "?")
		}
		return nil, err
	}
	if response.StatusCode/100 == 2 {
		return response, nil
	}
	defer response.Body.Close()
	return nil, errorOf(response)
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
