package access

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// LimitName names a limit, in settings and metrics.
type LimitName string

// The limits. The README describes each.
const (
	LimitRegistrationsAddress  LimitName = "registrations-address"
	LimitRegistrationsLocation LimitName = "registrations-location"
	LimitRegistrationsKey      LimitName = "registrations-key"
	LimitRegistrationsForm     LimitName = "registrations-form"
	LimitLookups               LimitName = "lookups"
	LimitGuesses               LimitName = "guesses"
	LimitGuessesEverywhere     LimitName = "guesses-everywhere"
	LimitCodes                 LimitName = "codes"
	LimitLinks                 LimitName = "links"
	LimitSecrets               LimitName = "secrets"
	LimitLogouts               LimitName = "logouts"
	LimitConsents              LimitName = "consents"
	LimitSelfService           LimitName = "self-service"
	LimitSignIns               LimitName = "sign-ins"

	LimitVerificationsAddress   LimitName = "verifications-address"
	LimitVerificationsLocation  LimitName = "verifications-location"
	LimitVerificationsDevice    LimitName = "verifications-device"
	LimitVerificationsRecipient LimitName = "verifications-recipient"
	LimitWrongCodesAddress      LimitName = "wrong-codes-address"
	LimitWrongCodesLocation     LimitName = "wrong-codes-location"
	LimitWrongCodesRecipient    LimitName = "wrong-codes-recipient"
)

// Rate is the size of a budget: Burst at once, and Count more in each Per.
type Rate struct {
	Burst int64
	Count int64 // 0: never refilled
	Per   time.Duration
}

// interval returns the time to refill one.
func (r Rate) interval() time.Duration { return max(r.Per/time.Duration(r.Count), time.Microsecond) }

// String returns the rate in the form that ParseLimits parses.
func (r Rate) String() string {
	if r.Count == 0 {
		return strconv.FormatInt(r.Burst, 10)
	}
	for _, u := range rateUnits {
		if u.per == r.Per {
			return fmt.Sprintf("%d+%d/%s", r.Burst, r.Count, u.name)
		}
	}
	return fmt.Sprintf("%d+%d/%s", r.Burst, r.Count, r.Per)
}

var rateUnits = []struct {
	name string
	per  time.Duration
}{{"s", time.Second}, {"m", time.Minute}, {"h", time.Hour}, {"d", 24 * time.Hour}}

// defaultLimits allow for a venue with 10,000 visitors who share one IPv4 address and arrive
// within an hour.
var defaultLimits = []struct {
	name LimitName
	rate Rate
}{
	{LimitRegistrationsAddress, Rate{20_000, 10_000, time.Hour}},
	{LimitRegistrationsLocation, Rate{20_000, 10_000, time.Hour}},
	{LimitRegistrationsKey, Rate{20_000, 10_000, time.Hour}},
	{LimitRegistrationsForm, Rate{Burst: 5}},
	{LimitLookups, Rate{600, 600, time.Minute}},
	{LimitGuesses, Rate{10, 10, time.Minute}},
	{LimitGuessesEverywhere, Rate{30, 30, time.Minute}},
	{LimitCodes, Rate{120, 120, time.Minute}},
	{LimitSignIns, Rate{10, 10, time.Minute}},
	{LimitLinks, Rate{600, 600, time.Minute}},
	{LimitSecrets, Rate{600, 600, time.Minute}},
	{LimitLogouts, Rate{20_000, 10_000, time.Hour}},
	{LimitConsents, Rate{100, 100, 24 * time.Hour}},
	{LimitSelfService, Rate{100, 100, 24 * time.Hour}},
	{LimitVerificationsAddress, Rate{20_000, 10_000, time.Hour}},
	{LimitVerificationsLocation, Rate{20_000, 10_000, time.Hour}},
	{LimitVerificationsDevice, Rate{10, 10, time.Hour}},
	{LimitVerificationsRecipient, Rate{10, 20, 24 * time.Hour}},
	{LimitWrongCodesAddress, Rate{1000, 1000, time.Hour}},
	{LimitWrongCodesLocation, Rate{2000, 2000, time.Hour}},
	{LimitWrongCodesRecipient, Rate{20, 20, 24 * time.Hour}},
}

// Limits holds the rates of a deployment.
type Limits struct {
	rates map[LimitName]Rate // a limit without an entry is off
}

// DefaultLimits returns the limits of a deployment without settings.
func DefaultLimits() *Limits {
	l := &Limits{rates: map[LimitName]Rate{}}
	for _, d := range defaultLimits {
		l.rates[d.name] = d.rate
	}
	return l
}

// LimitNames returns the names of all limits, in the order of the README.
func LimitNames() []LimitName {
	names := make([]LimitName, len(defaultLimits))
	for i, d := range defaultLimits {
		names[i] = d.name
	}
	return names
}

// Off reports whether all limits are off.
func (l *Limits) Off() bool { return len(l.rates) == 0 }

// Rate returns a limit's rate, and false when the limit is off.
func (l *Limits) Rate(name LimitName) (Rate, bool) {
	r, on := l.rates[name]
	return r, on
}

// ParseLimits parses settings: "off" alone, or any number of NAME=BURST+COUNT/UNIT (s, m, h, d)
// and NAME=off. Limits without a setting keep their default.
func ParseLimits(settings []string) (*Limits, error) {
	l, seen := DefaultLimits(), map[LimitName]bool{}
	for _, setting := range settings {
		setting = strings.TrimSpace(setting)
		if setting == "off" {
			if len(settings) > 1 {
				return nil, fmt.Errorf("off turns off all limits and cannot be combined with other settings")
			}
			return &Limits{rates: map[LimitName]Rate{}}, nil
		}
		text, value, ok := strings.Cut(setting, "=")
		name := LimitName(text)
		if !ok {
			return nil, fmt.Errorf("%q is neither off nor a setting like %s=%s",
				setting, LimitLookups, l.rates[LimitLookups])
		}
		if !slices.Contains(LimitNames(), name) {
			return nil, fmt.Errorf("unknown limit %q; the limits are %s", text, joinNames(LimitNames()))
		}
		if seen[name] {
			return nil, fmt.Errorf("%s is set twice", name)
		}
		seen[name] = true
		if value == "off" {
			delete(l.rates, name)
			continue
		}
		rate, err := parseRate(name, value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		l.rates[name] = rate
	}
	return l, nil
}

// The maximum values of settings. A burst must be refilled within a year, and an interval is at
// least a microsecond.
const (
	maxBurst  = 1_000_000_000
	maxRefill = 365 * 24 * time.Hour
)

// parseRate parses BURST+COUNT/UNIT, or BURST alone for forms, which are never refilled.
func parseRate(name LimitName, text string) (Rate, error) {
	burst, rest, refilled := strings.Cut(text, "+")
	var r Rate
	var err error
	if r.Burst, err = strconv.ParseInt(burst, 10, 64); err != nil || r.Burst < 1 || r.Burst > maxBurst {
		return r, fmt.Errorf("the burst %q is not a number from 1 to %d", burst, maxBurst)
	}
	if name == LimitRegistrationsForm {
		if refilled {
			return r, fmt.Errorf("%q: only a burst is allowed, because a form is not refilled", text)
		}
		return r, nil
	}
	count, unit, ok := strings.Cut(rest, "/")
	if !ok {
		return r, fmt.Errorf("%q is not BURST+COUNT/UNIT, like 600+600/m", text)
	}
	i := slices.IndexFunc(rateUnits, func(u struct {
		name string
		per  time.Duration
	}) bool {
		return u.name == unit
	})
	if i < 0 {
		return r, fmt.Errorf("the unit %q is not s, m, h or d", unit)
	}
	r.Per = rateUnits[i].per
	if r.Count, err = strconv.ParseInt(count, 10, 64); err != nil || r.Count < 1 || r.Count > r.Per.Microseconds() {
		return r, fmt.Errorf("the count %q is not a number from 1 to %d", count, r.Per.Microseconds())
	}
	if r.Burst > int64(maxRefill/r.interval()) {
		return r, fmt.Errorf("%q: the burst must refill within a year", text)
	}
	return r, nil
}

func joinNames(names []LimitName) string {
	texts := make([]string, len(names))
	for i, n := range names {
		texts[i] = string(n)
	}
	return strings.Join(texts, ", ")
}
