package devicesim

import (
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// androidMutator alters Android files.
type androidMutator struct{ mutator }

var (
	mutableValue = regexp.MustCompile(`<Value>[^<]*</Value>`)
	mutableName  = regexp.MustCompile(`<NodeName>[^<]*</NodeName>`)
	nodeNames    = strings.Fields(`FQDN FriendlyName RoamingConsortiumOI IconURL NetworkID HomeOIList
		OtherHomePartners SSID HESSID Credential Realm Username Password SoftTokenApp EAPMethod EAPType SIM
		DigitalCertificate Policy PolicyUpdate UsageLimits TypeOfSubscription Extension Android AAAServerTrustedNames AAAServerTrustRoot CertURL SubscriptionUpdate Surprise`)
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
		s := pick(m.mutator, spans)
		return x[:s[0]] + with + x[s[1]:]
	}
	switch m.IntN(4) {
	case 0:
		return at(mutableValue, "<Value>"+pick(m.mutator, nodeValues)+"</Value>")
	case 1:
		return at(mutableName, "<NodeName>"+pick(m.mutator, nodeNames)+"</NodeName>")
	case 2:
		name := pick(m.mutator, nodeNames)
		return at(regexp.MustCompile(`<!-- more -->`), leaf(name, pick(m.mutator, nodeValues)))
	default:
		starts := regexp.MustCompile(`<Node>`).FindAllStringIndex(x, -1)
		start := pick(m.mutator, starts)[0]
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
	der := testCA().Raw
	kind := pick(m.mutator, []string{"CERTIFICATE", "X509 CERTIFICATE", "PRIVATE KEY"})
	text := string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	switch m.IntN(5) {
	case 0:
		return []byte(m.bytes(string(der)))
	case 1:
		return []byte(m.bytes(text))
	case 2:
		return []byte(pick(m.mutator, []string{
			strings.ReplaceAll(text, "\n", "\r\n"), strings.ReplaceAll(text, "\n", ""), text + "more", "more\n" + text, text + text,
		}))
	case 3:
		return []byte(base64.StdEncoding.EncodeToString(der))
	default:
		return []byte(text)
	}
}

func (m androidMutator) file() []byte {
	f := newAndroidFile()
	if m.IntN(2) == 0 {
		f = privateAndroidFile()
	}
	switch m.IntN(6) {
	case 0:
		return []byte(m.bytes(string(f.bytes())))
	case 1:
		return encode(m.bytes(f.message()))
	case 2:
		f.parts = f.parts[:1]
		f.with(partCA, m.certificate())
	case 3:
		f.header = m.bytes(f.header)
	case 4:
		f.xml = m.bytes(f.xml)
	default:
		for range 1 + m.IntN(3) {
			f.xml = m.tree(f.xml)
		}
	}
	return f.bytes()
}

// TestAndroidMutants alters sound files. Each gets the same verdict twice and in lines of base64, in harmony with
// itself, and an accepted file keeps the installer's limits.
func TestAndroidMutants(t *testing.T) {
	m := androidMutator{newMutator(20, 26)}
	accepted := 0
	for range 3000 {
		file := m.file()
		v := decide(Android, checkAndroid, file, Options{Now: testNow})
		if v.Accepted != (len(v.Refusals) == 0) || v.Accepted != (v.View != nil) {
			t.Fatalf("%+v\n%s", v, file)
		}
		again := decide(Android, checkAndroid, file, Options{Now: testNow})
		wrappedAgain := decide(Android, checkAndroid, wrapped(file), Options{Now: testNow})
		if s := fmt.Sprint(v.Refusals); s != fmt.Sprint(again.Refusals) || v.Accepted != wrappedAgain.Accepted {
			t.Fatalf("%s, then %v, in lines %v\n%s", s, again.Refusals, wrappedAgain.Refusals, file)
		}
		if !v.Accepted {
			continue
		}
		accepted++
		n := v.View.Networks[0]
		named := n.HomeDomain != "" && n.Realm != "" && n.FriendlyName != ""
		if !named || len(n.Username) > 63 || n.EAP == EAPTTLS && n.Password == "" || len(strings.Join(n.ServerNames, ";")) > 254 {
			t.Fatalf("accepted with %+v\n%s", n, file)
		}
	}
	if accepted < 100 || accepted > 2900 {
		t.Errorf("%d of 3000 are accepted: the mutants do not mean much", accepted)
	}
}

// TestFoundG1 holds that server names are refused that Android 14 to 16 would drop in silence.
func TestFoundG1(t *testing.T) {
	joined := func(total int) string {
		label := strings.Repeat("r", 60)
		list := label + "1.venue.example;" + label + "2.venue.example;" + label + "3.venue.example;"
		return list + strings.Repeat("x", total-len(list)-len(".example")) + ".example"
	}
	for total, want := range map[int]bool{253: true, 254: true, 255: false, 256: false, 257: false} {
		file := func() *androidFile {
			return newAndroidFile().swap("<Value>radius.venue.example</Value>", "<Value>"+joined(total)+"</Value>")
		}
		for what, file := range map[string]*androidFile{"alone": file(), "beside a CA": file().with(partCA, testCA().Raw)} {
			v := decide(Android, checkAndroid, file.bytes(), Options{Now: testNow})
			if v.Accepted != want || names(v.Refusals, androidSuffixLength.Name) == want {
				t.Errorf("%d characters of names %s: accepted %v, %v", total, what, v.Accepted, v.Refusals)
			}
		}
	}
	// Without trusted names the home domain is compared instead.
	for total, want := range map[int]bool{254: true, 255: false} {
		v := decide(Android, checkAndroid, privateAndroidFile().value("FQDN", strings.Repeat("x", total)).bytes(), Options{Now: testNow})
		if v.Accepted != want {
			t.Errorf("a home domain of %d: %v", total, v.Refusals)
		}
	}
}
