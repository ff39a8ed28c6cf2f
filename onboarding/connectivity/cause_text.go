package connectivity

var causeTexts = map[Cause]string{
	CauseLocked:             "The credential is locked.",
	CauseExpired:            "The credential, or the profile on the device, has expired.",
	CauseRotated:            "The password was replaced, and no newer profile was downloaded.",
	CauseDeleted:            "The device uses the credential of a deleted customer.",
	CauseUnknownUser:        "The device sends a user name that no customer has.",
	CauseWrongPassword:      "The device sends a wrong password.",
	CauseWrongRealm:         "The device sends a user name with a realm that is not the organization's.",
	CauseOtherOrganization:  "The access point belongs to an organization that does not accept the customer.",
	CauseNotTrusted:         "The device does not trust the certificate of the RADIUS server.",
	CauseStopped:            "The device stops answering while it connects.",
	CauseTLSVersion:         "The device and the RADIUS server have no TLS version or cipher suite in common.",
	CauseMethod:             "The device and the RADIUS server have no login method (EAP) in common.",
	CauseNeverDownloaded:    "No profile was ever downloaded.",
	CauseNotInstalled:       "A profile was downloaded, and no device has tried to connect.",
	CauseOtherDevice:        "Another device than this one has the profile.",
	CauseOlderProfile:       "The device still uses an older profile, although a newer one was downloaded.",
	CausePlatformCannot:     "The device's system cannot use the organization's network.",
	CausePolicyWithdrawn:    "The customer refuses the processing of personal data, or a policy that access needs.",
	CauseRADIUSUnreachable:  "The RADIUS server does not answer.",
	CauseRADIUSSecret:       "The access point and the RADIUS server have different secrets.",
	CauseUnavailable:        "The RADIUS server receives no answer from Onramp.",
	CauseAccessPointUnknown: "The access point is not declared.",
	CauseVLAN:               "The device is accepted with a VLAN again and again, and no connection begins.",
	CauseDisconnected:       "A Disconnect-Request or an operator of the access point ended the connection.",
	CauseSessionEnded:       "The connection reached its maximum time (Session-Timeout).",
	CauseOutOfRange:         "The device left the network or was switched off.",
	CauseUnknown:            "The records hold no cause.",
}

// Text returns the cause as an English sentence; empty for no cause.
func (c Cause) Text() string { return causeTexts[c] }

// OperatorStep returns the operator's next step for the cause, as an English sentence. A verdict on
// a person may have a more exact one.
func (c Cause) OperatorStep() string { return stepsOf[c].operator }
