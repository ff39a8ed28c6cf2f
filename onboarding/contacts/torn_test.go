package contacts_test

import (
	"context"
	"fmt"
	"testing"

	"onramp/onboarding"
	"onramp/onboarding/contacts"
	"onramp/onboarding/links"
	"onramp/onboarding/testkit"
)

// deletingStore deletes a customer before each read of related records.
type deletingStore struct {
	onboarding.Store
	remove func()
}

func (s deletingStore) CurrentConsentsOf(ctx context.Context, ids []string) (map[string][]onboarding.Consent, error) {
	s.remove()
	return s.Store.CurrentConsentsOf(ctx, ids)
}

func (s deletingStore) Connections(
	ctx context.Context, q onboarding.ConnectionQuery,
) ([]*onboarding.Connection, error) {
	s.remove()
	return s.Store.Connections(ctx, q)
}

func (s deletingStore) Stations(ctx context.Context, id string) ([]onboarding.Station, error) {
	s.remove()
	return s.Store.Stations(ctx, id)
}

func (s deletingStore) Events(ctx context.Context, q onboarding.EventQuery) ([]onboarding.Event, error) {
	s.remove()
	return s.Store.Events(ctx, q)
}

func (s deletingStore) Installations(ctx context.Context, id string) ([]*onboarding.Installation, error) {
	s.remove()
	return s.Store.Installations(ctx, id)
}

// TestReadDuringDeletion checks that a customer who is deleted between the reads of one call is
// missing, rather than a customer without consents, connections or installations. The checker of
// histories found it.
func TestReadDuringDeletion(t *testing.T) {
	testkit.EachStore(t, func(t *testing.T, db onboarding.Store) {
		v := testkit.NewVenueOn(t, db)
		ctx, by := context.Background(), testkit.Manager(v.Here)
		for i, read := range []func(s deletingStore, id string) error{
			func(s deletingStore, id string) error {
				_, err := contacts.New(contacts.Config{Store: s, Access: v.Access}).Contact(ctx, by, id)
				return err
			},
			func(s deletingStore, id string) error {
				_, err := contacts.New(contacts.Config{Store: s, Access: v.Access}).Connections(ctx, by, id, 0, "")
				return err
			},
			func(s deletingStore, id string) error {
				_, err := contacts.New(contacts.Config{Store: s, Access: v.Access}).Stations(ctx, by, id)
				return err
			},
			func(s deletingStore, id string) error {
				_, err := contacts.New(contacts.Config{Store: s, Access: v.Access}).ContactEvents(ctx, by, id, 0, "")
				return err
			},
			func(s deletingStore, id string) error {
				_, err := links.New(links.Config{Store: s, Access: v.Access}).Installations(ctx, by, id)
				return err
			},
		} {
			c := v.AddCustomer(v.Here, fmt.Sprint("leaving ", i), "secret")
			err := read(deletingStore{db, func() {
				if err := v.Registration.Delete(ctx, by, c.ID); err != nil {
					t.Error(err)
				}
			}}, c.ID)
			if onboarding.KindOf(err) != onboarding.NotFound {
				t.Errorf("read %d of a customer deleted meanwhile: %v", i, err)
			}
		}
	})
}
