package onboarding

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Change says what an apply did to an organization.
type Change string

const (
	Created   Change = "created"
	Changed   Change = "changed"
	Unchanged Change = "unchanged"
)

// Applied is one organization of an apply, and what its operator should know of it.
type Applied struct {
	ID, Name string
	Change   Change
	Findings []Finding // warnings and notes
}

// Complaint is a finding about one of the organizations that were to be applied.
type Complaint struct {
	Organization string // its ID as declared, well-formed or not
	Index        int    // its place in the argument
	Finding
}

// ApplyError says why nothing was applied: every error that was found, in the order of the organizations, and every warning beside.
type ApplyError struct {
	Complaints []Complaint // errors
	Warnings   []Complaint
}

func (e *ApplyError) Error() string {
	lines := make([]string, len(e.Complaints))
	for i, c := range e.Complaints {
		lines[i] = fmt.Sprintf("organization %s: %s: %s", brief(c.Organization), c.Field, c.Message)
	}
	return "nothing was applied: " + strings.Join(lines, "; ")
}

// ApplyOrganizations makes the named organizations what is declared, each as a whole; others stay. Everything is checked before anything is
// written, and all is written at once or nothing. What is declared as it stands is not written and keeps its Version.
//
// When something is refused the error is an *ApplyError that holds every complaint. A location that has customers
// cannot be removed; a realm, location, hotspot or address of another organization cannot be taken; nor can a realm with which a user
// name ends already, because authorize would strip it.
func (s *Service) ApplyOrganizations(ctx context.Context, organizations []*Organization) ([]Applied, error) {
	var done []Applied
	err := s.store.Write(ctx, func(tx Tx) error {
		done = nil
		p, err := s.plan(ctx, tx, organizations)
		if err != nil {
			return err
		}
		if errs := p.complaints(SeverityError); len(errs) > 0 {
			return &ApplyError{Complaints: errs, Warnings: p.complaints(SeverityWarning)}
		}
		for i, o := range p.organizations {
			if p.changes[i] != Unchanged {
				if err := tx.PutOrganization(ctx, o); err != nil {
					return fmt.Errorf("organization %s: %w", o.ID, err)
				}
				if err := s.declareSegments(ctx, tx, o); err != nil {
					return fmt.Errorf("organization %s: %w", o.ID, err)
				}
			}
			done = append(done, Applied{ID: o.ID, Name: o.Name, Change: p.changes[i], Findings: p.found[i].advice()})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, a := range done {
		s.log.InfoContext(ctx, "organization applied", "organization", a.ID, "change", string(a.Change))
	}
	return done, nil
}

// CheckOrganizations says what ApplyOrganizations would: every finding, warnings included, and writes nothing.
func (s *Service) CheckOrganizations(ctx context.Context, organizations []*Organization) ([]Complaint, error) {
	p, err := s.plan(ctx, s.store, organizations)
	if err != nil {
		return nil, err
	}
	return append(p.complaints(SeverityError), p.complaints(SeverityWarning)...), nil
}

// ExportOrganizations returns the organization with that ID, or all of them ordered by ID when it is empty. They must not be changed.
func (s *Service) ExportOrganizations(ctx context.Context, id string) ([]*Organization, error) {
	if id == "" {
		return s.store.Organizations(ctx)
	}
	o, err := s.store.Organization(ctx, id)
	if errors.Is(err, ErrNotFound) {
		return nil, notFound("organization")
	}
	if err != nil {
		return nil, err
	}
	return []*Organization{o}, nil
}

// The kept secret stands for whatever is stored: `secret: kept` in YAML.
const keptKeyID = "kept"

// KeptSecret is what a hotspot declares to keep its stored RADIUS secret.
func KeptSecret() *Sealed { return &Sealed{KeyID: keptKeyID} }

func (s *Sealed) kept() bool { return s.KeyID == keptKeyID && len(s.Box) == 0 }

// SealHotspotSecret seals the RADIUS secret of a hotspot. The error tells what is wrong with the secret without showing it.
func (s *Service) SealHotspotSecret(hotspotID string, secret []byte) (Sealed, error) {
	if err := CheckRADIUSSecret(secret); err != nil {
		return Sealed{}, err
	}
	return s.sealer.Seal(secret, hotspotSecretPurpose(hotspotID)), nil
}

// withOwnHotspots returns a copy of which the hotspots may be changed.
func (o *Organization) withOwnHotspots() *Organization {
	c := *o
	c.Locations = slices.Clone(o.Locations)
	for i := range c.Locations {
		c.Locations[i].Hotspots = slices.Clone(c.Locations[i].Hotspots)
	}
	return &c
}
