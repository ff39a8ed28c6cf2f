package server

import (
	"context"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"onramp/onboarding"
	"onramp/onboarding/access"
	"onramp/onboarding/auth"
	"onramp/onboarding/radius"
)

// operator is an operator's browser.
type operator struct {
	*venue
	client *http.Client
	agent  string
}

// newOperator returns a browser without a session.
func newOperator(v *venue) *operator {
	v.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		v.Fatal(err)
	}
	return &operator{venue: v, agent: macAgent, client: &http.Client{
		Transport: v.api.Client().Transport, Jar: jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// signInLink returns the address of a new sign-in link of a manager; an empty organization is all.
func (v *venue) signInLink(organization string) string {
	v.Helper()
	return v.signInLinkFor(access.NewSignIn{OrganizationID: organization, Role: auth.OrganizationManager})
}

func (v *venue) signInLinkFor(n access.NewSignIn) string {
	v.Helper()
	token, _, err := v.service.Access.NewSignInLink(context.Background(), n)
	if err != nil {
		v.Fatal(err)
	}
	return "/console/sign-in/" + token
}

// signedIn returns a browser with a manager's session.
func signedIn(v *venue, organization string) *operator {
	v.Helper()
	return signedInBy(v, v.signInLink(organization))
}

// signedInBy returns a browser that used a sign-in link.
func signedInBy(v *venue, link string) *operator {
	v.Helper()
	o := newOperator(v)
	o.open(link).want(http.StatusOK)
	o.send(link, nil).want(http.StatusSeeOther)
	return o
}

// open gets a page.
func (o *operator) open(path string, options ...option) *webpage {
	o.Helper()
	return o.do(http.MethodGet, path, nil, options...)
}

// send posts a form as a page of the console does.
func (o *operator) send(path string, form url.Values, options ...option) *webpage {
	o.Helper()
	if form == nil {
		form = url.Values{}
	}
	return o.do(http.MethodPost, path, form, options...)
}

func (o *operator) do(method, path string, form url.Values, options ...option) *webpage {
	o.Helper()
	target, err := url.Parse(o.api.URL + path)
	if err != nil {
		o.Fatal(err)
	}
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(context.Background(), method, target.String(), body)
	if err != nil {
		o.Fatal(err)
	}
	r.Header.Set("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
	r.Header.Set("User-Agent", o.agent)
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", o.api.URL)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for _, option := range options {
		option(r)
	}
	response, err := o.client.Do(r)
	if err != nil {
		o.Fatalf("%s %s: %v", method, path, err)
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		o.Fatal(err)
	}
	p := &webpage{v: o.venue, url: target, status: response.StatusCode, header: response.Header, raw: string(raw)}
	if strings.HasPrefix(response.Header.Get("Content-Type"), "text/html") {
		if p.root, err = html.Parse(strings.NewReader(p.raw)); err != nil {
			o.Fatal(err)
		}
		if response.StatusCode >= 400 || !strings.HasSuffix(target.Path, "/poster.html") { // a sheet of paper
			o.holds(p)
		}
	}
	return p
}

// holds checks the rules of every page of the console: no script, no inline style, nothing from
// elsewhere, not cached, not framed.
func (o *operator) holds(p *webpage) {
	o.Helper()
	for name, want := range map[string]string{
		"Cache-Control": "no-store", "X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff",
	} {
		if got := p.header.Get(name); got != want {
			o.Errorf("%s: %s is %q", p.url.Path, name, got)
		}
	}
	policy := p.header.Get("Content-Security-Policy")
	if !strings.HasPrefix(policy, "default-src 'none'; style-src 'self';") || strings.Contains(policy, "unsafe") {
		o.Errorf("%s: the policy is %q", p.url.Path, policy)
	}
	for n := range p.root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if n.Data == "script" || n.Data == "style" {
			o.Errorf("%s has an element %s", p.url.Path, n.Data)
		}
		for _, a := range n.Attr {
			switch {
			case a.Key == "style" || strings.HasPrefix(a.Key, "on"):
				o.Errorf("%s has an attribute %s", p.url.Path, a.Key)
			case a.Key == "href" || a.Key == "src" || a.Key == "action":
				if !slices.ContainsFunc([]string{"/", "#", "data:"}, func(start string) bool {
					return strings.HasPrefix(a.Val, start)
				}) {
					o.Errorf("%s refers to %s", p.url.Path, a.Val)
				}
			}
		}
	}
}

// formOf returns the fields of the form with that action on a page.
func (o *operator) formOf(page, action string) url.Values {
	o.Helper()
	p := o.open(page).want(http.StatusOK)
	for _, f := range p.all("form") {
		if attribute(f, "action") != action {
			continue
		}
		fields := url.Values{}
		for n := range f.Descendants() {
			if n.Data == "input" && attribute(n, "name") != "" {
				fields.Set(attribute(n, "name"), attribute(n, "value"))
			}
		}
		return fields
	}
	o.Fatalf("%s has no form for %s", page, action)
	return nil
}

// enrol makes a customer by the API and returns its ID.
func (v *venue) enrol(name string) string {
	v.Helper()
	return v.post("/v3/customers", v.manager, person(name)).want(http.StatusCreated).text("id")
}

// withAccessPoint gives the declared hotspot a name by which it is recognised.
func withAccessPoint(o *onboarding.Organization) {
	o.Locations[0].Hotspots[0].NASIdentifier = "front-door"
}

// locked reports whether a customer is locked.
func (v *venue) locked(id string) bool {
	v.Helper()
	contact := v.get("/v2/customers/"+id, v.manager).want(http.StatusOK).json["customer"]
	return contact.(map[string]any)["locked"] == true
}

// consoleOf returns the address of an organization's pages.
func consoleOf(organization string) string { return "/console/" + organization }

// byAgent sends another User-Agent.
func byAgent(agent string) option { return func(r *http.Request) { r.Header.Set("User-Agent", agent) } }

// session returns the value of the session's cookie.
func (o *operator) session(t testing.TB) string {
	t.Helper()
	return o.cookieOf(t, "onramp-console")
}

// cookieOf returns the value of a cookie.
func (o *operator) cookieOf(t testing.TB, name string) string {
	t.Helper()
	target, err := url.Parse(o.api.URL)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range o.client.Jar.Cookies(target) {
		if c.Name == name {
			return c.Value
		}
	}
	t.Fatalf("there is no cookie %s", name)
	return ""
}

// withFields returns a copy of a form with further fields.
func withFields(form url.Values, more map[string]string) url.Values {
	all := maps.Clone(form)
	for name, value := range more {
		all.Set(name, value)
	}
	return all
}

// shownKey returns the client key and the secret on a page that shows them once.
func (v *venue) shownKey(p *webpage) (key, secret string) {
	v.Helper()
	shown := p.all("dd")
	if len(shown) != 2 {
		v.Fatalf("no secret: %s", p.text())
	}
	return textOf(shown[0]), textOf(shown[1])
}

// rejected records rejected authentications of a customer with a wrong password.
func (v *venue) rejected(customer, accessPoint string, times int) {
	v.Helper()
	for range times {
		v.authenticated(customer, accessPoint, false)
	}
}

// accepted records an accepted authentication of a customer.
func (v *venue) accepted(customer, accessPoint string) {
	v.Helper()
	v.authenticated(customer, accessPoint, true)
}

func (v *venue) authenticated(customer, accessPoint string, accepted bool) {
	v.Helper()
	found, err := v.store.Customer(context.Background(), demoID, customer)
	if err != nil {
		v.Fatal(err)
	}
	if err := v.service.RADIUS.RecordLogin(context.Background(), radius.LoginOutcome{
		Username: found.Username, Accepted: accepted, CallingStation: "02-00-00-00-AA-01", OuterMethod: "TTLS",
		InnerMethod: "PAP", AccessPoint: radius.AccessPointIdentity{NASIdentifier: accessPoint, Address: "192.0.2.7"},
	}); err != nil {
		v.Fatal(err)
	}
}

// anyForm returns the token of the session's forms; empty without a session.
func (o *operator) anyForm() string {
	o.Helper()
	p := o.open("/console")
	if p.status == http.StatusSeeOther {
		p = o.open(p.header.Get("Location"))
	}
	for _, n := range p.all("input") {
		if attribute(n, "name") == "form" {
			return attribute(n, "value")
		}
	}
	return ""
}

// newKey makes a client key and returns it with its ID.
func (v *venue) newKey() (clientKey, id string) {
	v.Helper()
	clientKey, _, err := v.service.Access.CreateKey(context.Background(), demoID, auth.PublicApp, auth.Scopes{})
	if err != nil {
		v.Fatal(err)
	}
	k, err := v.store.ServiceKeyByClientKey(context.Background(), clientKey)
	if err != nil {
		v.Fatal(err)
	}
	return clientKey, k.ID
}

// revoked reports whether a client key is revoked.
func (v *venue) revoked(clientKey string) bool {
	v.Helper()
	k, err := v.store.ServiceKeyByClientKey(context.Background(), clientKey)
	if err != nil {
		v.Fatal(err)
	}
	return k.Revoked != nil
}

// otherLocation is a second location of the organization.
const otherLocation = "0d0e0000000000000000000000000009"
