package doctor

import (
	"context"
)

// Requests are the authentication requests that FreeRADIUS dropped without an answer since it
// started.
type Requests struct {
	Unknown int64 // of senders that are no clients
	Clients []ClientRequests
}

// ClientRequests are the dropped requests of one client.
type ClientRequests struct {
	Client    string // name and address
	Invalid   int64  // signed with another secret
	Malformed int64  // without Message-Authenticator, or malformed otherwise
}

// DroppedRequests reports the requests that FreeRADIUS dropped. read returns nil if FreeRADIUS has
// no status port.
func DroppedRequests(read func(ctx context.Context) (*Requests, error)) Check {
	const check = "radius requests"
	return func(ctx context.Context) []Line {
		dropped, err := read(ctx)
		if err != nil {
			return []Line{warn(check, "the statistics of FreeRADIUS cannot be read: %v", err)}
		}
		if dropped == nil {
			return []Line{ok(check, "FreeRADIUS has no status port: dropped requests are not counted")}
		}
		var lines []Line
		if dropped.Unknown > 0 {
			lines = append(lines, warn(check, "%d requests of undeclared senders were dropped since FreeRADIUS "+
				"started (give the access point's address and secretFile, and run onramp freeradius)", dropped.Unknown))
		}
		for _, c := range dropped.Clients {
			if c.Malformed > 0 {
				lines = append(lines, warn(check, "%s: %d requests without Message-Authenticator, or malformed, were "+
					"dropped since FreeRADIUS started (update the access point's firmware; see /docs/network)",
					c.Client, c.Malformed))
			}
			if c.Invalid > 0 {
				lines = append(lines, warn(check, "%s: %d requests with another secret were dropped since FreeRADIUS "+
					"started (set the same secret in the access point and in its secretFile)", c.Client, c.Invalid))
			}
		}
		if len(lines) == 0 {
			return []Line{ok(check, "FreeRADIUS dropped none since it started")}
		}
		if more := len(lines) - most; more > 0 {
			lines = append(lines[:most], warn(check, "%d more", more))
		}
		return lines
	}
}
