package devicesim

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"math/big"
	"strings"
	"sync"
)

// applePKI is a root, two intermediates and a signer, for all tests.
type applePKI struct{ root, intermediate, issuing, signer *testPair }

var testPKI = sync.OnceValue(func() applePKI {
	var p applePKI
	p.root = issue(panicTB{}, caTemplate("Signing Root"), nil)
	p.intermediate = issue(panicTB{}, caTemplate("Signing Intermediate"), p.root)
	p.issuing = issue(panicTB{}, caTemplate("Signing Issuer"), p.intermediate)
	p.signer = issue(panicTB{}, leafTemplate("profiles.venue.example"), p.issuing)
	return p
})

func testTrust() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(testPKI().root.Certificate)
	return pool
}

// appleFile is a signed profile in the making.
type appleFile struct {
	xml          string
	contentInfo  asn1.ObjectIdentifier
	contentType  asn1.ObjectIdentifier
	digests      []asn1.ObjectIdentifier
	digest       asn1.ObjectIdentifier
	algorithm    asn1.ObjectIdentifier
	signer       *testPair
	certificates []*x509.Certificate
	signers      int
	detached     bool
	keyID        bool
	noAttributes bool
	wrongDigest  bool
	wrongType    bool
	tamper       bool // with the content after signing
	damage       bool // of the signature
}

const wifiPasspoint = `<dict>
<key>PayloadType</key><string>com.apple.wifi.managed</string><key>PayloadVersion</key><integer>1</integer>
<key>PayloadIdentifier</key><string>example.venue.onramp.1.passpoint</string><key>PayloadUUID</key><string>2D1C8C61-1B1C-5F0A-9C11-0A0B0C0D0E01</string>
<key>IsHotspot</key><true/><key>DomainName</key><string>venue.example</string><key>DisplayedOperatorName</key><string>Caff&#232; &amp; Bar</string>
<key>ServiceProviderRoamingEnabled</key><true/><key>RoamingConsortiumOIs</key><array><string>5A03BA0000</string><string>004096</string></array>
<key>EncryptionType</key><string>WPA2</string>
<key>EAPClientConfiguration</key><dict>
<key>AcceptEAPTypes</key><array><integer>21</integer></array><key>UserName</key><string>anna</string><key>UserPassword</key><string>caf&#233; &lt;1&gt;</string>
<key>TTLSInnerAuthentication</key><string>MSCHAPv2</string><key>OuterIdentity</key><string>anonymous@venue.example</string>
<key>TLSTrustedServerNames</key><array><string>radius.venue.example</string></array>
<key>PayloadCertificateAnchorUUID</key><array><string>2D1C8C61-1B1C-5F0A-9C11-0A0B0C0D0E03</string></array>
<key>TLSMinimumVersion</key><string>1.2</string></dict></dict>`

const wifiSSID = `<dict>
<key>PayloadType</key><string>com.apple.wifi.managed</string><key>PayloadVersion</key><integer>1</integer>
<key>PayloadIdentifier</key><string>example.venue.onramp.1.wpa2</string><key>PayloadUUID</key><string>2D1C8C61-1B1C-5F0A-9C11-0A0B0C0D0E02</string>
<key>SSID_STR</key><string>Venue Secure</string><key>HIDDEN_NETWORK</key><false/>
<key>EncryptionType</key><string>WPA3</string>
<key>EAPClientConfiguration</key><dict>
<key>AcceptEAPTypes</key><array><integer>25</integer></array><key>UserName</key><string>anna</string><key>UserPassword</key><string>caf&#233; &lt;1&gt;</string>
<key>OuterIdentity</key><string>anonymous@venue.example</string>
<key>TLSTrustedServerNames</key><array><string>*.venue.example</string></array>
<key>TLSMinimumVersion</key><string>1.2</string></dict></dict>`

func rootPayload(kind string, data []byte) string {
	return `<dict><key>PayloadType</key><string>` + kind + `</string><key>PayloadVersion</key><integer>1</integer>
<key>PayloadIdentifier</key><string>example.venue.onramp.1.root</string><key>PayloadUUID</key><string>2D1C8C61-1B1C-5F0A-9C11-0A0B0C0D0E03</string>
<key>PayloadContent</key><data>` + base64.StdEncoding.EncodeToString(data) + `</data></dict>`
}

const appleHead = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><dict>
<key>PayloadType</key><string>Configuration</string><key>PayloadVersion</key><integer>1</integer>
<key>PayloadIdentifier</key><string>example.venue.onramp.1</string><key>PayloadUUID</key><string>2D1C8C61-1B1C-5F0A-9C11-0A0B0C0D0E00</string>
<key>PayloadDisplayName</key><string>Venue Wi-Fi</string><key>PayloadOrganization</key><string>Venue</string><key>PayloadDescription</key><string>Joins the Wi-Fi</string>
<key>RemovalDate</key><date>2027-11-30T08:00:00Z</date>
<key>ConsentText</key><dict><key>default</key><string>We keep the time of each visit.
Nothing else.</string><key>it</key><string>Teniamo l'ora di ogni visita.</string></dict>
<key>PayloadContent</key><array>`

// newAppleFile is a profile without fault or oddity: a Passpoint and a plain network and a private root.
func newAppleFile() *appleFile {
	p := testPKI()
	return &appleFile{
		xml:          appleHead + rootPayload("com.apple.security.root", testCA().Raw) + wifiPasspoint + wifiSSID + "</array></dict></plist>\n",
		contentInfo:  fixtureSigned,
		contentType:  fixtureData,
		digests:      []asn1.ObjectIdentifier{fixtureSHA256},
		digest:       fixtureSHA256,
		algorithm:    fixtureECDSASHA256,
		signer:       p.signer,
		certificates: []*x509.Certificate{p.signer.Certificate, p.issuing.Certificate, p.intermediate.Certificate},
		signers:      1,
	}
}

// swap replaces text in the XML; it panics when there is none, so that no case tests nothing.
func (f *appleFile) swap(old, new string) *appleFile {
	if !strings.Contains(f.xml, old) {
		panic("no " + old + " in the fixture")
	}
	f.xml = strings.Replace(f.xml, old, new, 1)
	return f
}

// add puts keys into the first dict that follows a text.
func (f *appleFile) add(after, keys string) *appleFile {
	i := strings.Index(f.xml, after)
	if i < 0 {
		panic("no " + after + " in the fixture")
	}
	f.xml = f.xml[:i+len(after)] + keys + f.xml[i+len(after):]
	return f
}

// Where keys can be added: the profile, the Passpoint payload, its EAP dict, the plain network.
const (
	inProfile  = `<plist version="1.0"><dict>`
	inHotspot  = `0A0B0C0D0E01</string>`
	inSSID     = `0A0B0C0D0E02</string>`
	inEAP      = `<array><integer>21</integer></array>`
	inPEAP     = `<array><integer>25</integer></array>`
	inRootCert = `0A0B0C0D0E03</string>` // the payload, which stands before the reference to it
)

// drop removes a key and its one-line value.
func (f *appleFile) drop(key string) *appleFile {
	start := strings.Index(f.xml, "<key>"+key+"</key>")
	if start < 0 {
		panic("no key " + key)
	}
	after := f.xml[start+len("<key></key>")+len(key):]
	name := after[1:strings.IndexAny(after, ">/ ")]
	end := strings.Index(after, ">") + 1
	if after[end-2] != '/' {
		end = strings.Index(after, "</"+name+">") + len("</"+name+">")
	}
	f.xml = f.xml[:start] + after[end:]
	return f
}

func (f *appleFile) attributes(content []byte) []byte {
	sum := sha256.Sum256(content)
	if f.wrongDigest {
		sum[0] ^= 1
	}
	kind := fixtureData
	if f.wrongType {
		kind = fixtureSigned
	}
	value := func(oid asn1.ObjectIdentifier, v any) []byte {
		set := must(asn1.MarshalWithParams([]any{v}, "set"))
		return must(asn1.Marshal(struct {
			OID asn1.ObjectIdentifier
			Set asn1.RawValue
		}{oid, asn1.RawValue{FullBytes: set}}))
	}
	return append(value(fixtureContentType, kind), value(fixtureMessageDigest, sum[:])...)
}

// bytes signs the profile.
func (f *appleFile) bytes() []byte {
	content := []byte(f.xml)
	attributes := f.attributes(content)
	set := must(asn1.Marshal(asn1.RawValue{Tag: asn1.TagSet, IsCompound: true, Bytes: attributes}))
	sum := sha256.Sum256(set)
	signature := must(ecdsa.SignASN1(rand.Reader, f.signer.key, sum[:]))
	if f.damage {
		signature = must(ecdsa.SignASN1(rand.Reader, testCA().key, sum[:]))
	}
	id := asn1.RawValue{FullBytes: must(asn1.Marshal(struct {
		Issuer asn1.RawValue
		Serial *big.Int
	}{asn1.RawValue{FullBytes: f.signer.RawIssuer}, f.signer.SerialNumber}))}
	if f.keyID {
		id = asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, Bytes: f.signer.SubjectKeyId}
	}
	si := fixtureSignerInfo{
		Version: 1, SignerID: id,
		DigestAlgorithm:    pkix.AlgorithmIdentifier{Algorithm: f.digest},
		SignatureAlgorithm: pkix.AlgorithmIdentifier{Algorithm: f.algorithm},
		Signature:          signature,
	}
	if !f.noAttributes {
		si.SignedAttributes = asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: attributes}
	}
	if f.tamper {
		content[len(content)-1] = ' '
	}
	sd := fixtureSignedData{Version: 1, Encapsulated: fixtureContentInfo{ContentType: f.contentType}}
	if !f.detached {
		sd.Encapsulated.Content = explicit(must(asn1.Marshal(content)))
	}
	for _, d := range f.digests {
		sd.DigestAlgorithms = append(sd.DigestAlgorithms, pkix.AlgorithmIdentifier{Algorithm: d})
	}
	var certs []byte
	for _, c := range f.certificates {
		certs = append(certs, c.Raw...)
	}
	sd.Certificates = asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: certs}
	for range f.signers {
		sd.Signers = append(sd.Signers, si)
	}
	return must(asn1.Marshal(fixtureContentInfo{ContentType: f.contentInfo, Content: explicit(must(asn1.Marshal(sd)))}))
}

func explicit(inner []byte) asn1.RawValue {
	return asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: inner}
}

// The structures of RFC 5652, written apart from those of the judge.
type (
	fixtureContentInfo struct {
		ContentType asn1.ObjectIdentifier
		Content     asn1.RawValue `asn1:"explicit,optional,tag:0"`
	}
	fixtureSignedData struct {
		Version          int
		DigestAlgorithms []pkix.AlgorithmIdentifier `asn1:"set"`
		Encapsulated     fixtureContentInfo
		Certificates     asn1.RawValue       `asn1:"optional,tag:0"`
		Signers          []fixtureSignerInfo `asn1:"set"`
	}
	fixtureSignerInfo struct {
		Version            int
		SignerID           asn1.RawValue
		DigestAlgorithm    pkix.AlgorithmIdentifier
		SignedAttributes   asn1.RawValue `asn1:"optional,tag:0"`
		SignatureAlgorithm pkix.AlgorithmIdentifier
		Signature          []byte
	}
)

var (
	fixtureData          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	fixtureSigned        = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	fixtureContentType   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	fixtureMessageDigest = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	fixtureSHA256        = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	fixtureECDSASHA256   = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}
)
