package pages

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
	"onramp/onboarding/links"
	"onramp/onboarding/registration"
	"onramp/onboarding/server/web"
)

// The acts of the self-service page, by the last part of their address.
const (
	meChoices  = "choices"
	meDevice   = "device"
	meData     = "data"
	meRenew    = "renew"
	meLost     = "lost"
	meDelete   = "delete"
	meWithdraw = "withdraw"
	mePPD      = "ppd"
	meAllow    = "allow"
)

// mePage is the data of me.html.
type mePage struct {
	Network   string
	Until     string // the end of the link
	Notice    string
	Devices   []string
	Form      string // the sealed ticket of all forms
	Self      string // address of the page, for the forms
	Query     string // of the forms' addresses
	Boxes     []policyBox
	Choices   []choice
	Held      []heldPolicy
	Ends      string // the end of access; empty for a withdrawn policy
	Ended     bool
	Renew     bool
	Locked    bool
	Lost      string // addresses of confirmations
	Delete    string
	PPD       string // empty: the processing of personal data is refused
	Refused   string // since when it is refused; empty: it is not
	CanChange bool   // there is anything to save
}

// heldPolicy is a mandatory policy that the customer has accepted.
type heldPolicy struct{ Title, Accepted, Withdraw string }

// confirmPage is the data of confirm.html.
type confirmPage struct {
	Act, Policy, Network string
	Action, Form, Back   string
}

// devicePage is the data of device.html.
type devicePage struct {
	resumeTicket
	Network, Here, Back string
}

// myself is a request with a self-service link.
type myself struct {
	token string
	view  *links.SelfView
	texts *texts
	now   time.Time
	zone  *time.Location
	lang  string
}

func mePurpose(token string) string { return "me " + token }

// at returns the address of the page or of an act.
func (m *myself) at(act string, pairs ...string) string {
	path := "/me/" + url.PathEscape(m.token)
	if act != "" {
		path += "/" + act
	}
	return web.Address(path, append(pairs, "lang", m.lang)...)
}

func (m *myself) day(at time.Time) string { return at.In(m.zone).Format(time.DateOnly) }

// myself reads the link. For one that has ended, it answers with a page, and returns nil.
func (p *Pages) myself(c echo.Context) (*myself, error) {
	r, token := c.Request(), web.Param(c, "token")
	view, err := p.links.ViewSelf(r.Context(), token)
	if view == nil {
		return nil, p.countUnknownLink(c, err)
	}
	c.Set(organizationKey, view.Organization)
	m := &myself{token: token, view: view, now: p.clock(), zone: time.UTC,
		lang: chosenLanguage(r, view.Organization)}
	m.texts, _ = chooseLanguage(r, view.Organization)
	c.Set(selfKey, "/me/"+url.PathEscape(token))
	if view.Customer != nil {
		l := view.Organization.Location(view.Customer.LocationID)
		m.zone = l.Zone()
		c.Set(placeKey, l)
	}
	return m, err
}

// renderEnded answers for a link that has ended.
func (p *Pages) renderEnded(c echo.Context, m *myself, status int, kind string) error {
	o := m.view.Organization
	c.Set(selfKey, "/me/"+url.PathEscape(m.token))
	if status != http.StatusOK {
		web.SetError(c, &onboarding.Error{Kind: onboarding.Gone})
	}
	return p.renderDone(c, status, o, "me."+kind, "error.portal", "/portal/"+o.ID)
}

// showMe answers GET /me/{token}.
func (p *Pages) showMe(c echo.Context) error {
	m, err := p.myself(c)
	if m != nil && onboarding.KindOf(err) == onboarding.Gone {
		return p.renderEnded(c, m, http.StatusGone, "gone")
	}
	if err != nil {
		return err
	}
	notice := ""
	if c.Request().URL.Query().Get("saved") == "yes" {
		notice = "me.saved"
	}
	return p.renderMe(c, http.StatusOK, m, notice)
}

func (p *Pages) renderMe(c echo.Context, status int, m *myself, notice string) error {
	o, t := m.view.Organization, m.texts
	sealed, err := p.forms.issue(c.Request().Context(), mePurpose(m.token),
		ticket{Versions: registration.ShownVersions(o)}, m.now)
	if err != nil {
		return err
	}
	page := &mePage{
		Network: networkOf(o), Form: sealed, Self: "/me/" + url.PathEscape(m.token),
		Until: clockTime(m.view.Self.Expires, m.now, m.zone), Devices: m.devices(),
		Boxes: policyBoxes(o, t, m.view.Due), Held: m.held(), Choices: m.choices(),
		Renew: m.view.CanRenew, Locked: m.view.Customer.Locked, Ends: m.day(m.view.Credential.Expires),
		Ended: !m.now.Before(m.view.Credential.Expires),
		Lost:  m.at(meLost), Delete: m.at(meDelete),
	}
	for i := range page.Boxes {
		page.Boxes[i].Mandatory = false // each may be left for later
	}
	if m.view.Customer.Minimised() {
		page.Refused = m.since(onboarding.PPD)
	} else {
		page.PPD = m.at(mePPD)
	}
	page.CanChange = len(page.Boxes)+len(page.Choices) > 0
	if m.lang != "" {
		page.Query = "?lang=" + m.lang
	}
	if notice != "" {
		page.Notice = t.must(notice)
	}
	return p.render(c, status, o, "me", false, func(*texts) any { return page })
}

// devices describes the devices: reported installations, and stations that connected.
func (m *myself) devices() []string {
	var all []string
	for _, i := range m.view.Installations {
		name := i.Platform
		if slices.Contains(installable, name) {
			name = m.texts.must("platform." + name)
		}
		all = append(all, m.texts.must("me.installed", "device", name, "date", m.day(i.Installed)))
	}
	for i := range m.view.Stations {
		s := &m.view.Stations[i]
		all = append(all, m.texts.must("me.joined", "mac", s.MAC, "first", m.day(s.FirstSeen),
			"last", m.day(s.LastSeen)))
	}
	return all
}

// consent returns the customer's current consent to a policy, or nil.
func (m *myself) consent(key string) *onboarding.Consent {
	at := slices.IndexFunc(m.view.Consents, func(c onboarding.Consent) bool { return c.Policy == key })
	if at < 0 {
		return nil
	}
	return &m.view.Consents[at]
}

// since describes the customer's current consent to a policy.
func (m *myself) since(key string) string {
	is := m.consent(key)
	switch {
	case is == nil:
		return ""
	case is.Accepted:
		return m.texts.must("me.accepted", "version", is.Version, "date", m.day(is.At))
	}
	return m.texts.must("me.refused", "date", m.day(is.At))
}

// held returns the mandatory policies that are accepted.
func (m *myself) held() []heldPolicy {
	var held []heldPolicy
	o := m.view.Organization
	for i := range o.Policies {
		policy := &o.Policies[i]
		if is := m.consent(policy.Key); !policy.Mandatory() || is == nil || !is.Accepted {
			continue
		}
		held = append(held, heldPolicy{
			Title: web.InLanguage(policy.Title, m.texts.code, o), Accepted: m.since(policy.Key),
			Withdraw: m.at(meWithdraw, "policy", policy.Key),
		})
	}
	return held
}

// choices returns the boxes of the optional policies, as they are decided.
func (m *myself) choices() []choice {
	var boxes []choice
	o := m.view.Organization
	add := func(key string, box choice) {
		is := m.consent(key)
		box.Ticked, box.Problem = is != nil && is.Accepted, m.since(key)
		boxes = append(boxes, box)
	}
	for i := range o.Policies {
		if policy := &o.Policies[i]; !policy.Mandatory() {
			add(policy.Key, policyChoice(o, m.texts, policy))
		}
	}
	if o.AsksProfiling() || m.consent(onboarding.Profiling) != nil {
		add(onboarding.Profiling, profilingChoice(m.texts))
	}
	return boxes
}

// confirmMe answers GET /me/{token}/{act} for an act that needs a confirmation. It changes nothing.
func (p *Pages) confirmMe(c echo.Context) error {
	m, err := p.myself(c)
	if m != nil && onboarding.KindOf(err) == onboarding.Gone {
		return p.renderEnded(c, m, http.StatusGone, "gone")
	}
	if err != nil {
		return err
	}
	act, o := web.Param(c, "act"), m.view.Organization
	page := &confirmPage{Act: act, Network: networkOf(o), Action: m.at(act), Back: m.at("")}
	switch act {
	case meLost, meDelete, mePPD:
	case meWithdraw:
		policy := o.Policy(c.Request().URL.Query().Get("policy"))
		if policy == nil || !policy.Mandatory() {
			return onboarding.NotFoundError("page")
		}
		page.Policy = web.InLanguage(policy.Title, m.texts.code, o)
		page.Action = m.at(act, "policy", policy.Key)
	default:
		return onboarding.NotFoundError("page")
	}
	if page.Form, err = p.forms.issue(c.Request().Context(), mePurpose(m.token), ticket{}, m.now); err != nil {
		return err
	}
	return p.render(c, http.StatusOK, o, "confirm", false, func(*texts) any { return page })
}

// actMe answers POST /me/{token}/{act}.
func (p *Pages) actMe(c echo.Context) error {
	r := c.Request()
	if p.isCrossSite(r) {
		return web.ErrCrossSite
	}
	m, gone := p.myself(c)
	if m == nil || gone != nil && onboarding.KindOf(gone) != onboarding.Gone {
		return gone
	}
	typed, form, standing, err := p.ticketForm(c, mePurpose(m.token))
	if err != nil {
		return err
	}
	act := web.Param(c, "act")
	if gone == nil && standing != ticketValid {
		web.SetError(c, &onboarding.Error{Kind: onboarding.Invalid})
		return p.renderMe(c, web.Statuses[onboarding.Invalid], m, "reconsent.expired")
	}
	// The first answer to these two may be lost, and the link has ended with it.
	if gone != nil && (standing != ticketValid || act != meDelete && act != meLost) {
		return p.renderEnded(c, m, http.StatusGone, "gone")
	}
	err = p.doMe(c, m, act, &form, typed)
	if onboarding.KindOf(err) == onboarding.Gone {
		return p.renderEnded(c, m, http.StatusGone, "gone")
	}
	return err
}

// doMe does an act of a valid form.
func (p *Pages) doMe(c echo.Context, m *myself, act string, form *ticket, typed url.Values) error {
	ctx := c.Request().Context()
	token, err := p.links.TokenOfForm(ctx, m.view.Self, form.ID)
	if err != nil {
		return err
	}
	if act != meDelete {
		if err := p.links.LimitSelf(ctx, m.view.Self); err != nil {
			return err
		}
	}
	toInstall := func(err error) error {
		if err != nil {
			return err
		}
		return c.Redirect(http.StatusSeeOther, web.Address("/activate/"+token, "lang", m.lang))
	}
	switch act {
	case meChoices:
		return p.saveChoices(c, m, m.decided(typed), form.Versions)
	case meWithdraw:
		policy := m.view.Organization.Policy(c.Request().URL.Query().Get("policy"))
		if policy == nil || !policy.Mandatory() {
			return onboarding.NotFoundError("page")
		}
		return p.saveChoices(c, m, map[string]bool{policy.Key: false}, nil)
	case mePPD:
		return p.saveChoices(c, m, m.withoutPPD(), nil)
	case meAllow:
		return p.saveChoices(c, m, map[string]bool{onboarding.PPD: true}, form.Versions)
	case meDevice:
		if err := p.links.AddDevice(ctx, m.view.Self, token); err != nil {
			return err
		}
		return p.renderDevice(c, m, token)
	case meData:
		return p.sendData(c, m)
	case meRenew:
		return toInstall(p.registration.RenewBySelf(ctx, web.CallerOf(c), m.view.Self, token))
	case meLost:
		return toInstall(p.registration.RotateBySelf(ctx, m.view.Self, token))
	case meDelete:
		if err := p.registration.DeleteBySelf(ctx, m.view.Self); err != nil {
			return err
		}
		return p.renderEnded(c, m, http.StatusOK, "deleted")
	}
	return onboarding.NotFoundError("page")
}

// decided returns the decisions of the form that differ from the current ones: a box that was shown
// and is left unticked refuses an optional policy, and nothing of a mandatory one.
func (m *myself) decided(typed url.Values) map[string]bool {
	d := map[string]bool{}
	for i := range m.view.Due {
		if key := m.view.Due[i].Key; ticked(typed, policyPrefix+key) {
			d[key] = true
		}
	}
	for _, box := range m.choices() {
		if on := ticked(typed, box.Name); on != box.Ticked {
			d[strings.TrimPrefix(box.Name, policyPrefix)] = on
		}
	}
	if on, decided := d[onboarding.Profiling]; decided && on {
		d[onboarding.PPD] = true
	}
	return d
}

// withoutPPD returns the refusal of the processing of personal data. It withdraws the consent to
// profiling too, which has no effect without the other.
func (m *myself) withoutPPD() map[string]bool {
	d := map[string]bool{onboarding.PPD: false}
	if is := m.consent(onboarding.Profiling); is != nil && is.Accepted {
		d[onboarding.Profiling] = false
	}
	return d
}

func (p *Pages) saveChoices(c echo.Context, m *myself, d map[string]bool, versions map[string]string) error {
	self := m.view.Self
	err := p.registration.DecideByVisitor(c.Request().Context(), web.CallerOf(c), self.CustomerKey,
		registration.VisitorDecisions{Accepted: d, Versions: versions}, func(tx onboarding.Tx) error {
			_, err := p.links.HoldSelf(c.Request().Context(), tx, self)
			return err
		})
	if errors.Is(err, registration.ErrPolicyChanged) {
		if m, err = p.myself(c); err != nil {
			return err
		}
		web.SetError(c, registration.ErrPolicyChanged)
		return p.renderMe(c, web.Statuses[onboarding.Conflict], m, "reconsent.changed")
	}
	if onboarding.KindOf(err) == onboarding.NotFound { // deleted since
		return onboarding.GoneError("the link has expired")
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, m.at("", "saved", "yes"))
}

// renderDevice renders the way for another device: a QR code, and a short address with a code.
func (p *Pages) renderDevice(c echo.Context, m *myself, token string) error {
	ticket, err := p.newTicket(c, token, m.now, m.zone)
	if err != nil {
		return err
	}
	page := &devicePage{
		resumeTicket: ticket, Network: networkOf(m.view.Organization),
		Here: web.Address("/activate/"+token, "lang", m.lang), Back: m.at(""),
	}
	return p.render(c, http.StatusOK, m.view.Organization, "device", false, func(*texts) any { return page })
}

// sendData answers with everything that is stored about the customer, as a file.
func (p *Pages) sendData(c echo.Context, m *myself) error {
	record, err := p.contacts.ExportOwn(c.Request().Context(), m.view.Customer)
	if err != nil {
		return err
	}
	web.NoStore(c)
	c.Response().Header().Set(echo.HeaderContentDisposition, `attachment; filename="my-data.json"`)
	return c.JSONPretty(http.StatusOK, p.exportForm(record), "  ")
}

// manageMe answers POST /activate/{token}/me: it leads the holder of a live link to a self-service
// link.
func (p *Pages) manageMe(c echo.Context) error {
	r := c.Request()
	if p.isCrossSite(r) {
		return web.ErrCrossSite
	}
	token := web.Param(c, "token")
	self, err := p.links.NewSelfByLink(r.Context(), token)
	if err != nil {
		p.setLinkContext(c, token)
		return p.countUnknownLink(c, err)
	}
	o, _ := c.Get(organizationKey).(*onboarding.Organization)
	return c.Redirect(http.StatusSeeOther, web.Address("/me/"+self, "lang", cmp.Or(chosenLanguage(r, o), "")))
}
