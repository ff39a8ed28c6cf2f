package settings

import "onramp/onboarding/devicesim/judge"

// The rules of the settings documents.

const effectThrows = "the app cannot make the call, or the system throws"

var (
	ruleJSON = judge.Refusal("settings-json",
		"The document is one JSON object, with no member twice and nothing after it.",
		"the app cannot read the document")
	ruleTop = judge.Refusal("settings-document",
		"The document names its platform and lists at least one network, each passpoint or wpa2enterprise.",
		"the app finds nothing to configure")
	ruleExpired = judge.Refusal("settings-expired",
		"expires, if present, is an RFC 3339 time that lies ahead.",
		"the app configures a network that no longer lets the person in")
	ruleField = judge.Refusal("settings-field",
		"Every member is one that an ordinary app can call, of the right kind: neither caPath nor "+
			"aaaServerTrustedNames, which are for system apps.",
		"the app does not know what to do with it, or may not call it")
	ruleNetwork = judge.Refusal("settings-network",
		"A passpoint network has on iOS a domain and on Android an xWifiConfig; another has an SSID of 1 to 32 bytes.",
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
		"the person is asked for them, the user name goes out in clear, or the system drops them")
	ruleTrust = judge.Refusal("settings-trust",
		"Server names are host names, and certificates are valid authorities in base64 of DER; on Android an "+
			"enterprise network has a domain and certificates.",
		"the system throws, asks the person, or never joins")
	rulePasspointTwice = judge.Refusal("settings-passpoint-twice",
		"passpoint beside networks, if present, is the passpoint network of networks.",
		"the app configures one network or the other")
)
