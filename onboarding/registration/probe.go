package registration

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/auth"
	"onramp/onboarding/radius"
)

// Probe is a throw-away customer, with whom `onramp doctor` authenticates. It has no consents, no
// events and no link, and its credential ends after radius.ProbeLifetime.
type Probe struct {
	ID, OrganizationID, Username, Password string
}

// settingProbes is the setting that lists the probes that exist, as JSON. It lets any process
// remove those that a process left when it crashed.
const settingProbes = "probe-customers"

// listedProbe is an element of that list.
type listedProbe struct {
	ID             string    `json:"id"`
	OrganizationID string    `json:"organization"`
	Created        time.Time `json:"created"`
}

// maxProbes is the most probes at a time.
const maxProbes = 1000

// CreateProbe creates a probe in the organization. The caller must remove it by RemoveProbe.
func (s *Registrar) CreateProbe(ctx context.Context, organizationID string) (*Probe, error) {
	now, refused := s.clock.Now(), false
	p := &Probe{
		ID: onboarding.NewID(), OrganizationID: organizationID, Username: "probe-" + auth.GenerateUsername(),
		Password: auth.GeneratePassword(),
	}
	err := s.store.Write(ctx, func(tx onboarding.Tx) error {
		o, err := tx.Organization(ctx, organizationID)
		if err != nil {
			return err
		}
		listed, err := probes(ctx, tx)
		if err != nil {
			return err
		}
		if len(listed) >= maxProbes {
			return errors.New("too many probes exist; they are removed after ten minutes")
		}
		if err := putProbes(ctx, tx, append(listed, listedProbe{p.ID, organizationID, now})); err != nil {
			return err
		}
		if err := tx.InsertCustomer(ctx, &onboarding.Customer{
			ID: p.ID, OrganizationID: o.ID, LocationID: o.DefaultLocation, Username: p.Username,
			PPD: &refused, Profiling: &refused, SignupMethod: onboarding.ChannelAPI, Created: now, Modified: now,
		}); err != nil {
			return err
		}
		return tx.InsertCredential(ctx, &onboarding.Credential{
			CustomerID: p.ID, OrganizationID: o.ID, Username: p.Username,
			Password: s.sealer.Seal([]byte(p.Password), onboarding.PasswordPurpose(p.ID)),
			Created:  now, Expires: now.Add(radius.ProbeLifetime),
		})
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}

// RemoveProbe deletes a probe. It is idempotent.
func (s *Registrar) RemoveProbe(ctx context.Context, p *Probe) error {
	return s.removeProbes(ctx, func(l listedProbe) bool { return l.ID == p.ID })
}

// RemoveExpiredProbes deletes the probes whose credential has ended: a crashed process left them.
func (s *Registrar) RemoveExpiredProbes(ctx context.Context) error {
	until := s.clock.Now().Add(-radius.ProbeLifetime)
	expired := func(l listedProbe) bool { return !l.Created.After(until) }
	listed, err := probes(ctx, s.store)
	if err != nil || !slices.ContainsFunc(listed, expired) {
		return err
	}
	return s.removeProbes(ctx, expired)
}

// removeProbes deletes the listed probes that match.
func (s *Registrar) removeProbes(ctx context.Context, match func(listedProbe) bool) error {
	return s.probes.Write(ctx, func(tx onboarding.Tx) error {
		listed, err := probes(ctx, tx)
		if err != nil {
			return err
		}
		kept := listed[:0:0]
		for _, l := range listed {
			if !match(l) {
				kept = append(kept, l)
				continue
			}
			err := tx.DeleteCustomer(ctx, l.OrganizationID, l.ID, onboarding.RandomID())
			if err != nil && onboarding.KindOf(err) != onboarding.NotFound {
				return err
			}
		}
		if len(kept) == len(listed) {
			return nil
		}
		return putProbes(ctx, tx, kept)
	})
}

func probes(ctx context.Context, r onboarding.SecretReader) ([]listedProbe, error) {
	text, err := r.Setting(ctx, settingProbes)
	if errors.Is(err, onboarding.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var listed []listedProbe
	err = json.Unmarshal([]byte(text), &listed)
	return listed, err
}

func putProbes(ctx context.Context, tx onboarding.Tx, listed []listedProbe) error {
	text, err := json.Marshal(listed)
	if err != nil {
		return err
	}
	return tx.PutSetting(ctx, settingProbes, string(text))
}
