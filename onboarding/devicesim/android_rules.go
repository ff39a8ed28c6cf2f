package devicesim

// The rules of application/x-wifi-config, the file Android's Passpoint installer takes. What it cannot parse
// it drops with a short notice or none at all; the person sees "couldn't install" or nothing.

const (
	androidDrops   = "the installer cannot read the file and installs nothing"
	androidInvalid = "the installer reads the file, finds the configuration invalid and installs nothing"
)

// The file and its certificate.
var (
	androidCABundle = refusal("android-ca-bundle",
		"The CA part holds one certificate.",
		"only the first certificate is taken, the others are silently dropped and the network may never be joined")
	androidCA = refusal("android-ca-certificate",
		"The CA part is base64 of one X.509 certificate, DER or PEM.",
		androidDrops)
	androidCANotCA = refusal("android-ca-not-ca",
		"The certificate in the CA part is a certification authority's.",
		"the file installs, no server certificate ever verifies, and the network is never joined")
	androidCAExpired = refusal("android-ca-expired",
		"The certificate in the CA part is valid now.",
		"the file installs, no server certificate ever verifies, and the network is never joined")
	androidCaptiveSize = caution("android-captive-size",
		"The file is at most 100,000 bytes.",
		"in the captive-portal login window the second download stops at 100,000 bytes and nothing is installed")
)

// The XML tree.
var (
	androidUTF8 = refusal("android-utf8",
		"The profile is valid UTF-8.",
		"broken characters become replacement characters and names or passwords are wrong")
	androidXML = refusal("android-xml",
		"The profile is well-formed XML 1.0 or 1.1: escaped, no byte order mark, nothing before the declaration, which names the version first.",
		androidDrops)
	androidDTD = refusal("android-dtd",
		"The profile declares no entities and has no internal DTD.",
		"old and new parsers differ on declared entities; a name or password may arrive empty")
	androidDoctype = caution("android-doctype",
		"A DOCTYPE is not needed.",
		"it is read and ignored")
	androidTooBig = refusal("android-xml-size",
		"The profile has at most 20,000 elements, nested at most 64 deep, with at most 256 attributes each.",
		androidDrops)
	androidRoot = refusal("android-root",
		"The root element is `MgmtTree` without a namespace prefix.",
		androidDrops)
	androidVerDTD = refusal("android-verdtd",
		"There is at most one VerDTD under MgmtTree.",
		androidDrops)
	androidNode = refusal("android-node",
		"A Node holds one NodeName and either one Value or child Nodes, and no other element.",
		androidDrops)
	androidTopNode = refusal("android-pps-node",
		"MgmtTree holds exactly one Node, whose NodeName is PerProviderSubscription.",
		androidDrops)
	androidURN = refusal("android-urn",
		"RTProperties, if present, holds only Type and DDFName `urn:wfa:mo:hotspot2dot0-perprovidersubscription:1.0` with a plain hyphen.",
		androidDrops)
	androidInstance = refusal("android-instance",
		"PerProviderSubscription holds exactly one instance node, with children.",
		androidDrops)
	androidUnknownNode = refusal("android-unknown-node",
		"Every node outside Extension is one that the parser knows.",
		androidDrops)
	androidDuplicateNode = refusal("android-duplicate-node",
		"Sibling nodes have different names.",
		androidDrops)
	androidLeaf = refusal("android-leaf",
		"A node that carries a value has no children and one that carries children has no value.",
		androidDrops)
	androidInteger = refusal("android-integer",
		"Numbers are integers within their type, those of a HESSID in hex.",
		androidDrops)
	androidDate = refusal("android-date",
		"Dates are `yyyy-MM-ddTHH:mm:ssZ`, with no fraction and no offset.",
		"dates in another form are refused or read as another moment")
	androidMissingField = refusal("android-missing-field",
		"List entries (NetworkID, HomeOIList, OtherHomePartners, trusted names, policies) carry the fields they are made of.",
		androidDrops)
)

// HomeSP and Credential.
var (
	androidHomeSP = refusal("android-homesp",
		"The instance has a HomeSP.",
		androidInvalid)
	androidCredential = refusal("android-credential",
		"The instance has a Credential.",
		androidDrops)
	androidFQDN = refusal("android-fqdn",
		"HomeSP/FQDN is present and at most 255 bytes of UTF-8.",
		androidInvalid)
	androidFriendlyName = refusal("android-friendly-name",
		"HomeSP/FriendlyName is present and at most 255 bytes of UTF-8.",
		androidInvalid)
	androidOI = refusal("android-oi",
		"RoamingConsortiumOI is hex numbers joined by commas: no space, dash or 0x, and never empty.",
		androidDrops)
	androidOICount = refusal("android-oi-count",
		"There are at most 36 organization identifiers in RoamingConsortiumOI, 36 that HomeOIList requires and 36 that it does not.",
		androidInvalid)
	androidOISize = refusal("android-oi-size",
		"An organization identifier has at most 40 bits.",
		androidInvalid)
	androidOILength = caution("android-oi-length",
		"An organization identifier has 6 or 10 hex digits.",
		"no hotspot announces an identifier of another length, so it never matches")
	androidOIComma = caution("android-oi-comma",
		"The list of organization identifiers does not end in a comma.",
		"the empty end of the list is dropped")
	androidHESSID = refusal("android-hessid",
		"A HESSID is a hex number of at most 48 bits.",
		androidInvalid)
	androidEntryCount = refusal("android-entry-count",
		"NetworkID, OtherHomePartners, AAAServerTrustRoot and PreferredRoamingPartnerList have at most 16 entries, SPExclusionList 128.",
		androidInvalid)
	androidTooLong = refusal("android-too-long",
		"IconURL has at most 2048 bytes, a home partner 255 characters, SoftTokenApp and TypeOfSubscription 255 bytes.",
		androidInvalid)
	androidSSID = refusal("android-ssid",
		"An SSID in NetworkID or SPExclusionList is at most 32 bytes.",
		androidInvalid)
	androidRealm = refusal("android-realm",
		"Credential/Realm is present and at most 253 bytes.",
		androidInvalid)
	androidOneCredential = refusal("android-one-credential",
		"Exactly one of UsernamePassword, DigitalCertificate and SIM is given.",
		androidInvalid)
	androidUsername = refusal("android-username",
		"Username has 1 to 63 bytes.",
		androidInvalid)
	androidPassword = refusal("android-password",
		"Password has 1 to 255 bytes as written in the file.",
		androidInvalid)
	androidPasswordEncoding = refusal("android-password-encoding",
		"Password is strict, padded base64 of UTF-8 text.",
		"the device decodes the value to garbage and authentication always fails")
	androidEAPType = refusal("android-eap-type",
		"EAPMethod/EAPType of a UsernamePassword is 21 (EAP-TTLS).",
		androidInvalid)
	androidInner = refusal("android-inner-method",
		"EAPMethod/InnerMethod is PAP, MS-CHAP or MS-CHAP-V2, in that spelling.",
		androidInvalid)
	androidClientCertificate = refusal("android-client-certificate",
		"There is neither a DigitalCertificate nor an application/x-pkcs12 part.",
		"EAP-TLS is not supported here: the judge does not read client certificates")
	androidFingerprint = refusal("android-fingerprint",
		"A CertSHA256Fingerprint is 64 hex digits.",
		androidInvalid)
	androidIMSI = refusal("android-imsi",
		"SIM/IMSI is up to 15 digits, or fewer with a `*` at the end.",
		androidInvalid)
	androidSIMType = refusal("android-sim-eap-type",
		"SIM/EAPType is 18, 23 or 50.",
		androidInvalid)
	androidOCSP = caution("android-check-status",
		"CheckAAAServerCertStatus is left out.",
		"the device then wants a stapled OCSP answer that hardly any RADIUS server gives")
	androidTrimmed = caution("android-trimmed",
		"No value begins or ends with a blank.",
		"leading and trailing blanks are cut off")
)

// Lifetime, policy and trust.
var (
	androidExpired = refusal("android-expired",
		"SubscriptionParameters/ExpirationDate lies ahead.",
		"the profile has expired: it is installed at most to be ignored, and the network is never joined")
	androidExpiryPlace = caution("android-expiry-place",
		"The expiry stands in SubscriptionParameters/ExpirationDate.",
		"Credential/ExpirationDate is not enforced, so the profile never ends")
	androidSubscriptionUpdate = refusal("android-subscription-update",
		"There is no SubscriptionUpdate.",
		"the file validates, but the installation fails on every version")
	androidPolicyUpdate = refusal("android-policy-update",
		"A Policy holds a PolicyUpdate with interval, method, restriction, server (1023 bytes), user and trust root.",
		androidInvalid)
	androidPolicyValue = refusal("android-policy-value",
		"The entries of a Policy have values within their limits.",
		androidInvalid)
	androidPolicy = caution("android-policy",
		"Policy is left out.",
		"the policy is for subscription servers and is otherwise ignored")
	androidTrustRoot = refusal("android-trust-root",
		"An entry of AAAServerTrustRoot has a CertURL of 1 to 2048 bytes and a CertSHA256Fingerprint of 32 bytes.",
		androidInvalid)
	androidTrustedNames = refusal("android-trusted-names",
		"AAAServerTrustedNames/FQDN is a list of host names joined by semicolons, without blanks.",
		"a name that is no host name never matches and the network is never joined")
	androidTrustedNameCount = refusal("android-trusted-name-count",
		"There are at most 16 trusted names of at most 255 bytes each.",
		androidInvalid)
	androidSuffixLength = refusal("android-server-match-length",
		"The trusted names joined by semicolons, or without them HomeSP/FQDN, have at most 254 characters.",
		"Android 14 to 16 drop the names without a word: any server with a certificate of a known authority is given the password, or none is")
	androidTrustedDomain = caution("android-trusted-domain",
		"A trusted name is the RADIUS server's host name, not a whole registrable domain.",
		"names are compared by suffix: every host of the domain could play the RADIUS server")
	androidCAIgnored = caution("android-ca-ignored",
		"There is no CA part beside AAAServerTrustedNames.",
		"the trusted names force the system's authorities: the CA part counts only before Android 11")
	androidNoCA = caution("android-no-ca",
		"Without a CA part the profile needs Android 11.",
		"phones before Android 11 refuse a profile without a CA part")
	androidDecorated = refusal("android-decorated-prefix",
		"Extension/WBA/NAI/DecoratedPrefix is at most 16 realms of at most 255 characters, each followed by `!`.",
		androidDrops)
)
