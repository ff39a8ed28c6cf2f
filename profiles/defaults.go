package profiles

import (
	"maps"
	"slices"
	"strings"
)

// SetDefaults fills in the fields that a tenant may leave out: EAP-TTLS with
// MSCHAPv2, the outer identity anonymous@realm (or "anonymous" without
// Passpoint), and Roaming with OpenRoaming. ProfileLifetime has no default here.
func (w *WiFi) SetDefaults() {
	if w.Method == "" {
		w.Method = TTLS
	}
	if w.Inner == "" {
		w.Inner = MSCHAPv2
	}
	if w.OuterIdentity == "" {
		w.OuterIdentity = "anonymous"
		if w.Passpoint != nil {
			w.OuterIdentity = anonymousAt(w.Passpoint.Realm)
		}
	}
	if p := w.Passpoint; p != nil && p.OpenRoaming != NoOpenRoaming {
		p.Roaming = true
	}
}

// anonymousAt returns the outer identity that Android always, and wpa_supplicant
// for Passpoint, derives from a realm.
func anonymousAt(realm string) string { return "anonymous@" + realm }

// resolved returns a deep copy with every default and derived value filled in.
func (s Settings) resolved() Settings {
	s.TrustedServerNames = slices.Clone(s.TrustedServerNames)
	s.PublicRoots = slices.Clone(s.PublicRoots)
	s.OrganizationNames = maps.Clone(s.OrganizationNames)
	s.ConsentText = maps.Clone(s.ConsentText)
	if s.Helpdesk = cloned(s.Helpdesk); s.Helpdesk != nil && *s.Helpdesk == (Helpdesk{}) {
		s.Helpdesk = nil
	}
	s.Passpoint = cloned(s.Passpoint)
	s.WPA2 = cloned(s.WPA2)
	s.SetDefaults()
	if text := s.ConsentText[s.DefaultLanguage]; text != "" && s.ConsentText["default"] == "" {
		s.ConsentText["default"] = text
	}
	if p := s.Passpoint; p != nil {
		p.FriendlyName = strings.Trim(p.FriendlyName, " ") // as Android does
		p.NAIRealms = slices.Clone(p.NAIRealms)
		p.MCCMNC = slices.Clone(p.MCCMNC)
		for i, code := range p.MCCMNC {
			p.MCCMNC[i] = strings.ToUpper(code)
		}
		p.RoamingConsortiums = p.Consortiums()
		p.HomeDomain = s.HomeDomain()
	}
	return s
}

func cloned[V any](p *V) *V {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}
