package registration

import (
	"context"
	"maps"
	"slices"

	"onramp/onboarding"
	"onramp/onboarding/radius"
)

// VisitorDecisions are the decisions of a visitor on a page.
type VisitorDecisions struct {
	Accepted map[string]bool   // by policy key
	Versions map[string]string // that the page showed, by policy key
}

// ErrPolicyChanged is the error for the acceptance of a version that is no longer the current one.
var ErrPolicyChanged = onboarding.ConflictField("policies", "a policy has changed since the page was shown")

// DecideByVisitor records the decisions of the holder of a link. holds checks the link in the
// transaction, which holds customer and credential against a rotation. An acceptance of a version
// that the page did not show is ErrPolicyChanged.
//
// Unlike an app or a manager, a visitor may withdraw a mandatory policy: the credential and all
// connections then end at once. When no policy is due any more, the credential is renewed if it is
// near its end.
func (s *Registrar) DecideByVisitor(
	ctx context.Context, by *onboarding.Caller, k onboarding.CustomerKey, v VisitorDecisions,
	holds func(onboarding.Tx) error,
) error {
	o, err := s.store.Organization(ctx, k.OrganizationID)
	if err != nil {
		return err
	}
	d, err := v.decisions(o)
	if err != nil {
		return err
	}
	var after *onboarding.Customer
	err = s.store.Write(ctx, func(tx onboarding.Tx) error {
		c := s.begin(tx, by, o)
		before, err := tx.Customer(ctx, k.OrganizationID, k.ID)
		if err != nil {
			return err
		}
		if _, err := tx.Credential(ctx, k.ID); err != nil {
			return err
		}
		if err := holds(tx); err != nil {
			return err
		}
		if after, err = s.decide(ctx, c, before, d); err != nil {
			return err
		}
		return followConsents(ctx, c, after, d)
	})
	s.radius.Wake()
	if err != nil {
		return err
	}
	return s.settled(ctx, after)
}

// decisions returns the decisions that the organization knows, or ErrPolicyChanged.
func (v VisitorDecisions) decisions(o *onboarding.Organization) (decisions, error) {
	d := decisions{}
	for _, key := range slices.Sorted(maps.Keys(v.Accepted)) {
		if !o.KnowsPolicy(key) || v.Accepted[key] && v.Versions[key] != o.PolicyVersion(key) {
			return nil, ErrPolicyChanged
		}
		d[key] = v.Accepted[key]
	}
	return d, nil
}

// followConsents ends the access of a visitor who withdrew a mandatory policy, and renews that of
// one who owes none.
func followConsents(ctx context.Context, c call, customer *onboarding.Customer, d decisions) error {
	withdrawn := slices.ContainsFunc(mandatoryPolicies(c.organization), func(key string) bool {
		accepted, decided := d[key]
		return decided && !accepted
	})
	if withdrawn {
		return endAccess(ctx, c, customer)
	}
	if customer.Locked {
		return nil
	}
	_, err := renew(ctx, c, customer.ID)
	return err
}

// endAccess makes the credential expire now, and ends the customer's connections.
func endAccess(ctx context.Context, c call, customer *onboarding.Customer) error {
	credential, err := c.tx.Credential(ctx, customer.ID)
	if err != nil {
		return err
	}
	if c.now.Before(credential.Expires) {
		credential.Expires = c.now
		if err := c.tx.UpdateCredential(ctx, credential); err != nil {
			return err
		}
		ended := credentialEvent(customer, c.now, "ended")
		if err := c.tx.AppendEvents(ctx, []onboarding.Event{ended}); err != nil {
			return err
		}
	}
	return radius.EndConnections(ctx, c.tx, customer.ID, radius.DisconnectExpired, c.now)
}

// AcceptByLink records the acceptance of policies by the holder of an activation link, see
// DecideByVisitor.
func (s *Registrar) AcceptByLink(
	ctx context.Context, by *onboarding.Caller, token string, v VisitorDecisions,
) error {
	link, customer, err := s.links.Find(ctx, token, 0)
	if err != nil {
		return err
	}
	k := onboarding.CustomerKey{ID: customer.ID, OrganizationID: customer.OrganizationID}
	err = s.DecideByVisitor(ctx, by, k, v,
		func(tx onboarding.Tx) error {
			now, err := tx.Link(ctx, link.TokenHash)
			if err != nil {
				return err
			}
			if now.Ended || !s.clock.Now().Before(now.Expires) {
				return onboarding.GoneError("the link has expired")
			}
			return nil
		})
	if onboarding.KindOf(err) == onboarding.NotFound { // deleted since
		return onboarding.GoneError("the link has expired")
	}
	return err
}
