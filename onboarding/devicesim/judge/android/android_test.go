package android

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

	"onramp/onboarding/devicesim/judge"
	"onramp/onboarding/devicesim/judge/judgetest"
)

// androidCases breaks every rule of the format at least once, each with a similar sound file.
func androidCases() []judgetest.Case {
	var cases []judgetest.Case
	bytesCase := func(r *judge.Rule, name string, broken, sound []byte) {
		cases = append(cases,
			judgetest.Case{Rule: r, Name: name, Platform: judge.Android, Check: Check, Broken: broken, Sound: sound})
	}
	add := func(r *judge.Rule, name string, broken, sound *judgetest.AndroidFile) {
		bytesCase(r, name, broken.Bytes(), sound.Bytes())
	}
	file := judgetest.NewAndroidFile

	// Envelope.
	padded := file().Bytes()
	bytesCase(ruleBase64, "half the padding", append(slices.Clone(padded[:len(padded)-4]), "QQ="...),
		bytes.TrimRight(padded, "="))
	bytesCase(ruleBase64, "URL-safe alphabet", bytes.ReplaceAll(plusFile(), []byte("+"), []byte("-")), plusFile())
	bytesCase(ruleBase64, "foreign character", append([]byte("!"), padded...), append([]byte("\r\n "), padded...))
	bytesCase(ruleBase64, "empty", nil, padded)
	bytesCase(ruleBase64, "not encoded", []byte(file().Message()), padded)
	bytesCase(ruleBase64, "one character too many", append(bytes.TrimRight(padded, "="), "AAAAA"...),
		judgetest.Wrapped(padded))

	header := func(h string) *judgetest.AndroidFile { f := file(); f.Header = h; return f }
	add(ruleHeader, "text before the header", header("hello\n"+file().Header), file())
	add(ruleHeader, "header line begins with a blank", header(" "+file().Header),
		header("Content-Type: multipart/mixed;\n boundary=onramp\nContent-Transfer-Encoding: base64"))
	bytesCase(ruleHeader, "nothing but a header", encode("Content-Type: multipart/mixed; boundary=onramp\n"), padded)
	add(ruleTopType, "blank line first", header("\n"+file().Header), header("MIME-Version: 1.0\n"+file().Header))
	add(ruleTopType, "lower-case header name",
		header("content-type: multipart/mixed; boundary=onramp\nContent-Transfer-Encoding: base64"),
		header("Content-Type : multipart/mixed; boundary=onramp\nContent-Transfer-Encoding: base64"))
	add(ruleTopType, "multipart/related",
		header("Content-Type: multipart/related; boundary=onramp\nContent-Transfer-Encoding: base64"),
		header("Content-Type: multipart/mixed ; boundary=onramp\nContent-Transfer-Encoding: base64"))
	add(ruleTopType, "capital type",
		header("Content-Type: Multipart/Mixed; boundary=onramp\nContent-Transfer-Encoding: base64"), file())
	add(ruleBoundary, "none", header("Content-Type: multipart/mixed\nContent-Transfer-Encoding: base64"),
		header("Content-Type: multipart/mixed;boundary=onramp\nContent-Transfer-Encoding: base64"))
	add(ruleBoundary, "capital attribute",
		header("Content-Type: multipart/mixed; Boundary=onramp\nContent-Transfer-Encoding: base64"),
		header("Content-Type: multipart/mixed; charset=UTF-8; boundary=onramp\nContent-Transfer-Encoding: base64"))
	add(ruleBoundary, "blanks around the equals sign",
		header("Content-Type: multipart/mixed; boundary = onramp\nContent-Transfer-Encoding: base64"),
		header("Content-Type: multipart/mixed; boundary=onramp; charset=UTF-8\nContent-Transfer-Encoding: base64"))
	semicolon := header("Content-Type: multipart/mixed; boundary=\"on;ramp\"\nContent-Transfer-Encoding: base64")
	semicolon.Open, semicolon.End = "--on;ramp", "--on;ramp--\n"
	add(ruleBoundary, "semicolon inside", semicolon,
		header("Content-Type: multipart/mixed; boundary=\"onramp\"\nContent-Transfer-Encoding: base64"))
	add(ruleEncoding, "top encoding missing", header("Content-Type: multipart/mixed; boundary=onramp"),
		header("Content-Transfer-Encoding: base64\nContent-Type: multipart/mixed; boundary=onramp"))
	add(ruleEncoding, "top encoding 8bit",
		header("Content-Type: multipart/mixed; boundary=onramp\nContent-Transfer-Encoding: 8bit"), file())
	add(ruleEncoding, "top encoding name in lower case",
		header("Content-Type: multipart/mixed; boundary=onramp\ncontent-transfer-encoding: base64"), file())
	part := func(h string) *judgetest.AndroidFile { f := file(); f.Parts[0].Header = h; return f }
	add(ruleEncoding, "part encoding missing", part("Content-Type: application/x-passpoint-profile"),
		part("Content-Transfer-Encoding: base64\nContent-Type: application/x-passpoint-profile"))
	add(ruleEncoding, "part encoding BASE64",
		part("Content-Type: application/x-passpoint-profile\nContent-Transfer-Encoding: BASE64"),
		part("Content-Type: application/x-passpoint-profile\nContent-Transfer-Encoding:base64"))
	boundary := func(open, end string) *judgetest.AndroidFile { f := file(); f.Open, f.End = open, end; return f }
	add(ruleFirstBoundary, "blank after it", boundary("--onramp ", "--onramp--\n"), file())
	add(ruleFirstBoundary, "another one", boundary("--offramp", "--onramp--\n"), boundary("--onramp", "--onramp--"))
	add(ruleLastBoundary, "blank after it", boundary("--onramp", "--onramp-- \n"),
		boundary("--onramp", "--onramp--\nbye\n"))
	add(ruleLastBoundary, "missing", boundary("--onramp", ""), file())
	add(ruleLastBoundary, "only a part boundary", boundary("--onramp", "--onramp\n"), file())
	crlf := file()
	crlf.EOL = "\r\n"
	cr := file()
	cr.EOL = "\r"
	add(ruleLastBoundary, "three hyphens", boundary("--onramp", "--onramp---\n"), crlf)
	add(ruleLastBoundary, "missing, with CRLF",
		func() *judgetest.AndroidFile { f := boundary("--onramp", ""); f.EOL = "\r\n"; return f }(), cr)
	add(rulePartType, "text/plain", file().With("text/plain", []byte("hello")), file())
	add(rulePartType, "profile type with a capital",
		part(strings.Replace(judgetest.AndroidPartHeader, "x-passpoint", "X-passpoint", 1)),
		part(strings.Replace(judgetest.AndroidPartHeader, "profile", "profile; charset=UTF-8", 1)))
	add(rulePartType, "no type", part("Content-Transfer-Encoding: base64"), file())
	add(rulePartType, "part header in lower case",
		part(strings.Replace(judgetest.AndroidPartHeader, "Content-Type", "content-type", 1)), file())
	garbled := file()
	garbled.Parts[0].Body = "PE1nbXRUcmVlPg*="
	add(rulePartBase64, "garbled", garbled, file())
	onlyCA := file()
	onlyCA.Parts = nil
	onlyCA.With(typeCA, judgetest.CA().Raw)
	onlyCA.Boundary = "--onramp"
	add(ruleProfileMissing, "a CA alone", onlyCA, judgetest.NewPrivateAndroidFile())
	twice := file()
	twice.Parts = append(twice.Parts, twice.Parts[0])
	add(ruleProfileTwice, "the same twice", twice, file())
	other := judgetest.Issue(judgetest.PanicTB{}, judgetest.CATemplate("Other Root"), nil)
	add(ruleCATwice, "two roots", judgetest.NewPrivateAndroidFile().With(typeCA, other.Raw),
		judgetest.NewPrivateAndroidFile())
	withCA := func(data []byte) *judgetest.AndroidFile {
		f := judgetest.NewPrivateAndroidFile()
		f.Parts = f.Parts[:1]
		return f.With(typeCA, data)
	}
	add(ruleCABundle, "PEM of two", withCA(judgetest.PEM(judgetest.CA().Certificate, other.Certificate)),
		withCA(judgetest.PEM(judgetest.CA().Certificate)))
	add(ruleCABundle, "DER of two", withCA(slices.Concat(judgetest.CA().Raw, other.Raw)), withCA(judgetest.CA().Raw))
	add(ruleCA, "garbage", withCA([]byte("not a certificate")),
		withCA(append([]byte("\n"), judgetest.PEM(judgetest.CA().Certificate)...)))
	add(ruleCA, "empty", withCA([]byte("\n")), withCA(judgetest.CA().Raw))
	add(ruleCA, "a PEM key", withCA([]byte("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")),
		withCA(judgetest.CA().Raw))
	leafCert := judgetest.Issue(judgetest.PanicTB{}, judgetest.LeafTemplate("radius.venue.example"), judgetest.CA())
	add(ruleCANotCA, "the server's own certificate", withCA(leafCert.Raw), withCA(judgetest.CA().Raw))
	add(ruleCAExpired, "expired root", withCA(judgetest.ExpiredCA().Raw), withCA(judgetest.CA().Raw))
	preamble := file()
	preamble.Preamble = "This is a message in several parts.\n"
	add(rulePreamble, "text", preamble, func() *judgetest.AndroidFile { f := file(); f.Preamble = "\n\n"; return f }())
	tail := judgetest.NewPrivateAndroidFile()
	tail.Boundary = "--onramp "
	add(ruleBoundaryTail, "blank between parts", tail, judgetest.NewPrivateAndroidFile())
	add(ruleHeaderIgnored, "Content-ID", part(judgetest.AndroidPartHeader+"\nContent-ID: <1>"), file())
	large := file().Swap("<!-- more -->", "<!--"+strings.Repeat("x", 60_000)+"-->")
	add(ruleCaptiveSize, "a long comment", large, file())
	cases = append(cases, androidTreeCases()...)
	cases = append(cases, androidConfigurationCases()...)
	return cases
}

// plusFile returns a file whose base64 contains a `+`.
func plusFile() []byte {
	for i := range 200 {
		f := judgetest.NewAndroidFile()
		f.Preamble = strings.Repeat("\n", i%3+1) + strings.Repeat(">", i+1) + "\n"
		if b := f.Bytes(); bytes.ContainsRune(b, '+') {
			return b
		}
	}
	panic("no + to be had")
}

func TestAndroidRules(t *testing.T) { judgetest.RunCases(t, "android-", androidCases()) }

// TestAndroidView checks the whole view of the sound file.
func TestAndroidView(t *testing.T) {
	v := judge.Decide(judge.Android, Check, judgetest.NewAndroidFile().Bytes(), judge.Options{Now: judgetest.Now})
	if !v.Accepted {
		t.Fatal(v.Refusals)
	}
	expires := time.Date(2027, 11, 30, 8, 0, 0, 0, time.UTC)
	want := &judge.View{
		DisplayName: "Caffè & Bar", Expires: &expires,
		Networks: []judge.Network{
			{
				Type:               judge.Passpoint,
				Realm:              "wifi.venue.example",
				FriendlyName:       "Caffè & Bar",
				HomeDomain:         "venue.example",
				RoamingConsortiums: []string{"5a03ba0000", "004096"},
				EAP:                judge.EAPTTLS,
				Inner:              judge.InnerMSCHAPv2,
				OuterIdentity:      "anonymous@wifi.venue.example",
				Username:           "anna",
				Password:           "café",
				ServerNames:        []string{"radius.venue.example"},
				ServerMatch:        judge.MatchSuffix,
			},
		},
	}
	if diff := cmp.Diff(want, v.View); diff != "" {
		t.Errorf("view (-want +got):\n%s", diff)
	}
	v = judge.Decide(judge.Android, Check, judgetest.NewPrivateAndroidFile().Bytes(), judge.Options{Now: judgetest.Now})
	if !v.Accepted {
		t.Fatal(v.Refusals)
	}
	n := v.View.Networks[0]
	if !slices.Equal(n.ServerNames, []string{"venue.example"}) || len(n.Anchors) != 1 ||
		!bytes.Equal(n.Anchors[0], judgetest.CA().Raw) {
		t.Errorf("with a private root the phone trusts names %v, %d anchors", n.ServerNames, len(n.Anchors))
	}
	if s := fmt.Sprintf("%v %+v %#v", n, n, n); strings.Contains(s, "café") {
		t.Error("the password prints itself: " + s)
	}
}

// TestFoundG10 compares Check with the verdicts of Android's own parser, adjusted for files that a
// phone accepts with a silently wrong result.
func TestFoundG10(t *testing.T) {
	for _, table := range []struct {
		file string
		rows int
	}{{"verdicts.tsv", 41}, {"mutants.tsv", 44}} {
		text, err := os.ReadFile(filepath.Join("testdata", table.file))
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
				file, err := os.ReadFile(filepath.Join("testdata", f[0]))
				if err != nil {
					t.Fatal(err)
				}
				v := judge.Decide(judge.Android, Check, file, judge.Options{Now: judgetest.Now})
				if v.Accepted != (f[1] == "accept") {
					t.Errorf("accepted is %v, the phone says %s; refusals %v", v.Accepted, f[1], v.Refusals)
				}
			})
		}
	}
}

func TestAndroidMutations(t *testing.T) {
	judgetest.Mutate(t, judge.Android, Check, judgetest.NewPrivateAndroidFile().Bytes())
}

func FuzzCheckAndroid(f *testing.F) {
	files, err := filepath.Glob("testdata/*.config")
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
	f.Add([]byte(judgetest.NewAndroidFile().Message()))
	f.Add([]byte(judgetest.NewAndroidFile().XML))
	// Bytes are tried as a file, and as the message and as the profile inside one.
	judgetest.Fuzz(f, judge.Android, Check, func(b []byte) []byte {
		if len(b) > 0 && b[0] == '<' {
			file := judgetest.NewAndroidFile()
			file.XML = string(b)
			return file.Bytes()
		}
		return encode(string(b))
	})
}

func encode(s string) []byte { return []byte(base64.StdEncoding.EncodeToString([]byte(s))) }
