package onboarding

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"onramp/onboarding/auth"
	"onramp/profiles"
)

// ProfileDocument is what a platform installs, for adapters, which do not know the package profiles.
type ProfileDocument = profiles.Document

// profileCache holds each organization's prepared profile for its current version.
type profileCache struct{ byOrganization sync.Map } // organization ID -> preparedProfile

type preparedProfile struct {
	version     int64
	profile     *profiles.Profile
	unavailable map[profiles.Platform]string
}

// prepared returns the organization's profile, prepared once for each version of the organization.
func (s *Service) prepared(o *Organization) (preparedProfile, error) {
	if known, ok := s.profiles.byOrganization.Load(o.ID); ok {
		if p := known.(preparedProfile); p.version == o.Version {
			return p, nil
		}
	}
	settings, err := o.Settings()
	if err != nil {
		return preparedProfile{}, fmt.Errorf("organization %s: %w", o.ID, err)
	}
	profile, err := profiles.Prepare(settings)
	if err != nil {
		return preparedProfile{}, fmt.Errorf("organization %s: %w", o.ID, err)
	}
	p := preparedProfile{version: o.Version, profile: profile, unavailable: map[profiles.Platform]string{}}
	for _, platform := range profiles.Platforms() {
		_, err := profile.Document(platform, sample)
		if unsupported, ok := errors.AsType[*profiles.UnsupportedError](err); ok {
			p.unavailable[platform] = unsupported.Reason
		}
	}
	s.profiles.byOrganization.Store(o.ID, p)
	return p, nil
}

// sample stands for any customer where only the networks of a document matter.
var sample = profiles.Credential{
	CustomerID: "00000000000000000000000000000000", Username: "sample", Password: "sample",
	Created: time.Unix(0, 0).UTC(), Expires: time.Unix(0, 0).UTC(),
}

// networks are those that the platform's document would carry for this customer.
func (s *Service) networks(ctx context.Context, c *Customer, platform profiles.Platform) ([]profiles.Network, error) {
	o, err := s.store.Organization(ctx, c.OrganizationID)
	if err != nil {
		return nil, err
	}
	p, err := s.prepared(o)
	if err != nil {
		return nil, err
	}
	as := sample
	as.CustomerID, as.Username = c.ID, c.Username
	d, err := p.profile.Document(platform, as)
	if unsupported, ok := errors.AsType[*profiles.UnsupportedError](err); ok {
		return nil, ConflictField("platform", "%s", unsupported.Reason)
	}
	if err != nil {
		return nil, err
	}
	return d.Networks, nil
}

// Profile builds the customer's document for a platform, signed where the platform wants it, always from the current
// credential; a GET makes nothing. A manager needs customer_write for it, and it is recorded.
func (s *Service) Profile(ctx context.Context, by *Caller, customerID, platform string) (*profiles.Document, error) {
	c, err := s.customer(ctx, by, customerID)
	if err != nil {
		return nil, err
	}
	if by.manager() {
		if err := by.need(auth.CustomerWrite); err != nil {
			return nil, err
		}
	}
	d, err := s.signedDocument(ctx, c, platform)
	if err != nil {
		return nil, err
	}
	if by.manager() {
		event := newEvent(c, EventCredential, s.now(), map[string]string{
			"action": "profile fetched by an operator", "platform": platform, "service": by.Principal.ServiceID,
		})
		err := s.store.Write(ctx, func(tx Tx) error {
			if _, err := tx.Customer(ctx, c.OrganizationID, c.ID); err != nil { // deleted meanwhile
				return err
			}
			return tx.AppendEvents(ctx, []Event{event})
		})
		if err != nil {
			return nil, err
		}
	}
	return d, nil
}

// signedDocument builds and signs.
func (s *Service) signedDocument(ctx context.Context, c *Customer, platform string) (*profiles.Document, error) {
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
func (s *Service) document(ctx context.Context, c *Customer, platform string) (*profiles.Document, error) {
	p, ok := profiles.ParsePlatform(platform)
	if !ok {
		return nil, InvalidField("platform", "not one of %s", platformNames())
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
		return nil, ConflictField("", "the credential is locked")
	}
	if !s.now().Before(credential.Expires) {
		return nil, ConflictField("", "the credential has expired: the person must verify again")
	}
	password, err := s.openPassword(credential)
	if err != nil {
		return nil, err
	}
	prepared, err := s.prepared(o)
	if err != nil {
		return nil, err
	}
	language := c.Language
	if language == "" {
		language = c.BrowserLanguage
	}
	d, err := prepared.profile.Document(p, profiles.Credential{
		CustomerID: c.ID, Username: credential.Username, Password: password, Language: language,
		Created: credential.Created, Expires: credential.Expires,
	})
	if unsupported, ok := errors.AsType[*profiles.UnsupportedError](err); ok {
		return nil, ConflictField("platform", "%s", unsupported.Reason)
	}
	return d, err
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
