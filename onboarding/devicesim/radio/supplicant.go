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

// A RADIUS is the server to authenticate with. eapol_test plays device and access point.
type RADIUS struct {
	// Address is host:port.
	Address string
	// Secret is the shared secret. eapol_test gets it on its command line, where other processes
	// can read it: this is a tool for tests.
	Secret string
	// SystemCAs is a PEM file of the device's system authorities, used if a network has no anchors.
	// Empty means Debian's.
	SystemCAs string
	// Patience is the timeout; zero means ten seconds.
	Patience time.Duration
	// AccessPoint identifies the access point; the zero value sends no identity.
	AccessPoint AccessPoint
	// Device is the device's MAC address, 02:00:00:aa:bb:cc; empty means eapol_test's default.
	Device string
}

// Reasons for a failed authentication.
var (
	// ErrNotTrusted means that the device did not trust the server's certificate or name.
	ErrNotTrusted = errors.New("the device does not trust the server")
	// ErrRejected means that the server rejected the device.
	ErrRejected = errors.New("the server rejects the device")
	// ErrNoAnswer means that the server did not respond in time.
	ErrNoAnswer = errors.New("the server does not respond")
)

// An Authentication is the result of a successful authentication.
type Authentication struct {
	// ServerNames are the names in the server's certificate.
	ServerNames []string
	// Took is the run time of eapol_test, until the Access-Accept.
	Took time.Duration
	// Username is the device's User-Name in accounting: that of the Access-Accept (RFC 2865 section
	// 5.1), otherwise the outer identity.
	Username string
	// Classes are the Class attributes of the Access-Accept, which the access point returns in each
	// accounting record (RFC 2865 section 5.25).
	Classes [][]byte
}

const defaultPatience = 10 * time.Second

// defaultSystemCAs is Debian's file of public authorities.
const defaultSystemCAs = "/etc/ssl/certs/ca-certificates.crt"

// Connect authenticates as the device would in this network, with the program eapol_test of
// wpa_supplicant. The network needs a user name and password. The error wraps one of the errors
// above if authentication failed.
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
	args := []string{
		"-c",
		config,
		"-a",
		addresses[0],
		"-p",
		port,
		"-s",
		r.Secret,
		"-t",
		fmt.Sprint(int(r.Patience.Seconds())),
		"-o",
		chain,
	}
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
	c := &Authentication{
		ServerNames: names,
		Took:        took,
		Username:    outerOrUser(n),
		Classes:     accepted(out, attributeClass),
	}
	if given := accepted(out, attributeUserName); len(given) > 0 {
		c.Username = string(given[0])
	}
	return c, nil
}

// outerOrUser returns the identity that is sent in clear.
func outerOrUser(n judge.Network) string {
	if n.OuterIdentity == "" {
		return n.Username
	}
	return n.OuterIdentity
}

// association returns arguments for the attributes of device and access point.
func (r RADIUS) association(n judge.Network) []string {
	var args []string
	if r.Device != "" {
		args = append(args, "-M", r.Device)
	}
	// Hex can express any octet.
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

// accepted returns the values of an attribute in the Access-Accept. eapol_test prints them as
// quoted text or as hex.
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

// writeAuthorities returns a file with the authorities that the device trusts.
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

// phase2 maps inner methods to the supplicant's phase2 value.
var phase2 = map[int]map[string]string{
	judge.EAPTTLS: {
		judge.InnerPAP:         "auth=PAP",
		judge.InnerCHAP:        "auth=CHAP",
		judge.InnerMSCHAP:      "auth=MSCHAP",
		judge.InnerMSCHAPv2:    "auth=MSCHAPV2",
		judge.InnerEAPMSCHAPv2: "autheap=MSCHAPV2",
		judge.InnerEAP:         "autheap=MSCHAPV2",
	},
	judge.EAPPEAP: {judge.InnerEAPMSCHAPv2: "auth=MSCHAPV2"},
}

// supplicantConfig returns the network as configuration of eapol_test. Text is in hex, which needs
// no escaping.
func supplicantConfig(n judge.Network, authorities string) (string, error) {
	inner := phase2[n.EAP][n.Inner]
	if inner == "" {
		return "", fmt.Errorf("EAP method %d with inner method %q is not supported", n.EAP, n.Inner)
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

// serverMatch returns the supplicant's closest matching rule for the names. It is wider than
// Apple's wildcard; checkServer is exact.
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

// checkServer applies the platform's own rule to the server's certificate.
func checkServer(n judge.Network, chainFile string) ([]string, error) {
	data, err := os.ReadFile(chainFile)
	if err != nil {
		return nil, fmt.Errorf("%w: no certificate received", ErrNotTrusted)
	}
	certs := judge.ParseCertificates(data)
	if len(certs) == 0 {
		return nil, fmt.Errorf("%w: no certificate received", ErrNotTrusted)
	}
	// The chain begins with the root: the server's certificate is the last.
	names := serverNames(certs[len(certs)-1])
	if !trustsName(n, names) {
		return nil, fmt.Errorf("%w: its names %q match none of %q (%s)", ErrNotTrusted, names, n.ServerNames,
			n.ServerMatch)
	}
	return names, nil
}

// serverNames returns the DNS names of a certificate, or its common name if it has none.
func serverNames(c *x509.Certificate) []string {
	if len(c.DNSNames) > 0 {
		return c.DNSNames
	}
	return []string{c.Subject.CommonName}
}

// trustsName reports whether the platform accepts a server with these names.
func trustsName(n judge.Network, names []string) bool {
	if n.ServerMatch == judge.MatchAny {
		return true
	}
	for _, trusted := range n.ServerNames {
		for _, name := range names {
			if n.ServerMatch == judge.MatchExact && matchesExactly(trusted, name) ||
				n.ServerMatch == judge.MatchSuffix && matchesSuffix(trusted, name) {
				return true
			}
		}
	}
	return false
}

// matchesExactly implements MatchExact.
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

// matchesSuffix implements MatchSuffix.
func matchesSuffix(trusted, name string) bool {
	trusted, name = strings.ToLower(trusted), strings.ToLower(name)
	return name == trusted || strings.HasSuffix(name, "."+trusted)
}

var certError = regexp.MustCompile(`EAP-TLS-CERT-ERROR .*err='([^']*)'`)

// outcome derives the error from eapol_test's output. The output contains the password in hex and
// must not be shown.
func outcome(out []byte) error {
	if m := certError.FindSubmatch(out); m != nil {
		return fmt.Errorf("%w: %s", ErrNotTrusted, judge.Shorten(string(m[1])))
	}
	if bytes.Contains(out, []byte("code=3 (Access-Reject)")) || bytes.Contains(out, []byte("CTRL-EVENT-EAP-FAILURE")) {
		return ErrRejected
	}
	return ErrNoAnswer
}
