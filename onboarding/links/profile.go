package links

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"onramp/onboarding/auth"
	"onramp/profiles"
	"sync"
	"time"

	"onramp/onboarding"
)

// ProfileDocument is what a platform installs, for adapters, which do not know the package profiles.
type ProfileDocument = profiles.Document

// profileCache holds each organization's prepared profile for its current version.
type profileCache struct{ byOrganization sync.Map } // organization ID -> preparedProfile

type preparedProfile struct {
	version int64
	profile *profiles.Profile // nil when broken
	broken  string            // why no platform gets a document, in a sentence for people
	// refused holds why a platform gets no document whoever asks, seals the signature that a document of the others needs.
	refused map[profiles.Platform]string
	seals   map[profiles.Platform]profiles.Seal
}

// prepared returns the organization's profile, prepared once for each version of the organization. Settings that are wrong by a rule
// younger than they are make no error: no platform gets a document then, and doctor says why.
func (s *Links) prepared(ctx context.Context, o *onboarding.Organization) preparedProfile {
	if known, ok := s.profiles.byOrganization.Load(o.ID); ok {
		if p := known.(preparedProfile); p.version == o.Version {
			return p
		}
	}
	p := preparedProfile{version: o.Version, refused: map[profiles.Platform]string{}, seals: map[profiles.Platform]profiles.Seal{}}
	var err error
	if p.profile, err = profiles.Prepare(o.Settings()); err != nil {
		s.log.ErrorContext(ctx, "no profile can be made of the organization's settings", "organization", o.ID, "error", err)
		p.profile, p.broken = nil, "The organization's network settings have to be corrected before profiles can be made of them."
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
	s.profiles.byOrganization.Store(o.ID, p)
	return p
}

// build builds a document without signing it. What cannot be expressed or signed, for everybody or for this credential, is a Conflict
// that says why.
func (s *Links) build(ctx context.Context, o *onboarding.Organization, platform profiles.Platform, c profiles.Credential) (*profiles.Document, error) {
	p := s.prepared(ctx, o)
	if p.profile == nil {
		return nil, onboarding.ConflictField("platform", "%s", p.broken)
	}
	d, err := p.profile.Document(platform, c)
	if unsupported, ok := errors.AsType[*profiles.UnsupportedError](err); ok {
		return nil, onboarding.ConflictField("platform", "%s", unsupported.Reason)
	}
	if field, ok := errors.AsType[*profiles.FieldError](err); ok { // a password of before the tenant changed its EAP method, for one
		return nil, onboarding.ConflictField("platform", "The %s of the credential %s: the credential has to be rotated.", field.Field, field.Reason)
	}
	if err != nil {
		return nil, err
	}
	if reason := s.cannotSign(d.Seal); reason != "" {
		return nil, onboarding.ConflictField("platform", "%s", reason)
	}
	return d, nil
}

// unavailable returns why platforms get no document; a platform without an entry gets one.
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

// sample stands for any customer where only the networks of a document matter.
var sample = profiles.Credential{
	CustomerID: "00000000000000000000000000000000", Username: "sample", Password: "sample",
	Created: time.Unix(0, 0).UTC(), Expires: time.Unix(0, 0).UTC(),
}

// sampleOf is sample with what of a customer is no secret.
func sampleOf(c *onboarding.Customer) profiles.Credential {
	as := sample
	as.CustomerID, as.Username = c.ID, c.Username
	return as
}

// networks are those that the platform's document would carry for this customer.
func (s *Links) networks(ctx context.Context, c *onboarding.Customer, platform profiles.Platform) ([]profiles.Network, error) {
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

// Profile builds the customer's document for a platform, signed where the platform wants it, always from the current
// credential; a GET makes nothing. A manager needs customer_write for it, and it is recorded.
func (s *Links) Profile(ctx context.Context, by *onboarding.Caller, customerID, platform string) (*profiles.Document, error) {
	c, err := s.access.Customer(ctx, by, customerID)
	if err != nil {
		return nil, err
	}
	if by.IsManager() {
		if err := by.Need(auth.CustomerWrite); err != nil {
			return nil, err
		}
	}
	d, err := s.signedDocument(ctx, c, platform)
	if err != nil {
		return nil, err
	}
	if _, err := s.access.Customer(ctx, by, customerID); err != nil { // the proof may have ended before the credential was read
		return nil, err
	}
	if by.IsManager() {
		event := onboarding.NewEvent(c, onboarding.EventCredential, s.clock.Now(), map[string]string{
			"action": "profile fetched by an operator", "platform": platform, "service": by.Principal.ServiceID,
		})
		err := s.store.Write(ctx, func(tx onboarding.Tx) error {
			current, err := tx.Customer(ctx, c.OrganizationID, c.ID) // which may be deleted meanwhile
			if err != nil {
				return err
			}
			if current.AtKiosk() {
				current.Kiosk = true
				if err := tx.UpdateCustomer(ctx, current); err != nil {
					return err
				}
			}
			return tx.AppendEvents(ctx, []onboarding.Event{event})
		})
		if err != nil {
			return nil, err
		}
	}
	return d, nil
}

// signedDocument builds and signs.
func (s *Links) signedDocument(ctx context.Context, c *onboarding.Customer, platform string) (*profiles.Document, error) {
	d, err := s.document(ctx, c, platform)
	if err != nil {
		return nil, err
	}
	signed := *d
	switch d.Seal {
	case profiles.SealCMS:
		signed.Body, err = s.signer.Sign(d.Body)
	case profiles.SealXMLDSig:
		signed.Body, err = s.signer.SignXML(d.Body)
	}
	if err != nil {
		return nil, fmt.Errorf("sign the %s profile: %w", platform, err)
	}
	return &signed, nil
}

// document builds without signing. What no network of the tenant can express on the platform is a Conflict that says why.
func (s *Links) document(ctx context.Context, c *onboarding.Customer, platform string) (*profiles.Document, error) {
	p, ok := profiles.ParsePlatform(platform)
	if !ok {
		return nil, onboarding.InvalidField("platform", "not one of %s", platformNames())
	}
	o, err := s.store.Organization(ctx, c.OrganizationID)
	if err != nil {
		return nil, err
	}
	credential, err := s.store.Credential(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	if c.Locked {
		return nil, onboarding.LockedError()
	}
	if !s.clock.Now().Before(credential.Expires) {
		return nil, onboarding.ConflictField("", "the credential has expired: the person must verify again")
	}
	password, err := s.sealer.OpenPassword(credential)
	if err != nil {
		return nil, err
	}
	language := c.Language
	if language == "" {
		language = c.BrowserLanguage
	}
	return s.build(ctx, o, p, profiles.Credential{
		CustomerID: c.ID, Username: credential.Username, Password: password, Language: language,
		Created: credential.Created, Expires: credential.Expires,
	})
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
