package android

import (
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"onramp/onboarding/devicesim/judge"
	"onramp/onboarding/devicesim/judge/judgetest"
)

// androidMutator alters Android files.
type androidMutator struct{ judgetest.Mutator }

var (
	mutableValue = regexp.MustCompile(`<Value>[^<]*</Value>`)
	mutableName  = regexp.MustCompile(`<NodeName>[^<]*</NodeName>`)
	nodeNames    = strings.Fields(`FQDN FriendlyName RoamingConsortiumOI IconURL NetworkID HomeOIList
		OtherHomePartners SSID HESSID Credential Realm Username Password SoftTokenApp EAPMethod EAPType SIM
		DigitalCertificate Policy PolicyUpdate UsageLimits TypeOfSubscription Extension Android ` +
		`AAAServerTrustedNames AAAServerTrustRoot CertURL SubscriptionUpdate Surprise`)
	nodeValues = []string{
		"", "x", "-1", "+21", "٢١", "99999999999", "2030-13-01T00:00:00Z", "5a03ba,", ",", "10000000000", ";", "a;b",
		"&#xD800;", "&#1;", "<x/>", strings.Repeat("é", 128), strings.Repeat("x", 256), strings.Repeat("x", 2049),
	}
)

// tree changes, doubles, drops or moves one node of the XML.
func (m androidMutator) tree(x string) string {
	at := func(re *regexp.Regexp, with string) string {
		spans := re.FindAllStringIndex(x, -1)
		if len(spans) == 0 {
			return x
		}
		s := judgetest.Pick(m.Mutator, spans)
		return x[:s[0]] + with + x[s[1]:]
	}
	switch m.IntN(4) {
	case 0:
		return at(mutableValue, "<Value>"+judgetest.Pick(m.Mutator, nodeValues)+"</Value>")
	case 1:
		return at(mutableName, "<NodeName>"+judgetest.Pick(m.Mutator, nodeNames)+"</NodeName>")
	case 2:
		name := judgetest.Pick(m.Mutator, nodeNames)
		return at(regexp.MustCompile(`<!-- more -->`), leaf(name, judgetest.Pick(m.Mutator, nodeValues)))
	default:
		starts := regexp.MustCompile(`<Node>`).FindAllStringIndex(x, -1)
		start := judgetest.Pick(m.Mutator, starts)[0]
		end := start + nodeLength(x[start:])
		if m.IntN(2) == 0 {
			return x[:start] + x[end:]
		}
		return x[:end] + x[start:end] + x[end:]
	}
}

// nodeLength is the length of the Node element that x begins with.
func nodeLength(x string) int {
	depth := 0
	for _, tag := range regexp.MustCompile(`</?Node>`).FindAllStringIndex(x, -1) {
		if x[tag[0]+1] == '/' {
			depth--
		} else {
			depth++
		}
		if depth == 0 {
			return tag[1]
		}
	}
	return len(x)
}

// certificate is the CA as DER or PEM, somehow broken or odd.
func (m androidMutator) certificate() []byte {
	der := judgetest.CA().Raw
	kind := judgetest.Pick(m.Mutator, []string{"CERTIFICATE", "X509 CERTIFICATE", "PRIVATE KEY"})
	text := string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	switch m.IntN(5) {
	case 0:
		return []byte(m.Bytes(string(der)))
	case 1:
		return []byte(m.Bytes(text))
	case 2:
		return []byte(judgetest.Pick(m.Mutator, []string{
			strings.ReplaceAll(text, "\n", "\r\n"),
			strings.ReplaceAll(text, "\n", ""),
			text + "more",
			"more\n" + text,
			text + text,
		}))
	case 3:
		return []byte(base64.StdEncoding.EncodeToString(der))
	default:
		return []byte(text)
	}
}

func (m androidMutator) file() []byte {
	f := judgetest.NewAndroidFile()
	if m.IntN(2) == 0 {
		f = judgetest.NewPrivateAndroidFile()
	}
	switch m.IntN(6) {
	case 0:
		return []byte(m.Bytes(string(f.Bytes())))
	case 1:
		return encode(m.Bytes(f.Message()))
	case 2:
		f.Parts = f.Parts[:1]
		f.With(typeCA, m.certificate())
	case 3:
		f.Header = m.Bytes(f.Header)
	case 4:
		f.XML = m.Bytes(f.XML)
	default:
		for range 1 + m.IntN(3) {
			f.XML = m.tree(f.XML)
		}
	}
	return f.Bytes()
}

// TestAndroidMutants alters sound files. Each gets the same verdict twice, also with base64 in
// lines, and an accepted file keeps the installer's limits.
func TestAndroidMutants(t *testing.T) {
	m := androidMutator{judgetest.NewMutator(20, 26)}
	accepted := 0
	for range 3000 {
		file := m.file()
		v := judge.Decide(judge.Android, Check, file, judge.Options{Now: judgetest.Now})
		if v.Accepted != (len(v.Refusals) == 0) || v.Accepted != (v.View != nil) {
			t.Fatalf("%+v\n%s", v, file)
		}
		again := judge.Decide(judge.Android, Check, file, judge.Options{Now: judgetest.Now})
		wrappedAgain := judge.Decide(judge.Android, Check, judgetest.Wrapped(file), judge.Options{Now: judgetest.Now})
		if s := fmt.Sprint(v.Refusals); s != fmt.Sprint(again.Refusals) || v.Accepted != wrappedAgain.Accepted {
			t.Fatalf("%s, then %v, in lines %v\n%s", s, again.Refusals, wrappedAgain.Refusals, file)
		}
		if !v.Accepted {
			continue
		}
		accepted++
		n := v.View.Networks[0]
		named := n.HomeDomain != "" && n.Realm != "" && n.FriendlyName != ""
		if !named || len(n.Username) > 63 || n.EAP == judge.EAPTTLS && n.Password == "" ||
			len(strings.Join(n.ServerNames, ";")) > 254 {
			t.Fatalf("accepted with %+v\n%s", n, file)
		}
	}
	if accepted < 100 || accepted > 2900 {
		t.Errorf("%d of 3000 are accepted: the mutants do not mean much", accepted)
	}
}

// TestFoundG1 checks that server names are refused that Android 14 to 16 would silently drop.
func TestFoundG1(t *testing.T) {
	joined := func(total int) string {
		label := strings.Repeat("r", 60)
		list := label + "1.venue.example;" + label + "2.venue.example;" + label + "3.venue.example;"
		return list + strings.Repeat("x", total-len(list)-len(".example")) + ".example"
	}
	for total, want := range map[int]bool{253: true, 254: true, 255: false, 256: false, 257: false} {
		file := func() *judgetest.AndroidFile {
			return judgetest.NewAndroidFile().
				Swap("<Value>radius.venue.example</Value>", "<Value>"+joined(total)+"</Value>")
		}
		for what, file := range map[string]*judgetest.AndroidFile{
			"alone": file(), "beside a CA": file().With(typeCA, judgetest.CA().Raw),
		} {
			v := judge.Decide(judge.Android, Check, file.Bytes(), judge.Options{Now: judgetest.Now})
			if v.Accepted != want || judgetest.HasRule(v.Refusals, ruleSuffixLength.Name) == want {
				t.Errorf("%d characters of names %s: accepted %v, %v", total, what, v.Accepted, v.Refusals)
			}
		}
	}
	// Without trusted names the home domain is compared instead.
	for total, want := range map[int]bool{254: true, 255: false} {
		v := judge.Decide(judge.Android, Check,
			judgetest.NewPrivateAndroidFile().Value("FQDN", strings.Repeat("x", total)).Bytes(),
			judge.Options{Now: judgetest.Now})
		if v.Accepted != want {
			t.Errorf("a home domain of %d: %v", total, v.Refusals)
		}
	}
}
