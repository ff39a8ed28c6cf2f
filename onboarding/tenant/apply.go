package tenant

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"onramp/onboarding"
)

// Change is the effect of an apply on one organization.
type Change string

const (
	Created   Change = "created"
	Changed   Change = "changed"
	Unchanged Change = "unchanged"
)

// Applied is one organization of an apply: the change and the findings about it.
type Applied struct {
	ID, Name string // as declared, well-formed or not
	Change   Change
	Findings []onboarding.Finding // errors, then warnings, then notes
}

// ApplyError reports that nothing was applied. It holds every organization of the apply, in order,
// at least one of them with an error among its Findings.
type ApplyError struct{ Organizations []Applied }

func (e *ApplyError) Error() string {
	var lines []string
	for _, a := range e.Organizations {
		for _, f := range findings(a.Findings).errors() {
			lines = append(lines, fmt.Sprintf("organization %s: %s: %s", brief(a.ID), f.Field, f.Message))
		}
	}
	return "nothing was applied: " + strings.Join(lines, "; ")
}

// Apply replaces each given organization; all others are unchanged. Everything is
// checked before anything is written, and everything is written in one transaction or nothing. An
// organization equal to the stored one is not written and keeps its Version.
//
// The error is an *ApplyError if any organization is refused. A location with customers cannot be
// removed. A realm, location, hotspot or address of another organization cannot be declared; nor
// can a realm that is the end of an existing user name, because authorize would strip it.
func (s *Tenants) Apply(ctx context.Context, organizations []*onboarding.Organization) ([]Applied, error) {
	var applied []Applied
	err := s.store.Write(ctx, func(tx onboarding.Tx) (err error) {
		applied, err = s.apply(ctx, tx, organizations)
		return err
	})
	if err != nil {
		return nil, err
	}
	s.logApplied(ctx, applied)
	return applied, nil
}

// ErrVersion is the error of an edit that is based on an earlier version.
var ErrVersion = onboarding.ConflictField("version", "the settings were changed since the page was loaded")

// Edit applies a change to the stored organization, which change gets as a copy that it may modify.
// It returns ErrVersion, and changes nothing, if the organization no longer has the version on
// which the change is based. Its other errors are those of Apply and of change.
func (s *Tenants) Edit(
	ctx context.Context, id string, version int64, change func(*onboarding.Organization) error,
) (*Applied, error) {
	var applied []Applied
	err := s.store.Write(ctx, func(tx onboarding.Tx) error {
		stored, err := tx.Organization(ctx, id)
		if errors.Is(err, onboarding.ErrNotFound) {
			return onboarding.NotFoundError("organization")
		}
		if err != nil {
			return err
		}
		if stored.Version != version {
			return ErrVersion
		}
		o, err := stored.Clone()
		if err != nil {
			return err
		}
		if err := change(o); err != nil {
			return err
		}
		applied, err = s.apply(ctx, tx, []*onboarding.Organization{o})
		return err
	})
	if err != nil {
		return nil, err
	}
	s.logApplied(ctx, applied)
	return &applied[0], nil
}

// apply checks and writes the organizations in a transaction.
func (s *Tenants) apply(
	ctx context.Context, tx onboarding.Tx, organizations []*onboarding.Organization,
) ([]Applied, error) {
	p, err := s.plan(ctx, tx, organizations)
	if err != nil {
		return nil, err
	}
	applied := p.applied()
	if p.refused() {
		return nil, &ApplyError{applied}
	}
	for i, o := range p.organizations {
		if p.changes[i] == Unchanged {
			continue
		}
		if err := tx.PutOrganization(ctx, o); err != nil {
			return nil, fmt.Errorf("organization %s: %w", o.ID, err)
		}
		if err := s.keepVersion(ctx, tx, o, p.stored[o.ID]); err != nil {
			return nil, fmt.Errorf("organization %s: %w", o.ID, err)
		}
		if err := s.storeGrantKey(ctx, tx, o, p.stored[o.ID]); err != nil {
			return nil, fmt.Errorf("organization %s: %w", o.ID, err)
		}
		if err := s.webhooks.Declare(ctx, tx, o); err != nil {
			return nil, fmt.Errorf("organization %s: %w", o.ID, err)
		}
		if err := s.visits.DeclareSegments(ctx, tx, o); err != nil {
			return nil, fmt.Errorf("organization %s: %w", o.ID, err)
		}
		fields, err := o.Differences(p.stored[o.ID])
		if err != nil {
			return nil, err
		}
		if err := s.audit.Record(ctx, tx, onboarding.Act{
			OrganizationID: o.ID, Action: onboarding.AuditSettingsChanged, Target: onboarding.TargetOrganization,
			TargetID: o.ID, Fields: fields,
		}); err != nil {
			return nil, err
		}
	}
	return applied, nil
}

// keepVersion keeps the former version of an organization whose look changes.
func (s *Tenants) keepVersion(ctx context.Context, tx onboarding.Tx, o, before *onboarding.Organization) error {
	if before == nil {
		return nil
	}
	look := before.Look()
	same, err := look.Equal(o.Look())
	if same || err != nil {
		return err
	}
	by := onboarding.ActorOf(ctx)
	return tx.InsertOrganizationVersion(ctx, &onboarding.OrganizationVersion{
		OrganizationID: o.ID, Version: before.Version, Replaced: s.clock.Now(),
		By: onboarding.Actor{Kind: by.Kind, ID: by.ID}, Look: look,
	})
}

// Versions returns the former versions of an organization's look, the newest first.
func (s *Tenants) Versions(ctx context.Context, id string) ([]*onboarding.OrganizationVersion, error) {
	return s.store.OrganizationVersions(ctx, id)
}

func (s *Tenants) logApplied(ctx context.Context, applied []Applied) {
	for _, a := range applied {
		s.log.InfoContext(ctx, "organization applied", "organization", a.ID, "change", string(a.Change))
	}
}

// Check returns the changes and findings of an apply, and writes nothing.
func (s *Tenants) Check(ctx context.Context, organizations []*onboarding.Organization) ([]Applied, error) {
	p, err := s.plan(ctx, s.store, organizations)
	if err != nil {
		return nil, err
	}
	return p.applied(), nil
}

// Planned is one organization of an apply that is not made.
type Planned struct {
	Applied
	Before *onboarding.Organization // as stored; nil for a new one
	After  *onboarding.Organization // as it would be stored
}

// Plan is Check with the declarations before and after the apply, which must not be modified.
func (s *Tenants) Plan(ctx context.Context, organizations []*onboarding.Organization) ([]Planned, error) {
	p, err := s.plan(ctx, s.store, organizations)
	if err != nil {
		return nil, err
	}
	all := make([]Planned, len(p.organizations))
	for i, a := range p.applied() {
		all[i] = Planned{Applied: a, Before: p.stored[a.ID], After: p.organizations[i]}
	}
	return all, nil
}

// Export returns the organization with that ID, or all, ordered by ID, if id is empty.
// They must not be modified.
func (s *Tenants) Export(ctx context.Context, id string) ([]*onboarding.Organization, error) {
	if id == "" {
		return s.store.Organizations(ctx)
	}
	o, err := s.store.Organization(ctx, id)
	if errors.Is(err, onboarding.ErrNotFound) {
		return nil, onboarding.NotFoundError("organization")
	}
	if err != nil {
		return nil, err
	}
	return []*onboarding.Organization{o}, nil
}

// ExportAudited is Export for a person: it records the read of each organization.
func (s *Tenants) ExportAudited(ctx context.Context, id string) ([]*onboarding.Organization, error) {
	organizations, err := s.Export(ctx, id)
	if err != nil {
		return nil, err
	}
	acts := make([]onboarding.Act, len(organizations))
	for i, o := range organizations {
		acts[i] = onboarding.Act{
			OrganizationID: o.ID, Action: onboarding.AuditSettingsRead, Target: onboarding.TargetOrganization,
			TargetID: o.ID,
		}
	}
	return organizations, s.audit.RecordRead(ctx, s.store, acts...)
}

// keptKeyID marks the secret that stands for the stored one: `secret: kept` in YAML.
const keptKeyID = "kept"

// KeptSecret returns the value of a hotspot that keeps its stored RADIUS secret.
func KeptSecret() *onboarding.Sealed { return &onboarding.Sealed{KeyID: keptKeyID} }

func kept(s *onboarding.Sealed) bool { return s.KeyID == keptKeyID && len(s.Box) == 0 }

// SealHotspotSecret seals the RADIUS secret of a hotspot. Its error does not show the secret.
func (s *Tenants) SealHotspotSecret(hotspotID string, secret []byte) (onboarding.Sealed, error) {
	if err := onboarding.CheckRADIUSSecret(secret); err != nil {
		return onboarding.Sealed{}, err
	}
	return s.sealer.Seal(secret, onboarding.HotspotSecretPurpose(hotspotID)), nil
}

// withOwnHotspots returns a copy whose hotspots and grant may be modified.
func withOwnHotspots(o *onboarding.Organization) *onboarding.Organization {
	c := *o
	if g := o.Portal.Grant; g != nil {
		own := *g
		c.Portal.Grant = &own
	}
	c.Locations = slices.Clone(o.Locations)
	for i := range c.Locations {
		c.Locations[i].Hotspots = slices.Clone(c.Locations[i].Hotspots)
	}
	return &c
}
