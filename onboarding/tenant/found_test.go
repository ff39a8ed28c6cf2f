package tenant

import (
	"fmt"
	"strings"
	"testing"
)

// appliedWith applies the smallest venue with its wifi block replaced, and returns what was printed.
func appliedWith(t *testing.T, wifi string, more ...string) (printed string, err error) {
	t.Helper()
	b := newBench(t)
	b.file("root.pem", readTestdata(t, "root.pem"))
	text := readTestdata(t, "smallest.yaml")
	start, end := strings.Index(text, "    wifi:\n"), strings.Index(text, "    locations:\n")
	if start < 0 || end < start {
		t.Fatalf("the smallest venue is otherwise:\n%s", text)
	}
	text = text[:start] + "    wifi:\n" + wifi + strings.Join(more, "") + text[end:]
	stdout, stderr, err := b.apply("", b.file("venue.yaml", text))
	return stdout + stderr, err
}

// TestFoundDevicesAtApply: what devices would do in silence is told when a tenant file is applied.
func TestFoundDevicesAtApply(t *testing.T) {
	names := func(n int, format string) string {
		all := make([]string, n)
		for i := range all {
			all[i] = fmt.Sprintf(format, i)
		}
		return "      trustedServerNames: [" + strings.Join(all, ", ") + "]\n"
	}
	long := func(n int) string { return strings.Repeat("x", 60) + "." + strings.Repeat("y", n) + "." }
	at254 := "      trustedServerNames: [a." + long(60) + "example.com, b." + long(47) + "abc.com]\n" // 135 and 118, and the semicolon
	passpoint := func(more string) string {
		return "      passpoint: {realm: wifi.example.com, friendlyName: Example" + more + "}\n"
	}
	const roots, private = "      publicRoots: [root.pem]\n", "      trustAnchor: root.pem\n"
	one := names(1, "radius%d.wifi.example.com")
	for _, test := range []struct {
		name, wifi string
		more       string
		refused    bool
		says       []string
		saysNot    string
	}{
		{"G1 sixteen ordinary names", names(16, "r%d.radius.example.com") + passpoint("") + roots, "", true,
			[]string{"wifi.trustedServerNames: has 357 characters", "254", "write their common suffix once: *.radius.example.com"}, ""},
		{"G1 names of two owners", names(8, "server%d.radius.example.com") + passpoint("") + roots, "", false, nil, "trusted-name-length"},
		{"G1 254 characters", at254 + passpoint("") + roots, "", false, nil, "trusted-name-length"},
		{"G1 255 characters", strings.Replace(at254, "abc.com", "abcd.com", 1) + passpoint("") + roots, "", true, []string{"has 255 characters"}, ""},
		{"G1 with a private root too", names(16, "r%d.radius.example.com") + passpoint(", homeDomain: example.com") + private, "", true, []string{"trusted-name-length"}, ""},

		{"G3 no roots", one + passpoint(""), "", false, []string{"warning: ", "wifi.publicRoots: ", "eap-config"}, ""},
		{"G3 roots", one + passpoint("") + roots, "", false, nil, "publicRoots"},
		{"G3 a file that is missing", one + passpoint("") + "      publicRoots: [none.pem]\n", "", true, []string{`wifi.publicRoots[0]: names the file "none.pem"`}, ""},
		{"G3 both kinds of root", one + passpoint("") + roots + private, "", true, []string{"wifi.publicRoots: contradicts trustAnchor"}, ""},
		{"G3 Passpoint by consortium alone", one + passpoint(", openRoaming: settlementFree") + roots, "", false, []string{"geteduroam on Linux knows networks with a name only"}, ""},

		{"G5 the realm above every server", one + passpoint("") + private, "", false, []string{"note: ", "must announce the domain wifi.example.com "}, "home-domain-not-realm"},
		{"G5 servers elsewhere", names(2, "r%d.radius.example.net") + passpoint("") + private, "", false,
			[]string{"warning: ", "must announce the domain radius.example.net ", "announces wifi.example.com only is foreign"}, ""},
		{"G5 servers of two owners", "      trustedServerNames: [a.radius.example.net, b.radius.example.com]\n" + passpoint("") + private, "", true, []string{"home-domain-suffix"}, ""},

		{"G6 a wildcard", "      trustedServerNames: [\"*.radius.example.com\"]\n" + passpoint("") + "      wpa2: {ssid: Example}\n" + roots, "", false,
			[]string{"warning: ", "wifi.trustedServerNames[0]: The geteduroam apps know no wildcard", "[platform-unsupported, eap-config]"}, ""},

		{"G8 a two-digit network code", one + passpoint(`, mccMnc: ["222F01", "222001"]`) + roots, "", false, nil, "mcc-mnc"},
		{"G8 five digits", one + passpoint(`, mccMnc: ["22201"]`) + roots, "", true, []string{"write 222F01"}, "222001"},

		{"G9 a long realm", one + "      passpoint: {realm: " + strings.Repeat("long.", 46) + "xx.example.com, friendlyName: Example}\n" + roots, "", true,
			[]string{"wifi.passpoint.realm: has 244 bytes, at most 243"}, "outerIdentity"},
		{"G9 a friendly name with blanks", one + "      passpoint: {realm: wifi.example.com, friendlyName: \" Example \"}\n" + roots, "", true,
			[]string{`wifi.passpoint.friendlyName: " Example " has blanks at its ends, which Android cuts off (write "Example")`}, ""},
		{"G9 helpdesk, carrier and names", one + passpoint("") + roots +
			"      helpdesk: {email: help@example.com, phone: \"+39 02 1234567\", url: \"https://example.com/help\"}\n      carrierId: \"{CF68A9B1-CBE0-5224-B0F5-2B21056773EE}\"\n",
			"    names: {it: Esempio}\n", false, nil, "error"},
	} {
		t.Run(test.name, func(t *testing.T) {
			printed, err := appliedWith(t, test.wifi, test.more)
			if (err != nil) != test.refused {
				t.Errorf("%v\n%s", err, printed)
			}
			for _, want := range test.says {
				if !strings.Contains(printed, want) {
					t.Errorf("nothing of %q in\n%s", want, printed)
				}
			}
			if test.saysNot != "" && strings.Contains(printed, test.saysNot) {
				t.Errorf("%q in\n%s", test.saysNot, printed)
			}
		})
	}
}

// TestFoundG3Export: public roots stand inline, and come back as they are.
func TestFoundG3Export(t *testing.T) {
	b := newBench(t)
	b.file("root.pem", readTestdata(t, "root.pem"))
	venue := strings.Replace(readTestdata(t, "venue.yaml"), "# trustAnchor: a file beside this one, or the certificate itself", "publicRoots: [root.pem]", 1)
	if _, stderr, err := b.apply("", b.file("venue.yaml", venue)); err != nil {
		t.Fatal(stderr)
	}
	exported := b.export("")
	for _, want := range []string{"publicRoots:\n        - |\n", "-----BEGIN CERTIFICATE-----", "helpdesk:\n", "carrierId: ", "names:\n"} {
		if !strings.Contains(exported, want) {
			t.Errorf("nothing of %q in\n%s", want, exported)
		}
	}
	if stdout, stderr, err := b.apply(exported, "-"); err != nil || !strings.Contains(stdout, ": unchanged\n") {
		t.Errorf("%v\n%s%s", err, stdout, stderr)
	}
}
