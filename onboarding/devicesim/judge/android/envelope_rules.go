package android

import "onramp/onboarding/devicesim/judge"

// Envelope: base64 of a MIME multipart message.
var (
	ruleBase64 = judge.Refusal("android-base64",
		"The whole body is standard base64 (RFC 4648 section 4, not the URL-safe alphabet), with correct or no "+
			"padding; line breaks are allowed.",
		effectUnreadable)
	ruleHeader = judge.Refusal("android-header",
		"The decoded file begins with header lines `Name: value`; no header line begins with a blank.",
		effectUnreadable)
	ruleTopType = judge.Refusal("android-content-type",
		"The top header is `Content-Type: multipart/mixed`, with exactly this name and value.",
		effectUnreadable)
	ruleBoundary = judge.Refusal("android-boundary",
		"The top Content-Type has a boundary, without a semicolon.",
		effectUnreadable)
	ruleEncoding = judge.Refusal("android-encoding",
		"Content-Transfer-Encoding is exactly `base64`, in lower case, at the top and in every part.",
		effectUnreadable)
	ruleFirstBoundary = judge.Refusal("android-boundary-first",
		"A line that is exactly `--` and the boundary opens the first part.",
		effectUnreadable)
	ruleLastBoundary = judge.Refusal("android-boundary-last",
		"A line that is exactly `--`, the boundary and `--`, with nothing after it, closes the last part.",
		effectUnreadable)
	rulePartType = judge.Refusal("android-part-type",
		"Parts are application/x-passpoint-profile, application/x-x509-ca-cert or application/x-pkcs12.",
		effectUnreadable)
	rulePartBase64 = judge.Refusal("android-part-base64",
		"The body of each part is standard base64.",
		effectUnreadable)
	ruleProfileMissing = judge.Refusal("android-profile-missing",
		"One part is application/x-passpoint-profile.",
		effectUnreadable)
	ruleProfileTwice = judge.Refusal("android-profile-twice",
		"Only one part is application/x-passpoint-profile.",
		"the last profile silently replaces the others")
	ruleCATwice = judge.Refusal("android-ca-twice",
		"At most one part is application/x-x509-ca-cert.",
		"the last certificate silently replaces the others and the network is not joined")
	rulePreamble = judge.Caution("android-preamble",
		"There is no text between the header and the first boundary.",
		"the text before the first boundary is skipped")
	ruleBoundaryTail = judge.Caution("android-boundary-tail",
		"A line between parts is exactly `--` and the boundary.",
		"the rest of the line is ignored")
	ruleHeaderIgnored = judge.Caution("android-header-ignored",
		"A part needs only Content-Type and Content-Transfer-Encoding.",
		"other headers are ignored; Android 8 and before refuse them")
)
