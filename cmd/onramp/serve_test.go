package main

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"onramp/onboarding/testkit/process"
)

const consented = `"policies":{"termsOfUse":true,"privacy":"true"}`

func TestFirstSession(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	s := startServe(t, data)
	demo := s.demo()
	app, manager := s.login(demo.AppKey), s.login(demo.ManagerKey)
	guid := []string{"Onramp-Guid", "a-phone-of-the-test-1"}

	created := s.must(http.StatusCreated, "POST", "/v3/customers", app,
		`{"firstName":"Zo\u00eb & <Ada>","guid":"a-phone-of-the-test-1",`+consented+`}`).body
	id := created["id"].(string)
	if created["mailSent"] != nil || created["hotspotId"] != nil || created["password"] == nil {
		t.Errorf("createCustomer answered %v", created)
	}
	var first []byte
	for _, platform := range []string{"ios", "android"} {
		profile := s.must(http.StatusOK, "GET", "/v3/customers/"+id+"/profile?platform="+platform, app, "", guid...)
		if platform == "ios" {
			first = profile.raw
		}
		if disposition := profile.header.Get("Content-Disposition"); (disposition != "") != (platform == "ios") {
			t.Errorf("%s has Content-Disposition %q", platform, disposition)
		}
	}
	file := filepath.Join(t.TempDir(), "a.mobileconfig")
	if err := os.WriteFile(file, first, 0o600); err != nil {
		t.Fatal(err)
	}
	process.Require(t, "openssl")
	verify := exec.Command("openssl", "cms", "-verify", "-inform", "DER", "-purpose", "any", "-CAfile",
		demo.ProfileRoot, "-in", file, "-out", os.DevNull)
	if out, err := verify.CombinedOutput(); err != nil {
		t.Errorf("openssl: %v\n%s", err, out)
	}

	claim :=
		`{"platform":"ios","type":"passpoint","installedBy":"com.example.app","installed":"2022-07-08 08:08:44 +0000"}`
	one := s.must(http.StatusCreated, "POST", "/v3/customers/"+id+"/installations", app, claim, guid...).body["id"]
	two := s.must(http.StatusOK, "POST", "/v3/customers/"+id+"/installations", app, claim, guid...).body["id"]
	if one != two {
		t.Errorf("the same claim has the IDs %v and %v", one, two)
	}
	listed := s.must(http.StatusOK, "GET", "/v3/customers/"+id+"/installations", manager,
		"").body["installations"].([]any)
	if len(listed) != 1 {
		t.Fatalf("%d installations", len(listed))
	}
	got := listed[0].(map[string]any)
	if got["installedBy"] != "com.example.app" || got["installed"] != "2022-07-08T08:08:44Z" || got["removed"] != nil {
		t.Errorf("listed %v", got)
	}
	for _, secret := range []string{created["password"].(string), app, demo.AppKey.ClientSecret,
		"a-phone-of-the-test-1", demo.AAASecret, id} {
		if strings.Contains(s.output.String(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}

	if code := s.stop(); code != 0 {
		t.Errorf("a stop ends with %d:\n%s", code, s.output)
	}
	before := read(t, filepath.Join(data, "master.key")) + read(t, filepath.Join(data, "aaa.secret")) +
		read(t, demo.ProfileRoot)
	again := startServe(t, data, "--public-url", "https://wifi.example.com")
	after := read(t, filepath.Join(data, "master.key")) + read(t, filepath.Join(data, "aaa.secret")) +
		read(t, demo.ProfileRoot)
	if before != after || again.demo().AppKey != demo.AppKey {
		t.Error("a second start changed keys or certificates")
	}
	if link := again.demo().PortalURL; !strings.HasPrefix(link, "https://wifi.example.com/portal/") {
		t.Errorf("portal link %s", link)
	}
	again.must(http.StatusOK, "GET", "/v3/customers/"+id, app, "", guid...)
}

func TestPrivacyRefusedWritesNothing(t *testing.T) {
	s := startServe(t, filepath.Join(t.TempDir(), "data"))
	demo := s.demo()
	app := s.login(demo.AppKey)
	refused := s.must(http.StatusConflict, "POST", "/v3/customers", app,
		`{"username":"nobody","policies":{"termsOfUse":true,"privacy":false}}`).body
	if refused["field"] != "policies.privacy" || refused["status"] != "KO" {
		t.Errorf("answered %v", refused)
	}
	s.must(http.StatusNotFound, "GET", "/v2/customers/organizations/"+demo.OrganizationID+"/exist?username=nobody", app,
		"")
}

func TestKilledDuringRegistrationsLosesNothing(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	s := startServe(t, data)
	demo := s.demo()
	app := s.login(demo.AppKey)
	var answered sync.Map
	var count, next atomic.Int64
	var clients sync.WaitGroup
	const total, killAfter = 1000, 400
	for range 64 {
		clients.Go(func() {
			for n := next.Add(1); n <= total; n = next.Add(1) {
				guid := fmt.Sprintf("guid-of-a-phone-%06d", n)
				a, err := call("POST", s.url+"/v3/customers", app, fmt.Sprintf(`{"extId":"x%d","guid":%q,%s}`, n, guid,
					consented))
				if err == nil && a.status == http.StatusCreated {
					answered.Store(a.body["id"], guid)
					if count.Add(1) == killAfter {
						_ = s.cmd.Process.Kill()
					}
				}
			}
		})
	}
	clients.Wait()
	if count.Load() < killAfter {
		t.Fatalf("only %d answers before the kill", count.Load())
	}
	again := startServe(t, data)
	lost := 0
	answered.Range(func(id, guid any) bool {
		a, err := call("GET", again.url+"/v3/customers/"+id.(string), app, "", "Onramp-Guid", guid.(string))
		if err != nil || a.status != http.StatusOK {
			lost++
		}
		return true
	})
	t.Logf("%d answered before kill -9, %d lost", count.Load(), lost)
	if lost > 0 {
		t.Errorf("%d of %d acknowledged customers are lost", lost, count.Load())
	}
}

func TestStopFinishesRequestsUnderWay(t *testing.T) {
	s := startServe(t, filepath.Join(t.TempDir(), "data"))
	app := s.login(s.demo().AppKey)
	body := `{"extId":"slow",` + consented + `}`
	const clients = 8
	var connections []net.Conn
	for range clients {
		c, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		fmt.Fprintf(c, "POST /v3/customers HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: "+
			"%d\r\n\r\n%s", app, len(body), body[:10])
		connections = append(connections, c)
	}
	time.Sleep(200 * time.Millisecond) // the handlers wait for the rest of the bodies
	stopped := make(chan int)
	go func() { stopped <- s.stop() }()
	for !strings.Contains(s.output.String(), "stopping") {
		time.Sleep(5 * time.Millisecond)
	}
	for _, c := range connections {
		fmt.Fprint(c, body[10:])
		response, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatalf("a request under way was broken off: %v", err)
		}
		response.Body.Close()
		if response.StatusCode != http.StatusCreated {
			t.Errorf("a request under way was answered %d", response.StatusCode)
		}
	}
	if code := <-stopped; code != 0 {
		t.Errorf("the stop ended with %d", code)
	}
}

func TestServeRefuses(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	twoLines, oneLine := filepath.Join(t.TempDir(), "two"), filepath.Join(t.TempDir(), "one")
	if err := errors.Join(os.WriteFile(twoLines, []byte("a\nb\n"), 0o600),
		os.WriteFile(oneLine, []byte("a\n"), 0o600)); err != nil {
		t.Fatal(err)
	}
	signOn := func(issuer, secretFile string, more ...string) []string {
		return append([]string{"--oidc-issuer", issuer, "--oidc-client-id", "console",
			"--oidc-client-secret-file", secretFile}, more...)
	}
	s := startServe(t, data)
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"a second serve": {nil, 1, "another onramp serves"},
		"development certificates": {[]string{"--data", filepath.Join(t.TempDir(), "other"), "--listen", "0.0.0.0:0"},
			1, "development certificates"},
		"AAA beyond loopback":      {[]string{"--aaa-listen", "0.0.0.0:0"}, 2, "--aaa-listen"},
		"half a signer":            {[]string{"--signing-cert", "x.pem"}, 2, "--signing-key"},
		"a public URL with a path": {[]string{"--public-url", "https://example.com/x"}, 2, "--public-url"},
		"an invalid CIDR":          {[]string{"--trusted-proxies", "10.0.0.1"}, 2, "--trusted-proxies"},
		"a client without issuer":  {[]string{"--oidc-client-id", "x"}, 2, "--oidc-issuer"},
		"an issuer without client": {[]string{"--oidc-issuer", "https://login.example.com"}, 2, "--oidc-client-id"},
		"an issuer by http":        {signOn("http://login.example.com", oneLine), 2, "--oidc-issuer"},
		"no client secret":         {signOn("https://login.example.com", "/no/file"), 2, "--oidc-client-secret-file"},
		"a secret of two lines":    {signOn("https://login.example.com", twoLines), 2, "--oidc-client-secret-file"},
		"single sign-on without console": {
			signOn("https://login.example.com", oneLine, "--console=false"), 2, "--oidc-issuer needs the console",
		},
		"an unknown flag": {[]string{"--no-such-flag"}, 2, "no-such-flag"},
		"a missing signer": {[]string{"--data", filepath.Join(t.TempDir(), "third"), "--signing-cert",
			"/no/such.pem", "--signing-key", "/no/such.key"}, 1, "/no/such.pem"},
	} {
		t.Run(name, func(t *testing.T) {
			args := append([]string{"serve", "--data", data, "--listen", "127.0.0.1:0", "--aaa-listen", "127.0.0.1:0",
				"--admin-listen", "127.0.0.1:0"}, c.args...)
			code, _, stderr := onramp(t, "", args...)
			if code != c.code || !strings.Contains(stderr, c.says) {
				t.Errorf("ended with %d: %s", code, stderr)
			}
		})
	}
	if err := os.Rename(filepath.Join(data, "master.key"), filepath.Join(data, "gone")); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := onramp(t, "", "key", "list", "--data", data); code != 1 ||
		!strings.Contains(stderr, "master key is missing") {
		t.Errorf("without the master key: %d %s", code, stderr)
	}
	wrong := filepath.Join(t.TempDir(), "wrong.key")
	if err := os.WriteFile(wrong, []byte(strings.Repeat("ab", 32)), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := onramp(t, "", "key", "list", "--data", data, "--master-key-file", wrong); code != 1 ||
		!strings.Contains(stderr, "sealed under master key") {
		t.Errorf("with another master key: %d %s", code, stderr)
	}
	s.stop()
}

// TestServeWithoutProvider: serve starts while the OpenID provider is down, and warns of a client
// secret that others can read; the doctor reports both.
func TestServeWithoutProvider(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "oidc-secret")
	if err := os.WriteFile(secret, []byte("a-client-secret\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(secret, 0o644); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(t.TempDir(), "data")
	signOn := []string{"--oidc-issuer", "http://" + process.FreeAddress(t), "--oidc-client-id", "console",
		"--oidc-client-secret-file", secret}
	s := startServe(t, data, signOn...)
	s.must(http.StatusServiceUnavailable, http.MethodGet, "/console/oidc", "", "")
	s.must(http.StatusUnauthorized, http.MethodGet, "/console", "", "")
	log := s.output.String()
	if !strings.Contains(log, "readable by other users") || !strings.Contains(log, "oidc-secret") {
		t.Errorf("no warning about the exposed secret:\n%s", log)
	}
	if !strings.Contains(log, "the OpenID provider's description cannot be read") {
		t.Errorf("the log does not say that the provider is down:\n%s", log)
	}
	code, out, _ := onramp(t, "", append([]string{"doctor", "--data", data}, signOn...)...)
	if code != 1 || !regexp.MustCompile(`(?m)^fail +single sign-on`).MatchString(out) ||
		!strings.Contains(out, "oidc-secret") {
		t.Errorf("doctor ended with %d:\n%s", code, out)
	}
	if strings.Contains(log+out, "a-client-secret") {
		t.Error("the secret is shown")
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
