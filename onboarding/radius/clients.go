package radius

import (
	"context"
	"fmt"
)

// RADIUSClient is an access point with a client entry: FreeRADIUS recognizes its requests by their
// source address, and verifies them with its secret.
type RADIUSClient struct {
	HotspotID string
	Address   string
	Secret    []byte // its own, or the common one
}

// Clients returns the declared hotspots that have an address, ordered by organization and
// declaration.
func (s *AAA) Clients(ctx context.Context) ([]RADIUSClient, error) {
	organizations, err := s.store.Organizations(ctx)
	if err != nil {
		return nil, err
	}
	var clients []RADIUSClient
	for _, o := range organizations {
		for i := range o.Locations {
			for j := range o.Locations[i].Hotspots {
				h := &o.Locations[i].Hotspots[j]
				if h.Address == "" {
					continue
				}
				secret, err := s.HotspotSecret(ctx, h)
				if err != nil {
					return nil, fmt.Errorf("secret of hotspot %s: %w", h.ID, err)
				}
				clients = append(clients, RADIUSClient{HotspotID: h.ID, Address: h.Address, Secret: secret})
			}
		}
	}
	return clients, nil
}
