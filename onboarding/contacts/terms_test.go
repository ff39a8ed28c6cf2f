package contacts_test

import (
	"testing"

	"onramp/onboarding"
	"onramp/onboarding/contacts"
	"onramp/onboarding/deployment"
	"onramp/onboarding/registration"
	"onramp/onboarding/testkit"
)

// TestTermsAfterUpgrade: a search by text is refused until all contacts have terms; other searches
// are not.
func TestTermsAfterUpgrade(t *testing.T) {
	testkit.EachStore(t, func(t *testing.T, db onboarding.Store) {
		v := testkit.NewVenueOn(t, db)
		v.AddCustomer(v.Here, "anna", "secret", func(in *registration.CustomerInput) { in.LastName = new("Rossi") })
		if err := db.Write(t.Context(), func(tx onboarding.Tx) error {
			return tx.PutSetting(t.Context(), onboarding.SettingTerms, "")
		}); err != nil {
			t.Fatal(err)
		}
		upgraded := testkit.Deploy(v, deployment.Config{Store: db, Now: v.Now})
		search := func(text string) (*contacts.ContactPage, error) {
			return upgraded.Contacts.Search(t.Context(), testkit.Manager(v.Here), v.Here.ID, contacts.ContactSearch{
				ContactFilter: onboarding.ContactFilter{Search: text}})
		}
		if _, err := search("ross"); onboarding.KindOf(err) != onboarding.Unavailable {
			t.Errorf("before the terms are written: %v", err)
		}
		if page, err := search(""); err != nil || page.Total != 1 {
			t.Errorf("a search without text: %+v, %v", page, err)
		}
		if err := upgraded.Contacts.FillTerms(t.Context()); err != nil {
			t.Fatal(err)
		}
		if page, err := search("ross"); err != nil || page.Total != 1 || page.Contacts[0].LastName != "Rossi" {
			t.Errorf("after it: %+v, %v", page, err)
		}
	})
}
