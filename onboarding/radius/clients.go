package radius

import (
	"context"
	"fmt"

	"onramp/onboarding"
)

// RADIUSClient is an access point with a client entry: FreeRADIUS recognizes its requests by their
// source address, and verifies them with its secret.
type RADIUSClient struct {
	OrganizationID string
	HotspotID      string
	Address        string
	Secret         []byte // its own; nil: it uses the common one
}

// Clients returns the declared hotspots that have an address, ordered by organization and
// declaration.
func (s *AAA) Clients(ctx context.Context) ([]RADIUSClient, error) {
	hotspots, err := s.addressed(ctx)
	if err != nil {
		return nil, err
	}
	var clients []RADIUSClient
	for _, h := range hotspots {
		c := RADIUSClient{OrganizationID: h.organizationID, HotspotID: h.ID, Address: h.Address}
		if h.Secret != nil {
			if c.Secret, err = s.ownSecret(h.Hotspot); err != nil {
				return nil, fmt.Errorf("secret of hotspot %s: %w", h.ID, err)
			}
		}
		clients = append(clients, c)
	}
	return clients, nil
}

// addressedHotspot is a declared hotspot that has an address.
type addressedHotspot struct {
	organizationID string
	*onboarding.Hotspot
}

// addressed returns the declared hotspots that have an address, in the order of Clients.
func (s *AAA) addressed(ctx context.Context) ([]addressedHotspot, error) {
	organizations, err := s.store.Organizations(ctx)
	if err != nil {
		return nil, err
	}
	var hotspots []addressedHotspot
	for _, o := range organizations {
		for i := range o.Locations {
			for j := range o.Locations[i].Hotspots {
				if h := &o.Locations[i].Hotspots[j]; h.Address != "" {
					hotspots = append(hotspots, addressedHotspot{o.ID, h})
				}
			}
		}
	}
	return hotspots, nil
}
