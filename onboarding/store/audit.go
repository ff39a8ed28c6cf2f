package store

import (
	"context"
	"encoding/json"
	"strings"

	"onramp/onboarding"
)

const (
	auditContent = "id, organization_id, at, actor, actor_id, request_id, action, target, target_id, fields, count, " +
		"refused, mac"
	selectAudit = "SELECT " + auditContent + ", COALESCE(sequence, 0), COALESCE(hash, '') FROM audit_rows"
	headColumns = "organization_id, sequence, hash, base_sequence, base_hash, mac"
)

var (
	insertAudit = insert("audit_rows", auditContent)
	putHead     = insert("audit_heads", headColumns) + " ON CONFLICT (organization_id) DO UPDATE SET " +
		excluded("sequence, hash, base_sequence, base_hash, mac")
)

func scanAudit(row rows) (onboarding.AuditRow, error) {
	var r onboarding.AuditRow
	var fields string
	err := row.Scan(&r.ID, &r.OrganizationID, instant{&r.At}, textInto(&r.Actor.Kind), &r.Actor.ID,
		&r.Actor.RequestID, textInto(&r.Action), textInto(&r.Target), &r.TargetID, &fields, &r.Count,
		textInto(&r.Refused), &r.MAC, &r.Sequence, &r.Hash)
	if fields != "" {
		r.Fields = strings.Split(fields, ",")
	}
	return r, err
}

func (r *reader) UnchainedAudit(ctx context.Context, limit int) ([]onboarding.AuditRow, error) {
	return collect(ctx, r.db, scanAudit, selectAudit+" WHERE sequence IS NULL ORDER BY id LIMIT $1", limit)
}

func (r *reader) AuditRows(ctx context.Context, q onboarding.AuditQuery) ([]onboarding.AuditRow, error) {
	s := &statement{}
	s.WriteString(selectAudit + " WHERE sequence IS NOT NULL AND organization_id = " + s.arg(q.OrganizationID) +
		" AND sequence > " + s.arg(q.After))
	if q.From != nil {
		s.WriteString(" AND at >= " + s.arg(micros(*q.From)))
	}
	if q.To != nil {
		s.WriteString(" AND at <= " + s.arg(micros(*q.To)))
	}
	if q.TargetID != "" {
		s.WriteString(" AND target_id = " + s.arg(q.TargetID))
	}
	s.WriteString(" ORDER BY sequence LIMIT " + s.arg(q.Limit))
	return collect(ctx, r.db, scanAudit, s.String(), s.args...)
}

func scanHead(row rows) (*onboarding.AuditHead, error) {
	var h onboarding.AuditHead
	err := row.Scan(&h.OrganizationID, &h.Sequence, &h.Hash, &h.BaseSequence, &h.BaseHash, &h.MAC)
	return &h, err
}

func (r *reader) AuditHead(ctx context.Context, organizationID string) (*onboarding.AuditHead, error) {
	if err := r.db.lockKeys(ctx, false, "audit "+organizationID); err != nil {
		return nil, err
	}
	return get(ctx, r.db, scanHead, "SELECT "+headColumns+" FROM audit_heads WHERE organization_id = $1",
		organizationID)
}

// AuditChains skips from one organization to the next in the index of the chains.
func (r *reader) AuditChains(ctx context.Context) ([]string, error) {
	return collect(ctx, r.db, scanText, `WITH RECURSIVE chains (id) AS (
		SELECT min(organization_id) FROM audit_rows WHERE sequence IS NOT NULL
		UNION ALL
		SELECT (SELECT min(organization_id) FROM audit_rows
			WHERE sequence IS NOT NULL AND organization_id > chains.id) FROM chains WHERE chains.id IS NOT NULL)
		SELECT id FROM chains WHERE id IS NOT NULL UNION SELECT organization_id FROM audit_heads ORDER BY 1`)
}

func (t *transaction) AppendAudit(ctx context.Context, added ...onboarding.AuditRow) error {
	for i := range added {
		r := &added[i]
		if err := t.db.send(ctx, nil, insertAudit, r.ID, r.OrganizationID, micros(r.At), string(r.Actor.Kind),
			r.Actor.ID, r.Actor.RequestID, string(r.Action), string(r.Target), r.TargetID,
			strings.Join(r.Fields, ","), r.Count, string(r.Refused), r.MAC); err != nil {
			return err
		}
	}
	return nil
}

func (t *transaction) ChainAudit(ctx context.Context, links []onboarding.AuditLink) error {
	type link struct {
		ID       string `json:"id"`
		Sequence int64  `json:"sequence"`
		Hash     string `json:"hash"`
	}
	list := make([]link, len(links))
	for i, l := range links {
		list[i] = link(l)
	}
	text, err := json.Marshal(list)
	if err != nil {
		return err
	}
	n, err := t.db.exec(ctx, "UPDATE audit_rows SET sequence = link.sequence, hash = link.hash FROM "+
		t.db.auditLinks("$1")+" AS link WHERE audit_rows.id = link.id AND audit_rows.sequence IS NULL", string(text))
	if err == nil && n != len(links) {
		err = onboarding.ErrNotFound
	}
	return err
}

func (t *transaction) PutAuditHead(ctx context.Context, h onboarding.AuditHead) error {
	return t.db.send(ctx, nil, putHead, h.OrganizationID, h.Sequence, h.Hash, h.BaseSequence, h.BaseHash, h.MAC)
}

func (t *transaction) DeleteAudit(ctx context.Context, organizationID string) error {
	return t.db.send(ctx, nil, `DELETE FROM audit_rows WHERE organization_id = $1 AND sequence IS NOT NULL
		AND sequence <= (SELECT base_sequence FROM audit_heads WHERE organization_id = $1)`, organizationID)
}
