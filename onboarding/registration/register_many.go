package registration

import (
	"context"
	"onramp/onboarding/auth"
	"time"

	"onramp/onboarding"
)

// Enrolment is one of many registrations. At is when it is said to have happened.
type Enrolment struct {
	Input CustomerInput
	At    time.Time
}

// RegisterMany registers people in one transaction, by the rules of createCustomer and as if an operator did so, for imports and load tests. Nobody is
// looked for, no link is made, and credentials start now: who is enrolled for an earlier time may still connect. It is all of them or none.
func (s *Registrar) RegisterMany(ctx context.Context, organizationID string, people []Enrolment) error {
	by := &onboarding.Caller{Principal: &auth.Principal{OrganizationID: organizationID, Role: auth.OrganizationManager}}
	o, err := s.access.Organization(ctx, by, organizationID)
	if err != nil {
		return err
	}
	drafts := make([]*draft, len(people))
	for i := range people {
		if drafts[i], err = s.draft(ctx, by, o, &people[i].Input); err != nil {
			return err
		}
		c := drafts[i].customer
		c.Created = people[i].At.UTC().Truncate(time.Microsecond)
		c.Modified = c.Created
	}
	return s.store.Write(ctx, func(tx onboarding.Tx) error {
		for _, d := range drafts {
			c := *d.customer
			d.decisions.applyTo(&c)
			if err := tx.InsertCustomer(ctx, &c); err != nil {
				return err
			}
			if err := tx.InsertCredential(ctx, d.credential); err != nil {
				return err
			}
			if err := tx.AppendConsents(ctx, d.decisions.entries(o, c.ID, c.Created, by)); err != nil {
				return err
			}
			signup := onboarding.NewEvent(&c, onboarding.EventSignup, c.Created, map[string]string{"channel": string(c.SignupMethod)})
			if err := tx.AppendEvents(ctx, []onboarding.Event{signup}); err != nil {
				return err
			}
			if err := s.refreshDerived(ctx, tx, o, nil, &c); err != nil {
				return err
			}
		}
		return nil
	})
}
