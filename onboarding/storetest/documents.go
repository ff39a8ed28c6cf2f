package storetest

import (
	"context"
	"slices"
	"testing"
	"time"

	"onramp/onboarding"
)

var documentParts = []part{
	{"DocumentsForm", testDocumentsForm},
	{"DocumentsFormLocks", testDocumentsFormLocks},
	{"SealDocuments", testSealDocuments},
}

// testDocumentsForm checks that the form is that of the setting, empty without one.
func testDocumentsForm(t *testing.T, s onboarding.Store) {
	form := func() (form string) {
		write(t, s, func(ctx context.Context, tx onboarding.Tx) (err error) {
			form, err = tx.DocumentsForm(ctx)
			return err
		})
		return form
	}
	for _, want := range []string{"", onboarding.DocumentsSealing, onboarding.DocumentsSealed} {
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
			return tx.PutSetting(ctx, onboarding.SettingDocuments, want)
		})
		if got := form(); got != want {
			t.Errorf("form %q, want %q", got, want)
		}
	}
}

// testDocumentsFormLocks checks that the form cannot change under a transaction that has read it,
// and that such transactions do not wait for each other.
func testDocumentsFormLocks(t *testing.T, s onboarding.Store) {
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		return tx.PutSetting(ctx, onboarding.SettingDocuments, "")
	})
	for range rounds {
		race(8, func(i int) {
			err := tryWrite(t, s, func(ctx context.Context, tx onboarding.Tx) error {
				if i == 0 { // what Finish does
					if _, err := tx.Setting(ctx, onboarding.SettingDocuments); err != nil {
						return err
					}
					return tx.PutSetting(ctx, onboarding.SettingDocuments, onboarding.DocumentsSealing)
				}
				first, err := tx.DocumentsForm(ctx)
				if err != nil {
					return err
				}
				time.Sleep(5 * time.Millisecond)
				second, err := tx.DocumentsForm(ctx)
				if first != second {
					t.Errorf("form %q became %q within a transaction", first, second)
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}

// testSealDocuments checks that each document in clear is found once and that sealing it changes
// nothing else of its customer.
func testSealDocuments(t *testing.T, s onboarding.Store) {
	ctx := t.Context()
	clear := onboarding.StoredDocument{Clear: onboarding.Document{PassportNumber: `X"document":1`}}
	only, among, sealed, none, decoy := newCustomer("o1"), newFullCustomer("o2"), newCustomer("o1"), newCustomer("o1"),
		newCustomer("o1")
	only.Document, among.Document.Sealed = clear, onboarding.Sealed{}
	sealed.Document.Sealed = onboarding.Sealed{KeyID: "k0", Box: []byte("kept")}
	decoy.Custom = map[string]string{"document": "a name of an attribute, not a document"}
	all := []*onboarding.Customer{only, among, sealed, none, decoy}
	slices.SortFunc(all, func(a, b *onboarding.Customer) int {
		if a.ID < b.ID {
			return -1
		}
		return 1
	})
	write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
		for _, c := range all {
			if err := tx.InsertCustomer(ctx, c); err != nil {
				return err
			}
		}
		return nil
	})
	seal := func(id string) onboarding.Sealed {
		return onboarding.Sealed{KeyID: "k1", Box: []byte("\x00\xffbox of " + id)}
	}
	found := map[string]onboarding.Document{}
	examined, after := 0, ""
	for {
		last := ""
		write(t, s, func(ctx context.Context, tx onboarding.Tx) error {
			documents, end, err := tx.ClearDocuments(ctx, after, 2)
			if err != nil {
				return err
			}
			last = end
			for i := range documents {
				d := &documents[i]
				found[d.CustomerID] = d.Document
				if err := tx.SealDocument(ctx, d, seal(d.CustomerID)); err != nil {
					return err
				}
			}
			return nil
		})
		if last == "" {
			break
		}
		if want := all[min(examined+1, len(all)-1)].ID; last != want {
			t.Errorf("the last customer examined is %s, want %s", last, want)
		}
		examined, after = examined+2, last
	}
	equal(t, "documents found", found, map[string]onboarding.Document{
		only.ID: only.Document.Clear, among.ID: among.Document.Clear,
	})
	for _, c := range []*onboarding.Customer{only, among} {
		c.Document = onboarding.StoredDocument{Sealed: seal(c.ID)}
	}
	for _, c := range all {
		equal(t, "customer afterwards", must(s.Customer(ctx, c.OrganizationID, c.ID))(t), c)
	}
}
