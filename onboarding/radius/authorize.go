package radius

import (
	"context"
	"errors"
	"time"

	"onramp/onboarding"
)

// AccessRequest holds the attributes of an authorization request from within the tunnel.
type AccessRequest struct {
	Username    string
	AccessPoint AccessPointIdentity
	// WantsPseudonym reports whether the request asks for a Chargeable-User-Identity (RFC 4372).
	WantsPseudonym bool
}

// Access is the answer to an AccessRequest. If Reason is set, it is a rejection, and all other
// fields are empty.
type Access struct {
	Reason   onboarding.Reason
	Password string
	Class    []byte // an opaque reference to the customer, for accounting
	// Name is the User-Name for accounting, and Pseudonym the Chargeable-User-Identity, if
	// requested. Both are stable per customer and operator of access points, and reveal neither's
	// identity.
	Name      string
	Pseudonym string
	// SessionTimeout is in whole seconds, at least 1 s, and does not exceed the credential's
	// lifetime.
	SessionTimeout time.Duration
	VLAN           int // 0: none
}

// Authorize returns the password and the reply attributes of a customer who may connect, or the
// reason of a rejection. A rejection takes as much work as an acceptance, so that its time reveals
// nothing. An error means that no decision could be made.
func (s *AAA) Authorize(ctx context.Context, r AccessRequest) (*Access, error) {
	d, err := s.decide(ctx, &r, nil)
	if err != nil {
		return nil, err
	}
	if d.reason != "" {
		s.noteRefusal(ctx, &d.from, d.login, d.reason)
		return &Access{Reason: d.reason}, nil
	}
	return d.answer, nil
}

// decision is the decision about an AccessRequest. The answer is made even if there is a reason not
// to send it.
type decision struct {
	login  *onboarding.Login
	from   origin
	reason onboarding.Reason
	answer *Access
	probe  bool
}

// decide applies the rules about who may connect where. If proven is set, it reports whether the
// request proves the customer's password, which FreeRADIUS compares otherwise.
func (s *AAA) decide(
	ctx context.Context, r *AccessRequest, proven func(*onboarding.Login) (bool, error),
) (*decision, error) {
	var d decision
	var err error
	if d.login, d.reason, err = s.login(ctx, r.Username); err != nil {
		return nil, err
	}
	if d.from, err = s.originOf(ctx, &r.AccessPoint); err != nil {
		return nil, err
	}
	if d.probe, err = s.isProbe(ctx, &r.AccessPoint, s.clock.Now()); err != nil {
		return nil, err
	}
	if d.probe { // may have the client entry of a hotspot
		d.from = origin{identity: d.from.identity, key: d.from.key}
	}
	now := s.clock.Now()
	if d.reason == "" {
		if d.reason, err = s.refusal(ctx, d.login, &d.from, now); err != nil {
			return nil, err
		}
	}
	if proven != nil {
		right, err := proven(d.login)
		if err != nil {
			return nil, err
		}
		if !right && d.reason == "" {
			d.reason = onboarding.ReasonWrongPassword
		}
	}
	if d.answer, err = s.answer(ctx, d.login, &d.from, now); err != nil {
		return nil, err
	}
	if r.WantsPseudonym {
		d.answer.Pseudonym, err = s.pseudonym(ctx, pseudonymCUI, d.from.operator(), d.login.CustomerID)
		if err != nil {
			return nil, err
		}
	}
	return &d, nil
}

// refusal returns the reason why the customer may not connect at the access point, or "".
func (s *AAA) refusal(
	ctx context.Context, l *onboarding.Login, from *origin, now time.Time,
) (onboarding.Reason, error) {
	allowed, err := mayConnectAt(ctx, s.store, l, from)
	switch {
	case err != nil:
		return "", err
	case !allowed:
		return onboarding.ReasonElsewhere, nil
	case l.Locked:
		return onboarding.ReasonLocked, nil
	case !now.Before(l.Expires):
		return onboarding.ReasonExpired, nil
	}
	return "", nil
}

// answer returns the answer for a customer who may connect.
func (s *AAA) answer(
	ctx context.Context, login *onboarding.Login, from *origin, now time.Time,
) (*Access, error) {
	password, err := s.sealer.OpenPassword(&onboarding.Credential{
		CustomerID: login.CustomerID, Password: login.Password,
	})
	if err != nil {
		return nil, err
	}
	class, err := s.newClass(ctx, login.CustomerID, password)
	if err != nil {
		return nil, err
	}
	name, err := s.pseudonym(ctx, pseudonymName, from.operator(), login.CustomerID)
	if err != nil {
		return nil, err
	}
	a := &Access{Password: password, Class: class, Name: name, SessionTimeout: onboarding.UnboundedTimeout}
	home, err := s.store.Organization(ctx, login.OrganizationID)
	if err != nil && !errors.Is(err, onboarding.ErrNotFound) { // the decoy has none
		return nil, err
	}
	if err == nil {
		a.take(home)
		a.VLAN = home.RADIUS.VLAN
		if p := home.WiFi.Passpoint; p != nil && len(name)+1+len(p.Realm) <= maxAttributeText {
			a.Name += "@" + p.Realm // proxies route accounting by it
		}
	}
	if from.declared() && from.OrganizationID != login.OrganizationID {
		host, err := s.store.Organization(ctx, from.OrganizationID)
		if err != nil && !errors.Is(err, onboarding.ErrNotFound) {
			return nil, err
		}
		if a.VLAN = 0; err == nil { // VLAN numbers are the venue's own
			a.take(host)
			a.VLAN = host.RADIUS.VLAN
		}
	}
	// In whole seconds, and not 0, which some access points treat as unlimited.
	a.SessionTimeout = max(min(a.SessionTimeout, login.Expires.Sub(now)), time.Second).Truncate(time.Second)
	return a, nil
}

// take reduces the session timeout to the limit of the organization.
func (a *Access) take(o *onboarding.Organization) {
	if t := o.RADIUS.SessionTimeout; t > 0 {
		a.SessionTimeout = min(a.SessionTimeout, t)
	}
}
