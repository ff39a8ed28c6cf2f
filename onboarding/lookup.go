package onboarding

import (
	"bytes"
	"context"
	"crypto/subtle"
	"errors"
	"slices"
	"strings"

	"onramp/onboarding/auth"
)

// CustomerInfo returns the customer for getCustomerInfo.
func (s *Service) CustomerInfo(ctx context.Context, by *Caller, id string) (*Customer, error) {
	return s.customer(ctx, by, id)
}

// Exists reports whether one customer has all that m names. A `+` that a URL turned into a space is put back.
func (s *Service) Exists(ctx context.Context, by *Caller, organizationID string, m Match, unread Faults) (bool, error) {
	o, err := s.organization(ctx, by, organizationID)
	if err != nil {
		return false, err
	}
	if _, err := s.takeLookup(ctx, by); err != nil {
		return false, err
	}
	if m == (Match{}) && len(unread) == 0 {
		return false, InvalidField("cid", "one of cid, extId, extProp1, extProp2, username, email, phoneNumber is needed")
	}
	wrong := slices.Clone(unread)
	for _, t := range []struct{ field, text string }{
		{"cid", m.ID}, {"extId", m.ExtID}, {"extProp1", m.ExtProp1}, {"extProp2", m.ExtProp2}, {"username", m.Username},
	} {
		if err := wrong.Add(checkText(t.field, t.text, maxName)); err != nil {
			return false, err
		}
	}
	if m.Email != "" {
		m.Email, err = searchedEmail("email", m.Email)
		if err := wrong.Add(err); err != nil {
			return false, err
		}
	}
	if m.Phone != "" {
		m.Phone, err = searchedPhone("phoneNumber", m.Phone)
		if err := wrong.Add(err); err != nil {
			return false, err
		}
	}
	if err := wrong.Err(); err != nil {
		return false, err
	}
	found, err := s.store.MatchAll(ctx, o.ID, m, 1)
	if pluses := m.withPluses(); err == nil && len(found) == 0 && pluses != m {
		found, err = s.store.MatchAll(ctx, o.ID, pluses, 1)
	}
	return len(found) > 0, err
}

// withPluses returns the match with a + in place of each blank, which a URL makes of one that is not escaped.
func (m Match) withPluses() Match {
	for _, text := range []*string{&m.Username, &m.ExtID, &m.ExtProp1, &m.ExtProp2} {
		*text = strings.ReplaceAll(*text, " ", "+")
	}
	return m
}

// optionalGuidHash returns the hash of a guid, or "" without one.
func optionalGuidHash(guid string) (string, error) {
	if guid == "" {
		return "", nil
	}
	return guidHash("guid", guid)
}

// CheckCredential proves a person on a new device by user name and password: the call's guid and its token prove the customer from then on, and
// the end of a credential that is near it moves. A wrong password and an unknown user name are one answer, in one time.
func (s *Service) CheckCredential(ctx context.Context, by *Caller, organizationID, username, password, guid string) (*Registered, error) {
	o, err := s.organization(ctx, by, organizationID)
	if err != nil {
		return nil, err
	}
	var wrong Faults
	if err := wrong.Add(checkUsername("username", username)); err != nil {
		return nil, err
	}
	if err := wrong.Add(checkPassword("password", password, "")); err != nil {
		return nil, err
	}
	hash, err := optionalGuidHash(guid)
	if err := wrong.Add(err); err != nil {
		return nil, err
	}
	if err := wrong.Err(); err != nil {
		return nil, err
	}
	if _, err := s.takeLookup(ctx, by); err != nil {
		return nil, err
	}
	// Counted as wrong until it is known to be right, so that guesses made at once do not all see the same count.
	guess, err := s.takeGuess(ctx, by, username)
	if err != nil {
		return nil, err
	}
	login, err := s.rightPassword(ctx, o, username, password)
	if err != nil {
		return nil, err
	}
	if login == nil {
		return nil, notFound("customer")
	}
	guess.giveBack()
	var registered *Registered
	err = s.store.Write(ctx, func(tx Tx) error {
		customer, err := tx.Customer(ctx, o.ID, login.CustomerID)
		if err != nil {
			return err
		}
		credential, err := tx.Credential(ctx, customer.ID)
		if err != nil {
			return err
		}
		if !bytes.Equal(credential.Password.Box, login.Password.Box) { // replaced since it was compared
			return notFound("customer")
		}
		registered, err = s.checked(ctx, tx, by, o, customer, hash)
		return err
	})
	if err != nil {
		return nil, err
	}
	return registered, nil
}

// checked is what follows once a person is proven for the current credential: the call's proof is kept, the end moves, and a link is made.
// A lock withholds all of it.
func (s *Service) checked(ctx context.Context, tx Tx, by *Caller, o *Organization, c *Customer, guidHash string) (*Registered, error) {
	if c.Locked {
		return nil, errLocked()
	}
	if _, err := s.moveEnd(ctx, tx, o, c.ID, s.now()); err != nil {
		return nil, err
	}
	if err := s.addProof(ctx, tx, by, c, guidHash); err != nil {
		return nil, err
	}
	if guidHash != "" {
		if err := tx.TrimGuids(ctx, c.ID, guidHash, maxGuids); err != nil {
			return nil, err
		}
	}
	activation, url := s.newActivation(c)
	return &Registered{Customer: c, ActivationURL: url}, insertLink(ctx, tx, activation)
}

// rightPassword returns whom user name and password name, or nil. For an unknown name it does the work that a known one takes: a read, an
// unsealing and a comparison.
func (s *Service) rightPassword(ctx context.Context, o *Organization, username, password string) (*Login, error) {
	login, err := s.store.LoginByUsername(ctx, username)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return nil, err
	}
	known := err == nil && login.OrganizationID == o.ID
	compared := &s.decoy
	if known {
		compared = &Credential{CustomerID: login.CustomerID, Password: login.Password}
	}
	right, err := s.sealer.OpenPassword(compared)
	if err != nil {
		return nil, err
	}
	// Hashed, so that the comparison takes the same time for passwords of any length.
	a, b := auth.HashSecret(right), auth.HashSecret(password)
	if subtle.ConstantTimeCompare([]byte(a), []byte(b)) != 1 || !known {
		return nil, nil
	}
	return login, nil
}
