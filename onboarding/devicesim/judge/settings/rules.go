package settings

import "onramp/onboarding/devicesim/judge"

// The rules of the settings documents.

const effectThrows = "the app cannot make the call, or the system throws"

var (
	ruleJSON = judge.Refusal("settings-json",
		"The document is one JSON object in UTF-8, without duplicate members or trailing text.",
		"the app cannot read the document")
	ruleTop = judge.Refusal("settings-document",
		"The document has its platform and at least one network, each passpoint or wpa2enterprise.",
		"the app finds nothing to configure")
	ruleExpired = judge.Refusal("settings-expired",
		"expires, if present, is an RFC 3339 time in the future.",
		"the app configures a network with an expired credential")
	ruleField = judge.Refusal("settings-field",
		"Every member has a public API and its type: neither caPath nor aaaServerTrustedNames, which are for system "+
			"apps.",
		"the app cannot use the member")
	ruleNetwork = judge.Refusal("settings-network",
		"A passpoint network has a domain on iOS and an xWifiConfig on Android; any other has an SSID of 1 to 32 "+
			"bytes.",
		effectThrows)
	ruleOI = judge.Refusal("settings-oi",
		"An organization identifier is 6 or 10 hex digits in upper case, and only with roaming.",
		"the identifier never matches a hotspot")
	ruleMCCMNC = judge.Refusal("settings-mcc-mnc",
		"A mobile network is six digits, or three, an F and two.",
		effectThrows)
	ruleTLS = judge.Refusal("settings-tls-version",
		"preferredTLSVersion is 1.0, 1.1 or 1.2; minimumTlsVersion is TLS_V1_0, TLS_V1_1, TLS_V1_2 or TLS_V1_3.",
		effectThrows)
	ruleMethod = judge.Refusal("settings-method",
		"The EAP method is TTLS with an inner method in the platform's spelling, or PEAP.",
		effectThrows)
	ruleCredentials = judge.Refusal("settings-credentials",
		"User name, password and an outer identity that differs are present; on Android name and password have at "+
			"most 254 characters.",
		"the system asks for them, sends the user name in clear, or drops them")
	ruleTrust = judge.Refusal("settings-trust",
		"Server names are host names, and certificates are valid authorities in base64 of DER; on Android an "+
			"enterprise network has a domain and certificates.",
		"the system throws, asks, or never joins")
	rulePasspointTwice = judge.Refusal("settings-passpoint-twice",
		"The top-level passpoint, if present, equals the passpoint network in networks.",
		"the app may configure either network")
)
