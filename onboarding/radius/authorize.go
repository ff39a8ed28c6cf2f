package radius

import (
	"context"
	"errors"
	"sync"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/access"
)

// AccessRequest is what FreeRADIUS asks of a user within the tunnel.
type AccessRequest struct {
	Username    string
	AccessPoint AccessPointIdentity
	// WantsPseudonym is whether the request asks for a Chargeable-User-Identity (RFC 4372).
	WantsPseudonym bool
}

// Access is the answer: who it is and what he gets. It is a rejection when Reason is not empty; nothing else is set then.
type Access struct {
	Reason   onboarding.Reason
	Password string
	Class    []byte // an opaque reference to the customer, for accounting
	// Name is the User-Name for accounting and Pseudonym the Chargeable-User-Identity, where one is asked for: both are
	// stable for the customer and the operator of the access point, and tell neither who it is.
	Name      string
	Pseudonym string
	// SessionTimeout ends no later than the credential does.
	SessionTimeout time.Duration
	VLAN           int // 0: none

	customer *onboarding.Login
}

// aaaState is what the RADIUS side keeps in memory.
type aaaState struct {
	class access.SealingKey
	keys  identityKeys

	once   sync.Once
	orders chan struct{} // has an element when this process has queued a disconnect
}

func (a *aaaState) ordered() chan struct{} {
	a.once.Do(func() { a.orders = make(chan struct{}, 1) })
	return a.orders
}

// wake lets RunDisconnects look at once.
func (a *aaaState) wake() {
	select {
	case a.ordered() <- struct{}{}:
	default:
	}
}

// Authorize answers who may connect with which password. A rejection takes the work of an acceptance. An error means that nothing can
// be said now.
func (s *AAA) Authorize(ctx context.Context, r AccessRequest) (*Access, error) {
	login, reason, err := s.login(ctx, r.Username)
	if err != nil {
		return nil, err
	}
	from, err := s.originOf(ctx, &r.AccessPoint)
	if err != nil {
		return nil, err
	}
	now := s.clock.Now()
	if reason == "" {
		if reason, err = s.refusal(ctx, login, &from, now); err != nil {
			return nil, err
		}
	}
	answer, err := s.answer(ctx, login, &from, now)
	if err != nil {
		return nil, err
	}
	if r.WantsPseudonym {
		if answer.Pseudonym, err = s.pseudonym(ctx, pseudonymCUI, from.operator(), login.CustomerID); err != nil {
			return nil, err
		}
	}
	if reason != "" {
		return &Access{Reason: reason}, nil
	}
	return answer, nil
}

// refusal returns why the customer may not connect at that place.
func (s *AAA) refusal(ctx context.Context, l *onboarding.Login, from *origin, now time.Time) (onboarding.Reason, error) {
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

// access is the answer to a customer who may connect.
func (s *AAA) answer(ctx context.Context, login *onboarding.Login, from *origin, now time.Time) (*Access, error) {
	password, err := s.sealer.OpenPassword(&onboarding.Credential{CustomerID: login.CustomerID, Password: login.Password})
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
	a := &Access{Password: password, Class: class, Name: name, customer: login, SessionTimeout: onboarding.UnboundedTimeout}
	home, err := s.store.Organization(ctx, login.OrganizationID)
	if err != nil && !errors.Is(err, onboarding.ErrNotFound) { // the decoy has none
		return nil, err
	}
	if err == nil {
		a.take(home)
		a.VLAN = home.RADIUS.VLAN
		if p := home.WiFi.Passpoint; p != nil && len(name)+1+len(p.Realm) <= maxAttributeText {
			a.Name += "@" + p.Realm // by which proxies find the way for accounting
		}
	}
	if from.declared() && from.OrganizationID != login.OrganizationID {
		host, err := s.store.Organization(ctx, from.OrganizationID)
		if err != nil && !errors.Is(err, onboarding.ErrNotFound) {
			return nil, err
		}
		if a.VLAN = 0; err == nil { // a VLAN is a number of the venue's own
			a.take(host)
			a.VLAN = host.RADIUS.VLAN
		}
	}
	// Whole seconds, and never 0, which some access points take for no limit.
	a.SessionTimeout = max(min(a.SessionTimeout, login.Expires.Sub(now)), time.Second).Truncate(time.Second)
	return a, nil
}

// take shortens the session to what the organization allows.
func (a *Access) take(o *onboarding.Organization) {
	if t := o.RADIUS.SessionTimeout; t > 0 {
		a.SessionTimeout = min(a.SessionTimeout, t)
	}
}

// login finds the customer: by the user name exactly as it came, or else, where it ends in a realm that authorize strips, by what stands before the
// realm, among the customers of the organization that owns it. When there is none it returns a stand-in and the reason.
func (s *AAA) login(ctx context.Context, username string) (*onboarding.Login, onboarding.Reason, error) {
	stranger := &onboarding.Login{CustomerID: s.decoy.CustomerID, OrganizationID: s.decoy.CustomerID, Password: s.decoy.Password}
	if username == "" || onboarding.CheckText("", username, maxAttributeText) != nil {
		return stranger, onboarding.ReasonUnknownUser, nil
	}
	found, err := s.store.LoginByUsername(ctx, username)
	if err == nil || !errors.Is(err, onboarding.ErrNotFound) {
		return found, "", err
	}
	user, realm, hasRealm := onboarding.CutLastAt(username)
	if !hasRealm {
		return stranger, onboarding.ReasonUnknownUser, nil
	}
	owner, err := s.store.RealmOwner(ctx, onboarding.FoldRealm(realm))
	if errors.Is(err, onboarding.ErrNotFound) {
		return stranger, onboarding.ReasonWrongRealm, nil
	}
	if err != nil {
		return nil, "", err
	}
	found, err = s.store.LoginByUsername(ctx, user)
	if errors.Is(err, onboarding.ErrNotFound) {
		return stranger, onboarding.ReasonUnknownUser, nil
	}
	if err != nil {
		return nil, "", err
	}
	if found.OrganizationID != owner {
		return stranger, onboarding.ReasonWrongRealm, nil
	}
	return found, "", nil
}
