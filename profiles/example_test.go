package profiles_test

import (
	"errors"
	"fmt"
	"log"
	"strings"
	"time"

	"onramp/profiles"
)

func exampleSettings() profiles.Settings {
	return profiles.Settings{
		OrganizationID:   "3a8ccd060216452e09b2b32e750cb5eb",
		OrganizationName: "Café Example",
		WiFi: profiles.WiFi{
			TrustedServerNames: []string{"radius.cafe.example"},
			WPA2:               &profiles.WPA2{SSID: "Cafe"},
		},
	}
}

func exampleCredential() profiles.Credential {
	created := time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC)
	return profiles.Credential{
		CustomerID: "018f3a5c7b1d7c3e9a2b4c5d6e7f8091",
		Username:   "GUEST7KQX",
		Password:   "W9HTM4RKC7XPQNFLD3VJ",
		Created:    created,
		Expires:    created.AddDate(1, 0, 0),
	}
}

// Prepare an organization's settings once, then make a document for each download.
func ExampleProfile_Document() {
	profile, err := profiles.Prepare(exampleSettings())
	if err != nil {
		log.Fatal(err)
	}
	document, err := profile.Document(profiles.Linux, exampleCredential())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(document.FileName, document.ContentType)
	for line := range strings.Lines(string(document.Body)) {
		fmt.Print(line)
	}
	// Output:
	// wpa_supplicant.conf text/plain; charset=utf-8
	// # wpa_supplicant 2.10 or later
	//
	// network={
	// 	ssid="Cafe"
	// 	key_mgmt=WPA-EAP WPA-EAP-SHA256
	// 	ieee80211w=1
	// 	identity="GUEST7KQX"
	// 	anonymous_identity="anonymous"
	// 	eap=TTLS
	// 	password="W9HTM4RKC7XPQNFLD3VJ"
	// 	phase2="auth=MSCHAPV2"
	// 	ca_cert="/etc/ssl/certs/ca-certificates.crt"
	// 	domain_suffix_match="radius.cafe.example"
	// }
}

// Seal is the signature that the caller must add to a document.
func ExampleDocument() {
	profile, err := profiles.Prepare(exampleSettings())
	if err != nil {
		log.Fatal(err)
	}
	for _, platform := range []profiles.Platform{profiles.IOS, profiles.Windows, profiles.ChromeOS} {
		document, err := profile.Document(platform, exampleCredential())
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s: %s, signature %q\n", platform, document.FileName, document.Seal)
	}
	// Output:
	// ios: wifi.mobileconfig, signature "cms"
	// windows: wifi.xml, signature "xmldsig"
	// chromeos: wifi.onc, signature ""
}

// A platform that cannot express the settings is an UnsupportedError.
func ExampleUnsupportedError() {
	profile, err := profiles.Prepare(exampleSettings())
	if err != nil {
		log.Fatal(err)
	}
	_, err = profile.Document(profiles.Android, exampleCredential())
	if unsupported := (*profiles.UnsupportedError)(nil); errors.As(err, &unsupported) {
		fmt.Println("no document for", unsupported.Platform)
	}
	// Output: no document for android
}

// Check reports errors and warnings before settings are used.
func ExampleCheck() {
	settings := exampleSettings()
	settings.TrustedServerNames = []string{"cafe.example"}
	for _, finding := range profiles.Check(settings) {
		if finding.Severity == profiles.Error {
			fmt.Println(finding.Field, finding.Rule)
		}
	}
	// Output: wifi.trustedServerNames[0] trusted-name-host
}
