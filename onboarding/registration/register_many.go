package registration

import (
	"context"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/auth"
)

// Enrolment is one registration of RegisterMany. At becomes the customer's creation time.
type Enrolment struct {
	Input CustomerInput
	At    time.Time
}

// RegisterMany registers customers for imports and load tests, by the rules of createCustomer for
// an operator. All are registered in one transaction, or none. It does not deduplicate, stores no
// links, guids or devices, and starts each credential's lifetime now, whatever the enrolment's
// time.
func (s *Registrar) RegisterMany(ctx context.Context, organizationID string, enrolments []Enrolment) error {
	by := &onboarding.Caller{
		Principal: &auth.Principal{OrganizationID: organizationID, Role: auth.OrganizationManager},
	}
	o, err := s.access.Organization(ctx, by, organizationID)
	if err != nil {
		return err
	}
	drafts := make([]*draft, len(enrolments))
	for i := range enrolments {
		d, err := s.draft(ctx, by, o, &enrolments[i].Input)
		if err != nil {
			return err
		}
		d.customer.Created = enrolments[i].At.UTC().Truncate(time.Microsecond)
		d.customer.Modified = d.customer.Created
		d.link, d.linkURL, d.guidHash, d.device = nil, "", "", nil
		drafts[i] = d
	}
	return s.store.Write(ctx, func(tx onboarding.Tx) error {
		c := s.begin(tx, by, o)
		for _, d := range drafts {
			if _, err := s.create(ctx, c, d); err != nil {
				return err
			}
		}
		return nil
	})
}
