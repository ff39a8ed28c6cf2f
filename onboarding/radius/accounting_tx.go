package radius

import (
	"context"
	"errors"

	"onramp/onboarding"
)

// accountingTx is a transaction that reads each customer and each organization at most once.
// Accounting writes neither.
type accountingTx struct {
	onboarding.Tx

	logins        map[string]*onboarding.Login // nil for a customer that does not exist
	organizations map[string]*onboarding.Organization
}

func newAccountingTx(tx onboarding.Tx) *accountingTx {
	return &accountingTx{
		Tx: tx, logins: map[string]*onboarding.Login{}, organizations: map[string]*onboarding.Organization{},
	}
}

// LoginByID implements onboarding.LoginReader.
func (t *accountingTx) LoginByID(ctx context.Context, customerID string) (*onboarding.Login, error) {
	login, read := t.logins[customerID]
	if !read {
		var err error
		login, err = t.Tx.LoginByID(ctx, customerID)
		if err != nil && !errors.Is(err, onboarding.ErrNotFound) {
			return nil, err
		}
		if err != nil {
			login = nil
		}
		t.logins[customerID] = login
	}
	if login == nil {
		return nil, onboarding.ErrNotFound
	}
	return login, nil
}

// Organization implements onboarding.OrganizationReader.
func (t *accountingTx) Organization(ctx context.Context, id string) (*onboarding.Organization, error) {
	if o := t.organizations[id]; o != nil {
		return o, nil
	}
	o, err := t.Tx.Organization(ctx, id)
	if err == nil {
		t.organizations[id] = o
	}
	return o, err
}
