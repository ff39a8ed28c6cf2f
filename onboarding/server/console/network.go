package console

import (
	"bytes"
	"html/template"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
	"onramp/onboarding/poster"
	"onramp/onboarding/server/apidocs"
	"onramp/onboarding/server/web"
	"onramp/templates"
)

// networkPage is the data of network.html.
type networkPage struct {
	Values   []networkValue
	Recorded bool // the address of FreeRADIUS for access points is recorded
	Clear    bool // phones ask no captive portal API, because the public URL is not https
	Places   []networkPlace
	Common   template.HTML
	Products []productGuide
}

// networkValue is a value that the guides use.
type networkValue struct{ Label, Value string }

// networkPlace is the sign-up page of a location or an access point.
type networkPlace struct{ Name, Location, Portal, Secret string }

// productGuide is the guide of a product with the organization's values.
type productGuide struct {
	ID, Name string
	Body     template.HTML
}

// networkGuide is a section of the guide network.
type networkGuide struct{ id, name, body string }

// networkGuides returns the sections of the guide network by language: the settings that every
// product needs, then a product each. It renders them once, when New needs them.
var networkGuides = sync.OnceValue(mustReadNetworkGuides)

// networkSection matches the heading of a section.
var networkSection = regexp.MustCompile(`<h2 id="([a-z-]*)">([^<]*)</h2>`)

// firstProduct is the ID of the first section about a product.
const firstProduct = "unifi"

func mustReadNetworkGuides() map[string][]networkGuide {
	all := map[string][]networkGuide{}
	for _, code := range languages {
		source, err := templates.NetworkGuide(code)
		if err != nil {
			panic(err) // the file is embedded
		}
		page, err := apidocs.Render(source)
		if err != nil {
			panic(err) // a test renders each
		}
		page = strings.ReplaceAll(page, "<table>", `<table class="rows">`) // a list of cards on a phone
		found := networkSection.FindAllStringSubmatchIndex(page, -1)
		for i, at := range found {
			end := len(page)
			if i+1 < len(found) {
				end = found[i+1][0]
			}
			all[code] = append(all[code], networkGuide{page[at[2]:at[3]], page[at[4]:at[5]], page[at[1]:end]})
		}
		first := slices.IndexFunc(all[code], func(g networkGuide) bool { return g.id == firstProduct })
		if first < 1 {
			panic("the guide network has no section about every product in " + code)
		}
		all[code] = all[code][first-1:]
	}
	return all
}

// showNetwork answers GET /console/{org}/network.
func (s *Console) showNetwork(c echo.Context, v *visit) error {
	server, err := s.radiusServer(c)
	if err != nil {
		return err
	}
	only, err := s.Access.OnlyOrganization(c.Request().Context())
	if err != nil {
		return err
	}
	portal := &poster.Portal{PublicURL: s.PublicURL, Organization: v.organization, Only: only}
	values := v.networkValues(portal, server)
	page := &networkPage{
		Recorded: server.host != "", Clear: !web.OverHTTPS(s.PublicURL), Places: v.networkPlaces(portal, server),
	}
	label := func(key string, names ...string) {
		for i, name := range names {
			names[i] = values.one[name]
		}
		if text := strings.Join(names, ", "); text != "" {
			page.Values = append(page.Values, networkValue{v.texts.must("network." + key), text})
		}
	}
	label("portal", "PORTAL")
	label("host", "HOST")
	label("capport", "CAPPORT")
	label("server", "SERVER")
	label("ports", "AUTH", "ACCT")
	page.Values = append(page.Values, networkValue{v.texts.must("network.secretWord"), v.sharedSecret(server)})
	label("ssid", "SSID")
	if v.organization.WiFi.Passpoint != nil {
		label("realm", "REALM")
		label("domain", "DOMAIN")
		label("oi", "OIS")
	}
	label("eap", "EAP", "INNER")
	guides := networkGuides()[v.texts.code]
	page.Common = values.fill(guides[0].body)
	for _, g := range guides[1:] {
		page.Products = append(page.Products, productGuide{g.id, g.name, values.fill(g.body)})
	}
	return s.render(c, http.StatusOK, v, "network", "network", page)
}

// radiusServer is the FreeRADIUS of the last configuration, as access points reach it.
type radiusServer struct {
	host, auth, acct string // host is empty if it is not known from elsewhere than this machine
	secret           string // name of the file with the shared secret
}

// radiusServer reads the settings that onramp freeradius recorded.
func (s *Console) radiusServer(c echo.Context) (*radiusServer, error) {
	ctx := c.Request().Context()
	address, err := s.Access.OptionalSetting(ctx, onboarding.SettingRADIUSAddress)
	if err != nil {
		return nil, err
	}
	acct, err := s.Access.OptionalSetting(ctx, onboarding.SettingRADIUSAccounting)
	if err != nil {
		return nil, err
	}
	folder, err := s.Access.OptionalSetting(ctx, onboarding.SettingRADIUSFolder)
	if err != nil {
		return nil, err
	}
	r := &radiusServer{auth: "1812", acct: "1813", secret: "radius-secret"}
	if host, port, err := net.SplitHostPort(address); err == nil {
		if r.auth = port; !onboarding.IsLoopback(host) {
			r.host = host
		}
	}
	if acct != "" {
		r.acct = acct
	}
	if folder != "" {
		r.secret = filepath.Join(folder, r.secret)
	}
	return r, nil
}

// sharedSecret returns where the secret of access points without one of their own lies.
func (v *visit) sharedSecret(r *radiusServer) string {
	return v.texts.must("network.sharedSecret", "file", r.secret)
}

// networkPlaces returns the addresses of the sign-up page by location and access point.
func (v *visit) networkPlaces(p *poster.Portal, r *radiusServer) []networkPlace {
	base := p.Link()
	var places []networkPlace
	for i := range v.organization.Locations {
		l := &v.organization.Locations[i]
		places = append(places, networkPlace{Location: l.Name, Portal: web.Address(base, locationParameter, l.ID)})
		for _, h := range l.Hotspots {
			place := networkPlace{
				Name: h.Name, Location: l.Name, Portal: web.Address(base, "hotspot", h.ID), Secret: v.sharedSecret(r),
			}
			if h.Secret != nil {
				place.Secret = v.texts.must("network.ownSecret")
			}
			places = append(places, place)
		}
	}
	return places
}

// networkValues are the values of the words in braces of the guide.
type networkValues struct {
	one map[string]string
	ois []string // a line with {OI} is repeated for each
}

// eapWords are the words of products for an EAP method and an inner one.
var eapWords = map[string]map[string]string{
	"ttls mschapv2": {
		"EAP": "EAP-TTLS", "INNER": "MSCHAPv2", "ARUBA-EAP": "eap-ttls", "ARUBA-ID": "non-eap-inner-auth",
		"ARUBA-VALUE": "mschapv2", "CISCO-EAP": "eap-ttls", "CISCO-INNER": "inner-auth-non-eap mschap-v2",
		"HOSTAPD-EAP": "21[2:4][5:7]",
	},
	"ttls pap": {
		"EAP": "EAP-TTLS", "INNER": "PAP", "ARUBA-EAP": "eap-ttls", "ARUBA-ID": "non-eap-inner-auth",
		"ARUBA-VALUE": "pap", "CISCO-EAP": "eap-ttls", "CISCO-INNER": "inner-auth-non-eap pap",
		"HOSTAPD-EAP": "21[2:1][5:7]",
	},
	"peap mschapv2": {
		"EAP": "PEAP", "INNER": "MSCHAPv2", "ARUBA-EAP": "peap", "ARUBA-ID": "eap-inner-auth",
		"ARUBA-VALUE": "mschapv2", "CISCO-EAP": "peap", "CISCO-INNER": "inner-auth-eap mschap-v2",
		"HOSTAPD-EAP": "25[3:26][5:7]",
	},
}

// networkValues returns the organization's values. A value that is not known has no word, which
// then stays in the guide; the value of a secret never is known.
func (v *visit) networkValues(p *poster.Portal, r *radiusServer) *networkValues {
	o, link := v.organization, p.Link()
	values := &networkValues{one: map[string]string{
		"PORTAL": link, "CAPPORT": p.PublicURL + "/capport/" + o.ID, "AUTH": r.auth, "ACCT": r.acct, "NAME": o.Name,
		"PATH": strings.TrimPrefix(link, p.PublicURL),
	}}
	if u, err := url.Parse(p.PublicURL); err == nil {
		values.one["HOST"] = u.Hostname()
	}
	if r.host != "" {
		values.one["SERVER"] = r.host
	}
	for word, value := range eapWords[string(o.WiFi.Method)+" "+string(o.WiFi.Inner)] {
		values.one[word] = value
	}
	if w := o.WiFi.WPA2; w != nil {
		values.one["SSID"] = w.SSID
	}
	if pp := o.WiFi.Passpoint; pp != nil {
		values.one["REALM"], values.one["DOMAIN"] = pp.Realm, o.WiFi.HomeDomain()
		values.ois = pp.Consortiums()
	}
	values.one["OIS"] = strings.Join(values.ois, ", ")
	if len(values.ois) == 0 {
		values.one["OIS"] = v.texts.must("network.none")
	}
	return values
}

// fill puts the values into the HTML of a section, where words in braces stand in texts only.
func (n *networkValues) fill(section string) template.HTML {
	pairs := make([]string, 0, 2*len(n.one))
	for word, value := range n.one {
		if value != "" {
			pairs = append(pairs, "{"+word+"}", template.HTMLEscapeString(value))
		}
	}
	words := strings.NewReplacer(pairs...)
	var out bytes.Buffer
	for line := range strings.Lines(section) {
		if !strings.Contains(line, "{OI}") {
			out.WriteString(words.Replace(line))
			continue
		}
		for _, oi := range n.ois {
			out.WriteString(words.Replace(strings.ReplaceAll(line, "{OI}", template.HTMLEscapeString(oi))))
		}
	}
	return template.HTML(out.String()) // the guide is ours, and the values are escaped
}
