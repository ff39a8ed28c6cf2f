package wpasupplicant

import "onramp/onboarding/devicesim/judge"

// The rules of a wpa_supplicant 2.10 configuration.

const effectRefused = "wpa_supplicant refuses the whole file and exits"

var (
	ruleText = judge.Refusal("linux-text",
		"The file is UTF-8 without byte order mark and NUL.",
		effectRefused)
	ruleLine = judge.Refusal("linux-line",
		"Lines are `name=value` without blanks around the equals sign, `cred={`, `network={`, `blob-base64-NAME={` "+
			"and `}`.",
		effectRefused)
	ruleLength = judge.Refusal("linux-line-length",
		"A line of a cred or blob has at most 254 bytes, one of a network at most 1998, any other at most 510.",
		"the rest of the line is dropped: a certificate is broken, or "+effectRefused)
	ruleUnknown = judge.Refusal("linux-unknown-field",
		"Every field is known to wpa_supplicant 2.10 in its block.",
		effectRefused)
	ruleComment = judge.Refusal("linux-comment",
		"No text has a double quote and later a `#`.",
		"the text is cut at the `#`: the password is wrong, or "+effectRefused)
	ruleDuplicate = judge.Refusal("linux-duplicate-field",
		"No field is repeated in a block, except domain.",
		"the last value silently replaces the others")
	ruleValue = judge.Refusal("linux-value",
		"Text is in double quotes, in printf form as P\"...\", or in hex; numbers and words are bare; a cred has no "+
			"line break.",
		effectRefused)
	ruleOI = judge.Refusal("linux-oi",
		"roaming_consortiums is up to 36 identifiers of 3 or 5 octets in hex, joined by commas without blanks.",
		effectRefused)
	ruleMissing = judge.Refusal("linux-missing-field",
		"A cred has realm, username, password, domain, eap and phase2; a network has ssid, key_mgmt, eap, identity, "+
			"anonymous_identity, password and phase2.",
		"the network is never selected or never joined")
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
		"anonymous_identity differs from the user name, and a cred uses TTLS, for which wpa_supplicant sends an "+
			"anonymous identity.",
		"the user name is sent in clear")
	ruleCA = judge.Refusal("linux-ca",
		"ca_cert is the system's bundle or a blob of this file with certificates.",
		"without it wpa_supplicant sends the password to any server; with a missing file it never connects")
	ruleCAFile = judge.Caution("linux-ca-file",
		"ca_cert is the system's bundle or a blob.",
		"the file must be installed by hand")
	ruleServerName = judge.Refusal("linux-server-name",
		"domain_suffix_match is host names joined by semicolons, without `*.`.",
		"the name matches no server, or without a name any server of the authority is trusted")
	ruleInterworking = judge.Caution("linux-interworking",
		"A file with a cred sets interworking=1 and hs20=1.",
		"hotspots are not queried, so the cred is never used")
	ruleEmpty = judge.Refusal("linux-no-network",
		"The file has a cred or a network.",
		"there is nothing to join")
)
