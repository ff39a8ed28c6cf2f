package access

import (
	"cmp"
	"context"
	"errors"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/auth"
)

// Login exchanges a client key and its secret, or its old secret during a rotation, for a token
// that is valid for one day. An unknown key, a revoked key and a wrong secret return the same error
// in constant time; an expired key returns its own error, but only for the right secret.
func (s *Control) Login(ctx context.Context, by *onboarding.Caller, clientKey, secret string) (string, error) {
	key, err := (*onboarding.ServiceKey)(nil), error(nil)
	// Other texts are not client keys, and some engines cannot compare them.
	if onboarding.CheckText("clientKey", clientKey, onboarding.MaxName) == nil {
		key, err = s.store.ServiceKeyByClientKey(ctx, clientKey)
	}
	if err != nil && !errors.Is(err, onboarding.ErrNotFound) {
		return "", err
	}
	now, hash, oldHash := s.clock.Now(), "", ""
	if key != nil && key.Revoked == nil {
		hash = key.SecretHash
		if old := key.Old(now); old != nil {
			oldHash = old.Hash
		}
	}
	// Both are compared, so that the time does not tell whether the key has an old secret.
	current, old := auth.CompareSecret(hash, secret), auth.CompareSecret(oldHash, secret)
	if !current && !old {
		s.refuseLogin(ctx, key)
		return "", s.LimitWrong(ctx, LimitSecrets, by, &onboarding.Error{Kind: onboarding.Unauthenticated,
			Message: "unknown client key or wrong secret"})
	}
	if key.Expired(now) {
		s.refuseLogin(ctx, key)
		return "", &onboarding.Error{Kind: onboarding.Unauthenticated,
			Message: "the client key expired at " + key.Expires.Format(time.RFC3339)}
	}
	epoch, err := s.store.TokenEpoch(ctx)
	if err != nil {
		return "", err
	}
	s.uses.note(key.ID, use{at: now})
	keys, err := s.rotation.forUse(ctx)
	if err != nil {
		return "", err
	}
	token, err := keys.tokens.Issue(auth.Claims{
		ServiceID: key.ID, OrganizationID: key.OrganizationID, Role: key.Role, LocationID: key.LocationID,
		Scopes: key.Scopes, Epoch: epoch,
	}, now)
	if err != nil {
		return "", err
	}
	holder := onboarding.Actor{
		Kind: onboarding.KeyActor(key.Role), ID: key.ID, RequestID: onboarding.ActorOf(ctx).RequestID,
	}
	return token, s.RecordRead(onboarding.WithActor(ctx, holder), keyAct(key, onboarding.AuditLoggedIn))
}

// keyAct returns an act about a client key.
func keyAct(key *onboarding.ServiceKey, action onboarding.AuditAction) onboarding.Act {
	return onboarding.Act{
		OrganizationID: key.OrganizationID, Action: action, Target: onboarding.TargetKey, TargetID: key.ID,
	}
}

// Authenticate returns the principal of a bearer token. A revocation of the token or its key, on
// any replica, takes effect with the next call.
func (s *Control) Authenticate(ctx context.Context, token string) (*auth.Principal, error) {
	now := s.clock.Now()
	p, err := s.rotation.known(ctx).tokens.Verify(token, now)
	if errors.Is(err, auth.ErrUnknownKey) {
		keys, failed := s.rotation.reread(ctx)
		if failed != nil {
			return nil, failed
		}
		p, err = keys.tokens.Verify(token, now)
	}
	if err != nil {
		return nil, &onboarding.Error{Kind: onboarding.Forbidden, Message: "invalid or expired token", Cause: err}
	}
	revoked, err := s.store.TokenRevoked(ctx, p, now)
	if err != nil {
		return nil, err
	}
	if revoked {
		return nil, onboarding.ForbiddenError("the token is revoked, or its client key has expired")
	}
	s.uses.note(p.ServiceID, use{at: now})
	return p, nil
}

// CheckLocation returns a Forbidden error if the caller's location no longer exists.
func (s *Control) CheckLocation(ctx context.Context, c *onboarding.Caller) error {
	if c.LocationID() == "" {
		return nil
	}
	o, err := s.store.Organization(ctx, c.Principal.OrganizationID)
	if err == nil && o.Location(c.LocationID()) == nil {
		err = onboarding.ForbiddenError("the location of the client key no longer exists")
	}
	return err
}

// Logout revokes the caller's own token.
func (s *Control) Logout(ctx context.Context, c *onboarding.Caller) error {
	if _, err := s.budgets.take(ctx, budgetKey{limit: LimitLogouts, key: c.Principal.ServiceID}); err != nil {
		return err
	}
	return s.store.Write(ctx, func(tx onboarding.Tx) error {
		if err := tx.RevokeToken(ctx, c.Principal.TokenID, c.Principal.Expires); err != nil {
			return err
		}
		return s.Record(ctx, tx, onboarding.Act{
			OrganizationID: c.Principal.OrganizationID, Action: onboarding.AuditLoggedOut,
			Target: onboarding.TargetKey, TargetID: c.Principal.ServiceID,
		})
	})
}

// ServiceInfo describes a client key to the holder of its token.
type ServiceInfo struct {
	ID           string
	Name         string
	Role         auth.Role
	Scopes       auth.Scopes
	Organization *onboarding.Organization
	Locations    []onboarding.Location // those that the key has access to
}

// DescribeService describes the caller's own client key; any other is not found.
func (s *Control) DescribeService(ctx context.Context, c *onboarding.Caller, serviceID string) (*ServiceInfo, error) {
	if serviceID != c.Principal.ServiceID {
		return nil, onboarding.NotFoundError("service")
	}
	key, err := s.store.ServiceKey(ctx, serviceID)
	if err != nil {
		return nil, err
	}
	o, err := s.store.Organization(ctx, key.OrganizationID)
	if err != nil {
		return nil, err
	}
	return &ServiceInfo{
		ID: key.ID, Name: key.ClientKey, Role: key.Role, Scopes: c.Principal.Scopes, Organization: o,
		Locations: c.Locations(o),
	}, nil
}

// CreateKey creates a client key without a label that never expires; see CreateLabelledKey.
func (s *Control) CreateKey(
	ctx context.Context, organizationID string, role auth.Role, scopes auth.Scopes,
) (clientKey, secret string, err error) {
	return s.CreateLabelledKey(ctx, NewKey{OrganizationID: organizationID, Role: role, Scopes: scopes})
}

// CreateLabelledKey creates a client key for an organization. It returns the secret, of which only
// a hash is stored.
func (s *Control) CreateLabelledKey(ctx context.Context, n NewKey) (clientKey, secret string, err error) {
	organizationID, role, scopes := n.OrganizationID, n.Role, n.Scopes
	if n.ID != "" && !onboarding.ValidID(n.ID) {
		return "", "", onboarding.InvalidField("id", "not 32 hexadecimal digits in lower case")
	}
	if err := s.checkKey(n.Label, n.Expires); err != nil {
		return "", "", err
	}
	o, err := s.store.Organization(ctx, organizationID)
	if errors.Is(err, onboarding.ErrNotFound) {
		return "", "", onboarding.NotFoundError("organization")
	}
	if err != nil {
		return "", "", err
	}
	switch hasLocation := role == auth.LocationManager; {
	case hasLocation && n.LocationID == "":
		return "", "", onboarding.InvalidField("location", "is required for the role %s", role)
	case hasLocation && o.Location(n.LocationID) == nil:
		return "", "", onboarding.InvalidField("location", "not a location of this organization")
	case !hasLocation && n.LocationID != "":
		return "", "", onboarding.InvalidField("location", "is only for the role %s", auth.LocationManager)
	}
	if scopes.Empty() {
		scopes = auth.RoleScopes(role)
	}
	if _, err := auth.ParseScopes(role, scopes.String()); err != nil {
		return "", "", onboarding.InvalidField("scope", "%s", err)
	}
	clientKey, secret = auth.NewClientKey()
	key := &onboarding.ServiceKey{
		ID: cmp.Or(n.ID, onboarding.NewID()), ClientKey: clientKey, SecretHash: auth.HashSecret(secret),
		OrganizationID: organizationID, Role: role, LocationID: n.LocationID, Scopes: scopes, Created: s.clock.Now(),
		Label: n.Label, Expires: n.Expires,
	}
	err = s.store.Write(ctx, func(tx onboarding.Tx) error {
		if err := tx.InsertServiceKey(ctx, key); err != nil {
			return err
		}
		return s.Record(ctx, tx, keyAct(key, onboarding.AuditKeyCreated))
	})
	return clientKey, secret, err
}

// Keys returns an organization's client keys, or all keys if the ID is empty.
func (s *Control) Keys(ctx context.Context, organizationID string) ([]*onboarding.ServiceKey, error) {
	keys, err := s.store.ServiceKeys(ctx, organizationID)
	if err != nil {
		return nil, err
	}
	return keys, s.RecordRead(ctx, onboarding.Act{
		OrganizationID: organizationID, Action: onboarding.AuditKeyListed, Count: len(keys),
	})
}

// RevokeKey revokes a client key and every token issued to it.
func (s *Control) RevokeKey(ctx context.Context, clientKey string) error {
	err := s.store.Write(ctx, func(tx onboarding.Tx) error {
		key, err := tx.ServiceKeyByClientKey(ctx, clientKey)
		if err != nil {
			return err
		}
		if err := tx.RevokeServiceKey(ctx, clientKey, s.clock.Now()); err != nil {
			return err
		}
		return s.Record(ctx, tx, keyAct(key, onboarding.AuditKeyRevoked))
	})
	if errors.Is(err, onboarding.ErrNotFound) {
		return onboarding.NotFoundError("client key")
	}
	return err
}
