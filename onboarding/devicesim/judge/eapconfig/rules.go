package eapconfig

import "onramp/onboarding/devicesim/judge"

// The rules of eap-config. They are the schema, a sequence at every level, and the requirements of
// the clients for Android, iOS, Linux and Windows.

const (
	effectInvalid = "the geteduroam app reports an invalid file and configures nothing"
	effectNoJoin  = "the app configures a network that is never joined"
)

var (
	ruleXML = judge.Refusal("eap-config-xml",
		"The file is well-formed XML in UTF-8 with an XML declaration and no DTD.",
		effectInvalid)
	ruleSchema = judge.Refusal("eap-config-schema",
		"Elements and attributes match the schema in order and type, without a namespace.",
		effectInvalid)
	ruleProvider = judge.Refusal("eap-config-provider",
		"The list has one EAPIdentityProvider with version, namespace urn:RFC4282:realm and an ID that is the realm.",
		"the Android app refuses a file without a version; Apple's and Windows take the ID for the Passpoint "+
			"domain, Android for the realm")
	ruleValidUntil = judge.Refusal("eap-config-valid-until",
		"ValidUntil, if present, is `yyyy-MM-ddTHH:mm:ssZ` and in the future.",
		"the app reports an expired profile, cannot read the time, or (Android) reads another time")
	ruleMethod = judge.Refusal("eap-config-method",
		"EAPMethod is 21 with NonEAPAuthMethod 1, 2 or 3 or with inner EAPMethod 26, or it is 25 with inner "+
			"EAPMethod 26, without blanks.",
		"no app supports the method")
	ruleCA = judge.Refusal("eap-config-ca",
		"ServerSideCredential has at least one CA: format X.509, encoding base64, an authority in DER, valid now, "+
			"in base64 without breaks.",
		"the Linux app refuses the method, the Windows app throws, the iOS app drops the certificate, and the "+
			"Android app verifies no server on Android 11 and 12")
	ruleRoot = judge.Refusal("eap-config-root",
		"One of the authorities is a root, issued by itself.",
		"the Windows app passes only roots to the system, and the Android app creates no Passpoint profile")
	ruleCACount = judge.Caution("eap-config-one-ca",
		"A file for Passpoint has exactly one root.",
		"the Android app creates no Passpoint profile")
	ruleServerID = judge.Refusal("eap-config-server-id",
		"ServerID is a whole host name of the RADIUS server, without `*.` and without blanks; there is at least one.",
		"the Linux, Apple and Windows apps compare names exactly, so the name matches no server; the Windows app "+
			"throws without a name")
	ruleServerIDLength = judge.Refusal("eap-config-server-id-length",
		"The ServerIDs joined by semicolons have at most 254 characters.",
		"the Android app loses the check of the server's name: the system drops longer lists")
	ruleCredentials = judge.Refusal("eap-config-credentials",
		"ClientSideCredential has OuterIdentity, UserName and Password, and the identities differ.",
		"the app asks for them, or the user name is sent in clear")
	ruleBlanks = judge.Caution("eap-config-blanks",
		"Identity, user name and password do not start or end with a blank.",
		"the iOS app removes the blanks, and authentication fails")
	ruleNetwork = judge.Refusal("eap-config-network",
		"CredentialApplicability has an IEEE80211 for each SSID or ConsortiumOID, one of them in each.",
		effectNoJoin)
	ruleProto = judge.Refusal("eap-config-rsn-proto",
		"An IEEE80211 with an SSID has MinRSNProto CCMP.",
		"the Linux app ignores the network, and the Windows app ignores TKIP")
	ruleNoSSID = judge.Caution("eap-config-passpoint-only",
		"There is an SSID.",
		"the Linux app does not support Passpoint and reports that there is no network")
	rulePEAP = judge.Caution("eap-config-passpoint-peap",
		"A file for Passpoint has method 21.",
		"the Android app configures Passpoint with TTLS whatever the method is")
	ruleSSID = judge.Refusal("eap-config-ssid",
		"An SSID has 1 to 32 bytes.",
		effectInvalid)
	ruleOI = judge.Refusal("eap-config-oi",
		"A ConsortiumOID is 6 or 10 hex digits.",
		effectNoJoin)
	ruleName = judge.Refusal("eap-config-display-name",
		"There is a ProviderInfo with a DisplayName, and none is empty.",
		"the Android app refuses a file without ProviderInfo, and the profile is shown without a name")
)
