package devicesim

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.mozilla.org/pkcs7"
)

var oidSHA1 = asn1.ObjectIdentifier{1, 3, 14, 3, 2, 26}

func appleCases(t *testing.T) []ruleCase {
	var cases []ruleCase
	on := func(platform string, check checker, r *Rule, name string, broken, sound []byte) {
		cases = append(cases, ruleCase{rule: r, name: name, platform: platform, check: check, broken: broken, sound: sound, options: Options{Trust: testTrust()}})
	}
	add := func(r *Rule, name string, broken, sound *appleFile) {
		on(IOS, checkIOS, r, name, broken.bytes(), sound.bytes())
	}
	cases = append(cases, appleSignatureCases(t)...)
	appleProfileCases(add)
	appleWiFiCases(add)
	appleCertificateCases(add)
	file := newAppleFile
	on(MacOS, checkMacOS, appleKeyPlatform, "MCCAndMNCs on a Mac", file().add(inHotspot, `<key>MCCAndMNCs</key><array><string>222001</string></array>`).bytes(), file().bytes())
	on(MacOS, checkMacOS, appleTarget, "iPhone only", file().add(inProfile, `<key>TargetDeviceType</key><integer>1</integer>`).bytes(), file().add(inProfile, `<key>TargetDeviceType</key><integer>5</integer>`).bytes())
	return cases
}

func appleSignatureCases(t *testing.T) []ruleCase {
	var cases []ruleCase
	add := func(r *Rule, name string, broken, sound []byte) {
		cases = append(cases, ruleCase{rule: r, name: name, platform: IOS, check: checkIOS, broken: broken, sound: sound, options: Options{Trust: testTrust()}})
	}
	p := testPKI()
	good := newAppleFile().bytes()
	with := func(change func(f *appleFile)) []byte {
		f := newAppleFile()
		change(f)
		return f.bytes()
	}
	add(appleUnsigned, "bare", []byte(newAppleFile().xml), good)
	add(appleDER, "a byte behind", append(bytes.Clone(good), 0), good)
	add(appleDER, "indefinite length", indefinite(good), good)
	add(appleDER, "empty", nil, good)
	add(appleDER, "text", []byte("profile"), good)
	add(appleDER, "a string in pieces", inPieces(), good)
	add(appleSignedData, "data", with(func(f *appleFile) { f.contentInfo = oidData }), good)
	add(appleSignedData, "no SignedData inside", must(asn1.Marshal(cmsContentInfo{ContentType: oidSignedData, Content: explicit([]byte{5, 0})})), good)
	add(appleDetached, "detached", with(func(f *appleFile) { f.detached = true }), good)
	add(appleDetached, "another content type", with(func(f *appleFile) { f.contentType = oidSignedData }), good)
	add(appleSigners, "none", with(func(f *appleFile) { f.signers = 0 }), good)
	add(appleSigners, "two", with(func(f *appleFile) { f.signers = 2 }), with(func(f *appleFile) {
		f.keyID = true
		f.signer = signerWithKeyID(p)
		f.certificates[0] = f.signer.Certificate
	}))
	add(appleSigners, "certificate missing", with(func(f *appleFile) { f.certificates = f.certificates[1:] }), with(func(f *appleFile) { f.certificates[0], f.certificates[2] = f.certificates[2], f.certificates[0] }))
	add(appleDigest, "SHA-1", with(func(f *appleFile) { f.digest, f.digests = oidSHA1, []asn1.ObjectIdentifier{oidSHA1} }), good)
	add(appleDigest, "not in the list", with(func(f *appleFile) { f.digests = nil }), with(func(f *appleFile) { f.digests = []asn1.ObjectIdentifier{oidSHA1, oidSHA256} }))
	add(appleSignatureAlgorithm, "ecdsa-with-SHA1", with(func(f *appleFile) { f.algorithm = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 1} }), good)
	add(appleSignatureAlgorithm, "RSA with an EC key", with(func(f *appleFile) { f.algorithm = oidRSA }), good)
	add(appleAttributes, "none", with(func(f *appleFile) { f.noAttributes = true }), good)
	add(appleAttributes, "another digest", with(func(f *appleFile) { f.wrongDigest = true }), good)
	add(appleAttributes, "another type", with(func(f *appleFile) { f.wrongType = true }), good)
	add(appleAttributes, "altered content", with(func(f *appleFile) { f.tamper = true }), good)
	add(appleSignature, "another key's", with(func(f *appleFile) { f.damage = true }), good)
	add(appleChain, "intermediate missing", with(func(f *appleFile) { f.certificates = f.certificates[:2] }), good)
	add(appleChain, "leaf alone", with(func(f *appleFile) { f.certificates = f.certificates[:1] }), good)
	stranger := issue(panicTB{}, leafTemplate("profiles.venue.example"), testCA())
	add(appleChain, "another root", with(func(f *appleFile) { f.signer, f.certificates = stranger, []*x509.Certificate{stranger.Certificate} }), good)
	add(appleRootEmbedded, "root", with(func(f *appleFile) { f.certificates = append(f.certificates, p.root.Certificate) }), good)
	old := leafTemplate("profiles.venue.example")
	old.NotAfter = testNow.Add(-time.Minute)
	late := issue(panicTB{}, old, p.issuing)
	fresh := leafTemplate("profiles.venue.example")
	fresh.NotAfter = testNow.Add(time.Minute)
	last := issue(panicTB{}, fresh, p.issuing)
	signedBy := func(s *testPair) []byte {
		return with(func(f *appleFile) { f.signer, f.certificates[0] = s, s.Certificate })
	}
	add(appleSignerExpired, "signer a minute ago", signedBy(late), signedBy(last))
	oldCA := caTemplate("Signing Issuer")
	oldCA.NotAfter = testNow.Add(-time.Minute)
	lateCA := issue(panicTB{}, oldCA, p.intermediate)
	lateLeaf := issue(panicTB{}, leafTemplate("profiles.venue.example"), lateCA)
	add(appleSignerExpired, "intermediate a minute ago", with(func(f *appleFile) {
		f.signer, f.certificates[0], f.certificates[1] = lateLeaf, lateLeaf.Certificate, lateCA.Certificate
	}), good)
	cases = append(cases, ruleCase{rule: appleNoTrust, name: "no roots given", platform: IOS, check: checkIOS, broken: good, sound: good,
		soundOptions: &Options{Now: testNow, Trust: testTrust()}})
	return append(cases, ruleCase{rule: appleChain, name: "stranger among the certificates, no roots given", platform: IOS, check: checkIOS,
		broken: with(func(f *appleFile) { f.certificates = append(f.certificates, stranger.Certificate) }), sound: good})
}

// signerWithKeyID is a signer whose certificate carries a key identifier to be named by.
func signerWithKeyID(p applePKI) *testPair {
	tmpl := leafTemplate("profiles.venue.example")
	tmpl.SubjectKeyId = []byte{1, 2, 3, 4}
	return issue(panicTB{}, tmpl, p.issuing)
}

// indefinite rewrites the outer length in the indefinite form of BER.
func indefinite(der []byte) []byte {
	header := 2
	if der[1]&0x80 != 0 {
		header += int(der[1] & 0x7f)
	}
	return append(append([]byte{0x30, 0x80}, der[header:]...), 0, 0)
}

// inPieces is a structure whose only string is constructed, as BER allows.
func inPieces() []byte {
	piece := must(asn1.Marshal([]byte("profile")))
	return must(asn1.Marshal(asn1.RawValue{Tag: asn1.TagSequence, IsCompound: true,
		Bytes: must(asn1.Marshal(asn1.RawValue{Tag: asn1.TagOctetString, IsCompound: true, Bytes: piece}))}))
}

func TestAppleRules(t *testing.T) { runCases(t, "apple-", appleCases(t)) }

// TestAppleWithoutTrust wants the warning, and the acceptance, when no roots are given.
func TestAppleWithoutTrust(t *testing.T) {
	v := decide(IOS, checkIOS, newAppleFile().bytes(), Options{Now: testNow})
	if !v.Accepted || !names(v.Warnings, appleNoTrust.Name) || v.View.SignatureTrusted {
		t.Errorf("without roots: %+v", v)
	}
	v = decide(IOS, checkIOS, newAppleFile().bytes(), Options{Now: testNow, Trust: testTrust()})
	if !v.Accepted || names(v.Warnings, appleNoTrust.Name) || !v.View.SignatureTrusted {
		t.Errorf("with roots: %+v", v)
	}
}

// TestAppleView reads back everything that the sound profile says.
func TestAppleView(t *testing.T) {
	v := decide(IOS, checkIOS, newAppleFile().bytes(), Options{Now: testNow, Trust: testTrust()})
	if !v.Accepted {
		t.Fatal(v.Refusals)
	}
	expires := time.Date(2027, 11, 30, 8, 0, 0, 0, time.UTC)
	want := &View{
		Identifier: "example.venue.onramp.1", UUID: "2D1C8C61-1B1C-5F0A-9C11-0A0B0C0D0E00",
		DisplayName: "Venue Wi-Fi", Organization: "Venue", Description: "Joins the Wi-Fi", Expires: &expires,
		Consent: map[string]string{"default": "We keep the time of each visit.\nNothing else.", "it": "Teniamo l'ora di ogni visita."},
		Payloads: []Payload{
			{Type: payloadRoot, Identifier: "example.venue.onramp.1.root", UUID: "2D1C8C61-1B1C-5F0A-9C11-0A0B0C0D0E03"},
			{Type: payloadWiFi, Identifier: "example.venue.onramp.1.passpoint", UUID: "2D1C8C61-1B1C-5F0A-9C11-0A0B0C0D0E01"},
			{Type: payloadWiFi, Identifier: "example.venue.onramp.1.wpa2", UUID: "2D1C8C61-1B1C-5F0A-9C11-0A0B0C0D0E02"},
		},
		Signer: "CN=profiles.venue.example", SignatureTrusted: true,
		Networks: []Network{{
			Type: Passpoint, FriendlyName: "Caffè & Bar", HomeDomain: "venue.example", Roaming: true,
			RoamingConsortiums: []string{"5a03ba0000", "004096"}, EAP: EAPTTLS, Inner: InnerMSCHAPv2,
			OuterIdentity: "anonymous@venue.example", Username: "anna", Password: "café <1>",
			ServerNames: []string{"radius.venue.example"}, ServerMatch: MatchExact, Anchors: [][]byte{testCA().Raw},
		}, {
			Type: WPA2Enterprise, SSID: "Venue Secure", EAP: EAPPEAP, Inner: InnerEAPMSCHAPv2,
			OuterIdentity: "anonymous@venue.example", Username: "anna", Password: "café <1>",
			ServerNames: []string{"*.venue.example"}, ServerMatch: MatchExact,
		}},
	}
	if diff := cmp.Diff(want, v.View); diff != "" {
		t.Errorf("view (-want +got):\n%s", diff)
	}
}

// TestAppleOtherSigners takes what the pkcs7 library and OpenSSL sign, with RSA and ECDSA.
func TestAppleOtherSigners(t *testing.T) {
	root := issue(t, caTemplate("Root"), nil)
	middle := issue(t, caTemplate("Middle"), root)
	trust := x509.NewCertPool()
	trust.AddCert(root.Certificate)
	xml := []byte(newAppleFile().xml)
	rsaKey := must(rsa.GenerateKey(rand.Reader, 2048))
	weakKey := must(rsa.GenerateKey(rand.Reader, 1024))
	ecKey := must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))
	certify := func(public any) *x509.Certificate {
		tmpl := leafTemplate("profiles.venue.example")
		tmpl.SerialNumber, tmpl.NotBefore, tmpl.NotAfter = big.NewInt(7), testNow.AddDate(0, 0, -1), testNow.AddDate(0, 0, 9)
		return must(x509.ParseCertificate(must(x509.CreateCertificate(rand.Reader, tmpl, middle.Certificate, public, middle.key))))
	}
	library := func(key any, cert *x509.Certificate, sha256 bool) []byte {
		sd := must(pkcs7.NewSignedData(xml))
		if sha256 {
			sd.SetDigestAlgorithm(pkcs7.OIDDigestAlgorithmSHA256)
		}
		if err := sd.AddSigner(cert, key, pkcs7.SignerInfoConfig{}); err != nil {
			t.Fatal(err)
		}
		sd.AddCertificate(middle.Certificate)
		return must(sd.Finish())
	}
	check := func(file []byte, rule string) {
		t.Helper()
		v := decide(IOS, checkIOS, file, Options{Now: testNow, Trust: trust})
		if v.Accepted != (rule == "") || rule != "" && !names(v.Refusals, rule) {
			t.Errorf("want %q, got %v", rule, v.Refusals)
		}
	}
	rsaCert, ecCert, weakCert := certify(&rsaKey.PublicKey), certify(&ecKey.PublicKey), certify(&weakKey.PublicKey)
	check(library(rsaKey, rsaCert, true), "")
	check(library(ecKey, ecCert, true), "")
	check(library(rsaKey, rsaCert, false), appleDigest.Name)
	check(library(weakKey, weakCert, true), appleSignatureAlgorithm.Name)

	requireProgram(t, "openssl")
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	keyPEM := write("key.pem", keyPEMOf(t, rsaKey))
	args := []string{"cms", "-sign", "-binary", "-nodetach", "-outform", "DER", "-md", "sha256", "-in", write("in", xml), "-out", filepath.Join(dir, "out"),
		"-signer", write("leaf.pem", pemOf(rsaCert)), "-inkey", keyPEM, "-certfile", write("middle.pem", pemOf(middle.Certificate))}
	if out, err := exec.Command("openssl", args...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	check(must(os.ReadFile(filepath.Join(dir, "out"))), "")
}

func appleProfileCases(add func(*Rule, string, *appleFile, *appleFile)) {
	file := newAppleFile
	swap := func(old, new string) *appleFile { return file().swap(old, new) }
	const declaration = `<?xml version="1.0" encoding="UTF-8"?>`
	for name, broken := range map[string]*appleFile{
		"no declaration":      swap(declaration+"\n", ""),
		"Latin-1":             swap("UTF-8", "ISO-8859-1"),
		"byte order mark":     swap("<?xml", "\ufeff<?xml"),
		"not UTF-8":           swap("Venue Wi-Fi", "Caff\xe8"),
		"bare ampersand":      swap("&amp;", "&"),
		"internal DTD":        swap(`PropertyList-1.0.dtd">`, `PropertyList-1.0.dtd" [<!ENTITY a "b">]>`),
		"another DOCTYPE":     swap("<!DOCTYPE plist", "<!DOCTYPE html"),
		"version 2":           swap(`<plist version="1.0">`, `<plist version="2.0">`),
		"no plist":            swap(`<plist version="1.0">`, ``).swap("</plist>", ""),
		"array at the root":   swap(`<plist version="1.0"><dict>`, `<plist version="1.0"><array/><dict>`),
		"two keys in a row":   swap("<key>PayloadDisplayName</key>", "<key>PayloadDisplayName</key><key>x</key>"),
		"key without value":   swap("</array></dict></plist>", "</array><key>x</key></dict></plist>"),
		"text between":        swap("</array></dict></plist>", "</array>x</dict></plist>"),
		"text in an array":    swap("<array><integer>21", "<array>x<integer>21"),
		"date with offset":    swap("2027-11-30T08:00:00Z", "2027-11-30T08:00:00+01:00"),
		"date with fraction":  swap("2027-11-30T08:00:00Z", "2027-11-30T08:00:00.000Z"),
		"integer in words":    swap("<integer>1</integer>", "<integer>one</integer>"),
		"real in words":       file().add(inProfile, "<key>DurationUntilRemoval</key><real>x</real>"),
		"data not base64":     swap("<data>", "<data>*"),
		"boolean with text":   swap("<false/>", "<false>no</false>"),
		"unknown element":     swap("<false/>", "<null/>"),
		"element in a string": swap("Venue Wi-Fi", "Venue<b/>"),
		"cut short":           swap("</plist>", ""),
	} {
		add(applePlist, name, broken, swap("PropertyList-1.0.dtd\">\n", "PropertyList-1.0.dtd\">\n<!-- made by Onramp -->\n"))
	}
	add(appleDuplicateKey, "in the profile", file().add(inProfile, "<key>PayloadVersion</key><integer>1</integer>"), file())
	add(appleDuplicateKey, "in the EAP dict", file().add(inEAP, "<key>UserName</key><string>bea</string>"), file())
	add(appleUnknownKey, "ExpirationDate", file().add(inProfile, "<key>ExpirationDate</key><date>2027-11-30T08:00:00Z</date>"), file())
	add(appleUnknownKey, "letter case", swap("<key>IsHotspot</key>", "<key>isHotspot</key>"), file())
	add(appleUnknownKey, "in the EAP dict", file().add(inEAP, "<key>EAPType</key><integer>21</integer>"), file())
	add(appleUnknownKey, "in QoSMarkingPolicy", file().add(inHotspot, "<key>QoSMarkingPolicy</key><dict><key>x</key><true/></dict>"), file().add(inHotspot, "<key>QoSMarkingPolicy</key><dict><key>QoSMarkingEnabled</key><true/></dict>"))
	add(appleUnknownKey, "RemovalDate in a payload", file().add(inHotspot, "<key>RemovalDate</key><date>2027-11-30T08:00:00Z</date>"), file())
	add(appleUnknownKey, "Password in a root payload", file().add(inRootCert, "<key>Password</key><string>x</string>"), file().add(inRootCert, "<key>PayloadCertificateFileName</key><string>root.cer</string>"))
	add(appleKeyPlatform, "SetupModes on a phone", file().add(inSSID, "<key>SetupModes</key><array><string>System</string></array>"), file().add(inSSID, "<key>CaptiveBypass</key><false/>"))
	for name, broken := range map[string]*appleFile{
		"version as text":          swap("<integer>1</integer>", "<string>1</string>"),
		"flag as text":             swap("<key>IsHotspot</key><true/>", "<key>IsHotspot</key><string>true</string>"),
		"list as text":             swap("<array><string>radius.venue.example</string></array>", "<string>radius.venue.example</string>"),
		"EAP types as text":        swap("<integer>21</integer>", "<string>21</string>"),
		"date as text":             swap("<date>2027-11-30T08:00:00Z</date>", "<string>2027-11-30T08:00:00Z</string>"),
		"certificate as text":      swap("<data>", "<string>").swap("</data>", "</string>"),
		"consent text of one kind": swap("<key>it</key><string>Teniamo l'ora di ogni visita.</string>", "<key>it</key><dict/>"),
		"payload as text":          swap("</array></dict></plist>", "<string>x</string></array></dict></plist>"),
		"content as dict":          swap("<key>PayloadContent</key><array>", "<key>PayloadContent</key><dict/><key>PayloadScope</key><array>"),
	} {
		add(appleKeyType, name, broken, file())
	}
	add(appleKeyValue, "another PayloadType", swap("<string>Configuration</string>", "<string>Profile</string>"), file())
	add(appleKeyValue, "version 2", swap("<integer>1</integer>", "<integer>2</integer>"), file())
	add(appleKeyValue, "Android's inner method", swap("<string>MSCHAPv2</string>", "<string>MS-CHAP-V2</string>"), swap("<string>MSCHAPv2</string>", "<string>PAP</string>"))
	add(appleKeyValue, "EAP type 26", swap("<integer>21</integer>", "<integer>26</integer>"), file())
	add(appleKeyValue, "port", file().add(inSSID, "<key>ProxyType</key><string>Manual</string><key>ProxyServer</key><string>p</string><key>ProxyServerPort</key><integer>65536</integer>"), file().add(inSSID, "<key>ProxyType</key><string>Manual</string><key>ProxyServer</key><string>p</string><key>ProxyServerPort</key><integer>65535</integer>"))
	network := func(v string) *appleFile {
		return file().add(inHotspot, "<key>MCCAndMNCs</key><array><string>"+v+"</string></array>")
	}
	add(appleKeyValue, "an F in another place", network("2220F1"), network("222F01")) // G8: a network code of two digits
	add(appleKeyValue, "five digits of MCC and MNC", file().add(inHotspot, "<key>MCCAndMNCs</key><array><string>22201</string></array>"), file().add(inHotspot, "<key>MCCAndMNCs</key><array><string>222001</string></array>"))
	add(appleKeyValue, "TLS 1.4", swap("<string>1.2</string>", "<string>1.4</string>"), file())
	for _, key := range []string{"PayloadIdentifier", "PayloadUUID", "PayloadType", "PayloadVersion"} {
		add(appleKeyRequired, key, file().drop(key), file().drop("PayloadDescription"))
	}
	add(appleKeyRequired, "UUID of a payload", swap("<key>PayloadUUID</key><string>2D1C8C61-1B1C-5F0A-9C11-0A0B0C0D0E02</string>", ""), file())
	add(appleKeyRequired, "content of a certificate", file().swap("<key>PayloadContent</key><data>", "<key>PayloadCertificateFileName</key><data>"), file())
	add(appleKeyRequired, "EAP types", file().drop("AcceptEAPTypes"), file())
	add(appleKeyRequired, "PayloadContent", func() *appleFile {
		f := file()
		i := strings.Index(f.xml, "<key>PayloadContent</key><array>")
		f.xml = f.xml[:i] + "</dict></plist>"
		return f
	}(), file())
	add(applePayloadType, "VPN", swap("</array></dict></plist>", strings.Replace(strings.Replace(rootPayload("com.apple.vpn.managed", []byte("x")), "0E03", "0E09", 1), "1.root", "1.vpn", 1)+"</array></dict></plist>"), file())
	add(appleIdentifier, "one word", swap("<string>example.venue.onramp.1</string>", "<string>onramp</string>"), swap("<string>example.venue.onramp.1</string>", "<string>example.venue.0a-b_c</string>"))
	add(appleIdentifier, "a blank", swap("<string>example.venue.onramp.1</string>", "<string>example.venue.on ramp</string>"), file())
	add(appleIdentifier, "two payloads", swap("example.venue.onramp.1.wpa2", "example.venue.onramp.1.passpoint"), file())
	add(appleIdentifier, "profile and payload", swap("example.venue.onramp.1.wpa2", "example.venue.onramp.1"), file())
	add(appleUUID, "text", swap("2D1C8C61-1B1C-5F0A-9C11-0A0B0C0D0E02", "wpa2"), swap("2D1C8C61-1B1C-5F0A-9C11-0A0B0C0D0E02", "2d1c8c61-1b1c-5f0a-9c11-0a0b0c0d0e02"))
	add(appleUUID, "letters beyond F", swap("2D1C8C61-1B1C-5F0A-9C11-0A0B0C0D0E02", "ZD1C8C61-1B1C-5F0A-9C11-0A0B0C0D0E02"), file())
	add(appleUUID, "twice", swap("2D1C8C61-1B1C-5F0A-9C11-0A0B0C0D0E02", "2D1C8C61-1B1C-5F0A-9C11-0A0B0C0D0E01"), file())
	add(appleUUID, "twice in another case", swap("2D1C8C61-1B1C-5F0A-9C11-0A0B0C0D0E02", "2d1c8c61-1b1c-5f0a-9c11-0a0b0c0d0e01"), file())
	add(appleUUIDVersion, "version 4", swap("2D1C8C61-1B1C-5F0A-9C11-0A0B0C0D0E02", "2D1C8C61-1B1C-4F0A-9C11-0A0B0C0D0E02"), file())
	add(appleEncrypted, "IsEncrypted", file().add(inProfile, "<key>IsEncrypted</key><true/>"), file().add(inProfile, "<key>IsEncrypted</key><false/>"))
	add(appleEncrypted, "content", file().add(inProfile, "<key>EncryptedPayloadContent</key><data>AAAA</data>"), file())
	add(appleRemoval, "PayloadRemovalDisallowed", file().add(inProfile, "<key>PayloadRemovalDisallowed</key><false/>"), file())
	add(appleRemoval, "HasRemovalPasscode", file().add(inProfile, "<key>HasRemovalPasscode</key><true/>"), file())
	add(appleRemovalDate, "a minute ago", swap("2027-11-30T08:00:00Z", "2026-12-01T11:59:00Z"), swap("2027-11-30T08:00:00Z", "2026-12-01T12:01:00Z"))
	add(appleExpiryPlace, "PayloadExpirationDate", file().add(inProfile, "<key>PayloadExpirationDate</key><date>2027-11-30T08:00:00Z</date>"), file())
	add(appleExpiryPlace, "DurationUntilRemoval", file().add(inProfile, "<key>DurationUntilRemoval</key><real>3600.5</real>"), file().drop("RemovalDate"))
	add(appleConsent, "no default", swap("<key>default</key>", "<key>en</key>"), file().drop("ConsentText"))
	add(appleConsent, "empty", swap("Teniamo l'ora di ogni visita.", " "), file())
	add(appleTarget, "a watch", file().add(inProfile, "<key>TargetDeviceType</key><integer>2</integer>"), file().add(inProfile, "<key>TargetDeviceType</key><integer>1</integer>"))
	add(appleNoNetwork, "a certificate alone", func() *appleFile {
		f := file()
		f.xml = appleHead + rootPayload(payloadRoot, testCA().Raw) + "</array></dict></plist>"
		return f
	}(), func() *appleFile {
		f := file()
		f.xml = appleHead + wifiSSID + "</array></dict></plist>"
		return f
	}())
}

func TestAppleMutations(t *testing.T) {
	mutate(t, IOS, checkIOS, newAppleFile().bytes())
	mutate(t, MacOS, checkMacOS, newAppleFile().bytes())
}

func FuzzCheckIOS(f *testing.F) {
	f.Add(newAppleFile().bytes())
	f.Add([]byte(newAppleFile().xml))
	f.Add(inPieces())
	fuzz(f, IOS, checkIOS, func(b []byte) []byte {
		if len(b) > 0 && b[0] == '<' {
			file := newAppleFile()
			file.xml = string(b)
			return file.bytes()
		}
		return b
	})
}

func FuzzCheckMacOS(f *testing.F) {
	f.Add(newAppleFile().bytes())
	f.Add([]byte(newAppleFile().xml))
	fuzz(f, MacOS, checkMacOS, nil)
}

// TestAppleFoundG8 checks both forms of a mobile network: three digits, and two digits with an F.
func TestAppleFoundG8(t *testing.T) {
	for _, code := range []string{"222F01", "222001"} {
		file := newAppleFile().add(inHotspot, "<key>MCCAndMNCs</key><array><string>"+code+"</string></array>")
		if v := decide(IOS, checkIOS, file.bytes(), Options{Now: testNow}); !v.Accepted {
			t.Errorf("%s: %v", code, v.Refusals)
		}
	}
}
