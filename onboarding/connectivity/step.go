package connectivity

// VisitorStep is the stable key of a visitor's next step, by which pages translate it.
type VisitorStep string

// The steps of visitors.
const (
	StepNone          VisitorStep = "none"
	StepDownload      VisitorStep = "download"
	StepInstall       VisitorStep = "install"
	StepInstallAgain  VisitorStep = "install-again"
	StepRemoveOlder   VisitorStep = "remove-older"
	StepThisDevice    VisitorStep = "this-device"
	StepOtherPlatform VisitorStep = "other-platform"
	StepSetClock      VisitorStep = "set-clock"
	StepUpdateDevice  VisitorStep = "update-device"
	StepSignUpAgain   VisitorStep = "sign-up-again"
	StepRejoin        VisitorStep = "rejoin"
	StepComeCloser    VisitorStep = "come-closer"
	StepWait          VisitorStep = "wait"
	StepAskStaff      VisitorStep = "ask-staff"
)

var visitorSteps = map[VisitorStep]string{
	StepNone:          "Nothing to do: the phone is connected.",
	StepDownload:      "Open the link again and download the profile for this phone.",
	StepInstall:       "Install the downloaded profile in the phone's settings, then join the Wi-Fi.",
	StepInstallAgain:  "Open a new link, install the new profile, then join the Wi-Fi.",
	StepRemoveOlder:   "Remove the older profile from the phone, then install the new one.",
	StepThisDevice:    "Open the link on this phone and install the profile here.",
	StepOtherPlatform: "Use another phone or computer, or ask the staff for another way to connect.",
	StepSetClock:      "Set the phone's date and time to automatic, then join the Wi-Fi again.",
	StepUpdateDevice:  "Update the phone's system software, then join the Wi-Fi again.",
	StepSignUpAgain:   "Sign up again to receive a new profile.",
	StepRejoin:        "Switch the phone's Wi-Fi off and on, then join again.",
	StepComeCloser:    "Come closer to an access point; the phone joins by itself.",
	StepWait:          "Wait some minutes; the Wi-Fi has a fault that the staff must repair.",
	StepAskStaff:      "Ask the staff for help.",
}

// VisitorSteps returns all keys.
func VisitorSteps() []VisitorStep {
	return []VisitorStep{
		StepNone, StepDownload, StepInstall, StepInstallAgain, StepRemoveOlder, StepThisDevice, StepOtherPlatform,
		StepSetClock, StepUpdateDevice, StepSignUpAgain, StepRejoin, StepComeCloser, StepWait, StepAskStaff,
	}
}

// Text returns the step as an English sentence.
func (s VisitorStep) Text() string { return visitorSteps[s] }

// steps are the next steps for a cause.
type steps struct {
	visitor  VisitorStep
	operator string
}

var stepsOf = map[Cause]steps{
	"":          {StepNone, "Nothing to do."},
	CauseLocked: {StepAskStaff, "Unlock the credential if the person may connect."},
	CauseExpired: {StepSignUpAgain,
		"Replace the password (rotate the credential) and send the person the new link."},
	CauseRotated: {StepInstallAgain,
		"Make a new link for the person: the device has the password from before the replacement."},
	CauseDeleted: {StepSignUpAgain, "Let the person sign up again: the customer was deleted."},
	CauseUnknownUser: {StepInstallAgain,
		"Make a new link for the person: the device sends a user name that no customer has."},
	CauseWrongPassword: {StepInstallAgain,
		"Make a new link for the person: the device does not send the password of the profile."},
	CauseWrongRealm: {StepInstallAgain,
		"Compare the realm on the device with wifi.passpoint.realm and naiRealms, then make a new link for " +
			"the person."},
	CauseOtherOrganization: {StepAskStaff,
		"The access point belongs to another organization: enable roaming with a common roaming consortium " +
			"on both sides, or correct the hotspot's declaration."},
	CauseNotTrusted: {StepInstallAgain,
		"Compare the RADIUS server's certificate with trustedServerNames and trustAnchor (`onramp doctor` " +
			"does), then let the person install the new profile."},
	CauseStopped: {StepRejoin,
		"Look whether the device asks its user about the certificate, and whether large packets are lost " +
			"between the access point and the RADIUS server (MTU, fragments)."},
	CauseTLSVersion: {StepUpdateDevice,
		"Update the device, or compare its TLS versions with those of FreeRADIUS (tls_min_version, " +
			"tls_max_version, cipher_list)."},
	CauseMethod: {StepInstallAgain,
		"Compare the method of the device with wifi.eap, and let the person install the profile in place of " +
			"settings made by hand."},
	CauseNeverDownloaded: {StepDownload,
		"Make a link for the person, and let the person open it on the phone."},
	CauseNotInstalled: {StepInstall, "Let the person install the downloaded profile and join the network."},
	CauseOtherDevice: {StepThisDevice,
		"Let the person open a link on this device: another device has the profile."},
	CauseOlderProfile: {StepRemoveOlder, "Let the person remove the older profile and install the new one."},
	CausePlatformCannot: {StepOtherPlatform,
		"Correct the organization's Wi-Fi settings by the reason in the evidence, or let the person use " +
			"another device."},
	CausePolicyWithdrawn: {StepAskStaff,
		"Look at the device itself, or at FreeRADIUS's own log: nothing about the person's connections is " +
			"recorded."},
	CauseRADIUSUnreachable: {StepWait,
		"Start FreeRADIUS, and check its address and ports (`onramp doctor` does)."},
	CauseRADIUSSecret: {StepWait,
		"Set the same RADIUS secret in the access point and in the hotspot's declaration, then run `onramp " +
			"freeradius` again and restart FreeRADIUS."},
	CauseUnavailable: {StepWait,
		"Check that `onramp serve` runs and answers FreeRADIUS (`onramp doctor` does)."},
	CauseAccessPointUnknown: {StepAskStaff,
		"Declare the access point as a hotspot with its address; `onramp doctor` lists the unknown ones."},
	CauseVLAN: {StepAskStaff, "Check that the VLAN of radius.vlan exists at the access point and has DHCP."},
	CauseDisconnected: {StepRejoin,
		"Let the phone join again. If it is refused, ask again: the answer then has the reason."},
	CauseSessionEnded: {StepRejoin, "Let the phone join again."},
	CauseOutOfRange: {StepComeCloser,
		"Look whether the phone is on, has Wi-Fi enabled and is near an access point."},
	CauseUnknown: {StepRejoin, "Let the phone try again, then ask again."},
}

// exceptions are the steps for a cause with a detail, where they differ.
var exceptions = map[Cause]map[Detail]steps{
	CauseLocked: {
		DetailSince: {StepRejoin,
			"Let the phone join again: the credential was unlocked after its last attempt."},
	},
	CausePolicyWithdrawn: {
		DetailConsent: {StepSignUpAgain,
			"Make a new link for the person: its page asks for the mandatory policies, and renews the access."},
	},
	CauseExpired: {
		DetailSince: {StepRejoin,
			"Let the phone join again: the credential was extended after its last attempt."},
		DetailProfile: {StepInstallAgain,
			"Make a new link for the person: the profile on the device has expired."},
	},
	CauseNotTrusted: {
		DetailAnchor: {StepInstallAgain,
			"The phone trusts another root than that of the RADIUS server's certificate. Compare " +
				"wifi.trustAnchor with the certificate (`onramp doctor` does) and correct the wrong one, then " +
				"let the person remove older Wi-Fi settings and install the new profile."},
		DetailName: {StepInstallAgain,
			"The phone trusts none of the names in the RADIUS server's certificate. Correct " +
				"wifi.trustedServerNames or the certificate, then let the person install the new profile."},
		DetailSuffixRule: {StepInstallAgain,
			"The platform compares names by another rule than others. Add the whole name of the RADIUS " +
				"server to wifi.trustedServerNames, then let the person install the new profile."},
		DetailNotYetValid: {StepWait,
			"The RADIUS server's certificate is not valid yet: use the earlier one until then, or correct " +
				"the clock of the server that issued it."},
		DetailIntermediateMissing: {StepWait,
			"Add the intermediate certificates to the file of --eap-cert, run `onramp freeradius` again and " +
				"restart FreeRADIUS."},
		DetailCertificateExpired: {StepWait,
			"Renew the RADIUS server's certificate, run `onramp freeradius` again and restart FreeRADIUS."},
		DetailPhoneClock: {StepSetClock,
			"Let the person correct the date of the phone: the certificate is valid."},
		DetailKeyType: {StepWait,
			"The platform rejects the key or the signature of the RADIUS server's certificate: replace the " +
				"certificate by one with RSA-2048 and SHA-256."},
		DetailOlderSettings: {StepRemoveOlder,
			"Let the person remove the earlier profile, which does not trust the RADIUS server's " +
				"certificate, and install the new one."},
	},
	CauseStopped: {
		DetailPacketsLost: {StepWait,
			"Large packets are lost between the access point and the RADIUS server: compare the MTU of the " +
				"path, and let firewalls pass IP fragments of UDP."},
		DetailAfterCertificate: {StepInstallAgain,
			"The device does not go on after the RADIUS server's certificate: compare the certificate with " +
				"the profile (`onramp doctor` does), and let the person install the profile again."},
	},
	CauseNotInstalled: {
		DetailRemoved: {StepInstallAgain,
			"Make a new link for the person: the profile was removed from the device."},
		DetailReported: {StepComeCloser,
			"No access point has seen the phone: look whether it is near one, whether the access point " +
				"sends its requests to this RADIUS server, and whether it filters MAC addresses."},
	},
	CauseOutOfRange: {
		DetailRestart: {StepRejoin, "Let the phone join again: the access point was restarted."},
	},
	CauseUnknown: {
		DetailHandshake: {StepAskStaff,
			"The TLS handshake failed: read FreeRADIUS's log (freeradius -X) at the time of the attempt."},
		DetailNoAccounting: {StepAskStaff,
			"RADIUS accepts the phone, but the access point reports no connection: look at the access " +
				"point's log, its MAC filter and its DHCP."},
	},
	"": {
		DetailUnanswered: {StepNone,
			"The access point did not answer the Disconnect-Request: check its address, its disconnect port " +
				"and its secret. The connection lasts until its Session-Timeout."},
	},
}

// setSteps sets the steps for the verdict's cause and detail.
func (v *Verdict) setSteps() {
	next := stepsOf[v.Cause]
	if other, ok := exceptions[v.Cause][v.Detail]; ok {
		next = other
	}
	v.Visitor, v.Operator = next.visitor, next.operator
}
