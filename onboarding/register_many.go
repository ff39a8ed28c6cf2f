package onboarding

import (
	"context"
	"time"

	"onramp/onboarding/auth"
)

// Enrolment is one of many registrations. At is when it is said to have happened.
type Enrolment struct {
	Input CustomerInput
	At    time.Time
}

// RegisterMany registers people in one transaction, by the rules of createCustomer and as if an operator did so, for imports and load tests. Nobody is
// looked for, no link is made, and credentials start now: who is enrolled for an earlier time may still connect. It is all of them or none.
func (s *Service) RegisterMany(ctx context.Context, organizationID string, people []Enrolment) error {
	by := &Caller{Principal: &auth.Principal{OrganizationID: organizationID, Role: auth.OrganizationManager}}
	o, err := s.organization(ctx, by, organizationID)
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
	return s.store.Write(ctx, func(tx Tx) error {
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
			signup := newEvent(&c, EventSignup, c.Created, map[string]string{"channel": string(c.SignupMethod)})
			if err := tx.AppendEvents(ctx, []Event{signup}); err != nil {
				return err
			}
			if err := s.refreshDerived(ctx, tx, o, nil, &c); err != nil {
				return err
			}
		}
		return nil
	})
}
