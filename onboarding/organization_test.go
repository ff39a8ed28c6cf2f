package onboarding_test

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"

	"onramp/onboarding"
	"onramp/onboarding/testkit"
)

// testdata/organization.json holds every field in its stored form. New fields may be added; every
// existing field must remain readable and writable, or upgrades lose its values.
func TestStoredOrganization(t *testing.T) {
	stored, err := os.ReadFile("testdata/organization.json")
	if err != nil {
		t.Fatal(err)
	}
	var o onboarding.Organization
	decoder := json.NewDecoder(bytes.NewReader(stored))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&o); err != nil {
		t.Fatal(err)
	}
	if o.WiFi.Inner != "pap" || o.WiFi.Helpdesk.URL != "https://example.com/help" || !o.WiFi.WPA2.Hidden ||
		o.WiFi.Passpoint.MCCMNC[0] != "222001" {
		t.Errorf("read as %+v", o.WiFi)
	}
	written, err := json.Marshal(&o)
	if err != nil {
		t.Fatal(err)
	}
	var before, after any
	if json.Unmarshal(stored, &before) != nil || json.Unmarshal(written, &after) != nil {
		t.Fatal("not JSON")
	}
	want, _ := json.Marshal(before)
	if got, _ := json.Marshal(after); !bytes.Equal(got, want) {
		t.Errorf("written as\n%s\nwant\n%s", got, want)
	}
}

func TestEqualOrganizations(t *testing.T) {
	a, b := testkit.Organization(1), testkit.Organization(1)
	a.Version, a.Segments, a.WiFi.Passpoint.MCCMNC = 7, []onboarding.Segment{}, []string{}
	if equal, err := a.Equal(b); err != nil || !equal {
		t.Errorf("another version and an empty list: %v, %v", equal, err)
	}
	b.WiFi.Passpoint.MCCMNC = []string{"222001"}
	if equal, err := a.Equal(b); err != nil || equal {
		t.Errorf("another list: %v, %v", equal, err)
	}
}
