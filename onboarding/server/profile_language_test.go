package server

import (
	"net/http"
	"strings"
	"testing"

	"onramp/onboarding"
)

// TestProfileLanguage downloads profiles: their texts are in the customer's language, and without
// one in the organization's first.
func TestProfileLanguage(t *testing.T) {
	v := newVenue(t, func(o *onboarding.Organization) {
		o.Languages = []string{"de", "en", "it"}
		for i := range o.Policies {
			for _, texts := range []map[string]string{o.Policies[i].Title, o.Policies[i].Text} {
				if texts != nil {
					texts["de"] = texts["en"]
				}
			}
		}
	})
	download := func(customer, language string) string {
		t.Helper()
		stored, err := v.store.Customer(t.Context(), demoID, customer)
		if err != nil || stored.Language != language {
			t.Fatalf("the language is %q, not %q: %v", stored.Language, language, err)
		}
		link := v.post("/v2/customers/"+customer+"/token", v.manager, map[string]any{}).want(http.StatusOK)
		return v.browse(http.MethodGet, "/activate/"+link.text("token")+"/ios", nil).want(http.StatusOK).raw
	}
	action, form := v.form("/portal/"+demoID, header("Accept-Language", "it"))
	italian := v.signUp(action, form, header("Accept-Language", "it")).customer()
	for customer, want := range map[string]string{
		download(italian, "it"): "Collega questo dispositivo al Wi-Fi sicuro di Demo.",
		download(v.post("/v3/customers", v.manager, map[string]any{
			"policies": map[string]any{"termsOfUse": true, "privacy": true},
		}).want(http.StatusCreated).text("id"), ""): "Verbindet dieses Gerät mit dem sicheren WLAN von Demo.",
	} {
		if !strings.Contains(customer, want) {
			t.Errorf("no %q in the profile", want)
		}
	}
}
