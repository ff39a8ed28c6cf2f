package devicesim

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
)

// radiusServer is a private FreeRADIUS that knows one person, with a certificate for given names.
func radiusServer(t *testing.T, chain []byte, key []byte) RADIUS {
	t.Helper()
	program := requireProgram(t, "freeradius")
	requireProgram(t, "eapol_test")
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	template, err := os.ReadFile("testdata/radiusd.conf")
	if err != nil {
		t.Fatal(err)
	}
	port := freePort(t)
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
		// The port is taken once the server listens.
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

// TestConnect authenticates with a real server through the real supplicant, as each platform would.
func TestConnect(t *testing.T) {
	root := issueNow(t, caTemplate("RADIUS Root"), nil)
	other := issueNow(t, caTemplate("Other Root"), nil)
	server := issueNow(t, leafTemplate("radius.venue.example"), root)
	radius := radiusServer(t, pemOf(server.Certificate, root.Certificate), keyPEMOf(t, server.key))
	radius.SystemCAs = filepath.Join(t.TempDir(), "system.pem")
	if err := os.WriteFile(radius.SystemCAs, pemOf(other.Certificate), 0o600); err != nil {
		t.Fatal(err)
	}
	good := Network{
		EAP: EAPTTLS, Inner: InnerMSCHAPv2, Username: "anna", Password: `s3cret "#é%{User-Name}`, OuterIdentity: "anonymous@venue.example",
		ServerNames: []string{"radius.venue.example"}, ServerMatch: MatchExact, Anchors: [][]byte{root.Raw},
	}
	for _, c := range []struct {
		name   string
		change func(*Network)
		want   error
	}{
		{"as an iPhone", func(*Network) {}, nil},
		{"with PAP", func(n *Network) { n.Inner = InnerPAP }, nil},
		{"with MSCHAP", func(n *Network) { n.Inner = InnerMSCHAP }, nil},
		{"with EAP inside", func(n *Network) { n.Inner = InnerEAPMSCHAPv2 }, nil},
		{"with PEAP", func(n *Network) { n.EAP, n.Inner = EAPPEAP, InnerEAPMSCHAPv2 }, nil},
		{"with a wildcard", func(n *Network) { n.ServerNames = []string{"*.venue.example"} }, nil},
		{"by suffix, as Android", func(n *Network) { n.ServerNames, n.ServerMatch = []string{"venue.example"}, MatchSuffix }, nil},
		{"without names", func(n *Network) { n.ServerNames, n.ServerMatch = nil, MatchAny }, nil},
		{"a domain as an exact name", func(n *Network) { n.ServerNames = []string{"venue.example"} }, ErrNotTrusted},
		{"a wildcard for two labels", func(n *Network) { n.ServerNames = []string{"*.example"} }, ErrNotTrusted},
		{"another name", func(n *Network) { n.ServerNames, n.ServerMatch = []string{"other.example"}, MatchSuffix }, ErrNotTrusted},
		{"another root", func(n *Network) { n.Anchors = [][]byte{other.Raw} }, ErrNotTrusted},
		{"the system's authorities", func(n *Network) { n.Anchors = nil }, ErrNotTrusted},
		{"a wrong password", func(n *Network) { n.Password = "guess" }, ErrRejected},
		{"an unknown person", func(n *Network) { n.Username = "bea" }, ErrRejected},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := good
			c.change(&n)
			got, err := Connect(context.Background(), n, radius)
			if !errors.Is(err, c.want) {
				t.Fatalf("error %v, want %v", err, c.want)
			}
			if err == nil && (len(got.ServerNames) != 1 || got.ServerNames[0] != "radius.venue.example" || got.Took <= 0) {
				t.Errorf("got %+v", got)
			}
			if err != nil && strings.Contains(err.Error(), n.Password.Reveal()) {
				t.Errorf("the error tells the password: %v", err)
			}
		})
	}
	t.Run("nobody there", func(t *testing.T) {
		gone := radius
		gone.Address, gone.Patience = fmt.Sprintf("127.0.0.1:%d", freePort(t)), time.Second
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
	good := Network{EAP: EAPTTLS, Inner: InnerPAP, Username: "anna", Password: "x"}
	for name, change := range map[string]func(*Network, *RADIUS){
		"an address":     func(_ *Network, r *RADIUS) { r.Address = "127.0.0.1" },
		"a known method": func(n *Network, _ *RADIUS) { n.EAP = 13 },
		"a user name":    func(n *Network, _ *RADIUS) { n.Username = "" },
		"a password":     func(n *Network, _ *RADIUS) { n.Password = "" },
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
		rule          MatchRule
		trusted, name string
		want          bool
	}{
		{MatchExact, "radius.venue.example", "RADIUS.Venue.example", true},
		{MatchExact, "venue.example", "radius.venue.example", false},
		{MatchExact, "*.venue.example", "radius.venue.example", true},
		{MatchExact, "*.venue.example", "a.b.venue.example", false},
		{MatchExact, "*.venue.example", "venue.example", false},
		{MatchSuffix, "venue.example", "radius.Venue.example", true},
		{MatchSuffix, "venue.example", "venue.example", true},
		{MatchSuffix, "venue.example", "evilvenue.example", false},
		{MatchSuffix, "radius.venue.example", "venue.example", false},
		{MatchAny, "", "anything", true},
	} {
		n := Network{ServerMatch: c.rule, ServerNames: []string{c.trusted}}
		if got := trustsName(n, []string{c.name}); got != c.want {
			t.Errorf("%s: %s trusts %s: %v, want %v", c.rule, c.trusted, c.name, got, c.want)
		}
	}
}
