package registration

import (
	"context"
	"errors"

	"onramp/onboarding"
	"onramp/onboarding/auth"
)

// RenewByNotice renews the credential by the link of a notice that it ends, and returns the token
// of a link to the new profile. The link of the notice works once; a form that is sent twice
// returns the same token. While policies that are due stop the renewal, the link to the profile
// asks for them, and that of the notice stays.
func (s *Registrar) RenewByNotice(
	ctx context.Context, by *onboarding.Caller, token, formID string,
) (profile string, err error) {
	of, err := s.store.CredentialOfNotice(ctx, auth.HashToken(token))
	if errors.Is(err, onboarding.ErrNotFound) {
		return "", onboarding.NotFoundError("link")
	}
	if err != nil {
		return "", err
	}
	onboarding.Concern(ctx, of.OrganizationID, of.CustomerID)
	o, err := s.store.Organization(ctx, of.OrganizationID)
	if err != nil {
		return "", err
	}
	if of.Noticed() { // apart from the budget of the self-service page, which a stranger must not use up
		if err := s.access.LimitSelfService(ctx, "notice "+of.CustomerID); err != nil {
			return "", err
		}
	}
	if profile, err = s.links.TokenOfNotice(ctx, token, formID); err != nil {
		return "", err
	}
	return profile, s.store.Write(ctx, func(tx onboarding.Tx) error {
		c, credential, repeated, err := s.links.HoldNotice(ctx, tx, of, profile)
		if err != nil || repeated {
			return err
		}
		in := s.begin(tx, by, o)
		stopped, err := consentStops(ctx, in, c.ID)
		if err != nil {
			return err
		}
		// The notice promised the renewal, whatever the organization's settings are now.
		renewed := credential.Renewed(in.now, o.WiFi.ProfileLifetime)
		if !stopped && renewed.Expires.After(credential.Expires) {
			if err := tx.UpdateCredential(ctx, renewed); err != nil {
				return err
			}
			if err := s.access.Record(ctx, tx, changed(c, "expires")); err != nil {
				return err
			}
		}
		return s.links.InsertProfileLink(ctx, tx, c, profile)
	})
}
