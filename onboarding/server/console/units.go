package console

import "strconv"

// size returns a number of octets in decimal units: 1.5 MB.
func size(octets int64) string {
	value, unit := float64(octets), 0
	units := []string{"B", "kB", "MB", "GB", "TB"}
	for value >= 999.95 && unit < len(units)-1 {
		value, unit = value/1000, unit+1
	}
	if unit == 0 {
		return strconv.FormatInt(octets, 10) + " B"
	}
	return strconv.FormatFloat(value, 'f', 1, 64) + " " + units[unit]
}
