package doctor

import (
	"cmp"
	"context"
	"strconv"
	"time"

	"onramp/onboarding"
)

// SecretChange is the change of a secret that other programs send, while the former one works.
type SecretChange struct {
	Kind           string // as `onramp rekey` names it
	Former, Newest string
	Ends           time.Time // end of the former; zero: none
	FormerUsed     time.Time // zero: no use is recorded
	FormerUsedBy   string
	NewestUsed     time.Time
}

// Changes warns of changes of secrets that are not finished.
func Changes(read func(ctx context.Context) ([]SecretChange, error)) Check {
	return func(ctx context.Context) []Line {
		const name = "secret changes"
		changes, err := read(ctx)
		if err != nil {
			return []Line{fail(name, "%v", err)}
		}
		if len(changes) == 0 {
			return []Line{ok(name, "none is in progress").as("noChange")}
		}
		var lines []Line
		for _, c := range changes {
			end := "works until it is forgotten"
			if !c.Ends.IsZero() {
				end = "works until " + c.Ends.Format(time.RFC3339)
			}
			switch {
			case c.NewestUsed.IsZero():
				lines = append(lines, warn(name, "no request has used %s yet, and %s %s: run onramp freeradius on "+
					"each machine of FreeRADIUS, and restart it", c.Newest, c.Former, end))
			case c.FormerUsed.IsZero():
				lines = append(lines, warn(name, "%s is in use; %s %s: onramp rekey %s --forget %s", c.Newest, c.Former,
					end, c.Kind, c.Former))
			default:
				lines = append(lines, warn(name, "%s was last used at %s by %s, and %s; once nothing uses it: onramp "+
					"rekey %s --forget %s", c.Former, c.FormerUsed.Format(time.RFC3339), c.FormerUsedBy, end, c.Kind,
					c.Former))
			}
		}
		return lines
	}
}

// remedies are the ways to change a key, by its kind.
var remedies = map[string]string{
	onboarding.KeySigner: "renew the certificate of --signing-cert with another key",
	onboarding.KeyClient: "onramp key list shows it, onramp key rotate changes it",
}

// KeyAges prints the age of each key, and warns of those that should be changed.
func KeyAges(read func(ctx context.Context) ([]onboarding.KeyAge, error), now time.Time) Check {
	return func(ctx context.Context) []Line {
		const name, day = "key age", 24 * time.Hour
		ages, err := read(ctx)
		if err != nil {
			return []Line{fail(name, "%v", err)}
		}
		var lines []Line
		for _, a := range ages {
			age := now.Sub(a.Created)
			switch {
			case a.Created.IsZero():
				lines = append(lines, ok(name, "%s: its creation is not known", a.Kind).
					as("keyUnknown", "key", a.Kind))
			case age > a.Limit():
				remedy := cmp.Or(remedies[a.Kind], "onramp rekey "+a.Kind)
				lines = append(lines, warn(name, "%s: %d days, more than %d: %s", a.Kind, age/day, a.Limit()/day,
					remedy).as("keyOld", "key", a.Kind, "days", strconv.Itoa(int(age/day)), "most",
					strconv.Itoa(int(a.Limit()/day))))
			default:
				days := int(max(0, age/day))
				lines = append(lines, ok(name, "%s: %d days", a.Kind, days).
					as("keyAge", "key", a.Kind, "days", strconv.Itoa(days)))
			}
		}
		return lines
	}
}
