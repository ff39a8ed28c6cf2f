package connectivity

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"slices"
	"time"

	"onramp/certs"
	"onramp/onboarding"
)

// The maximum numbers of rows that one verdict reads.
const (
	maxAttempts     = 150 // accepted ones, and as many failed ones
	maxConnections  = 100
	maxDisconnects  = 50
	maxCredential   = 20 // events of the credential
	maxStations     = 20
	maxOwners       = 5  // of one MAC address
	maxOfStation    = 50 // attempts without a customer from one MAC address
	maxSettings     = 20
	maxAccounted    = 50 // attempts at an access point, to see whether it sends accounting
	maxAccountedFor = 10 // customers of these attempts
)

// facts are the records about one customer.
type facts struct {
	now          time.Time
	operator     bool // whether claims may be used
	organization *onboarding.Organization
	customer     *onboarding.Customer
	credential   *onboarding.Credential
	// Of the records, the latest come first.
	downloads     []*onboarding.Download
	settings      map[string]*onboarding.ProfileSettings // by ID
	installations []*onboarding.Installation
	attempts      []*onboarding.Attempt
	connections   []*onboarding.Connection
	disconnects   []*onboarding.Disconnect
	history       []onboarding.Event // of the credential
	refusedPPD    *onboarding.Consent
	consentDue    []onboarding.DuePolicy // that stop profiles and renewals
	chain         []*x509.Certificate    // of the RADIUS server; nil if unknown
	health        *Health                // nil if unknown
	publicRoots   *x509.CertPool         // those of phones
	// mistrusted reports whether a phone of an unknown person lately refused the certificate at an
	// access point of the organization.
	mistrusted bool
	stations   []*station // the last seen first
}

// facts reads the records about a customer. A customer who refuses the processing of personal data
// has none of a station. wait limits the wait for the RADIUS server.
func (s *Connectivity) facts(
	ctx context.Context, c *onboarding.Customer, operator bool, wait time.Duration,
) (*facts, error) {
	f := &facts{now: s.clock.Now(), operator: operator, customer: c, publicRoots: s.publicRoots}
	var err error
	if f.organization, err = s.store.Organization(ctx, c.OrganizationID); err != nil {
		return nil, err
	}
	if f.credential, err = s.store.Credential(ctx, c.ID); err != nil {
		return nil, err
	}
	if err := s.readProfiles(ctx, f); err != nil {
		return nil, err
	}
	if err := s.readCredential(ctx, f); err != nil {
		return nil, err
	}
	if err := s.readAttempts(ctx, f); err != nil {
		return nil, err
	}
	if f.connections, err = s.store.Connections(ctx, onboarding.ConnectionQuery{
		CustomerID: c.ID, Limit: maxConnections,
	}); err != nil {
		return nil, err
	}
	f.connections = slices.DeleteFunc(f.connections, (*onboarding.Connection).Imported)
	if f.disconnects, err = s.store.LastDisconnects(ctx, c.ID, maxDisconnects); err != nil {
		return nil, err
	}
	if f.chain, err = s.recordedChain(ctx); err != nil {
		return nil, err
	}
	if err := s.readStations(ctx, f); err != nil {
		return nil, err
	}
	f.health = s.probe.health(ctx, wait)
	f.mistrusted, err = s.mistrusted(ctx, f)
	return f, err
}

// readAttempts reads the accepted and the failed attempts, each with a limit of their own: failed
// ones, which anybody can make who knows the user name, displace no accepted ones.
func (s *Connectivity) readAttempts(ctx context.Context, f *facts) error {
	q := onboarding.AttemptQuery{
		CustomerID: f.customer.ID, From: f.now.Add(-onboarding.AttemptsKept), Accepted: true, Limit: maxAttempts,
	}
	accepted, err := s.store.Attempts(ctx, q)
	if err != nil {
		return err
	}
	q.Accepted, q.Failed = false, true
	failed, err := s.store.Attempts(ctx, q)
	f.attempts = append(accepted, failed...)
	slices.SortStableFunc(f.attempts, func(a, b *onboarding.Attempt) int {
		return cmp.Or(b.Last.Compare(a.Last), cmp.Compare(b.ID, a.ID))
	})
	return err
}

// mistrusted reports whether a phone of an unknown person refused the certificate at one of the
// organization's access points since the customer's first download.
func (s *Connectivity) mistrusted(ctx context.Context, f *facts) (bool, error) {
	if len(f.downloads) == 0 {
		return false, nil
	}
	since := slices.MinFunc(f.downloads, func(a, b *onboarding.Download) int { return a.First.Compare(b.First) }).First
	attempts, err := s.store.Attempts(ctx, onboarding.AttemptQuery{
		OrganizationID: f.organization.ID, Unattributed: true, Failed: true, From: since, Limit: maxAttempts,
	})
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(attempts, func(a *onboarding.Attempt) bool {
		return a.Reason == onboarding.ReasonNotTrusted && a.HostID == f.organization.ID
	}), nil
}

// readProfiles reads the downloads with their settings, and the installations.
func (s *Connectivity) readProfiles(ctx context.Context, f *facts) error {
	var err error
	if f.downloads, err = s.store.Downloads(ctx, f.customer.ID); err != nil {
		return err
	}
	f.settings = map[string]*onboarding.ProfileSettings{}
	for _, d := range f.downloads {
		if d.SettingsID == "" || f.settings[d.SettingsID] != nil || len(f.settings) == maxSettings {
			continue
		}
		settings, err := s.store.ProfileSettings(ctx, d.SettingsID)
		if errors.Is(err, onboarding.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		f.settings[d.SettingsID] = settings
	}
	f.installations, err = s.store.Installations(ctx, f.customer.ID)
	slices.Reverse(f.installations)
	return err
}

// readCredential reads the credential's history and, if given, the refusal of the processing of
// personal data.
func (s *Connectivity) readCredential(ctx context.Context, f *facts) error {
	var err error
	if f.history, err = s.store.Events(ctx, onboarding.EventQuery{
		OrganizationID: f.organization.ID, CustomerID: f.customer.ID, Limit: maxCredential,
		Types: []onboarding.EventType{onboarding.EventCredential},
	}); err != nil {
		return err
	}
	consents, err := s.store.CurrentConsents(ctx, f.customer.ID)
	if err != nil {
		return err
	}
	for i := range consents {
		if f.customer.Minimised() && consents[i].Policy == onboarding.PPD && !consents[i].Accepted {
			f.refusedPPD = &consents[i]
		}
	}
	f.consentDue = f.organization.ConsentStops(consents, f.now)
	return nil
}

// recordedChain returns the certificates of the RADIUS server that the last `onramp freeradius`
// configured, its own first, or nil.
func (s *Connectivity) recordedChain(ctx context.Context) ([]*x509.Certificate, error) {
	text, err := s.store.Setting(ctx, onboarding.SettingRADIUSCertificate)
	if errors.Is(err, onboarding.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	chain, _ := certs.ParseCertificates([]byte(text)) // a chain that cannot be parsed is not known
	return chain, nil
}

// currentDownload returns the last answered download with the current password, or nil.
func (f *facts) currentDownload() *onboarding.Download {
	for _, d := range f.downloads {
		if d.SettingsID != "" && d.Credential.Equal(f.credential.Created) {
			return d
		}
	}
	return nil
}

// answered reports whether any profile was handed out, as far as known. An installation without a
// recorded download is one of an earlier version.
func (f *facts) answered() bool {
	return len(f.installations) > 0 ||
		slices.ContainsFunc(f.downloads, func(d *onboarding.Download) bool { return d.SettingsID != "" })
}

// rotated reports whether the password was ever replaced.
func (f *facts) rotated() bool {
	return f.changed("rotated") != nil || f.credential.Created.After(f.customer.Created.Add(time.Second))
}

// changed returns the time of the last action on the credential, such as locked; nil if unknown.
func (f *facts) changed(action string) *time.Time {
	for i := range f.history {
		if f.history[i].Detail["action"] == action {
			return &f.history[i].At
		}
	}
	return nil
}

// health of the RADIUS server: whether it is known not to answer.
func (f *facts) serverSilent() bool { return f.health != nil && !f.health.Answers }

// unavailable reports whether the RADIUS server cannot ask Onramp.
func (f *facts) unavailable() bool { return f.health != nil && f.health.Unavailable }
