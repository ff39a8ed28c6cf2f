package tenant

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"onramp/onboarding"
)

// plan holds the organizations of an apply, the findings about them and the changes.
type plan struct {
	organizations []*onboarding.Organization // in the form to be stored: secrets resolved
	stored        map[string]*onboarding.Organization
	found         []findings // by organization
	changes       []Change
}

// applied returns the plan's organizations as they are or would be applied.
func (p *plan) applied() []Applied {
	all := make([]Applied, len(p.organizations))
	for i, o := range p.organizations {
		all[i] = Applied{ID: o.ID, Name: o.Name, Change: p.changes[i], Findings: p.found[i].sorted()}
	}
	return all
}

// refused reports whether any organization has an error.
func (p *plan) refused() bool {
	return slices.ContainsFunc(p.found, func(f findings) bool { return len(f.errors()) > 0 })
}

// reader reads the stored organizations and settings for a plan. In a transaction, it is the
// transaction: on SQLite another read may wait for the writer, and so for the transaction itself.
type reader interface {
	onboarding.OrganizationReader
	onboarding.SecretReader
}

// plan checks each organization alone, against the stored ones and against the others.
func (s *Tenants) plan(
	ctx context.Context, r reader, organizations []*onboarding.Organization,
) (*plan, error) {
	all, err := r.Organizations(ctx)
	if err != nil {
		return nil, err
	}
	stored := map[string]*onboarding.Organization{}
	for _, o := range all {
		stored[o.ID] = o
	}
	xmlRefusal, err := s.xmlRefusal(ctx, r)
	if err != nil {
		return nil, err
	}
	server, err := s.radiusServer(ctx, r)
	if err != nil {
		return nil, err
	}
	p := &plan{stored: stored}
	now := s.clock.Now()
	for i, o := range organizations {
		found := findings(Check(o, now))
		if first := slices.IndexFunc(organizations,
			func(other *onboarding.Organization) bool { return other.ID == o.ID }); first < i && o.ID != "" {
			found.refuse("id", "duplicate", "", "is also the id of an earlier organization, %q",
				brief(organizations[first].Name))
		}
		o = withOwnHotspots(o)
		before := stored[o.ID]
		change, err := s.compare(ctx, r, o, before, &found)
		if err != nil {
			return nil, err
		}
		if err := checkRemoved(ctx, r, o, before, &found); err != nil {
			return nil, err
		}
		if err := checkNewRealms(ctx, r, o, before, &found); err != nil {
			return nil, err
		}
		checkPolicyVersions(o, before, &found)
		checkSigner(o, &found, xmlRefusal)
		checkCertificate(o, &found, server, now)
		p.organizations, p.found, p.changes = append(p.organizations, o), append(p.found, found),
			append(p.changes, change)
	}
	p.checkOwners(all)
	return p, nil
}

// compare resolves o's secrets and returns the change from the stored organization.
func (s *Tenants) compare(
	ctx context.Context, r reader, o, before *onboarding.Organization, found *findings,
) (Change, error) {
	if err := s.resolveGrantKey(ctx, r, o.Portal.Grant, before, found); err != nil {
		return "", err
	}
	for i := range o.Locations {
		for j := range o.Locations[i].Hotspots {
			field := fmt.Sprintf("locations[%d].hotspots[%d].secret", i, j)
			if err := s.resolveSecret(&o.Locations[i].Hotspots[j], before, field, found); err != nil {
				return "", err
			}
		}
	}
	if before == nil {
		return Created, nil
	}
	datePolicies(o, before, s.clock.Now())
	same, err := o.Equal(before)
	if err != nil {
		return "", err
	}
	if same {
		return Unchanged, nil
	}
	return Changed, nil
}

// resolveSecret keeps the stored box of an equal secret, because each sealing makes a new box.
func (s *Tenants) resolveSecret(
	h *onboarding.Hotspot, before *onboarding.Organization, field string, found *findings,
) error {
	if h.Secret == nil {
		return nil
	}
	var stored *onboarding.Sealed
	if before != nil {
		if _, was := before.Hotspot(h.ID); was != nil {
			stored = was.Secret
		}
	}
	if kept(h.Secret) {
		if stored == nil {
			found.refuse(field, "secret", "name the secret's file in secretFile",
				"cannot be kept: none is stored for this hotspot")
		}
		h.Secret = stored
		return nil
	}
	declared, err := s.sealer.Open(*h.Secret, onboarding.HotspotSecretPurpose(h.ID))
	if err != nil {
		return fmt.Errorf("secret of hotspot %s: %w", brief(h.ID), err)
	}
	if stored == nil {
		return nil
	}
	kept, err := s.sealer.Open(*stored, onboarding.HotspotSecretPurpose(h.ID))
	if err != nil {
		return fmt.Errorf("stored secret of hotspot %s: %w", h.ID, err)
	}
	if bytes.Equal(declared, kept) {
		h.Secret = stored
	}
	return nil
}

// datePolicies sets the times of o's policies: those of the stored ones, or now for one that
// changed.
func datePolicies(o, before *onboarding.Organization, now time.Time) {
	o.Policies = slices.Clone(o.Policies)
	sameAnswer := cmp.Or(o.Portal.Reconsent, onboarding.ReconsentGrace) ==
		cmp.Or(before.Portal.Reconsent, onboarding.ReconsentGrace)
	now = now.UTC().Truncate(time.Second)
	for i := range o.Policies {
		p := &o.Policies[i]
		p.Since, p.RequiredSince = now, now
		was := before.Policy(p.Key)
		if was == nil || was.Mandatory() != p.Mandatory() {
			continue
		}
		p.RequiredSince = was.RequiredSince
		if sameAnswer && was.Version == p.Version {
			p.Since = was.Since
		}
	}
}

// checkPolicyVersions warns of a changed text under the same version: the ledger of consents holds
// only versions.
func checkPolicyVersions(o, before *onboarding.Organization, found *findings) {
	if before == nil {
		return
	}
	for i := range o.Policies {
		p := &o.Policies[i]
		was := before.Policy(p.Key)
		if was != nil && was.Version == p.Version && (was.URL != p.URL || !maps.Equal(was.Text, p.Text)) {
			found.warn(fmt.Sprintf("policies[%d].version", i), "policy-version", "raise the version",
				"is still %s although the text of %s changed; consents to the two cannot be distinguished", p.Version,
				p.Key)
		}
	}
}

// checkRemoved refuses to remove a location with customers.
func checkRemoved(
	ctx context.Context, r onboarding.OrganizationReader, o, before *onboarding.Organization, found *findings,
) error {
	if before == nil {
		return nil
	}
	for i := range before.Locations {
		l := &before.Locations[i]
		if o.Location(l.ID) != nil {
			continue
		}
		has, err := r.LocationHasCustomers(ctx, o.ID, l.ID)
		if err != nil {
			return err
		}
		if has {
			found.refuse("locations["+l.ID+"]", "location-in-use", "declare it again",
				"%s (%s) has customers and cannot be removed", l.ID, brief(l.Name))
		}
	}
	return nil
}

// checkNewRealms refuses a new realm that is the end of an existing user name: authorize would
// strip it and not find the customer.
func checkNewRealms(
	ctx context.Context, r onboarding.OrganizationReader, o, before *onboarding.Organization, found *findings,
) error {
	var known []string
	if before != nil {
		known = before.Realms()
	}
	for _, d := range o.DeclaredRealms() {
		if slices.Contains(known, d.Realm) {
			continue
		}
		used, err := r.UsernameWithRealm(ctx, d.Realm)
		if err != nil {
			return err
		}
		if used {
			found.refuse(d.Field, "realm-in-use", "use another realm",
				"cannot be %s: there are customers whose user name ends in @%s", d.Realm, d.Realm)
		}
	}
	return nil
}

// uniqueValue is a value that only one organization of the deployment may have.
type uniqueValue struct{ kind, value, field string }

// uniqueValues returns the values that no other organization may have.
func uniqueValues(o *onboarding.Organization) []uniqueValue {
	var values []uniqueValue
	for _, d := range o.DeclaredRealms() {
		values = append(values, uniqueValue{"realm", d.Realm, d.Field})
	}
	if o.Portal.Slug != "" {
		values = append(values, uniqueValue{"slug", o.Portal.Slug, "portal.slug"})
	}
	for i := range o.Locations {
		l := &o.Locations[i]
		at := fmt.Sprintf("locations[%d]", i)
		values = append(values, uniqueValue{"location", l.ID, at + ".id"})
		for j := range l.Hotspots {
			h := &l.Hotspots[j]
			at := fmt.Sprintf("%s.hotspots[%d]", at, j)
			values = append(values, uniqueValue{"hotspot", h.ID, at + ".id"})
			if h.Address != "" {
				values = append(values, uniqueValue{"address", h.Address, at + ".address"})
			}
		}
	}
	return values
}

// checkOwners refuses values that belong to another organization, stored or earlier in the same
// apply. A value that an organization gives up is free from the next apply on.
func (p *plan) checkOwners(stored []*onboarding.Organization) {
	type owned struct{ kind, value string }
	owners := map[owned]*onboarding.Organization{}
	for _, o := range stored {
		for _, c := range uniqueValues(o) {
			owners[owned{c.kind, c.value}] = o
		}
	}
	for i, o := range p.organizations {
		for _, c := range uniqueValues(o) {
			if c.value == "" {
				continue
			}
			owner, taken := owners[owned{c.kind, c.value}]
			if taken && owner.ID != o.ID {
				p.found[i].refuse(c.field, c.kind+"-taken", "to move it, apply the other organization without it first",
					"is the %s %s of another organization, %q (%s)", c.kind, c.value, brief(owner.Name),
					brief(owner.ID))
			} else if !taken {
				owners[owned{c.kind, c.value}] = o
			}
		}
	}
}
