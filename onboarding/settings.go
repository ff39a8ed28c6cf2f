package onboarding

import (
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"slices"

	"onramp/profiles"
)

// Settings says what the organization's documents are made of. An error means a trust anchor or a public root that is not one PEM
// certificate, which Check reports in words.
func (o *Organization) Settings() (profiles.Settings, error) {
	s := profiles.Settings{
		OrganizationID:          o.ID,
		OrganizationName:        o.Name,
		OrganizationNames:       maps.Clone(o.Names),
		Method:                  profiles.EAPMethod(o.WiFi.Method),
		Inner:                   profiles.InnerMethod(o.WiFi.Inner),
		OuterIdentity:           o.WiFi.OuterIdentity,
		TrustedServerNames:      slices.Clone(o.WiFi.TrustedServerNames),
		Consent:                 o.consents(),
		DisableMACRandomization: o.WiFi.DisableMACRandomization,
		CarrierID:               o.WiFi.CarrierID,
	}
	if h := o.WiFi.Helpdesk; h != nil {
		s.Helpdesk = profiles.Helpdesk{Email: h.Email, Phone: h.Phone, Web: h.URL}
	}
	if p := o.WiFi.Passpoint; p != nil {
		s.Passpoint = &profiles.Passpoint{
			Realm:              p.Realm,
			FriendlyName:       p.FriendlyName,
			HomeDomain:         p.HomeDomain,
			Roaming:            p.Roaming,
			RoamingConsortiums: slices.Clone(p.RoamingConsortiums),
			OpenRoaming:        profiles.OpenRoaming(p.OpenRoaming),
			NAIRealms:          slices.Clone(p.NAIRealms),
			MCCMNC:             slices.Clone(p.MCCMNC),
		}
	}
	if w := o.WiFi.WPA2; w != nil {
		s.WPA2 = &profiles.WPA2{SSID: w.SSID, Hidden: w.Hidden}
	}
	if o.WiFi.TrustAnchor != "" {
		if s.TrustAnchor = certificateOf([]byte(o.WiFi.TrustAnchor)); s.TrustAnchor == nil {
			return s, errors.New("the trust anchor is not a certificate in PEM")
		}
	}
	for i, text := range o.WiFi.PublicRoots {
		root := certificateOf([]byte(text))
		if root == nil {
			return s, fmt.Errorf("public root %d is not a certificate in PEM", i+1)
		}
		s.PublicRoots = append(s.PublicRoots, root)
	}
	return s, nil
}

// consents returns the consent text by language, with the organization's first language as the default, which Apple's schema wants.
func (o *Organization) consents() map[string]string {
	if len(o.WiFi.ConsentText) == 0 {
		return nil
	}
	texts := map[string]string{}
	for language, text := range o.WiFi.ConsentText {
		texts[language] = text
	}
	if len(o.Languages) > 0 && texts["default"] == "" {
		if text, ok := texts[o.Languages[0]]; ok {
			texts["default"] = text
		}
	}
	return texts
}

// certificateOf returns the DER of the first certificate in PEM text, or nil.
func certificateOf(text []byte) []byte {
	for {
		block, rest := pem.Decode(text)
		if block == nil {
			return nil
		}
		if block.Type == "CERTIFICATE" || block.Type == "X509 CERTIFICATE" {
			return block.Bytes
		}
		text = rest
	}
}
