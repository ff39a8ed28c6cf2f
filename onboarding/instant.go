package onboarding

import (
	"context"
	_ "embed"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
	_ "time/tzdata"
)

// A Stretch is the span of time that a text names: 2022-07-08 is a day and 08:08 a minute.
type Stretch struct {
	Start time.Time
	Unit  time.Duration
}

// Last returns the last microsecond of the stretch.
func (s Stretch) Last() time.Time { return s.Start.Add(s.Unit - time.Microsecond) }

// MaxReportPeriod is the longest period of a report.
const MaxReportPeriod = 366 * 24 * time.Hour

// ReportPeriod returns the bounds of a report. A missing to is now, a missing from is standard
// before to. A period that is longer than MaxReportPeriod, or that ends before it begins, is
// Invalid.
func ReportPeriod(from, to *time.Time, now time.Time, standard time.Duration) (begin, end time.Time, err error) {
	end = now
	if to != nil {
		end = *to
	}
	begin = end.Add(-standard)
	if from != nil {
		begin = *from
	}
	if end.Before(begin) {
		return begin, end, InvalidField("to", "before from")
	}
	if end.Sub(begin) > MaxReportPeriod {
		return begin, end, InvalidField("from", "more than 366 days before to")
	}
	return begin, end, nil
}

// timeForm matches a date with an optional time of day and zone: RFC 3339, ISO 8601, and the
// formats that phones print by their locale, such as `2022-07-08 8:08:44 AM +0000`.
var timeForm = regexp.MustCompile(`(?i)^(\d{4})-(\d{2})-(\d{2})` +
	`(?:(?:T| +)(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9})\d*)?)?` +
	` *(\p{L}[\p{L}.'"״׳ ]*?)??` +
	` *(Z|(?:UTC|GMT)|(?:UTC|GMT)?([+-]| )(\d{1,2})(?::?(\d{2}))?)?)?$`)

// halvesOfTheDay maps the markers of a 12-hour clock, in the languages of phones, to true for the
// afternoon and false for the morning.
var halvesOfTheDay = map[string]bool{
	"am": false, "a": false, "pm": true, "p": true, "vorm": false, "nachm": true, "fm": false, "em": true,
	"ص": false, "م": true, "قظ": false, "بظ": true, "לפנהצ": false, "אחהצ": true,
	"上午": false, "下午": true, "午前": false, "午後": true, "오전": false, "오후": true, "πμ": false, "μμ": true,
	"पूर्वाह्न": false, "अपराह्न": true, "sa": false, "ch": true, "öö": false, "ös": true,
}

// The submatches of timeForm.
const (
	formYear = iota + 1
	formMonth
	formDay
	formHour
	formMinute
	formSecond
	formFraction
	formHalf
	formZone
	formSign
	formZoneHour
	formZoneMinute
)

// ParseTime parses an instant of a request. It requires a zone; field is named in the error. The
// result is in UTC and truncated to the microsecond.
func ParseTime(field, text string) (time.Time, error) {
	s, zoned, ok := parseStretch(text)
	if !ok || !zoned || s.Start.Year() < 1970 {
		return time.Time{}, InvalidField(field, "not a time like 2022-07-08T08:08:44Z")
	}
	return s.Start, nil
}

// ParseStretch parses a date or a time of a search, in UTC unless the text has a zone. field is
// named in the error.
func ParseStretch(field, text string) (Stretch, error) {
	s, _, ok := parseStretch(text)
	if !ok {
		return s, InvalidField(field, "not a date of ISO 8601 like 2026-03-29T12:00:00Z")
	}
	return s, nil
}

// parseStretch parses a text; zoned reports whether the text has a zone.
func parseStretch(text string) (s Stretch, zoned, ok bool) {
	if len(text) > 100 {
		return s, false, false
	}
	parts := timeForm.FindStringSubmatch(strings.TrimSpace(asciiForms(text)))
	if parts == nil {
		return s, false, false
	}
	number := func(part int) int {
		n, _ := strconv.Atoi(parts[part]) // digits, or empty
		return n
	}
	hour, ok := hourOf(number(formHour), parts[formHalf])
	day := time.Date(number(formYear), time.Month(number(formMonth)), number(formDay), 0, 0, 0, 0, time.UTC)
	minute, second := number(formMinute), number(formSecond)
	switch {
	case !ok, day.Day() != number(formDay), int(day.Month()) != number(formMonth), day.Year() < 1:
		return s, false, false
	case minute > 59 || second > 60: // 60 is a leap second
		return s, false, false
	case hour > 24 || hour == 24 && minute+second > 0:
		return s, false, false
	}
	offset, ok := offsetOf(parts[formSign], number(formZoneHour), number(formZoneMinute))
	if !ok {
		return s, false, false
	}
	s.Start = day.Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute +
		time.Duration(second)*time.Second - offset)
	switch {
	case parts[formHour] == "":
		s.Unit = 24 * time.Hour
	case parts[formSecond] == "":
		s.Unit = time.Minute
	default:
		s.Unit = time.Second
	}
	if digits := parts[formFraction]; digits != "" {
		nanos, _ := strconv.Atoi((digits + "00000000")[:9])
		s.Start = s.Start.Add(time.Duration(nanos).Truncate(time.Microsecond))
		for range min(len(digits), 6) {
			s.Unit /= 10
		}
	}
	return s, parts[formZone] != "", true
}

// hourOf returns the hour of the day (0 to 24). half is the marker of a 12-hour clock, or empty.
func hourOf(hour int, half string) (int, bool) {
	if half == "" {
		return hour, true
	}
	word := strings.NewReplacer(".", "", " ", "", "'", "", `"`, "", "״", "", "׳", "").Replace(strings.ToLower(half))
	afternoon, known := halvesOfTheDay[word]
	if !known || hour < 1 || hour > 12 {
		return 0, false
	}
	hour %= 12
	if afternoon {
		hour += 12
	}
	return hour, true
}

// offsetOf returns the offset of a zone. A space in place of the sign was a + before URL
// decoding.
func offsetOf(sign string, hours, minutes int) (time.Duration, bool) {
	if hours > 23 || minutes > 59 {
		return 0, false
	}
	offset := time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute
	if sign == "-" {
		offset = -offset
	}
	return offset, true
}

// SameInstant reports whether two optional instants are equal.
func SameInstant(a, b *time.Time) bool {
	return a == nil && b == nil || a != nil && b != nil && a.Equal(*b)
}

func MinTime(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func MaxTime(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// Clock returns the current time. A nil Clock is the system clock; tests set their own.
type Clock func() time.Time

// Now returns the time in UTC, truncated to the microsecond (the resolution of stores).
func (c Clock) Now() time.Time {
	if c == nil {
		return time.Now().UTC().Truncate(time.Microsecond)
	}
	return c().UTC().Truncate(time.Microsecond)
}

// Repeat calls do now and after each interval, until ctx ends.
func Repeat(ctx context.Context, every time.Duration, do func()) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		do()
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// Sleep waits for a duration, or returns the error of ctx once it ends.
func Sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// InBatches repeats a step as long as it reports that more is left. After each it pauses for as
// long as it took, so that others write at half their speed at least.
func InBatches(ctx context.Context, step func() (more bool, err error)) error {
	for {
		began := time.Now()
		if more, err := step(); err != nil || !more {
			return err
		}
		if err := Sleep(ctx, time.Since(began)); err != nil {
			return err
		}
	}
}

// maxSkips is the number of items in a row that a background task may skip. Beyond it, the fault is
// not one of the items.
const maxSkips = 20

// Skips counts the items that a background task leaves out because of an error, so that one item
// that cannot be read does not stop the others. The zero value is ready to use.
type Skips struct {
	count, row int
	first      error
}

// Skip counts an item with its error and reports whether the task may go on: not after the end of
// ctx, while the database is unavailable, and after too many items in a row.
func (s *Skips) Skip(ctx context.Context, err error) bool {
	if ctx.Err() != nil || KindOf(err) == Unavailable {
		return false
	}
	if s.count++; s.first == nil {
		s.first = err
	}
	s.row++
	return s.row <= maxSkips
}

// Done notes an item without an error.
func (s *Skips) Done() { s.row = 0 }

// Err returns an error with the number of skipped items and the first error; nil without one.
func (s *Skips) Err() error {
	if s.count == 0 {
		return nil
	}
	return fmt.Errorf("%d skipped; the first: %w", s.count, s.first)
}

// Zone returns the business time zone of a location, UTC if it is unknown.
func (l *Location) Zone() *time.Location {
	if l == nil {
		return time.UTC
	}
	return ZoneOf(l.Timezone)
}

// AgeAt returns the age in years on the UTC date of now, and the next birthday. A person born on
// 29 February has the birthday on 1 March in other years.
func AgeAt(birthDate string, now time.Time) (years int, birthday time.Time, known bool) {
	born, err := time.Parse(time.DateOnly, birthDate)
	if err != nil {
		return 0, time.Time{}, false
	}
	now = now.UTC()
	years = now.Year() - born.Year()
	birthday = born.AddDate(years, 0, 0)
	if birthday.After(now) {
		years--
	} else {
		birthday = born.AddDate(years+1, 0, 0)
	}
	return years, birthday, true
}

// zoneName is the form of all IANA names. Other files in a system's zone directory (localtime,
// posixrules, posix/, right/) begin with a lower-case letter: they differ between machines, or
// count leap seconds.
var zoneName = regexp.MustCompile(`^[A-Z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$`)

// IanaZone reports whether the name is an IANA time zone of a place or UTC. It refuses "Factory",
// the zone of an unconfigured machine, and "Local", Go's name for the machine's zone.
func IanaZone(name string) bool {
	if !zoneName.MatchString(name) || name == "Factory" || name == "Local" {
		return false
	}
	_, err := time.LoadLocation(name)
	return err == nil
}

// zones caches loaded time zones by name, because every load reads and parses a file.
var zones sync.Map

// ZoneOf returns the time zone with that IANA name, UTC if there is none.
func ZoneOf(name string) *time.Location {
	if zone, ok := zones.Load(name); ok {
		return zone.(*time.Location)
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	zones.Store(name, zone)
	return zone
}

//go:embed zone_countries.txt
var zoneCountriesText string

// zoneCountries maps IANA time zones to their country.
var zoneCountries = sync.OnceValue(func() map[string]string {
	countries := map[string]string{}
	for line := range strings.Lines(zoneCountriesText) {
		if country, zone, ok := strings.Cut(strings.TrimSpace(line), " "); ok && country != "#" {
			countries[zone] = country
		}
	}
	return countries
})

// zoneCountry returns the ISO 3166-1 code of the country of an IANA time zone, "" for UTC and
// similar zones.
func zoneCountry(zone string) string { return zoneCountries()[zone] }
