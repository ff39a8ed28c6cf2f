package connectivity

// Cause is the stable name of the reason for which a person or a station is not connected. The
// list may grow; no name changes.
type Cause string

const (
	// CauseLocked: the credential is locked.
	CauseLocked Cause = "locked"
	// CauseExpired: the credential, or the profile on the device, has expired.
	CauseExpired Cause = "expired"
	// CauseRotated: the password was replaced, and no newer profile was downloaded.
	CauseRotated Cause = "rotated"
	// CauseDeleted: the customer whose credential the station has was deleted.
	CauseDeleted Cause = "deleted"
	// CauseUnknownUser: the station sends a user name that no customer has.
	CauseUnknownUser Cause = "unknown-user"
	// CauseWrongPassword: the station sends a wrong password.
	CauseWrongPassword Cause = "wrong-password"
	// CauseWrongRealm: the station sends a user name with a realm that is not the organization's.
	CauseWrongRealm Cause = "wrong-realm"
	// CauseOtherOrganization: the station is at an access point of an organization that does not
	// accept the customer.
	CauseOtherOrganization Cause = "other-organization"
	// CauseNotTrusted: the station refuses the RADIUS server's certificate with a TLS alert.
	CauseNotTrusted Cause = "server-not-trusted"
	// CauseStopped: the station stops answering during the TLS handshake.
	CauseStopped Cause = "handshake-stopped"
	// CauseTLSVersion: the station and the RADIUS server have no TLS version or cipher suite in
	// common.
	CauseTLSVersion Cause = "tls-version"
	// CauseMethod: the station and the RADIUS server have no EAP method, or no method within the
	// tunnel, in common.
	CauseMethod Cause = "eap-method"
	// CauseNeverDownloaded: no profile was ever downloaded.
	CauseNeverDownloaded Cause = "never-downloaded"
	// CauseNotInstalled: a profile was downloaded, and no station has tried to connect.
	CauseNotInstalled Cause = "not-installed"
	// CauseOtherDevice: another device than this station has the profile.
	CauseOtherDevice Cause = "other-device"
	// CauseOlderProfile: the station still has the profile from before the rotation of the
	// password, although a newer one was downloaded.
	CauseOlderProfile Cause = "older-profile"
	// CausePlatformCannot: the device's platform cannot express the organization's network.
	CausePlatformCannot Cause = "platform-cannot"
	// CausePolicyWithdrawn: the customer refuses the processing of personal data, so that nothing
	// is recorded.
	// Or, with DetailConsent, the access has ended without a mandatory policy.
	CausePolicyWithdrawn Cause = "policy-withdrawn"
	// CauseRADIUSUnreachable: the RADIUS server does not answer.
	CauseRADIUSUnreachable Cause = "radius-unreachable"
	// CauseRADIUSSecret: the access point and the RADIUS server have different secrets.
	CauseRADIUSSecret Cause = "radius-secret"
	// CauseUnavailable: FreeRADIUS receives no answer from Onramp.
	CauseUnavailable Cause = "onramp-unavailable"
	// CauseAccessPointUnknown: the access point is not declared.
	CauseAccessPointUnknown Cause = "access-point-unknown"
	// CauseVLAN: the station is accepted with a VLAN again and again, and no connection begins.
	CauseVLAN Cause = "vlan"
	// CauseDisconnected: a Disconnect-Request or an operator of the access point ended the
	// connection.
	CauseDisconnected Cause = "disconnected"
	// CauseSessionEnded: the connection reached its Session-Timeout.
	CauseSessionEnded Cause = "session-ended"
	// CauseOutOfRange: the station left the network or was switched off.
	CauseOutOfRange Cause = "out-of-range"
	// CauseUnknown: the records hold no cause.
	CauseUnknown Cause = "unknown"
)

// Causes returns all causes.
func Causes() []Cause {
	return []Cause{
		CauseLocked, CauseExpired, CauseRotated, CauseDeleted, CauseUnknownUser, CauseWrongPassword, CauseWrongRealm,
		CauseOtherOrganization, CauseNotTrusted, CauseStopped, CauseTLSVersion, CauseMethod, CauseNeverDownloaded,
		CauseNotInstalled, CauseOtherDevice, CauseOlderProfile, CausePlatformCannot, CausePolicyWithdrawn,
		CauseRADIUSUnreachable, CauseRADIUSSecret, CauseUnavailable, CauseAccessPointUnknown, CauseVLAN,
		CauseDisconnected, CauseSessionEnded, CauseOutOfRange, CauseUnknown,
	}
}

// Detail is a stable name that refines a cause. It may be empty.
type Detail string

// The details of CauseNotTrusted.
const (
	DetailAnchor              Detail = "anchor"               // the profile trusts another root
	DetailName                Detail = "name"                 // none of the certificate's names is trusted
	DetailSuffixRule          Detail = "suffix-rule"          // one is, but not by the platform's matching rule
	DetailIntermediateMissing Detail = "intermediate-missing" // the server does not send it
	DetailCertificateExpired  Detail = "certificate-expired"  // at the time of the attempt
	DetailNotYetValid         Detail = "certificate-not-yet-valid"
	DetailPhoneClock          Detail = "phone-clock"    // the certificate is valid; the device's date is wrong
	DetailKeyType             Detail = "key-type"       // the platform rejects the certificate's key or signature
	DetailOlderSettings       Detail = "older-settings" // an earlier profile of the person rejects the certificate
)

// The details of CauseTLSVersion.
const (
	DetailVersion   Detail = "version"   // no common TLS version
	DetailCipher    Detail = "cipher"    // no common cipher suite
	DetailSignature Detail = "signature" // no common signature algorithm or key exchange group
)

// The details of other causes.
const (
	// DetailSince: the obstacle is gone since, and the station has not tried again.
	DetailSince Detail = "changed-since"
	// DetailConsent: of CausePolicyWithdrawn: a mandatory policy is withdrawn or not accepted, and
	// the credential has expired.
	DetailConsent Detail = "consent"
	// DetailProfile: of CauseExpired: the profile has expired, the credential has not.
	DetailProfile Detail = "profile"
	// DetailRemoved: of CauseNotInstalled: the app reported the removal.
	DetailRemoved Detail = "removed"
	// DetailReported: of CauseNotInstalled: an installation was reported, and not confirmed by any
	// attempt.
	DetailReported Detail = "reported"
	// DetailNoHello: of CauseStopped: before the device began TLS.
	DetailNoHello Detail = "no-hello"
	// DetailInTunnel: of CauseStopped: after the TLS handshake.
	DetailInTunnel Detail = "in-tunnel"
	// DetailPacketsLost: of CauseStopped: in the middle of the server's certificate, whose packets
	// are the largest.
	DetailPacketsLost Detail = "packets-lost"
	// DetailAfterCertificate: of CauseStopped: after the server's certificate, which the device may
	// not trust, or about which it asks its user.
	DetailAfterCertificate Detail = "after-certificate"
	// DetailSilent: of CauseOutOfRange: the station was not seen any more; no end was reported.
	DetailSilent Detail = "silent"
	// DetailRestart: of CauseOutOfRange: the access point was restarted.
	DetailRestart Detail = "access-point-restarted"
	// DetailUnanswered: of a connection that was to end: the access point did not answer the
	// Disconnect-Request.
	DetailUnanswered Detail = "disconnect-unanswered"
	// DetailHandshake: of CauseUnknown: the TLS handshake failed without a known cause.
	DetailHandshake Detail = "handshake"
	// DetailNoAccounting: of CauseUnknown: accepted again and again, and no connection begins.
	DetailNoAccounting Detail = "accepted-not-connected"
)
