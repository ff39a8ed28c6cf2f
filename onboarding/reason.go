package onboarding

// Reason is the reason for which an authentication failed.
type Reason string

const (
	ReasonUnknownUser   Reason = "unknown-user" // or deleted
	ReasonWrongRealm    Reason = "wrong-realm"
	ReasonLocked        Reason = "locked"
	ReasonExpired       Reason = "expired"
	ReasonElsewhere     Reason = "other-organization" // at another organization's access point
	ReasonWrongPassword Reason = "wrong-password"
	// The TLS handshake between the device and the RADIUS server failed, usually because the
	// device does not trust the certificate.
	ReasonHandshake Reason = "handshake"
)
