package tenant

import (
	"io"
	"net"
	"net/netip"
	"regexp"
	"strconv"
	"time"

	"go.yaml.in/yaml/v3"

	"onramp/onboarding"
)

// Export writes organizations in the form that Parse reads: the same organizations give the same bytes, and applying them changes nothing.
// Certificates stand inline, and a secret is the word kept.
func Export(w io.Writer, organizations []*onboarding.Organization) error {
	list := &yaml.Node{Kind: yaml.SequenceNode}
	if len(organizations) == 0 {
		list.Style = yaml.FlowStyle // []
	}
	for _, o := range organizations {
		list.Content = append(list.Content, exported(o).node(0))
	}
	top := &block{}
	top.put("organizations", list)
	encoder := yaml.NewEncoder(w)
	encoder.SetIndent(2)
	if err := encoder.Encode(top.node(0)); err != nil {
		return err
	}
	return encoder.Close()
}

func exported(o *onboarding.Organization) *block {
	b := &block{}
	b.text("id", o.ID)
	b.text("name", o.Name)
	b.byLanguage("names", o.Names)
	b.text("defaultLocation", o.DefaultLocation)
	b.texts("languages", o.Languages)
	b.list("policies", len(o.Policies), func(i int) *yaml.Node { return exportedPolicy(&o.Policies[i]).node(0) })
	b.put("wifi", exportedWiFi(&o.WiFi).node(0))
	b.duration("visitGap", o.VisitGap)
	radius := &block{}
	radius.duration("sessionTimeout", o.RADIUS.SessionTimeout)
	if o.RADIUS.VLAN != 0 {
		radius.put("vlan", whole(o.RADIUS.VLAN))
	}
	b.block("radius", radius, yaml.FlowStyle)
	b.list("segments", len(o.Segments), func(i int) *yaml.Node { return exportedSegment(&o.Segments[i]).node(0) })
	portal := &block{}
	portal.texts("fields", o.Portal.Fields)
	portal.texts("redirectHosts", o.Portal.RedirectHosts)
	portal.text("phoneCountry", o.Portal.PhoneCountry)
	b.block("portal", portal, 0)
	b.text("externalSource", o.ExternalSource)
	versions := &block{}
	versions.text("profiling", o.ConsentVersions.Profiling)
	versions.text("ppd", o.ConsentVersions.PPD)
	b.block("consentVersions", versions, yaml.FlowStyle)
	b.list("locations", len(o.Locations), func(i int) *yaml.Node { return exportedLocation(&o.Locations[i]).node(0) })
	return b
}

func exportedPolicy(p *onboarding.Policy) *block {
	b := &block{}
	b.text("key", p.Key)
	b.text("version", p.Version)
	b.byLanguage("title", p.Title)
	b.text("url", p.URL)
	b.byLanguage("text", p.Text)
	return b
}

func exportedWiFi(w *onboarding.WiFi) *block {
	b := &block{}
	eap := &block{}
	eap.text("method", string(w.Method))
	eap.text("inner", string(w.Inner))
	b.block("eap", eap, yaml.FlowStyle)
	b.text("outerIdentity", w.OuterIdentity)
	b.texts("trustedServerNames", w.TrustedServerNames)
	b.text("trustAnchor", w.TrustAnchor)
	b.list("publicRoots", len(w.PublicRoots), func(i int) *yaml.Node { return text(w.PublicRoots[i]) })
	b.duration("profileLifetime", w.ProfileLifetime)
	b.byLanguage("consentText", w.ConsentText)
	if w.DisableMACRandomization {
		b.put("disableMacRandomization", truth(true))
	}
	b.text("carrierId", w.CarrierID)
	if h := w.Helpdesk; h != nil {
		helpdesk := &block{}
		helpdesk.text("email", h.Email)
		helpdesk.text("phone", h.Phone)
		helpdesk.text("url", h.URL)
		b.block("helpdesk", helpdesk, 0)
	}
	if p := w.Passpoint; p != nil {
		passpoint := &block{}
		passpoint.text("realm", p.Realm)
		passpoint.text("friendlyName", p.FriendlyName)
		passpoint.text("homeDomain", p.HomeDomain)
		passpoint.put("roaming", truth(p.Roaming))
		passpoint.texts("roamingConsortiums", p.RoamingConsortiums)
		passpoint.text("openRoaming", string(p.OpenRoaming))
		passpoint.texts("naiRealms", p.NAIRealms)
		passpoint.texts("mccMnc", p.MCCMNC)
		b.put("passpoint", passpoint.node(0))
	}
	if w.WPA2 != nil {
		wpa2 := &block{}
		wpa2.text("ssid", w.WPA2.SSID)
		wpa2.put("ssidHidden", truth(w.WPA2.Hidden))
		b.put("wpa2", wpa2.node(0))
	}
	return b
}

func exportedSegment(s *onboarding.Segment) *block {
	c, when := &s.When, &block{}
	when.number("minVisits", c.MinVisits)
	when.number("maxVisits", c.MaxVisits)
	when.number("minVisitedLocations", c.MinVisitedLocations)
	when.duration("visitedWithin", c.VisitedWithin)
	when.duration("notVisitedWithin", c.NotVisitedWithin)
	when.texts("frequency", c.Frequency)
	when.number("minAge", c.MinAge)
	when.number("maxAge", c.MaxAge)
	when.texts("accepted", c.Accepted)
	when.texts("refused", c.Refused)
	when.texts("gender", c.Gender)
	when.texts("language", c.Language)
	when.texts("country", c.Country)
	when.texts("locations", c.Locations)
	b := &block{}
	b.text("id", s.ID)
	b.text("name", s.Name)
	b.block("when", when, 0)
	return b
}

func exportedLocation(l *onboarding.Location) *block {
	b := &block{}
	b.text("id", l.ID)
	b.text("name", l.Name)
	b.text("timezone", l.Timezone)
	b.degrees("latitude", l.Latitude)
	b.degrees("longitude", l.Longitude)
	b.list("hotspots", len(l.Hotspots), func(i int) *yaml.Node {
		h, b := &l.Hotspots[i], &block{}
		b.text("id", h.ID)
		b.text("name", h.Name)
		b.text("mac", h.MAC)
		b.text("nasIdentifier", h.NASIdentifier)
		b.text("address", exportedAddress(h))
		if h.Secret != nil {
			b.text("secret", "kept")
		}
		return b.node(0)
	})
	return b
}

func exportedAddress(h *onboarding.Hotspot) string {
	if h.Address == "" || h.DisconnectPort == 0 || h.DisconnectPort == onboarding.DefaultDisconnectPort {
		return h.Address
	}
	if ip, err := netip.ParseAddr(h.Address); err == nil && ip.Is6() {
		return net.JoinHostPort(h.Address, strconv.Itoa(h.DisconnectPort))
	}
	return h.Address + ":" + strconv.Itoa(h.DisconnectPort)
}

// block is a mapping under construction. A member without a value is left out.
type block struct{ content []*yaml.Node }

func (b *block) node(style yaml.Style) *yaml.Node {
	return &yaml.Node{Kind: yaml.MappingNode, Style: style, Content: b.content}
}

func (b *block) put(key string, value *yaml.Node) { b.content = append(b.content, text(key), value) }

func (b *block) block(key string, inner *block, style yaml.Style) {
	if len(inner.content) > 0 {
		b.put(key, inner.node(style))
	}
}

func (b *block) text(key, value string) {
	if value != "" {
		b.put(key, text(value))
	}
}

func (b *block) texts(key string, values []string) {
	if len(values) == 0 {
		return
	}
	list := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
	for _, v := range values {
		list.Content = append(list.Content, text(v))
	}
	b.put(key, list)
}

func (b *block) list(key string, n int, item func(i int) *yaml.Node) {
	if n == 0 {
		return
	}
	list := &yaml.Node{Kind: yaml.SequenceNode}
	for i := range n {
		list.Content = append(list.Content, item(i))
	}
	b.put(key, list)
}

func (b *block) byLanguage(key string, texts map[string]string) {
	inner := &block{}
	for _, language := range sorted(texts) {
		inner.put(language, text(texts[language]))
	}
	b.block(key, inner, 0)
}

func (b *block) duration(key string, d time.Duration) {
	if d != 0 {
		b.put(key, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: formatDuration(d)}) // a number with a unit needs no quotes
	}
}

func (b *block) number(key string, value *int) {
	if value != nil {
		b.put(key, whole(*value))
	}
}

func (b *block) degrees(key string, value *float64) {
	if value != nil {
		b.put(key, &yaml.Node{Kind: yaml.ScalarNode, Value: strconv.FormatFloat(*value, 'f', -1, 64)})
	}
}

func whole(n int) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Value: strconv.Itoa(n)} }

func truth(t bool) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Value: strconv.FormatBool(t)}
}

var (
	// plainText needs no quotes in any YAML: it begins with a letter and is no word that some version of YAML reads as something else.
	plainText  = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.@/+-]*( [A-Za-z0-9_.@/+-]+)*$`)
	otherWords = regexp.MustCompile(`(?i)^(true|false|null|yes|no|on|off|y|n)$`)
	pemText    = regexp.MustCompile(`^-----BEGIN [A-Z0-9 ]+-----\n([A-Za-z0-9+/=]+\n)*-----END [A-Z0-9 ]+-----\n$`)
)

// text quotes whatever could be taken for something else.
func text(value string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: value, Style: yaml.DoubleQuotedStyle}
	switch {
	case pemText.MatchString(value):
		n.Style = yaml.LiteralStyle
	case plainText.MatchString(value) && !otherWords.MatchString(value):
		n.Style = 0
	}
	return n
}
