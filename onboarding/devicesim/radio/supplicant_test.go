package radio

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"onramp/onboarding/devicesim/judge"
	"onramp/onboarding/devicesim/judge/judgetest"
	"onramp/onboarding/testkit/process"
)

// radiusServer starts a FreeRADIUS that knows one user, with the given certificate chain.
func radiusServer(t *testing.T, chain []byte, key []byte) RADIUS {
	t.Helper()
	program := process.Require(t, "freeradius")
	process.Require(t, "eapol_test")
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	template, err := os.ReadFile("testdata/radiusd.conf")
	if err != nil {
		t.Fatal(err)
	}
	port := process.FreePort(t)
	text := strings.NewReplacer("@DIR@", dir, "@PORT@", fmt.Sprint(port)).Replace(string(template))
	for name, data := range map[string][]byte{"radiusd.conf": []byte(text), "chain.pem": chain, "server.key": key} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var log bytes.Buffer
	cmd := exec.Command(program, "-f", "-l", "stdout", "-d", dir)
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Log(log.String())
		}
	})
	address := fmt.Sprintf("127.0.0.1:%d", port)
	for range 100 {
		// The port is in use once the server listens.
		c, err := net.ListenPacket("udp", address)
		if err != nil {
			time.Sleep(100 * time.Millisecond)
			return RADIUS{Address: address, Secret: "test-secret", Patience: 4 * time.Second}
		}
		_ = c.Close()
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("FreeRADIUS did not start:\n%s", log.String())
	return RADIUS{}
}

// TestConnect authenticates with FreeRADIUS through eapol_test, as each platform would.
func TestConnect(t *testing.T) {
	root := judgetest.IssueNow(t, judgetest.CATemplate("RADIUS Root"), nil)
	other := judgetest.IssueNow(t, judgetest.CATemplate("Other Root"), nil)
	server := judgetest.IssueNow(t, judgetest.LeafTemplate("radius.venue.example"), root)
	radius := radiusServer(t, judgetest.PEM(server.Certificate, root.Certificate), judgetest.KeyPEM(t, server.Key))
	radius.SystemCAs = filepath.Join(t.TempDir(), "system.pem")
	if err := os.WriteFile(radius.SystemCAs, judgetest.PEM(other.Certificate), 0o600); err != nil {
		t.Fatal(err)
	}
	good := judge.Network{
		EAP:           judge.EAPTTLS,
		Inner:         judge.InnerMSCHAPv2,
		Username:      "anna",
		Password:      `s3cret "#é%{User-Name}`,
		OuterIdentity: "anonymous@venue.example",
		ServerNames:   []string{"radius.venue.example"},
		ServerMatch:   judge.MatchExact,
		Anchors:       [][]byte{root.Raw},
	}
	for _, c := range []struct {
		name   string
		change func(*judge.Network)
		want   error
	}{
		{"as an iPhone", func(*judge.Network) {}, nil},
		{"with PAP", func(n *judge.Network) { n.Inner = judge.InnerPAP }, nil},
		{"with MSCHAP", func(n *judge.Network) { n.Inner = judge.InnerMSCHAP }, nil},
		{"with EAP inside", func(n *judge.Network) { n.Inner = judge.InnerEAPMSCHAPv2 }, nil},
		{"with PEAP", func(n *judge.Network) { n.EAP, n.Inner = judge.EAPPEAP, judge.InnerEAPMSCHAPv2 }, nil},
		{"with a wildcard", func(n *judge.Network) { n.ServerNames = []string{"*.venue.example"} }, nil},
		{"by suffix, as Android",
			func(n *judge.Network) { n.ServerNames, n.ServerMatch = []string{"venue.example"}, judge.MatchSuffix },
			nil},
		{"without names", func(n *judge.Network) { n.ServerNames, n.ServerMatch = nil, judge.MatchAny }, nil},
		{"a domain as an exact name", func(n *judge.Network) { n.ServerNames = []string{"venue.example"} },
			ErrNotTrusted},
		{"a wildcard for two labels", func(n *judge.Network) { n.ServerNames = []string{"*.example"} }, ErrNotTrusted},
		{"another name",
			func(n *judge.Network) { n.ServerNames, n.ServerMatch = []string{"other.example"}, judge.MatchSuffix },
			ErrNotTrusted},
		{"another root", func(n *judge.Network) { n.Anchors = [][]byte{other.Raw} }, ErrNotTrusted},
		{"the system's authorities", func(n *judge.Network) { n.Anchors = nil }, ErrNotTrusted},
		{"a wrong password", func(n *judge.Network) { n.Password = "guess" }, ErrRejected},
		{"an unknown person", func(n *judge.Network) { n.Username = "bea" }, ErrRejected},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := good
			c.change(&n)
			got, err := Connect(context.Background(), n, radius)
			if !errors.Is(err, c.want) {
				t.Fatalf("error %v, want %v", err, c.want)
			}
			if err == nil &&
				(len(got.ServerNames) != 1 || got.ServerNames[0] != "radius.venue.example" || got.Took <= 0) {
				t.Errorf("got %+v", got)
			}
			if err != nil && strings.Contains(err.Error(), n.Password.Reveal()) {
				t.Errorf("the error tells the password: %v", err)
			}
		})
	}
	t.Run("nobody there", func(t *testing.T) {
		gone := radius
		gone.Address, gone.Patience = fmt.Sprintf("127.0.0.1:%d", process.FreePort(t)), time.Second
		if _, err := Connect(context.Background(), good, gone); !errors.Is(err, ErrNoAnswer) {
			t.Errorf("error %v, want %v", err, ErrNoAnswer)
		}
	})
	t.Run("another secret", func(t *testing.T) {
		wrong := radius
		wrong.Secret, wrong.Patience = "guess", time.Second
		if _, err := Connect(context.Background(), good, wrong); !errors.Is(err, ErrNoAnswer) {
			t.Errorf("error %v, want %v", err, ErrNoAnswer)
		}
	})
}

func TestConnectNeeds(t *testing.T) {
	good := judge.Network{EAP: judge.EAPTTLS, Inner: judge.InnerPAP, Username: "anna", Password: "x"}
	for name, change := range map[string]func(*judge.Network, *RADIUS){
		"an address":     func(_ *judge.Network, r *RADIUS) { r.Address = "127.0.0.1" },
		"a known method": func(n *judge.Network, _ *RADIUS) { n.EAP = 13 },
		"a user name":    func(n *judge.Network, _ *RADIUS) { n.Username = "" },
		"a password":     func(n *judge.Network, _ *RADIUS) { n.Password = "" },
	} {
		n, r := good, RADIUS{Address: "127.0.0.1:1812"}
		change(&n, &r)
		if _, err := Connect(context.Background(), n, r); err == nil {
			t.Errorf("connects without %s", name)
		}
	}
}

func TestNameRules(t *testing.T) {
	for _, c := range []struct {
		rule          judge.MatchRule
		trusted, name string
		want          bool
	}{
		{judge.MatchExact, "radius.venue.example", "RADIUS.Venue.example", true},
		{judge.MatchExact, "venue.example", "radius.venue.example", false},
		{judge.MatchExact, "*.venue.example", "radius.venue.example", true},
		{judge.MatchExact, "*.venue.example", "a.b.venue.example", false},
		{judge.MatchExact, "*.venue.example", "venue.example", false},
		{judge.MatchSuffix, "venue.example", "radius.Venue.example", true},
		{judge.MatchSuffix, "venue.example", "venue.example", true},
		{judge.MatchSuffix, "venue.example", "evilvenue.example", false},
		{judge.MatchSuffix, "radius.venue.example", "venue.example", false},
		{judge.MatchAny, "", "anything", true},
	} {
		n := judge.Network{ServerMatch: c.rule, ServerNames: []string{c.trusted}}
		if got := trustsName(n, []string{c.name}); got != c.want {
			t.Errorf("%s: %s trusts %s: %v, want %v", c.rule, c.trusted, c.name, got, c.want)
		}
	}
}
