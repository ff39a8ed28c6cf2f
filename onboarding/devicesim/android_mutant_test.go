package devicesim

import (
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
)

// mutator alters sound Android files in the ways in which files in the field are broken.
type mutator struct{ *rand.Rand }

func pick[T any](m mutator, from []T) T { return from[m.IntN(len(from))] }

// bytes flips, deletes, inserts or sets one character.
func (m mutator) bytes(s string) string {
	if s == "" {
		return "x"
	}
	i := m.IntN(len(s))
	switch m.IntN(4) {
	case 0:
		return s[:i] + string([]byte{s[i] ^ 1<<m.IntN(8)}) + s[i+1:]
	case 1:
		return s[:i] + s[min(len(s), i+1+m.IntN(3)):]
	case 2:
		pieces := []string{"&amp;", "<", "]]>", "\x00", "=", "--", "\r\n", "é", "<x/>", "<?xml?>", ":", ";"}
		return s[:i] + pick(m, pieces) + s[i:]
	default:
		return s[:i] + string([]byte{byte(m.IntN(256))}) + s[i+1:]
	}
}

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
func (m mutator) tree(x string) string {
	at := func(re *regexp.Regexp, with string) string {
		spans := re.FindAllStringIndex(x, -1)
		if len(spans) == 0 {
			return x
		}
		s := pick(m, spans)
		return x[:s[0]] + with + x[s[1]:]
	}
	switch m.IntN(4) {
	case 0:
		return at(mutableValue, "<Value>"+pick(m, nodeValues)+"</Value>")
	case 1:
		return at(mutableName, "<NodeName>"+pick(m, nodeNames)+"</NodeName>")
	case 2:
		name := pick(m, nodeNames)
		return at(regexp.MustCompile(`<!-- more -->`), leaf(name, pick(m, nodeValues)))
	default:
		starts := regexp.MustCompile(`<Node>`).FindAllStringIndex(x, -1)
		start := pick(m, starts)[0]
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
func (m mutator) certificate() []byte {
	der := testCA().Raw
	kind := pick(m, []string{"CERTIFICATE", "X509 CERTIFICATE", "PRIVATE KEY"})
	text := string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	switch m.IntN(5) {
	case 0:
		return []byte(m.bytes(string(der)))
	case 1:
		return []byte(m.bytes(text))
	case 2:
		return []byte(pick(m, []string{
			strings.ReplaceAll(text, "\n", "\r\n"), strings.ReplaceAll(text, "\n", ""), text + "more", "more\n" + text, text + text,
		}))
	case 3:
		return []byte(base64.StdEncoding.EncodeToString(der))
	default:
		return []byte(text)
	}
}

func (m mutator) file() []byte {
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
	m := mutator{rand.New(rand.NewPCG(20, 26))}
	accepted := 0
	for range 3000 {
		file := m.file()
		v, err := Check(Android, file, Options{Now: testNow})
		if err != nil || v.Accepted != (len(v.Refusals) == 0) || v.Accepted != (v.View != nil) {
			t.Fatalf("%v %+v\n%s", err, v, file)
		}
		again, _ := Check(Android, file, Options{Now: testNow})
		wrappedAgain, _ := Check(Android, wrapped(file), Options{Now: testNow})
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
			v, err := Check(Android, file.bytes(), Options{Now: testNow})
			if err != nil || v.Accepted != want || names(v.Refusals, androidSuffixLength.Name) == want {
				t.Errorf("%d characters of names %s: accepted %v, %v %v", total, what, v.Accepted, err, v.Refusals)
			}
		}
	}
	// Without trusted names the home domain is compared instead.
	for total, want := range map[int]bool{254: true, 255: false} {
		v, _ := Check(Android, privateAndroidFile().value("FQDN", strings.Repeat("x", total)).bytes(), Options{Now: testNow})
		if v.Accepted != want {
			t.Errorf("a home domain of %d: %v", total, v.Refusals)
		}
	}
}
