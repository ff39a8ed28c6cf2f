package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"onramp/onboarding/datafolder"
	"onramp/onboarding/testkit/history"
)

// checkedClients are clients of one server or several, whose requests are recorded. Each visitor
// registers; then several clients change and read the same customer at once.
type checkedClients struct {
	history      *history.Recorder
	http         *http.Client
	servers      []endpoint
	demo         *datafolder.Demo
	app, manager string
	basic        string       // the Authorization header of FreeRADIUS
	prefix       string       // of the visitors' names
	epoch        atomic.Int64 // of the clocks; odd while a server's clock is wrong
	stepping     sync.RWMutex // held by a change of the epoch, and for reading by a timed request
	fast         atomic.Int64 // the number of operations after which clients pause between requests

	mu         sync.Mutex
	visitors   []*checkedVisitor
	unexpected []string // answers that no model expects
}

// endpoint is a server's address for phones and that for FreeRADIUS, which may be empty.
type endpoint struct{ url, aaa string }

// checkedVisitor is one customer and the objects that the clients share.
type checkedVisitor struct {
	number     int
	name       string // the external ID
	id         string // empty while no registration was answered
	repeated   bool   // an attempt to register had an unknown outcome
	username   string
	radiusName string    // the User-Name of accounting, from the first Access-Accept
	began      time.Time // of the visitor's connections
	link       string    // the token of a link of linkHits downloads
	token      string    // of the customer's app
	epoch      int64     // in which the visitor registered; -1 if it changed meanwhile
}

const (
	linkHits         = 3
	clientsPerPerson = 3
	slotsPerPerson   = 4
)

// newCheckedClients logs in at the first server, which must be running.
func newCheckedClients(first *serving, servers ...endpoint) *checkedClients {
	demo := first.demo()
	return &checkedClients{
		history: history.NewRecorder(), servers: servers, demo: demo,
		http: &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{
			MaxIdleConnsPerHost: 64, DialContext: (&net.Dialer{Timeout: time.Second}).DialContext,
		}},
		app: first.login(demo.AppKey), manager: first.login(demo.ManagerKey),
		basic: "Basic " + base64.StdEncoding.EncodeToString([]byte("radius:"+demo.AAASecret)),
	}
}

// visit sends visitors until ctx ends.
func (c *checkedClients) visit(ctx context.Context, atOnce int) {
	var running sync.WaitGroup
	for range atOnce {
		running.Go(func() {
			for ctx.Err() == nil {
				c.journey(ctx, c.newVisitor())
			}
		})
	}
	running.Wait()
}

func (c *checkedClients) newVisitor() *checkedVisitor {
	c.mu.Lock()
	defer c.mu.Unlock()
	v := &checkedVisitor{number: len(c.visitors), epoch: c.epoch.Load()}
	v.name = fmt.Sprintf("%svisitor-%d", c.prefix, v.number)
	c.visitors = append(c.visitors, v)
	return v
}

// journey registers a visitor and then lets several clients make requests.
func (c *checkedClients) journey(ctx context.Context, v *checkedVisitor) {
	if !c.prepare(ctx, v) {
		return
	}
	var clients sync.WaitGroup
	for client := range clientsPerPerson {
		clients.Go(func() {
			for range 6 {
				if ctx.Err() != nil {
					return
				}
				c.doTimed(client, v, c.next(v))
			}
		})
	}
	clients.Wait()
}

// prepare registers the visitor and creates the link and the token that the clients share. It
// reports whether all of them exist.
func (c *checkedClients) prepare(ctx context.Context, v *checkedVisitor) bool {
	until := func(done func() bool) bool {
		for !done() {
			select {
			case <-ctx.Done():
				return false
			case <-time.After(20 * time.Millisecond):
			}
		}
		return true
	}
	registered := until(func() bool {
		r, err := c.do(0, v, history.Request{Action: history.Register})
		if err != nil && !errors.Is(err, history.ErrNotSent) {
			v.repeated = true
		}
		v.id = r.ID
		return v.id != ""
	})
	return registered && until(func() bool { // not recorded: no request uses a link without an answer
		a, err := c.send(http.MethodPost, c.any().url+"/v2/customers/"+v.id+"/token", c.manager,
			fmt.Sprintf(`{"expiresIn":2592000,"maxHits":%d}`, linkHits))
		if err == nil && a.status == http.StatusOK {
			v.link, _ = a.body["token"].(string)
		}
		return err == nil && a.status != http.StatusServiceUnavailable
	}) && until(func() bool {
		_, err := c.do(0, v, history.Request{Action: history.Login})
		return err == nil
	}) && until(func() bool {
		_, err := c.do(0, v, history.Request{Action: history.Authorize})
		return err == nil
	}) && v.link != "" && v.token != "" && v.radiusName != "" && c.inEpoch(v)
}

// inEpoch marks a visitor during whose registration a clock stepped, and reports true.
func (c *checkedClients) inEpoch(v *checkedVisitor) bool {
	if v.epoch != c.epoch.Load() {
		v.epoch = -1
	}
	return true
}

// timed reports whether the answer to a request depends on the times of the visitor: a token is
// valid from its login on, and a record of the access point's clock that precedes the registration
// or lies in the future is not believed. Clients make such requests only while all clocks are as
// they were at the registration.
func timed(a history.Action) bool {
	switch a {
	case history.Start, history.Stop, history.Use, history.Logout:
		return true
	}
	return false
}

// step changes the clock of a server, with no timed request in progress.
func (c *checkedClients) step(change func()) {
	c.stepping.Lock()
	defer c.stepping.Unlock()
	c.epoch.Add(1)
	change()
}

// next returns a random request.
func (c *checkedClients) next(v *checkedVisitor) history.Request {
	r := history.Request{Slot: rand.IntN(slotsPerPerson), Accepted: rand.IntN(2) == 0, MaxHits: linkHits}
	n := rand.IntN(100)
	for _, share := range []struct {
		action  history.Action
		percent int
	}{
		{history.Consent, 16}, {history.Read, 14}, {history.Install, 12}, {history.ReadInstallations, 8},
		{history.Download, 12}, {history.Start, 9}, {history.Stop, 7}, {history.ReadConnections, 7},
		{history.Use, 6}, {history.Logout, 2}, {history.Authorize, 2}, {history.Find, 2},
	} {
		if n -= share.percent; n < 0 {
			r.Action = share.action
			return r
		}
	}
	r.Action = history.Delete
	if v.repeated { // the late first attempt would register another customer
		r.Action = history.Read
	}
	return r
}

// doTimed is do, and makes no timed request of a visitor from another epoch.
func (c *checkedClients) doTimed(client int, v *checkedVisitor, r history.Request) {
	if timed(r.Action) {
		c.stepping.RLock()
		defer c.stepping.RUnlock()
		if epoch := c.epoch.Load(); v.epoch != epoch || epoch%2 != 0 {
			return
		}
	}
	_, _ = c.do(client, v, r) // an error is recorded as an unknown outcome
}

// do makes a request at any of the servers and records it. After a failure it waits a little.
func (c *checkedClients) do(client int, v *checkedVisitor, r history.Request) (history.Response, error) {
	response, err := c.history.Do(client, v.name, r, func() (history.Response, error) { return c.request(v, r) })
	if err != nil {
		time.Sleep(20 * time.Millisecond)
	}
	if int64(c.history.Len()) > c.fast.Load() {
		time.Sleep(100 * time.Millisecond)
	}
	return response, err
}

// any returns one of the servers.
func (c *checkedClients) any() endpoint { return c.servers[rand.IntN(len(c.servers))] }

// final reads every customer after all servers were ended, so that the check learns which requests
// of unknown outcome took effect. It downloads until the link is used up.
func (c *checkedClients) final(atOnce int) {
	next := make(chan *checkedVisitor)
	var clients sync.WaitGroup
	for client := range atOnce {
		clients.Go(func() {
			for v := range next {
				c.finalOf(client, v)
			}
		})
	}
	for _, v := range c.visitors {
		next <- v
	}
	close(next)
	clients.Wait()
}

// last makes a request of the last reads, which must be answered. It repeats one without an answer,
// because a loaded machine may be slow.
func (c *checkedClients) last(client int, v *checkedVisitor, r history.Request) (history.Response, error) {
	for deadline := time.Now().Add(time.Minute); ; {
		response, err := c.do(client, v, r)
		if err == nil || errors.Is(err, errUnexpected) || time.Now().After(deadline) {
			return response, err
		}
	}
}

// errUnexpected is the error of an answer that no model expects.
var errUnexpected = errors.New("unexpected answer")

func (c *checkedClients) finalOf(client int, v *checkedVisitor) {
	found, err := c.last(client, v, history.Request{Action: history.Find})
	if err != nil {
		c.report("the last search of %s: %v", v.name, err)
		return
	}
	if v.id == "" {
		v.id = found.ID
	}
	if v.id == "" {
		return // never registered
	}
	for _, a := range []history.Action{history.Read, history.ReadInstallations, history.ReadConnections} {
		if _, err := c.last(client, v, history.Request{Action: a}); err != nil {
			c.report("the last request to %s of %s: %v", a, v.name, err)
		}
	}
	if v.token != "" && v.epoch >= 0 && v.epoch%2 == 0 { // issued by a clock that was right
		if _, err := c.last(client, v, history.Request{Action: history.Use}); err != nil {
			c.report("the last use of the token of %s: %v", v.name, err)
		}
	}
	for range linkHits + 1 {
		if v.link == "" {
			return
		}
		r, err := c.last(client, v, history.Request{Action: history.Download, MaxHits: linkHits})
		if err != nil {
			c.report("the last downloads of %s: %v", v.name, err)
		}
		if err != nil || r.Outcome == history.Refused {
			return
		}
	}
}

// report records an answer that is wrong in itself.
func (c *checkedClients) report(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.unexpected = append(c.unexpected, fmt.Sprintf(format, args...))
}

// request makes a request and translates the answer.
func (c *checkedClients) request(v *checkedVisitor, r history.Request) (history.Response, error) {
	s := c.any()
	var a *answer
	var err error
	switch r.Action {
	case history.Authorize, history.Start, history.Stop:
		for s.aaa == "" {
			s = c.any()
		}
		a, err = c.radius(s, v, r)
	default:
		a, err = c.api(s, v, r)
	}
	if err != nil {
		return history.Response{}, err
	}
	switch a.status {
	case http.StatusOK, http.StatusCreated, http.StatusNoContent:
		return c.done(v, r, a)
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusGone:
		return history.Response{Outcome: history.Refused}, nil
	case http.StatusServiceUnavailable:
		return history.Response{}, errors.New("503")
	}
	c.report("%s: %s %d: %d %s", v.name, r.Action, r.Slot, a.status, a.raw)
	return history.Response{}, errUnexpected
}

// api makes a request of an app, a manager or a browser.
func (c *checkedClients) api(s endpoint, v *checkedVisitor, r history.Request) (*answer, error) {
	contact, customer := s.url+"/v2/customers/"+v.id, s.url+"/v3/customers/"+v.id
	guid := "guid-of-the-phone-of-" + v.name
	switch r.Action {
	case history.Register:
		return c.send(http.MethodPost, s.url+"/v3/customers", c.app,
			fmt.Sprintf(`{"extId":%q,"guid":%q,%s}`, v.name, guid, consented), "Idempotency-Key", v.name)
	case history.Find:
		return c.send(http.MethodGet, s.url+"/v2/customers/organizations/"+c.demo.OrganizationID+"?extId="+v.name,
			c.manager, "")
	case history.Read:
		return c.send(http.MethodGet, contact, c.manager, "")
	case history.Consent:
		return c.send(http.MethodPut, s.url+"/v1/customers/"+v.id+"/policies", c.manager,
			fmt.Sprintf(`{"policies":[{"policyKey":"mktgCommunications","accepted":%t}]}`, r.Accepted))
	case history.Install:
		return c.send(http.MethodPost, customer+"/installations", c.app, fmt.Sprintf(
			`{"platform":"ios","type":"passpoint","installedBy":"app%d","installed":"2026-01-01T00:00:00Z"}`,
			r.Slot), "Onramp-Guid", guid)
	case history.ReadInstallations:
		return c.send(http.MethodGet, customer+"/installations", c.manager, "")
	case history.Download:
		return c.send(http.MethodGet, s.url+"/activate/"+v.link+"/ios", "", "")
	case history.ReadConnections:
		return c.send(http.MethodGet, contact+"/accountings", c.manager, "")
	case history.Login:
		return c.send(http.MethodPost, s.url+"/v1/sts/login/services", "", fmt.Sprintf(
			`{"clientKey":%q,"clientSecret":%q}`, c.demo.AppKey.ClientKey, c.demo.AppKey.ClientSecret))
	case history.Use:
		return c.send(http.MethodGet, s.url+"/v1/organizations/"+c.demo.OrganizationID+"/policies", v.token, "")
	case history.Logout:
		return c.send(http.MethodPost, s.url+"/v1/sts/logout", v.token, "")
	case history.Delete:
		return c.send(http.MethodDelete, s.url+"/v1/customers/"+v.id, c.manager, "")
	}
	panic("no request for " + string(r.Action))
}

// radius makes a request of FreeRADIUS's rlm_rest.
func (c *checkedClients) radius(s endpoint, v *checkedVisitor, r history.Request) (*answer, error) {
	mac := fmt.Sprintf("02-%02x-%02x-%02x-00-%02x", v.number>>16&255, v.number>>8&255, v.number&255, r.Slot)
	if r.Action == history.Authorize {
		return c.send(http.MethodPost, s.aaa+"/aaa/authorize", "", fmt.Sprintf(`{"User-Name":%q}`, v.username),
			"Authorization", c.basic)
	}
	// Every connection begins and ends at the same two times, so that their records, in any order
	// and any number, describe one connection.
	session, at := fmt.Sprintf("%s-%d", v.name, r.Slot), v.began
	if r.Action == history.Stop {
		at = at.Add(time.Millisecond)
	}
	return c.send(http.MethodPost, s.aaa+"/aaa/accounting", "", fmt.Sprintf(
		`{"Acct-Status-Type":{"type":"string","value":[%q]},
		"Acct-Unique-Session-Id":{"type":"string","value":[%q]},
		"Acct-Session-Id":{"type":"string","value":[%q]},"User-Name":{"type":"string","value":[%q]},
		"Calling-Station-Id":{"type":"string","value":[%q]},
		"Event-Timestamp":{"type":"date","value":["%d+%d"]},
		"NAS-Identifier":{"type":"string","value":["ap1.demo.onramp.example"]}}`,
		strings.ToUpper(string(r.Action[:1]))+string(r.Action[1:]), session, session, v.radiusName, mac, at.Unix(),
		at.Nanosecond()/1000), "Authorization", c.basic)
}

// done translates a successful answer.
func (c *checkedClients) done(v *checkedVisitor, r history.Request, a *answer) (history.Response, error) {
	out := history.Response{Outcome: history.Done}
	text := func(m map[string]any, key string) string { s, _ := m[key].(string); return s }
	rows := func(key string) (all []map[string]any) {
		list, _ := a.body[key].([]any)
		for _, one := range list {
			row, _ := one.(map[string]any)
			all = append(all, row)
		}
		return all
	}
	switch r.Action {
	case history.Register:
		out.ID = text(a.body, "id")
		v.username = text(a.body, "username")
	case history.Find:
		for _, row := range rows("customers") {
			out.ID = text(row, "cid")
			out.Rows++
		}
	case history.Read:
		customer, _ := a.body["customer"].(map[string]any)
		policies, _ := customer["policies"].([]any)
		for _, one := range policies {
			if p, _ := one.(map[string]any); text(p, "name") == "mktgCommunications" {
				out.Accepted, _ = p["accepted"].(bool)
			}
		}
	case history.Install:
		if a.status == http.StatusOK {
			out.Outcome = history.Repeated
		}
	case history.ReadInstallations:
		for _, row := range rows("installations") {
			out.Slots = out.Slots.With(lastDigit(text(row, "installedBy")))
			out.Rows++
		}
	case history.ReadConnections:
		for _, row := range rows("connections") {
			slot := lastDigit(text(row, "macAddressClient"))
			out.Slots = out.Slots.With(slot)
			if row["stop"] != nil {
				out.Ended = out.Ended.With(slot)
			}
			out.Rows++
		}
	case history.Login:
		v.token = text(a.body, "token")
	case history.Authorize:
		if v.radiusName != "" {
			return out, nil
		}
		var reply struct {
			Name struct{ Value []string } `json:"reply:User-Name"`
		}
		if err := json.Unmarshal(a.raw, &reply); err != nil || len(reply.Name.Value) != 1 {
			return out, fmt.Errorf("no User-Name in %s", a.raw)
		}
		v.radiusName, v.began = reply.Name.Value[0], time.Now()
	}
	return out, nil
}

// lastDigit returns the number that the last character of a text is.
func lastDigit(text string) int {
	if text == "" {
		return 31
	}
	return int(text[len(text)-1]-'0') & 31
}

// send makes one attempt at a request. An error is ErrNotSent if no connection could be made;
// otherwise the request may have reached the server.
func (c *checkedClients) send(method, url, token, body string, headers ...string) (*answer, error) {
	// The transport repeats a request only if it can read the body again; this one it cannot.
	request, err := http.NewRequest(method, url, io.NopCloser(strings.NewReader(body)))
	if err != nil {
		return nil, err
	}
	if body != "" {
		request.ContentLength = int64(len(body))
		request.Header.Set("Content-Type", "application/json")
	}
	a, err := exchange(c.http, request, token, headers...)
	if failed, ok := errors.AsType[*net.OpError](err); ok && failed.Op == "dial" {
		return nil, history.ErrNotSent
	}
	return a, err
}
