package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"onramp/onboarding"
)

var credentialParts = []part{{"Credentials", testCredentials}, {"EndingCredentials", testEndingCredentials}}

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

// testEndingCredentials checks the order, the bounds and the pages of credentials that end, that
// those with a notice of the present end are left out, and that a notice is found by its hash.
func testEndingCredentials(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	organization := onboarding.NewID()
	ending := func(at time.Time) *onboarding.Credential {
		_, k := storedWithCredential(t, s, func(c *onboarding.Customer, k *onboarding.Credential) {
			c.OrganizationID, k.OrganizationID, k.Expires = organization, organization, at
		})
		return k
	}
	late, early, same := ending(noon.Add(2*time.Hour)), ending(noon.Add(time.Hour)), ending(noon.Add(2*time.Hour))
	if same.CustomerID < late.CustomerID {
		late, same = same, late
	}
	ending(noon)                   // at the start, which is exclusive together with its ID
	ending(noon.Add(-time.Minute)) // before
	ending(noon.Add(3 * time.Hour))
	storedWithCredential(t, s, func(_ *onboarding.Customer, k *onboarding.Credential) { // of another organization
		k.Expires = noon.Add(time.Hour)
	})
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		return tx.PutVerifiedAddress(ctx, onboarding.VerifiedAddress{Recipient: "r " + organization,
			OrganizationID: organization, CustomerID: late.CustomerID, Channel: onboarding.VerifyEmail, At: noon})
	})
	of := func(k *onboarding.Credential, verified bool) onboarding.EndingCredential {
		return onboarding.EndingCredential{Verified: verified, CredentialPosition: onboarding.CredentialPosition{
			Expires: k.Expires, CustomerID: k.CustomerID}}
	}
	found := func(after onboarding.CredentialPosition, limit int) []onboarding.EndingCredential {
		t.Helper()
		return must(s.EndingCredentials(ctx, organization, after, noon.Add(3*time.Hour), limit))(t)
	}
	start := onboarding.CredentialPosition{Expires: noon, CustomerID: "g"} // after every ID
	all := []onboarding.EndingCredential{of(early, false), of(late, true), of(same, false)}
	equal(t, "all that end", found(start, 10), all)
	equal(t, "the first page", found(start, 2), all[:2])
	equal(t, "the second page", found(all[1].CredentialPosition, 2), all[2:])

	_, err := s.CredentialOfNotice(ctx, "hash "+organization)
	notFound(t, "a notice before it is sent", err)
	end := late.Expires
	late.Notice, late.NoticeEnd = "hash "+organization, &end
	update := func() {
		t.Helper()
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error { return tx.UpdateCredential(ctx, late) })
	}
	update()
	equal(t, "without the one that has a notice", found(start, 10), []onboarding.EndingCredential{all[0], all[2]})
	equal(t, "the credential of the notice", must(s.CredentialOfNotice(ctx, late.Notice))(t), late)
	late.Expires = noon.Add(150 * time.Minute) // renewed: the notice announced another end
	update()
	equal(t, "with the renewed one", found(start, 10),
		[]onboarding.EndingCredential{all[0], all[2], of(late, true)})
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
