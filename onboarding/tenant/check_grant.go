package tenant

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"onramp/onboarding"
	"onramp/onboarding/grant"
)

// checkGrant checks the request that opens the internet access.
func checkGrant(g *onboarding.Grant, f *findings) {
	if g == nil {
		return
	}
	for _, fault := range grant.Check(g) {
		f.refuse("portal.grant."+fault.Field, "grant", fault.Remedy, "%s", fault.Message)
	}
	for i, host := range g.Hosts {
		field := fmt.Sprintf("portal.grant.hosts[%d]", i)
		below, wild := strings.CutPrefix(host, "*.")
		f.host(field, below)
		if wild && !strings.Contains(below, ".") {
			f.refuse(field, "host", "such as *.example.com", "is too wide: %q", brief(host))
		}
	}
}

// maxGrantKey limits the bytes of a controller's key.
const maxGrantKey = 512

// SealGrantKey seals the key of a controller with an API. Its error does not show the key.
func (s *Tenants) SealGrantKey(key []byte) (onboarding.Sealed, error) {
	invisible := func(r rune) bool { return r <= ' ' || r > '~' }
	if len(key) == 0 || len(key) > maxGrantKey || bytes.ContainsFunc(key, invisible) {
		return onboarding.Sealed{}, onboarding.InvalidField("keyFile",
			"a key has 1 to %d visible ASCII characters", maxGrantKey)
	}
	return s.sealer.Seal(key, onboarding.GrantKeyPurpose), nil
}

// grantKeyOf returns the name of the organization's stored key; "" if it has none.
func grantKeyOf(o *onboarding.Organization) string {
	if o == nil || o.Portal.Grant == nil {
		return ""
	}
	return o.Portal.Grant.KeyName
}

// resolveGrantKey gives a grant the name of its key: that of the stored one if the key is kept or
// equal, else a new one.
func (s *Tenants) resolveGrantKey(
	ctx context.Context, r reader, g *onboarding.Grant, before *onboarding.Organization, found *findings,
) error {
	if g == nil || g.Key == nil {
		return nil
	}
	stored := grantKeyOf(before)
	if kept(g.Key) {
		if stored == "" {
			found.refuse("portal.grant.key", "secret", "name the key's file in keyFile",
				"cannot be kept: none is stored")
		}
		g.Key, g.KeyName = nil, stored
		return nil
	}
	declared, err := s.sealer.Open(*g.Key, onboarding.GrantKeyPurpose)
	if err != nil {
		return fmt.Errorf("key of the controller: %w", err)
	}
	if stored != "" {
		box, err := r.Secret(ctx, stored)
		if err != nil && !errors.Is(err, onboarding.ErrNotFound) {
			return err
		}
		if err == nil {
			now, err := s.sealer.Open(box, onboarding.SecretPurpose(stored))
			if err != nil {
				return fmt.Errorf("stored key of the controller: %w", err)
			}
			if bytes.Equal(now, declared) {
				g.Key, g.KeyName = nil, stored
				return nil
			}
		}
	}
	g.KeyName = "controller-key-" + onboarding.NewID()
	return nil
}

// storeGrantKey stores a new key under its name, and deletes the one that it replaces.
func (s *Tenants) storeGrantKey(ctx context.Context, tx onboarding.Tx, o, before *onboarding.Organization) error {
	name, former := grantKeyOf(o), grantKeyOf(before)
	if name != "" && name != former {
		plain, err := s.sealer.Open(*o.Portal.Grant.Key, onboarding.GrantKeyPurpose)
		if err != nil {
			return fmt.Errorf("key of the controller: %w", err)
		}
		if err := tx.InsertSecret(ctx, onboarding.StoredSecret{
			Name: name, Value: s.sealer.Seal(plain, onboarding.SecretPurpose(name)), Created: s.clock.Now(),
		}); err != nil {
			return err
		}
	}
	if former != "" && former != name {
		if err := tx.DeleteSecret(ctx, former); err != nil && !errors.Is(err, onboarding.ErrNotFound) {
			return err
		}
	}
	return nil
}
