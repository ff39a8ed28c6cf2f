package server

import (
	"net/http"
	"os"
	"testing"
	"time"

	"onramp/certs"
	"onramp/onboarding"
)

// TestConsoleCertificates: the days that are left, and whether phones accept the RADIUS server.
func TestConsoleCertificates(t *testing.T) {
	pki, err := certs.EnsureDevelopment(t.TempDir(), time.Now(), "radius.demo.example")
	if err != nil {
		t.Fatal(err)
	}
	chain, err := os.ReadFile(pki.RADIUSCert)
	if err != nil {
		t.Fatal(err)
	}
	root, err := os.ReadFile(pki.RADIUSRoot)
	if err != nil {
		t.Fatal(err)
	}
	v := newVenue(t, func(o *onboarding.Organization) {
		o.WiFi.PublicRoots, o.WiFi.TrustAnchor = nil, string(root)
	})
	o := signedIn(v, demoID)
	page := consoleOf(demoID) + "/certificates"
	o.open(page).want(http.StatusOK).says("is not known", "Trust anchor", "No other certificate is planned")
	record := func(text string) {
		t.Helper()
		if err := v.store.Write(t.Context(), func(tx onboarding.Tx) error {
			return tx.PutSetting(t.Context(), onboarding.SettingRADIUSCertificate, text)
		}); err != nil {
			t.Fatal(err)
		}
	}
	record(string(chain))
	o.open(page).want(http.StatusOK).says("radius.demo.example", "days left", "Accepts").saysNot("is not known")
	other, err := certs.EnsureDevelopment(t.TempDir(), time.Now(), "radius.other.example")
	if err != nil {
		t.Fatal(err)
	}
	wrong, err := os.ReadFile(other.RADIUSCert)
	if err != nil {
		t.Fatal(err)
	}
	record(string(wrong))
	o.open(page).want(http.StatusOK).says("radius.other.example", "Refuses").saysNot("Accepts")
}
