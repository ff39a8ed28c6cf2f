package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"onramp/onboarding"
)

var credentialParts = []part{{"Credentials", testCredentials}}

// storedWithCredential inserts a customer who can authenticate.
func storedWithCredential(
	t *testing.T, s onboarding.Store, change func(*onboarding.Customer, *onboarding.Credential),
) (*onboarding.Customer, *onboarding.Credential) {
	t.Helper()
	c := newCustomer(onboarding.NewID())
	k := newCredential(c)
	if change != nil {
		change(c, k)
	}
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		if err := tx.InsertCustomer(ctx, c); err != nil {
			return err
		}
		return tx.InsertCredential(ctx, k)
	})
	return c, k
}

// testCredentials checks that a customer has at most one credential, and that an update replaces
// it.
func testCredentials(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	c := storedCustomer(t, s)
	_, err := s.Credential(ctx, c.ID)
	notFound(t, "credential not there yet", err)
	cred := newCredential(c)
	insert := func(ctx context.Context, tx onboarding.Tx) error { return tx.InsertCredential(ctx, cred) }
	write(t, s, insert)
	got := must(s.Credential(ctx, c.ID))(t)
	equal(t, "credential", got, cred)
	utc(t, "Expires", got.Expires)
	conflict(t, "a second credential", "credential", tryWrite(t, s, insert))

	cred.Password = onboarding.Sealed{KeyID: "k2", Box: []byte("rotated")}
	cred.Created, cred.Expires = noon.Add(time.Hour), noon.Add(48*time.Hour)
	changed := *cred
	changed.Username, changed.OrganizationID = "other", onboarding.NewID() // these two stay
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.UpdateCredential(ctx, &changed) })
	equal(t, "rotated credential", must(s.Credential(ctx, c.ID))(t), cred)
	stranger := newCredential(newCustomer(c.OrganizationID))
	err = tryWrite(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		return tx.UpdateCredential(ctx, stranger)
	})
	notFound(t, "updating a credential that is not there", err)
}

// storedCredential inserts a new customer with a credential.
func storedCredential(t *testing.T, s onboarding.Store) *onboarding.Credential {
	t.Helper()
	c := newCustomer(onboarding.NewID())
	credential := newCredential(c)
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		return errors.Join(tx.InsertCustomer(ctx, c), tx.InsertCredential(ctx, credential))
	})
	return credential
}

// rotate replaces the credential by one of a later creation.
func rotate(t *testing.T, s onboarding.Store, c *onboarding.Credential) {
	t.Helper()
	c.Created = c.Created.Add(time.Microsecond)
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.UpdateCredential(ctx, c) })
}
