// Package contactsapi reads people from the Contacts API of another deployment, or of a service
// with the same API.
//
// The pages of a scroll need not be perfect: contacts that a source repeats are read once, a scroll
// that expires is begun again, and answers are repeated after Retry-After or a lost connection. A
// source that announces more contacts than it returns is an error.
package contactsapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/client"
	"onramp/onboarding/importing"
)

const (
	pageSize = 200
	// maxPage is the largest answer in bytes.
	maxPage = 64 << 20
	// maxIdle is the number of pages in a row without a new contact after which a scroll is not
	// continued.
	maxIdle = 100
	// moreContacts is the number of contacts by which a source may exceed twice the number that it
	// announces. Others may sign up meanwhile, but a source with another ID for a contact in each
	// answer would never end.
	moreContacts = 1000
	// maxRounds is the number of scrolls in a row without a new contact.
	maxRounds = 3
	// maxTries is how often a request is sent whose answer was lost.
	maxTries = 8
	// maxWait limits the waits of one request for Retry-After.
	maxWait = 10 * time.Minute
)

// Config describes a source.
type Config struct {
	URL            string // the public address of the other deployment
	Key            client.ClientCredentials
	OrganizationID string // in the other deployment
	Organization   *onboarding.Organization
	// WithoutPolicies are the keys of policies whose decisions are left out.
	WithoutPolicies []string
	// DefaultLocation takes over contacts of unknown locations at the default location.
	DefaultLocation bool
}

// Contacts reads the contacts of an organization. It holds one page at a time, and some 40 bytes
// for each contact before, to recognize repetitions.
type Contacts struct {
	config  Config
	session *client.Session
	seed    maphash.Seed
	seen    map[uint64]uint64 // the hash of a contact's values, by that of its cid
	page    page
	sID     string
	idle    int          // pages since the last new contact
	rounds  int          // scrolls since the last new contact
	read    atomic.Int64 // contacts with different cids
}

// Open logs in and reads the first page.
func Open(ctx context.Context, c Config) (*Contacts, error) {
	if err := checkURL(c.URL); err != nil {
		return nil, err
	}
	session, err := client.Open(client.Config{URL: c.URL, Key: c.Key, MaxWait: maxWait})
	if err != nil {
		return nil, err
	}
	s := &Contacts{config: c, session: session, seed: maphash.MakeSeed(), seen: map[uint64]uint64{}}
	return s, s.begin(ctx)
}

// checkURL refuses an address to which the key would travel in clear.
func checkURL(text string) error {
	u, err := url.Parse(text)
	if err != nil {
		return errors.New("not a URL") // the error of url.Parse repeats a password
	}
	if u.Scheme != "http" {
		return nil // client.Open refuses schemes other than https
	}
	if onboarding.IsLoopback(u.Hostname()) {
		return nil
	}
	return errors.New("the URL must begin with https://, because the client key is sent to it")
}

// Total returns the number of contacts that the source announces.
func (s *Contacts) Total() int { return s.page.Total }

// Done returns the number of contacts that were read.
func (s *Contacts) Done() int { return int(s.read.Load()) }

// Close revokes the token.
func (s *Contacts) Close(ctx context.Context) error { return s.session.Logout(ctx) }

// page is an answer of the source.
type page struct {
	Total    int       `json:"totalCount"`
	SID      string    `json:"sId"`
	Contacts []contact `json:"customers"`
}

// begin begins a scroll.
func (s *Contacts) begin(ctx context.Context) error {
	s.idle = 0
	s.rounds++
	return s.load(ctx, "")
}

// load reads a page, after the sId of the page before; empty: the first page.
func (s *Contacts) load(ctx context.Context, sID string) error {
	size := pageSize
	params := &client.SearchContactsParams{Size: &size}
	if sID != "" {
		params = &client.SearchContactsParams{Sid: &sID}
	}
	for try := 1; ; try++ {
		read, err := s.request(ctx, params)
		if err == nil {
			s.page, s.sID = *read, read.SID
			s.idle++
			return nil
		}
		if !temporary(err) || ctx.Err() != nil || try == maxTries {
			return err
		}
		if err := onboarding.Sleep(ctx, time.Duration(try)*time.Second); err != nil {
			return err
		}
	}
}

// temporary reports whether a request may succeed later: its answer was lost, or is that of a
// server or a proxy that cannot answer now.
func temporary(err error) bool {
	if e, ok := errors.AsType[*client.Error](err); ok {
		return e.Status >= 500 || e.Status == http.StatusTooManyRequests
	}
	_, lost := errors.AsType[*url.Error](err)
	return lost || errors.Is(err, errCut)
}

var errCut = errors.New("the answer is not complete")

var errNotContacts = errors.New("the answer is not that of a Contacts API")

// request requests a page.
func (s *Contacts) request(ctx context.Context, params *client.SearchContactsParams) (*page, error) {
	response, err := s.session.SearchContacts(ctx, s.config.OrganizationID, params)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxPage+1))
	if err != nil {
		return nil, errors.Join(errCut, err)
	}
	if len(text) > maxPage {
		return nil, fmt.Errorf("%w: longer than %d bytes", errNotContacts, maxPage)
	}
	var p page
	if err := json.Unmarshal(text, &p); err != nil {
		if faulty, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			return nil, fmt.Errorf("%w: %s is a JSON %s", errNotContacts, faulty.Field, faulty.Value)
		}
		return nil, errNotContacts
	}
	if p.Contacts == nil {
		return nil, fmt.Errorf("%w: customers is missing", errNotContacts)
	}
	return &p, nil
}

// Next implements importing.Source.
func (s *Contacts) Next(ctx context.Context) (*importing.Record, error) {
	for {
		for len(s.page.Contacts) > 0 {
			next := &s.page.Contacts[0]
			s.page.Contacts = s.page.Contacts[1:]
			if record := s.record(next); record != nil {
				return record, nil
			}
		}
		if err := s.turn(ctx); err != nil {
			return nil, err
		}
	}
}

// turn reads the next page. Where the scroll has expired, or ends with fewer contacts than the
// source announces, it begins another one.
func (s *Contacts) turn(ctx context.Context) error {
	if most := 2*s.page.Total + moreContacts; len(s.seen) > most {
		return fmt.Errorf("the source announces %d contacts, and has returned more than %d: its scroll does not end",
			s.page.Total, most)
	}
	missing := len(s.seen) < s.page.Total
	switch {
	case !missing && (s.sID == "" || s.idle >= maxIdle):
		return io.EOF
	case s.sID != "" && s.idle < maxIdle:
		err := s.load(ctx, s.sID)
		if e, ok := errors.AsType[*client.Error](err); !ok || e.Status != http.StatusNotFound {
			return err
		}
	}
	if s.rounds >= maxRounds {
		return fmt.Errorf("the source announces %d contacts, and %d scrolls have returned %d: repeat the import",
			s.page.Total, s.rounds, len(s.seen))
	}
	return s.begin(ctx)
}

// record returns the record of a contact, or nil if it was read before with the same values.
func (s *Contacts) record(c *contact) *importing.Record {
	id := maphash.String(s.seed, c.CID)
	before, repeated := s.seen[id]
	values, err := json.Marshal(c)
	content := maphash.Bytes(s.seed, values)
	if repeated && before == content && err == nil {
		return nil
	}
	s.seen[id] = content
	if !repeated {
		s.idle, s.rounds = 0, 1
		s.read.Add(1)
	}
	return c.record(s.Done(), &s.config)
}
