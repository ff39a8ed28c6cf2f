package android

import "onramp/onboarding/devicesim/judge"

// The rules of application/x-wifi-config. The installer drops an invalid file with a short notice
// or silently.

const (
	effectUnreadable = "the installer cannot read the file and installs nothing"
	effectInvalid    = "the installer reads the file, finds the configuration invalid and installs nothing"
)

// The file and its certificate.
var (
	ruleCABundle = judge.Refusal("android-ca-bundle",
		"The CA part holds one certificate.",
		"only the first certificate is taken, the others are silently dropped and the network may never be joined")
	ruleCA = judge.Refusal("android-ca-certificate",
		"The CA part is base64 of one X.509 certificate, DER or PEM.",
		effectUnreadable)
	ruleCANotCA = judge.Refusal("android-ca-not-ca",
		"The certificate in the CA part is a CA certificate.",
		"the file installs, no server certificate ever verifies, and the network is never joined")
	ruleCAExpired = judge.Refusal("android-ca-expired",
		"The certificate in the CA part is valid now.",
		"the file installs, no server certificate ever verifies, and the network is never joined")
	ruleCaptiveSize = judge.Caution("android-captive-size",
		"The file is at most 100,000 bytes.",
		"in the captive-portal login window the second download stops at 100,000 bytes and nothing is installed")
)

// The XML tree.
var (
	ruleUTF8 = judge.Refusal("android-utf8",
		"The profile is valid UTF-8.",
		"invalid characters become U+FFFD, so names or passwords are wrong")
	ruleXML = judge.Refusal("android-xml",
		"The profile is well-formed XML 1.0 or 1.1: escaped, without a byte order mark, the declaration first and "+
			"in it the version first.",
		effectUnreadable)
	ruleDTD = judge.Refusal("android-dtd",
		"The profile declares no entities and has no internal DTD.",
		"parsers differ on declared entities; a name or password may be empty")
	ruleDoctype = judge.Caution("android-doctype",
		"A DOCTYPE is not needed.",
		"it is ignored")
	ruleTooBig = judge.Refusal("android-xml-size",
		"The profile has at most 20,000 elements, nested at most 64 deep, with at most 256 attributes each.",
		effectUnreadable)
	ruleRoot = judge.Refusal("android-root",
		"The root element is `MgmtTree` without a namespace prefix.",
		effectUnreadable)
	ruleVerDTD = judge.Refusal("android-verdtd",
		"There is at most one VerDTD under MgmtTree.",
		effectUnreadable)
	ruleNode = judge.Refusal("android-node",
		"A Node holds one NodeName and either one Value or child Nodes, and no other element.",
		effectUnreadable)
	ruleTopNode = judge.Refusal("android-pps-node",
		"MgmtTree holds exactly one Node, whose NodeName is PerProviderSubscription.",
		effectUnreadable)
	ruleURN = judge.Refusal("android-urn",
		"RTProperties, if present, holds only Type and DDFName "+
			"`urn:wfa:mo:hotspot2dot0-perprovidersubscription:1.0` with a plain hyphen.",
		effectUnreadable)
	ruleInstance = judge.Refusal("android-instance",
		"PerProviderSubscription holds exactly one instance node, with children.",
		effectUnreadable)
	ruleUnknownNode = judge.Refusal("android-unknown-node",
		"Every node outside Extension is known to the parser.",
		effectUnreadable)
	ruleDuplicateNode = judge.Refusal("android-duplicate-node",
		"Sibling nodes have different names.",
		effectUnreadable)
	ruleLeaf = judge.Refusal("android-leaf",
		"A node that carries a value has no children and one that carries children has no value.",
		effectUnreadable)
	ruleInteger = judge.Refusal("android-integer",
		"Numbers are integers within their type, those of a HESSID in hex.",
		effectUnreadable)
	ruleDate = judge.Refusal("android-date",
		"Dates are `yyyy-MM-ddTHH:mm:ssZ`, with no fraction and no offset.",
		"other formats are refused or read as another time")
	ruleMissingField = judge.Refusal("android-missing-field",
		"List entries (NetworkID, HomeOIList, OtherHomePartners, trusted names, policies) have their required fields.",
		effectUnreadable)
)

// HomeSP and Credential.
var (
	ruleHomeSP = judge.Refusal("android-homesp",
		"The instance has a HomeSP.",
		effectInvalid)
	ruleCredential = judge.Refusal("android-credential",
		"The instance has a Credential.",
		effectUnreadable)
	ruleFQDN = judge.Refusal("android-fqdn",
		"HomeSP/FQDN is present and at most 255 bytes of UTF-8.",
		effectInvalid)
	ruleFriendlyName = judge.Refusal("android-friendly-name",
		"HomeSP/FriendlyName is present and at most 255 bytes of UTF-8.",
		effectInvalid)
	ruleOI = judge.Refusal("android-oi",
		"RoamingConsortiumOI is hex numbers joined by commas: no space, dash or 0x, and never empty.",
		effectUnreadable)
	ruleOICount = judge.Refusal("android-oi-count",
		"There are at most 36 organization identifiers in RoamingConsortiumOI, 36 that HomeOIList requires and 36 "+
			"that it does not.",
		effectInvalid)
	ruleOISize = judge.Refusal("android-oi-size",
		"An organization identifier has at most 40 bits.",
		effectInvalid)
	ruleOILength = judge.Caution("android-oi-length",
		"An organization identifier has 6 or 10 hex digits.",
		"the identifier never matches a hotspot")
	ruleOIComma = judge.Caution("android-oi-comma",
		"The list of organization identifiers does not end with a comma.",
		"the empty end of the list is dropped")
	ruleHESSID = judge.Refusal("android-hessid",
		"A HESSID is a hex number of at most 48 bits.",
		effectInvalid)
	ruleEntryCount = judge.Refusal("android-entry-count",
		"NetworkID, OtherHomePartners, AAAServerTrustRoot and PreferredRoamingPartnerList have at most 16 entries, "+
			"SPExclusionList 128.",
		effectInvalid)
	ruleTooLong = judge.Refusal("android-too-long",
		"IconURL has at most 2048 bytes, a home partner 255 characters, SoftTokenApp and TypeOfSubscription 255 bytes.",
		effectInvalid)
	ruleSSID = judge.Refusal("android-ssid",
		"An SSID in NetworkID or SPExclusionList is at most 32 bytes.",
		effectInvalid)
	ruleRealm = judge.Refusal("android-realm",
		"Credential/Realm is present and at most 253 bytes.",
		effectInvalid)
	ruleOneCredential = judge.Refusal("android-one-credential",
		"Exactly one of UsernamePassword, DigitalCertificate and SIM is given.",
		effectInvalid)
	ruleUsername = judge.Refusal("android-username",
		"Username has 1 to 63 bytes.",
		effectInvalid)
	rulePassword = judge.Refusal("android-password",
		"Password has 1 to 255 bytes in its encoded form.",
		effectInvalid)
	rulePasswordEncoding = judge.Refusal("android-password-encoding",
		"Password is strict, padded base64 of UTF-8 text.",
		"the device decodes another password and authentication fails")
	ruleEAPType = judge.Refusal("android-eap-type",
		"EAPMethod/EAPType of a UsernamePassword is 21 (EAP-TTLS).",
		effectInvalid)
	ruleInner = judge.Refusal("android-inner-method",
		"EAPMethod/InnerMethod is PAP, MS-CHAP or MS-CHAP-V2, in that spelling.",
		effectInvalid)
	ruleClientCertificate = judge.Refusal("android-client-certificate",
		"There is neither a DigitalCertificate nor an application/x-pkcs12 part.",
		"client certificates (EAP-TLS) are not supported by Onramp")
	ruleFingerprint = judge.Refusal("android-fingerprint",
		"A CertSHA256Fingerprint is 64 hex digits.",
		effectInvalid)
	ruleIMSI = judge.Refusal("android-imsi",
		"SIM/IMSI is up to 15 digits, or fewer with a `*` at the end.",
		effectInvalid)
	ruleSIMType = judge.Refusal("android-sim-eap-type",
		"SIM/EAPType is 18, 23 or 50.",
		effectInvalid)
	ruleOCSP = judge.Caution("android-check-status",
		"CheckAAAServerCertStatus is absent.",
		"the device requires a stapled OCSP response, which few RADIUS servers send")
	ruleTrimmed = judge.Caution("android-trimmed",
		"No value starts or ends with a blank.",
		"leading and trailing blanks are removed")
)

// Lifetime, policy and trust.
var (
	ruleExpired = judge.Refusal("android-expired",
		"SubscriptionParameters/ExpirationDate is in the future.",
		"the profile has expired and the network is never joined")
	ruleExpiryPlace = judge.Caution("android-expiry-place",
		"The expiry is in SubscriptionParameters/ExpirationDate.",
		"Credential/ExpirationDate is not enforced, so the profile never expires")
	ruleSubscriptionUpdate = judge.Refusal("android-subscription-update",
		"There is no SubscriptionUpdate.",
		"the file is valid, but the installation fails on every version")
	rulePolicyUpdate = judge.Refusal("android-policy-update",
		"A Policy holds a PolicyUpdate with interval, method, restriction, server (1023 bytes), user and trust root.",
		effectInvalid)
	rulePolicyValue = judge.Refusal("android-policy-value",
		"The entries of a Policy have values within their limits.",
		effectInvalid)
	rulePolicy = judge.Caution("android-policy",
		"Policy is absent.",
		"the policy is ignored without a subscription server")
	ruleTrustRoot = judge.Refusal("android-trust-root",
		"An entry of AAAServerTrustRoot has a CertURL of 1 to 2048 bytes and a CertSHA256Fingerprint of 32 bytes.",
		effectInvalid)
	ruleTrustedNames = judge.Refusal("android-trusted-names",
		"AAAServerTrustedNames/FQDN is a list of host names joined by semicolons, without blanks.",
		"an invalid name never matches and the network is never joined")
	ruleTrustedNameCount = judge.Refusal("android-trusted-name-count",
		"There are at most 16 trusted names of at most 255 bytes each.",
		effectInvalid)
	ruleSuffixLength = judge.Refusal("android-server-match-length",
		"The trusted names joined by semicolons, or else HomeSP/FQDN, have at most 254 characters.",
		"Android 14 to 16 silently drop the names: any server with a trusted certificate gets the password, or "+
			"authentication fails")
	ruleTrustedDomain = judge.Caution("android-trusted-domain",
		"A trusted name is the RADIUS server's host name, not a whole registrable domain.",
		"names are compared by suffix: every host of the domain could act as the RADIUS server")
	ruleCAIgnored = judge.Caution("android-ca-ignored",
		"A file with AAAServerTrustedNames has no CA part.",
		"with trusted names the system's authorities are used; the CA part counts only before Android 11")
	ruleNoCA = judge.Caution("android-no-ca",
		"Without a CA part the profile needs Android 11.",
		"phones before Android 11 refuse a profile without a CA part")
	ruleDecorated = judge.Refusal("android-decorated-prefix",
		"Extension/WBA/NAI/DecoratedPrefix is at most 16 realms of at most 255 characters, each followed by `!`.",
		effectUnreadable)
)
