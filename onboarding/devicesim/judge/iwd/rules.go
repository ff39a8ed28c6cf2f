package iwd

import "onramp/onboarding/devicesim/judge"

// The rules of iwd's provisioning files. A tar archive holds the content of /var/lib/iwd:
// SSID.8021x for a named network, hotspot/NAME.conf for Passpoint.

const (
	effectDropped = "iwd logs an error and ignores the network"
	effectNoJoin  = "iwd does not join the network, or asks for missing values"
)

var (
	ruleArchive = judge.Refusal("iwd-archive",
		"The document is a tar archive of at most 64 regular files of at most 1 MiB, and at most the folder hotspot.",
		"unpacking in iwd's folder fails or overwrites other files")
	ruleMode = judge.Caution("iwd-file-mode",
		"Files are readable by their owner only.",
		"every user of the machine can read the password")
	ruleName = judge.Refusal("iwd-file-name",
		"A file is SSID.8021x, the SSID as letters, digits, blanks, `_` and `-` or as `=` and hex, UTF-8 of 1 to 32 "+
			"bytes; or hotspot/NAME.conf.",
		"iwd ignores the file; .psk and .open have no credentials")
	ruleSyntax = judge.Refusal("iwd-syntax",
		"A file has lines `[Group]` and `Key=value` in UTF-8; in a value only \\s, \\t, \\r, \\n and \\\\ are "+
			"escapes; [@pem@NAME] holds PEM blocks and comes last.",
		effectDropped)
	ruleTwice = judge.Refusal("iwd-key-twice",
		"No group and no key is repeated.",
		"only the first is used")
	ruleKey = judge.Caution("iwd-unknown-key",
		"Every key is documented in iwd.network.",
		"iwd ignores the key")
	ruleBoolean = judge.Refusal("iwd-boolean",
		"AutoConnect, Hidden and FastReauthentication are true, false, 1 or 0.",
		effectDropped)
	ruleMethod = judge.Refusal("iwd-method",
		"EAP-Method is TTLS with a Phase2-Method of Tunneled-PAP, -CHAP, -MSCHAP, -MSCHAPv2 or MSCHAPV2, or PEAP "+
			"with MSCHAPV2.",
		effectDropped)
	ruleCredentials = judge.Refusal("iwd-credentials",
		"EAP-Identity, Phase2-Identity and Phase2-Password of the method are present, and the identities differ.",
		"iwd asks for them, which most machines do not show, or the user name is sent in clear")
	ruleCA = judge.Refusal("iwd-ca-certificate",
		"CACert of the method is an absolute path or embed:NAME of a PEM group with valid authorities.",
		"iwd refuses the file, or without CACert sends the password to any server")
	ruleServer = judge.Refusal("iwd-server-domain-mask",
		"ServerDomainMask lists host names in lower case joined by semicolons, `*` only as the first label.",
		"any server of the authorities is trusted, or none: iwd compares labels case-sensitively")
	ruleHotspot = judge.Refusal("iwd-hotspot",
		"A file in hotspot has a Name and at least one of NAIRealmNames, RoamingConsortium of 3 or 5 octets in hex "+
			"and HESSID.",
		effectDropped)
	ruleNoNetwork = judge.Refusal("iwd-no-network",
		"The archive has at least one network.",
		effectNoJoin)
)
