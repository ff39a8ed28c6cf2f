package freeradius_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"onramp/certs"
	"onramp/onboarding"
	"onramp/onboarding/auth"
	"onramp/onboarding/deployment"
	"onramp/onboarding/radius/freeradius"
	"onramp/onboarding/registration"
	"onramp/onboarding/server"
	"onramp/onboarding/store"
	"onramp/onboarding/testkit"
	"onramp/onboarding/testkit/process"
)

// The names in the organization of the tests.
const (
	organizationID = "0a0a0000000000000000000000000001"
	locationID     = "0a0a0000000000000000000000000002"
	hotspotID      = "0a0a0000000000000000000000000003"
	ownHotspotID   = "0a0a0000000000000000000000000004"
	rivalID        = "0b0b0000000000000000000000000001"
	serverName     = "radius.demo.example"
	realm          = "demo.example"
	aaaSecret      = `aaa%{User-Name}'"\secret`
)

func organization(id, realm string, hotspots ...onboarding.Hotspot) *onboarding.Organization {
	location := id[:31] + "2"
	return &onboarding.Organization{
		ID: id, Name: realm, DefaultLocation: location, Languages: []string{"en"},
		Policies: []onboarding.Policy{
			{Key: "termsOfUse", Version: "1", Title: map[string]string{"en": "Terms"},
				URL: "https://example.com/terms"},
			{Key: "privacy", Version: "1", Title: map[string]string{"en": "Privacy"},
				URL: "https://example.com/privacy"},
		},
		WiFi: onboarding.WiFi{
			Method: "ttls", Inner: "pap", OuterIdentity: "anonymous@" + realm, TrustedServerNames: []string{serverName},
			ProfileLifetime: onboarding.DefaultProfileLifetime,
			Passpoint:       &onboarding.Passpoint{Realm: realm, FriendlyName: "Demo", HomeDomain: realm},
		},
		VisitGap: onboarding.DefaultVisitGap, RADIUS: onboarding.RADIUSReply{SessionTimeout: time.Hour, VLAN: 20},
		Locations: []onboarding.Location{{ID: location, Name: "Hall", Timezone: "Europe/Rome", Hotspots: hotspots}},
	}
}

// rig runs Onramp and FreeRADIUS together.
type rig struct {
	testing.TB
	*deployment.Deployment
	store  onboarding.Store
	dir    string
	pki    *certs.Development
	aaa    string // host:port
	auth   int
	acct   int
	secret string // of 127.0.0.1
	onramp *onrampProcess
	radius *process.Program
	before *atomic.Pointer[func(path string) bool]
}

// onrampProcess is the AAA listener, which the tests stop and start.
type onrampProcess struct {
	http *http.Server
	done chan struct{}
}

// newService opens a service on a fresh SQLite with the tests' organizations.
func newService(t testing.TB, hotspots ...onboarding.Hotspot) (*deployment.Deployment, onboarding.Store) {
	t.Helper()
	ctx := context.Background()
	db, err := store.OpenSQLite(ctx, testkit.NewSQLite(t), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	sealer := testkit.Sealer(t)
	s := testkit.Deploy(t, deployment.Config{Store: db, Sealer: sealer})
	for i := range hotspots {
		if h := &hotspots[i]; h.Secret != nil { // the box holds it in clear until here
			// Sealed without a check, as an earlier version took it.
			sealed := sealer.Seal(h.Secret.Box, "hotspot "+h.ID)
			h.Secret = &sealed
		}
	}
	if _, err := s.Tenant.Apply(ctx, []*onboarding.Organization{
		organization(organizationID, realm,
			append([]onboarding.Hotspot{{ID: hotspotID, Name: "Door", MAC: "02:00:00:00:01:01",
				NASIdentifier: "door.example"}}, hotspots...)...),
		organization(rivalID, "rival.example", onboarding.Hotspot{ID: rivalID[:31] + "3", Name: "Rival",
			MAC: "02:00:00:00:02:01", NASIdentifier: "rival.example"}),
	}); err != nil {
		t.Fatal(err)
	}
	return s, db
}

var pki = sync.OnceValues(func() (*certs.Development, error) {
	dir, err := os.MkdirTemp("", "onramp-freeradius-test")
	if err != nil {
		return nil, err
	}
	return certs.EnsureDevelopment(dir, time.Now(), serverName)
})

func TestMain(m *testing.M) {
	if arguments := os.Getenv(serveVariable); arguments != "" {
		fmt.Fprintln(os.Stderr, serve(arguments))
		os.Exit(1)
	}
	code := m.Run()
	if made, err := pki(); err == nil {
		_ = os.RemoveAll(filepath.Dir(filepath.Dir(made.RADIUSRoot)))
	}
	os.Exit(code)
}

// newRig starts both.
func newRig(t testing.TB, hotspots ...onboarding.Hotspot) *rig {
	t.Helper()
	process.Require(t, "freeradius", "eapol_test", "radclient")
	made, err := pki()
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{TB: t, dir: t.TempDir(), pki: made, auth: process.FreePort(t), acct: process.FreePort(t),
		before: new(atomic.Pointer[func(string) bool])}
	r.Deployment, r.store = newService(t, hotspots...)
	r.aaa = fmt.Sprintf("127.0.0.1:%d", process.FreePort(t))
	r.startOnramp()
	// Without the delay of rejections, which slows down password guessing.
	if err := os.WriteFile(filepath.Join(r.dir, "settings.conf"), []byte("reject_delay = 0\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r.write()
	r.startRadius()
	return r
}

func (r *rig) write() {
	r.Helper()
	if _, err := freeradius.Write(context.Background(), r.RADIUS, freeradius.Options{
		Dir: r.dir, AuthPort: r.auth, AcctPort: r.acct, AAAURL: "http://" + r.aaa, AAASecret: aaaSecret,
		EAPCert: r.pki.RADIUSCert, EAPKey: r.pki.RADIUSKey,
	}); err != nil {
		r.Fatal(err)
	}
	secret, err := os.ReadFile(filepath.Join(r.dir, "radius-secret"))
	if err != nil {
		r.Fatal(err)
	}
	r.secret = string(secret)
}

// onRequest calls a function before each request of FreeRADIUS. If it returns false, the request
// receives no answer.
func (r *rig) onRequest(before func(path string) bool) { r.before.Store(&before) }

func (r *rig) startOnramp() {
	r.Helper()
	web, err := server.New(context.Background(), server.Config{
		UseCases: server.UseCasesOf(r.Deployment), AAAFile: testkit.AAAFile(aaaSecret),
	})
	if err != nil {
		r.Fatal(err)
	}
	l, err := net.Listen("tcp", r.aaa)
	if err != nil {
		r.Fatal(err)
	}
	answer := web.AAA()
	handler := http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		if before := r.before.Load(); before != nil && !(*before)(request.URL.Path) {
			panic(http.ErrAbortHandler)
		}
		answer.ServeHTTP(w, request)
	})
	p := &onrampProcess{http: &http.Server{Handler: handler, ReadHeaderTimeout: time.Second},
		done: make(chan struct{})}
	go func() {
		defer close(p.done)
		_ = p.http.Serve(l)
	}()
	r.onramp = p
	r.Cleanup(p.stop)
}

func (p *onrampProcess) stop() {
	_ = p.http.Close()
	<-p.done
}

// startRadius starts FreeRADIUS and waits until it answers.
func (r *rig) startRadius(flags ...string) {
	r.Helper()
	cmd := process.FreeRADIUS(r.dir, flags...)
	cmd.Env = append(os.Environ(), "TZ=America/New_York") // its machine may be in another time zone
	r.radius = process.StartFreeRADIUS(r, cmd)
}

func manager() *onboarding.Caller {
	return &onboarding.Caller{Principal: &auth.Principal{
		OrganizationID: organizationID,
		Role:           auth.OrganizationManager,
		Scopes:         auth.RoleScopes(auth.OrganizationManager),
	}}
}

// register adds a customer who can connect.
func (r *rig) register(username, password string) *onboarding.Customer {
	r.Helper()
	yes := true
	done, err := r.Registration.Register(context.Background(), manager(),
		registration.Request{Input: registration.CustomerInput{
			Username:  &username,
			Password:  &password,
			Policies:  map[string]bool{"termsOfUse": true, "privacy": true},
			Profiling: &yes,
			PPD:       &yes,
		}})
	if err != nil {
		r.Fatal(err)
	}
	return done.Customer
}

// login holds the network settings of a phone.
type login struct {
	method, phase2     string // TTLS, PEAP; auth=PAP ...
	username, password string
	anonymous          string
	ca, name           string
	phase1, ciphers    string   // options of TLS
	mac                string   // of the station
	attributes         []string // of the access point, in the format of eapol_test's -N
	address, secret    string   // of the access point; empty: 127.0.0.1's
	seconds            int      // to wait for the result; 0: 10
	returns            int      // further authentications, which resume the session if they may
}

func (r *rig) login(username, password string) login {
	return login{
		method: "TTLS", phase2: "auth=MSCHAPV2", username: username, password: password,
		anonymous: "anonymous@" + realm, ca: r.pki.RADIUSRoot, name: serverName,
	}
}

// eapolCommand returns the command that authenticates once with the real supplicant.
func (r *rig) eapolCommand(l login) *exec.Cmd {
	r.Helper()
	network := fmt.Sprintf("network={\n\tkey_mgmt=WPA-EAP\n\teap=%s\n\tanonymous_identity=%s\n\tidentity=%s\n"+
		"\tpassword=%s\n\tphase2=%q\n\tca_cert=%q\n\tdomain_match=%q\n",
		l.method, hex.EncodeToString([]byte(l.anonymous)), hex.EncodeToString([]byte(l.username)),
		hex.EncodeToString([]byte(l.password)), l.phase2, l.ca, l.name)
	if l.phase1 != "" {
		network += fmt.Sprintf("\tphase1=%q\n", l.phase1)
	}
	if l.ciphers != "" {
		network += fmt.Sprintf("\topenssl_ciphers=%q\n", l.ciphers)
	}
	file := filepath.Join(r.TempDir(), "network.conf")
	if err := os.WriteFile(file, []byte(network+"}\n"), 0o600); err != nil {
		r.Fatal(err)
	}
	secret, mac := l.secret, l.mac
	if secret == "" {
		secret = r.secret
	}
	if mac == "" {
		mac = "02:00:00:00:aa:01"
	}
	args := []string{"-c", file, "-a", "127.0.0.1", "-p", fmt.Sprint(r.auth), "-s", secret,
		"-t", fmt.Sprint(cmp.Or(l.seconds, 10)), "-M", mac}
	if l.returns > 0 {
		args = append(args, "-r", fmt.Sprint(l.returns))
	}
	if l.address != "" {
		args = append(args, "-A", l.address)
	}
	for _, a := range l.attributes {
		args = append(args, "-N", a)
	}
	return exec.Command("eapol_test", args...)
}

// eapol authenticates once. It reports success and returns the output.
func (r *rig) eapol(l login) (bool, string) {
	r.Helper()
	out, err := r.eapolCommand(l).CombinedOutput()
	return err == nil && bytes.HasSuffix(bytes.TrimSpace(out), []byte("SUCCESS")), string(out)
}

// want verifies whether a login is accepted.
func (r *rig) want(what string, l login, in bool) {
	r.Helper()
	got, out := r.eapol(l)
	if got != in {
		r.Errorf("%s: let in is %v, want %v\n%s", what, got, in, tail(out, 1500))
	}
}

func tail(text string, n int) string { return text[max(0, len(text)-n):] }

// radclient sends packets of a kind (auth, acct) to FreeRADIUS and returns how many were answered.
func (r *rig) radclient(kind, secret string, packets ...string) int {
	r.Helper()
	file := filepath.Join(r.TempDir(), "secret")
	if err := os.WriteFile(file, []byte(secret+"\n"), 0o600); err != nil {
		r.Fatal(err)
	}
	port := r.auth
	if kind == "acct" {
		port = r.acct
	}
	cmd := exec.Command("radclient", "-x", "-r", "3", "-t", "4", "-S", file, fmt.Sprintf("127.0.0.1:%d", port), kind)
	cmd.Stdin = strings.NewReader(strings.Join(packets, "\n\n") + "\n")
	out, _ := cmd.CombinedOutput() // fails if a packet is not answered
	answered := strings.Count(string(out), "Received A")
	if answered != len(packets) {
		r.Logf("radclient: %d of %d answered: %s", answered, len(packets), tail(string(out), 1000))
	}
	return answered
}
