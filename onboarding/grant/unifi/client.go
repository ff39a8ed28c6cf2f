// Package unifi opens a visitor's internet access by the API of a UniFi controller.
//
// The requests are those of the vendor's article "External Hotspot API for Authorization": the
// site by its name in the controller's redirect, the client by its MAC address, and the action
// AUTHORIZE_GUEST_ACCESS for it, with an administrator's key in the header X-API-KEY.
package unifi

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"
)

// DefaultPath is the path of the API of a UniFi OS console, for an address without a path.
const DefaultPath = "/proxy/network/integration"

const (
	// atOnce limits the visitors for whom this process calls one controller at the same time. A
	// controller that does not answer holds up the visitors of no other one.
	atOnce = 8
	// Timeout limits the calls for one visitor, with the wait for a free place.
	Timeout = 10 * time.Second
	// maxAnswer limits the bytes of an answer that are read.
	maxAnswer = 1 << 20
	// sitesAtOnce is the largest page of the API.
	sitesAtOnce = 200
)

// Controller is a controller and the site of a venue.
type Controller struct {
	URL   string         // https; scheme and host, with the path of the API if it is not DefaultPath
	Key   string         // of an administrator
	Roots *x509.CertPool // nil: those of the machine
	Site  string         // the name in the controller's redirect, such as "default"
	// Minutes is the time for which the access is opened.
	Minutes int
}

// Client calls controllers. Its methods are safe for concurrent use.
type Client struct {
	places sync.Map // of chan struct{}, by the address of the controller
}

// New returns a client.
func New() *Client { return &Client{} }

// idForm matches IDs of the API that may stand in a path.
var idForm = regexp.MustCompile(`^[A-Za-z0-9-]{1,64}$`)

// Authorize opens the internet access of the device with a MAC address, written 02-00-00-00-00-01.
// It follows no redirect, and calls nothing but the controller. An error holds neither the key nor
// the MAC address.
func (c *Client) Authorize(ctx context.Context, of Controller, mac string) error {
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	shared, _ := c.places.LoadOrStore(of.URL, make(chan struct{}, atOnce))
	places := shared.(chan struct{})
	select {
	case places <- struct{}{}:
		defer func() { <-places }()
	case <-ctx.Done():
		return errors.New("too many calls of the controller wait")
	}
	api, err := newSession(of)
	if err != nil {
		return err
	}
	defer api.http.CloseIdleConnections()
	var sites struct {
		Data []struct{ ID, InternalReference, Name string }
	}
	if err := api.call(ctx, http.MethodGet, "/v1/sites", url.Values{"limit": {fmt.Sprint(sitesAtOnce)}}, nil,
		&sites); err != nil {
		return fmt.Errorf("sites: %w", err)
	}
	site := ""
	for _, s := range sites.Data {
		if s.InternalReference == of.Site {
			site = s.ID
		}
	}
	if !idForm.MatchString(site) {
		return errors.New("the controller has no site of that name")
	}
	mac = strings.ReplaceAll(strings.ToLower(mac), "-", ":")
	var clients struct {
		Data []struct{ ID, MacAddress string }
	}
	if err := api.call(ctx, http.MethodGet, "/v1/sites/"+site+"/clients",
		url.Values{"filter": {"macAddress.eq('" + mac + "')"}}, nil, &clients); err != nil {
		return fmt.Errorf("clients: %w", err)
	}
	client := ""
	for _, found := range clients.Data {
		if strings.EqualFold(found.MacAddress, mac) {
			client = found.ID
		}
	}
	if !idForm.MatchString(client) {
		return errors.New("the controller does not know the device")
	}
	action := map[string]any{"action": "AUTHORIZE_GUEST_ACCESS", "timeLimitMinutes": of.Minutes}
	if err := api.call(ctx, http.MethodPost, "/v1/sites/"+site+"/clients/"+client+"/actions", nil, action,
		nil); err != nil {
		return fmt.Errorf("authorization: %w", err)
	}
	return nil
}

// session is the connection to a controller for one visitor.
type session struct {
	base *url.URL
	key  string
	http *http.Client
}

func newSession(of Controller) (*session, error) {
	base, err := url.Parse(of.URL)
	if err != nil || base.Scheme != "https" || base.Host == "" {
		return nil, errors.New("the controller's address is not https")
	}
	if strings.Trim(base.Path, "/") == "" {
		base.Path = DefaultPath
	}
	return &session{base: base, key: of.Key, http: &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext:            (&net.Dialer{Timeout: Timeout / 2}).DialContext,
			TLSClientConfig:        &tls.Config{RootCAs: of.Roots, MinVersion: tls.VersionTLS12},
			MaxResponseHeaderBytes: 64 << 10,
			MaxIdleConns:           1,
		},
	}}, nil
}

// call sends a request and decodes the answer into a value, unless that is nil. Each status but 2xx
// is an error.
func (s *session) call(
	ctx context.Context, method, path string, query url.Values, body map[string]any, into any,
) error {
	to := s.base.JoinPath(path)
	to.RawQuery = query.Encode()
	var sent io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return err
		}
		sent = bytes.NewReader(raw)
	}
	r, err := http.NewRequestWithContext(ctx, method, to.String(), sent)
	if err != nil {
		return errors.New("the controller's address is invalid")
	}
	r.Header.Set("X-Api-Key", s.key)
	r.Header.Set("Accept", "application/json")
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	answer, err := s.http.Do(r)
	if failed, ok := errors.AsType[*url.Error](err); ok { // its text holds the address with the MAC
		return failed.Err
	}
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer+1))
	if err != nil {
		return err
	}
	switch {
	case answer.StatusCode < 200 || answer.StatusCode > 299:
		return fmt.Errorf("the controller answers with status %d", answer.StatusCode)
	case len(raw) > maxAnswer:
		return errors.New("the controller's answer is too long")
	case into != nil && json.Unmarshal(raw, into) != nil:
		return errors.New("the controller's answer is not the expected JSON")
	}
	return nil
}
