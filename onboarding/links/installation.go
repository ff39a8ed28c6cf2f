package links

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"onramp/onboarding"
	"onramp/profiles"
)

// InstallationInput is an installation reported by an app or a page.
type InstallationInput struct {
	Platform, Type, InstalledBy string
	Installed                   string // a time for onboarding.ParseTime
	// Unread holds the faults of fields that could not be decoded.
	Unread onboarding.Faults
}

// installedByWeb is the default InstalledBy of a report from the install page.
const installedByWeb = "web"

// RecordInstallation stores a reported installation with the attributes that the network has in the
// current document. It is idempotent: the same report returns the same ID.
func (s *Links) RecordInstallation(
	ctx context.Context, by *onboarding.Caller, customerID string, in InstallationInput,
) (id string, isNew bool, err error) {
	c, err := s.access.Customer(ctx, by, customerID)
	if err != nil {
		return "", false, err
	}
	return s.recordInstallation(ctx, c, in)
}

func (s *Links) recordInstallation(
	ctx context.Context, c *onboarding.Customer, in InstallationInput,
) (id string, isNew bool, err error) {
	i, err := s.installation(ctx, c, in)
	if err != nil {
		return "", false, err
	}
	err = s.store.Write(ctx, func(tx onboarding.Tx) error {
		if id, isNew, err = tx.PutInstallation(ctx, i); err != nil || !isNew {
			return err
		}
		if n, err := tx.CountInstallations(ctx, c.ID, onboarding.MaxInstallations+1); err != nil ||
			n > onboarding.MaxInstallations {
			if err == nil {
				err = onboarding.ConflictField("installed", "the customer has %d installations, which is the most",
					onboarding.MaxInstallations)
			}
			return err
		}
		return tx.AppendEvents(ctx,
			[]onboarding.Event{onboarding.NewEvent(c, onboarding.EventInstall, i.Installed, map[string]string{
				"platform": i.Platform, "type": i.Type, "installedBy": i.InstalledBy,
			})})
	})
	if err == nil && isNew {
		s.observer.Installed(i.Platform, i.Source)
	}
	return id, isNew, err
}

// installation validates a report and finds the network that the device received.
func (s *Links) installation(
	ctx context.Context, c *onboarding.Customer, in InstallationInput,
) (*onboarding.Installation, error) {
	wrong := slices.Clone(in.Unread)
	if _, ok := profiles.ParsePlatform(in.Platform); !ok {
		wrong.Refuse("platform", "not one of "+platformNames())
	}
	if in.Type != onboarding.TypePasspoint && in.Type != onboarding.TypeWPA2 {
		wrong.Refuse("type", fmt.Sprintf("not %s or %s", onboarding.TypePasspoint, onboarding.TypeWPA2))
	}
	if in.InstalledBy == "" {
		wrong.Refuse("installedBy", "missing")
	}
	if err := wrong.Add(onboarding.CheckText("installedBy", in.InstalledBy, onboarding.MaxName)); err != nil {
		return nil, err
	}
	if in.Installed == "" {
		wrong.Refuse("installed", "missing")
	}
	at, err := onboarding.ParseTime("installed", in.Installed)
	if err := wrong.Add(err); err != nil {
		return nil, err
	}
	now := s.clock.Now()
	if at.After(now.Add(24 * time.Hour)) {
		wrong.Refuse("installed", "in the future")
	}
	if err := wrong.InOrder([]string{"platform", "type", "installedBy", "installed"}).Err(); err != nil {
		return nil, err
	}
	network, err := s.installedNetwork(ctx, c, in.Platform, in.Type)
	if err != nil {
		return nil, err
	}
	return &onboarding.Installation{
		ID: onboarding.NewID(), CustomerID: c.ID, Platform: in.Platform, Type: in.Type,
		InstalledBy: in.InstalledBy, Installed: at, Recorded: now, Attributes: *network,
	}, nil
}

// installedNetwork returns the network of the type in the platform's document or in its app's
// settings.
func (s *Links) installedNetwork(
	ctx context.Context, c *onboarding.Customer, platform, networkType string,
) (*onboarding.InstalledNetwork, error) {
	for _, name := range []string{platform, "settings-" + platform} {
		p, ok := profiles.ParsePlatform(name)
		if !ok {
			continue
		}
		networks, err := s.networks(ctx, c, p)
		if err != nil && onboarding.KindOf(err) != onboarding.Conflict {
			return nil, err
		}
		for _, n := range networks {
			if string(n.Type) == networkType {
				return &onboarding.InstalledNetwork{
					Realm: n.Realm, FriendlyName: n.FriendlyName, Roaming: n.Roaming,
					SSID: n.SSID, SSIDHidden: n.SSIDHidden, OuterIdentity: n.OuterIdentity,
					Username: n.Username, TrustedServerNames: n.TrustedServerNames,
				}, nil
			}
		}
	}
	return nil, onboarding.InvalidField("type", "no %s network exists for %s", networkType, platform)
}

// Installations returns a customer's installations, oldest first.
func (s *Links) Installations(
	ctx context.Context, by *onboarding.Caller, customerID string,
) ([]*onboarding.Installation, error) {
	c, err := s.access.Customer(ctx, by, customerID)
	if err != nil {
		return nil, err
	}
	return s.store.Installations(ctx, c.ID)
}

// RemoveInstallation records that the app removed the profile and keeps the history. It is
// idempotent.
func (s *Links) RemoveInstallation(ctx context.Context, by *onboarding.Caller, customerID, id string) error {
	c, err := s.access.Customer(ctx, by, customerID)
	if err != nil {
		return err
	}
	if !onboarding.ValidID(id) {
		return onboarding.NotFoundError("installation")
	}
	now := s.clock.Now()
	err = s.store.Write(ctx, func(tx onboarding.Tx) error {
		known, err := tx.Installations(ctx, c.ID)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(known, func(i *onboarding.Installation) bool { return i.ID == id })
		if at >= 0 && known[at].Removed != nil {
			return nil
		}
		if err := tx.RemoveInstallation(ctx, c.ID, id, now); err != nil {
			return err
		}
		return tx.AppendEvents(ctx,
			[]onboarding.Event{onboarding.NewEvent(c, onboarding.EventUninstall, now,
				map[string]string{"installation": id})})
	})
	if errors.Is(err, onboarding.ErrNotFound) {
		return onboarding.NotFoundError("installation")
	}
	return err
}
