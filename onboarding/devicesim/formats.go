package devicesim

import "regexp"

var (
	uuidFormat   = regexp.MustCompile(`^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$`)
	oiFormat     = regexp.MustCompile(`^([0-9A-F]{6}|[0-9A-F]{10})$`)
	mccMncFormat = regexp.MustCompile(`^[0-9]{3}[0-9F][0-9]{2}$`)
)

func joinPath(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
