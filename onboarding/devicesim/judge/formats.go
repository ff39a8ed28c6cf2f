package judge

import "regexp"

var (
	// UUIDFormat matches a UUID in either case (RFC 9562).
	UUIDFormat = regexp.MustCompile(`^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$`)
	// OIFormat matches an organization identifier of 3 or 5 octets in upper-case hex.
	OIFormat = regexp.MustCompile(`^([0-9A-F]{6}|[0-9A-F]{10})$`)
	// MCCMNCFormat matches a mobile network as Apple writes it: six digits, the fourth possibly F.
	MCCMNCFormat = regexp.MustCompile(`^[0-9]{3}[0-9F][0-9]{2}$`)
)

// JoinPath appends a key to a dotted path.
func JoinPath(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
