package radacct

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// layouts are the forms in which databases write a time: with the offset of its time zone, and
// without.
var (
	withOffset = []string{"2006-01-02 15:04:05.999999999Z07", "2006-01-02 15:04:05.999999999Z07:00",
		"2006-01-02 15:04:05.999999999Z07:00:00"}
	withoutOffset = "2006-01-02 15:04:05.999999999"
)

// errNoZone is the error of a time without a time zone.
var errNoZone = errors.New("a time without a time zone; name that of the database with --time-zone, " +
	"such as Europe/Rome")

// time returns the time that a text means: seconds since 1970, or a date and a time. It returns the
// zero time for none, and for MySQL's 0000-00-00.
func (c *Config) time(text string) (time.Time, error) {
	if text == "" || strings.HasPrefix(text, "0000-00-00") {
		return time.Time{}, nil
	}
	if seconds, err := strconv.ParseInt(text, 10, 64); err == nil {
		return time.Unix(seconds, 0).UTC(), nil
	}
	text = strings.Replace(text, "T", " ", 1)
	for _, layout := range withOffset {
		if at, err := time.Parse(layout, text); err == nil {
			return at.UTC(), nil
		}
	}
	at, err := time.Parse(withoutOffset, text)
	switch {
	case err != nil:
		return at, fmt.Errorf("%.40q is no time", text)
	case c.Zone == nil:
		return at, errNoZone
	}
	at, err = time.ParseInLocation(withoutOffset, text, c.Zone)
	return at.UTC(), err
}
