package devicesim

// Envelope: base64 of a MIME multipart message.
var (
	androidBase64 = refusal("android-base64",
		"The whole body is standard base64 (RFC 4648 section 4, not the URL-safe alphabet), padded rightly or not at all; line breaks are free.",
		androidDrops)
	androidHeader = refusal("android-header",
		"The decoded file begins with header lines `Name: value`; a header line does not begin with a blank.",
		androidDrops)
	androidTopType = refusal("android-content-type",
		"The top header is `Content-Type: multipart/mixed` with that very spelling of name and value.",
		androidDrops)
	androidBoundary = refusal("android-boundary",
		"The top Content-Type names a boundary, and it holds no semicolon.",
		androidDrops)
	androidEncoding = refusal("android-encoding",
		"Content-Transfer-Encoding is exactly `base64`, in lower case, at the top and in every part.",
		androidDrops)
	androidFirstBoundary = refusal("android-boundary-first",
		"A line that is exactly `--` and the boundary opens the first part.",
		androidDrops)
	androidLastBoundary = refusal("android-boundary-last",
		"A line that is exactly `--`, the boundary and `--`, with nothing after it, closes the last part.",
		androidDrops)
	androidPartType = refusal("android-part-type",
		"Parts are application/x-passpoint-profile, application/x-x509-ca-cert or application/x-pkcs12 and nothing else.",
		androidDrops)
	androidPartBase64 = refusal("android-part-base64",
		"The body of each part is standard base64.",
		androidDrops)
	androidProfileMissing = refusal("android-profile-missing",
		"One part is application/x-passpoint-profile.",
		androidDrops)
	androidProfileTwice = refusal("android-profile-twice",
		"Only one part is application/x-passpoint-profile.",
		"the last profile silently replaces the others")
	androidCATwice = refusal("android-ca-twice",
		"At most one part is application/x-x509-ca-cert.",
		"the last certificate silently replaces the others and the network is not joined")
	androidPreamble = caution("android-preamble",
		"Nothing stands between the header and the first boundary.",
		"the text before the first boundary is skipped")
	androidBoundaryTail = caution("android-boundary-tail",
		"A line between parts is exactly `--` and the boundary.",
		"what follows the boundary on its line is ignored")
	androidHeaderIgnored = caution("android-header-ignored",
		"A part needs only Content-Type and Content-Transfer-Encoding.",
		"other headers are ignored; Android 8 and before refuse them")
)
