package registration

import (
	"context"
	"crypto/subtle"
	"errors"

	"onramp/onboarding"
	"onramp/onboarding/access"
	"onramp/onboarding/auth"
	"onramp/onboarding/links"
)

// CheckCredential verifies a customer on a new device by user name and password. The call's guid
// and token prove the customer from then on, and a credential near its end is renewed. An unknown
// user name and a wrong password return the same error in constant time.
func (s *Registrar) CheckCredential(
	ctx context.Context, by *onboarding.Caller, organizationID, username, password, guid string,
) (*Result, error) {
	o, err := s.access.Organization(ctx, by, organizationID)
	if err != nil {
		return nil, err
	}
	guidHash, err := validateCheck(username, password, guid)
	if err != nil {
		return nil, err
	}
	if _, err := s.access.TakeLookup(ctx, by); err != nil {
		return nil, err
	}
	// The guess is counted before the comparison, so that concurrent guesses cannot exceed the
	// limit.
	guess, err := s.access.TakeGuess(ctx, by, username)
	if err != nil {
		return nil, err
	}
	login, err := s.authenticate(ctx, o, username, password)
	if err != nil {
		return nil, err
	}
	if login == nil {
		return nil, onboarding.NotFoundError("customer")
	}
	if err := s.unseen(ctx, by, login.CustomerID); err != nil {
		return nil, err
	}
	guess.GiveBack()
	var result *Result
	err = s.store.Write(ctx, func(tx onboarding.Tx) error {
		customer, err := tx.Customer(ctx, o.ID, login.CustomerID)
		if err != nil {
			return err
		}
		credential, err := tx.Credential(ctx, customer.ID)
		if err != nil {
			return err
		}
		// The box does not identify the password: it also changes with the master key.
		if !credential.Created.Equal(login.CredentialCreated) { // replaced since
			return onboarding.NotFoundError("customer")
		}
		if result, err = s.acceptProof(ctx, s.begin(tx, by, o), customer, guidHash); err != nil {
			return err
		}
		return s.access.Record(ctx, tx, act(customer, onboarding.AuditContactChecked, "username", "password"))
	})
	if err != nil {
		return nil, err
	}
	return result, nil
}

// validateCheck validates the parameters of CheckCredential and returns the guid's hash.
func validateCheck(username, password, guid string) (guidHash string, err error) {
	var faults onboarding.Faults
	if err := faults.Add(checkUsername("username", username)); err != nil {
		return "", err
	}
	if err := faults.Add(checkPassword("password", password, "")); err != nil {
		return "", err
	}
	guidHash, err = optionalGuidHash(guid)
	if err := faults.Add(err); err != nil {
		return "", err
	}
	return guidHash, faults.Err()
}

// optionalGuidHash returns the hash of a guid, or "" for an empty guid.
func optionalGuidHash(guid string) (string, error) {
	if guid == "" {
		return "", nil
	}
	return access.GuidHash("guid", guid)
}

// acceptProof stores the proof of a customer who has been verified for the current credential,
// renews the credential and makes a link. A locked customer is refused.
func (s *Registrar) acceptProof(
	ctx context.Context, c call, customer *onboarding.Customer, guidHash string,
) (*Result, error) {
	if customer.Locked {
		return nil, onboarding.LockedError()
	}
	if _, err := renew(ctx, c, customer.ID); err != nil {
		return nil, err
	}
	if err := s.access.AddProof(ctx, c.tx, c.by, customer, guidHash); err != nil {
		return nil, err
	}
	if guidHash != "" {
		if err := c.tx.TrimGuids(ctx, customer.ID, guidHash, onboarding.MaxGuids); err != nil {
			return nil, err
		}
	}
	current, err := c.tx.CurrentConsents(ctx, customer.ID)
	if err != nil {
		return nil, err
	}
	link, url := s.links.New(customer)
	r := &Result{Customer: customer, LinkURL: url, Due: c.organization.DuePolicies(current)}
	return r, links.InsertLink(ctx, c.tx, link)
}

// authenticate returns the login with the user name and password, or nil when there is none. An
// unknown user name takes as long as a known one: a read, an unsealing and a comparison.
func (s *Registrar) authenticate(
	ctx context.Context, o *onboarding.Organization, username, password string,
) (*onboarding.Login, error) {
	login, err := s.store.LoginByUsername(ctx, username)
	if err != nil && !errors.Is(err, onboarding.ErrNotFound) {
		return nil, err
	}
	known := err == nil && login.OrganizationID == o.ID
	if known {
		onboarding.Concern(ctx, o.ID, login.CustomerID)
	}
	credential := s.sealer.Decoy() // in equal time
	if known {
		credential = &onboarding.Credential{CustomerID: login.CustomerID, Password: login.Password}
	}
	stored, err := s.sealer.OpenPassword(credential)
	if err != nil {
		return nil, err
	}
	// Hashes have one length, so that the comparison takes the same time for all passwords.
	a, b := auth.HashSecret(stored), auth.HashSecret(password)
	if subtle.ConstantTimeCompare([]byte(a), []byte(b)) != 1 || !known {
		return nil, nil
	}
	return login, nil
}
