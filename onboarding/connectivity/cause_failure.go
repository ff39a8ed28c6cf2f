package connectivity

import (
	"onramp/onboarding"
)

// causeOfFailure returns the cause of a station's failed attempt.
func (f *facts) causeOfFailure(st *station, a *onboarding.Attempt) (Cause, Detail, Confidence) {
	cause, detail, sure := f.causeOfReason(st, a)
	if st.shared() || a.Attribution == onboarding.AttributedByStation && onboarding.RandomisedMAC(st.mac) {
		sure = weaker(sure, Likely)
	}
	if st.shared() && a.Attribution == onboarding.AttributedByStation {
		sure = Possible // any of the people may have tried
	}
	return cause, detail, sure
}

func (f *facts) causeOfReason(st *station, a *onboarding.Attempt) (Cause, Detail, Confidence) {
	switch a.Reason {
	case onboarding.ReasonLocked:
		return CauseLocked, f.since(f.customer.Locked), Certain
	case onboarding.ReasonExpired:
		if f.consentDue != nil && !f.now.Before(f.credential.Expires) {
			return CausePolicyWithdrawn, DetailConsent, Certain
		}
		return CauseExpired, f.since(!f.now.Before(f.credential.Expires)), Certain
	case onboarding.ReasonElsewhere:
		// The other organization's access point may have sent the user name without the person.
		return CauseOtherOrganization, "", Possible
	case onboarding.ReasonUnknownUser:
		return CauseUnknownUser, "", Certain
	case onboarding.ReasonWrongRealm:
		return CauseWrongRealm, "", Certain
	case onboarding.ReasonWrongPassword:
		return f.causeOfPassword(st, a)
	case onboarding.ReasonNotTrusted:
		return f.causeOfMistrust(a)
	case onboarding.ReasonTLSVersion:
		return CauseTLSVersion, disagreement(a.Detail), Certain
	case onboarding.ReasonStopped:
		return CauseStopped, stoppedAt(a.Detail), Likely
	case onboarding.ReasonUnavailable:
		return CauseUnavailable, "", Certain
	case onboarding.ReasonHandshake:
		if a.Detail == onboarding.NoCommonMethod || a.Detail == onboarding.NoCommonInner {
			return CauseMethod, "", Certain
		}
		return CauseUnknown, DetailHandshake, Likely
	}
	return CauseUnknown, "", Possible
}

// stoppedAt returns the detail for the stage of the handshake at which the station stopped.
func stoppedAt(stage string) Detail {
	switch stage {
	case "":
		return ""
	case onboarding.SilentAtCertificate:
		return DetailPacketsLost
	case onboarding.SilentAfterFlight:
		return DetailAfterCertificate
	case onboarding.SilentInTunnel:
		return DetailInTunnel
	}
	return DetailNoHello
}

// disagreement returns the detail for the part of TLS that the station and the server have not in
// common.
func disagreement(part string) Detail {
	switch part {
	case onboarding.NoCommonVersion, onboarding.AlertProtocolVersion:
		return DetailVersion
	case onboarding.NoCommonCipher:
		return DetailCipher
	case onboarding.NoCommonSignature, onboarding.NoCommonGroup:
		return DetailSignature
	}
	return ""
}

// since returns the detail of an obstacle that may be gone since.
func (f *facts) since(still bool) Detail {
	if still {
		return ""
	}
	return DetailSince
}

// causeOfPassword returns the cause of a rejected password. A rejected attempt proves only that
// somebody knows the user name; one of a station that was accepted before is the person's.
func (f *facts) causeOfPassword(st *station, a *onboarding.Attempt) (Cause, Detail, Confidence) {
	known := st.authenticated()
	sure := Likely
	if !known.IsZero() {
		sure = Certain
	}
	switch {
	case !f.rotated():
		return CauseWrongPassword, "", sure
	case a.Last.Before(f.credential.Created): // with the password before the present one
		if f.currentDownload() == nil {
			return CauseRotated, "", Likely
		}
		return CauseWrongPassword, DetailSince, Likely
	case f.currentDownload() == nil:
		return CauseRotated, "", sure
	case !known.IsZero() && known.Before(f.credential.Created):
		return CauseOlderProfile, "", Likely
	}
	return CauseWrongPassword, "", sure
}

// weaker returns the weaker of two.
func weaker(a, b Confidence) Confidence {
	rank := map[Confidence]int{Certain: 0, Likely: 1, Possible: 2}
	if rank[a] > rank[b] {
		return a
	}
	return b
}
