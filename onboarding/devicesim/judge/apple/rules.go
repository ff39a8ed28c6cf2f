package apple

import "onramp/onboarding/devicesim/judge"

// The rules of .mobileconfig, for iPhone, iPad and Mac.

const (
	effectUnreadable  = "the device reports an invalid profile and installs nothing"
	effectNotVerified = "the installer shows the profile as not signed or \"Not Verified\", in red"
	effectNoJoin      = "the profile installs, and the network is never joined"
)

// The signature: CMS SignedData (RFC 5652).
var (
	ruleUnsigned = judge.Refusal("apple-unsigned",
		"The profile is signed.",
		effectNotVerified)
	ruleDER = judge.Refusal("apple-cms-der",
		"The signed file is DER: definite minimal lengths, and nothing before or after the structure.",
		effectUnreadable)
	ruleSignedData = judge.Refusal("apple-cms-signed-data",
		"The CMS content type is SignedData.",
		effectUnreadable)
	ruleDetached = judge.Refusal("apple-cms-detached",
		"The profile is embedded in the SignedData, as content type data.",
		effectUnreadable)
	ruleSigners = judge.Refusal("apple-cms-signers",
		"There is exactly one signer, and its certificate is embedded.",
		effectNotVerified)
	ruleDigest = judge.Refusal("apple-cms-digest",
		"The digest is SHA-256, in the list of digests and at the signer.",
		effectNotVerified)
	ruleSignatureAlgorithm = judge.Refusal("apple-cms-signature-algorithm",
		"The signature is RSA (2048 bits or more, PKCS #1 v1.5) or ECDSA, over SHA-256.",
		effectNotVerified)
	ruleAttributes = judge.Refusal("apple-cms-attributes",
		"The signed attributes hold the content type and the digest of the embedded profile.",
		effectNotVerified)
	ruleSignature = judge.Refusal("apple-cms-signature",
		"The signature verifies with the signer's certificate.",
		"the device reports an altered profile and installs nothing")
	ruleChain = judge.Refusal("apple-cms-chain",
		"The signer's certificate and every intermediate are embedded and form a chain to a trusted root.",
		effectNotVerified)
	ruleRootEmbedded = judge.Refusal("apple-cms-root-embedded",
		"The root certificate is not embedded.",
		"an embedded root is not trusted, and some versions show \"Not Verified\"")
	ruleSignerExpired = judge.Refusal("apple-cms-expired",
		"Every certificate of the signer's chain is valid now.",
		"an expired signer counts as no signature")
	ruleNoTrust = judge.Caution("apple-cms-not-verified",
		"The signature was verified up to a root.",
		"no roots were given, so trust in the signer is unknown")
)

// The property list and its schema.
var (
	rulePlist = judge.Refusal("apple-plist",
		"The profile is an XML property list, version 1.0, with an XML declaration, in UTF-8, whose root is one dict.",
		effectUnreadable)
	ruleDuplicateKey = judge.Refusal("apple-duplicate-key",
		"No dict has a duplicate key.",
		"either of the values may be used")
	ruleUnknownKey = judge.Refusal("apple-unknown-key",
		"Every key is in Apple's schema for its payload.",
		"the key is silently ignored and has no effect")
	ruleKeyPlatform = judge.Refusal("apple-key-platform",
		"Every key is supported on this platform.",
		"the key is silently ignored and has no effect")
	ruleKeyType = judge.Refusal("apple-key-type",
		"Every value has the type of its key.",
		effectUnreadable)
	ruleKeyValue = judge.Refusal("apple-key-value",
		"Every value is allowed for its key.",
		effectUnreadable)
	ruleKeyRequired = judge.Refusal("apple-key-required",
		"Every required key is present.",
		effectUnreadable)
	rulePayloadType = judge.Refusal("apple-payload-type",
		"Payloads are com.apple.wifi.managed, com.apple.security.root, .pkcs1 or .pem.",
		"the installer warns about other payloads in a Wi-Fi profile or refuses it")
	ruleIdentifier = judge.Refusal("apple-identifier",
		"A PayloadIdentifier is reverse-DNS text of letters, digits, hyphens, underscores and dots, and unique in "+
			"the profile.",
		"payloads replace one another, or a second download adds a second profile")
	ruleUUID = judge.Refusal("apple-uuid",
		"A PayloadUUID is a UUID, and unique in the profile.",
		"payloads replace one another, or the installation fails")
	ruleUUIDVersion = judge.Caution("apple-uuid-version",
		"UUIDs are derived from names (version 5).",
		"with random UUIDs a second download adds networks instead of replacing them")
	ruleEncrypted = judge.Refusal("apple-encrypted",
		"The profile is not encrypted.",
		"a device without management cannot decrypt it")
	ruleRemoval = judge.Refusal("apple-removal-disallowed",
		"PayloadRemovalDisallowed and HasRemovalPasscode are absent.",
		"the keys need a supervised device; on others the installation fails or the profile cannot be removed")
	ruleRemovalDate = judge.Refusal("apple-removal-date",
		"RemovalDate is in the future.",
		"the profile is removed as soon as it is installed")
	ruleExpiryPlace = judge.Caution("apple-expiry-place",
		"The expiry is in RemovalDate.",
		"PayloadExpirationDate only offers an update and DurationUntilRemoval counts from the installation")
	ruleConsent = judge.Refusal("apple-consent",
		"ConsentText has texts by language and an entry `default`; none is empty.",
		"in a missing language no text or an arbitrary one is shown")
	ruleTarget = judge.Refusal("apple-target-device",
		"TargetDeviceType, if present, is this platform's.",
		"the device offers the profile to another kind of device")
	ruleNoNetwork = judge.Refusal("apple-no-network",
		"The profile holds at least one com.apple.wifi.managed payload.",
		"the profile is installed without effect")
)

// Wi-Fi payloads.
var (
	ruleSSID = judge.Refusal("apple-ssid",
		"SSID_STR has 1 to 32 bytes and is absent only if DomainName is present.",
		effectUnreadable)
	ruleHotspotDomain = judge.Refusal("apple-hotspot-domain",
		"IsHotspot needs a DomainName that is a domain.",
		effectNoJoin)
	ruleHotspotFlag = judge.Refusal("apple-hotspot-flag",
		"The Passpoint keys are in a payload with IsHotspot.",
		"without IsHotspot the device ignores them")
	ruleEncryption = judge.Refusal("apple-encryption-type",
		"EncryptionType is WPA2 or WPA3.",
		"without it, or with `Any`, WEP is accepted; `WEP` and `WPA` are insecure; `None` contradicts EAP")
	ruleNoEAP = judge.Refusal("apple-eap-missing",
		"The payload has an EAPClientConfiguration and no Password.",
		"the network is not joined with the credential of the profile")
	ruleOI = judge.Refusal("apple-oi",
		"A RoamingConsortiumOI is 6 or 10 upper-case hex digits (the pattern in the published schema says 9, wrongly).",
		"the identifier never matches a hotspot")
	ruleOIRoaming = judge.Refusal("apple-oi-roaming",
		"RoamingConsortiumOIs come with ServiceProviderRoamingEnabled.",
		"without roaming the device does not join the hotspots of the identifiers")
	ruleOIRealms = judge.Caution("apple-oi-and-realms",
		"A payload gives RoamingConsortiumOIs or NAIRealmNames, not both.",
		"hotspots that announce only the identifier are not joined (field report)")
	ruleRealm = judge.Refusal("apple-nai-realm",
		"NAIRealmNames are realms, not empty and without blanks.",
		"the realm never matches a hotspot")
	ruleDuplicateNetwork = judge.Refusal("apple-duplicate-network",
		"No two payloads describe the same network.",
		"one silently replaces the other")
	ruleProxy = judge.Refusal("apple-proxy",
		"ProxyType Manual comes with ProxyServer and ProxyServerPort, and proxy keys come with their ProxyType.",
		"the network is joined without internet access")
	ruleMAC = judge.Caution("apple-mac-randomization",
		"DisableAssociationMACRandomization is absent or false.",
		"Settings shows a privacy warning for the network")
)

// EAP.
var (
	ruleEAPTypes = judge.Refusal("apple-eap-types",
		"AcceptEAPTypes is exactly one of 21 (TTLS) and 25 (PEAP).",
		"with further methods the outer identity is ignored and the user name is sent in clear")
	ruleCredentials = judge.Refusal("apple-eap-credentials",
		"UserName and UserPassword are both present and not empty.",
		"the device prompts for them when joining")
	ruleOneTime = judge.Refusal("apple-one-time-password",
		"OneTimeUserPassword is absent.",
		"the device prompts for the password at each connection")
	ruleInner = judge.Refusal("apple-ttls-inner",
		"TTLSInnerAuthentication is present with EAP-TTLS.",
		"the documented default differs from the implemented one")
	ruleOuter = judge.Refusal("apple-outer-identity",
		"OuterIdentity is present and differs from the user name.",
		"the user name is sent in clear")
	ruleTrust = judge.Refusal("apple-server-trust",
		"TLSTrustedServerNames or PayloadCertificateAnchorUUID is present.",
		"the device shows a certificate and asks whether to trust it")
	ruleServerName = judge.Refusal("apple-server-name",
		"A trusted server name is a host name of the RADIUS server, not a single label or a registrable domain; `*` "+
			"is allowed only as the whole leftmost label.",
		"the name matches no server certificate, or those of other organizations")
	ruleTrustExceptions = judge.Refusal("apple-trust-exceptions",
		"TLSAllowTrustExceptions is absent.",
		"where it still has effect, the device asks whether to trust unknown certificates")
	ruleTLSVersion = judge.Refusal("apple-tls-version",
		"TLSMinimumVersion is 1.2 or 1.3 and not above TLSMaximumVersion, whose default is 1.2.",
		"old TLS is allowed, or the minimum is silently lowered to the maximum")
	ruleClientCertificate = judge.Refusal("apple-client-certificate",
		"No client certificate is named (PayloadCertificateUUID) or required (TLSCertificateIsRequired, "+
			"TLSCertificateRequired).",
		"the network is not joined: the profile has no client certificate")
)

// Certificates.
var (
	ruleAnchor = judge.Refusal("apple-anchor",
		"Each PayloadCertificateAnchorUUID names a certificate payload of this profile.",
		"the installation fails, or the server is never trusted")
	ruleAnchorUnused = judge.Caution("apple-anchor-unused",
		"Each certificate payload is referenced by a network.",
		"the certificate is installed without use")
	ruleCertificate = judge.Refusal("apple-certificate",
		"com.apple.security.root and .pkcs1 carry one certificate in DER, .pem carries one in PEM.",
		effectUnreadable)
	ruleCertificateCA = judge.Refusal("apple-certificate-ca",
		"A trust anchor is a CA certificate.",
		"no server certificate ever verifies, and the network is never joined")
	ruleCertificateExpired = judge.Refusal("apple-certificate-expired",
		"Every certificate in the profile is valid now.",
		"no server certificate ever verifies, and the network is never joined")
)
