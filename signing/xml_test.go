package signing

import (
	"bytes"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"strings"
	"testing"

	"github.com/beevik/etree"
	"pgregory.net/rapid"

	"onramp/onboarding/testkit/process"
)

// provisioning has the structure of a Windows provisioning file: namespaces declared on inner
// elements, prefixes, and text that needs escaping.
const provisioning = `<?xml version="1.0" encoding="utf-8"?>
<!-- dropped -->
<CarrierProvisioning xmlns="http://www.microsoft.com/networking/CarrierControl/v1"
    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xml:lang="en">
  <Global><CarrierId>{0f3c9d1e-5c47-4a0e-9d8e-2f5a7b6c1d20}</CarrierId><SubscriberId>1</SubscriberId></Global>
  <WLANProfiles>
    <WLANProfile xmlns="http://www.microsoft.com/networking/CarrierControl/WLAN/v1">
      <name>R&amp;D &lt;"guests"&gt; &#x1F4F6; ]]&gt;</name><!-- dropped too -->
      <Empty b="2" a="1 &quot;&#9;&#10;&lt;&gt;'"/>
      <EapMethod xmlns:eapCommon="http://www.microsoft.com/provisioning/EapCommon" xmlns:a="urn:a" xmlns:A="urn:A">
        <eapCommon:Type eapCommon:z="1" eapCommon:y="2" x="3">21</eapCommon:Type><plain xmlns="">x&#13;y</plain>
        <![CDATA[5 < 6 & 7]]>
      </EapMethod>
    </WLANProfile>
  </WLANProfiles>
</CarrierProvisioning>
`

func xmlSigner(t testing.TB, intermediates int) (*Signer, *x509.Certificate) {
	t.Helper()
	root, chain := issued(t, rsaKey(), intermediates)
	return newSigner(t, rsaKey(), chain), root
}

func TestSignXMLIsAcceptedByXMLSec(t *testing.T) {
	xmlsec1 := process.Require(t, "xmlsec1")
	for _, intermediates := range []int{1, 2} {
		s, root := xmlSigner(t, intermediates)
		for name, document := range map[string]string{
			"provisioning":    provisioning,
			"one element":     "<a/>",
			"no namespace":    "<a b='c'><d/>text</a>\n",
			"prefixed root":   `<p:a xmlns:p="urn:p" xmlns:q="urn:q"><p:b q:c="1"/></p:a>`,
			"looks like ends": `<a><b>&lt;/a></b><b>&lt;/</b></a>`,
			"root has an ID":  `<a ID="x" Id="y"><b/></a>`,
			"undeclared":      `<a xmlns="urn:a"><b xmlns=""><c xmlns="urn:a"/></b></a>`,
			"byte order mark": "\ufeff<a/>",
		} {
			signed, err := s.SignXML([]byte(document))
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			verify := func(root *x509.Certificate, document []byte) error {
				_, err := command(t, nil, xmlsec1, "--verify", "--trusted-pem", pemFile(t, root), tempFile(t, document))
				return err
			}
			if err := verify(root, signed); err != nil {
				t.Errorf("%s: %v\n%s", name, err, signed)
			}
			if err := verify(forged(t, root), signed); err == nil {
				t.Errorf("%s: verifies under another root of the same name", name)
			}
			// Verification fails for a changed document.
			before, after, found := bytes.Cut(signed, []byte("<Signature "))
			if !found {
				t.Fatalf("no signature: %s", signed)
			}
			changed := append(append(append([]byte{}, before...), "<extra></extra><Signature "...), after...)
			if err := verify(root, changed); err == nil {
				t.Errorf("%s: a changed document verifies", name)
			}
		}
	}
}

// TestSignXMLMatchesWindowsSchema compares a signature with Microsoft's schema for the signature
// of a provisioning file.
func TestSignXMLMatchesWindowsSchema(t *testing.T) {
	s, root := xmlSigner(t, 2)
	signed, err := s.SignXML([]byte(provisioning))
	if err != nil {
		t.Fatal(err)
	}
	tree := etree.NewDocument()
	if err := tree.ReadFromBytes(signed); err != nil {
		t.Fatal(err)
	}
	children := tree.Root().ChildElements()
	signature := children[len(children)-1]
	if signature.Tag != "Signature" || signature.NamespaceURI() != "http://www.w3.org/2000/09/xmldsig#" {
		t.Fatalf("the last child of the root is %s", signature.FullTag())
	}
	shape := func(e *etree.Element) string {
		var names []string
		for _, c := range e.ChildElements() {
			if c.Space != "" || c.NamespaceURI() != signature.NamespaceURI() {
				t.Errorf("%s is in %q", c.FullTag(), c.NamespaceURI())
			}
			names = append(names, c.Tag)
		}
		return strings.Join(names, " ")
	}
	for path, want := range map[string]string{
		".":                         "SignedInfo SignatureValue KeyInfo",
		"SignedInfo":                "CanonicalizationMethod SignatureMethod Reference",
		"SignedInfo/Reference":      "Transforms DigestMethod DigestValue",
		".//Transforms":             "Transform",
		"KeyInfo":                   "X509Data",
		"KeyInfo/X509Data":          "X509Certificate X509Certificate X509Certificate",
		".//CanonicalizationMethod": "",
	} {
		if got := shape(signature.FindElement(path)); got != want {
			t.Errorf("%s holds %q, want %q", path, got, want)
		}
	}
	for path, want := range map[string]string{
		".//CanonicalizationMethod": "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
		".//SignatureMethod":        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
		".//DigestMethod":           "http://www.w3.org/2001/04/xmlenc#sha256",
		".//Transform":              "http://www.w3.org/2000/09/xmldsig#enveloped-signature",
	} {
		if got := signature.FindElement(path).SelectAttrValue("Algorithm", ""); got != want {
			t.Errorf("%s is %s, want %s", path, got, want)
		}
	}
	if uri := signature.FindElement(".//Reference").SelectAttr("URI"); uri == nil || uri.Value != "" {
		t.Errorf("the reference is to %v, want the whole document", uri)
	}
	for i, e := range signature.FindElements(".//X509Certificate") {
		der, err := base64.StdEncoding.DecodeString(e.Text())
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(der, s.Chain()[i].Raw) || bytes.Equal(der, root.Raw) {
			t.Errorf("certificate %d is not that of the chain", i)
		}
	}
}

func TestSignXMLKeepsTheContent(t *testing.T) {
	s, _ := xmlSigner(t, 1)
	signed, err := s.SignXML([]byte(provisioning))
	if err != nil {
		t.Fatal(err)
	}
	var read struct {
		Name  string `xml:"WLANProfiles>WLANProfile>name"`
		Empty struct {
			A string `xml:"a,attr"`
		} `xml:"WLANProfiles>WLANProfile>Empty"`
		Plain string `xml:"WLANProfiles>WLANProfile>EapMethod>plain"`
	}
	if err := xml.Unmarshal(signed, &read); err != nil {
		t.Fatal(err)
	}
	if want := "R&D <\"guests\"> \U0001F4F6 ]]>"; read.Name != want {
		t.Errorf("name %q, want %q", read.Name, want)
	}
	if want := "1 \"\t\n<>'"; read.Empty.A != want {
		t.Errorf("attribute %q, want %q", read.Empty.A, want)
	}
	if want := "x\ry"; read.Plain != want {
		t.Errorf("text %q, want %q", read.Plain, want)
	}
	if !bytes.HasPrefix(signed, []byte(`<?xml version="1.0" encoding="utf-8"?>`)) {
		t.Errorf("begins with %.60s", signed)
	}
}

func TestSignXMLRefusals(t *testing.T) {
	s, _ := xmlSigner(t, 1)
	signed, err := s.SignXML([]byte("<a/>"))
	if err != nil {
		t.Fatal(err)
	}
	for name, document := range map[string]string{
		"nothing":                "",
		"text":                   "hello",
		"cut off":                "<a><b></b>",
		"wrong end":              "<a></b>",
		"two roots":              "<a/><b/>",
		"text after the root":    "<a/>x",
		"text before the root":   "x<a/>",
		"document type":          "<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>",
		"processing instruction": "<?go away?><a/>",
		"instruction inside":     "<a><?go away?></a>",
		"declaration inside":     "<a><!ELEMENT a></a>",
		"attribute twice":        "<a b='1' b='2'/>",
		"prefix undeclared":      "<p:a/>",
		"prefix of an attribute": "<a p:b='1'/>",
		"declared elsewhere":     "<a><b xmlns:p='urn:p'/><p:c/></a>",
		"no prefix before colon": "<:a/>",
		"two namespaces":         "<a xmlns:p='urn:p' xmlns:q='urn:q' p:z='1' q:a='2'/>",
		"instruction after":      "<a/><?go away?>",
		"another encoding":       `<?xml version="1.0" encoding="ISO-8859-1"?><a/>`,
		"not UTF-8":              "<a>\xff</a>",
		"a NUL":                  "<a>\x00</a>",
		"only a comment":         "<!-- a -->",
		"already signed":         string(signed),
		"undefined entity":       "<a>&nbsp;</a>",
	} {
		if got, err := s.SignXML([]byte(document)); err == nil {
			t.Errorf("%s: accepted, %s", name, got)
		} else if !strings.HasPrefix(err.Error(), "signing: ") {
			t.Errorf("%s: %q", name, err)
		}
	}
	key := ecKey(t, elliptic.P256())
	_, chain := issued(t, key, 1)
	if _, err := newSigner(t, key, chain).SignXML([]byte(provisioning)); !errors.Is(err, ErrNeedsRSA) {
		t.Errorf("ECDSA: %v", err)
	}
}

// TestSignXMLProperty verifies that text and attributes are unchanged after signing, and that
// xmlsec1 computes the same digests.
func TestSignXMLProperty(t *testing.T) {
	xmlsec1 := process.Require(t, "xmlsec1")
	s, root := xmlSigner(t, 1)
	trusted := pemFile(t, root)
	texts := rapid.OneOf(
		rapid.SampledFrom([]string{"", "&", "<", ">", `"`, "'", "]]>", "\r", "\r\n", "\n", "\t", " ",
			"</a>", "<!--", "%{User-Name}", "é", "漢字", "\U0001F600", "\u2028", "\u0085"}),
		rapid.StringOf(rapid.Rune().Filter(func(r rune) bool {
			return r == '\t' || r == '\n' || r == '\r' ||
				r >= 0x20 && r < 0xd800 || r >= 0xe000 && r < 0xfffe || r >= 0x10000
		})),
	)
	escape := func(text string) string {
		var out bytes.Buffer
		xml.EscapeText(&out, []byte(text))
		return out.String()
	}
	rapid.Check(t, func(t2 *rapid.T) {
		text, attribute, inner := texts.Draw(t2, "text"), texts.Draw(t2, "attribute"), texts.Draw(t2, "inner")
		document := `<r xmlns="urn:r" xmlns:z="urn:z" xmlns:b="urn:b" z:u="` + escape(attribute) +
			`" z:t="x" t="` + escape(attribute) + `"><a>` + escape(text) + `</a>` +
			`<b:c xmlns:b="urn:other"><d xmlns="urn:d" b:f="1" b:e="2" a="3">` + escape(inner) + `</d></b:c></r>`
		signed, err := s.SignXML([]byte(document))
		if err != nil {
			t2.Fatalf("%v\n%s", err, document)
		}
		var read struct {
			T string `xml:"urn:z u,attr"`
			A string `xml:"a"`
			D string `xml:"c>d"`
		}
		if err := xml.Unmarshal(signed, &read); err != nil {
			t2.Fatalf("%v\n%s", err, signed)
		}
		if read.T != attribute || read.A != text || read.D != inner {
			t2.Fatalf("got %q, want %q, %q, %q", read, attribute, text, inner)
		}
		if _, err := command(t, nil, xmlsec1, "--verify", "--trusted-pem", trusted, tempFile(t, signed)); err != nil {
			t2.Fatalf("%v\n%s", err, signed)
		}
	})
}

func FuzzSignXML(f *testing.F) {
	s, _ := xmlSigner(f, 1)
	f.Add([]byte(provisioning))
	f.Add([]byte("<a/>"))
	f.Add([]byte(`<a:b xmlns:a="x" a:c="d"><!--e--><?f g?></a:b>`))
	f.Add([]byte("<a></a><!-- -->"))
	f.Fuzz(func(t *testing.T, document []byte) {
		signed, err := s.SignXML(document)
		if err != nil {
			return
		}
		// A signed document is rejected as already signed.
		if _, err := s.SignXML(signed); err == nil || !strings.Contains(err.Error(), "already signed") {
			t.Fatalf("%v\n%q\n%q", err, document, signed)
		}
	})
}
