package devicesim

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"time"

	"github.com/google/go-cmp/cmp"
)

// androidCases breaks every rule of the format once or more, each beside its nearest sound neighbour.
func androidCases() []ruleCase {
	var cases []ruleCase
	bytesCase := func(r *Rule, name string, broken, sound []byte) {
		cases = append(cases, ruleCase{rule: r, name: name, platform: Android, check: checkAndroid, broken: broken, sound: sound})
	}
	add := func(r *Rule, name string, broken, sound *androidFile) {
		bytesCase(r, name, broken.bytes(), sound.bytes())
	}
	file := newAndroidFile

	// Envelope.
	padded := file().bytes()
	bytesCase(androidBase64, "half the padding", append(slices.Clone(padded[:len(padded)-4]), "QQ="...), bytes.TrimRight(padded, "="))
	bytesCase(androidBase64, "URL-safe alphabet", bytes.ReplaceAll(plusFile(), []byte("+"), []byte("-")), plusFile())
	bytesCase(androidBase64, "foreign character", append([]byte("!"), padded...), append([]byte("\r\n "), padded...))
	bytesCase(androidBase64, "empty", nil, padded)
	bytesCase(androidBase64, "not encoded", []byte(file().message()), padded)
	bytesCase(androidBase64, "one character too many", append(bytes.TrimRight(padded, "="), "AAAAA"...), wrapped(padded))

	header := func(h string) *androidFile { f := file(); f.header = h; return f }
	add(androidHeader, "text before the header", header("hello\n"+file().header), file())
	add(androidHeader, "header line begins with a blank", header(" "+file().header), header("Content-Type: multipart/mixed;\n boundary=onramp\nContent-Transfer-Encoding: base64"))
	bytesCase(androidHeader, "nothing but a header", encode("Content-Type: multipart/mixed; boundary=onramp\n"), padded)
	add(androidTopType, "blank line first", header("\n"+file().header), header("MIME-Version: 1.0\n"+file().header))
	add(androidTopType, "lower-case header name", header("content-type: multipart/mixed; boundary=onramp\nContent-Transfer-Encoding: base64"), header("Content-Type : multipart/mixed; boundary=onramp\nContent-Transfer-Encoding: base64"))
	add(androidTopType, "multipart/related", header("Content-Type: multipart/related; boundary=onramp\nContent-Transfer-Encoding: base64"), header("Content-Type: multipart/mixed ; boundary=onramp\nContent-Transfer-Encoding: base64"))
	add(androidTopType, "capital type", header("Content-Type: Multipart/Mixed; boundary=onramp\nContent-Transfer-Encoding: base64"), file())
	add(androidBoundary, "none", header("Content-Type: multipart/mixed\nContent-Transfer-Encoding: base64"), header("Content-Type: multipart/mixed;boundary=onramp\nContent-Transfer-Encoding: base64"))
	add(androidBoundary, "capital attribute", header("Content-Type: multipart/mixed; Boundary=onramp\nContent-Transfer-Encoding: base64"), header("Content-Type: multipart/mixed; charset=UTF-8; boundary=onramp\nContent-Transfer-Encoding: base64"))
	add(androidBoundary, "blanks around the equals sign", header("Content-Type: multipart/mixed; boundary = onramp\nContent-Transfer-Encoding: base64"), header("Content-Type: multipart/mixed; boundary=onramp; charset=UTF-8\nContent-Transfer-Encoding: base64"))
	semicolon := header("Content-Type: multipart/mixed; boundary=\"on;ramp\"\nContent-Transfer-Encoding: base64")
	semicolon.open, semicolon.end = "--on;ramp", "--on;ramp--\n"
	add(androidBoundary, "semicolon inside", semicolon, header("Content-Type: multipart/mixed; boundary=\"onramp\"\nContent-Transfer-Encoding: base64"))
	add(androidEncoding, "top encoding missing", header("Content-Type: multipart/mixed; boundary=onramp"), header("Content-Transfer-Encoding: base64\nContent-Type: multipart/mixed; boundary=onramp"))
	add(androidEncoding, "top encoding 8bit", header("Content-Type: multipart/mixed; boundary=onramp\nContent-Transfer-Encoding: 8bit"), file())
	add(androidEncoding, "top encoding name in lower case", header("Content-Type: multipart/mixed; boundary=onramp\ncontent-transfer-encoding: base64"), file())
	part := func(h string) *androidFile { f := file(); f.parts[0].header = h; return f }
	add(androidEncoding, "part encoding missing", part("Content-Type: application/x-passpoint-profile"), part("Content-Transfer-Encoding: base64\nContent-Type: application/x-passpoint-profile"))
	add(androidEncoding, "part encoding BASE64", part("Content-Type: application/x-passpoint-profile\nContent-Transfer-Encoding: BASE64"), part("Content-Type: application/x-passpoint-profile\nContent-Transfer-Encoding:base64"))
	boundary := func(open, end string) *androidFile { f := file(); f.open, f.end = open, end; return f }
	add(androidFirstBoundary, "blank after it", boundary("--onramp ", "--onramp--\n"), file())
	add(androidFirstBoundary, "another one", boundary("--offramp", "--onramp--\n"), boundary("--onramp", "--onramp--"))
	add(androidLastBoundary, "blank after it", boundary("--onramp", "--onramp-- \n"), boundary("--onramp", "--onramp--\nbye\n"))
	add(androidLastBoundary, "missing", boundary("--onramp", ""), file())
	add(androidLastBoundary, "only a part boundary", boundary("--onramp", "--onramp\n"), file())
	crlf := file()
	crlf.eol = "\r\n"
	cr := file()
	cr.eol = "\r"
	add(androidLastBoundary, "three hyphens", boundary("--onramp", "--onramp---\n"), crlf)
	add(androidLastBoundary, "missing, with CRLF", func() *androidFile { f := boundary("--onramp", ""); f.eol = "\r\n"; return f }(), cr)
	add(androidPartType, "text/plain", file().with("text/plain", []byte("hello")), file())
	add(androidPartType, "profile type with a capital", part(strings.Replace(partHeader, "x-passpoint", "X-passpoint", 1)), part(strings.Replace(partHeader, "profile", "profile; charset=UTF-8", 1)))
	add(androidPartType, "no type", part("Content-Transfer-Encoding: base64"), file())
	add(androidPartType, "part header in lower case", part(strings.Replace(partHeader, "Content-Type", "content-type", 1)), file())
	garbled := file()
	garbled.parts[0].body = "PE1nbXRUcmVlPg*="
	add(androidPartBase64, "garbled", garbled, file())
	onlyCA := file()
	onlyCA.parts = nil
	onlyCA.with(partCA, testCA().Raw)
	onlyCA.boundary = "--onramp"
	add(androidProfileMissing, "a CA alone", onlyCA, privateAndroidFile())
	twice := file()
	twice.parts = append(twice.parts, twice.parts[0])
	add(androidProfileTwice, "the same twice", twice, file())
	other := issue(panicTB{}, caTemplate("Other Root"), nil)
	add(androidCATwice, "two roots", privateAndroidFile().with(partCA, other.Raw), privateAndroidFile())
	withCA := func(data []byte) *androidFile {
		f := privateAndroidFile()
		f.parts = f.parts[:1]
		return f.with(partCA, data)
	}
	add(androidCABundle, "PEM of two", withCA(pemOf(testCA().Certificate, other.Certificate)), withCA(pemOf(testCA().Certificate)))
	add(androidCABundle, "DER of two", withCA(slices.Concat(testCA().Raw, other.Raw)), withCA(testCA().Raw))
	add(androidCA, "garbage", withCA([]byte("not a certificate")), withCA(append([]byte("\n"), pemOf(testCA().Certificate)...)))
	add(androidCA, "empty", withCA([]byte("\n")), withCA(testCA().Raw))
	add(androidCA, "a PEM key", withCA([]byte("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")), withCA(testCA().Raw))
	leafCert := issue(panicTB{}, leafTemplate("radius.venue.example"), testCA())
	add(androidCANotCA, "the server's own certificate", withCA(leafCert.Raw), withCA(testCA().Raw))
	add(androidCAExpired, "expired root", withCA(expiredCA().Raw), withCA(testCA().Raw))
	preamble := file()
	preamble.preamble = "This is a message in several parts.\n"
	add(androidPreamble, "text", preamble, func() *androidFile { f := file(); f.preamble = "\n\n"; return f }())
	tail := privateAndroidFile()
	tail.boundary = "--onramp "
	add(androidBoundaryTail, "blank between parts", tail, privateAndroidFile())
	add(androidHeaderIgnored, "Content-ID", part(partHeader+"\nContent-ID: <1>"), file())
	large := file().swap("<!-- more -->", "<!--"+strings.Repeat("x", 60_000)+"-->")
	add(androidCaptiveSize, "a long comment", large, file())
	cases = append(cases, androidTreeCases()...)
	cases = append(cases, androidConfigurationCases()...)
	return cases
}

// plusFile is a file whose base64 holds a `+`.
func plusFile() []byte {
	for i := range 200 {
		f := newAndroidFile()
		f.preamble = strings.Repeat("\n", i%3+1) + strings.Repeat(">", i+1) + "\n"
		if b := f.bytes(); bytes.ContainsRune(b, '+') {
			return b
		}
	}
	panic("no + to be had")
}

func TestAndroidRules(t *testing.T) { runCases(t, "android-", androidCases()) }

// TestAndroidView reads back everything that the sound file says.
func TestAndroidView(t *testing.T) {
	v := decide(Android, checkAndroid, newAndroidFile().bytes(), Options{Now: testNow})
	if !v.Accepted {
		t.Fatal(v.Refusals)
	}
	expires := time.Date(2027, 11, 30, 8, 0, 0, 0, time.UTC)
	want := &View{
		DisplayName: "Caffè & Bar", Expires: &expires,
		Networks: []Network{{
			Type: Passpoint, Realm: "wifi.venue.example", FriendlyName: "Caffè & Bar", HomeDomain: "venue.example",
			RoamingConsortiums: []string{"5a03ba0000", "004096"},
			EAP:                EAPTTLS, Inner: InnerMSCHAPv2, OuterIdentity: "anonymous@wifi.venue.example",
			Username: "anna", Password: "café", ServerNames: []string{"radius.venue.example"}, ServerMatch: MatchSuffix,
		}},
	}
	if diff := cmp.Diff(want, v.View); diff != "" {
		t.Errorf("view (-want +got):\n%s", diff)
	}
	v = decide(Android, checkAndroid, privateAndroidFile().bytes(), Options{Now: testNow})
	if !v.Accepted {
		t.Fatal(v.Refusals)
	}
	n := v.View.Networks[0]
	if !slices.Equal(n.ServerNames, []string{"venue.example"}) || len(n.Anchors) != 1 || !bytes.Equal(n.Anchors[0], testCA().Raw) {
		t.Errorf("with a private root the phone trusts names %v, %d anchors", n.ServerNames, len(n.Anchors))
	}
	if s := fmt.Sprintf("%v %+v %#v", n, n, n); strings.Contains(s, "café") {
		t.Error("the password prints itself: " + s)
	}
}

// TestFoundG10 holds Check against files whose verdicts Android's own parser gave, adjusted where a phone takes
// a file and the result is silently wrong.
func TestFoundG10(t *testing.T) {
	for _, table := range []struct {
		file string
		rows int
	}{{"verdicts.tsv", 41}, {"mutants.tsv", 44}} {
		text, err := os.ReadFile(filepath.Join("testdata/android", table.file))
		if err != nil {
			t.Fatal(err)
		}
		rows := strings.Split(strings.TrimSpace(string(text)), "\n")[1:]
		if len(rows) != table.rows {
			t.Fatalf("%d rows in %s, want %d", len(rows), table.file, table.rows)
		}
		for _, row := range rows {
			f := strings.Split(row, "\t")
			t.Run(f[0]+" "+f[2], func(t *testing.T) {
				file, err := os.ReadFile(filepath.Join("testdata/android", f[0]))
				if err != nil {
					t.Fatal(err)
				}
				v := decide(Android, checkAndroid, file, Options{Now: testNow})
				if v.Accepted != (f[1] == "accept") {
					t.Errorf("accepted is %v, the phone says %s; refusals %v", v.Accepted, f[1], v.Refusals)
				}
			})
		}
	}
}

func TestAndroidMutations(t *testing.T) {
	mutate(t, Android, checkAndroid, privateAndroidFile().bytes())
}

func FuzzCheckAndroid(f *testing.F) {
	files, err := filepath.Glob("testdata/android/*.config")
	if err != nil || len(files) == 0 {
		f.Fatal("no seeds")
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte(newAndroidFile().message()))
	f.Add([]byte(newAndroidFile().xml))
	// Bytes are tried as a file, and as the message and as the profile inside one.
	fuzz(f, Android, checkAndroid, func(b []byte) []byte {
		if len(b) > 0 && b[0] == '<' {
			file := newAndroidFile()
			file.xml = string(b)
			return file.bytes()
		}
		return encode(string(b))
	})
}

func encode(s string) []byte { return []byte(base64.StdEncoding.EncodeToString([]byte(s))) }
