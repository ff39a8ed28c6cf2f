package server

import (
	"net/http"
	"slices"
	"testing"

	"onramp/onboarding"
	"onramp/onboarding/auth"
)

// downloads returns the customer's recorded downloads by platform and source.
func downloads(t testing.TB, db onboarding.Store, customer string) map[string]onboarding.Download {
	t.Helper()
	stored, err := db.Downloads(t.Context(), customer)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]onboarding.Download{}
	for _, d := range stored {
		all[d.Platform+" "+string(d.Source)] = *d
	}
	return all
}

// TestDownloadsRecorded checks that each answered request for a profile is recorded with the
// settings in it, by link, app and manager, and that HEAD and failed requests are not.
func TestDownloadsRecorded(t *testing.T) {
	h := newHouse(t)
	id := h.register("anna")
	path := "/v3/customers/" + id + "/profile?platform="
	token := h.post("/v2/customers/"+id+"/token", h.manager, map[string]any{"maxHits": 3}).want(http.StatusOK).
		text("token")
	plain := func(r *http.Request) { r.Header.Del("Authorization") }
	h.call(http.MethodHead, path+"ios", h.app, nil, withGuid(guid("anna"))).want(http.StatusOK)
	h.call(http.MethodHead, "/activate/"+token+"/ios", "", nil, plain).want(http.StatusOK)
	h.get(path+"amiga", h.app, withGuid(guid("anna"))).want(http.StatusConflict)
	if got := downloads(t, h.db, id); len(got) != 0 {
		t.Fatalf("recorded without a download: %v", got)
	}

	for range 2 {
		h.get(path+"ios", h.app, withGuid(guid("anna"))).want(http.StatusOK)
	}
	h.get(path+"settings-ios", h.app, withGuid(guid("anna"))).want(http.StatusOK)
	h.get(path+"android", h.manager).want(http.StatusOK)
	for range 2 { // a phone's download manager fetches again
		h.get("/activate/"+token+"/android", "").want(http.StatusOK)
	}
	h.get("/wifiprofile?deviceType=apple&token="+token, "").want(http.StatusOK)
	h.get("/activate/"+token+"/macos", "").want(http.StatusGone)

	credential, err := h.db.Credential(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	got := downloads(t, h.db, id)
	for key, count := range map[string]int64{
		"ios app": 2, "settings-ios app": 1, "android kiosk": 1, "android visitor": 2, "ios visitor": 1,
	} {
		d := got[key]
		if d.Count != count || d.SettingsID == "" || d.Refused != "" || d.OrganizationID != demoID ||
			!d.Credential.Equal(credential.Created) || !d.Expires.Equal(credential.Expires) ||
			!d.Last.Equal(h.clock.now()) {
			t.Errorf("%s: %+v", key, d)
		}
		delete(got, key)
	}
	if len(got) != 0 {
		t.Errorf("more downloads: %v", got)
	}
	exported := h.get("/v3/customers/"+id+"/export", h.manager).want(http.StatusOK).json["downloads"].([]any)
	if len(exported) != 5 {
		t.Errorf("exported: %v", exported)
	}
	if got := linkPlatforms(t, h.db, token); !slices.Equal(got, []string{"android", "ios"}) {
		t.Errorf("the link answered %v", got)
	}
}

// linkPlatforms returns the platforms whose profile was downloaded through the link.
func linkPlatforms(t testing.TB, db onboarding.Store, token string) []string {
	t.Helper()
	link, err := db.Link(t.Context(), auth.HashToken(token))
	if err != nil {
		t.Fatal(err)
	}
	return link.Platforms
}

// TestDownloadedSettings checks that equal settings are stored once, and that a change makes
// others, of which a text that no device checks is none.
func TestDownloadedSettings(t *testing.T) {
	h := newHouse(t)
	anna, berta := h.register("anna"), h.register("berta")
	fetch := func(name, id string) string {
		t.Helper()
		h.get("/v3/customers/"+id+"/profile?platform=ios", h.app, withGuid(guid(name))).want(http.StatusOK)
		stored, err := h.db.Downloads(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		return stored[0].SettingsID
	}
	apply := func(change func(*onboarding.Organization)) {
		t.Helper()
		o := organization(demoID, "Demo", "demo.example")
		change(o)
		if _, err := h.service.Tenant.Apply(t.Context(), []*onboarding.Organization{o}); err != nil {
			t.Fatal(err)
		}
		h.clock.advance(1e9)
	}
	first := fetch("anna", anna)
	if other := fetch("berta", berta); other != first {
		t.Errorf("equal settings are stored as %s and %s", first, other)
	}
	apply(func(o *onboarding.Organization) { o.WiFi.ConsentText = map[string]string{"en": "Hello"} })
	if again := fetch("anna", anna); again != first {
		t.Errorf("a consent text made other settings: %s and %s", first, again)
	}
	apply(func(o *onboarding.Organization) {
		o.WiFi.TrustedServerNames = []string{"radius.demo.example", "new.demo.example"}
	})
	changed := fetch("anna", anna)
	if changed == first {
		t.Error("other server names made no other settings")
	}
	settings, err := h.db.ProfileSettings(t.Context(), changed)
	if err != nil {
		t.Fatal(err)
	}
	if settings.OrganizationID != demoID || len(settings.WiFi.TrustedServerNames) != 2 ||
		settings.WiFi.WPA2 == nil || settings.WiFi.Method != "ttls" || len(settings.WiFi.PublicRoots) != 1 {
		t.Errorf("%+v", settings)
	}
}

// TestRefusedDownloads checks that requests of a platform that cannot express the network are
// counted in one row, and burn no download.
func TestRefusedDownloads(t *testing.T) {
	h := newHouse(t)
	o := organization(demoID, "Demo", "demo.example")
	o.WiFi.WPA2 = nil
	if _, err := h.service.Tenant.Apply(t.Context(), []*onboarding.Organization{o}); err != nil {
		t.Fatal(err)
	}
	id := h.register("anna")
	token := h.post("/v2/customers/"+id+"/token", h.manager, map[string]any{"maxHits": 1}).want(http.StatusOK).
		text("token")
	for range 5 {
		h.get("/activate/"+token+"/chromeos", "").want(http.StatusConflict)
		h.get("/v3/customers/"+id+"/profile?platform=chromeos", h.manager).want(http.StatusConflict)
	}
	got := downloads(t, h.db, id)
	for _, key := range []string{"chromeos visitor", "chromeos kiosk"} {
		if d := got[key]; d.Count != 5 || d.SettingsID != "" || len(d.Refused) < 30 {
			t.Errorf("%s: %+v", key, d)
		}
	}
	if len(got) != 2 {
		t.Errorf("%v", got)
	}
	h.get("/activate/"+token+"/ios", "").want(http.StatusOK)
}

// TestMinimisedDownloads checks that a customer who refuses the processing of personal data leaves
// no download, but that the link knows the platform.
func TestMinimisedDownloads(t *testing.T) {
	h := newHouse(t)
	id := h.post("/v3/customers", h.app, with(person("anna"), map[string]any{"ppd": false})).want(http.StatusCreated).
		text("id")
	token := h.post("/v2/customers/"+id+"/token", h.manager, nil).want(http.StatusOK).text("token")
	h.get("/v3/customers/"+id+"/profile?platform=ios", h.app, withGuid(guid("anna"))).want(http.StatusOK)
	h.get("/v3/customers/"+id+"/profile?platform=ios", h.manager).want(http.StatusOK)
	h.get("/activate/"+token+"/ios", "").want(http.StatusOK)
	if got := downloads(t, h.db, id); len(got) != 0 {
		t.Errorf("%v", got)
	}
	if got := linkPlatforms(t, h.db, token); !slices.Equal(got, []string{"ios"}) {
		t.Errorf("the link answered %v", got)
	}
}
