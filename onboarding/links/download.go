package links

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"

	"onramp/onboarding"
	"onramp/onboarding/auth"
	"onramp/profiles"
)

// download is an answered or refused request for a profile, to be recorded.
type download struct {
	onboarding.Download
	prepared   preparedProfile
	locationID string // the customer's
	minimised  bool   // the customer refuses the processing of personal data
}

// newDownload returns a download of now, without its source. refused is the reason for which the
// platform received no document, or empty.
func (s *Links) newDownload(
	ctx context.Context, o *onboarding.Organization, c *onboarding.Customer, k *onboarding.Credential,
	platform, refused string,
) *download {
	now := s.clock.Now()
	d := &download{prepared: s.prepared(ctx, o), minimised: c.Minimised(), locationID: c.LocationID}
	d.Download = onboarding.Download{
		CustomerID: c.ID, OrganizationID: o.ID, Platform: platform, Credential: k.Created, Expires: k.Expires,
		Refused: refused, First: now, Last: now, Count: 1,
	}
	if refused == "" {
		d.SettingsID = d.prepared.settings.ID
	}
	return d
}

// settingsOf returns the settings in an organization's profiles by which a device selects networks
// and verifies the RADIUS server. The ID is a hash of the organization's ID and the settings.
func settingsOf(o *onboarding.Organization) *onboarding.ProfileSettings {
	wifi := o.WiFi
	wifi.ProfileLifetime, wifi.ConsentText, wifi.CarrierID, wifi.Helpdesk = 0, nil, "", nil
	hash := sha256.New()
	hash.Write([]byte(o.ID + "\x00"))
	// JSON of a struct has a fixed order of members, and only texts, numbers and flags, which do
	// not fail.
	if err := json.NewEncoder(hash).Encode(wifi); err != nil {
		panic(err)
	}
	return &onboarding.ProfileSettings{
		ID: hex.EncodeToString(hash.Sum(nil)[:16]), OrganizationID: o.ID, Version: o.Version, WiFi: wifi,
	}
}

// SettingsID returns the ID of the settings in an organization's profiles.
func SettingsID(o *onboarding.Organization) string { return settingsOf(o).ID }

// record stores a download, and its settings if this process has not stored them yet.
func (d *download) record(ctx context.Context, tx onboarding.Tx) error {
	if d.minimised {
		return nil
	}
	if d.SettingsID != "" && !d.prepared.stored.Load() {
		settings := *d.prepared.settings
		settings.First = d.First
		if err := tx.PutProfileSettings(ctx, &settings); err != nil {
			return err
		}
	}
	if err := d.countTaken(ctx, tx); err != nil {
		return err
	}
	if d.SettingsID != "" {
		if err := tx.QueueWebhooks(ctx, d.First, onboarding.WebhookEvent{
			OrganizationID: d.OrganizationID, CustomerID: d.CustomerID, Type: onboarding.WebhookProfileDownloaded,
			At: d.First, Download: &d.Download, Data: onboarding.WebhookData{
				LocationID: d.locationID, Platform: d.Platform, Channel: string(d.Source),
				Expires: onboarding.WebhookTime{Time: d.Expires},
			},
		}); err != nil {
			return err
		}
	}
	return tx.CountDownload(ctx, &d.Download)
}

// countTaken counts an answered download in the statistics.
func (d *download) countTaken(ctx context.Context, tx onboarding.Tx) error {
	if d.SettingsID == "" {
		return nil
	}
	s := onboarding.Statistic{
		OrganizationID: d.OrganizationID, At: d.First, LocationID: d.locationID,
		Platform: onboarding.StatisticsPlatform(d.Platform), Counts: onboarding.Counts{Downloads: d.Count},
	}
	first, err := tx.SetPlatform(ctx, d.CustomerID, s.Platform)
	if err != nil {
		return err
	}
	if first {
		s.Files = 1
	}
	return tx.AddStatistics(ctx, s)
}

// recorded marks the settings as stored. It is called after the transaction of record.
func (d *download) recorded() {
	if d.SettingsID != "" && !d.minimised {
		d.prepared.stored.Store(true)
	}
}

// recordRefusal stores a refused request. A failure is logged, because the caller receives the
// refusal itself.
func (s *Links) recordRefusal(ctx context.Context, d *download, source onboarding.Source) {
	if d == nil || d.Refused == "" {
		return
	}
	s.observer.Downloaded(d.Platform, source, true)
	if d.minimised {
		return
	}
	d.Source = source
	err := s.store.Write(ctx, func(tx onboarding.Tx) error { return d.record(ctx, tx) })
	if err != nil && onboarding.KindOf(err) != onboarding.NotFound { // deleted since
		s.log.ErrorContext(ctx, "record a refused profile request", "organization", d.OrganizationID, "error", err)
	}
}

// findUsable is Find for a download: a link without downloads left is Gone.
func (s *Links) findUsable(ctx context.Context, token string) (*onboarding.Link, *onboarding.Customer, error) {
	a, c, err := s.Find(ctx, token, 0)
	if err == nil && a.Hits >= a.MaxHits {
		err = onboarding.GoneError("the link is used up")
	}
	return a, c, err
}

// errNotCounted discards the transaction of a download that the link does not allow.
var errNotCounted = errors.New("the link has no downloads left")

// Download builds the profile, and counts and records one download. Of concurrent calls, exactly as
// many succeed as the link has downloads left. A profile that cannot be built counts none.
func (s *Links) Download(ctx context.Context, token, platform string) (*profiles.Document, error) {
	a, c, err := s.findUsable(ctx, token)
	if err != nil {
		return nil, err
	}
	document, d, err := s.document(ctx, c, platform)
	if err != nil {
		s.recordRefusal(ctx, d, onboarding.SourceVisitor)
		return nil, err
	}
	if document, err = s.signed(ctx, c, platform, document); err != nil {
		return nil, err
	}
	d.Source = onboarding.SourceVisitor
	err = s.store.Write(ctx, func(tx onboarding.Tx) error {
		// the customer before the link, as a deletion does
		if err := d.record(ctx, tx); err != nil {
			return err
		}
		counted, err := tx.CountHit(ctx, a.TokenHash, s.clock.Now())
		if err != nil {
			return err
		}
		if !counted {
			return errNotCounted
		}
		if err := s.access.Record(ctx, tx, profileRead(c, platform)); err != nil {
			return err
		}
		if slices.Contains(a.Platforms, platform) {
			return nil
		}
		return tx.AddLinkPlatform(ctx, a.TokenHash, platform)
	})
	if errors.Is(err, errNotCounted) || onboarding.KindOf(err) == onboarding.NotFound {
		if _, _, err := s.Find(ctx, token, 0); err != nil { // it may have ended since
			return nil, err
		}
		return nil, onboarding.GoneError("the link is used up")
	}
	if err != nil {
		return nil, err
	}
	d.recorded()
	s.observer.Downloaded(platform, d.Source, false)
	return document, nil
}

// DownloadHeader returns the unsigned document of a download, for a HEAD request. It counts and
// records no download.
func (s *Links) DownloadHeader(ctx context.Context, token, platform string) (*profiles.Document, error) {
	_, c, err := s.findUsable(ctx, token)
	if err != nil {
		return nil, err
	}
	document, _, err := s.document(ctx, c, platform)
	return document, err
}

// Profile builds the customer's document for a platform from the current credential, signed where
// the platform requires it, and records the download. A manager needs customer_write, and the
// history records the call.
func (s *Links) Profile(
	ctx context.Context, by *onboarding.Caller, customerID, platform string,
) (*profiles.Document, error) {
	c, source, err := s.fetching(ctx, by, customerID)
	if err != nil {
		return nil, err
	}
	document, d, err := s.document(ctx, c, platform)
	if err != nil {
		s.recordRefusal(ctx, d, source)
		return nil, err
	}
	if document, err = s.signed(ctx, c, platform, document); err != nil {
		return nil, err
	}
	// the proof may have ended before the credential was read
	if _, err := s.access.Customer(ctx, by, customerID); err != nil {
		return nil, err
	}
	d.Source = source
	if d.minimised && !by.IsOperator() {
		if err := s.access.RecordRead(ctx, profileRead(c, platform)); err != nil {
			return nil, err
		}
		s.observer.Downloaded(platform, d.Source, false)
		return document, nil
	}
	audit := s.access.Repeatable(ctx, profileRead(c, platform))
	err = s.store.Write(ctx, func(tx onboarding.Tx) error {
		if by.IsOperator() {
			if err := s.recordKiosk(ctx, tx, by, c, platform); err != nil {
				return err
			}
		}
		if err := d.record(ctx, tx); err != nil {
			return err
		}
		return audit.Record(ctx, tx)
	})
	if onboarding.KindOf(err) == onboarding.NotFound && !by.IsOperator() { // deleted since
		_, err = s.access.Customer(ctx, by, customerID)
	}
	if err != nil {
		return nil, err
	}
	audit.Settle()
	d.recorded()
	s.observer.Downloaded(platform, d.Source, false)
	return document, nil
}

// profileRead returns the act of reading a profile, which holds the password. The platform is one
// of profiles.Platforms.
func profileRead(c *onboarding.Customer, platform string) onboarding.Act {
	return act(c.OrganizationID, c.ID, onboarding.AuditProfileRead, platform)
}

// ProfileHeader returns the unsigned document of Profile, for a HEAD request. It records nothing.
func (s *Links) ProfileHeader(
	ctx context.Context, by *onboarding.Caller, customerID, platform string,
) (*profiles.Document, error) {
	c, _, err := s.fetching(ctx, by, customerID)
	if err != nil {
		return nil, err
	}
	document, _, err := s.document(ctx, c, platform)
	return document, err
}

// fetching returns the customer whose profile the caller may fetch, and the source of the download.
func (s *Links) fetching(
	ctx context.Context, by *onboarding.Caller, customerID string,
) (*onboarding.Customer, onboarding.Source, error) {
	c, err := s.access.Customer(ctx, by, customerID)
	if err != nil || !by.IsOperator() {
		return c, onboarding.SourceApp, err
	}
	return c, onboarding.SourceKiosk, by.Need(auth.CustomerWrite)
}

// recordKiosk stores in the customer's history that an operator fetched the profile.
func (s *Links) recordKiosk(
	ctx context.Context, tx onboarding.Tx, by *onboarding.Caller, c *onboarding.Customer, platform string,
) error {
	current, err := tx.Customer(ctx, c.OrganizationID, c.ID) // it may be deleted since
	if err != nil {
		return err
	}
	if current.AtKiosk() {
		current.Kiosk = true
		if err := tx.UpdateCustomer(ctx, current); err != nil {
			return err
		}
	}
	return tx.AppendEvents(ctx, []onboarding.Event{
		onboarding.NewEvent(c, onboarding.EventCredential, s.clock.Now(), map[string]string{
			"action": "profile fetched by an operator", "platform": platform, "service": by.Principal.ServiceID,
		}),
	})
}
