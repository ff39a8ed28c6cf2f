package devicesim

// The rules of CarrierProvisioning, the signed XML that Windows Settings takes from an
// `ms-settings:wifi-provisioning` link.

const (
	windowsDrops    = "Windows Settings says the file is not valid and adds nothing"
	windowsUnsigned = "Windows Settings says the file is not properly signed and adds nothing"
	windowsNoJoin   = "the profile is added, and the network is never joined"
)

var (
	windowsXML = refusal("windows-xml",
		"The file is well-formed XML in UTF-8 with an XML declaration, no DTD and no processing instruction.",
		windowsDrops)
	windowsSchema = refusal("windows-schema",
		"Elements stand as Microsoft's schemas order them: a name, SSIDConfig also for Passpoint and without nonBroadcast, Hotspot2, MSM.",
		windowsDrops)
	windowsNamespace = refusal("windows-namespace",
		"CarrierProvisioning, WLANProfile, OneX and the EAP configuration are each in their own namespace.",
		windowsDrops)
	windowsGlobal = refusal("windows-global",
		"Global has a CarrierId that is a GUID in braces, and a SubscriberId.",
		windowsDrops)
	windowsNoProfile = refusal("windows-no-profile",
		"There is at least one WLANProfile, each with a name of its own.",
		"an empty list deletes every profile of this carrier from the device")
	windowsSignatureMissing = refusal("windows-signature-missing",
		"The last child of CarrierProvisioning is an enveloped XML signature.",
		windowsUnsigned)
	windowsSignatureShape = refusal("windows-signature-shape",
		"The signature has one Reference with an empty URI, one Transform (enveloped-signature), Canonical XML 1.0 or its exclusive form, and X509Certificate elements.",
		windowsUnsigned)
	windowsSignatureAlgorithm = refusal("windows-signature-algorithm",
		"The signature is RSA-SHA256 over a SHA-256 digest, with a key of at least 2048 bits.",
		windowsUnsigned)
	windowsDigest = refusal("windows-signature-digest",
		"The digest is that of the document.",
		"Windows Settings says the file was changed and adds nothing")
	windowsSignature = refusal("windows-signature",
		"The signature verifies with the signer's certificate.",
		"Windows Settings says the signature is not valid and adds nothing")
	windowsChain = refusal("windows-chain",
		"The certificates build a chain from the signer to a trusted root, which is left out.",
		windowsUnsigned)
	windowsSignerExpired = refusal("windows-signer-expired",
		"Every certificate of the signer's chain is valid now.",
		windowsUnsigned)
	windowsNoTrust = caution("windows-not-verified",
		"The signature was verified up to a root.",
		"no roots were given: whether the device trusts the signer is not known")
	windowsNetwork = refusal("windows-network",
		"A WLANProfile has SSIDs of 1 to 32 bytes, each hex or name and not both; a Hotspot2 has a DomainName.",
		windowsDrops)
	windowsOUI = refusal("windows-oui",
		"An OUI is 3 to 5 octets in hex.",
		windowsDrops)
	windowsAuth = refusal("windows-authentication",
		"authEncryption is WPA2 (the schema knows no WPA3) with AES and useOneX, and authMode is user.",
		windowsNoJoin)
	windowsEAP = refusal("windows-eap",
		"The method is EAP-TTLS (21, author 311) with MSCHAPv2, or PEAP (25, author 0) with EAP-MSCHAPv2. PAP is not taken from the web.",
		windowsNoJoin)
	windowsServer = refusal("windows-server-validation",
		"ServerNames lists host names, or a host name behind `[^.]*\\.` with its dots escaped, joined by semicolons, and the prompt is disabled.",
		"the person is asked whether to trust the server, or any server is trusted")
	windowsRoot = refusal("windows-trusted-root",
		"A trusted root is named by its SHA-1 or SHA-256 hash in hex.",
		windowsDrops)
	windowsOuter = refusal("windows-outer-identity",
		"Identity privacy is on, with an anonymous identity that is not the user name.",
		"the user name goes out in clear")
	windowsPEAPOuter = refusal("windows-peap-outer-identity",
		"AnonymousUserName of PEAP is the part before the @.",
		"Windows adds the user name's realm to it, so the RADIUS server sees an identity with two of them and refuses it")
	windowsCredentials = refusal("windows-credentials",
		"EapHostUserCredentials carries user name and password for the same method.",
		"the person is asked for them when joining")
)
