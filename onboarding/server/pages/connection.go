package pages

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
	"onramp/onboarding/connectivity"
	"onramp/onboarding/links"
	"onramp/onboarding/server/web"
)

const (
	// stepAfter is the time after which the page shows the next step, because a device needs some
	// time to join.
	stepAfter = time.Minute
	// refreshFor is the time after which the page stops refreshing itself.
	refreshFor = 10 * time.Minute
)

// refreshEvery returns the seconds between refreshes of a page that was opened that long ago.
func refreshEvery(open time.Duration) int {
	switch {
	case open < stepAfter:
		return 5
	case open < 3*time.Minute:
		return 10
	}
	return 20
}

// connectionPage is the data of connection.html. Of the connection, it holds no more than state,
// time and place, and the next step: a link's holder may be another person than the customer.
type connectionPage struct {
	Kind    string // "joined", "waiting", "missing", "lost" or "hidden"
	Network string
	Device  string // the word for the device
	Place   string // of the connection
	Time    string // when the device joined, or when the connection ended; may be empty
	Step    string // empty: not yet shown
	Action  *action
	Help    []helpLink
	// Refresh is the next request of the page itself; nil: it does not refresh.
	Refresh  *refresh
	Again    string // address of a page that starts anew
	SSID     string
	Redirect string
	Host     string
	Manage   string // address of the form that leads to the self-service page; may be empty
}

// action is a button.
type action struct{ Label, URL string }

type refresh struct {
	Seconds int
	URL     string
	Until   string // time of day of the last refresh
	Stop    string // address of the page without refreshes
}

// showConnection answers GET /activate/{token}/connection, until a day after the link's expiry. It
// burns no hit.
func (p *Pages) showConnection(c echo.Context) error {
	r := c.Request()
	v, err := p.visitor(c, p.links.ViewLate)
	if err != nil {
		return err
	}
	if v.view.Link.ProfileOnly {
		return links.ErrProfileOnly
	}
	o, customer := v.view.Organization, v.view.Customer
	verdict := &connectivity.Verdict{}
	if !customer.Minimised() {
		verdict, err = p.verdicts.of(r.Context(), o.ID, customer.ID)
		if errors.Is(err, onboarding.ErrNotFound) {
			return onboarding.GoneError("the link has expired") // the customer was deleted since
		}
		if err != nil {
			return err
		}
	}
	query := r.URL.Query()
	w := &watch{visitor: v, platform: string(v.system), stopped: query.Get("watch") == "no", since: v.now}
	if asked := query.Get("platform"); slices.Contains(installable, asked) {
		w.platform = asked
	}
	if opened, err := strconv.ParseInt(query.Get("since"), 10, 64); err == nil && opened <= v.now.Unix() {
		w.since = time.Unix(max(opened, v.view.Link.Created.Unix()), 0)
	}
	c.Set(selfKey, w.again(w.stopped))
	body := w.page(verdict)
	if body.Kind != "waiting" && v.now.Before(v.view.Link.Expires) {
		body.Manage = web.Address("/activate/"+url.PathEscape(v.token)+"/me", "lang", v.lang)
	}
	return p.render(c, http.StatusOK, o, "connection", false, func(*texts) any { return body })
}

// watch is a visitor who watches the connection.
type watch struct {
	*visitor
	platform string
	since    time.Time // when the visitor opened the page
	stopped  bool      // the visitor stopped the refreshes
}

// address returns the address of the page without a language.
func (w *watch) address(pairs ...string) string {
	return web.Address("/activate/"+url.PathEscape(w.token)+"/connection", append(pairs, "platform", w.platform,
		"ssid", w.ssid, "redirect_url", w.redirect)...)
}

// again returns the address of the page as it is now, or without refreshes, without a language.
func (w *watch) again(stopped bool, pairs ...string) string {
	if stopped {
		pairs = append(pairs, "watch", "no")
	}
	return w.address(append(pairs, "since", strconv.FormatInt(w.since.Unix(), 10))...)
}

// page returns the content for a verdict.
func (w *watch) page(verdict *connectivity.Verdict) *connectionPage {
	o := w.view.Organization
	page := &connectionPage{
		Kind: "waiting", Network: networkOf(o), Device: w.texts.must("connection.device"), SSID: w.ssid,
		Redirect: w.redirect, Again: w.address("lang", w.lang),
	}
	if w.platform == string(iOS) || w.platform == string(android) {
		page.Device = w.texts.must("connection.phone")
	}
	if u, err := url.Parse(w.redirect); err == nil {
		page.Host = u.Hostname()
	}
	if w.view.Customer.Minimised() {
		page.Kind = "hidden"
		return page
	}
	if joined := w.joined(verdict); joined != nil {
		page.Kind, page.Place, page.Time = "joined", page.Network, w.timeIn(verdict, *joined)
		if verdict.Location != nil && verdict.Since != nil && verdict.Since.Equal(*joined) {
			page.Place = verdict.Location.Name
		}
		return page
	}
	w.refresh(page)
	if lost := verdict.Since; verdict.State == connectivity.NotConnected && lost != nil && w.isNew(*lost) {
		page.Kind, page.Time = "lost", w.timeIn(verdict, *lost)
	}
	step := w.step(verdict)
	if w.now.Sub(w.since) < stepAfter && step != connectivity.StepDownload {
		return page
	}
	if page.Kind == "waiting" {
		page.Kind = "missing"
	}
	page.Step, page.Action = w.stepText(step, page), w.action(step)
	if step == connectivity.StepAskStaff || step == connectivity.StepWait {
		page.Help = helpOf(o)
	}
	return page
}

// isNew reports whether an instant is not before the link's creation. Older records may be of
// another device, which the page does not show.
func (w *watch) isNew(at time.Time) bool { return !at.Before(w.view.Link.Created) }

// joined returns when the last of the stations that are connected joined, if it did so since the
// link was made; else nil.
func (w *watch) joined(verdict *connectivity.Verdict) *time.Time {
	var last *time.Time
	for i := range verdict.Stations {
		s := &verdict.Stations[i]
		if s.State == connectivity.Connected && !s.Claimed && s.Since != nil && w.isNew(*s.Since) &&
			(last == nil || s.Since.After(*last)) {
			last = s.Since
		}
	}
	return last
}

// timeIn returns the time of day in the time zone of the verdict's place.
func (w *watch) timeIn(verdict *connectivity.Verdict, at time.Time) string {
	zone := w.zone
	if verdict.Location != nil {
		zone = verdict.Location.Zone()
	}
	return clockTime(at, w.now, zone)
}

// refresh sets the next request of the page, unless it was open for long enough.
func (w *watch) refresh(page *connectionPage) {
	open := w.now.Sub(w.since)
	if w.stopped || open >= refreshFor {
		return
	}
	page.Refresh = &refresh{
		Seconds: refreshEvery(open), URL: w.again(false, "lang", w.lang),
		Until: w.clockTime(w.since.Add(refreshFor)), Stop: w.again(true, "lang", w.lang),
	}
}

// step returns the visitor's next step. Steps from records that are older than the link concern an
// earlier profile or another device: the step is then to download or to install.
func (w *watch) step(verdict *connectivity.Verdict) connectivity.VisitorStep {
	first := connectivity.StepDownload
	if len(w.view.Link.Platforms) > 0 {
		first = connectivity.StepInstall
	}
	if verdict.State == connectivity.Connected {
		return first
	}
	if verdict.LastSeen == nil || w.isNew(*verdict.LastSeen) {
		return verdict.Visitor
	}
	switch verdict.Visitor {
	case connectivity.StepRejoin, connectivity.StepComeCloser, connectivity.StepInstallAgain,
		connectivity.StepRemoveOlder, connectivity.StepSetClock, connectivity.StepUpdateDevice:
		return first
	}
	return verdict.Visitor
}

// stepText returns the text of a step for the platform, or else for any.
func (w *watch) stepText(step connectivity.VisitorStep, page *connectionPage) string {
	key := fmt.Sprintf("connection.step.%s.%s", step, w.platform)
	if _, ok := w.texts.one[key]; !ok {
		key = fmt.Sprintf("connection.step.%s.any", step)
	}
	wifi := page.Network
	if n := w.view.Organization.WiFi.WPA2; n != nil {
		wifi = n.SSID
	}
	return w.texts.must(key, "network", page.Network, "wifi", wifi, "device", page.Device)
}

// action returns the button of a step, or nil.
func (w *watch) action(step connectivity.VisitorStep) *action {
	switch step {
	case connectivity.StepDownload, connectivity.StepInstall, connectivity.StepInstallAgain,
		connectivity.StepRemoveOlder, connectivity.StepThisDevice:
		if w.now.Before(w.view.Link.Expires) && (!w.usedUp() || step == connectivity.StepInstall) {
			return &action{w.texts.must("connection.toInstall"), w.link("platform", w.platform)}
		}
	case connectivity.StepSignUpAgain:
	default:
		return nil
	}
	return &action{w.texts.must("install.again"), web.Address("/portal/"+w.view.Organization.ID, "lang", w.lang)}
}
