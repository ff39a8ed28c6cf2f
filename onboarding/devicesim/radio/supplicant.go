package radio

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"onramp/onboarding/devicesim/judge"
	"onramp/onboarding/devicesim/judge/wpasupplicant"
)

// A RADIUS is the server that a device authenticates with, through an access point that eapol_test plays.
type RADIUS struct {
	// Address is host:port.
	Address string
	// Secret is the one shared with the access point. eapol_test takes it on its command line, where other
	// processes of the machine can see it: this is a tool for tests.
	Secret string
	// SystemCAs is a PEM file of the authorities that the device's system comes with, used where a profile
	// has no anchor of its own. Empty means Debian's.
	SystemCAs string
	// Patience is how long to wait for the outcome; zero means ten seconds.
	Patience time.Duration
	// AccessPoint is what the access point says of itself; when zero it says nothing.
	AccessPoint AccessPoint
	// Device is the device's address, 02:00:00:aa:bb:cc; empty means eapol_test's own.
	Device string
}

// The ways in which a connection fails.
var (
	// ErrNotTrusted means the device turned away from the server: it did not trust its certificate or name.
	ErrNotTrusted = errors.New("the device does not trust the server")
	// ErrRejected means the server turned the device away.
	ErrRejected = errors.New("the server rejects the device")
	// ErrNoAnswer means that nothing was decided in time.
	ErrNoAnswer = errors.New("the server does not answer")
)

// A Authentication is an authentication that succeeded.
type Authentication struct {
	// ServerNames are the names in the server's certificate.
	ServerNames []string
	// Took is the time from the first packet to the Access-Accept.
	Took time.Duration
	// Username is what the access point calls the device in accounting: the User-Name of the Access-Accept if it has one (RFC 2865 section 5.1),
	// otherwise the outer identity.
	Username string
	// Classes are those of the Access-Accept, which the access point sends back in each accounting record (RFC 2865 section 5.25).
	Classes [][]byte
}

const defaultPatience = 10 * time.Second

// defaultSystemCAs is where Debian keeps the public authorities.
const defaultSystemCAs = "/etc/ssl/certs/ca-certificates.crt"

// Connect authenticates as the device would in this network, with the real supplicant's eapol_test. It needs
// that program, and a network with a user name and password. The error wraps one of the kinds above when
// authentication was tried and failed.
func Connect(ctx context.Context, n judge.Network, r RADIUS) (*Authentication, error) {
	host, port, err := net.SplitHostPort(r.Address)
	if err != nil {
		return nil, fmt.Errorf("RADIUS address: %w", err)
	}
	addresses, err := net.DefaultResolver.LookupHost(ctx, host)
	if err != nil {
		return nil, err
	}
	if r.Patience == 0 {
		r.Patience = defaultPatience
	}
	dir, err := os.MkdirTemp("", "devicesim-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	config, chain := filepath.Join(dir, "network.conf"), filepath.Join(dir, "chain.pem")
	authorities, err := writeAuthorities(n, dir, r)
	if err != nil {
		return nil, err
	}
	text, err := supplicantConfig(n, authorities)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, r.Patience+5*time.Second)
	defer cancel()
	began := time.Now()
	args := []string{"-c", config, "-a", addresses[0], "-p", port, "-s", r.Secret, "-t", fmt.Sprint(int(r.Patience.Seconds())), "-o", chain}
	cmd := exec.CommandContext(ctx, "eapol_test", append(args, r.association(n)...)...)
	out, err := cmd.CombinedOutput()
	took := time.Since(began)
	if errors.Is(err, exec.ErrNotFound) {
		return nil, err
	}
	if err != nil {
		return nil, outcome(out)
	}
	names, err := checkServer(n, chain)
	if err != nil {
		return nil, err
	}
	c := &Authentication{ServerNames: names, Took: took, Username: outerOrUser(n), Classes: accepted(out, attributeClass)}
	if given := accepted(out, attributeUserName); len(given) > 0 {
		c.Username = string(given[0])
	}
	return c, nil
}

// outerOrUser is the name that travels in clear.
func outerOrUser(n judge.Network) string {
	if n.OuterIdentity == "" {
		return n.Username
	}
	return n.OuterIdentity
}

// association is what the access point adds to the device's packets.
func (r RADIUS) association(n judge.Network) []string {
	var args []string
	if r.Device != "" {
		args = append(args, "-M", r.Device)
	}
	// In hex, in which any octet can be said.
	add := func(attribute int, value string) {
		if value != "" {
			args = append(args, "-N", fmt.Sprintf("%d:x:%x", attribute, value))
		}
	}
	add(attributeNASIdentifier, r.AccessPoint.NASIdentifier)
	add(attributeCalledStation, r.AccessPoint.calledStation(n))
	return args
}

// Numbers of RADIUS attributes (RFC 2865).
const (
	attributeUserName      = 1
	attributeClass         = 25
	attributeCalledStation = 30
	attributeNASIdentifier = 32
)

var printedAttribute = regexp.MustCompile(`(?m)^ *Attribute (\d+) \([^)\n]*\) length=\d+\n *Value: (.*)$`)

// accepted returns the values of an attribute in the Access-Accept, which eapol_test prints as text in quotes or as hex.
func accepted(out []byte, attribute int) [][]byte {
	i := bytes.LastIndex(out, []byte("(Access-Accept)"))
	if i < 0 {
		return nil
	}
	var values [][]byte
	for _, m := range printedAttribute.FindAllSubmatch(out[i:], -1) {
		if string(m[1]) != fmt.Sprint(attribute) {
			continue
		}
		if text, ok := bytes.CutPrefix(m[2], []byte("'")); ok {
			if plain, err := wpasupplicant.UnescapePrintf(string(bytes.TrimSuffix(text, []byte("'")))); err == nil {
				values = append(values, []byte(plain))
			}
		} else if value, err := hex.DecodeString(string(m[2])); err == nil {
			values = append(values, value)
		}
	}
	return values
}

// writeAuthorities gives the file of authorities that the device verifies the server with.
func writeAuthorities(n judge.Network, dir string, r RADIUS) (string, error) {
	if len(n.Anchors) == 0 {
		if r.SystemCAs != "" {
			return filepath.Abs(r.SystemCAs)
		}
		return defaultSystemCAs, nil
	}
	var out bytes.Buffer
	for _, der := range n.Anchors {
		if err := pem.Encode(&out, &pem.Block{Type: "CERTIFICATE", Bytes: der}); err != nil {
			return "", err
		}
	}
	file := filepath.Join(dir, "authorities.pem")
	return file, os.WriteFile(file, out.Bytes(), 0o600)
}

// phase2 is the supplicant's word for each inner method.
var phase2 = map[int]map[string]string{
	judge.EAPTTLS: {judge.InnerPAP: "auth=PAP", judge.InnerCHAP: "auth=CHAP", judge.InnerMSCHAP: "auth=MSCHAP", judge.InnerMSCHAPv2: "auth=MSCHAPV2", judge.InnerEAPMSCHAPv2: "autheap=MSCHAPV2", judge.InnerEAP: "autheap=MSCHAPV2"},
	judge.EAPPEAP: {judge.InnerEAPMSCHAPv2: "auth=MSCHAPV2"},
}

// supplicantConfig writes the network as eapol_test reads it. Text is in hex, so that nothing in it can
// break out.
func supplicantConfig(n judge.Network, authorities string) (string, error) {
	inner := phase2[n.EAP][n.Inner]
	if inner == "" {
		return "", fmt.Errorf("no supplicant for EAP method %d with %q inside", n.EAP, n.Inner)
	}
	if n.Username == "" || n.Password == "" {
		return "", errors.New("the network has no user name or no password")
	}
	var b strings.Builder
	line := func(name, value string) { fmt.Fprintf(&b, "\t%s=%s\n", name, value) }
	quoted := func(s string) string { return `"` + s + `"` }
	b.WriteString("network={\n")
	line("ssid", quoted("devicesim"))
	line("key_mgmt", "WPA-EAP")
	line("eap", map[int]string{judge.EAPTTLS: "TTLS", judge.EAPPEAP: "PEAP"}[n.EAP])
	line("identity", hex.EncodeToString([]byte(n.Username)))
	if n.OuterIdentity != "" {
		line("anonymous_identity", hex.EncodeToString([]byte(n.OuterIdentity)))
	}
	line("password", hex.EncodeToString([]byte(n.Password)))
	line("phase2", quoted(inner))
	line("ca_cert", quoted(authorities))
	if field, names := serverMatch(n); names != "" {
		line(field, quoted(names))
	}
	b.WriteString("}\n")
	return b.String(), nil
}

// serverMatch is the supplicant's closest rule for the names. Where it is wider than the platform's, which
// is so for Apple's wildcard, checkServer makes up for it afterwards.
func serverMatch(n judge.Network) (field, names string) {
	list := make([]string, 0, len(n.ServerNames))
	field = "domain_suffix_match"
	if n.ServerMatch == judge.MatchExact {
		field = "domain_match"
	}
	for _, name := range n.ServerNames {
		bare, wild := strings.CutPrefix(name, "*.")
		if wild {
			field = "domain_suffix_match"
		}
		if judge.IsHostName(bare) {
			list = append(list, bare)
		}
	}
	if n.ServerMatch == judge.MatchAny {
		return "", ""
	}
	return field, strings.Join(list, ";")
}

// checkServer applies the platform's own rule to the certificate that the server showed.
func checkServer(n judge.Network, chainFile string) ([]string, error) {
	data, err := os.ReadFile(chainFile)
	if err != nil {
		return nil, fmt.Errorf("%w: it showed no certificate", ErrNotTrusted)
	}
	certs := judge.ParseCertificates(data)
	if len(certs) == 0 {
		return nil, fmt.Errorf("%w: it showed no certificate", ErrNotTrusted)
	}
	// The chain is written from the root down: the server's own certificate is the last.
	names := serverNames(certs[len(certs)-1])
	if !trustsName(n, names) {
		return nil, fmt.Errorf("%w: its names %q match none of %q (%s)", ErrNotTrusted, names, n.ServerNames, n.ServerMatch)
	}
	return names, nil
}

// serverNames are the DNS names of a certificate, or its common name when it has none.
func serverNames(c *x509.Certificate) []string {
	if len(c.DNSNames) > 0 {
		return c.DNSNames
	}
	return []string{c.Subject.CommonName}
}

// trustsName tells whether the platform accepts a server with these names.
func trustsName(n judge.Network, names []string) bool {
	if n.ServerMatch == judge.MatchAny {
		return true
	}
	for _, trusted := range n.ServerNames {
		for _, name := range names {
			if n.ServerMatch == judge.MatchExact && matchesExactly(trusted, name) || n.ServerMatch == judge.MatchSuffix && matchesSuffix(trusted, name) {
				return true
			}
		}
	}
	return false
}

// matchesExactly is Apple's rule: as many labels, each the same but for letter case, except that a leftmost
// `*` stands for any one label.
func matchesExactly(trusted, name string) bool {
	want, got := strings.Split(trusted, "."), strings.Split(name, ".")
	if len(want) != len(got) {
		return false
	}
	for i := range want {
		if i == 0 && want[i] == "*" {
			continue
		}
		if !strings.EqualFold(want[i], got[i]) {
			return false
		}
	}
	return true
}

// matchesSuffix is everybody else's rule: the name itself or anything under it.
func matchesSuffix(trusted, name string) bool {
	trusted, name = strings.ToLower(trusted), strings.ToLower(name)
	return name == trusted || strings.HasSuffix(name, "."+trusted)
}

var certError = regexp.MustCompile(`EAP-TLS-CERT-ERROR .*err='([^']*)'`)

// outcome tells from eapol_test's output why it failed. The output itself holds the password in hex and is
// never shown.
func outcome(out []byte) error {
	if m := certError.FindSubmatch(out); m != nil {
		return fmt.Errorf("%w: %s", ErrNotTrusted, judge.Shorten(string(m[1])))
	}
	if bytes.Contains(out, []byte("code=3 (Access-Reject)")) || bytes.Contains(out, []byte("CTRL-EVENT-EAP-FAILURE")) {
		return ErrRejected
	}
	return ErrNoAnswer
}
