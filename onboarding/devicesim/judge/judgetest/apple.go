package judgetest

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

// PKI is a root, two intermediates and a signer.
type PKI struct{ Root, Intermediate, Issuing, signer *Pair }

// SigningPKI returns the certificates that sign profiles, the same for all tests.
var SigningPKI = sync.OnceValue(func() PKI {
	var p PKI
	p.Root = Issue(PanicTB{}, CATemplate("Signing Root"), nil)
	p.Intermediate = Issue(PanicTB{}, CATemplate("Signing Intermediate"), p.Root)
	p.Issuing = Issue(PanicTB{}, CATemplate("Signing Issuer"), p.Intermediate)
	p.signer = Issue(PanicTB{}, LeafTemplate("profiles.venue.example"), p.Issuing)
	return p
})

// Trust returns a pool with the root of SigningPKI.
func Trust() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(SigningPKI().Root.Certificate)
	return pool
}

// AppleFile is a test profile. Cases change its fields; Bytes signs it.
type AppleFile struct {
	XML          string
	ContentInfo  asn1.ObjectIdentifier
	ContentType  asn1.ObjectIdentifier
	Digests      []asn1.ObjectIdentifier
	Digest       asn1.ObjectIdentifier
	Algorithm    asn1.ObjectIdentifier
	Signer       *Pair
	Certificates []*x509.Certificate
	Signers      int
	Detached     bool
	KeyID        bool
	NoAttributes bool
	WrongDigest  bool
	WrongType    bool
	Tamper       bool // with the content after signing
	Damage       bool // of the signature
}

// ApplePasspoint is a Passpoint payload.
const ApplePasspoint = `<dict>
<key>PayloadType</key><string>com.apple.wifi.managed</string><key>PayloadVersion</key><integer>1</integer>
<key>PayloadIdentifier</key><string>example.venue.onramp.1.passpoint</string><key>PayloadUUID</key>` +
	`<string>2D1C8C61-1B1C-5F0A-9C11-0A0B0C0D0E01</string>
<key>IsHotspot</key><true/><key>DomainName</key><string>venue.example</string><key>DisplayedOperatorName</key>` +
	`<string>Caff&#232; &amp; Bar</string>
<key>ServiceProviderRoamingEnabled</key><true/><key>RoamingConsortiumOIs</key><array><string>5A03BA0000</string>` +
	`<string>004096</string></array>
<key>EncryptionType</key><string>WPA2</string>
<key>EAPClientConfiguration</key><dict>
<key>AcceptEAPTypes</key><array><integer>21</integer></array><key>UserName</key><string>anna</string>` +
	`<key>UserPassword</key><string>caf&#233; &lt;1&gt;</string>
<key>TTLSInnerAuthentication</key><string>MSCHAPv2</string><key>OuterIdentity</key>` +
	`<string>anonymous@venue.example</string>
<key>TLSTrustedServerNames</key><array><string>radius.venue.example</string></array>
<key>PayloadCertificateAnchorUUID</key><array><string>2D1C8C61-1B1C-5F0A-9C11-0A0B0C0D0E03</string></array>
<key>TLSMinimumVersion</key><string>1.2</string></dict></dict>`

// AppleWiFi is the payload of a network with an SSID.
const AppleWiFi = `<dict>
<key>PayloadType</key><string>com.apple.wifi.managed</string><key>PayloadVersion</key><integer>1</integer>
<key>PayloadIdentifier</key><string>example.venue.onramp.1.wpa2</string><key>PayloadUUID</key>` +
	`<string>2D1C8C61-1B1C-5F0A-9C11-0A0B0C0D0E02</string>
<key>SSID_STR</key><string>Venue Secure</string><key>HIDDEN_NETWORK</key><false/>
<key>EncryptionType</key><string>WPA3</string>
<key>EAPClientConfiguration</key><dict>
<key>AcceptEAPTypes</key><array><integer>25</integer></array><key>UserName</key><string>anna</string>` +
	`<key>UserPassword</key><string>caf&#233; &lt;1&gt;</string>
<key>OuterIdentity</key><string>anonymous@venue.example</string>
<key>TLSTrustedServerNames</key><array><string>*.venue.example</string></array>
<key>TLSMinimumVersion</key><string>1.2</string></dict></dict>`

// AppleCertificate returns a certificate payload of the given type.
func AppleCertificate(kind string, data []byte) string {
	return `<dict><key>PayloadType</key><string>` + kind + `</string><key>PayloadVersion</key><integer>1</integer>
<key>PayloadIdentifier</key><string>example.venue.onramp.1.root</string><key>PayloadUUID</key>` +
		`<string>2D1C8C61-1B1C-5F0A-9C11-0A0B0C0D0E03</string>
<key>PayloadContent</key><data>` + base64.StdEncoding.EncodeToString(data) + `</data></dict>`
}

// AppleHead is the start of a profile, up to its payloads.
const AppleHead = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><dict>
<key>PayloadType</key><string>Configuration</string><key>PayloadVersion</key><integer>1</integer>
<key>PayloadIdentifier</key><string>example.venue.onramp.1</string><key>PayloadUUID</key>` +
	`<string>2D1C8C61-1B1C-5F0A-9C11-0A0B0C0D0E00</string>
<key>PayloadDisplayName</key><string>Venue Wi-Fi</string><key>PayloadOrganization</key><string>Venue</string>` +
	`<key>PayloadDescription</key><string>Joins the Wi-Fi</string>
<key>RemovalDate</key><date>2027-11-30T08:00:00Z</date>
<key>ConsentText</key><dict><key>default</key><string>We keep the time of each visit.
Nothing else.</string><key>it</key><string>Teniamo l'ora di ogni visita.</string></dict>
<key>PayloadContent</key><array>`

// NewAppleFile returns a sound profile without findings: Passpoint, a plain network and a private
// root.
func NewAppleFile() *AppleFile {
	p := SigningPKI()
	return &AppleFile{
		XML: AppleHead + AppleCertificate("com.apple.security.root", CA().Raw) +
			ApplePasspoint + AppleWiFi + "</array></dict></plist>\n",
		ContentInfo:  fixtureSigned,
		ContentType:  fixtureData,
		Digests:      []asn1.ObjectIdentifier{fixtureSHA256},
		Digest:       fixtureSHA256,
		Algorithm:    fixtureECDSASHA256,
		Signer:       p.signer,
		Certificates: []*x509.Certificate{p.signer.Certificate, p.Issuing.Certificate, p.Intermediate.Certificate},
		Signers:      1,
	}
}

// Swap replaces text in the XML. It panics if the text is missing.
func (f *AppleFile) Swap(old, new string) *AppleFile {
	if !strings.Contains(f.XML, old) {
		panic("no " + old + " in the fixture")
	}
	f.XML = strings.Replace(f.XML, old, new, 1)
	return f
}

// Add puts keys into the first dict that follows a text.
func (f *AppleFile) Add(after, keys string) *AppleFile {
	i := strings.Index(f.XML, after)
	if i < 0 {
		panic("no " + after + " in the fixture")
	}
	f.XML = f.XML[:i+len(after)] + keys + f.XML[i+len(after):]
	return f
}

// Texts after which Add puts keys: in the profile, the Passpoint payload, its EAP dict, the plain
// network.
const (
	InProfile  = `<plist version="1.0"><dict>`
	InHotspot  = `0A0B0C0D0E01</string>`
	InSSID     = `0A0B0C0D0E02</string>`
	InEAP      = `<array><integer>21</integer></array>`
	inPEAP     = `<array><integer>25</integer></array>`
	InRootCert = `0A0B0C0D0E03</string>` // the payload, not the reference to it
)

// Drop removes a key and its one-line value.
func (f *AppleFile) Drop(key string) *AppleFile {
	start := strings.Index(f.XML, "<key>"+key+"</key>")
	if start < 0 {
		panic("no key " + key)
	}
	after := f.XML[start+len("<key></key>")+len(key):]
	name := after[1:strings.IndexAny(after, ">/ ")]
	end := strings.Index(after, ">") + 1
	if after[end-2] != '/' {
		end = strings.Index(after, "</"+name+">") + len("</"+name+">")
	}
	f.XML = f.XML[:start] + after[end:]
	return f
}

func (f *AppleFile) attributes(content []byte) []byte {
	sum := sha256.Sum256(content)
	if f.WrongDigest {
		sum[0] ^= 1
	}
	kind := fixtureData
	if f.WrongType {
		kind = fixtureSigned
	}
	value := func(oid asn1.ObjectIdentifier, v any) []byte {
		set := Must(asn1.MarshalWithParams([]any{v}, "set"))
		return Must(asn1.Marshal(struct {
			OID asn1.ObjectIdentifier
			Set asn1.RawValue
		}{oid, asn1.RawValue{FullBytes: set}}))
	}
	return append(value(fixtureContentType, kind), value(fixtureMessageDigest, sum[:])...)
}

// Bytes signs the profile.
func (f *AppleFile) Bytes() []byte {
	content := []byte(f.XML)
	attributes := f.attributes(content)
	set := Must(asn1.Marshal(asn1.RawValue{Tag: asn1.TagSet, IsCompound: true, Bytes: attributes}))
	sum := sha256.Sum256(set)
	signature := Must(ecdsa.SignASN1(rand.Reader, f.Signer.Key, sum[:]))
	if f.Damage {
		signature = Must(ecdsa.SignASN1(rand.Reader, CA().Key, sum[:]))
	}
	id := asn1.RawValue{FullBytes: Must(asn1.Marshal(struct {
		Issuer asn1.RawValue
		Serial *big.Int
	}{asn1.RawValue{FullBytes: f.Signer.RawIssuer}, f.Signer.SerialNumber}))}
	if f.KeyID {
		id = asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, Bytes: f.Signer.SubjectKeyId}
	}
	si := fixtureSignerInfo{
		Version: 1, SignerID: id,
		DigestAlgorithm:    pkix.AlgorithmIdentifier{Algorithm: f.Digest},
		SignatureAlgorithm: pkix.AlgorithmIdentifier{Algorithm: f.Algorithm},
		Signature:          signature,
	}
	if !f.NoAttributes {
		si.SignedAttributes = asn1.RawValue{
			Class:      asn1.ClassContextSpecific,
			Tag:        0,
			IsCompound: true,
			Bytes:      attributes,
		}
	}
	if f.Tamper {
		content[len(content)-1] = ' '
	}
	sd := fixtureSignedData{Version: 1, Encapsulated: fixtureContentInfo{ContentType: f.ContentType}}
	if !f.Detached {
		sd.Encapsulated.Content = Explicit(Must(asn1.Marshal(content)))
	}
	for _, d := range f.Digests {
		sd.DigestAlgorithms = append(sd.DigestAlgorithms, pkix.AlgorithmIdentifier{Algorithm: d})
	}
	var certs []byte
	for _, c := range f.Certificates {
		certs = append(certs, c.Raw...)
	}
	sd.Certificates = asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: certs}
	for range f.Signers {
		sd.Signers = append(sd.Signers, si)
	}
	return Must(asn1.Marshal(fixtureContentInfo{ContentType: f.ContentInfo, Content: Explicit(Must(asn1.Marshal(sd)))}))
}

// Explicit returns a value with the explicit context tag 0.
func Explicit(inner []byte) asn1.RawValue {
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
