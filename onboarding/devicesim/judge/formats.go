package judge

import "regexp"

var (
	UUIDFormat   = regexp.MustCompile(`^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$`)
	OIFormat     = regexp.MustCompile(`^([0-9A-F]{6}|[0-9A-F]{10})$`)
	MCCMNCFormat = regexp.MustCompile(`^[0-9]{3}[0-9F][0-9]{2}$`)
)

func JoinPath(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
