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

// documentsOf returns the names of the documents that configure a platform: its own, and that of
// the settings for its app, where they exist.
func documentsOf(platform string) []string { return []string{platform, "settings-" + platform} }

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
	i, err := s.installation(ctx, c, in)
	if err != nil {
		return "", false, err
	}
	i.Source = onboarding.SourceApp
	if by.IsOperator() {
		i.Source = onboarding.SourceKiosk
	}
	return s.storeInstallation(ctx, c, i)
}

// ErrNotDownloaded is the error for a report of a profile that was not downloaded.
var ErrNotDownloaded = onboarding.ConflictField("platform",
	"no profile of this platform was downloaded by the link or with the current credential")

// RecordInstallationByLink is RecordInstallation for a holder of the link, until InstalledGrace
// after its expiry. It returns ErrNotDownloaded unless a profile of the platform was downloaded by
// the link, or with the current credential in any way.
func (s *Links) RecordInstallationByLink(
	ctx context.Context, token string, in InstallationInput,
) (customerID, id string, isNew bool, err error) {
	a, c, err := s.Find(ctx, token, onboarding.InstalledGrace)
	if err != nil {
		return "", "", false, err
	}
	if in.InstalledBy == "" {
		in.InstalledBy = installedByWeb
	}
	if in.Installed == "" {
		in.Installed = s.clock.Now().Truncate(time.Second).Format(time.RFC3339)
	}
	i, err := s.installation(ctx, c, in)
	if err != nil {
		return "", "", false, err
	}
	downloaded, err := s.downloaded(ctx, a, i.Platform)
	if err != nil {
		return "", "", false, err
	}
	if !downloaded {
		return "", "", false, ErrNotDownloaded
	}
	i.Source = onboarding.SourceVisitor
	id, isNew, err = s.storeInstallation(ctx, c, i)
	return c.ID, id, isNew, err
}

// downloaded reports whether a document of the platform, or the settings for its app, was
// downloaded by the link or with the current credential.
func (s *Links) downloaded(ctx context.Context, a *onboarding.Link, platform string) (bool, error) {
	isName := func(name string) bool { return slices.Contains(documentsOf(platform), name) }
	if slices.ContainsFunc(a.Platforms, isName) {
		return true, nil
	}
	credential, err := s.store.Credential(ctx, a.CustomerID)
	if err != nil {
		return false, err
	}
	all, err := s.store.Downloads(ctx, a.CustomerID)
	return slices.ContainsFunc(all, func(d *onboarding.Download) bool {
		return d.SettingsID != "" && d.Credential.Equal(credential.Created) && isName(d.Platform)
	}), err
}

// storeInstallation stores an installation and its event unless the same report is stored.
func (s *Links) storeInstallation(
	ctx context.Context, c *onboarding.Customer, i *onboarding.Installation,
) (id string, isNew bool, err error) {
	err = s.store.Write(ctx, func(tx onboarding.Tx) error {
		seen, err := firstAccept(ctx, tx, c.ID, i.Installed)
		if err != nil {
			return err
		}
		i.Confirmed = seen
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
		if err := s.access.Record(ctx, tx, installationsChanged(c)); err != nil {
			return err
		}
		if err := tx.AddStatistics(ctx, onboarding.Statistic{
			OrganizationID: c.OrganizationID, At: i.Recorded, LocationID: c.LocationID,
			Platform: onboarding.StatisticsPlatform(i.Platform), Counts: onboarding.Counts{Installations: 1},
		}); err != nil {
			return err
		}
		if err := tx.AppendEvents(ctx,
			[]onboarding.Event{onboarding.NewEvent(c, onboarding.EventInstall, i.Installed, map[string]string{
				"platform": i.Platform, "type": i.Type, "installedBy": i.InstalledBy,
			})}); err != nil {
			return err
		}
		return tx.QueueWebhooks(ctx, i.Recorded, onboarding.NewWebhookEvent(c, onboarding.WebhookProfileInstalled,
			i.Installed, onboarding.WebhookData{
				LocationID: c.LocationID, Platform: i.Platform, InstallationID: id, InstallationType: i.Type,
			}))
	})
	if err == nil && isNew {
		s.observer.Installed(i.Platform, i.Source)
	}
	return id, isNew, err
}

// installationsChanged returns the act of a new or removed installation.
func installationsChanged(c *onboarding.Customer) onboarding.Act {
	return act(c.OrganizationID, c.ID, onboarding.AuditContactChanged, "installations")
}

// firstAccept returns the time of the customer's first Access-Accept since an instant, or nil. A
// device often joins before its owner reports the installation.
func firstAccept(
	ctx context.Context, r onboarding.AttemptReader, customerID string, since time.Time,
) (first *time.Time, err error) {
	attempts, err := r.Attempts(ctx, onboarding.AttemptQuery{
		CustomerID: customerID, From: since, Accepted: true, Limit: maxAttempts,
	})
	for _, a := range attempts {
		at := a.First
		if at.Before(since) {
			at = a.Last // attempts within an hour are counted together
		}
		if first == nil || at.Before(*first) {
			first = &at
		}
	}
	return first, err
}

// maxAttempts limits the attempts that are read for a confirmation.
const maxAttempts = 200

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
	for _, name := range documentsOf(platform) {
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
	found, err := s.store.Installations(ctx, c.ID)
	if err == nil && len(found) == 0 {
		err = s.access.NotDeleted(ctx, by, c)
	}
	if err != nil {
		return nil, err
	}
	read := act(c.OrganizationID, c.ID, onboarding.AuditContactRead, "installations")
	read.Count = len(found)
	return found, s.access.RecordRead(ctx, read)
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
		if err := s.access.Record(ctx, tx, installationsChanged(c)); err != nil {
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
