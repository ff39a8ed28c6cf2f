package eap_test

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"onramp/onboarding/radius/eap"
	"onramp/onboarding/testkit"
	"onramp/onboarding/testkit/process"
)

const (
	secret     = "testing secret"
	serverName = "radius.example.test"
	username   = "ada@example.test"
	password   = "correct horse"
)

// radiusServer is a FreeRADIUS of a test.
type radiusServer struct {
	address string
	output  *process.Buffer
}

// settings of a FreeRADIUS.
type settings struct {
	chain    []*testkit.Pair // the server's certificate first
	kind     string          // the EAP type that it offers first; empty: ttls
	fragment int             // octets; 0: 1000
	edit     map[string]string
}

// startRADIUS starts FreeRADIUS and waits until it answers.
func startRADIUS(t *testing.T, s settings) *radiusServer {
	t.Helper()
	process.Require(t, "freeradius")
	dir, port := t.TempDir(), process.FreePort(t)
	text, err := os.ReadFile("testdata/radiusd.conf")
	if err != nil {
		t.Fatal(err)
	}
	if s.kind == "" {
		s.kind = "ttls"
	}
	if s.fragment == 0 {
		s.fragment = 1000
	}
	conf := string(text)
	for name, value := range map[string]string{
		"DIR": dir, "PORT": strconv.Itoa(port), "TYPE": s.kind, "FRAGMENT": strconv.Itoa(s.fragment),
		"TLSMAX": "1.2", "CIPHERS": "ECDHE+AESGCM", "SENDERROR": "no",
		"UPDATED": "updated = return",
	} {
		if edited, ok := s.edit[name]; ok {
			value = edited
		}
		conf = strings.ReplaceAll(conf, name, value)
	}
	users := fmt.Sprintf("%q Cleartext-Password := %q\n", username, password)
	for name, content := range map[string]string{
		"radiusd.conf": conf, "users": users, "server.pem": testkit.PEM(s.chain...), "server.key": s.chain[0].KeyPEM(t),
	} {
		writeFile(t, dir, name, content)
	}
	return &radiusServer{
		address: fmt.Sprintf("127.0.0.1:%d", port), output: process.StartFreeRADIUS(t, process.FreeRADIUS(dir)).Output,
	}
}

// login returns the settings of a phone that this server accepts.
func login(method eap.Method, inner eap.Inner) eap.Login {
	return eap.Login{
		Method: method, Inner: inner, OuterIdentity: "anonymous@example.test", Username: username, Password: password,
		CallingStation: "02-00-00-00-AA-01",
		Waits:          eap.Waits{Answer: 4 * time.Second, Again: time.Second},
	}
}

// supplicant authenticates by eapol_test with the same settings, and reports whether it was
// accepted.
func supplicant(t *testing.T, address, secret, anchor, name string, l eap.Login) (accepted bool, output string) {
	t.Helper()
	process.Require(t, "eapol_test")
	phase2 := map[eap.Inner]string{
		eap.PAP: "auth=PAP", eap.MSCHAPv2: "auth=MSCHAPV2", eap.EAPMSCHAPv2: "autheap=MSCHAPV2",
	}[l.Inner]
	if l.Method == eap.PEAP {
		phase2 = "auth=MSCHAPV2"
	}
	network := fmt.Sprintf("network={\n\tkey_mgmt=WPA-EAP\n\teap=%s\n\tanonymous_identity=%q\n\tidentity=%q\n"+
		"\tpassword=%q\n\tphase2=%q\n\tca_cert=%q\n\tdomain_match=%q\n}\n",
		strings.ToUpper(string(l.Method)), l.OuterIdentity, l.Username, l.Password, phase2, anchor, name)
	file := writeFile(t, t.TempDir(), "network.conf", network)
	host, port, _ := strings.Cut(address, ":")
	out, err := exec.Command("eapol_test", "-c", file, "-a", host, "-p", port, "-s", secret, "-t", "4").CombinedOutput()
	return err == nil, string(out)
}
