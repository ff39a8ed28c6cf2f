package doctor

import (
	"context"
	"fmt"
	"time"

	"onramp/onboarding"
)

// QuirkSource reads the records of access points.
type QuirkSource interface {
	Organizations(ctx context.Context) ([]*onboarding.Organization, error)
	Attempts(ctx context.Context, q onboarding.AttemptQuery) ([]*onboarding.Attempt, error)
	Connections(ctx context.Context, q onboarding.ConnectionQuery) ([]*onboarding.Connection, error)
}

// Limits of the records that a hint rests on.
const (
	quirkAge         = 7 * 24 * time.Hour // of an accepted authentication
	quirkAttempts    = 20                 // of an access point, under each of its names
	quirkPeople      = 10                 // of an access point
	quirkConnections = 20                 // of each of them
	// accountingWait is the time in which the first accounting record of a connection must have
	// arrived; FreeRADIUS repeats those that Onramp did not take at first.
	accountingWait = 15 * time.Minute
	// interimWait is the longest time between two accounting records of an open connection.
	interimWait = time.Hour
	// clockError is the largest difference of clocks that may be a delay of a record, and
	// clockSpread that between the differences of a clock that is wrong.
	clockError  = 10 * time.Minute
	clockSpread = 5 * time.Minute
)

// Quirks looks for wrong settings of declared access points in their last records: no accounting,
// no interim updates, no SSID, no address of the device, a wrong clock.
func Quirks(s QuirkSource, now time.Time) Check {
	return func(ctx context.Context) []Line {
		const check = "access point settings"
		organizations, err := s.Organizations(ctx)
		if err != nil {
			return []Line{fail(check, "%v", err)}
		}
		var hints []Line
		for _, o := range organizations {
			for i := range o.Locations {
				for j := range o.Locations[i].Hotspots {
					h := &o.Locations[i].Hotspots[j]
					found, err := quirksOf(ctx, s, h, now)
					if err != nil {
						return []Line{fail(check, "%v", err)}
					}
					for _, hint := range found {
						hints = append(hints, warn(check, "%s (%s): %s", h.Name, o.Locations[i].Name, hint))
					}
				}
			}
		}
		if len(hints) == 0 {
			return []Line{ok(check, "the last records of declared access points show no wrong setting")}
		}
		if more := len(hints) - most; more > 0 {
			hints = append(hints[:most], warn(check, "%d more", more))
		}
		return hints
	}
}

// quirksOf returns the hints about one access point.
func quirksOf(ctx context.Context, s QuirkSource, h *onboarding.Hotspot, now time.Time) ([]string, error) {
	accepted, err := acceptedAt(ctx, s, h, now)
	if err != nil || len(accepted) == 0 {
		return nil, err
	}
	var hints []string
	hint := func(format string, args ...any) { hints = append(hints, fmt.Sprintf(format, args...)) }
	if !some(accepted, func(a *onboarding.Attempt) bool { return a.Station != "" }) {
		hint("its requests have no Calling-Station-Id, or one that is no MAC address: devices cannot be told apart " +
			"(set the format of Calling-Station-Id to the MAC address)")
	}
	connections, due, err := connectionsAt(ctx, s, h, accepted, now)
	if err != nil {
		return nil, err
	}
	if len(connections) == 0 {
		if due != nil {
			hint("accepted a device at %s, and no accounting record followed (set the accounting server: port 1813 "+
				"of FreeRADIUS, the same secret, interim updates)", due.Last.UTC().Format(time.RFC3339))
		}
		return hints, nil
	}
	if !some(connections, func(c *onboarding.Connection) bool { return c.SSID != "" }) {
		hint("its Called-Station-Id has no SSID: connections show no network (set the format to MAC:SSID)")
	}
	for _, c := range connections {
		if quiet := now.Sub(c.Progress.At); c.Reported == nil && c.Restart == nil && c.Progress.Duration == 0 &&
			quiet > interimWait {
			hint("sent no accounting record about an open connection for %v (set interim updates, every 5 to 10 "+
				"minutes)", quiet.Truncate(time.Minute))
			break
		}
	}
	if wrong := clockOf(connections); wrong != 0 {
		hint("its clock is wrong by about %v (set a time server)", wrong.Truncate(time.Minute))
	}
	return hints, nil
}

// acceptedAt returns the last accepted authentications at an access point under each name that its
// packets may have.
func acceptedAt(
	ctx context.Context, s QuirkSource, h *onboarding.Hotspot, now time.Time,
) ([]*onboarding.Attempt, error) {
	var accepted []*onboarding.Attempt
	for _, name := range []struct{ kind, value string }{
		{onboarding.KeyOfClient, h.ID}, {onboarding.KeyOfNAS, h.NASIdentifier},
		{onboarding.KeyOfAddress, h.Address}, {onboarding.KeyOfMAC, h.MAC},
	} {
		if name.value == "" {
			continue
		}
		rows, err := s.Attempts(ctx, onboarding.AttemptQuery{
			AccessPoint: name.kind + name.value, Accepted: true, Limit: quirkAttempts,
		})
		if err != nil {
			return nil, err
		}
		for _, a := range rows {
			if a.HotspotID == h.ID && now.Sub(a.Last) <= quirkAge {
				accepted = append(accepted, a)
			}
		}
	}
	return accepted, nil
}

// connectionsAt returns the last connections at the access point of the customers whom it accepted,
// and an accepted authentication after which a record is due; nil if there is none.
func connectionsAt(
	ctx context.Context, s QuirkSource, h *onboarding.Hotspot, accepted []*onboarding.Attempt, now time.Time,
) (connections []*onboarding.Connection, due *onboarding.Attempt, err error) {
	seen := map[string]bool{}
	for _, a := range accepted {
		if a.CustomerID == "" || seen[a.CustomerID] || len(seen) >= quirkPeople {
			continue
		}
		seen[a.CustomerID] = true
		if due == nil && now.Sub(a.Last) > accountingWait {
			due = a
		}
		rows, err := s.Connections(ctx, onboarding.ConnectionQuery{CustomerID: a.CustomerID, Limit: quirkConnections})
		if err != nil {
			return nil, nil, err
		}
		for _, c := range rows {
			if c.HotspotID == h.ID {
				connections = append(connections, c)
			}
		}
	}
	return connections, due, nil
}

// clockOf returns the error of an access point's clock that at least two connections agree on; 0:
// none. A single difference may be the delay of a record.
func clockOf(connections []*onboarding.Connection) time.Duration {
	var wrong []time.Duration
	for _, c := range connections {
		e := &c.Evidence
		if e.Clock == 0 || e.StartReceived == 0 {
			continue
		}
		d := time.Duration(e.Clock-e.StartReceived) * time.Microsecond
		if d.Abs() < clockError {
			return 0
		}
		wrong = append(wrong, d)
	}
	if len(wrong) < 2 {
		return 0
	}
	for _, d := range wrong {
		if (d - wrong[0]).Abs() > clockSpread {
			return 0
		}
	}
	return wrong[0]
}

func some[T any](all []*T, is func(*T) bool) bool {
	for _, one := range all {
		if is(one) {
			return true
		}
	}
	return false
}
