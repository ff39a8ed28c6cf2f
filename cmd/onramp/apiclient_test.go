package main

import (
	"bytes"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"onramp/onboarding/client"
	"onramp/onboarding/datafolder"
)

// TestFoundE runs the README's session with the Go client: the app registers a customer, fetches
// the profiles and reports the installation, and the operator sees it.
func TestFoundE(t *testing.T) {
	s := startServe(t, filepath.Join(t.TempDir(), "data"))
	demo := s.demo()
	session := func(key datafolder.DemoKey) *client.Session {
		opened, err := client.Open(client.Config{
			URL: s.url, Key: client.ClientCredentials(key), Guid: "my-phone-0123456789",
		})
		if err != nil {
			t.Fatal(err)
		}
		return opened
	}
	app, manager := session(demo.AppKey), session(demo.ManagerKey)
	customer := registerByClient(t, app, demo.OrganizationID)

	ctx := t.Context()
	list, err := manager.ListInstallationsWithResponse(ctx, customer)
	if err != nil || len(list.JSON200.Installations) != 1 {
		t.Fatalf("installations: %v", err)
	}
	installation, err := list.JSON200.Installations[0].AsPasspointInstallation()
	if err != nil || installation.InstalledBy != "com.example.app" {
		t.Errorf("installation %+v: %v", installation, err)
	}
	found, err := manager.SearchContactsWithResponse(ctx, demo.OrganizationID, nil)
	if err != nil || found.JSON200.TotalCount != 1 || found.JSON200.Customers[0].Cid != customer {
		t.Errorf("contacts: %v", err)
	}
	if _, err := manager.DeleteContactWithResponse(ctx, customer); err != nil {
		t.Errorf("deletion: %v", err)
	}
}

// registerByClient plays the app's part and returns the customer's ID.
func registerByClient(t *testing.T, app *client.Session, organization string) string {
	t.Helper()
	ctx := t.Context()
	policies, err := app.GetListOfPoliciesWithResponse(ctx, organization)
	if err != nil || policies.JSON200.Policies[0] != "termsOfUse" {
		t.Fatalf("policies: %v", err)
	}
	name := "Ada"
	created, err := app.CreateCustomerWithResponse(ctx, nil, client.NewCustomer{
		FirstName: &name, Policies: client.NewCustomer_Policies{TermsOfUse: true, Privacy: true},
	})
	if err != nil {
		t.Fatalf("createCustomer: %v", err)
	}
	customer := created.JSON201.Id
	for platform, want := range map[client.Platform]string{
		client.PlatformIos: "PayloadContent", client.PlatformAndroid: "Q29udGVudC1UeXBl",
		client.PlatformWindows: "CarrierProvisioning", client.PlatformSettingsIos: `"networks"`,
	} {
		profile, err := app.GetProfileWithResponse(ctx, customer, &client.GetProfileParams{Platform: platform})
		if err != nil || !bytes.Contains(profile.Body, []byte(want)) {
			t.Errorf("profile for %s: %v", platform, err)
		}
	}
	reported, err := app.RecordInstallationWithResponse(ctx, customer, client.InstallationReport{
		Platform: client.PlatformIos, Type: client.InstallationReportTypePasspoint,
		InstalledBy: "com.example.app", Installed: time.Now().UTC().Format(time.RFC3339),
	})
	if err != nil || reported.StatusCode() != http.StatusCreated {
		t.Errorf("installation: %v", err)
	}
	return customer
}
