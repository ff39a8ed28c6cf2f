package main

import (
	"cmp"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"onramp/onboarding/devicesim/judge/judgetest"
)

// radiusName is the name in the RADIUS server's certificate that venues trust by default.
const radiusName = "radius.wifi.faults.example"

// venue holds the settings of a tenant of a fault. The zero value is a sound tenant.
type venue struct {
	names    []string // trustedServerNames; nil: radiusName
	anchor   *judgetest.Pair
	system   bool // no trust anchor: the phones' public CAs
	lifetime string
	inner    string
	vlan     int
	timeout  string
	noSSID   bool
	hidden   bool
	onlySSID bool   // no Passpoint
	address  string // IP:disconnectPort of the first hotspot, which makes it a RADIUS client
	secret   string // file
	otherNAS string // nasIdentifier of the first hotspot; empty: its own
}

// id returns an ID of the tenant n: 0 the organization, 1 the location, 2 and 3 the hotspots.
func id(n, part int) string { return fmt.Sprintf("fa%029x%x", n, part) }

func realmOf(n int) string { return fmt.Sprintf("f%d.faults.example", n) }

func nasOf(n, hotspot int) string { return fmt.Sprintf("ap%d.%s", hotspot, realmOf(n)) }

func macOf(n, part int) string { return fmt.Sprintf("02-fa-%02x-%02x-00-%02x", n>>8, n&0xff, part) }

// yaml returns the tenant as `onramp apply` reads it.
func (v venue) yaml(n int, root *judgetest.Pair) string {
	names := v.names
	if names == nil {
		names = []string{radiusName}
	}
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("  - id: %s\n    name: Venue %d\n    defaultLocation: %s\n    languages: [en]", id(n, 0), n, id(n, 1))
	line("    policies:")
	for _, key := range []string{"termsOfUse", "privacy"} {
		line(`      - {key: %s, version: "1", title: {en: %s}, url: "https://example.com/%s"}`, key, key, key)
	}
	line("    wifi:\n      eap: {method: ttls, inner: %s}", cmp.Or(v.inner, "mschapv2"))
	line("      outerIdentity: anonymous@%s", realmOf(n))
	line(`      trustedServerNames: ["%s"]`, strings.Join(names, `", "`))
	if !v.system {
		if v.anchor != nil {
			root = v.anchor
		}
		line("      trustAnchor: |\n%s", indent(string(judgetest.PEM(root.Certificate)), 8))
	}
	line("      profileLifetime: %s", cmp.Or(v.lifetime, "8760h"))
	if !v.onlySSID {
		line("      passpoint: {realm: %s, friendlyName: Venue %d, roaming: false}", realmOf(n), n)
	}
	if !v.noSSID {
		line("      wpa2: {ssid: Venue %d, ssidHidden: %v}", n, v.hidden)
	}
	if v.vlan != 0 {
		line("    radius: {sessionTimeout: %s, vlan: %d}", cmp.Or(v.timeout, "8h"), v.vlan)
	} else {
		line("    radius: {sessionTimeout: %s}", cmp.Or(v.timeout, "8h"))
	}
	line("    portal:\n      fields: [firstName, lastName, email]")
	line("    locations:\n      - id: %s\n        name: Hall %d\n        timezone: Europe/Rome\n        hotspots:",
		id(n, 1), n)
	own := ""
	if v.address != "" {
		own = fmt.Sprintf(`, address: "%s", secretFile: "%s"`, v.address, v.secret)
	}
	line(`          - {id: %s, name: Door, mac: "%s", nasIdentifier: %s%s}`, id(n, 2), macOf(n, 0xf1),
		cmp.Or(v.otherNAS, nasOf(n, 1)), own)
	line(`          - {id: %s, name: Bar, mac: "%s", nasIdentifier: %s}`, id(n, 3), macOf(n, 0xf2), nasOf(n, 2))
	return b.String()
}

func indent(text string, n int) string {
	return strings.ReplaceAll(strings.Repeat(" ", n)+strings.TrimSpace(text), "\n", "\n"+strings.Repeat(" ", n))
}

// apply writes tenants to a file and applies them.
func (a *air) apply(t testing.TB, tenants ...string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "tenants.yaml")
	if err := os.WriteFile(file, []byte("organizations:\n"+strings.Join(tenants, "")), 0o600); err != nil {
		t.Fatal(err)
	}
	a.mustAsk(t, "apply", file)
}

func keyPEM(t testing.TB, key any) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}
