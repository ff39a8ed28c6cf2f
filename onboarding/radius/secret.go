package radius

import (
	"context"
	"encoding/hex"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/access"
)

// CommonSecret is a version of the secret of RADIUS clients without one of their own.
type CommonSecret struct {
	Name   string
	Secret string // 32 hexadecimal digits
	// Second is set if clients use it at the second pair of ports. FreeRADIUS knows one secret of a
	// client at a port, so that the versions alternate between two pairs.
	Second bool
}

// CommonSecrets returns the versions that access points may use, newest first. The first call makes
// one.
func (s *AAA) CommonSecrets(ctx context.Context) ([]CommonSecret, error) {
	values, err := s.access.SecretValues(ctx, access.SecretRADIUS)
	if err == nil && len(values) == 0 {
		if _, err = s.access.Secret(ctx, access.SecretRADIUS.First(), access.RADIUSSecretSize); err == nil {
			values, err = s.access.SecretValues(ctx, access.SecretRADIUS)
		}
	}
	if err != nil {
		return nil, err
	}
	var secrets []CommonSecret
	for _, v := range slices.Backward(values) {
		secrets = append(secrets, CommonSecret{
			Name: v.Name, Secret: hex.EncodeToString(v.Plain), Second: v.Number()%2 == 0,
		})
	}
	return secrets, nil
}

// SettingLocalSecret is the setting with the name of the common secret that the last configuration
// of FreeRADIUS has for its own machine.
const SettingLocalSecret = "radius-local-secret"

// Local returns the common secret for FreeRADIUS's own machine, which uses the first pair of ports.
func Local(secrets []CommonSecret) CommonSecret {
	for _, c := range secrets {
		if !c.Second {
			return c
		}
	}
	return secrets[0]
}

// LocalCommonSecret returns the common secret for FreeRADIUS's own machine in the last
// configuration.
func (s *AAA) LocalCommonSecret(ctx context.Context) (string, error) {
	secrets, err := s.CommonSecrets(ctx)
	if err != nil {
		return "", err
	}
	written, err := s.access.Setting(ctx, SettingLocalSecret)
	if err != nil && !errors.Is(err, onboarding.ErrNotFound) {
		return "", err
	}
	for _, c := range secrets {
		if c.Name == written {
			return c.Secret, nil
		}
	}
	return Local(secrets).Secret, nil
}

// HotspotSecrets returns the RADIUS secrets that a hotspot may use: its own, or the common ones.
func (s *AAA) HotspotSecrets(ctx context.Context, h *onboarding.Hotspot) ([][]byte, error) {
	if h.Secret != nil {
		own, err := s.ownSecret(h)
		return [][]byte{own}, err
	}
	common, err := s.CommonSecrets(ctx)
	if err != nil {
		return nil, err
	}
	var secrets [][]byte
	for _, c := range common {
		secrets = append(secrets, []byte(c.Secret))
	}
	return secrets, nil
}

// ownSecret returns the secret of a hotspot that has one of its own.
func (s *AAA) ownSecret(h *onboarding.Hotspot) ([]byte, error) {
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
		if h.Address == host && h.Secret != nil {
			return s.ownSecret(h.Hotspot)
		}
	}
	common, err := s.LocalCommonSecret(ctx)
	return []byte(common), err
}

// FreeRADIUSConfigured reports whether a FreeRADIUS configuration was written for this deployment,
// that is, whether its common secret exists.
func (s *AAA) FreeRADIUSConfigured(ctx context.Context) (bool, error) {
	versions, err := s.access.SecretVersions(ctx, access.SecretRADIUS)
	return len(versions) > 0, err
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

// NoteSecret notes that the access point used a version of the common secret, so that a change of
// it is not finished too early. Probes of this deployment do not count.
func (s *AAA) NoteSecret(ctx context.Context, name string, from AccessPointIdentity, received *time.Time) {
	if strings.HasPrefix(from.NASIdentifier, probePrefix) {
		return
	}
	at := s.clock.Now()
	if received != nil && received.Before(at) {
		at = *received
	}
	from = from.storable()
	by := from.key("")
	if from.Client != "" {
		by = "hotspot " + from.Client
	}
	s.access.NoteRADIUSSecret(ctx, name, by, at)
}

// RecordLocalSecret records which common secret a new configuration of FreeRADIUS has for its own
// machine.
func (s *AAA) RecordLocalSecret(ctx context.Context, name string) error {
	return s.access.PutSetting(ctx, SettingLocalSecret, name)
}
