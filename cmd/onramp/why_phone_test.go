package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"onramp/onboarding/devicesim/judge"
)

// phone is a station with one network of a profile, as its platform reads that. eapol_test plays
// it and the access point.
type phone struct {
	t       testing.TB
	air     *air
	mac     string
	network judge.Network
	more    []string // further lines of the supplicant's network
	// attributes are those of the access point, in the form of eapol_test's -N.
	attributes []string
	nas        string // NAS-Identifier of the access point; empty: none
	source     string // source address of the access point; empty: 127.0.0.1's choice
	secret     string
	port       int
	wait       time.Duration // for the result
	system     string        // file of the public CAs
	// class and name are those of the last Access-Accept, for accounting.
	class []byte
	name  string
}

// join authenticates once. It reports whether the phone got in, and returns eapol_test's output.
func (p *phone) join() (in bool, output string) {
	p.t.Helper()
	dir := p.t.TempDir()
	config := filepath.Join(dir, "network.conf")
	if err := os.WriteFile(config, []byte(p.config(dir)), 0o600); err != nil {
		p.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(p.t.Context(), p.wait+5*time.Second)
	defer cancel()
	seconds := max(1, int(p.wait/time.Second))
	args := []string{"-c", config, "-a", "127.0.0.1", "-p", fmt.Sprint(p.port), "-s", p.secret,
		"-t", fmt.Sprint(seconds), "-M", p.mac}
	if p.source != "" {
		args = append(args, "-A", p.source)
	}
	if p.nas != "" {
		args = append(args, "-N", "32:s:"+p.nas)
	}
	for _, one := range p.attributes {
		args = append(args, "-N", one)
	}
	out, err := exec.CommandContext(ctx, "eapol_test", args...).CombinedOutput()
	in = err == nil && bytes.HasSuffix(bytes.TrimSpace(out), []byte("SUCCESS"))
	if in {
		p.class, p.name = acceptedValue(out, 25), string(acceptedValue(out, 1))
	}
	return in, string(out)
}

// joins fails the test unless the phone gets in.
func (p *phone) joins() {
	p.t.Helper()
	if in, out := p.join(); !in {
		p.t.Fatalf("the phone does not get in:\n%s", last(out, 3000))
	}
}

// fails fails the test if the phone gets in. It returns eapol_test's output.
func (p *phone) fails() string {
	p.t.Helper()
	in, out := p.join()
	if in {
		p.t.Fatalf("the phone gets in despite the fault:\n%s", last(out, 1500))
	}
	return out
}

func last(text string, n int) string { return text[max(0, len(text)-n):] }

var eapolAttribute = regexp.MustCompile(`(?m)^ *Attribute (\d+) \([^)\n]*\) length=\d+\n *Value: (.*)$`)

// acceptedValue returns an attribute of the Access-Accept, which eapol_test prints as quoted text
// or as hex.
func acceptedValue(out []byte, attribute int) []byte {
	i := max(0, bytes.LastIndex(out, []byte("(Access-Accept)")))
	for _, m := range eapolAttribute.FindAllSubmatch(out[i:], -1) {
		if string(m[1]) != fmt.Sprint(attribute) {
			continue
		}
		if text, quoted := bytes.CutPrefix(m[2], []byte("'")); quoted {
			return bytes.TrimSuffix(text, []byte("'"))
		}
		value, _ := hex.DecodeString(string(m[2]))
		return value
	}
	return nil
}

// config returns the supplicant's network, with the trust of the phone's platform.
func (p *phone) config(dir string) string {
	n := p.network
	var b strings.Builder
	line := func(name, value string) { fmt.Fprintf(&b, "\t%s=%s\n", name, value) }
	quoted := func(s string) string { return `"` + s + `"` }
	b.WriteString("network={\n")
	line("key_mgmt", "WPA-EAP")
	line("eap", map[int]string{judge.EAPTTLS: "TTLS", judge.EAPPEAP: "PEAP"}[n.EAP])
	line("identity", hex.EncodeToString([]byte(n.Username)))
	if n.OuterIdentity != "" {
		line("anonymous_identity", hex.EncodeToString([]byte(n.OuterIdentity)))
	}
	line("password", hex.EncodeToString([]byte(n.Password)))
	line("phase2", quoted(map[string]string{
		judge.InnerPAP: "auth=PAP", judge.InnerCHAP: "auth=CHAP", judge.InnerMSCHAPv2: "auth=MSCHAPV2",
		judge.InnerEAPMSCHAPv2: "autheap=MSCHAPV2", judge.InnerEAP: "autheap=MSCHAPV2",
	}[n.Inner]))
	line("ca_cert", quoted(p.authorities(dir)))
	// A wildcard of a platform with exact names matches one label. eapol_test has no such rule: the
	// tests use wildcards only where the platform refuses, so that the literal text refuses too.
	switch names := strings.Join(n.ServerNames, ";"); {
	case names == "" || n.ServerMatch == judge.MatchAny:
	case n.ServerMatch == judge.MatchSuffix:
		line("domain_suffix_match", quoted(names))
	default:
		line("domain_match", quoted(names))
	}
	for _, text := range p.more {
		b.WriteString("\t" + text + "\n")
	}
	b.WriteString("}\n")
	return b.String()
}

// authorities returns a file of the roots that the phone trusts for the network.
func (p *phone) authorities(dir string) string {
	if len(p.network.Anchors) == 0 {
		return p.system
	}
	var out []byte
	for _, der := range p.network.Anchors {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
	file := filepath.Join(dir, "authorities.pem")
	if err := os.WriteFile(file, out, 0o600); err != nil {
		p.t.Fatal(err)
	}
	return file
}
