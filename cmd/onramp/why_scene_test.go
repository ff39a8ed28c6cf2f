package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"onramp/onboarding/auth"
	"onramp/onboarding/datafolder"
	"onramp/onboarding/deployment"
	"onramp/onboarding/devicesim/judge"
	"onramp/onboarding/devicesim/judge/platforms"
)

// scene is one fault's tenant with its people and phones.
type scene struct {
	testing.TB
	air     *air
	n       int // the tenant
	rival   int // the tenant next to it, with another owner
	token   string
	phones  int
	system  string
	servers *certificates
	waits   bool // for delayed reports
}

// login returns the token of a manager of the scene's tenant.
func (s *scene) login() string {
	s.Helper()
	if s.token == "" {
		s.token = s.air.managerToken(s, s.air.keys[s.n])
	}
	return s.token
}

// createKeys creates a manager's key of each of n tenants.
func (a *air) createKeys(t testing.TB, n int) {
	t.Helper()
	f := flags{data: a.data}
	if len(a.database) > 2 {
		f.database = a.database[3]
	}
	must(t, withService(t.Context(), &f, func(_ *storage, s *deployment.Deployment) error {
		a.keys = map[int]datafolder.DemoKey{}
		for tenant := 1; tenant <= n; tenant++ {
			key, secret, err := s.Access.CreateKey(t.Context(), id(tenant, 0), auth.OrganizationManager,
				auth.RoleScopes(auth.OrganizationManager))
			if err != nil {
				return err
			}
			a.keys[tenant] = datafolder.DemoKey{ClientKey: key, ClientSecret: secret}
		}
		return nil
	}))
}

// managerToken logs in.
func (a *air) managerToken(t testing.TB, key datafolder.DemoKey) string {
	t.Helper()
	answer := a.request(t, http.StatusOK, "POST", "/v1/sts/login/services", "",
		fmt.Sprintf(`{"clientKey":%q,"clientSecret":%q}`, key.ClientKey, key.ClientSecret))
	return answer.body["token"].(string)
}

// request makes an API request and fails the test on another status.
func (a *air) request(t testing.TB, status int, method, path, token, body string, headers ...string) *answer {
	t.Helper()
	got, err := call(method, a.url+path, token, body, headers...)
	for tries := 0; err == nil && got.status == http.StatusServiceUnavailable && tries < 50; tries++ {
		time.Sleep(100 * time.Millisecond) // as clients do
		got, err = call(method, a.url+path, token, body, headers...)
	}
	if err != nil {
		t.Fatal(err)
	}
	if got.status != status {
		t.Fatalf("%s %s: %d, want %d: %s", method, path, got.status, status, got.raw)
	}
	return got
}

// api makes a request as the tenant's manager.
func (s *scene) api(status int, method, path, body string) *answer {
	s.Helper()
	return s.air.request(s, status, method, path, s.login(), body)
}

// person is a customer of the scene's tenant.
type person struct {
	*scene
	id, username, password string
	link                   string // path of the install page
}

// person registers a customer who agrees to everything, unless more members of the request differ.
func (s *scene) person(more ...string) *person {
	s.Helper()
	members := append([]string{consented, `"profiling":true`}, more...)
	if !strings.Contains(strings.Join(more, ""), `"ppd"`) {
		members = append(members, `"ppd":true`)
	}
	created := s.api(http.StatusCreated, "POST", "/v3/customers", "{"+strings.Join(members, ",")+"}").body
	p := &person{scene: s, id: created["id"].(string), username: created["username"].(string)}
	p.password, _ = created["password"].(string)
	p.link = p.path(created["activationUrl"].(string))
	return p
}

// path removes the scheme and host of a link.
func (s *scene) path(link string) string { return strings.TrimPrefix(link, s.air.url) }

// download fetches a profile by the person's link, as a browser does, and reads it as the platform
// does.
func (p *person) download(platform string) *judge.View {
	p.Helper()
	got := p.air.request(p, http.StatusOK, "GET", p.link+"/"+platform, "", "")
	verdict, err := platforms.Check(platform, got.raw, judge.Options{})
	if err == nil {
		err = verdict.Err()
	}
	if err != nil {
		p.Fatalf("the %s profile: %v", platform, err)
	}
	return verdict.View
}

// reports reports an installation from the install page.
func (p *person) reports(platform string) {
	p.Helper()
	kind := judge.Passpoint
	got, err := call("POST", p.air.url+p.link+"/installed", "", fmt.Sprintf(
		`{"platform":%q,"type":%q,"installed":%q}`, platform, kind, time.Now().UTC().Format(time.RFC3339)))
	if err != nil || got.status/100 != 2 {
		p.Fatalf("the report of an installation: %+v, %v", got, err)
	}
}

// phone returns a new station with a network of the profile.
func (s *scene) phone(view *judge.View) *phone {
	s.Helper()
	if len(view.Networks) == 0 {
		s.Fatal("the profile has no network")
	}
	s.phones++
	return &phone{
		t: s.TB, air: s.air, mac: stationMAC(s.n, s.phones), network: view.Networks[0], nas: nasOf(s.n, 1),
		secret: s.air.secret, port: s.air.auth, wait: 6 * time.Second, system: s.system,
	}
}

func stationMAC(tenant, n int) string {
	return fmt.Sprintf("06:fa:%02x:%02x:01:%02x", tenant>>8, tenant&0xff, n)
}

// ready is a person who downloaded, installed and reported a profile, with the phone.
func (s *scene) ready(platform string, more ...string) (*person, *phone) {
	s.Helper()
	p := s.person(more...)
	view := p.download(platform)
	p.reports(platform)
	return p, s.phone(view)
}

// regular is a ready person whose phone was connected once, with accounting, and left.
func (s *scene) regular(platform string, more ...string) (*person, *phone) {
	s.Helper()
	p, phone := s.ready(platform, more...)
	phone.joins()
	visit := phone.start()
	visit.stop("User-Request")
	return p, phone
}
