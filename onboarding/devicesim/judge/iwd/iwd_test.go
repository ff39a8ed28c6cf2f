package iwd

import (
	"archive/tar"
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"onramp/onboarding/devicesim/judge"
	"onramp/onboarding/devicesim/judge/judgetest"
)

// iwdArchiveFile is a file of a test archive.
type iwdArchiveFile struct {
	name, text string
	mode       int64
	kind       byte
}

// iwdDocument is a test archive.
type iwdDocument []iwdArchiveFile

func iwdFixture() iwdDocument {
	security := "[Settings]\nAutoConnect=true\n\n[Security]\nEAP-Method=TTLS\nEAP-Identity=anonymous@venue.example\n" +
		"EAP-TTLS-CACert=embed:roots\nEAP-TTLS-ServerDomainMask=radius.venue.example;*.b.venue.example\n" +
		"EAP-TTLS-Phase2-Method=Tunneled-PAP\nEAP-TTLS-Phase2-Identity=anna\n" +
		"EAP-TTLS-Phase2-Password=\\scaf\u00e9 = \\\\\n"
	roots := "\n[@pem@roots]\n" + string(judgetest.PEM(judgetest.CA().Certificate))
	hotspot := func(found string) string { return security + "\n[Hotspot]\nName=Caffè & Bar\n" + found + "\n" + roots }
	return iwdDocument{
		{name: "hotspot/venue-1.conf", text: hotspot("NAIRealmNames=wifi.venue.example")},
		{name: "hotspot/venue-2.conf", text: hotspot("RoamingConsortium=5a03ba0000")},
		{
			name: "=436166c3a8.8021x",
			text: "# a comment\n" + strings.NewReplacer("AutoConnect", "Hidden=true\nAutoConnect", "EAP-TTLS",
				"EAP-PEAP", "=TTLS", "=PEAP", "Tunneled-PAP", "MSCHAPV2").
				Replace(security) +
				roots,
		},
	}
}

// swap replaces text in the file at an index. It panics if the text is missing.
func (d iwdDocument) swap(i int, old, new string) iwdDocument {
	if !strings.Contains(d[i].text, old) {
		panic("no " + old + " in the fixture")
	}
	d[i].text = strings.Replace(d[i].text, old, new, 1)
	return d
}

func (d iwdDocument) named(i int, name string) iwdDocument { d[i].name = name; return d }

func (d iwdDocument) bytes() []byte {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range d {
		header := &tar.Header{Name: f.name, Mode: 0o600, Size: int64(len(f.text)), Typeflag: tar.TypeReg}
		if f.mode != 0 {
			header.Mode = f.mode
		}
		if f.kind != 0 {
			header.Typeflag, header.Size, header.Linkname = f.kind, 0, "/etc/passwd"
		}
		if err := w.WriteHeader(header); err != nil {
			panic(err)
		}
		if header.Size > 0 {
			judgetest.Must(w.Write([]byte(f.text)))
		}
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func iwdCases() []judgetest.Case {
	var cases []judgetest.Case
	file := iwdFixture
	bytesCase := func(r *judge.Rule, name string, broken, sound []byte) {
		cases = append(cases,
			judgetest.Case{Rule: r, Name: name, Platform: judge.IWD, Check: Check, Broken: broken, Sound: sound})
	}
	add := func(r *judge.Rule, name string, broken, sound iwdDocument) {
		bytesCase(r, name, broken.bytes(), sound.bytes())
	}
	swap := func(old, new string) iwdDocument { return file().swap(2, old, new) }
	hotspot := func(old, new string) iwdDocument { return file().swap(1, old, new) }

	bytesCase(ruleArchive, "no archive", []byte(file()[2].text), file().bytes())
	bytesCase(ruleArchive, "cut short", file().bytes()[:700], file().bytes())
	add(ruleArchive, "outside the folder", file().named(2, "../venue.8021x"), file())
	add(ruleArchive, "another folder", file().named(2, "ap/venue.8021x"),
		append(iwdDocument{{name: "hotspot/", kind: tar.TypeDir}}, file()...))
	add(ruleArchive, "a link", append(file(), iwdArchiveFile{name: "a.8021x", kind: tar.TypeSymlink}), file())
	add(ruleArchive, "a file twice", append(file(), file()[0]), file())
	readable := file()
	readable[0].mode = 0o644
	add(ruleMode, "for everyone", readable, file())
	for _, name := range []string{
		"Caffè.8021x", "=436166C3A8.8021x", "=.8021x", "=zz.8021x", "=ff.8021x", "venue.psk", "venue.conf", ".8021x",
		strings.Repeat("x", 33) + ".8021x", "hotspot/venue.8021x",
	} {
		add(ruleName, name, file().named(2, name), file().named(2, "Venue Wi-Fi_5.8021x"))
	}
	for name, bad := range map[string]string{
		"no equals sign": "EAP-Method", "a blank in a key": "EAP Method=x", "an unknown escape": `Name=\x41`,
		"half an escape": `Name=a\`, "not UTF-8": "Name=\xff",
		"a broken header": "[Other", "a header with more": "[Other] x", "unknown data": "[@raw@x]",
	} {
		add(ruleSyntax, name, swap("[Security]\n", "[Security]\n"+bad+"\n"),
			swap("[Security]\n", "[Security] \n\t# more\n"))
	}
	add(ruleSyntax, "a key before its group", swap("# a comment", "a=b"), file())
	add(ruleSyntax, "text after the certificates",
		swap("-----END CERTIFICATE-----\n", "-----END CERTIFICATE-----\nmore\n"),
		swap("-----END CERTIFICATE-----\n", "-----END CERTIFICATE-----\n\n"))
	add(ruleSyntax, "no certificates", swap(string(judgetest.PEM(judgetest.CA().Certificate)), ""), file())
	add(ruleTwice, "a key", swap("EAP-Method=PEAP", "EAP-Method=PEAP\nEAP-Method=TTLS"), file())
	add(ruleTwice, "a group", swap("\n[@pem", "\n[Settings]\nHidden=false\n[@pem"), file())
	add(ruleKey, "an unknown one", swap("EAP-Method", "EAP-Extra=1\nEAP-Method"),
		swap("EAP-Method", "EAP-PEAP-FastReauthentication=0\nEAP-Method"))
	add(ruleBoolean, "yes", swap("Hidden=true", "Hidden=yes"), swap("Hidden=true", "Hidden=1"))
	add(ruleMethod, "PAP untunneled", file().swap(0, "Tunneled-PAP", "PAP").swap(1, "Tunneled-PAP", "PAP"), file())
	add(ruleMethod, "PEAP with PAP", swap("=MSCHAPV2", "=Tunneled-PAP"), swap("=MSCHAPV2", "=mschapv2"))
	add(ruleMethod, "none", swap("EAP-Method=PEAP\n", ""), file())
	add(ruleCredentials, "no password", swap("EAP-PEAP-Phase2-Password", "#"), file())
	add(ruleCredentials, "no outer identity", swap("EAP-Identity=anonymous@venue.example\n", ""), file())
	add(ruleCredentials, "outer identity is the user name", swap("anonymous@venue.example", "anna"), file())
	add(ruleCredentials, "another method's", swap("EAP-PEAP-Phase2-Identity", "EAP-TTLS-Phase2-Identity"), file())
	add(ruleCA, "none", swap("EAP-PEAP-CACert=embed:roots\n", ""),
		swap("embed:roots", "/etc/ssl/certs/ca-certificates.crt"))
	add(ruleCA, "a relative path", swap("embed:roots", "ca.pem"), file())
	add(ruleCA, "another name", swap("embed:roots", "embed:root"), file())
	add(
		ruleCA,
		"expired",
		swap(string(judgetest.PEM(judgetest.CA().Certificate)),
			string(judgetest.PEM(judgetest.ExpiredCA().Certificate))),
		file(),
	)
	const masks = "radius.venue.example;*.b.venue.example"
	for _, bad := range []string{
		"", "com", "a.*.venue.example", "RADIUS.venue.example", "a.venue.example, b.venue.example",
	} {
		add(ruleServer, bad, swap(masks, bad), swap(masks, "radius.venue.example"))
	}
	add(ruleHotspot, "no name", hotspot("Name=Caffè & Bar\n", ""), file())
	add(ruleHotspot, "nothing to find it by", hotspot("RoamingConsortium=5a03ba0000", ""),
		hotspot("RoamingConsortium=5a03ba0000", "HESSID=00:11:22:33:44:55"))
	add(ruleHotspot, "four octets", hotspot("5a03ba0000", "5a03ba00"), hotspot("5a03ba0000", "004096"))
	add(ruleHotspot, "two consortiums", hotspot("5a03ba0000", "5a03ba0000,004096"), file())
	add(ruleHotspot, "realms with a blank", file().swap(0, "wifi.venue.example", "a.example, b.example"),
		file().swap(0, "wifi.venue.example", "a.example,b.example"))
	add(ruleNoNetwork, "an empty folder", iwdDocument{{name: "hotspot", kind: tar.TypeDir}}, file())
	return cases
}

func TestIWDRules(t *testing.T) { judgetest.RunCases(t, "iwd-", iwdCases()) }

// TestFoundG11 checks the whole view of the sound archive.
func TestFoundG11(t *testing.T) {
	v := judge.Decide(judge.IWD, Check, iwdFixture().bytes(), judge.Options{Now: judgetest.Now})
	if !v.Accepted || len(v.Warnings) > 0 {
		t.Fatal(v.Refusals, v.Warnings)
	}
	names, anchors := []string{"radius.venue.example", "*.b.venue.example"}, [][]byte{judgetest.CA().Raw}
	want := &judge.View{Networks: []judge.Network{
		{
			Type:         judge.Passpoint,
			FriendlyName: "Caffè & Bar",
			Realm:        "wifi.venue.example",
			NAIRealms:    []string{"wifi.venue.example"},
			RoamingConsortiums: []string{
				"5a03ba0000",
			},
			EAP:           judge.EAPTTLS,
			Inner:         judge.InnerPAP,
			OuterIdentity: "anonymous@venue.example",
			Username:      "anna",
			Password:      ` café = \`,
			ServerNames:   names,
			ServerMatch:   judge.MatchExact,
			Anchors:       anchors,
		},
		{
			Type:          judge.WPA2Enterprise,
			SSID:          "Cafè",
			Hidden:        true,
			EAP:           judge.EAPPEAP,
			Inner:         judge.InnerEAPMSCHAPv2,
			OuterIdentity: "anonymous@venue.example",
			Username:      "anna",
			Password:      ` café = \`,
			ServerNames:   names,
			ServerMatch:   judge.MatchExact,
			Anchors:       anchors,
		},
	}}
	if diff := cmp.Diff(want, v.View); diff != "" {
		t.Errorf("view (-want +got):\n%s", diff)
	}
}

func TestIWDMutations(t *testing.T) { judgetest.Mutate(t, judge.IWD, Check, iwdFixture().bytes()) }

func FuzzCheckIWD(f *testing.F) {
	f.Add(iwdFixture().bytes())
	f.Add([]byte(iwdFixture()[0].text))
	judgetest.Fuzz(f, judge.IWD, Check,
		func(b []byte) []byte { return iwdDocument{{name: "hotspot/a.conf", text: string(b)}}.bytes() })
}
