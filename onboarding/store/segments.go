package store

import (
	"context"
	"time"

	"onramp/onboarding"
)

func (r *reader) SegmentsOf(ctx context.Context, customerIDs []string) (map[string][]string, error) {
	condition, arg := r.db.anyOf("customer_id", "$1", customerIDs)
	members, err := collect(ctx, r.db, scanMember,
		"SELECT customer_id, segment_id FROM segment_members WHERE "+condition+" ORDER BY customer_id, segment_id", arg)
	if err != nil {
		return nil, err
	}
	of := map[string][]string{}
	for _, m := range members {
		of[m[0]] = append(of[m[0]], m[1])
	}
	return of, nil
}

func scanMember(row rows) (m [2]string, err error) {
	err = row.Scan(&m[0], &m[1])
	return m, err
}

func (r *reader) SegmentSweep(ctx context.Context, organizationID string) (*onboarding.SegmentSweep, error) {
	if err := r.db.lockKeys(ctx, false, "segment sweep "+organizationID); err != nil {
		return nil, err
	}
	return get(ctx, r.db, scanSweep,
		"SELECT "+sweepColumns+" FROM segment_sweeps WHERE organization_id = $1"+r.db.lockRows(), organizationID)
}

const sweepColumns = "organization_id, declared, position, done, holder, held"

func scanSweep(row rows) (*onboarding.SegmentSweep, error) {
	var s onboarding.SegmentSweep
	err := row.Scan(&s.OrganizationID, &s.Declared, &s.Position, &s.Done, &s.Holder, instant{&s.Held})
	return &s, err
}

func (r *reader) SegmentsDue(ctx context.Context, organizationID string, now time.Time, limit int) ([]string, error) {
	return collect(ctx, r.db, scanText,
		"SELECT customer_id FROM segment_checks WHERE organization_id = $1 AND due <= $2 "+
			"ORDER BY due, customer_id LIMIT $3",
		organizationID, micros(now), limit)
}

var (
	insertMember = insert("segment_members", "organization_id, segment_id, customer_id") + " ON CONFLICT DO NOTHING"
	putSweep     = insert("segment_sweeps", sweepColumns) + " ON CONFLICT (organization_id) DO UPDATE SET " +
		excluded("declared, position, done, holder, held")
	putCheck = insert("segment_checks", "customer_id, organization_id, due") +
		" ON CONFLICT (customer_id) DO UPDATE SET due = excluded.due WHERE segment_checks.due <> excluded.due"
)

func (t *transaction) PutSegments(
	ctx context.Context, organizationID, customerID string, segmentIDs []string, due *time.Time,
) error {
	among, arg := t.db.anyOf("segment_id", "$2", segmentIDs)
	if err := t.db.send(ctx, nil,
		"DELETE FROM segment_members WHERE customer_id = $1 AND NOT ("+among+")", customerID, arg); err != nil {
		return err
	}
	for _, id := range segmentIDs {
		if err := t.db.send(ctx, nil, insertMember, organizationID, id, customerID); err != nil {
			return err
		}
	}
	if due == nil {
		return t.db.send(ctx, nil, "DELETE FROM segment_checks WHERE customer_id = $1", customerID)
	}
	return t.db.send(ctx, nil, putCheck, customerID, organizationID, micros(*due))
}

func (t *transaction) PutSegmentSweep(ctx context.Context, s *onboarding.SegmentSweep) error {
	return t.db.send(ctx, nil, putSweep,
		s.OrganizationID, s.Declared, s.Position, s.Done, s.Holder, micros(s.Held))
}
