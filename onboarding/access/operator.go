package access

import (
	"context"
	"errors"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/auth"
)

// The lifetimes in the console.
const (
	SignInLifetime = 10 * time.Minute // of a link
	// SessionLifetime is the longest time of a session; SessionIdle ends one that is not used.
	SessionLifetime = 12 * time.Hour
	SessionIdle     = time.Hour
	// touchPeriod is the least time between two writes of a session's last use.
	touchPeriod = time.Minute
)

// errSignIn is the error for a link that leads no one into the console: it was used, has expired,
// or never existed. They are not told apart.
var errSignIn = &onboarding.Error{
	Kind: onboarding.Gone, Message: "the sign-in link was used or has expired: make another with onramp console",
}

// NewSignIn describes a session of the console to begin.
type NewSignIn struct {
	OrganizationID string    // empty: all, for an OrganizationManager
	Role           auth.Role // of an operator
	LocationID     string    // of a LocationManager
}

// checkSignIn returns an error unless there can be such a session.
func (s *Control) checkSignIn(ctx context.Context, n *NewSignIn) error {
	switch {
	case !n.Role.IsOperator():
		return onboarding.InvalidField("role", "not that of an operator")
	case n.OrganizationID == "" && n.Role != auth.OrganizationManager:
		return onboarding.InvalidField("organization", "required with this role")
	case (n.LocationID != "") != (n.Role == auth.LocationManager):
		return onboarding.InvalidField("location", "required with the role %s, and with no other", auth.LocationManager)
	case n.OrganizationID == "":
		return nil
	}
	o, err := s.store.Organization(ctx, n.OrganizationID)
	if errors.Is(err, onboarding.ErrNotFound) {
		return onboarding.InvalidField("organization", "unknown")
	}
	if err == nil && n.LocationID != "" && o.Location(n.LocationID) == nil {
		return onboarding.InvalidField("location", "unknown in the organization")
	}
	return err
}

// NewSignInLink makes a link into the console. It returns the token, of which only a hash is
// stored.
func (s *Control) NewSignInLink(ctx context.Context, n NewSignIn) (token string, expires time.Time, err error) {
	if err := s.checkSignIn(ctx, &n); err != nil {
		return "", time.Time{}, err
	}
	token = auth.NewLinkToken()
	now := s.clock.Now()
	l := &onboarding.SignInLink{
		Hash: auth.HashToken(token), OrganizationID: n.OrganizationID, Role: n.Role, LocationID: n.LocationID,
		Created: now, Expires: now.Add(SignInLifetime),
	}
	err = s.store.Write(ctx, func(tx onboarding.Tx) error {
		if err := tx.InsertSignInLink(ctx, l); err != nil {
			return err
		}
		return s.Record(ctx, tx, onboarding.Act{
			OrganizationID: n.OrganizationID, Action: onboarding.AuditSignInCreated, Fields: []string{string(n.Role)},
		})
	})
	return token, l.Expires, err
}

// CheckSignIn returns an error unless the token is that of a live link. It changes nothing, so that
// a preview of the link does not use it.
func (s *Control) CheckSignIn(ctx context.Context, by *onboarding.Caller, token string) error {
	l, err := s.store.SignInLink(ctx, auth.HashToken(token))
	if errors.Is(err, onboarding.ErrNotFound) || err == nil && !s.clock.Now().Before(l.Expires) {
		return s.LimitWrong(ctx, LimitSignIns, by, errSignIn)
	}
	return err
}

// SignIn uses a link and begins a session in the caller's browser. It returns the session's token,
// of which only a hash is stored. Of concurrent calls with one link, one succeeds.
func (s *Control) SignIn(
	ctx context.Context, by *onboarding.Caller, token string,
) (session string, is *onboarding.OperatorSession, err error) {
	now, hash := s.clock.Now(), auth.HashToken(token)
	err = s.store.Write(ctx, func(tx onboarding.Tx) error {
		l, err := tx.SignInLink(ctx, hash)
		if errors.Is(err, onboarding.ErrNotFound) || err == nil && !now.Before(l.Expires) {
			return errSignIn
		}
		if err != nil {
			return err
		}
		if err := tx.DeleteSignInLink(ctx, hash); errors.Is(err, onboarding.ErrNotFound) {
			return errSignIn
		} else if err != nil {
			return err
		}
		session, is, err = s.beginSession(ctx, tx, by, &NewSignIn{
			OrganizationID: l.OrganizationID, Role: l.Role, LocationID: l.LocationID,
		})
		return err
	})
	if errors.Is(err, errSignIn) {
		err = s.LimitWrong(ctx, LimitSignIns, by, errSignIn)
	}
	if err != nil {
		return "", nil, err
	}
	return session, is, nil
}

// beginSession stores a new session in the caller's browser, and its token's hash. fields are those
// of the act in the audit.
func (s *Control) beginSession(
	ctx context.Context, tx onboarding.Tx, by *onboarding.Caller, n *NewSignIn, fields ...string,
) (session string, is *onboarding.OperatorSession, err error) {
	session, now := auth.NewSessionToken(), s.clock.Now()
	is = &onboarding.OperatorSession{
		ID: onboarding.NewID(), Hash: auth.HashToken(session), AgentHash: agentHash(by.Agent),
		OrganizationID: n.OrganizationID, Role: n.Role, LocationID: n.LocationID, Created: now, LastUsed: now,
		Expires: now.Add(SessionLifetime),
	}
	if err := tx.InsertOperatorSession(ctx, is); err != nil {
		return "", nil, err
	}
	act := sessionAct(is, onboarding.AuditSignedIn)
	act.Fields = fields
	return session, is, s.Record(onboarding.WithActor(ctx, operatorOf(ctx, is)), tx, act)
}

// agentHash returns the hash of a User-Agent. A browser keeps it during a session.
func agentHash(agent string) string { return auth.HashToken("agent " + agent) }

// operatorOf returns the actor that a session is.
func operatorOf(ctx context.Context, is *onboarding.OperatorSession) onboarding.Actor {
	return onboarding.Actor{
		Kind: onboarding.ActorConsole, ID: is.ID, RequestID: onboarding.ActorOf(ctx).RequestID,
	}
}

// sessionAct returns an act about a session.
func sessionAct(is *onboarding.OperatorSession, action onboarding.AuditAction) onboarding.Act {
	return onboarding.Act{
		OrganizationID: is.OrganizationID, Action: action, Target: onboarding.TargetSession, TargetID: is.ID,
	}
}

// Operator returns the session of a token, if the caller's browser is the one that signed in. A
// session that was ended on any replica, was not used for SessionIdle, or has expired is an
// Unauthenticated error.
func (s *Control) Operator(
	ctx context.Context, by *onboarding.Caller, session string,
) (*onboarding.OperatorSession, error) {
	ended := &onboarding.Error{Kind: onboarding.Unauthenticated, Message: "the session has ended: sign in again"}
	if session == "" {
		return nil, &onboarding.Error{Kind: onboarding.Unauthenticated, Message: "sign in first"}
	}
	is, err := s.store.OperatorSession(ctx, auth.HashToken(session))
	if errors.Is(err, onboarding.ErrNotFound) {
		return nil, s.LimitWrong(ctx, LimitSignIns, by, ended)
	}
	if err != nil {
		return nil, err
	}
	now := s.clock.Now()
	if !now.Before(is.Expires) || now.Sub(is.LastUsed) >= SessionIdle || is.AgentHash != agentHash(by.Agent) {
		return nil, ended
	}
	if now.Sub(is.LastUsed) >= touchPeriod {
		err = s.store.Write(ctx, func(tx onboarding.Tx) error { return tx.TouchOperatorSession(ctx, is.Hash, now) })
	}
	return is, err
}

// OperatorPrincipal returns the permissions of a session in an organization; NotFound if the
// session is another organization's.
func OperatorPrincipal(is *onboarding.OperatorSession, organizationID string) (*auth.Principal, error) {
	if is.OrganizationID != "" && is.OrganizationID != organizationID {
		return nil, onboarding.NotFoundError("organization")
	}
	return &auth.Principal{
		ServiceID: is.ID, TokenID: is.ID, OrganizationID: organizationID, Role: is.Role, LocationID: is.LocationID,
		Scopes: auth.RoleScopes(is.Role), Expires: is.Expires,
	}, nil
}

// OperatorOrganizations returns the organizations that a session may see, ordered by ID.
func (s *Control) OperatorOrganizations(
	ctx context.Context, is *onboarding.OperatorSession,
) ([]*onboarding.Organization, error) {
	if is.OrganizationID == "" {
		return s.store.Organizations(ctx)
	}
	o, err := s.store.Organization(ctx, is.OrganizationID)
	if errors.Is(err, onboarding.ErrNotFound) {
		return nil, nil
	}
	return []*onboarding.Organization{o}, err
}

// OnlyOrganization reports whether there is exactly one organization.
func (s *Control) OnlyOrganization(ctx context.Context) (bool, error) {
	first, err := s.store.FirstOrganizations(ctx, 2)
	return len(first) == 1, err
}

// SignOut ends a session on all replicas.
func (s *Control) SignOut(ctx context.Context, is *onboarding.OperatorSession) error {
	return s.store.Write(ctx, func(tx onboarding.Tx) error {
		if err := tx.DeleteOperatorSession(ctx, is.Hash); err != nil {
			return err
		}
		return s.Record(ctx, tx, sessionAct(is, onboarding.AuditSignedOut))
	})
}

// EndSessions ends all sessions of the console and all links into it. It returns the number of
// sessions.
func (s *Control) EndSessions(ctx context.Context) (n int, err error) {
	err = s.store.Write(ctx, func(tx onboarding.Tx) error {
		var err error
		if n, err = tx.DeleteOperators(ctx); err != nil {
			return err
		}
		return s.Record(ctx, tx, onboarding.Act{Action: onboarding.AuditSessionsEnded, Count: n})
	})
	return n, err
}
