package radius

import (
	"context"
	"encoding/hex"
	"errors"
	"net"
	"net/netip"

	"onramp/onboarding"
)

// Secret returns the common secret, for RADIUS clients without one of their own: 32 hexadecimal
// digits. The first call makes it.
func (s *AAA) Secret(ctx context.Context) (string, error) {
	secret, err := s.access.Secret(ctx, secretRADIUS, 16)
	if err != nil {
		return "", err
	}
	return hex.EncodeToString(secret), nil
}

const secretRADIUS = "radius-secret"

// HotspotSecret returns the RADIUS secret of the hotspot: its own, or the common one.
func (s *AAA) HotspotSecret(ctx context.Context, h *onboarding.Hotspot) ([]byte, error) {
	if h.Secret == nil {
		secret, err := s.Secret(ctx)
		return []byte(secret), err
	}
	return s.sealer.Open(*h.Secret, onboarding.HotspotSecretPurpose(h.ID))
}

// LocalSecret returns the secret of requests from FreeRADIUS's own machine to its address
// (host:port): such a request comes from the same address. If that is the address of a declared
// hotspot, it is the hotspot's secret, and the common one otherwise.
func (s *AAA) LocalSecret(ctx context.Context, address string) ([]byte, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	if ip, err := netip.ParseAddr(host); host == "localhost" || err == nil && ip.Is4() && ip.IsLoopback() {
		host = "127.0.0.1" // the source of requests to the whole network
	}
	hotspots, err := s.addressed(ctx)
	if err != nil {
		return nil, err
	}
	for _, h := range hotspots {
		if h.Address == host {
			return s.HotspotSecret(ctx, h)
		}
	}
	common, err := s.Secret(ctx)
	return []byte(common), err
}

// FreeRADIUSConfigured reports whether a FreeRADIUS configuration was written for this deployment,
// that is, whether its common secret exists.
func (s *AAA) FreeRADIUSConfigured(ctx context.Context) (bool, error) {
	_, err := s.store.Secret(ctx, secretRADIUS)
	if errors.Is(err, onboarding.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// PrepareSecrets makes, if needed, and loads the keys of Classes and pseudonyms, so that the first
// request does not wait for a commit.
func (s *AAA) PrepareSecrets(ctx context.Context) error {
	if _, err := s.classAEAD(ctx); err != nil {
		return err
	}
	_, err := s.identityKeys(ctx)
	return err
}
