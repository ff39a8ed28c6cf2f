package doctor

import (
	"context"
	"time"
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
			return []Line{ok(name, "none is in progress")}
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
