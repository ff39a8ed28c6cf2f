package radius

import (
	"context"
	"errors"

	"onramp/onboarding"
)

// login finds the customer by the exact user name, or else by the user name without its realm,
// among the customers of the organization that owns the realm. If there is none, it returns the
// decoy's login and the reason.
func (s *AAA) login(ctx context.Context, username string) (*onboarding.Login, onboarding.Reason, error) {
	unknown := s.sealer.Decoy()
	decoy := &onboarding.Login{
		CustomerID: unknown.CustomerID, OrganizationID: unknown.CustomerID, Password: unknown.Password,
	}
	if username == "" || onboarding.CheckText("", username, maxAttributeText) != nil {
		return decoy, onboarding.ReasonUnknownUser, nil //nolint:nilerr // no user has such a name
	}
	found, err := s.store.LoginByUsername(ctx, username)
	if err == nil || !errors.Is(err, onboarding.ErrNotFound) {
		return found, "", err
	}
	user, realm, hasRealm := onboarding.CutLastAt(username)
	if !hasRealm {
		return decoy, onboarding.ReasonUnknownUser, nil
	}
	owner, err := s.store.RealmOwner(ctx, onboarding.FoldRealm(realm))
	if errors.Is(err, onboarding.ErrNotFound) {
		return decoy, onboarding.ReasonWrongRealm, nil
	}
	if err != nil {
		return nil, "", err
	}
	found, err = s.store.LoginByUsername(ctx, user)
	if errors.Is(err, onboarding.ErrNotFound) {
		return decoy, onboarding.ReasonUnknownUser, nil
	}
	if err != nil {
		return nil, "", err
	}
	if found.OrganizationID != owner {
		return decoy, onboarding.ReasonWrongRealm, nil
	}
	return found, "", nil
}
