package connectivity

import (
	"context"
	"time"

	"onramp/onboarding"
)

// HotspotState is a declared hotspot and its last records.
type HotspotState struct {
	Location *onboarding.Location
	Hotspot  *onboarding.Hotspot
	// LastSeen is the time of the last authentication at the hotspot, LastAccepted that of the last
	// Access-Accept; nil: none within the time for which the organization keeps attempts.
	LastSeen, LastAccepted *time.Time
}

// lastRows is the number of the last attempts of an access point that are read. A name that another
// organization's access point has too may hide older ones of the hotspot.
const lastRows = 20

// Hotspots returns the state of each declared hotspot, in the order of the declaration.
func (s *Connectivity) Hotspots(
	ctx context.Context, by *onboarding.Caller, organizationID string,
) ([]HotspotState, error) {
	o, err := s.access.Organization(ctx, by, organizationID)
	if err != nil {
		return nil, err
	}
	var all []HotspotState
	for i := range o.Locations {
		l := &o.Locations[i]
		for j := range l.Hotspots {
			state := HotspotState{Location: l, Hotspot: &l.Hotspots[j]}
			if state.LastSeen, err = s.last(ctx, state.Hotspot, false); err != nil {
				return nil, err
			}
			if state.LastAccepted, err = s.last(ctx, state.Hotspot, true); err != nil {
				return nil, err
			}
			all = append(all, state)
		}
	}
	return all, nil
}

// HasAccepted reports whether any declared hotspot has a LastAccepted. It reads no further hotspot
// after the first.
func (s *Connectivity) HasAccepted(
	ctx context.Context, by *onboarding.Caller, organizationID string,
) (bool, error) {
	o, err := s.access.Organization(ctx, by, organizationID)
	if err != nil {
		return false, err
	}
	for _, l := range o.Locations {
		for i := range l.Hotspots {
			if at, err := s.last(ctx, &l.Hotspots[i], true); err != nil || at != nil {
				return at != nil, err
			}
		}
	}
	return false, nil
}

// last returns the time of the last attempt at a hotspot, or of the last accepted one, under each
// name that its packets may have; nil: none.
func (s *Connectivity) last(ctx context.Context, h *onboarding.Hotspot, accepted bool) (*time.Time, error) {
	var last *time.Time
	for _, name := range []struct{ kind, value string }{
		{onboarding.KeyOfClient, h.ID}, {onboarding.KeyOfNAS, h.NASIdentifier},
		{onboarding.KeyOfAddress, h.Address}, {onboarding.KeyOfMAC, h.MAC},
	} {
		if name.value == "" {
			continue
		}
		rows, err := s.store.Attempts(ctx, onboarding.AttemptQuery{
			AccessPoint: name.kind + name.value, Accepted: accepted, Limit: lastRows,
		})
		if err != nil {
			return nil, err
		}
		for _, a := range rows {
			if a.HotspotID == h.ID && (last == nil || a.Last.After(*last)) {
				last = &a.Last
			}
		}
	}
	return last, nil
}
