package client_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"onramp/onboarding/client"
)

// An app registers a customer, fetches the profile for its system and reports the installation.
func Example() {
	venue, end := exampleVenue() // a deployment for this example
	defer end()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()

	app, err := client.Open(client.Config{URL: venue.url, Key: venue.app, Guid: "a-random-text-of-this-phone"})
	if err != nil {
		fmt.Println(err)
		return
	}
	name := "Ada"
	person := client.NewCustomer{FirstName: &name}
	_, err = app.CreateCustomerWithResponse(ctx, nil, person)
	if e, ok := errors.AsType[*client.Error](err); ok {
		fmt.Println("refused:", e.Status, e.Field)
	}
	person.Policies = client.NewCustomer_Policies{TermsOfUse: true, Privacy: true}
	created, err := app.CreateCustomerWithResponse(ctx, nil, person)
	if err != nil {
		fmt.Println(err)
		return
	}
	id := created.JSON201.Id

	profile, err := app.GetProfileWithResponse(ctx, id, &client.GetProfileParams{Platform: client.PlatformAndroid})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("installs:", profile.HTTPResponse.Header.Get("Content-Type"))

	_, err = app.RecordInstallationWithResponse(ctx, id, client.InstallationReport{
		Platform: client.PlatformAndroid, Type: client.InstallationReportTypePasspoint,
		InstalledBy: "com.example.app", Installed: time.Now().Format(time.RFC3339),
	})
	fmt.Println("reported:", err == nil)
	// Output:
	// refused: 409 policies.termsOfUse
	// installs: application/x-wifi-config
	// reported: true
}
