package server

import (
	"archive/tar"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"onramp/onboarding"
	"onramp/onboarding/devicesim/judge"
	"onramp/onboarding/devicesim/judge/platforms"
)

// tenantWith is a house whose demo organization is changed, and the path of a person's profiles in
// it.
func tenantWith(t *testing.T, change func(*onboarding.Organization)) (h *house, profile string) {
	t.Helper()
	h = newHouse(t)
	h.reapply(change)
	return h, "/v3/customers/" + h.register("anna") + "/profile?platform="
}

func (h *house) reapply(change func(*onboarding.Organization)) {
	h.Helper()
	o := organization(demoID, "Demo", "demo.example")
	change(o)
	if _, err := h.service.Tenant.Apply(h.Context(), []*onboarding.Organization{o}); err != nil {
		h.Fatal(err)
	}
}

// settingsAndroid are the members that an app reads.
type settingsAndroid struct {
	Passpoint *struct{ XWifiConfig, MinimumTLSVersion string }
	Networks  []struct {
		Type                 string
		Passpoint            *struct{ XWifiConfig, MinimumTLSVersion string }
		WPA2EnterpriseConfig *struct {
			CACertificates    [][]byte
			DomainSuffixMatch string
			MinimumTLSVersion string
		}
	}
}

// TestFoundG2: settings-android needs nothing but the public SDK.
func TestFoundG2(t *testing.T) {
	h, profile := tenantWith(t, func(*onboarding.Organization) {})
	own := withGuid(guid("anna"))
	read := func() (s settingsAndroid, raw string) {
		a := h.get(profile+"settings-android", h.app, own).want(http.StatusOK)
		if err := json.Unmarshal(a.raw, &s); err != nil {
			t.Fatal(err)
		}
		return s, string(a.raw)
	}
	s, raw := read()
	if len(s.Networks) != 2 || s.Passpoint == nil || s.Networks[0].Passpoint == nil ||
		s.Networks[0].Passpoint.XWifiConfig != s.Passpoint.XWifiConfig {
		t.Fatalf("%s", raw)
	}
	if file := h.get(profile+"android", h.app, own).want(http.StatusOK); s.Passpoint.XWifiConfig != string(file.raw) {
		t.Error("xWifiConfig is not the body of platform android")
	}
	if message, err := base64.StdEncoding.DecodeString(s.Passpoint.XWifiConfig); err != nil ||
		!strings.Contains(string(message), "application/x-x509-ca-cert") {
		t.Errorf("no certificate: %v", err)
	}
	e := s.Networks[1].WPA2EnterpriseConfig
	if e == nil || len(e.CACertificates) != 1 || e.DomainSuffixMatch != "radius.demo.example" ||
		e.MinimumTLSVersion != "TLS_V1_2" || s.Passpoint.MinimumTLSVersion != "TLS_V1_2" {
		t.Errorf("%s", raw)
	}
	for _, hidden := range []string{
		"caPath", "aaaServerTrustedNames", "passpointConfiguration", "subscriptionExpirationTimeMillis",
	} {
		if strings.Contains(raw, `"`+hidden+`"`) {
			t.Errorf("%s is no member for apps", hidden)
		}
	}

	h.reapply(func(o *onboarding.Organization) { o.WiFi.PublicRoots = nil })
	if s, raw := read(); len(s.Networks) != 1 || s.Networks[0].Type != "passpoint" {
		t.Errorf("without roots: %s", raw)
	}
	h.reapply(func(o *onboarding.Organization) { o.WiFi.PublicRoots, o.WiFi.Passpoint = nil, nil })
	h.get(profile+"settings-android", h.app, own).blames(http.StatusConflict, "platform")
}

// TestFoundG3: an eap-config file holds the root, or there is none and a reason.
func TestFoundG3(t *testing.T) {
	h, profile := tenantWith(t, func(*onboarding.Organization) {})
	own := withGuid(guid("anna"))
	file := h.get(profile+"eap-config", h.app, own).want(http.StatusOK)
	block := strings.TrimSpace(strings.NewReplacer("-----BEGIN CERTIFICATE-----", "", "-----END CERTIFICATE-----", "",
		"\n", "").Replace(publicRoot()))
	if !strings.Contains(string(file.raw), `<CA format="X.509" encoding="base64">`+block+`</CA>`) {
		t.Errorf("%s", file.raw)
	}
	h.reapply(func(o *onboarding.Organization) { o.WiFi.PublicRoots = nil })
	refused := h.get(profile+"eap-config", h.app, own)
	if refused.blames(http.StatusConflict, "platform"); !strings.Contains(refused.text("message"), "does not provide") {
		t.Errorf("%s", refused.raw)
	}
}

// TestFoundG6: a name that the geteduroam apps would never match is no document, and the reason is
// told.
func TestFoundG6(t *testing.T) {
	h, profile := tenantWith(t, func(o *onboarding.Organization) {
		o.WiFi.TrustedServerNames = []string{"*.radius.demo.example"}
	})
	own := withGuid(guid("anna"))
	refused := h.get(profile+"eap-config", h.app, own)
	if refused.blames(http.StatusConflict, "platform"); !strings.Contains(refused.text("message"),
		"*.radius.demo.example") {
		t.Errorf("%s", refused.raw)
	}
	for _, platform := range []string{"ios", "android", "windows", "linux", "networkmanager", "iwd", "chromeos"} {
		h.get(profile+platform, h.app, own).want(http.StatusOK)
	}
}

// TestFoundG9: names by language, helpdesk and carrier reach the documents that support them.
func TestFoundG9(t *testing.T) {
	h, profile := tenantWith(t, func(o *onboarding.Organization) {
		o.Names = map[string]string{"it": "Dimostrazione"}
		o.WiFi.Helpdesk = &onboarding.Helpdesk{
			Email: "help@example.com", Phone: "+39 02 1234567", URL: "https://example.com/help",
		}
		o.WiFi.CarrierID = "cf68a9b1-cbe0-5224-b0f5-2b21056773ee"
	})
	own := withGuid(guid("anna"))
	file := string(h.get(profile+"eap-config", h.app, own).want(http.StatusOK).raw)
	for _, want := range []string{
		`<DisplayName lang="it">Dimostrazione</DisplayName>`, "<EmailAddress>help@example.com</EmailAddress>",
		"<WebAddress>https://example.com/help</WebAddress>", "<Phone>+39 02 1234567</Phone>",
	} {
		if !strings.Contains(file, want) {
			t.Errorf("nothing of %s in\n%s", want, file)
		}
	}
	if file := string(h.get(profile+"windows", h.app, own).want(http.StatusOK).raw); !strings.Contains(file,
		"<CarrierId>{CF68A9B1-CBE0-5224-B0F5-2B21056773EE}</CarrierId>") {
		t.Error("Windows does not get the carrier")
	}
	id := h.post("/v3/customers", h.app, with(person("bruno"), map[string]any{"language": "it"}),
		withGuid(guid("bruno"))).want(http.StatusCreated).text("id")
	if file := string(h.get("/v3/customers/"+id+"/profile?platform=ios", h.app,
		withGuid(guid("bruno"))).want(http.StatusOK).raw); !strings.Contains(file, "Dimostrazione") {
		t.Error("an iPhone in Italian does not get the Italian name")
	}
}

// TestFoundG11OverHTTP: the simulated Linux accepts iwd's archive.
func TestFoundG11OverHTTP(t *testing.T) {
	h, profile := tenantWith(t, func(o *onboarding.Organization) { o.WiFi.WPA2.SSID = "Demo & Gäste" })
	a := h.get(profile+"iwd", h.app, withGuid(guid("anna"))).want(http.StatusOK)
	if got := a.header.Get("Content-Type"); got != "application/x-tar" ||
		!strings.Contains(a.header.Get("Content-Disposition"), ".tar") {
		t.Errorf("%v", a.header)
	}
	var names []string
	for archive := tar.NewReader(bytes.NewReader(a.raw)); ; {
		file, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, file.Name)
	}
	if len(names) != 2 || !strings.HasPrefix(names[0], "hotspot/") || names[1] != fmt.Sprintf("=%x.8021x",
		"Demo & Gäste") {
		t.Errorf("files %q", names)
	}
	if verdict, err := platforms.Check("iwd", a.raw, judge.Options{}); err != nil || !verdict.Accepted {
		t.Errorf("%v %v", verdict, err)
	}
}

// TestFoundC9Credential: a password of before the tenant changed its method is told to be rotated,
// not an error of the server.
func TestFoundC9Credential(t *testing.T) {
	h, _ := tenantWith(t, func(o *onboarding.Organization) { o.WiFi.Inner = "pap" })
	own := withGuid(guid("bruno"))
	id := h.post("/v3/customers", h.app, with(person("bruno"), map[string]any{"password": "secret-\U0001F600-secret"}),
		own).want(http.StatusCreated).text("id")
	profile := "/v3/customers/" + id + "/profile?platform="
	h.get(profile+"ios", h.app, own).want(http.StatusOK)
	h.reapply(func(*onboarding.Organization) {})
	refused := h.get(profile+"ios", h.app, own)
	if refused.blames(http.StatusConflict, "platform"); !strings.Contains(refused.text("message"),
		"rotated") || strings.Contains(string(refused.raw), "secret") {
		t.Errorf("%s", refused.raw)
	}
}
