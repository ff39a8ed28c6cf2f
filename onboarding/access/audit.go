package access

import (
	"context"
	"fmt"

	"onramp/onboarding"
)

// secretAudit is the name of the secret of the audit's keyed hashes.
const secretAudit = "audit-key"

// openAuditor creates the Auditor of the deployment.
func (s *Control) openAuditor(ctx context.Context) error {
	key, err := s.Secret(ctx, secretAudit, onboarding.AuditKeySize)
	if err != nil {
		return err
	}
	if s.auditor, err = onboarding.NewAuditor(key, s.clock); err != nil {
		return fmt.Errorf("secret %s: %w", secretAudit, err)
	}
	return nil
}

// Auditor returns the Auditor of the deployment.
func (s *Control) Auditor() *onboarding.Auditor { return s.auditor }

// Record appends acts to the audit, in the transaction of the change.
func (s *Control) Record(ctx context.Context, tx onboarding.AuditAppender, acts ...onboarding.Act) error {
	return s.auditor.Record(ctx, tx, acts...)
}

// RecordRead appends acts to the audit and returns when they are durable. Call it before the answer
// that shows the data.
func (s *Control) RecordRead(ctx context.Context, acts ...onboarding.Act) error {
	return s.auditor.RecordRead(ctx, s.store, acts...)
}
