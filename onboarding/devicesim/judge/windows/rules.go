package windows

import "onramp/onboarding/devicesim/judge"

// The rules of CarrierProvisioning, the signed XML of an `ms-settings:wifi-provisioning` link.

const (
	effectInvalid  = "Windows Settings reports an invalid file and adds nothing"
	effectUnsigned = "Windows Settings reports a file that is not properly signed and adds nothing"
	effectNoJoin   = "the profile is added, and the network is never joined"
)

var (
	ruleXML = judge.Refusal("windows-xml",
		"The file is well-formed XML in UTF-8 with an XML declaration, no DTD and no processing instruction.",
		effectInvalid)
	ruleSchema = judge.Refusal("windows-schema",
		"Elements are in the order of Microsoft's schemas: a name, SSIDConfig also for Passpoint and without "+
			"nonBroadcast, Hotspot2, MSM.",
		effectInvalid)
	ruleNamespace = judge.Refusal("windows-namespace",
		"CarrierProvisioning, WLANProfile, OneX and the EAP configuration are each in their own namespace.",
		effectInvalid)
	ruleGlobal = judge.Refusal("windows-global",
		"Global has a CarrierId that is a GUID in braces, and a SubscriberId.",
		effectInvalid)
	ruleNoProfile = judge.Refusal("windows-no-profile",
		"There is at least one WLANProfile, each with a unique name.",
		"an empty list deletes every profile of this carrier from the device")
	ruleSignatureMissing = judge.Refusal("windows-signature-missing",
		"The last child of CarrierProvisioning is an enveloped XML signature.",
		effectUnsigned)
	ruleSignatureShape = judge.Refusal("windows-signature-shape",
		"The signature has one Reference with an empty URI, one Transform (enveloped-signature), Canonical XML 1.0 "+
			"or its exclusive form, and X509Certificate elements.",
		effectUnsigned)
	ruleSignatureAlgorithm = judge.Refusal("windows-signature-algorithm",
		"The signature is RSA-SHA256 over a SHA-256 digest, with a key of at least 2048 bits.",
		effectUnsigned)
	ruleDigest = judge.Refusal("windows-signature-digest",
		"The digest is that of the document.",
		"Windows Settings reports a changed file and adds nothing")
	ruleSignature = judge.Refusal("windows-signature",
		"The signature verifies with the signer's certificate.",
		"Windows Settings reports an invalid signature and adds nothing")
	ruleChain = judge.Refusal("windows-chain",
		"The certificates form a chain from the signer to a trusted root, which is not included.",
		effectUnsigned)
	ruleSignerExpired = judge.Refusal("windows-signer-expired",
		"Every certificate of the signer's chain is valid now.",
		effectUnsigned)
	ruleNoTrust = judge.Caution("windows-not-verified",
		"The signature was verified up to a root.",
		"no roots were given, so trust in the signer is unknown")
	ruleNetwork = judge.Refusal("windows-network",
		"A WLANProfile has SSIDs of 1 to 32 bytes, each hex or name and not both; a Hotspot2 has a DomainName.",
		effectInvalid)
	ruleOUI = judge.Refusal("windows-oui",
		"An OUI is 3 to 5 octets in hex.",
		effectInvalid)
	ruleAuth = judge.Refusal("windows-authentication",
		"authEncryption is WPA2 (the schema has no WPA3) with AES and useOneX, and authMode is user.",
		effectNoJoin)
	ruleEAP = judge.Refusal("windows-eap",
		"The method is EAP-TTLS (21, author 311) with MSCHAPv2, or PEAP (25, author 0) with EAP-MSCHAPv2. PAP is "+
			"not accepted from the web.",
		effectNoJoin)
	ruleServer = judge.Refusal("windows-server-validation",
		"ServerNames lists host names, or a host name behind `[^.]*\\.` with its dots escaped, joined by "+
			"semicolons, and the prompt is disabled.",
		"Windows asks whether to trust the server, or trusts any server")
	ruleRoot = judge.Refusal("windows-trusted-root",
		"A trusted root is identified by its SHA-1 or SHA-256 hash in hex.",
		effectInvalid)
	ruleOuter = judge.Refusal("windows-outer-identity",
		"Identity privacy is on, with an anonymous identity that is not the user name.",
		"the user name is sent in clear")
	rulePEAPOuter = judge.Refusal("windows-peap-outer-identity", "AnonymousUserName of PEAP is the part before the @.",
		"Windows adds the user name's realm to it, so the RADIUS server receives an identity with two realms and "+
			"rejects it")
	ruleCredentials = judge.Refusal("windows-credentials",
		"EapHostUserCredentials has user name and password for the same method.",
		"the device prompts for them when joining")
)
