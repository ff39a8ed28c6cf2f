package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"onramp/onboarding"
)

// sealedPlace is a table whose rows hold values sealed under the master key: the ID of the key in
// the column key_id and the box in the column box, unless named otherwise.
type sealedPlace struct {
	name       string // as messages show it
	table      string
	row        []string // the columns of the primary key, which order the rows
	keyID, box string
	purpose    func(row []string) string
}

// sealedPlaces lists every place of the database that holds sealed values. `onramp rekey master`
// re-seals these and no others, so a new sealed column needs an entry here: a value without one
// would be lost with the old key, and triggers on its table as in migration 0148.
// TestSealedPlacesAreComplete finds columns without an entry, and tables without triggers.
//
// The secrets of hotspots are sealed within the documents of their organizations; the table
// hotspots repeats the ID of the key.
var sealedPlaces = []sealedPlace{
	{
		name: "secrets of the deployment", table: "secrets", row: []string{"name"}, keyID: "key_id", box: "box",
		purpose: func(row []string) string { return onboarding.SecretPurpose(row[0]) },
	},
	{
		name: "Wi-Fi passwords", table: "credentials", row: []string{"customer_id"}, keyID: "key_id", box: "box",
		purpose: func(row []string) string { return onboarding.PasswordPurpose(row[0]) },
	},
	{
		name: "identity documents", table: "customers", row: []string{"id"},
		keyID: "document_key_id", box: "document",
		purpose: func(row []string) string { return onboarding.DocumentPurpose(row[0]) },
	},
	{
		name: "stored responses", table: "idempotency", row: []string{"service_id", "idempotency_key"},
		keyID: "key_id", box: "box",
		purpose: func(row []string) string { return onboarding.IdempotencyPurpose(row[0], row[1]) },
	},
	{
		name: "messages", table: "messages", row: []string{"id"}, keyID: "key_id", box: "box",
		purpose: func(row []string) string { return onboarding.MessagePurpose(row[0]) },
	},
	{
		name: "verifications", table: "verifications", row: []string{"id"}, keyID: "key_id", box: "box",
		purpose: func(row []string) string { return onboarding.VerificationPurpose(row[0]) },
	},
	{
		name: "secrets of webhooks", table: "webhook_secrets", row: []string{"webhook_id", "id"},
		keyID: "key_id", box: "box",
		purpose: func(row []string) string { return onboarding.WebhookSecretPurpose(row[0], row[1]) },
	},
	{
		name: "secrets of hotspots", table: "hotspots", row: []string{"id"}, keyID: "secret_key_id",
		purpose: func(row []string) string { return onboarding.HotspotSecretPurpose(row[0]) },
	},
}

// page returns the query for a page of the place's values.
func (p *sealedPlace) page() string {
	row := strings.Join(p.row, ", ")
	columns := row + ", " + p.keyID
	if p.box == "" {
		columns += ", organization_id"
	} else {
		columns += ", " + p.box
	}
	n := len(p.row)
	return "SELECT " + columns + " FROM " + p.table + " WHERE " + p.keyID + " IS NOT NULL AND (" + row + ") > (" +
		placeholders(n) + ") ORDER BY " + row + " LIMIT $" + strconv.Itoa(n+1)
}

// placeNamed returns the place with that name.
func placeNamed(name string) (*sealedPlace, error) {
	i := slices.IndexFunc(sealedPlaces, func(p sealedPlace) bool { return p.name == name })
	if i < 0 {
		return nil, fmt.Errorf("no place of sealed values is named %q", name)
	}
	return &sealedPlaces[i], nil
}

// SealedPlaces implements onboarding.SealedReader.
func (r *reader) SealedPlaces() []string {
	names := make([]string, len(sealedPlaces))
	for i := range sealedPlaces {
		names[i] = sealedPlaces[i].name
	}
	return names
}

// SealedValues implements onboarding.SealedReader.
func (r *reader) SealedValues(
	ctx context.Context, place string, after []string, limit int,
) ([]onboarding.SealedValue, error) {
	p, err := placeNamed(place)
	if err != nil {
		return nil, err
	}
	if after == nil {
		after = make([]string, len(p.row)) // no key is empty
	}
	args := make([]any, 0, len(p.row)+1)
	for _, key := range after {
		args = append(args, key)
	}
	values, err := collect(ctx, r.db, p.scan, p.page(), append(args, limit)...)
	if err != nil || p.box != "" || len(values) == 0 {
		return values, err
	}
	current, err := r.hotspotBoxes(ctx, values)
	if err == nil && len(current) == 0 { // all were removed since the first read; more may follow
		return r.SealedValues(ctx, place, values[len(values)-1].Row, limit)
	}
	return current, err
}

// scan reads a row of the place. Of a hotspot, the box is the ID of the organization.
func (p *sealedPlace) scan(row rows) (onboarding.SealedValue, error) {
	v := onboarding.SealedValue{Place: p.name, Row: make([]string, len(p.row))}
	var into []any
	for i := range v.Row {
		into = append(into, &v.Row[i])
	}
	var organization string
	if into = append(into, &v.KeyID); p.box == "" {
		into = append(into, &organization)
	} else {
		into = append(into, &v.Box)
	}
	err := row.Scan(into...)
	if p.box == "" {
		v.Box = []byte(organization)
	}
	v.Purpose = p.purpose(v.Row)
	return v, err
}

// hotspotBoxes replaces the ID of the organization in the box of each value by the secret of the
// hotspot. A secret that was changed or removed between the two reads is returned as it is now, or
// left out.
func (r *reader) hotspotBoxes(
	ctx context.Context, values []onboarding.SealedValue,
) (current []onboarding.SealedValue, err error) {
	for _, v := range values {
		o, err := r.Organization(ctx, string(v.Box))
		if err != nil {
			return nil, err
		}
		if _, h := o.Hotspot(v.Row[0]); h != nil && h.Secret != nil {
			v.Sealed = *h.Secret
			current = append(current, v)
		}
	}
	return current, nil
}

// ReplaceSealed implements onboarding.SealedWriter.
func (t *transaction) ReplaceSealed(
	ctx context.Context, values []onboarding.SealedValue, fresh []onboarding.Sealed,
) (replaced int, err error) {
	if len(values) == 0 {
		return 0, nil
	}
	p, err := placeNamed(values[0].Place)
	if err != nil {
		return 0, err
	}
	if p.box == "" {
		return t.replaceHotspotSecrets(ctx, values, fresh)
	}
	for i, v := range values {
		args := []any{fresh[i].KeyID, fresh[i].Box, v.KeyID, v.Box}
		for _, key := range v.Row {
			args = append(args, key)
		}
		n, err := t.db.exec(ctx, p.replace(), args...)
		if err != nil {
			return 0, err
		}
		replaced += n
	}
	return replaced, nil
}

// replace returns the statement that replaces a value.
func (p *sealedPlace) replace() string {
	text := "UPDATE " + p.table + " SET " + p.keyID + " = $1, " + p.box + " = $2 WHERE " + p.keyID + " = $3 AND " +
		p.box + " = $4"
	for i, column := range p.row {
		text += " AND " + column + " = $" + strconv.Itoa(i+5)
	}
	return text
}

// replaceHotspotSecrets writes the document of each organization once.
func (t *transaction) replaceHotspotSecrets(
	ctx context.Context, values []onboarding.SealedValue, fresh []onboarding.Sealed,
) (replaced int, err error) {
	if err := t.db.lockKeys(ctx, false, organizationsKey); err != nil {
		return 0, err
	}
	byOrganization := map[string]map[string]int{} // the indexes of values by hotspot
	for i, v := range values {
		h, err := t.Hotspot(ctx, v.Row[0])
		if errors.Is(err, onboarding.ErrNotFound) {
			continue
		}
		if err != nil {
			return 0, err
		}
		if byOrganization[h.OrganizationID] == nil {
			byOrganization[h.OrganizationID] = map[string]int{}
		}
		byOrganization[h.OrganizationID][h.ID] = i
	}
	for id, hotspots := range byOrganization {
		var o onboarding.Organization // not the shared one of the cache
		if err := t.one(ctx, "SELECT document FROM organizations WHERE id = $1", []any{id}, jsonText{&o}); err != nil {
			return 0, err
		}
		for hotspot, i := range hotspots {
			_, h := o.Hotspot(hotspot)
			if h == nil || h.Secret == nil || h.Secret.KeyID != values[i].KeyID ||
				!bytes.Equal(h.Secret.Box, values[i].Box) {
				continue
			}
			*h.Secret = fresh[i]
			if err := t.db.send(ctx, onboarding.ErrNotFound,
				"UPDATE hotspots SET secret_key_id = $2 WHERE id = $1", hotspot, fresh[i].KeyID); err != nil {
				return 0, err
			}
			replaced++
		}
		doc, err := encode(&o)
		if err != nil {
			return 0, err
		}
		if err := t.db.send(ctx, onboarding.ErrNotFound,
			"UPDATE organizations SET version = version + 1, document = $2 WHERE id = $1", id, doc); err != nil {
			return 0, err
		}
	}
	return replaced, nil
}
