package windows

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"sync"

	"onramp/onboarding/devicesim/judge/judgetest"
	"onramp/onboarding/devicesim/judge/xmldoc"
)

// rsaPKI is a root, an intermediate and RSA signers for XML signatures.
type rsaPKI struct {
	root, intermediate *judgetest.Pair
	signer, weak       *x509.Certificate
	key, weakKey       *rsa.PrivateKey
	stranger           *x509.Certificate // of the same key, from another root
	late               *x509.Certificate // of the same key, no longer valid
	elliptic           *judgetest.Pair
}

var testRSA = sync.OnceValue(func() rsaPKI {
	p := rsaPKI{root: judgetest.Issue(judgetest.PanicTB{}, judgetest.CATemplate("XML Root"), nil)}
	p.intermediate = judgetest.Issue(judgetest.PanicTB{}, judgetest.CATemplate("XML Intermediate"), p.root)
	p.key, p.weakKey = judgetest.Must(rsa.GenerateKey(rand.Reader, 2048)), judgetest.Must(
		rsa.GenerateKey(rand.Reader, 1024))
	certify := func(key *rsa.PrivateKey, parent *judgetest.Pair, change func(*x509.Certificate)) *x509.Certificate {
		tmpl := judgetest.LeafTemplate("profiles.venue.example")
		tmpl.SerialNumber = judgetest.Must(rand.Int(rand.Reader, judgetest.CA().SerialNumber))
		tmpl.NotBefore, tmpl.NotAfter = judgetest.Now.AddDate(0, -1, 0), judgetest.Now.AddDate(1, 0, 0)
		if change != nil {
			change(tmpl)
		}
		return judgetest.Must(
			x509.ParseCertificate(
				judgetest.Must(
					x509.CreateCertificate(rand.Reader, tmpl, parent.Certificate, &key.PublicKey, parent.Key)),
			),
		)
	}
	p.signer = certify(p.key, p.intermediate, nil)
	p.weak = certify(p.weakKey, p.intermediate, nil)
	p.stranger = certify(p.key, judgetest.CA(), nil)
	p.late = certify(p.key, p.intermediate, func(c *x509.Certificate) { c.NotAfter = judgetest.Now.AddDate(0, 0, -1) })
	p.elliptic = judgetest.Issue(judgetest.PanicTB{}, judgetest.LeafTemplate("profiles.venue.example"), p.intermediate)
	return p
})

func rsaTrust() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(testRSA().root.Certificate)
	return pool
}

// windowsFile is a signed file in the making.
type windowsFile struct {
	xml          string
	certificates []*x509.Certificate
	c14n         string
	reference    string // Reference element, with DIGEST as placeholder
	method       string
	key          crypto.Signer
	afterwards   func(string) string // done to the signed file
	unsigned     bool
}

const windowsTTLS = `<EapTtls xmlns="http://www.microsoft.com/provisioning/EapTtlsConnectionPropertiesV1">` +
	`<ServerValidation><ServerNames>radius.venue.example;radius2.venue.example</ServerNames>` +
	`<TrustedRootCAHash>ROOTHASH</TrustedRootCAHash><DisablePrompt>true</DisablePrompt></ServerValidation>` +
	`<Phase2Authentication><MSCHAPv2Authentication><UseWinlogonCredentials>false</UseWinlogonCredentials>` +
	`</MSCHAPv2Authentication></Phase2Authentication><Phase1Identity><IdentityPrivacy>true</IdentityPrivacy>` +
	`<AnonymousIdentity>anonymous@venue.example</AnonymousIdentity></Phase1Identity></EapTtls>`

const windowsPEAP = `<Eap xmlns="http://www.microsoft.com/provisioning/BaseEapConnectionPropertiesV1">` +
	`<Type>25</Type><EapType xmlns="http://www.microsoft.com/provisioning/MsPeapConnectionPropertiesV1">` +
	`<ServerValidation><DisableUserPromptForServerValidation>true</DisableUserPromptForServerValidation>` +
	`<ServerNames>radius.venue.example</ServerNames><TrustedRootCA>ROOTHASH</TrustedRootCA></ServerValidation>` +
	`<FastReconnect>true</FastReconnect><InnerEapOptional>false</InnerEapOptional>` +
	`<Eap xmlns="http://www.microsoft.com/provisioning/BaseEapConnectionPropertiesV1"><Type>26</Type>` +
	`<EapType xmlns="http://www.microsoft.com/provisioning/MsChapV2ConnectionPropertiesV1">` +
	`<UseWinLogonCredentials>false</UseWinLogonCredentials></EapType></Eap><PeapExtensions>` +
	`<PerformServerValidation xmlns="http://www.microsoft.com/provisioning/MsPeapConnectionPropertiesV2">` +
	`true</PerformServerValidation><AcceptServerName ` +
	`xmlns="http://www.microsoft.com/provisioning/MsPeapConnectionPropertiesV2">true</AcceptServerName>` +
	`<IdentityPrivacy xmlns="http://www.microsoft.com/provisioning/MsPeapConnectionPropertiesV2">` +
	`<EnableIdentityPrivacy>true</EnableIdentityPrivacy><AnonymousUserName>anonymous</AnonymousUserName>` +
	`</IdentityPrivacy></PeapExtensions></EapType></Eap>`

const windowsPEAPUser = `<Eap xmlns="http://www.microsoft.com/provisioning/BaseEapUserPropertiesV1"><Type>25</Type>` +
	`<EapType xmlns="http://www.microsoft.com/provisioning/MsPeapUserPropertiesV1">` +
	`<RoutingIdentity>anonymous@venue.example</RoutingIdentity>` +
	`<Eap xmlns="http://www.microsoft.com/provisioning/BaseEapUserPropertiesV1"><Type>26</Type>` +
	`<EapType xmlns="http://www.microsoft.com/provisioning/MsChapV2UserPropertiesV1"><Username>anna</Username>` +
	`<Password> caf&#233; &amp; "x"</Password><LogonDomain/></EapType></Eap></EapType></Eap>`

const windowsTTLSUser = `<EapTtls xmlns="http://www.microsoft.com/provisioning/EapTtlsUserPropertiesV1">` +
	`<Username>anna</Username><Password> caf&#233; &amp; "x"</Password></EapTtls>`

func windowsSecurity(method, author, config, user string) string {
	m := strings.NewReplacer("METHOD", method, "AUTHOR", author).
		Replace(
			`<EapMethod><Type xmlns="http://www.microsoft.com/provisioning/EapCommon">METHOD</Type>` +
				`<VendorId xmlns="http://www.microsoft.com/provisioning/EapCommon">0</VendorId>` +
				`<VendorType xmlns="http://www.microsoft.com/provisioning/EapCommon">0</VendorType>` +
				`<AuthorId xmlns="http://www.microsoft.com/provisioning/EapCommon">AUTHOR</AuthorId></EapMethod>`)
	hash := sha1.Sum(judgetest.CA().Raw)
	return `<MSM><security><authEncryption><authentication>WPA2</authentication><encryption>AES</encryption>` +
		`<useOneX>true</useOneX></authEncryption>
<OneX xmlns="http://www.microsoft.com/networking/OneX/v1"><authMode>user</authMode><EAPConfig>` +
		`<EapHostConfig xmlns="http://www.microsoft.com/provisioning/EapHostConfig">` + m + `<Config>` +
		strings.ReplaceAll(
			config,
			"ROOTHASH",
			hex.EncodeToString(hash[:]),
		) + `</Config></EapHostConfig></EAPConfig></OneX>
<EapHostUserCredentials xmlns="http://www.microsoft.com/provisioning/EapHostUserCredentials">` + m + `<Credentials>` +
		user + `</Credentials></EapHostUserCredentials></security></MSM>`
}

func newWindowsFile() *windowsFile {
	p := testRSA()
	return &windowsFile{
		xml: `<?xml version="1.0" encoding="UTF-8"?>
<CarrierProvisioning xmlns="http://www.microsoft.com/networking/CarrierControl/v1">
<Global><CarrierId>{CF68A9B1-CBE0-5224-B0F5-2B21056773EE}</CarrierId><SubscriberId>018f3a5c7b1d</SubscriberId></Global>
<WLANProfiles>
<WLANProfile xmlns="http://www.microsoft.com/networking/CarrierControl/WLAN/v1"><name>Caff&#232; &amp; "Bar"</name>` +
			`<SSIDConfig><SSID><name>Passpoint</name></SSID></SSIDConfig><Hotspot2>` +
			`<DomainName>venue.example</DomainName><NAIRealm><name>wifi.venue.example</name></NAIRealm><Network3GPP>` +
			`<PLMNID>222001</PLMNID></Network3GPP><RoamingConsortium><OUI>5A03BA0000</OUI>` +
			`<OUI>004096</OUI></RoamingConsortium></Hotspot2>` + windowsSecurity("21", "311", windowsTTLS,
			windowsTTLSUser) + `</WLANProfile>
<WLANProfile xmlns="http://www.microsoft.com/networking/CarrierControl/WLAN/v1"><name>Venue</name><SSIDConfig><SSID>` +
			`<hex>56656E7565</hex></SSID></SSIDConfig>` + windowsSecurity("25", "0", windowsPEAP, windowsPEAPUser) +
			`</WLANProfile>
</WLANProfiles></CarrierProvisioning>`,
		certificates: []*x509.Certificate{p.signer, p.intermediate.Certificate},
		c14n:         dsigC14N,
		method:       dsigRSASHA256,
		key:          p.key,
		reference: `<Reference URI=""><Transforms>` +
			`<Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"></Transform></Transforms>` +
			`<DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"></DigestMethod>` +
			`<DigestValue>DIGEST</DigestValue></Reference>`,
	}
}

// swap replaces text in the XML. It panics if the text is missing.
func (f *windowsFile) swap(old, new string) *windowsFile {
	if !strings.Contains(f.xml, old) {
		panic("no " + old + " in the fixture")
	}
	f.xml = strings.Replace(f.xml, old, new, 1)
	return f
}

// bytes signs the file. The digest is computed with the code under test; TestWindowsAgainstXMLSec
// checks that it is right.
func (f *windowsFile) bytes() []byte {
	if f.unsigned {
		return []byte(f.xml)
	}
	content, err := (&xmldoc.Canonicalizer{}).Write(f.xml)
	if err != nil {
		return []byte(f.xml)
	}
	digest := sha256.Sum256([]byte(content))
	reference := strings.Replace(f.reference, "DIGEST", base64.StdEncoding.EncodeToString(digest[:]), 1)
	body := `<CanonicalizationMethod Algorithm="` + f.c14n + `"></CanonicalizationMethod><SignatureMethod Algorithm="` +
		f.method + `"></SignatureMethod>` + reference
	signed := sha256.Sum256([]byte(`<SignedInfo xmlns="` + nsDSig + `">` + body + `</SignedInfo>`))
	var value []byte
	switch key := f.key.(type) {
	case *rsa.PrivateKey:
		value = judgetest.Must(rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, signed[:]))
	case *ecdsa.PrivateKey:
		value = judgetest.Must(ecdsa.SignASN1(rand.Reader, key, signed[:]))
	}
	var certs strings.Builder
	for _, c := range f.certificates {
		certs.WriteString("<X509Certificate>\n" + base64.StdEncoding.EncodeToString(c.Raw) + "\n</X509Certificate>")
	}
	signature := `<Signature xmlns="` + nsDSig + `"><SignedInfo>` + body + `</SignedInfo><SignatureValue>` +
		base64.StdEncoding.EncodeToString(
			value,
		) +
		`</SignatureValue><KeyInfo><X509Data>` + certs.String() + `</X509Data></KeyInfo></Signature>`
	out := strings.Replace(f.xml, "</CarrierProvisioning>", signature+"</CarrierProvisioning>", 1)
	if f.afterwards != nil {
		out = f.afterwards(out)
	}
	return []byte(out)
}
