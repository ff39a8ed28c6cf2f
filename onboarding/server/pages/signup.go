package pages

import (
	"cmp"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
	"onramp/onboarding/grant"
	"onramp/onboarding/registration"
	"onramp/onboarding/server/web"
	"onramp/onboarding/verification"
)

// signUpBody limits a form: a dozen fields of at most a kilobyte, percent-encoded, and the ticket.
const signUpBody = 64 << 10

// policyPrefix starts the names of the policies' check boxes.
const policyPrefix = "policies."

// switchButton is the name of the buttons that show the form in another language. They submit the
// form, so that its entries remain.
const switchButton = "switch"

// profilingBox is the one optional box for profiling and ppd together.
const profilingBox = policyPrefix + onboarding.Profiling

// signUpPage is the data of signup.html.
type signUpPage struct {
	Network   string
	Action    string
	Form      string // the sealed ticket
	Notice    string
	Problems  []problem
	Fields    []field
	Statement *statement
	Choices   []choice
	NewWindow bool   // policies may open in a second window
	Return    string // address of the page for those who have signed up before; empty: none
}

// problem is an entry in the list of problems, which links to the field.
type problem struct{ ID, Message string }

// choice is a check box.
type choice struct {
	ID, Name, Title, Text, URL, Host, Problem string
	Mandatory, Ticked                         bool
}

// signUp is the state of a sign-up page.
type signUp struct {
	o        *onboarding.Organization
	context  ticket            // the captive portal's parameters
	typed    url.Values        // nil: nothing entered yet
	problems map[string]string // by field
	notice   string            // key of a text
}

func portalPurpose(o *onboarding.Organization) string { return "portal " + o.ID }

// showSignUp answers GET /portal/{org}.
func (p *Pages) showSignUp(c echo.Context) error {
	o, err := p.portal(c)
	if err != nil {
		return err
	}
	return p.beginSignUp(c, o)
}

// beginSignUp answers a request to a sign-up page: with the result of a controller's login, if the
// controller has led back here, and else with an empty form.
func (p *Pages) beginSignUp(c echo.Context, o *onboarding.Organization) error {
	if g := o.Portal.Grant; g != nil {
		switch grant.OutcomeOf(g, c.QueryParams()) {
		case grant.Opened:
			return c.Redirect(http.StatusFound, web.Address("/portal/"+o.ID+"/opened", "lang",
				chosenLanguage(c.Request(), o)))
		case grant.Failed:
			return p.renderNotOpened(c, o)
		case grant.Unknown:
		}
	}
	return p.openSignUp(c, o)
}

// openSignUp answers a visit of the sign-up page with an empty form, and counts the visit.
func (p *Pages) openSignUp(c echo.Context, o *onboarding.Organization) error {
	place, r := visitContext(o, c.QueryParams()), c.Request()
	if r.Method == http.MethodGet && !isPrefetch(r.Header) {
		p.statistics.Opened(o.ID, cmp.Or(place.Location, o.DefaultLocation), string(recognise(r.Header).system))
	}
	return p.renderSignUp(c, http.StatusOK, &signUp{o: o, context: place})
}

// portal returns the organization of a sign-up page, and shows later errors as its pages.
func (p *Pages) portal(c echo.Context) (*onboarding.Organization, error) {
	o, err := p.registration.PortalOrganization(c.Request().Context(), web.Param(c, "org"))
	if err != nil {
		return nil, err
	}
	c.Set(organizationKey, o)
	return o, nil
}

// visitContext reads the captive portal's parameters. Values that do not fit the tenant are
// dropped, because the visitor cannot correct them.
func visitContext(o *onboarding.Organization, query url.Values) ticket {
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
	t.Redirect = registration.RedirectAllowed(o, query.Get("redirect_url"))
	return t
}

// networkName returns an SSID that a page can show: at most 32 octets (IEEE 802.11) of plain text.
func networkName(ssid string) string {
	if len(ssid) > 32 || !utf8.ValidString(ssid) || strings.ContainsFunc(ssid,
		func(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 }) {
		return ""
	}
	return ssid
}

func (p *Pages) renderSignUp(c echo.Context, status int, s *signUp) error {
	r := c.Request()
	var err error
	if s.context.Grant == "" {
		if s.context.Grant, err = p.keptGrant(c, s.o); err != nil {
			return err
		}
	}
	s.untickChanged()
	s.context.Versions = registration.ShownVersions(s.o)
	sealed, err := p.forms.issue(r.Context(), portalPurpose(s.o), s.context, p.clock())
	if err != nil {
		return err
	}
	here := func(language string) string {
		return web.Address("/portal/"+s.o.ID, "lang", language, "location", s.context.Location,
			"hotspot", s.context.Hotspot, "mac", s.context.MAC, "ssid", s.context.SSID,
			"redirect_url", s.context.Redirect)
	}
	c.Set(selfKey, here(""))
	return p.render(c, status, s.o, "signup", len(s.problems) > 0, func(t *texts) any {
		c.Set(placeKey, s.o.Location(cmp.Or(s.context.Location, s.o.DefaultLocation)))
		page := &signUpPage{
			Network: networkOf(s.o), Form: sealed, NewWindow: !recognise(r.Header).captive(),
			Action: here(chosenLanguage(r, s.o)),
			Fields: fieldsOf(s.o, t, s.typed, s.problems), Statement: s.statement(t), Choices: s.choices(t),
			Return: returnAddress(s.o, s.context.Location, chosenLanguage(r, s.o)),
		}
		if s.notice != "" {
			page.Notice = t.must(s.notice)
		}
		for _, f := range page.Fields {
			if f.Problem != "" {
				page.Problems = append(page.Problems, problem{f.ID, f.Problem})
			}
		}
		if st := page.Statement; st != nil && st.Problem != "" {
			page.Problems = append(page.Problems, problem{st.ID, st.Problem})
		}
		for _, b := range page.Choices {
			if b.Problem != "" {
				page.Problems = append(page.Problems, problem{b.ID, b.Problem})
			}
		}
		return page
	})
}

// untickChanged unticks the boxes of policies that have changed since the visitor's form was shown,
// and sets the notice about it.
func (s *signUp) untickChanged() {
	changed := registration.ChangedPolicies(s.o, s.context.Versions)
	if s.typed == nil || len(changed) == 0 {
		return
	}
	s.typed, s.notice = maps.Clone(s.typed), "reconsent.changed"
	for _, key := range changed {
		if key == onboarding.PPD { // has the box of profiling
			key = onboarding.Profiling
		}
		s.typed.Del(policyPrefix + key)
	}
}

// networkOf returns the network's name for visitors.
func networkOf(o *onboarding.Organization) string {
	switch {
	case o.WiFi.Passpoint != nil && o.WiFi.Passpoint.FriendlyName != "":
		return o.WiFi.Passpoint.FriendlyName
	case o.WiFi.WPA2 != nil:
		return o.WiFi.WPA2.SSID
	}
	return o.Name
}

// choices returns the check boxes, unticked unless the visitor ticked them.
func (s *signUp) choices(t *texts) []choice {
	var boxes []choice
	for i := range s.o.Policies {
		policy := &s.o.Policies[i]
		if isStated(policy.Key) && s.o.Policy(onboarding.TermsOfUse) != nil && s.o.Policy(onboarding.Privacy) != nil {
			continue
		}
		box := policyChoice(s.o, t, policy)
		box.Problem, box.Ticked = s.problems[box.Name], ticked(s.typed, box.Name)
		boxes = append(boxes, box)
	}
	if !s.o.AsksProfiling() {
		return boxes
	}
	box := profilingChoice(t)
	box.Ticked = ticked(s.typed, box.Name)
	return append(boxes, box)
}

// policyChoice returns the check box of a policy.
func policyChoice(o *onboarding.Organization, t *texts, policy *onboarding.Policy) choice {
	name := policyPrefix + policy.Key
	box := choice{
		ID: fieldID(name), Name: name, Title: web.InLanguage(policy.Title, t.code, o),
		Text: web.InLanguage(policy.Text, t.code, o), URL: policy.URL, Mandatory: policy.Mandatory(),
	}
	if u, err := url.Parse(policy.URL); err == nil {
		box.Host = u.Hostname()
	}
	return box
}

// profilingChoice returns the check box of the consent to profiling.
func profilingChoice(t *texts) choice {
	return choice{
		ID: fieldID(profilingBox), Name: profilingBox, Title: t.must("signup.profiling"),
		Text: t.must("signup.profilingText"),
	}
}

// register answers POST /portal/{org}.
func (p *Pages) register(c echo.Context) error {
	o, err := p.portal(c)
	if err != nil {
		return err
	}
	r := c.Request()
	if p.isCrossSite(r) {
		return web.ErrCrossSite
	}
	typed, place, standing, err := p.ticketForm(c, portalPurpose(o))
	if err != nil {
		return err
	}
	switch standing {
	case ticketForeign: // shows none of its values, which may come from another site
		return p.renderAgain(c, &signUp{o: o, context: visitContext(o, c.QueryParams()), notice: "signup.renewed"})
	case ticketExpired:
		return p.renderAgain(c, &signUp{o: o, context: place, typed: typed, notice: "signup.expired"})
	}
	place = visitContext(o, url.Values{ // checked again, because the tenant may have changed
		"location": {place.Location}, "hotspot": {place.Hotspot}, "mac": {place.MAC}, "ssid": {place.SSID},
		"redirect_url": {place.Redirect},
	}).issuedAs(place)
	if typed.Has(switchButton) {
		return p.renderSignUp(c, http.StatusOK, &signUp{o: o, context: place, typed: typed})
	}
	t, _ := chooseLanguage(r, o)
	s := &signUp{o: o, context: place, typed: typed, problems: missing(o, t, typed)}
	in := s.input(r, t)
	for _, name := range slices.Sorted(maps.Keys(s.problems)) {
		in.Unread.Refuse(name, "missing") // reports missing and invalid fields together
	}
	next, err := p.send(c, s, t, in)
	if err != nil {
		return p.failSignUp(c, s, t, err)
	}
	return c.Redirect(http.StatusSeeOther, next)
}

// send registers the visitor, or, where the address is verified first, sends a code to it. It
// returns the address of the next page.
func (p *Pages) send(c echo.Context, s *signUp, t *texts, in registration.CustomerInput) (next string, err error) {
	r, o, place := c.Request(), s.o, &s.context
	lang := chosenLanguage(r, o)
	form := registration.Form{
		ID: place.ID, Station: place.MAC, Versions: place.Versions, System: string(recognise(r.Header).system),
	}
	if o.Portal.Verify != onboarding.VerifyNone {
		session, err := p.verification.Begin(r.Context(), web.CallerOf(c), verification.SignUp{
			Organization: o, Form: form, Language: t.code, Input: in,
			Place: verification.Place{
				SSID: place.SSID, Redirect: place.Redirect, System: form.System,
				Grant: place.Grant,
			},
			Known: p.knownRecipients(c),
		})
		return web.Address(verifyPath+session, "lang", lang), err
	}
	registered, err := p.registration.RegisterFromPortal(r.Context(), web.CallerOf(c), o.ID, form, in)
	if err != nil {
		return "", err
	}
	token := registered.LinkURL[strings.LastIndexByte(registered.LinkURL, '/')+1:]
	return web.Address("/activate/"+token, "lang", lang, "ssid", place.SSID, "redirect_url", place.Redirect,
		"grant", place.Grant), nil
}

// failSignUp renders the form again for an error that the visitor can correct.
func (p *Pages) failSignUp(c echo.Context, s *signUp, t *texts, err error) error {
	if errors.Is(err, registration.ErrPolicyChanged) {
		web.SetError(c, registration.ErrPolicyChanged)
		if s.o, err = p.portal(c); err != nil { // may have been read before the change
			return err
		}
		s.notice = "reconsent.changed"
		return p.renderSignUp(c, web.Statuses[onboarding.Conflict], s)
	}
	e, ok := errors.AsType[*onboarding.Error](err)
	if !ok {
		return err
	}
	name := s.o.Portal.Verify.Field()
	_, unreachable := errors.AsType[*verification.UnreachableError](err)
	switch {
	case e.Kind == onboarding.TooMany && e.Field == "form": // a new form works again
		s.notice = "signup.renewed"
	case e.Kind == onboarding.TooMany && s.o.Portal.Verify != onboarding.VerifyNone:
		s.notice = "verify.tooMany"
	case unreachable:
		s.problems[name] = t.must("problem.unreachable")
		return p.renderAgain(c, s)
	case e.Kind != onboarding.Invalid:
		return err
	}
	if s.notice != "" {
		status := web.Statuses[e.Kind]
		web.SetRetryAfter(c, status, e.RetryAfter)
		web.SetError(c, e)
		return p.renderSignUp(c, status, s)
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
	return p.renderAgain(c, s)
}

// issuedAs returns the ticket with the parts of another one that visitContext does not read.
func (t ticket) issuedAs(other ticket) ticket {
	t.ID, t.Grant, t.Versions = other.ID, other.Grant, other.Versions
	return t
}

// renderAgain renders the form with its problems and the status of an invalid request.
func (p *Pages) renderAgain(c echo.Context, s *signUp) error {
	web.SetError(c, &onboarding.Error{Kind: onboarding.Invalid})
	return p.renderSignUp(c, web.Statuses[onboarding.Invalid], s)
}

// missing returns a problem for each missing field.
func missing(o *onboarding.Organization, t *texts, typed url.Values) map[string]string {
	problems := map[string]string{}
	for _, name := range o.Portal.Fields {
		if _, ok := kindOf(name); ok && trim(typed.Get(name)) == "" && !o.Portal.IsOptional(name) {
			problems[name] = t.must("problem.missing", "field", fieldLabel(o, t, name))
		}
	}
	for i := range o.Policies {
		if name := policyPrefix + o.Policies[i].Key; o.Policies[i].Mandatory() && !ticked(typed, name) {
			problems[name] = t.must("problem.policy", "policy", web.InLanguage(o.Policies[i].Title, t.code, o))
		}
	}
	return problems
}

// input returns the registration of the form, from this tenant's fields only. An optional policy
// that was shown and left unticked is a refusal; unticked profiling stays undecided.
func (s *signUp) input(r *http.Request, t *texts) registration.CustomerInput {
	browser := browserLanguage(r)
	in := registration.CustomerInput{Language: &t.code, BrowserLanguage: &browser, Policies: map[string]bool{}}
	if s.context.Location != "" {
		in.LocationID = &s.context.Location
	}
	if s.context.Hotspot != "" {
		in.HotspotID = &s.context.Hotspot
	}
	for _, name := range s.o.Portal.Fields {
		value := trim(s.typed.Get(name))
		if kind, ok := kindOf(name); ok && (value != "" || !s.o.Portal.IsOptional(name)) {
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

// explain returns the form's field for the service's field, and a text for the visitor. The name is
// empty if the form has no such field.
func (s *signUp) explain(t *texts, blamed string) (name, message string) {
	of := func(p onboarding.Policy) bool { return policyPrefix+p.Key == blamed }
	if i := slices.IndexFunc(s.o.Policies, of); i >= 0 {
		return blamed, t.must("problem.policy", "policy", web.InLanguage(s.o.Policies[i].Title, t.code, s.o))
	}
	if !slices.Contains(s.o.Portal.Fields, blamed) {
		return "", ""
	}
	kind, ok := kindOf(blamed)
	if !ok {
		return "", ""
	}
	if kind.problem != "" {
		return blamed, t.must(kind.problem)
	}
	return blamed, t.must("problem.text", "field", fieldLabel(s.o, t, blamed))
}
