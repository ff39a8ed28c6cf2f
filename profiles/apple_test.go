package profiles

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// appleKeys is the part of Apple's published schema that documents may use. It maps keys to their
// type and the allowed values, if the schema lists them. A trailing + marks a required key; only=
// names the one system that supports the key.
var appleKeys = map[string]map[string]string{
	"profile": {
		"PayloadType":         "string+ Configuration",
		"PayloadVersion":      "integer+ 1",
		"PayloadIdentifier":   "string+",
		"PayloadUUID":         "string+",
		"PayloadContent":      "array+",
		"PayloadDisplayName":  "string",
		"PayloadDescription":  "string",
		"PayloadOrganization": "string",
		"PayloadScope":        "string System User only=macos",
		"RemovalDate":         "date",
		"ConsentText":         "dict",
		"TargetDeviceType":    "integer 0 1 2 3 4 5 6",
	},
	"payload": {
		"PayloadType":        "string+",
		"PayloadVersion":     "integer+ 1",
		"PayloadIdentifier":  "string+",
		"PayloadUUID":        "string+",
		"PayloadDisplayName": "string", "PayloadDescription": "string", "PayloadOrganization": "string",
	},
	"com.apple.security.root": {"PayloadCertificateFileName": "string", "PayloadContent": "data+"},
	"com.apple.wifi.managed": {
		"AutoJoin":                           "bool",
		"SSID_STR":                           "string",
		"HIDDEN_NETWORK":                     "bool",
		"EncryptionType":                     "string WPA2 WPA3",
		"EAPClientConfiguration":             "dict+",
		"IsHotspot":                          "bool",
		"DomainName":                         "string",
		"DisplayedOperatorName":              "string",
		"ServiceProviderRoamingEnabled":      "bool",
		"RoamingConsortiumOIs":               "array",
		"NAIRealmNames":                      "array",
		"MCCAndMNCs":                         "array only=ios",
		"DisableAssociationMACRandomization": "bool",
	},
	"eap": {
		"AcceptEAPTypes":               "array+",
		"UserName":                     "string+",
		"UserPassword":                 "string+",
		"OuterIdentity":                "string+",
		"TTLSInnerAuthentication":      "string+ PAP MSCHAPv2",
		"TLSMinimumVersion":            "string 1.2",
		"TLSTrustedServerNames":        "array+",
		"PayloadCertificateAnchorUUID": "array",
	},
}

// schemaProblems compares a dictionary with tables of appleKeys.
func schemaProblems(system Platform, d map[string]any, tables ...string) []string {
	var problems []string
	rules := map[string]string{}
	for _, t := range tables {
		for k, rule := range appleKeys[t] {
			rules[k] = rule
		}
	}
	for key, value := range d {
		rule, known := rules[key]
		if !known {
			problems = append(problems, "unknown key "+key)
			continue
		}
		words := strings.Fields(rule)
		var kind string
		switch value.(type) {
		case string:
			kind = "string"
		case int:
			kind = "integer"
		case bool:
			kind = "bool"
		case []any:
			kind = "array"
		case map[string]any:
			kind = "dict"
		case []byte:
			kind = "data"
		case plistDate:
			kind = "date"
		}
		if kind != strings.TrimSuffix(words[0], "+") {
			problems = append(problems, key+" is of type "+kind)
		}
		var allowed []string
		for _, w := range words[1:] {
			if only, ok := strings.CutPrefix(w, "only="); ok {
				if only != string(system) {
					problems = append(problems, key+" on "+string(system))
				}
				continue
			}
			allowed = append(allowed, w)
		}
		if len(allowed) > 0 && !slices.Contains(allowed, fmt.Sprint(value)) {
			problems = append(problems, fmt.Sprintf("%s is %v", key, value))
		}
	}
	for key, rule := range rules {
		if _, there := d[key]; !there && strings.HasSuffix(strings.Fields(rule)[0], "+") {
			problems = append(problems, key+" is missing")
		}
	}
	return problems
}

var uuidForm = regexp.MustCompile(`^[0-9A-F]{8}-[0-9A-F]{4}-5[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}$`)

// TestAppleSchema checks every Apple document against the schema and against rules across keys that
// are not in the schema.
func TestAppleSchema(t *testing.T) {
	combinations(t, func(name string, s Settings) {
		p := prepare(t, s)
		for _, system := range []Platform{IOS, MacOS} {
			t.Run(name+"/"+string(system), func(t *testing.T) {
				d := document(t, p, system, exampleCredential())
				equal(t, "seal", d.Seal, SealCMS)
				equal(t, "type", d.ContentType, "application/x-apple-aspen-config")
				if !strings.HasSuffix(d.FileName, ".mobileconfig") || !d.Attachment {
					t.Errorf("%q %v", d.FileName, d.Attachment)
				}
				profile := readPlist(t, d.Body)
				for _, problem := range schemaProblems(system, profile, "profile") {
					t.Error(problem)
				}
				identifiers, uuids := map[any]bool{profile["PayloadIdentifier"]: true},
					map[any]bool{profile["PayloadUUID"]: true}
				roots := map[any]bool{}
				payloads := profile["PayloadContent"].([]any)
				for _, item := range payloads {
					payload := item.(map[string]any)
					for _, problem := range schemaProblems(system, payload, "payload",
						payload["PayloadType"].(string)) {
						t.Error(problem)
					}
					if id := payload["PayloadIdentifier"]; identifiers[id] ||
						!strings.HasPrefix(id.(string), profile["PayloadIdentifier"].(string)+".") {
						t.Errorf("identifier %v", id)
					}
					if id := payload["PayloadUUID"]; uuids[id] || !uuidForm.MatchString(id.(string)) {
						t.Errorf("UUID %v", id)
					}
					identifiers[payload["PayloadIdentifier"]], uuids[payload["PayloadUUID"]] = true, true
					if payload["PayloadType"] == "com.apple.security.root" {
						roots[payload["PayloadUUID"]] = true
					}
				}
				if len(roots) > 0 != (s.TrustAnchor != "") {
					t.Errorf("%d roots", len(roots))
				}
				for _, item := range payloads {
					if payload := item.(map[string]any); payload["PayloadType"] == "com.apple.wifi.managed" {
						wifiProblems(t, system, s, payload, roots)
					}
				}
			})
		}
	})
}

func wifiProblems(t *testing.T, system Platform, s Settings, w map[string]any, roots map[any]bool) {
	t.Helper()
	equal(t, "encryption", w["EncryptionType"], any("WPA2"))
	if w["IsHotspot"] == true {
		if w["DomainName"] == nil || w["SSID_STR"] != nil {
			t.Error("a hotspot needs DomainName, and here no SSID")
		}
		if w["RoamingConsortiumOIs"] != nil && w["ServiceProviderRoamingEnabled"] != true {
			t.Error("consortiums without roaming")
		}
		if w["RoamingConsortiumOIs"] != nil && w["NAIRealmNames"] != nil {
			t.Error("consortiums together with realms")
		}
		if w["RoamingConsortiumOIs"] == nil && w["NAIRealmNames"] == nil {
			t.Error("neither consortiums nor realms")
		}
		if list, ok := w["RoamingConsortiumOIs"].([]any); ok {
			equal(t, "consortiums", list, []any{"004096", "001BC504BD", "5A03BA0000"})
		}
		if system == IOS && len(s.Passpoint.MCCMNC) > 0 {
			equal(t, "mobile networks", w["MCCAndMNCs"], any([]any{"222001"}))
		}
	} else if w["SSID_STR"] == nil {
		t.Error("no SSID")
	}
	eap := w["EAPClientConfiguration"].(map[string]any)
	for _, problem := range schemaProblems(system, eap, "eap") {
		t.Error(problem)
	}
	equal(t, "EAP types", eap["AcceptEAPTypes"], any([]any{map[EAPMethod]int{TTLS: 21, PEAP: 25}[s.Method]}))
	equal(t, "outer identity", eap["OuterIdentity"], any(s.OuterIdentity))
	equal(t, "server names", eap["TLSTrustedServerNames"], any([]any{"get.securewifi.io"}))
	anchors, _ := eap["PayloadCertificateAnchorUUID"].([]any)
	if len(anchors) != len(roots) {
		t.Errorf("%d anchors, %d roots", len(anchors), len(roots))
	}
	for _, a := range anchors {
		if !roots[a] {
			t.Errorf("anchor %v is not in the profile", a)
		}
	}
}

// TestAppleReplaces checks that a second download of the same customer replaces the first,
// regardless of other changes, and that another customer's is installed in addition.
func TestAppleReplaces(t *testing.T) {
	ids := func(s Settings, c Credential) string {
		profile := readPlist(t, document(t, prepare(t, s), IOS, c).Body)
		text := fmt.Sprint(profile["PayloadIdentifier"], profile["PayloadUUID"])
		for _, item := range profile["PayloadContent"].([]any) {
			payload := item.(map[string]any)
			text += fmt.Sprint(payload["PayloadIdentifier"], payload["PayloadUUID"])
		}
		return text
	}
	s, c := exampleSettings(), exampleCredential()
	first := ids(s, c)
	c.Password, c.Expires = "ANOTHER", c.Expires.AddDate(1, 0, 0)
	s.Passpoint.FriendlyName, s.OrganizationName, s.Inner = "New name", "New name", PAP
	equal(t, "after a rotation and a change of names", ids(s, c), first)
	c.CustomerID = "another"
	if ids(s, c) == first {
		t.Error("two customers share identifiers")
	}
	s, c = exampleSettings(), exampleCredential()
	s.OrganizationID = "another"
	if ids(s, c) == first {
		t.Error("two organizations share identifiers")
	}
}

func TestAppleLanguage(t *testing.T) {
	s := exampleSettings()
	s.OrganizationNames = map[string]string{"it": "Dimostrazione", "de": "Vorführung"}
	for _, test := range []struct {
		consent                                   map[string]string
		language, organization, description, text string
	}{
		{nil, "it", "Dimostrazione", "Collega", ""},
		{nil, "it-CH", "Dimostrazione", "Collega", ""},
		{nil, "", "Cloud4Wi Demo", "Connects", ""},
		{nil, "ja", "Cloud4Wi Demo", "この機器を", ""},
		{nil, "sv", "Cloud4Wi Demo", "Connects", ""}, // no texts
		{map[string]string{"en": "E", "de": "D"}, "de", "Vorführung", "Verbindet", "D"},
		{map[string]string{"en": "E", "de": "D"}, "it", "Dimostrazione", "Collega", "E"},
		{map[string]string{"default": "X", "en": "E"}, "it", "Dimostrazione", "Collega", "X"},
		{map[string]string{"sv": "S", "de": "D"}, "it", "Dimostrazione", "Collega", "D"},
		// the default language's
		{map[string]string{"sv": "S", "de": "D", "it-CH": "I"}, "it", "Dimostrazione", "Collega", "S"},
	} {
		s.ConsentText, s.DefaultLanguage = test.consent, ""
		if len(test.consent) == 3 {
			s.DefaultLanguage = "sv"
		}
		c := exampleCredential()
		c.Language = test.language
		profile := readPlist(t, document(t, prepare(t, s), IOS, c).Body)
		equal(t, "organization", profile["PayloadOrganization"], any(test.organization))
		if d := profile["PayloadDescription"].(string); !strings.HasPrefix(d, test.description) ||
			!strings.Contains(d, test.organization) {
			t.Errorf("description %q", d)
		}
		if test.consent == nil {
			if profile["ConsentText"] != nil {
				t.Error("a consent from nowhere")
			}
			continue
		}
		equal(t, "default consent", profile["ConsentText"].(map[string]any)["default"], any(test.text))
	}
}

// TestAppleChoices covers the settings that change one key.
func TestAppleChoices(t *testing.T) {
	wifi := func(s Settings, system Platform) map[string]any {
		profile := readPlist(t, document(t, prepare(t, s), system, exampleCredential()).Body)
		return profile["PayloadContent"].([]any)[0].(map[string]any)
	}
	s := exampleSettings()
	if v, there := wifi(s, IOS)["DisableAssociationMACRandomization"]; there {
		t.Errorf("DisableAssociationMACRandomization %v", v)
	}
	s.DisableMACRandomization = true
	equal(t, "MAC", wifi(s, IOS)["DisableAssociationMACRandomization"], any(true))

	s.Passpoint.Roaming = true
	s.Passpoint.RoamingConsortiums = []string{"5a03ba0000"}
	s.Passpoint.NAIRealms = []string{"a.example.com", "b.example.com"}
	s.Passpoint.MCCMNC = []string{"222001"}
	s.Passpoint.HomeDomain = "home.example.com"
	w := wifi(s, IOS)
	equal(t, "realms", w["NAIRealmNames"], any([]any{"a.example.com", "b.example.com"}))
	equal(t, "consortiums", w["RoamingConsortiumOIs"], any([]any{"5A03BA0000"}))
	equal(t, "home domain", w["DomainName"], any("home.example.com"))
	equal(t, "roaming", w["ServiceProviderRoamingEnabled"], any(true))
	if w := wifi(s, MacOS); w["MCCAndMNCs"] != nil {
		t.Error("macOS knows no MCCAndMNCs")
	}
	equal(t, "scope", readPlist(t, document(t, prepare(t, s), MacOS, exampleCredential()).Body)["PayloadScope"],
		any("User"))
}
