package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"onramp/onboarding"
)

var auditParts = []part{
	{"Audit", testAudit},
	{"AuditAppendOnly", testAuditAppendOnly},
}

func newAuditor(t *testing.T) *onboarding.Auditor {
	t.Helper()
	return must(onboarding.NewAuditor(make([]byte, onboarding.AuditKeySize), func() time.Time { return noon }))(t)
}

// testAudit checks that rows are returned as appended, and that only unchained rows are chained.
func testAudit(t *testing.T, s onboarding.Store) {
	ctx, a := t.Context(), newAuditor(t)
	by := onboarding.Actor{Kind: onboarding.ActorKey, ID: "key", RequestID: "request"}
	row := a.Row(by, &onboarding.Act{OrganizationID: "org", Action: onboarding.AuditContactListed, CustomerID: "cid",
		Fields: []string{"email", "phone"}, Count: 3, Refused: onboarding.Conflict})
	bare := a.Row(onboarding.Actor{Kind: onboarding.ActorSystem}, &onboarding.Act{Action: onboarding.AuditPruned})
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.AppendAudit(ctx, row, bare) })
	equal(t, "unchained rows", must(s.UnchainedAudit(ctx, 10))(t), []onboarding.AuditRow{row, bare})
	equal(t, "one unchained row", must(s.UnchainedAudit(ctx, 1))(t), []onboarding.AuditRow{row})
	equal(t, "chains", must(s.AuditChains(ctx))(t), []string(nil))
	_, err := s.AuditHead(ctx, "org")
	notFound(t, "head of no chain", err)

	row.Sequence, row.Hash = 7, "hash"
	head := onboarding.AuditHead{
		OrganizationID: "other", Sequence: 9, Hash: "a", BaseSequence: 2, BaseHash: "b", MAC: "c",
	}
	chain := func(ctx context.Context, tx onboarding.Tx) error {
		if err := tx.ChainAudit(ctx, []onboarding.AuditLink{{ID: row.ID, Sequence: 7, Hash: "hash"}}); err != nil {
			return err
		}
		return tx.PutAuditHead(ctx, head)
	}
	write(t, s, chain)
	notFound(t, "chaining a row twice", tryWrite(t, s, chain))
	equal(t, "unchained rows", must(s.UnchainedAudit(ctx, 10))(t), []onboarding.AuditRow{bare})
	equal(t, "chains", must(s.AuditChains(ctx))(t), []string{"org", "other"})
	equal(t, "head", must(s.AuditHead(ctx, "other"))(t), &head)
	q := onboarding.AuditQuery{OrganizationID: "org", From: &noon, To: &noon, TargetID: a.ContactHash("cid"), Limit: 10}
	equal(t, "rows", must(s.AuditRows(ctx, q))(t), []onboarding.AuditRow{row})
	later := noon.Add(time.Microsecond)
	for _, none := range []onboarding.AuditQuery{
		{OrganizationID: "", Limit: 10}, {OrganizationID: "org", After: 7, Limit: 10},
		{OrganizationID: "org", From: &later, Limit: 10}, {OrganizationID: "org", TargetID: "cid", Limit: 10},
	} {
		equal(t, "rows", must(s.AuditRows(ctx, none))(t), []onboarding.AuditRow(nil))
	}
}

// testAuditAppendOnly checks that rows are deleted up to the base of their chain and not otherwise.
func testAuditAppendOnly(t *testing.T, s onboarding.Store) {
	ctx, a := t.Context(), newAuditor(t)
	var links []onboarding.AuditLink
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		links = nil
		for i := range int64(3) {
			row := a.Row(onboarding.Actor{}, &onboarding.Act{OrganizationID: "org"})
			if err := tx.AppendAudit(ctx, row); err != nil {
				return err
			}
			links = append(links, onboarding.AuditLink{ID: row.ID, Sequence: i + 1, Hash: "h"})
		}
		return tx.ChainAudit(ctx, links)
	})
	repeated := links[:1]
	if err := tryWrite(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		return tx.ChainAudit(ctx, []onboarding.AuditLink{{ID: repeated[0].ID, Sequence: 9, Hash: "x"}})
	}); !errors.Is(err, onboarding.ErrNotFound) {
		t.Errorf("chaining a chained row: %v", err)
	}
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		head := onboarding.AuditHead{OrganizationID: "org", Sequence: 3, BaseSequence: 2}
		if err := tx.PutAuditHead(ctx, head); err != nil {
			return err
		}
		return tx.DeleteAudit(ctx, "org")
	})
	left := must(s.AuditRows(ctx, onboarding.AuditQuery{OrganizationID: "org", Limit: 10}))(t)
	if len(left) != 1 || left[0].ID != links[2].ID {
		t.Errorf("rows after pruning two of three: %+v", left)
	}
}
