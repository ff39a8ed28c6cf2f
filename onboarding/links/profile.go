package links

import (
	"context"
	"errors"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"onramp/onboarding"
	"onramp/profiles"
)

// ProfileDocument is a document that a platform installs, for adapters without the package
// profiles.
type ProfileDocument = profiles.Document

// profileCache holds each organization's prepared profile for its current version. Its methods are
// safe for concurrent use.
type profileCache struct {
	mu             sync.Mutex
	byOrganization map[string]preparedProfile
}

// get returns the profile of a version of an organization, if it is the one held.
func (c *profileCache) get(o *onboarding.Organization) (preparedProfile, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p, held := c.byOrganization[o.ID]
	return p, held && p.version == o.Version
}

func (c *profileCache) put(o *onboarding.Organization, p preparedProfile) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byOrganization == nil {
		c.byOrganization = map[string]preparedProfile{}
	}
	c.byOrganization[o.ID] = p
}

type preparedProfile struct {
	version int64
	profile *profiles.Profile // nil when broken
	broken  string            // the reason why no platform gets a document, as a sentence for users
	// refused holds the reason for each platform without a document, seals the signature that each
	// other platform needs.
	refused map[profiles.Platform]string
	seals   map[profiles.Platform]profiles.Seal
	// settings are those that downloads name; stored is set once a transaction has stored them.
	settings *onboarding.ProfileSettings
	stored   *atomic.Bool
}

// prepared returns the organization's profile, prepared once for each version of the organization.
// Stored settings that violate a newer rule are no error: no platform gets a document, and doctor
// reports the reason.
func (s *Links) prepared(ctx context.Context, o *onboarding.Organization) preparedProfile {
	if p, held := s.profiles.get(o); held {
		return p
	}
	p := preparedProfile{version: o.Version, refused: map[profiles.Platform]string{},
		seals: map[profiles.Platform]profiles.Seal{}, settings: settingsOf(o), stored: &atomic.Bool{}}
	var err error
	if p.profile, err = profiles.Prepare(o.Settings()); err != nil {
		s.log.ErrorContext(ctx, "profile settings are invalid", "organization", o.ID, "error", err)
		p.profile, p.broken = nil, "The organization's network settings have to be corrected before profiles can be "+
			"made of them."
	}
	for _, platform := range profiles.Platforms() {
		if p.profile == nil {
			p.refused[platform] = p.broken
		} else if d, err := p.profile.Document(platform, sample); err == nil {
			p.seals[platform] = d.Seal
		} else if unsupported, ok := errors.AsType[*profiles.UnsupportedError](err); ok {
			p.refused[platform] = unsupported.Reason
		}
	}
	s.profiles.put(o, p)
	return p
}

// build builds an unsigned document. A Conflict holds the reason why the platform, the signer or
// the credential allows none.
func (s *Links) build(
	ctx context.Context, o *onboarding.Organization, platform profiles.Platform, c profiles.Credential,
) (*profiles.Document, error) {
	p := s.prepared(ctx, o)
	if p.profile == nil {
		return nil, onboarding.ConflictField("platform", "%s", p.broken)
	}
	d, err := p.profile.Document(platform, c)
	if unsupported, ok := errors.AsType[*profiles.UnsupportedError](err); ok {
		return nil, onboarding.ConflictField("platform", "%s", unsupported.Reason)
	}
	// for example a password older than the tenant's EAP method
	if field, ok := errors.AsType[*profiles.FieldError](err); ok {
		return nil, onboarding.ConflictField("platform",
			"The %s of the credential %s: the credential has to be rotated.", field.Field, field.Reason)
	}
	if err != nil {
		return nil, err
	}
	if reason := s.cannotSign(d.Seal); reason != "" {
		return nil, onboarding.ConflictField("platform", "%s", reason)
	}
	return d, nil
}

// unavailable returns the reason for each platform without a document.
func (s *Links) unavailable(ctx context.Context, o *onboarding.Organization) map[profiles.Platform]string {
	p := s.prepared(ctx, o)
	reasons := maps.Clone(p.refused)
	for platform, seal := range p.seals {
		if reason := s.cannotSign(seal); reason != "" {
			reasons[platform] = reason
		}
	}
	return reasons
}

// sample is a credential for documents of which only the networks are used.
var sample = profiles.Credential{
	CustomerID: "00000000000000000000000000000000", Username: "sample", Password: "sample",
	Created: time.Unix(0, 0).UTC(), Expires: time.Unix(0, 0).UTC(),
}

// sampleOf returns sample with the customer's ID and user name.
func sampleOf(c *onboarding.Customer) profiles.Credential {
	as := sample
	as.CustomerID, as.Username = c.ID, c.Username
	return as
}

// networks returns the networks in the platform's document for the customer.
func (s *Links) networks(
	ctx context.Context, c *onboarding.Customer, platform profiles.Platform,
) ([]profiles.Network, error) {
	o, err := s.store.Organization(ctx, c.OrganizationID)
	if err != nil {
		return nil, err
	}
	d, err := s.build(ctx, o, platform, sampleOf(c))
	if err != nil {
		return nil, err
	}
	return d.Networks, nil
}

// document builds an unsigned document for the customer's current credential. It returns a Conflict
// for a locked or expired credential, for policies that must be accepted first, and where build
// does. The download is nil unless the platform
// received a document or was refused one.
func (s *Links) document(
	ctx context.Context, c *onboarding.Customer, platform string,
) (*profiles.Document, *download, error) {
	p, ok := profiles.ParsePlatform(platform)
	if !ok {
		return nil, nil, onboarding.InvalidField("platform", "not one of %s", platformNames())
	}
	o, err := s.store.Organization(ctx, c.OrganizationID)
	if err != nil {
		return nil, nil, err
	}
	credential, err := s.store.Credential(ctx, c.ID)
	if err != nil {
		return nil, nil, err
	}
	if c.Locked {
		return nil, nil, onboarding.LockedError()
	}
	consents, err := s.store.CurrentConsents(ctx, c.ID)
	if err != nil {
		return nil, nil, err
	}
	if due := o.ConsentStops(consents, s.clock.Now()); due != nil {
		return nil, nil, onboarding.ConsentDueError(due)
	}
	if !s.clock.Now().Before(credential.Expires) {
		return nil, nil, onboarding.ConflictField("", "the credential has expired: the customer must verify again")
	}
	password, err := s.sealer.OpenPassword(credential)
	if err != nil {
		return nil, nil, err
	}
	language := c.Language
	if language == "" {
		language = c.BrowserLanguage
	}
	d, err := s.build(ctx, o, p, profiles.Credential{
		CustomerID: c.ID, Username: credential.Username, Password: password, Language: language,
		Created: credential.Created, Expires: credential.Expires,
	})
	if refused, ok := errors.AsType[*onboarding.Error](err); ok && refused.Kind == onboarding.Conflict {
		return nil, s.newDownload(ctx, o, c, credential, platform, refused.Message), err
	}
	if err != nil {
		return nil, nil, err
	}
	return d, s.newDownload(ctx, o, c, credential, platform, ""), nil
}

func platformNames() string {
	names := ""
	for i, p := range profiles.Platforms() {
		if i > 0 {
			names += ", "
		}
		names += string(p)
	}
	return names
}
