package apple

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

	"onramp/onboarding/devicesim/judge"
	"onramp/onboarding/devicesim/judge/judgetest"
	"onramp/onboarding/testkit/process"
)

var oidSHA1 = asn1.ObjectIdentifier{1, 3, 14, 3, 2, 26}

func appleCases(t *testing.T) []judgetest.Case {
	var cases []judgetest.Case
	on := func(platform string, check judge.Checker, r *judge.Rule, name string, broken, sound []byte) {
		cases = append(
			cases,
			judgetest.Case{
				Rule: r, Name: name, Platform: platform, Check: check, Broken: broken, Sound: sound,
				Options: judge.Options{Trust: judgetest.Trust()},
			},
		)
	}
	add := func(r *judge.Rule, name string, broken, sound *judgetest.AppleFile) {
		on(judge.IOS, CheckIOS, r, name, broken.Bytes(), sound.Bytes())
	}
	cases = append(cases, appleSignatureCases(t)...)
	appleProfileCases(add)
	appleWiFiCases(add)
	appleCertificateCases(add)
	file := judgetest.NewAppleFile
	on(judge.MacOS, CheckMacOS, ruleKeyPlatform, "MCCAndMNCs on a Mac",
		file().Add(judgetest.InHotspot, `<key>MCCAndMNCs</key><array><string>222001</string></array>`).Bytes(),
		file().Bytes())
	on(judge.MacOS, CheckMacOS, ruleTarget, "iPhone only",
		file().Add(judgetest.InProfile, `<key>TargetDeviceType</key><integer>1</integer>`).Bytes(),
		file().Add(judgetest.InProfile, `<key>TargetDeviceType</key><integer>5</integer>`).Bytes())
	return cases
}

func appleSignatureCases(t *testing.T) []judgetest.Case {
	var cases []judgetest.Case
	add := func(r *judge.Rule, name string, broken, sound []byte) {
		cases = append(
			cases,
			judgetest.Case{
				Rule: r, Name: name, Platform: judge.IOS, Check: CheckIOS, Broken: broken, Sound: sound,
				Options: judge.Options{Trust: judgetest.Trust()},
			},
		)
	}
	p := judgetest.SigningPKI()
	good := judgetest.NewAppleFile().Bytes()
	with := func(change func(f *judgetest.AppleFile)) []byte {
		f := judgetest.NewAppleFile()
		change(f)
		return f.Bytes()
	}
	add(ruleUnsigned, "bare", []byte(judgetest.NewAppleFile().XML), good)
	add(ruleDER, "a byte behind", append(bytes.Clone(good), 0), good)
	add(ruleDER, "indefinite length", indefinite(good), good)
	add(ruleDER, "empty", nil, good)
	add(ruleDER, "text", []byte("profile"), good)
	add(ruleDER, "a string in pieces", inPieces(), good)
	add(ruleSignedData, "data", with(func(f *judgetest.AppleFile) { f.ContentInfo = oidData }), good)
	add(
		ruleSignedData,
		"no SignedData inside",
		judgetest.Must(
			asn1.Marshal(cmsContentInfo{ContentType: oidSignedData, Content: judgetest.Explicit([]byte{5, 0})})),
		good,
	)
	add(ruleDetached, "detached", with(func(f *judgetest.AppleFile) { f.Detached = true }), good)
	add(ruleDetached, "another content type", with(func(f *judgetest.AppleFile) { f.ContentType = oidSignedData }),
		good)
	add(ruleSigners, "none", with(func(f *judgetest.AppleFile) { f.Signers = 0 }), good)
	add(ruleSigners, "two", with(func(f *judgetest.AppleFile) { f.Signers = 2 }), with(func(f *judgetest.AppleFile) {
		f.KeyID = true
		f.Signer = signerWithKeyID(p)
		f.Certificates[0] = f.Signer.Certificate
	}))
	add(
		ruleSigners,
		"certificate missing",
		with(func(f *judgetest.AppleFile) { f.Certificates = f.Certificates[1:] }),
		with(func(f *judgetest.AppleFile) {
			f.Certificates[0], f.Certificates[2] = f.Certificates[2], f.Certificates[0]
		}),
	)
	add(ruleDigest, "SHA-1",
		with(func(f *judgetest.AppleFile) { f.Digest, f.Digests = oidSHA1, []asn1.ObjectIdentifier{oidSHA1} }), good)
	add(ruleDigest, "not in the list", with(func(f *judgetest.AppleFile) { f.Digests = nil }),
		with(func(f *judgetest.AppleFile) { f.Digests = []asn1.ObjectIdentifier{oidSHA1, oidSHA256} }))
	add(ruleSignatureAlgorithm, "ecdsa-with-SHA1",
		with(func(f *judgetest.AppleFile) { f.Algorithm = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 1} }), good)
	add(ruleSignatureAlgorithm, "RSA with an EC key", with(func(f *judgetest.AppleFile) { f.Algorithm = oidRSA }), good)
	add(ruleAttributes, "none", with(func(f *judgetest.AppleFile) { f.NoAttributes = true }), good)
	add(ruleAttributes, "another digest", with(func(f *judgetest.AppleFile) { f.WrongDigest = true }), good)
	add(ruleAttributes, "another type", with(func(f *judgetest.AppleFile) { f.WrongType = true }), good)
	add(ruleAttributes, "altered content", with(func(f *judgetest.AppleFile) { f.Tamper = true }), good)
	add(ruleSignature, "another key's", with(func(f *judgetest.AppleFile) { f.Damage = true }), good)
	add(ruleChain, "intermediate missing", with(func(f *judgetest.AppleFile) { f.Certificates = f.Certificates[:2] }),
		good)
	add(ruleChain, "leaf alone", with(func(f *judgetest.AppleFile) { f.Certificates = f.Certificates[:1] }), good)
	stranger := judgetest.Issue(judgetest.PanicTB{}, judgetest.LeafTemplate("profiles.venue.example"), judgetest.CA())
	add(ruleChain, "another root", with(func(f *judgetest.AppleFile) {
		f.Signer, f.Certificates = stranger, []*x509.Certificate{stranger.Certificate}
	}), good)
	add(ruleRootEmbedded, "root",
		with(func(f *judgetest.AppleFile) { f.Certificates = append(f.Certificates, p.Root.Certificate) }), good)
	old := judgetest.LeafTemplate("profiles.venue.example")
	old.NotAfter = judgetest.Now.Add(-time.Minute)
	late := judgetest.Issue(judgetest.PanicTB{}, old, p.Issuing)
	fresh := judgetest.LeafTemplate("profiles.venue.example")
	fresh.NotAfter = judgetest.Now.Add(time.Minute)
	last := judgetest.Issue(judgetest.PanicTB{}, fresh, p.Issuing)
	signedBy := func(s *judgetest.Pair) []byte {
		return with(func(f *judgetest.AppleFile) { f.Signer, f.Certificates[0] = s, s.Certificate })
	}
	add(ruleSignerExpired, "signer a minute ago", signedBy(late), signedBy(last))
	oldCA := judgetest.CATemplate("Signing Issuer")
	oldCA.NotAfter = judgetest.Now.Add(-time.Minute)
	lateCA := judgetest.Issue(judgetest.PanicTB{}, oldCA, p.Intermediate)
	lateLeaf := judgetest.Issue(judgetest.PanicTB{}, judgetest.LeafTemplate("profiles.venue.example"), lateCA)
	add(ruleSignerExpired, "intermediate a minute ago", with(func(f *judgetest.AppleFile) {
		f.Signer, f.Certificates[0], f.Certificates[1] = lateLeaf, lateLeaf.Certificate, lateCA.Certificate
	}), good)
	cases = append(
		cases,
		judgetest.Case{
			Rule: ruleNoTrust, Name: "no roots given", Platform: judge.IOS, Check: CheckIOS, Broken: good,
			Sound: good, SoundOptions: &judge.Options{Now: judgetest.Now, Trust: judgetest.Trust()},
		},
	)
	return append(
		cases,
		judgetest.Case{
			Rule:     ruleChain,
			Name:     "stranger among the certificates, no roots given",
			Platform: judge.IOS,
			Check:    CheckIOS,
			Broken: with(
				func(f *judgetest.AppleFile) { f.Certificates = append(f.Certificates, stranger.Certificate) }),
			Sound: good,
		},
	)
}

// signerWithKeyID is a signer whose certificate carries a key identifier to be named by.
func signerWithKeyID(p judgetest.PKI) *judgetest.Pair {
	tmpl := judgetest.LeafTemplate("profiles.venue.example")
	tmpl.SubjectKeyId = []byte{1, 2, 3, 4}
	return judgetest.Issue(judgetest.PanicTB{}, tmpl, p.Issuing)
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
	piece := judgetest.Must(asn1.Marshal([]byte("profile")))
	return judgetest.Must(asn1.Marshal(asn1.RawValue{Tag: asn1.TagSequence, IsCompound: true,
		Bytes: judgetest.Must(asn1.Marshal(asn1.RawValue{Tag: asn1.TagOctetString, IsCompound: true, Bytes: piece}))}))
}

func TestAppleRules(t *testing.T) { judgetest.RunCases(t, "apple-", appleCases(t)) }

// TestAppleWithoutTrust checks that a profile is accepted with a warning if no roots are given.
func TestAppleWithoutTrust(t *testing.T) {
	v := judge.Decide(judge.IOS, CheckIOS, judgetest.NewAppleFile().Bytes(), judge.Options{Now: judgetest.Now})
	if !v.Accepted || !judgetest.HasRule(v.Warnings, ruleNoTrust.Name) || v.View.SignatureTrusted {
		t.Errorf("without roots: %+v", v)
	}
	v = judge.Decide(judge.IOS, CheckIOS, judgetest.NewAppleFile().Bytes(),
		judge.Options{Now: judgetest.Now, Trust: judgetest.Trust()})
	if !v.Accepted || judgetest.HasRule(v.Warnings, ruleNoTrust.Name) || !v.View.SignatureTrusted {
		t.Errorf("with roots: %+v", v)
	}
}

// TestAppleView checks the whole view of the sound profile.
func TestAppleView(t *testing.T) {
	v := judge.Decide(judge.IOS, CheckIOS, judgetest.NewAppleFile().Bytes(),
		judge.Options{Now: judgetest.Now, Trust: judgetest.Trust()})
	if !v.Accepted {
		t.Fatal(v.Refusals)
	}
	expires := time.Date(2027, 11, 30, 8, 0, 0, 0, time.UTC)
	want := &judge.View{
		Identifier:   "example.venue.onramp.1",
		UUID:         "2D1C8C61-1B1C-5F0A-9C11-0A0B0C0D0E00",
		DisplayName:  "Venue Wi-Fi",
		Organization: "Venue",
		Description:  "Joins the Wi-Fi",
		Expires:      &expires,
		Consent: map[string]string{
			"default": "We keep the time of each visit.\nNothing else.",
			"it":      "Teniamo l'ora di ogni visita.",
		},
		Payloads: []judge.Payload{
			{
				Type:       payloadRoot,
				Identifier: "example.venue.onramp.1.root",
				UUID:       "2D1C8C61-1B1C-5F0A-9C11-0A0B0C0D0E03",
			},
			{
				Type:       payloadWiFi,
				Identifier: "example.venue.onramp.1.passpoint",
				UUID:       "2D1C8C61-1B1C-5F0A-9C11-0A0B0C0D0E01",
			},
			{
				Type:       payloadWiFi,
				Identifier: "example.venue.onramp.1.wpa2",
				UUID:       "2D1C8C61-1B1C-5F0A-9C11-0A0B0C0D0E02",
			},
		},
		Signer:           "CN=profiles.venue.example",
		SignatureTrusted: true,
		Networks: []judge.Network{
			{
				Type:               judge.Passpoint,
				FriendlyName:       "Caffè & Bar",
				HomeDomain:         "venue.example",
				Roaming:            true,
				RoamingConsortiums: []string{"5a03ba0000", "004096"},
				EAP:                judge.EAPTTLS,
				Inner:              judge.InnerMSCHAPv2,
				OuterIdentity:      "anonymous@venue.example",
				Username:           "anna",
				Password:           "café <1>",
				ServerNames: []string{
					"radius.venue.example",
				},
				ServerMatch: judge.MatchExact,
				Anchors:     [][]byte{judgetest.CA().Raw},
			},
			{
				Type: judge.WPA2Enterprise, SSID: "Venue Secure", EAP: judge.EAPPEAP, Inner: judge.InnerEAPMSCHAPv2,
				OuterIdentity: "anonymous@venue.example", Username: "anna", Password: "café <1>",
				ServerNames: []string{"*.venue.example"}, ServerMatch: judge.MatchExact,
			},
		},
	}
	if diff := cmp.Diff(want, v.View); diff != "" {
		t.Errorf("view (-want +got):\n%s", diff)
	}
}

// TestAppleOtherSigners checks profiles signed by the pkcs7 library and by OpenSSL, with RSA and
// ECDSA.
func TestAppleOtherSigners(t *testing.T) {
	root := judgetest.Issue(t, judgetest.CATemplate("Root"), nil)
	middle := judgetest.Issue(t, judgetest.CATemplate("Middle"), root)
	trust := x509.NewCertPool()
	trust.AddCert(root.Certificate)
	xml := []byte(judgetest.NewAppleFile().XML)
	rsaKey := judgetest.Must(rsa.GenerateKey(rand.Reader, 2048))
	weakKey := judgetest.Must(rsa.GenerateKey(rand.Reader, 1024))
	ecKey := judgetest.Must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))
	certify := func(public any) *x509.Certificate {
		tmpl := judgetest.LeafTemplate("profiles.venue.example")
		tmpl.SerialNumber, tmpl.NotBefore, tmpl.NotAfter = big.NewInt(7), judgetest.Now.AddDate(0, 0,
			-1), judgetest.Now.AddDate(0, 0, 9)
		return judgetest.Must(
			x509.ParseCertificate(
				judgetest.Must(x509.CreateCertificate(rand.Reader, tmpl, middle.Certificate, public, middle.Key))),
		)
	}
	library := func(key any, cert *x509.Certificate, sha256 bool) []byte {
		sd := judgetest.Must(pkcs7.NewSignedData(xml))
		if sha256 {
			sd.SetDigestAlgorithm(pkcs7.OIDDigestAlgorithmSHA256)
		}
		if err := sd.AddSigner(cert, key, pkcs7.SignerInfoConfig{}); err != nil {
			t.Fatal(err)
		}
		sd.AddCertificate(middle.Certificate)
		return judgetest.Must(sd.Finish())
	}
	check := func(file []byte, rule string) {
		t.Helper()
		v := judge.Decide(judge.IOS, CheckIOS, file, judge.Options{Now: judgetest.Now, Trust: trust})
		if v.Accepted != (rule == "") || rule != "" && !judgetest.HasRule(v.Refusals, rule) {
			t.Errorf("want %q, got %v", rule, v.Refusals)
		}
	}
	rsaCert, ecCert, weakCert := certify(&rsaKey.PublicKey), certify(&ecKey.PublicKey), certify(&weakKey.PublicKey)
	check(library(rsaKey, rsaCert, true), "")
	check(library(ecKey, ecCert, true), "")
	check(library(rsaKey, rsaCert, false), ruleDigest.Name)
	check(library(weakKey, weakCert, true), ruleSignatureAlgorithm.Name)

	process.Require(t, "openssl")
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	keyPEM := write("key.pem", judgetest.KeyPEM(t, rsaKey))
	args := []string{
		"cms",
		"-sign",
		"-binary",
		"-nodetach",
		"-outform",
		"DER",
		"-md",
		"sha256",
		"-in",
		write("in", xml),
		"-out",
		filepath.Join(dir, "out"),
		"-signer",
		write("leaf.pem", judgetest.PEM(rsaCert)),
		"-inkey",
		keyPEM,
		"-certfile",
		write("middle.pem", judgetest.PEM(middle.Certificate)),
	}
	if out, err := exec.Command("openssl", args...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	check(judgetest.Must(os.ReadFile(filepath.Join(dir, "out"))), "")
}

func appleProfileCases(add func(*judge.Rule, string, *judgetest.AppleFile, *judgetest.AppleFile)) {
	file := judgetest.NewAppleFile
	swap := func(old, new string) *judgetest.AppleFile { return file().Swap(old, new) }
	const declaration = `<?xml version="1.0" encoding="UTF-8"?>`
	for name, broken := range map[string]*judgetest.AppleFile{
		"no declaration":      swap(declaration+"\n", ""),
		"Latin-1":             swap("UTF-8", "ISO-8859-1"),
		"byte order mark":     swap("<?xml", "\ufeff<?xml"),
		"not UTF-8":           swap("Venue Wi-Fi", "Caff\xe8"),
		"bare ampersand":      swap("&amp;", "&"),
		"internal DTD":        swap(`PropertyList-1.0.dtd">`, `PropertyList-1.0.dtd" [<!ENTITY a "b">]>`),
		"another DOCTYPE":     swap("<!DOCTYPE plist", "<!DOCTYPE html"),
		"version 2":           swap(`<plist version="1.0">`, `<plist version="2.0">`),
		"no plist":            swap(`<plist version="1.0">`, ``).Swap("</plist>", ""),
		"array at the root":   swap(`<plist version="1.0"><dict>`, `<plist version="1.0"><array/><dict>`),
		"two keys in a row":   swap("<key>PayloadDisplayName</key>", "<key>PayloadDisplayName</key><key>x</key>"),
		"key without value":   swap("</array></dict></plist>", "</array><key>x</key></dict></plist>"),
		"text between":        swap("</array></dict></plist>", "</array>x</dict></plist>"),
		"text in an array":    swap("<array><integer>21", "<array>x<integer>21"),
		"date with offset":    swap("2027-11-30T08:00:00Z", "2027-11-30T08:00:00+01:00"),
		"date with fraction":  swap("2027-11-30T08:00:00Z", "2027-11-30T08:00:00.000Z"),
		"integer in words":    swap("<integer>1</integer>", "<integer>one</integer>"),
		"real in words":       file().Add(judgetest.InProfile, "<key>DurationUntilRemoval</key><real>x</real>"),
		"data not base64":     swap("<data>", "<data>*"),
		"boolean with text":   swap("<false/>", "<false>no</false>"),
		"unknown element":     swap("<false/>", "<null/>"),
		"element in a string": swap("Venue Wi-Fi", "Venue<b/>"),
		"cut short":           swap("</plist>", ""),
	} {
		add(rulePlist, name, broken,
			swap("PropertyList-1.0.dtd\">\n", "PropertyList-1.0.dtd\">\n<!-- made by Onramp -->\n"))
	}
	add(ruleDuplicateKey, "in the profile",
		file().Add(judgetest.InProfile, "<key>PayloadVersion</key><integer>1</integer>"), file())
	add(ruleDuplicateKey, "in the EAP dict", file().Add(judgetest.InEAP, "<key>UserName</key><string>bea</string>"),
		file())
	add(ruleUnknownKey, "ExpirationDate",
		file().Add(judgetest.InProfile, "<key>ExpirationDate</key><date>2027-11-30T08:00:00Z</date>"), file())
	add(ruleUnknownKey, "letter case", swap("<key>IsHotspot</key>", "<key>isHotspot</key>"), file())
	add(ruleUnknownKey, "in the EAP dict", file().Add(judgetest.InEAP, "<key>EAPType</key><integer>21</integer>"),
		file())
	add(ruleUnknownKey, "in QoSMarkingPolicy",
		file().Add(judgetest.InHotspot, "<key>QoSMarkingPolicy</key><dict><key>x</key><true/></dict>"),
		file().Add(judgetest.InHotspot, "<key>QoSMarkingPolicy</key><dict><key>QoSMarkingEnabled</key><true/></dict>"))
	add(ruleUnknownKey, "RemovalDate in a payload",
		file().Add(judgetest.InHotspot, "<key>RemovalDate</key><date>2027-11-30T08:00:00Z</date>"), file())
	add(ruleUnknownKey, "Password in a root payload",
		file().Add(judgetest.InRootCert, "<key>Password</key><string>x</string>"),
		file().Add(judgetest.InRootCert, "<key>PayloadCertificateFileName</key><string>root.cer</string>"))
	add(ruleKeyPlatform, "SetupModes on a phone",
		file().Add(judgetest.InSSID, "<key>SetupModes</key><array><string>System</string></array>"),
		file().Add(judgetest.InSSID, "<key>CaptiveBypass</key><false/>"))
	for name, broken := range map[string]*judgetest.AppleFile{
		"version as text": swap("<integer>1</integer>", "<string>1</string>"),
		"flag as text":    swap("<key>IsHotspot</key><true/>", "<key>IsHotspot</key><string>true</string>"),
		"list as text": swap("<array><string>radius.venue.example</string></array>",
			"<string>radius.venue.example</string>"),
		"EAP types as text":   swap("<integer>21</integer>", "<string>21</string>"),
		"date as text":        swap("<date>2027-11-30T08:00:00Z</date>", "<string>2027-11-30T08:00:00Z</string>"),
		"certificate as text": swap("<data>", "<string>").Swap("</data>", "</string>"),
		"consent text of one kind": swap("<key>it</key><string>Teniamo l'ora di ogni visita.</string>",
			"<key>it</key><dict/>"),
		"payload as text": swap("</array></dict></plist>", "<string>x</string></array></dict></plist>"),
		"content as dict": swap("<key>PayloadContent</key><array>",
			"<key>PayloadContent</key><dict/><key>PayloadScope</key><array>"),
	} {
		add(ruleKeyType, name, broken, file())
	}
	add(ruleKeyValue, "another PayloadType", swap("<string>Configuration</string>", "<string>Profile</string>"), file())
	add(ruleKeyValue, "version 2", swap("<integer>1</integer>", "<integer>2</integer>"), file())
	add(ruleKeyValue, "Android's inner method", swap("<string>MSCHAPv2</string>", "<string>MS-CHAP-V2</string>"),
		swap("<string>MSCHAPv2</string>", "<string>PAP</string>"))
	add(ruleKeyValue, "EAP type 26", swap("<integer>21</integer>", "<integer>26</integer>"), file())
	add(ruleKeyValue, "port",
		file().Add(judgetest.InSSID,
			"<key>ProxyType</key><string>Manual</string><key>ProxyServer</key><string>p</string>"+
				"<key>ProxyServerPort</key><integer>65536</integer>"),
		file().Add(judgetest.InSSID,
			"<key>ProxyType</key><string>Manual</string><key>ProxyServer</key><string>p</string>"+
				"<key>ProxyServerPort</key><integer>65535</integer>"))
	network := func(v string) *judgetest.AppleFile {
		return file().Add(judgetest.InHotspot, "<key>MCCAndMNCs</key><array><string>"+v+"</string></array>")
	}
	add(ruleKeyValue, "an F in another place", network("2220F1"), network("222F01")) // G8: a network code of two digits
	add(ruleKeyValue, "five digits of MCC and MNC",
		file().Add(judgetest.InHotspot, "<key>MCCAndMNCs</key><array><string>22201</string></array>"),
		file().Add(judgetest.InHotspot, "<key>MCCAndMNCs</key><array><string>222001</string></array>"))
	add(ruleKeyValue, "TLS 1.4", swap("<string>1.2</string>", "<string>1.4</string>"), file())
	for _, key := range []string{"PayloadIdentifier", "PayloadUUID", "PayloadType", "PayloadVersion"} {
		add(ruleKeyRequired, key, file().Drop(key), file().Drop("PayloadDescription"))
	}
	add(ruleKeyRequired, "UUID of a payload",
		swap("<key>PayloadUUID</key><string>2D1C8C61-1B1C-5F0A-9C11-0A0B0C0D0E02</string>", ""), file())
	add(ruleKeyRequired, "content of a certificate",
		file().Swap("<key>PayloadContent</key><data>", "<key>PayloadCertificateFileName</key><data>"), file())
	add(ruleKeyRequired, "EAP types", file().Drop("AcceptEAPTypes"), file())
	add(ruleKeyRequired, "PayloadContent", func() *judgetest.AppleFile {
		f := file()
		i := strings.Index(f.XML, "<key>PayloadContent</key><array>")
		f.XML = f.XML[:i] + "</dict></plist>"
		return f
	}(), file())
	add(
		rulePayloadType,
		"VPN",
		swap(
			"</array></dict></plist>",
			strings.Replace(
				strings.Replace(judgetest.AppleCertificate("com.apple.vpn.managed", []byte("x")), "0E03", "0E09", 1),
				"1.root", "1.vpn", 1)+"</array></dict></plist>",
		),
		file(),
	)
	add(ruleIdentifier, "one word", swap("<string>example.venue.onramp.1</string>", "<string>onramp</string>"),
		swap("<string>example.venue.onramp.1</string>", "<string>example.venue.0a-b_c</string>"))
	add(ruleIdentifier, "a blank",
		swap("<string>example.venue.onramp.1</string>", "<string>example.venue.on ramp</string>"), file())
	add(ruleIdentifier, "two payloads", swap("example.venue.onramp.1.wpa2", "example.venue.onramp.1.passpoint"), file())
	add(ruleIdentifier, "profile and payload", swap("example.venue.onramp.1.wpa2", "example.venue.onramp.1"), file())
	add(ruleUUID, "text", swap("2D1C8C61-1B1C-5F0A-9C11-0A0B0C0D0E02", "wpa2"),
		swap("2D1C8C61-1B1C-5F0A-9C11-0A0B0C0D0E02", "2d1c8c61-1b1c-5f0a-9c11-0a0b0c0d0e02"))
	add(ruleUUID, "letters beyond F",
		swap("2D1C8C61-1B1C-5F0A-9C11-0A0B0C0D0E02", "ZD1C8C61-1B1C-5F0A-9C11-0A0B0C0D0E02"), file())
	add(ruleUUID, "twice", swap("2D1C8C61-1B1C-5F0A-9C11-0A0B0C0D0E02", "2D1C8C61-1B1C-5F0A-9C11-0A0B0C0D0E01"), file())
	add(ruleUUID, "twice in another case",
		swap("2D1C8C61-1B1C-5F0A-9C11-0A0B0C0D0E02", "2d1c8c61-1b1c-5f0a-9c11-0a0b0c0d0e01"), file())
	add(ruleUUIDVersion, "version 4",
		swap("2D1C8C61-1B1C-5F0A-9C11-0A0B0C0D0E02", "2D1C8C61-1B1C-4F0A-9C11-0A0B0C0D0E02"), file())
	add(ruleEncrypted, "IsEncrypted", file().Add(judgetest.InProfile, "<key>IsEncrypted</key><true/>"),
		file().Add(judgetest.InProfile, "<key>IsEncrypted</key><false/>"))
	add(ruleEncrypted, "content",
		file().Add(judgetest.InProfile, "<key>EncryptedPayloadContent</key><data>AAAA</data>"), file())
	add(ruleRemoval, "PayloadRemovalDisallowed",
		file().Add(judgetest.InProfile, "<key>PayloadRemovalDisallowed</key><false/>"), file())
	add(ruleRemoval, "HasRemovalPasscode", file().Add(judgetest.InProfile, "<key>HasRemovalPasscode</key><true/>"),
		file())
	add(ruleRemovalDate, "a minute ago", swap("2027-11-30T08:00:00Z", "2026-12-01T11:59:00Z"),
		swap("2027-11-30T08:00:00Z", "2026-12-01T12:01:00Z"))
	add(ruleExpiryPlace, "PayloadExpirationDate",
		file().Add(judgetest.InProfile, "<key>PayloadExpirationDate</key><date>2027-11-30T08:00:00Z</date>"), file())
	add(ruleExpiryPlace, "DurationUntilRemoval",
		file().Add(judgetest.InProfile, "<key>DurationUntilRemoval</key><real>3600.5</real>"),
		file().Drop("RemovalDate"))
	add(ruleConsent, "no default", swap("<key>default</key>", "<key>en</key>"), file().Drop("ConsentText"))
	add(ruleConsent, "empty", swap("Teniamo l'ora di ogni visita.", " "), file())
	add(ruleTarget, "a watch", file().Add(judgetest.InProfile, "<key>TargetDeviceType</key><integer>2</integer>"),
		file().Add(judgetest.InProfile, "<key>TargetDeviceType</key><integer>1</integer>"))
	add(ruleNoNetwork, "a certificate alone", func() *judgetest.AppleFile {
		f := file()
		f.XML = judgetest.AppleHead + judgetest.AppleCertificate(payloadRoot,
			judgetest.CA().Raw) + "</array></dict></plist>"
		return f
	}(), func() *judgetest.AppleFile {
		f := file()
		f.XML = judgetest.AppleHead + judgetest.AppleWiFi + "</array></dict></plist>"
		return f
	}())
}

func TestAppleMutations(t *testing.T) {
	judgetest.Mutate(t, judge.IOS, CheckIOS, judgetest.NewAppleFile().Bytes())
	judgetest.Mutate(t, judge.MacOS, CheckMacOS, judgetest.NewAppleFile().Bytes())
}

func FuzzCheckIOS(f *testing.F) {
	f.Add(judgetest.NewAppleFile().Bytes())
	f.Add([]byte(judgetest.NewAppleFile().XML))
	f.Add(inPieces())
	judgetest.Fuzz(f, judge.IOS, CheckIOS, func(b []byte) []byte {
		if len(b) > 0 && b[0] == '<' {
			file := judgetest.NewAppleFile()
			file.XML = string(b)
			return file.Bytes()
		}
		return b
	})
}

func FuzzCheckMacOS(f *testing.F) {
	f.Add(judgetest.NewAppleFile().Bytes())
	f.Add([]byte(judgetest.NewAppleFile().XML))
	judgetest.Fuzz(f, judge.MacOS, CheckMacOS, nil)
}

// TestAppleFoundG8 checks both forms of a mobile network: three digits, and two digits with an F.
func TestAppleFoundG8(t *testing.T) {
	for _, code := range []string{"222F01", "222001"} {
		file := judgetest.NewAppleFile().
			Add(judgetest.InHotspot, "<key>MCCAndMNCs</key><array><string>"+code+"</string></array>")
		if v := judge.Decide(judge.IOS, CheckIOS, file.Bytes(), judge.Options{Now: judgetest.Now}); !v.Accepted {
			t.Errorf("%s: %v", code, v.Refusals)
		}
	}
}
