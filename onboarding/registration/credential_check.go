package registration

import (
	"bytes"
	"context"
	"crypto/subtle"
	"errors"
	"onramp/onboarding/auth"
	"slices"
	"strings"

	"onramp/onboarding"
	"onramp/onboarding/access"
	"onramp/onboarding/links"
)

// CustomerInfo returns the customer for getCustomerInfo.
func (s *Registrar) CustomerInfo(ctx context.Context, by *onboarding.Caller, id string) (*onboarding.Customer, error) {
	return s.access.Customer(ctx, by, id)
}

// Exists reports whether one customer has all that m names. A `+` that a URL turned into a space is put back.
func (s *Registrar) Exists(ctx context.Context, by *onboarding.Caller, organizationID string, m onboarding.Match, unread onboarding.Faults) (bool, error) {
	o, err := s.access.Organization(ctx, by, organizationID)
	if err != nil {
		return false, err
	}
	if _, err := s.access.TakeLookup(ctx, by); err != nil {
		return false, err
	}
	if m == (onboarding.Match{}) && len(unread) == 0 {
		return false, onboarding.InvalidField("cid", "one of cid, extId, extProp1, extProp2, username, email, phoneNumber is needed")
	}
	wrong := slices.Clone(unread)
	for _, t := range []struct{ field, text string }{
		{"cid", m.ID}, {"extId", m.ExtID}, {"extProp1", m.ExtProp1}, {"extProp2", m.ExtProp2}, {"username", m.Username},
	} {
		if err := wrong.Add(onboarding.CheckText(t.field, t.text, onboarding.MaxName)); err != nil {
			return false, err
		}
	}
	if m.Email != "" {
		m.Email, err = onboarding.SearchedEmail("email", m.Email)
		if err := wrong.Add(err); err != nil {
			return false, err
		}
	}
	if m.Phone != "" {
		m.Phone, err = onboarding.SearchedPhone("phoneNumber", m.Phone)
		if err := wrong.Add(err); err != nil {
			return false, err
		}
	}
	if err := wrong.Err(); err != nil {
		return false, err
	}
	found, err := s.store.MatchAll(ctx, o.ID, m, 1)
	if pluses := withPluses(m); err == nil && len(found) == 0 && pluses != m {
		found, err = s.store.MatchAll(ctx, o.ID, pluses, 1)
	}
	return len(found) > 0, err
}

// withPluses returns the match with a + in place of each blank, which a URL makes of one that is not escaped.
func withPluses(m onboarding.Match) onboarding.Match {
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
	return access.GuidHash("guid", guid)
}

// CheckCredential proves a person on a new device by user name and password: the call's guid and its token prove the customer from then on, and
// the end of a credential that is near it moves. A wrong password and an unknown user name are one answer, in one time.
func (s *Registrar) CheckCredential(ctx context.Context, by *onboarding.Caller, organizationID, username, password, guid string) (*Result, error) {
	o, err := s.access.Organization(ctx, by, organizationID)
	if err != nil {
		return nil, err
	}
	var wrong onboarding.Faults
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
	if _, err := s.access.TakeLookup(ctx, by); err != nil {
		return nil, err
	}
	// Counted as wrong until it is known to be right, so that guesses made at once do not all see the same count.
	guess, err := s.access.TakeGuess(ctx, by, username)
	if err != nil {
		return nil, err
	}
	login, err := s.rightPassword(ctx, o, username, password)
	if err != nil {
		return nil, err
	}
	if login == nil {
		return nil, onboarding.NotFoundError("customer")
	}
	guess.GiveBack()
	var registered *Result
	err = s.store.Write(ctx, func(tx onboarding.Tx) error {
		customer, err := tx.Customer(ctx, o.ID, login.CustomerID)
		if err != nil {
			return err
		}
		credential, err := tx.Credential(ctx, customer.ID)
		if err != nil {
			return err
		}
		if !bytes.Equal(credential.Password.Box, login.Password.Box) { // replaced since it was compared
			return onboarding.NotFoundError("customer")
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
func (s *Registrar) checked(ctx context.Context, tx onboarding.Tx, by *onboarding.Caller, o *onboarding.Organization, c *onboarding.Customer, guidHash string) (*Result, error) {
	if c.Locked {
		return nil, onboarding.LockedError()
	}
	if _, err := s.moveEnd(ctx, tx, o, c.ID, s.clock.Now()); err != nil {
		return nil, err
	}
	if err := s.access.AddProof(ctx, tx, by, c, guidHash); err != nil {
		return nil, err
	}
	if guidHash != "" {
		if err := tx.TrimGuids(ctx, c.ID, guidHash, onboarding.MaxGuids); err != nil {
			return nil, err
		}
	}
	activation, url := s.links.New(c)
	return &Result{Customer: c, LinkURL: url}, links.InsertLink(ctx, tx, activation)
}

// rightPassword returns whom user name and password name, or nil. For an unknown name it does the work that a known one takes: a read, an
// unsealing and a comparison.
func (s *Registrar) rightPassword(ctx context.Context, o *onboarding.Organization, username, password string) (*onboarding.Login, error) {
	login, err := s.store.LoginByUsername(ctx, username)
	if err != nil && !errors.Is(err, onboarding.ErrNotFound) {
		return nil, err
	}
	known := err == nil && login.OrganizationID == o.ID
	compared := &s.decoy
	if known {
		compared = &onboarding.Credential{CustomerID: login.CustomerID, Password: login.Password}
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
