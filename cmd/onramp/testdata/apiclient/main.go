// Command apiclient plays the README's session with a client that was generated from
// /openapi.yaml: the app registers a customer, fetches the profiles and reports the installation,
// and the operator sees it. The test adds the generated file to this package.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
)

const guid = "my-phone-0123456789"

func main() {
	if err := play(context.Background(), os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// play runs the session against a server, with the keys of a demo.json.
func play(ctx context.Context, url, file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var keys struct {
		OrganizationID     string `json:"organizationId"`
		ManagerKey, AppKey ClientCredentials
	}
	if err := json.Unmarshal(text, &keys); err != nil {
		return err
	}
	app, err := logIn(ctx, url, keys.AppKey)
	if err != nil {
		return fmt.Errorf("the app logs in: %w", err)
	}
	customer, err := register(ctx, app, keys.OrganizationID)
	if err != nil {
		return err
	}
	manager, err := logIn(ctx, url, keys.ManagerKey)
	if err != nil {
		return fmt.Errorf("the operator logs in: %w", err)
	}
	return operate(ctx, manager, keys.OrganizationID, customer)
}

// logIn returns a client that shows the token of a client key and the device's guid.
func logIn(ctx context.Context, url string, key ClientCredentials) (*ClientWithResponses, error) {
	client, err := NewClientWithResponses(url)
	if err != nil {
		return nil, err
	}
	answer, err := client.LoginWithResponse(ctx, key)
	if err != nil {
		return nil, err
	}
	if answer.JSON200 == nil {
		return nil, fmt.Errorf("status %s: %s", answer.Status(), answer.Body)
	}
	show := func(_ context.Context, r *http.Request) error {
		r.Header.Set("Authorization", "Bearer "+answer.JSON200.Token)
		r.Header.Set("Onramp-Guid", guid)
		return nil
	}
	return NewClientWithResponses(url, WithRequestEditorFn(show))
}

// register plays the app's part and returns the customer's ID.
func register(ctx context.Context, app *ClientWithResponses, organization string) (string, error) {
	policies, err := app.GetListOfPoliciesWithResponse(ctx, organization)
	if err != nil || policies.JSON200 == nil || policies.JSON200.Policies[0] != "termsOfUse" {
		return "", fmt.Errorf("policies: %v %s", err, policies.Body)
	}
	name := "Ada"
	created, err := app.CreateCustomerWithResponse(ctx, &CreateCustomerParams{}, NewCustomer{
		FirstName: &name, Policies: NewCustomer_Policies{TermsOfUse: true, Privacy: true},
	})
	if err != nil || created.JSON201 == nil {
		return "", fmt.Errorf("createCustomer: %v %s", err, created.Body)
	}
	customer := created.JSON201.Id
	for platform, want := range map[Platform]string{PlatformIos: "PayloadContent",
		PlatformAndroid: "Q29udGVudC1UeXBl"} {
		profile, err := app.GetProfileWithResponse(ctx, customer, &GetProfileParams{Platform: platform})
		if err != nil || profile.StatusCode() != http.StatusOK || !bytes.Contains(profile.Body, []byte(want)) {
			return "", fmt.Errorf("profile for %s: %v %s", platform, err, profile.Status())
		}
	}
	reported, err := app.RecordInstallationWithResponse(ctx, customer, InstallationReport{
		Platform: PlatformIos, Type: InstallationReportTypePasspoint,
		InstalledBy: "com.example.app", Installed: "2022-07-08T08:08:44Z",
	})
	if err != nil || reported.JSON201 == nil {
		return "", fmt.Errorf("installations: %v %s", err, reported.Body)
	}
	return customer, nil
}

// operate plays the operator's part.
func operate(ctx context.Context, manager *ClientWithResponses, organization, customer string) error {
	list, err := manager.ListInstallationsWithResponse(ctx, customer)
	if err != nil || list.JSON200 == nil || len(list.JSON200.Installations) != 1 {
		return fmt.Errorf("installations: %v %s", err, list.Body)
	}
	installation, err := list.JSON200.Installations[0].AsPasspointInstallation()
	if err != nil || installation.InstalledBy != "com.example.app" {
		return fmt.Errorf("installation %+v: %v", installation, err)
	}
	found, err := manager.SearchContactsWithResponse(ctx, organization, &SearchContactsParams{})
	if err != nil || found.JSON200 == nil || found.JSON200.TotalCount != 1 ||
		found.JSON200.Customers[0].Cid != customer {
		return fmt.Errorf("contacts: %v %s", err, found.Body)
	}
	deleted, err := manager.DeleteContactWithResponse(ctx, customer)
	if err != nil || deleted.StatusCode() != http.StatusOK {
		return fmt.Errorf("deletion: %v %s", err, deleted.Body)
	}
	fmt.Println("played for", customer)
	return nil
}
