package store

import (
	"context"
	"errors"
	"fmt"

	"onramp/onboarding"
)

// organizationsKey is locked, shared, by a transaction that reads any organization, and exclusively
// by one that changes any.
const organizationsKey = "organizations"

func (r *reader) Organization(ctx context.Context, id string) (*onboarding.Organization, error) {
	if err := r.db.lockKeys(ctx, true, organizationsKey); err != nil {
		return nil, err
	}
	return r.organization(ctx, id)
}

func organizationVersion(id string) plannedRead {
	return plannedRead{organizationsKey, true, "SELECT version FROM organizations WHERE id = $1", []any{id}}
}

func (r *reader) organization(ctx context.Context, id string) (*onboarding.Organization, error) {
	var version int64
	read := organizationVersion(id)
	if err := r.one(ctx, read.text, read.args, &version); err != nil {
		return nil, err
	}
	if o := r.organizations.get(id, version); o != nil {
		return o, nil
	}
	var o onboarding.Organization
	if err := r.one(ctx, "SELECT version, document FROM organizations WHERE id = $1", []any{id},
		&version, jsonText{&o}); err != nil {
		return nil, err
	}
	o.Version = version
	r.parsed(&o)
	return &o, nil
}

func (r *reader) Organizations(ctx context.Context) ([]*onboarding.Organization, error) {
	if err := r.db.lockKeys(ctx, true, organizationsKey); err != nil {
		return nil, err
	}
	return r.organizationsOf(ctx, "SELECT id FROM organizations ORDER BY id")
}

func (r *reader) FirstOrganizations(ctx context.Context, limit int) ([]*onboarding.Organization, error) {
	if err := r.db.lockKeys(ctx, true, organizationsKey); err != nil {
		return nil, err
	}
	return r.organizationsOf(ctx, "SELECT id FROM organizations ORDER BY id LIMIT $1", limit)
}

func (r *reader) OrganizationBySlug(ctx context.Context, slug string) (*onboarding.Organization, error) {
	if err := r.db.lockKeys(ctx, true, organizationsKey); err != nil {
		return nil, err
	}
	var id string
	err := r.one(ctx, "SELECT organization_id FROM slugs WHERE slug = $1", []any{slug}, &id)
	if err != nil {
		return nil, err
	}
	return r.organization(ctx, id)
}

// organizationsOf returns the organizations whose IDs a query selects.
func (r *reader) organizationsOf(
	ctx context.Context, query string, args ...any,
) ([]*onboarding.Organization, error) {
	ids, err := collect(ctx, r.db, scanText, query, args...)
	if err != nil {
		return nil, err
	}
	all := make([]*onboarding.Organization, 0, len(ids))
	for _, id := range ids {
		o, err := r.organization(ctx, id)
		if err != nil {
			return nil, err
		}
		all = append(all, o)
	}
	return all, nil
}

func (r *reader) RealmOwner(ctx context.Context, realm string) (string, error) {
	if err := r.db.lockKeys(ctx, true, organizationsKey); err != nil {
		return "", err
	}
	var id string
	err := r.one(ctx, "SELECT organization_id FROM realms WHERE realm = $1", []any{realm}, &id)
	return id, err
}

func (r *reader) LocationHasCustomers(ctx context.Context, organizationID, locationID string) (bool, error) {
	return r.exists(ctx, "SELECT EXISTS (SELECT 1 FROM customers WHERE organization_id = $1 AND location_id = $2)",
		organizationID, locationID)
}

func (r *reader) UsernameWithRealm(ctx context.Context, realm string) (bool, error) {
	return r.exists(ctx, "SELECT EXISTS (SELECT 1 FROM customers WHERE username_realm = $1)", fold(realm))
}

func (t *transaction) PutOrganization(ctx context.Context, o *onboarding.Organization) error {
	if err := t.db.lockKeys(ctx, false, organizationsKey); err != nil {
		return err
	}
	doc, err := encode(o)
	if err != nil {
		return err
	}
	var stored onboarding.Organization
	err = t.one(ctx, "SELECT document FROM organizations WHERE id = $1", []any{o.ID}, jsonText{&stored})
	switch {
	case errors.Is(err, onboarding.ErrNotFound):
	case err != nil:
		return err
	default:
		equal, err := o.Equal(&stored)
		if equal || err != nil {
			return err // an equal organization keeps its version
		}
	}
	if _, err := t.db.exec(ctx, putOrganization, o.ID, doc); err != nil {
		return err
	}
	for _, table := range []string{"locations", "hotspots", "realms", "slugs"} {
		if _, err := t.db.exec(ctx, "DELETE FROM "+table+" WHERE organization_id = $1", o.ID); err != nil {
			return err
		}
	}
	for i := range o.Locations {
		if err := t.insertLocation(ctx, o.ID, &o.Locations[i]); err != nil {
			return err
		}
	}
	for _, realm := range o.Realms() {
		if _, err := t.db.exec(ctx, insertRealm, realm, o.ID); err != nil {
			return withValue(realm, err)
		}
	}
	if slug := o.Portal.Slug; slug != "" {
		if _, err := t.db.exec(ctx, insertSlug, slug, o.ID); err != nil {
			return withValue(slug, err)
		}
	}
	return t.declareWebhooks(ctx, o)
}

const versionColumns = "organization_id, version, replaced, actor_kind, actor_id, document"

var insertVersion = insert("organization_versions", versionColumns)

const trimVersions = `DELETE FROM organization_versions WHERE organization_id = $1 AND version NOT IN
	(SELECT version FROM organization_versions WHERE organization_id = $1 ORDER BY version DESC LIMIT $2)`

func scanVersion(row rows) (*onboarding.OrganizationVersion, error) {
	v := onboarding.OrganizationVersion{Look: &onboarding.Organization{}}
	err := row.Scan(&v.OrganizationID, &v.Version, instant{&v.Replaced}, textInto(&v.By.Kind), &v.By.ID,
		jsonText{v.Look})
	return &v, err
}

func (r *reader) OrganizationVersions(
	ctx context.Context, organizationID string,
) ([]*onboarding.OrganizationVersion, error) {
	return collect(ctx, r.db, scanVersion, "SELECT "+versionColumns+
		" FROM organization_versions WHERE organization_id = $1 ORDER BY version DESC", organizationID)
}

func (t *transaction) InsertOrganizationVersion(ctx context.Context, v *onboarding.OrganizationVersion) error {
	doc, err := encode(v.Look)
	if err != nil {
		return err
	}
	if _, err := t.db.exec(ctx, insertVersion, v.OrganizationID, v.Version, micros(v.Replaced), string(v.By.Kind),
		v.By.ID, doc); err != nil {
		return err
	}
	_, err = t.db.exec(ctx, trimVersions, v.OrganizationID, onboarding.KeptVersions)
	return err
}

const putOrganization = `INSERT INTO organizations (id, version, document) VALUES ($1, 1, $2)
	ON CONFLICT (id) DO UPDATE SET version = organizations.version + 1, document = excluded.document`

var (
	insertRealm    = insert("realms", "realm, organization_id")
	insertSlug     = insert("slugs", "slug, organization_id")
	insertLocation = insert("locations", "id, organization_id")
	insertHotspot  = insert("hotspots", "id, organization_id, location_id, mac, nas_identifier, address, secret_key_id")
)

func (t *transaction) insertLocation(ctx context.Context, organizationID string, l *onboarding.Location) error {
	if _, err := t.db.exec(ctx, insertLocation, l.ID, organizationID); err != nil {
		return withValue(l.ID, err)
	}
	for i := range l.Hotspots {
		h := &l.Hotspots[i]
		var secretKey any
		if h.Secret != nil {
			secretKey = h.Secret.KeyID
		}
		_, err := t.db.exec(ctx, insertHotspot, h.ID, organizationID, l.ID,
			orNull(h.MAC), orNull(h.NASIdentifier), orNull(h.Address), secretKey)
		if e, ok := errors.AsType[*onboarding.Error](err); ok && e.Field == "address" {
			return withValue(h.Address, err)
		}
		if err != nil {
			return withValue(h.ID, err)
		}
	}
	return nil
}

// withValue adds the value to a Conflict's message, so that an operator finds it in the tenant
// file.
func withValue(value string, err error) error {
	e, ok := errors.AsType[*onboarding.Error](err)
	if !ok || e.Kind != onboarding.Conflict {
		return err
	}
	named := *e
	named.Message = fmt.Sprintf("%q %s", value, e.Message)
	return &named
}
