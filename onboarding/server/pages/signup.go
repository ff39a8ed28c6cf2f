package pages

import (
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
	"onramp/onboarding/server/web"
)

// signUpBody bounds a form: a dozen fields of at most a kilobyte, percent-encoded, and the ticket.
const signUpBody = 64 << 10

// policyPrefix opens the names of the boxes.
const policyPrefix = "policies."

// profilingBox is the one optional box that stands for profiling and ppd together.
const profilingBox = policyPrefix + onboarding.Profiling

// signUpPage is what signup.html is given.
type signUpPage struct {
	Network   string
	Action    string
	Form      string // the sealed ticket
	Notice    string
	Problems  []problem
	Fields    []field
	Choices   []choice
	NewWindow bool // a policy may be read in a window beside the form
}

// problem is a line of the list above the form, which leads to the field.
type problem struct{ ID, Message string }

// choice is a box.
type choice struct {
	ID, Name, Title, Text, URL, Host, Problem string
	Mandatory, Ticked                         bool
}

// signUp is a sign-up page under way.
type signUp struct {
	o        *onboarding.Organization
	place    ticket            // whereabouts
	typed    url.Values        // nil: nothing yet
	problems map[string]string // by field
	notice   string            // key of a text
}

func portalPlace(o *onboarding.Organization) string { return "portal " + o.ID }

// showSignUp answers GET /portal/{org}.
func (p *Pages) showSignUp(c echo.Context) error {
	o, err := p.portal(c)
	if err != nil {
		return err
	}
	return p.renderSignUp(c, http.StatusOK, &signUp{o: o, place: whereabouts(o, c.QueryParams())})
}

// portal finds the organization of a sign-up page; from here on errors are shown as its pages.
func (p *Pages) portal(c echo.Context) (*onboarding.Organization, error) {
	o, err := p.service.PortalOrganization(c.Request().Context(), web.Param(c, "org"))
	if err != nil {
		return nil, err
	}
	c.Set(organizationKey, o)
	return o, nil
}

// whereabouts reads what a captive portal says of a visitor. A visitor cannot help what the portal writes, so what does not fit this tenant is
// dropped, not refused.
func whereabouts(o *onboarding.Organization, query url.Values) ticket {
	var t ticket
	if id := query.Get("location"); o.Location(id) != nil {
		t.Location = id
	}
	if location, hotspot := o.Hotspot(query.Get("hotspot")); hotspot != nil {
		t.Hotspot, t.Location = hotspot.ID, location.ID
	}
	if mac, ok := onboarding.ParseMAC(query.Get("mac")); ok {
		t.MAC = mac
	}
	t.SSID = networkName(query.Get("ssid"))
	t.Redirect = o.RedirectAllowed(query.Get("redirect_url"))
	return t
}

// networkName is an SSID that a page can show: 32 octets at most (IEEE 802.11) of plain text.
func networkName(ssid string) string {
	if len(ssid) > 32 || !utf8.ValidString(ssid) || strings.ContainsFunc(ssid, func(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 }) {
		return ""
	}
	return ssid
}

func (p *Pages) renderSignUp(c echo.Context, status int, s *signUp) error {
	r := c.Request()
	sealed, err := p.forms.issue(r.Context(), portalPlace(s.o), s.place, p.clock())
	if err != nil {
		return err
	}
	here := func(language string) string {
		return address("/portal/"+s.o.ID, "lang", language, "location", s.place.Location, "hotspot", s.place.Hotspot,
			"mac", s.place.MAC, "ssid", s.place.SSID, "redirect_url", s.place.Redirect)
	}
	c.Set(selfKey, here(""))
	return p.render(c, status, s.o, "signup", len(s.problems) > 0, func(t *texts) any {
		page := &signUpPage{
			Network: networkOf(s.o), Form: sealed, NewWindow: !recognise(r.Header).captive(),
			Action: here(chosenLanguage(r, s.o)),
			Fields: fieldsOf(s.o, t, s.typed, s.problems), Choices: s.choices(t),
		}
		if s.notice != "" {
			page.Notice = t.say(s.notice)
		}
		for _, f := range page.Fields {
			if f.Problem != "" {
				page.Problems = append(page.Problems, problem{f.ID, f.Problem})
			}
		}
		for _, b := range page.Choices {
			if b.Problem != "" {
				page.Problems = append(page.Problems, problem{b.ID, b.Problem})
			}
		}
		return page
	})
}

// networkOf is the name by which visitors know the network.
func networkOf(o *onboarding.Organization) string {
	switch {
	case o.WiFi.Passpoint != nil && o.WiFi.Passpoint.FriendlyName != "":
		return o.WiFi.Passpoint.FriendlyName
	case o.WiFi.WPA2 != nil:
		return o.WiFi.WPA2.SSID
	}
	return o.Name
}

// choices are the boxes, each unticked until the visitor ticks it.
func (s *signUp) choices(t *texts) []choice {
	var boxes []choice
	for i := range s.o.Policies {
		policy := &s.o.Policies[i]
		name := policyPrefix + policy.Key
		box := choice{
			ID: fieldID(name), Name: name, Title: web.InLanguage(policy.Title, t.code, s.o), Text: web.InLanguage(policy.Text, t.code, s.o),
			URL: policy.URL, Problem: s.problems[name], Mandatory: policy.Mandatory(), Ticked: ticked(s.typed, name),
		}
		if u, err := url.Parse(policy.URL); err == nil {
			box.Host = u.Hostname()
		}
		boxes = append(boxes, box)
	}
	return append(boxes, choice{
		ID: fieldID(profilingBox), Name: profilingBox, Title: t.say("signup.profiling"), Text: t.say("signup.profilingText"), Ticked: ticked(s.typed, profilingBox),
	})
}

// ticked reports whether a box came with the form; some write on, the default value of a box.
func ticked(typed url.Values, name string) bool {
	return slices.Contains([]string{"true", "on", "1"}, typed.Get(name))
}

// register answers POST /portal/{org}.
func (p *Pages) register(c echo.Context) error {
	o, err := p.portal(c)
	if err != nil {
		return err
	}
	r := c.Request()
	if p.fromElsewhere(r) {
		return errFromElsewhere
	}
	typed, err := readForm(c)
	if err != nil {
		return err
	}
	place, standing, err := p.forms.check(r.Context(), portalPlace(o), typed.Get("form"), p.clock())
	if err != nil {
		return err
	}
	switch standing {
	case notOurs: // nothing of it is shown again: somebody else may have written it
		return p.again(c, &signUp{o: o, place: whereabouts(o, c.QueryParams()), notice: "signup.renewed"})
	case tooOld:
		return p.again(c, &signUp{o: o, place: place, typed: typed, notice: "signup.expired"})
	}
	place = whereabouts(o, url.Values{ // as of now: the tenant may have changed
		"location": {place.Location}, "hotspot": {place.Hotspot}, "mac": {place.MAC}, "ssid": {place.SSID}, "redirect_url": {place.Redirect},
	}).issuedAs(place.ID)
	t, _ := chooseLanguage(r, o)
	s := &signUp{o: o, place: place, typed: typed, problems: missing(o, t, typed)}
	in := s.input(r, t)
	for _, name := range slices.Sorted(maps.Keys(s.problems)) {
		in.Unread.Refuse(name, "missing") // what is filled in wrongly is told together with what is not filled in
	}
	registered, err := p.service.RegisterFromPortal(r.Context(), web.CallerOf(c), o.ID, place.ID, in)
	if err != nil {
		e, ok := errors.AsType[*onboarding.Error](err)
		if ok && e.Kind == onboarding.TooMany && e.Field == "form" { // the next form is good again
			s.notice = "signup.renewed"
			c.Response().Header().Set(echo.HeaderRetryAfter, strconv.Itoa(web.RetryAfter(e.RetryAfter)))
			web.SetError(c, e)
			return p.renderSignUp(c, web.Statuses[e.Kind], s)
		}
		if !ok || e.Kind != onboarding.Invalid {
			return err
		}
		for _, fault := range e.Faults() {
			if s.problems[fault.Field] != "" {
				continue
			}
			name, message := s.explain(t, fault.Field)
			if name == "" {
				return err
			}
			s.problems[name] = message
		}
		return p.again(c, s)
	}
	token := registered.ActivationURL[strings.LastIndexByte(registered.ActivationURL, '/')+1:]
	return c.Redirect(http.StatusSeeOther, address("/activate/"+token, "lang", chosenLanguage(r, o), "ssid", place.SSID, "redirect_url", place.Redirect))
}

func (t ticket) issuedAs(id string) ticket {
	t.ID = id
	return t
}

// again shows the form once more, with the status of a request that does not fit.
func (p *Pages) again(c echo.Context, s *signUp) error {
	web.SetError(c, &onboarding.Error{Kind: onboarding.Invalid})
	return p.renderSignUp(c, web.Statuses[onboarding.Invalid], s)
}

// missing finds all that is not filled in at once, rather than one at a time.
func missing(o *onboarding.Organization, t *texts, typed url.Values) map[string]string {
	problems := map[string]string{}
	for _, name := range o.Portal.Fields {
		if _, ok := kindOf(name); ok && tidy(typed.Get(name)) == "" {
			problems[name] = t.say("problem.missing", "field", fieldLabel(t, name))
		}
	}
	for i := range o.Policies {
		if name := policyPrefix + o.Policies[i].Key; o.Policies[i].Mandatory() && !ticked(typed, name) {
			problems[name] = t.say("problem.policy", "policy", web.InLanguage(o.Policies[i].Title, t.code, o))
		}
	}
	return problems
}

// input is the registration that the form asks for: only what this tenant's form has is looked at. An opt-in that was seen and left unticked is a
// refusal; profiling that was left unticked is not said.
func (s *signUp) input(r *http.Request, t *texts) onboarding.CustomerInput {
	browser := browserLanguage(r)
	in := onboarding.CustomerInput{Language: &t.code, BrowserLanguage: &browser, Policies: map[string]bool{}}
	if s.place.Location != "" {
		in.LocationID = &s.place.Location
	}
	if s.place.Hotspot != "" {
		in.HotspotID = &s.place.Hotspot
	}
	for _, name := range s.o.Portal.Fields {
		if kind, ok := kindOf(name); ok {
			value := tidy(s.typed.Get(name))
			kind.set(&in, &value)
		}
	}
	for i := range s.o.Policies {
		in.Policies[s.o.Policies[i].Key] = ticked(s.typed, policyPrefix+s.o.Policies[i].Key)
	}
	if yes := true; ticked(s.typed, profilingBox) {
		in.Profiling, in.PPD = &yes, &yes
	}
	return in
}

// explain turns the field that the service blames into one of the form's and words for a visitor. The name is empty when the form has no such
// field.
func (s *signUp) explain(t *texts, blamed string) (name, message string) {
	if i := slices.IndexFunc(s.o.Policies, func(p onboarding.Policy) bool { return policyPrefix+p.Key == blamed }); i >= 0 {
		return blamed, t.say("problem.policy", "policy", web.InLanguage(s.o.Policies[i].Title, t.code, s.o))
	}
	if !slices.Contains(s.o.Portal.Fields, blamed) {
		return "", ""
	}
	kind, ok := kindOf(blamed)
	if !ok {
		return "", ""
	}
	if kind.problem != "" {
		return blamed, t.say(kind.problem)
	}
	return blamed, t.say("problem.text", "field", fieldLabel(t, blamed))
}
