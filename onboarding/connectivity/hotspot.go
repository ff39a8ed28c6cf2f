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
			if err := s.lastRecords(ctx, &state); err != nil {
				return nil, err
			}
			all = append(all, state)
		}
	}
	return all, nil
}

// lastRecords reads the last attempts at a hotspot under each name that its packets may have.
func (s *Connectivity) lastRecords(ctx context.Context, state *HotspotState) error {
	h := state.Hotspot
	for _, name := range []struct{ kind, value string }{
		{onboarding.KeyOfClient, h.ID}, {onboarding.KeyOfNAS, h.NASIdentifier},
		{onboarding.KeyOfAddress, h.Address}, {onboarding.KeyOfMAC, h.MAC},
	} {
		if name.value == "" {
			continue
		}
		for _, accepted := range []bool{false, true} {
			rows, err := s.store.Attempts(ctx, onboarding.AttemptQuery{
				AccessPoint: name.kind + name.value, Accepted: accepted, Limit: lastRows,
			})
			if err != nil {
				return err
			}
			last := &state.LastSeen
			if accepted {
				last = &state.LastAccepted
			}
			for _, a := range rows {
				if a.HotspotID == h.ID && (*last == nil || a.Last.After(**last)) {
					*last = &a.Last
				}
			}
		}
	}
	return nil
}
