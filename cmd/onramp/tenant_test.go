package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.mozilla.org/pkcs7"
	"howett.net/plist"
)

// exampleTenant is the organization in the examples of the API documentation.
const exampleTenant = "testdata/example.yaml"

func TestApplyExample(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	s := startServe(t, data)
	code, stdout, stderr := onramp(t, "", "apply", exampleTenant, "--data", data)
	if code != 0 || !strings.Contains(stdout, "created") {
		t.Fatalf("apply: %d\n%s%s", code, stdout, stderr)
	}
	if n := strings.Count(stderr, "warning:"); n != 2 || !strings.Contains(stderr, "anonymous@get.securewifi.io") ||
		!strings.Contains(stderr, "anonymous@wifi.cloud4wi.com") {
		t.Errorf("%d warnings:\n%s", n, stderr)
	}

	// The running server reads it, and profiles have its values.
	code, keys, stderr := onramp(t, "", "key", "create", "--organization", "3a8ccd060216452e09b2b32e750cb5eb", "--role",
		"organizationManager", "--data", data)
	if code != 0 {
		t.Fatal(stderr)
	}
	token := s.must(200, "POST", "/v1/sts/login/services", "", keys).body["token"].(string)
	id := s.must(201, "POST", "/v3/customers", token, `{`+consented+`}`).body["id"].(string)
	profile := s.must(200, "GET", "/v3/customers/"+id+"/profile?platform=ios", token, "")
	signed, err := pkcs7.Parse(profile.raw)
	if err != nil {
		t.Fatal(err)
	}
	var content map[string]any
	if _, err := plist.Unmarshal(signed.Content, &content); err != nil {
		t.Fatal(err)
	}
	for _, value := range []string{"wifi.cloud4wi.com", "Cloud4Wi WiFi", "anonymous@get.securewifi.io",
		">get.securewifi.io<", ">securewifi.io<"} {
		if !bytes.Contains(signed.Content, []byte(value)) {
			t.Errorf("the profile does not carry %s", value)
		}
	}

	code, exported, stderr := onramp(t, "", "export", "--data", data)
	if code != 0 {
		t.Fatal(stderr)
	}
	code, stdout, stderr = onramp(t, exported, "apply", "-", "--data", data)
	if code != 0 || strings.Count(stdout, "unchanged") != 2 {
		t.Errorf("export | apply -: %d\n%s%s", code, stdout, stderr)
	}
	if _, twice, _ := onramp(t, "", "export", "--data", data); twice != exported {
		t.Error("export differs after apply of an export")
	}
}

func TestApplyReportsAllErrorsAtOnce(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	text, err := os.ReadFile(exampleTenant)
	if err != nil {
		t.Fatal(err)
	}
	bad := strings.NewReplacer(
		"realm: wifi.cloud4wi.com", "realm: wifi.cloud4wi.com\n        colour: blue",
		"roamingConsortiums: []", "roamingConsortiums: [004096]",
		"timezone: Europe/Rome", "timezone: Europe/Pisa",
	).Replace(string(text))
	file := filepath.Join(t.TempDir(), "bad.yaml")
	if err := os.WriteFile(file, []byte(bad), 0o600); err != nil {
		t.Fatal(err)
	}
	code, _, stderr := onramp(t, "", "apply", exampleTenant, file, "--data", data)
	if code != 1 {
		t.Errorf("ended with %d", code)
	}
	for _, part := range []string{file + ":", "colour", "quote it", "timezone"} {
		if !strings.Contains(stderr, part) {
			t.Errorf("nothing of %q in\n%s", part, stderr)
		}
	}
	if _, exported, _ := onramp(t, "", "export", "--data", data); strings.Contains(exported, "Cloud4Wi") {
		t.Error("the good file was applied though the other is bad")
	}
}
