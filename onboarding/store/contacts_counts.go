package store

import (
	"cmp"
	"context"
	"maps"
	"slices"
)

// counted writes FROM and the conditions for the rows of customer_counts that a filter's traits and
// locations select.
func (s *statement) counted(organization string, sets []traitSet, locationIDs []string) {
	s.WriteString(" FROM customer_counts WHERE organization_id = " + organization)
	if len(locationIDs) > 0 {
		s.WriteString(" AND location_id IN " + list(s, locationIDs))
	}
	for i := range sets {
		s.WriteString(" AND " + sets[i].condition("traits"))
	}
}

// countTraits returns the number of customers that traits and locations select.
func (r *reader) countTraits(
	ctx context.Context, organizationID string, sets []traitSet, locationIDs []string,
) (int, error) {
	s := &statement{}
	s.WriteString("SELECT CAST(COALESCE(sum(count), 0) AS BIGINT)")
	s.counted(s.arg(organizationID), sets, locationIDs)
	return r.count(ctx, s.String(), s.args...)
}

// customersByTraits writes FROM and the conditions for the customers that traits and locations
// select, by the index on both. The + takes the column's affinity away, for which SQLite would not
// search the index on an expression.
func (s *statement) customersByTraits(db executor, organization string, sets []traitSet, locationIDs []string) {
	columns, join := "traits AS of_traits", " AND "+db.traits().expression+" = +of_traits"
	if len(locationIDs) > 0 {
		columns += ", location_id AS of_location"
		join += " AND location_id = of_location"
	}
	s.WriteString(" FROM (SELECT DISTINCT " + columns)
	s.counted(organization, sets, locationIDs)
	s.WriteString(") f CROSS JOIN customers" + db.indexed("customers_by_traits") +
		" WHERE organization_id = " + organization + join)
}

// takeCounts takes the first changes. It is a query because the rows hold nothing about a person,
// for which the file would have to be cleaned.
const takeCounts = `DELETE FROM customer_counts WHERE (organization_id, location_id, traits, part) IN
	(SELECT organization_id, location_id, traits, part FROM customer_counts WHERE part > 0 ORDER BY part LIMIT $1)
	RETURNING organization_id, location_id, traits, count`

const (
	foldCount = `INSERT INTO customer_counts (organization_id, location_id, traits, part, count)
	VALUES ($1, $2, $3, 0, $4) ON CONFLICT (organization_id, location_id, traits, part)
	DO UPDATE SET count = customer_counts.count + excluded.count`
	dropEmptyCount = `DELETE FROM customer_counts
	WHERE organization_id = $1 AND location_id = $2 AND traits = $3 AND part = 0 AND count = 0`
)

// FoldContactCounts implements onboarding.ContactCounter. One transaction at a time folds, so that
// none waits for a row of another. SQLite's triggers write the sums, so it finds nothing there.
func (t *transaction) FoldContactCounts(ctx context.Context, limit int) (int, error) {
	if err := t.db.lockKeys(ctx, false, "contact counts"); err != nil {
		return 0, err
	}
	type key struct {
		organizationID, locationID string
		traits                     int64
	}
	sums := map[key]int64{}
	changes, err := collect(ctx, t.db, func(row rows) (k key, err error) {
		var n int64
		err = row.Scan(&k.organizationID, &k.locationID, &k.traits, &n)
		sums[k] += n
		return k, err
	}, takeCounts, limit)
	if err != nil {
		return 0, err
	}
	for _, k := range slices.SortedFunc(maps.Keys(sums), func(a, b key) int {
		return cmp.Or(cmp.Compare(a.organizationID, b.organizationID), cmp.Compare(a.locationID, b.locationID),
			cmp.Compare(a.traits, b.traits))
	}) {
		if sums[k] == 0 {
			continue
		}
		if err := t.db.send(ctx, nil, foldCount, k.organizationID, k.locationID, k.traits, sums[k]); err != nil {
			return 0, err
		}
		if sums[k] < 0 {
			if err := t.db.send(ctx, nil, dropEmptyCount, k.organizationID, k.locationID, k.traits); err != nil {
				return 0, err
			}
		}
	}
	return len(changes), nil
}
