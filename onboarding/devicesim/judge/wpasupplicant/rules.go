package wpasupplicant

import "onramp/onboarding/devicesim/judge"

// The rules of a wpa_supplicant 2.10 configuration.

const effectRefused = "wpa_supplicant refuses the whole file and does not start"

var (
	ruleText = judge.Refusal("linux-text",
		"The file is UTF-8 without a byte order mark and without NUL.",
		effectRefused)
	ruleLine = judge.Refusal("linux-line",
		"Lines are `name=value` without blanks around the sign, `cred={`, `network={`, `blob-base64-NAME={` and `}`.",
		effectRefused)
	ruleLength = judge.Refusal("linux-line-length",
		"A line of a cred or blob has at most 254 bytes, one of a network at most 1998, any other at most 510.",
		"the rest of the line is dropped: a certificate is broken, or "+effectRefused)
	ruleUnknown = judge.Refusal("linux-unknown-field",
		"Every field is one that wpa_supplicant 2.10 knows in its block.",
		effectRefused)
	ruleComment = judge.Refusal("linux-comment",
		"No text holds a double quote and later a `#`.",
		"the text is cut at the `#`: a password is another one, or "+effectRefused)
	ruleDuplicate = judge.Refusal("linux-duplicate-field",
		"No field stands twice in a block, except domain.",
		"the last value silently wins")
	ruleValue = judge.Refusal("linux-value",
		"Text is in double quotes, in printf form as P\"...\", or in hex; numbers and words are bare; a cred holds "+
			"no line break.",
		effectRefused)
	ruleOI = judge.Refusal("linux-oi",
		"roaming_consortiums is up to 36 identifiers of 3 or 5 octets in hex, joined by commas without blanks.",
		effectRefused)
	ruleMissing = judge.Refusal("linux-missing-field",
		"A cred has realm, username, password, domain, eap and phase2; a network has ssid, key_mgmt, eap, identity, "+
			"anonymous_identity, password and phase2.",
		"the network is never chosen, or never joined")
	ruleSSID = judge.Refusal("linux-ssid",
		"The SSID has 1 to 32 bytes.",
		effectRefused)
	ruleKeyManagement = judge.Refusal("linux-key-management",
		"key_mgmt is WPA-EAP, with or without WPA-EAP-SHA256.",
		"the network is joined without 802.1X, or not at all")
	ruleEAP = judge.Refusal("linux-eap",
		"eap is TTLS with phase2 auth=PAP or auth=MSCHAPV2, or PEAP with auth=MSCHAPV2.",
		"authentication fails")
	ruleOuter = judge.Refusal("linux-outer-identity",
		"anonymous_identity is not the user name, and a cred has TTLS, with which wpa_supplicant makes up an "+
			"anonymous one.",
		"the user name goes out in clear")
	ruleCA = judge.Refusal("linux-ca",
		"ca_cert names the system's bundle or a blob of this file that holds certificates.",
		"without it wpa_supplicant accepts any server and hands it the password; with a missing one it never connects")
	ruleCAFile = judge.Caution("linux-ca-file",
		"ca_cert is the system's bundle or a blob.",
		"the file has to be put in that place by hand")
	ruleServerName = judge.Refusal("linux-server-name",
		"domain_suffix_match is host names joined by semicolons, without `*.`.",
		"the name matches no server, or without one any server of the authority is trusted")
	ruleInterworking = judge.Caution("linux-interworking",
		"A file with a cred sets interworking=1 and hs20=1.",
		"hotspots are not asked whom they serve, so the cred is never used")
	ruleEmpty = judge.Refusal("linux-no-network",
		"The file holds a cred or a network.",
		"there is nothing to join")
)
