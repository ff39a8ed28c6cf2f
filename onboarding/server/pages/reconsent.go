package pages

import (
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
	"onramp/onboarding/registration"
	"onramp/onboarding/server/web"
)

// reconsentPage is the data of reconsent.html, which asks for policies again.
type reconsentPage struct {
	Network  string
	Action   string
	Form     string // the sealed ticket, with the versions that the page shows
	Notice   string
	Problems []problem
	Boxes    []policyBox
	Until    string // day from which nothing goes on without acceptance; may be empty
	Later    string // address of the page without the question; empty: it cannot wait
}

// policyBox is the check box of a policy that is due.
type policyBox struct {
	choice
	Version string
	Changes string // how it differs from the version before
	Risen   bool   // an earlier version was accepted
}

// policyBoxes returns a box for each policy that is due.
func policyBoxes(o *onboarding.Organization, t *texts, due []onboarding.DuePolicy) []policyBox {
	var boxes []policyBox
	for i := range due {
		d := &due[i]
		box := policyBox{
			choice: policyChoice(o, t, d.Policy), Version: d.Version, Risen: d.Before != "" && !d.Withdrawn,
		}
		switch d.Key { // the title of another one is a statement, such as "I am over 16"
		case onboarding.TermsOfUse:
			box.Title = t.must("reconsent.accept", "policy", box.Title)
		case onboarding.Privacy:
			box.Title = t.must("reconsent.read", "policy", box.Title)
		}
		if box.Risen {
			box.Changes = web.InLanguage(d.Changes, t.code, o)
		}
		boxes = append(boxes, box)
	}
	return boxes
}

// versionsOf returns the versions of the policies by key, for a ticket.
func versionsOf(due []onboarding.DuePolicy) map[string]string {
	versions := map[string]string{}
	for i := range due {
		versions[due[i].Key] = due[i].Version
	}
	return versions
}

func consentPurpose(token string) string { return "consent " + token }

// asksAgain reports whether the install page first asks for policies again: always if they withhold
// the profile, else where the visitor arrives.
func (v *visitor) asksAgain(query url.Values) bool {
	if len(v.view.Due) == 0 {
		return false
	}
	return v.view.Stopped(v.now) || !query.Has("later") && !query.Has("platform") && !query.Has("browser")
}

// renderReconsent renders the question. wrong holds the keys of policies that were left unticked.
func (p *Pages) renderReconsent(c echo.Context, status int, v *visitor, notice string, wrong []string) error {
	t, o := v.texts, v.view.Organization
	sealed, err := p.forms.issue(c.Request().Context(), consentPurpose(v.token),
		ticket{Versions: versionsOf(v.view.Due)}, v.now)
	if err != nil {
		return err
	}
	c.Set(selfKey, v.page())
	page := &reconsentPage{
		Network: networkOf(o), Form: sealed, Boxes: policyBoxes(o, t, v.view.Due),
		Action: web.Address("/activate/"+url.PathEscape(v.token)+"/consent", "lang", v.lang, "ssid", v.ssid,
			"redirect_url", v.redirect, "grant", v.grant),
	}
	if notice != "" {
		page.Notice = t.must(notice)
	}
	for i := range page.Boxes {
		box := &page.Boxes[i]
		if slices.Contains(wrong, box.Name) {
			box.Problem = t.must("problem.policy", "policy", web.InLanguage(v.view.Due[i].Title, t.code, o))
			page.Problems = append(page.Problems, problem{box.ID, box.Problem})
		}
	}
	if !v.view.Stopped(v.now) {
		page.Later = v.link("later", "1")
		page.Until = firstStop(v.view.Due, v.zone)
	}
	return p.render(c, status, o, "reconsent", len(wrong) > 0, func(*texts) any { return page })
}

// firstStop returns the day on which the first of the policies stops profiles, or "".
func firstStop(due []onboarding.DuePolicy, zone *time.Location) string {
	var first time.Time
	for i := range due {
		if at := due[i].Stops; !at.IsZero() && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	if first.IsZero() {
		return ""
	}
	return first.In(zone).Format(time.DateOnly)
}

// acceptPolicies answers POST /activate/{token}/consent.
func (p *Pages) acceptPolicies(c echo.Context) error {
	r := c.Request()
	if p.isCrossSite(r) {
		return web.ErrCrossSite
	}
	v, err := p.visitor(c, p.links.View)
	if err != nil {
		return err
	}
	typed, form, standing, err := p.ticketForm(c, consentPurpose(v.token))
	if err != nil {
		return err
	}
	if len(v.view.Due) == 0 { // the form was sent twice
		return c.Redirect(http.StatusSeeOther, v.link())
	}
	again := func(kind onboarding.Kind, notice string, wrong []string) error {
		web.SetError(c, &onboarding.Error{Kind: kind})
		return p.renderReconsent(c, web.Statuses[kind], v, notice, wrong)
	}
	if standing != ticketValid {
		return again(onboarding.Invalid, "reconsent.expired", nil)
	}
	accepted, wrong := tickedPolicies(form.Versions, typed)
	if len(wrong) > 0 {
		return again(onboarding.Invalid, "", wrong)
	}
	err = p.registration.AcceptByLink(r.Context(), web.CallerOf(c), v.token,
		registration.VisitorDecisions{Accepted: accepted, Versions: form.Versions})
	if errors.Is(err, registration.ErrPolicyChanged) {
		if v, err = p.visitor(c, p.links.View); err != nil {
			return err
		}
		return again(onboarding.Conflict, "reconsent.changed", nil)
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, v.link())
}

// tickedPolicies returns the policies of a form that are ticked, and the names of the boxes that
// are not.
func tickedPolicies(versions map[string]string, typed url.Values) (accepted map[string]bool, wrong []string) {
	accepted = map[string]bool{}
	for _, key := range slices.Sorted(maps.Keys(versions)) {
		if name := policyPrefix + key; ticked(typed, name) {
			accepted[key] = true
		} else {
			wrong = append(wrong, name)
		}
	}
	return accepted, wrong
}
