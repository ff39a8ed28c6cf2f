package networkmanager

import "onramp/onboarding/devicesim/judge"

// The rules of a NetworkManager keyfile (nm-settings-keyfile).

const effectDropped = "NetworkManager does not load the connection"

var (
	ruleText = judge.Refusal("nm-text",
		"The keyfile is UTF-8 without NUL.",
		effectDropped)
	ruleSyntax = judge.Refusal("nm-syntax",
		"Lines are `[section]`, `key=value`, comments or empty; sections and keys are unique.",
		effectDropped)
	ruleEscape = judge.Refusal("nm-escape",
		"A backslash is one of \\s, \\n, \\t, \\r, \\\\ and in lists \\;, and a value does not start with an "+
			"unescaped blank.",
		"the value is read differently, or the connection is not loaded")
	ruleUnknown = judge.Refusal("nm-unknown-key",
		"Every key is known to NetworkManager in its section.",
		"the key is silently ignored and has no effect")
	ruleConnection = judge.Refusal("nm-connection",
		"[connection] has an id, a uuid and type=wifi, and [wifi] has mode=infrastructure or none.",
		effectDropped)
	ruleSSID = judge.Refusal("nm-ssid",
		"The SSID has 1 to 32 bytes.",
		effectDropped)
	ruleSecurity = judge.Refusal("nm-security",
		"[wifi-security] has key-mgmt=wpa-eap.",
		"the network is joined without 802.1X, or not at all")
	ruleEAP = judge.Refusal("nm-eap",
		"[802-1x] has eap=ttls with phase2-auth pap or mschapv2, or eap=peap with mschapv2.",
		effectDropped)
	ruleCredentials = judge.Refusal("nm-credentials",
		"identity, anonymous-identity and password are present, and the first two differ.",
		"the system asks for them, or the user name is sent in clear")
	ruleCA = judge.Refusal("nm-ca",
		"Either ca-cert has a valid authority or system-ca-certs is true.",
		"without it the password is sent to any server")
	ruleCAFile = judge.Caution("nm-ca-file",
		"ca-cert contains the certificate, as data:;base64,...",
		"the file must be installed by hand")
	ruleServerName = judge.Refusal("nm-server-name",
		"domain-suffix-match is host names joined by semicolons, without `*.`.",
		"the name matches no server, or without a name any server of the authority is trusted")
)
