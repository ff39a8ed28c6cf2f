package forecast

import (
	"context"
	"crypto/x509"
	"errors"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/trust"
	"onramp/profiles"
)

// Query selects the profiles and the certificate of a forecast.
type Query struct {
	// OrganizationID limits the forecast to one organization; empty means all.
	OrganizationID string
	// Chain holds the certificates that the RADIUS server would send, its own first.
	Chain []*x509.Certificate
}

// A Profile is a profile that a phone holds, with the prediction for it.
type Profile struct {
	onboarding.HeldProfile
	trust.Verdict
}

// Counts counts profiles by their prediction.
type Counts struct {
	Accept  int `json:"accept"`
	Refuse  int `json:"refuse"`
	Unknown int `json:"unknown"`
}

func (c *Counts) add(r trust.Result, n int) {
	switch r {
	case trust.Accept:
		c.Accept += n
	case trust.Refuse:
		c.Refuse += n
	default:
		c.Unknown += n
	}
}

// Summary is the result of a forecast.
type Summary struct {
	Profiles int `json:"profiles"`
	Counts
	ByPlatform map[string]*Counts `json:"byPlatform"`
	// Reasons counts the refused profiles by reason; their sum is Refuse.
	Reasons map[trust.Reason]int `json:"reasons"`
	// Verdicts counts the profiles by their verdict, those that accept excepted.
	Verdicts map[trust.Verdict]int `json:"-"`
	// Days counts the accepting profiles by the day (UTC) of their download.
	Days map[time.Time]int `json:"-"`
	// Organizations holds the predictions for profiles of today, by organization.
	Organizations []Today `json:"-"`
}

func (s *Summary) add(platform string, v trust.Verdict, n int) {
	s.Profiles += n
	s.Counts.add(v.Result, n)
	of := s.ByPlatform[platform]
	if of == nil {
		of = &Counts{}
		s.ByPlatform[platform] = of
	}
	of.add(v.Result, n)
	if v.Result == trust.Refuse {
		s.Reasons[v.Reason] += n
	}
	if v.Result != trust.Accept {
		s.Verdicts[v] += n
	}
}

// pageSize is the number of profiles that are read at once.
const pageSize = 1000

// Check predicts for every held profile whether it accepts the certificate, and calls each with
// every profile that does not, ordered by organization, customer and platform. An error of each
// ends the forecast. Customers of an earlier version, whose downloads were not recorded, are
// counted as unknown without a call. It records itself before it reads.
func (f *Forecasts) Check(ctx context.Context, q Query, each func(Profile) error) (*Summary, error) {
	if err := f.audit.RecordRead(ctx, f.store, onboarding.Act{
		OrganizationID: q.OrganizationID, Action: onboarding.AuditContactListed, Fields: []string{"profiles"},
	}); err != nil {
		return nil, err
	}
	return f.check(ctx, q, each)
}

func (f *Forecasts) check(ctx context.Context, q Query, each func(Profile) error) (*Summary, error) {
	organizations, err := f.organizations(ctx, q.OrganizationID)
	if err != nil {
		return nil, err
	}
	run := &run{Forecasts: f, now: f.clock.Now(), each: each,
		server: &trust.Server{Chain: q.Chain, PublicRoots: f.publicRoots},
		summary: &Summary{ByPlatform: map[string]*Counts{}, Reasons: map[trust.Reason]int{},
			Verdicts: map[trust.Verdict]int{}, Days: map[time.Time]int{}},
	}
	for _, o := range organizations {
		if err := run.organization(ctx, o); err != nil {
			return nil, err
		}
	}
	return run.summary, nil
}

func (f *Forecasts) organizations(ctx context.Context, id string) ([]*onboarding.Organization, error) {
	if id == "" {
		return f.store.Organizations(ctx)
	}
	o, err := f.store.Organization(ctx, id)
	if errors.Is(err, onboarding.ErrNotFound) {
		return nil, onboarding.NotFoundError("organization")
	}
	if err != nil {
		return nil, err
	}
	return []*onboarding.Organization{o}, nil
}

// run is one forecast.
type run struct {
	*Forecasts
	now     time.Time
	server  *trust.Server
	each    func(Profile) error
	summary *Summary
	// verdicts holds the verdicts of the current organization's settings.
	verdicts map[settingsOn]trust.Verdict
}

// settingsOn identifies equal profiles, apart from their credentials.
type settingsOn struct{ settingsID, platform string }

// maxVerdicts limits the remembered verdicts. Organizations have few settings at a time.
const maxVerdicts = 10_000

func (r *run) organization(ctx context.Context, o *onboarding.Organization) error {
	r.verdicts = map[settingsOn]trust.Verdict{}
	r.summary.Organizations = append(r.summary.Organizations, r.today(o))
	q := onboarding.HeldQuery{OrganizationID: o.ID, Now: r.now, Limit: pageSize}
	for {
		page, err := r.store.HeldProfiles(ctx, q)
		if err != nil {
			return err
		}
		for _, held := range page {
			if err := r.profile(ctx, held); err != nil {
				return err
			}
		}
		if len(page) < pageSize {
			break
		}
		last := page[len(page)-1]
		q.CustomerID, q.Platform = last.CustomerID, last.Platform
	}
	unrecorded, err := r.store.UnknownProfiles(ctx, o.ID, r.now)
	if err != nil {
		return err
	}
	for platform, n := range unrecorded {
		r.summary.add(platform, trust.Verdict{Result: trust.Unknown, Reason: trust.Settings}, n)
	}
	return nil
}

func (r *run) profile(ctx context.Context, held onboarding.HeldProfile) error {
	v, err := r.verdict(ctx, settingsOn{held.SettingsID, held.Platform})
	if err != nil {
		return err
	}
	r.summary.add(held.Platform, v, 1)
	if v.Result == trust.Accept {
		r.summary.Days[held.First.UTC().Truncate(24*time.Hour)]++
		return nil
	}
	return r.each(Profile{held, v})
}

func (r *run) verdict(ctx context.Context, of settingsOn) (trust.Verdict, error) {
	if v, known := r.verdicts[of]; known {
		return v, nil
	}
	settings, err := r.store.ProfileSettings(ctx, of.settingsID)
	v := trust.Verdict{Result: trust.Unknown, Reason: trust.Settings}
	switch {
	case err == nil:
		v = r.server.Judge(&settings.WiFi, profiles.Platform(of.platform), r.now)
	case !errors.Is(err, onboarding.ErrNotFound):
		return v, err
	}
	if len(r.verdicts) == maxVerdicts {
		clear(r.verdicts)
	}
	r.verdicts[of] = v
	return v, nil
}
