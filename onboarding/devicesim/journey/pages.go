package journey

import (
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"onramp/onboarding/devicesim/judge"
	"onramp/onboarding/devicesim/judge/android"
)

// arrive opens the link and fills forms until the install page.
func (w *walker) arrive(v *visit) (*page, error) {
	if token := linkToken(w.link); token != "" {
		return w.openInstallPage("open the install page", v, w.link)
	}
	const open, submit = "open the portal", "send the sign-up form"
	p, err := w.get(open, v, w.link, nil)
	if err != nil {
		return nil, err
	}
	if p.status != http.StatusOK {
		return nil, w.pageStatus(open, "status 200", p)
	}
	if token := linkToken(p.url); token != "" {
		w.token = token
		return p, w.checkInstallPage(open, p)
	}
	f, err := w.signUpForm(open, p)
	if err != nil {
		return nil, err
	}
	location, err := w.post(submit, v, p, f)
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(location.Path, "/verify/") {
		if location, err = w.proveAddress(v, location); err != nil {
			return nil, err
		}
	}
	if linkToken(location) == "" {
		return nil, &StepError{
			Step:     submit,
			Expected: "a redirect to /activate/ and a token",
			Got:      "a redirect to " + judge.Shorten(location.Path),
		}
	}
	return w.openInstallPage("open the install page", v, location)
}

// proveAddress opens the page that waits for the proof of an address, and sends the code.
func (w *walker) proveAddress(v *visit, u *url.URL) (*url.URL, error) {
	const open, receive, submit = "open the page for the code", "receive the code", "send the code"
	p, err := w.get(open, v, u, nil)
	if err != nil {
		return nil, err
	}
	if p.status != http.StatusOK {
		return nil, w.pageStatus(open, "status 200", p)
	}
	if err := checkPrivacy(open, p.header); err != nil {
		return nil, err
	}
	forms, err := p.postForms(w.who)
	if err != nil {
		return nil, &StepError{Step: open, Expected: "a form with a field for the code", Err: err}
	}
	i := slices.IndexFunc(forms, func(f form) bool { return f.code != "" })
	if i < 0 {
		return nil, &StepError{
			Step: open, Expected: "a form with a field for the code", Got: judge.Shorten(p.text()),
		}
	}
	if w.Code == nil {
		return nil, &StepError{
			Step: receive, Expected: "a portal that asks for no code", Got: "a field for a one-time code",
		}
	}
	code, err := w.Code(w.ctx, Recipient{Email: w.who.email, Phone: w.who.phone})
	if err != nil {
		return nil, &StepError{Step: receive, Expected: "a code", Err: err}
	}
	forms[i].values.Set(forms[i].code, code)
	return w.post(submit, v, p, forms[i])
}

// signUpForm returns the form with the most fields.
func (w *walker) signUpForm(step string, p *page) (form, error) {
	forms, err := p.postForms(w.who)
	if err != nil {
		return form{}, &StepError{Step: step, Expected: "a sign-up form", Err: err}
	}
	best := -1
	for i, f := range forms {
		if f.fields > 0 && (best < 0 || f.fields > forms[best].fields) {
			best = i
		}
	}
	if best < 0 {
		const expected = "a form with fields and method POST"
		return form{}, &StepError{Step: step, Expected: expected, Got: judge.Shorten(p.text())}
	}
	if forms[best].code != "" {
		return form{}, &StepError{Step: step, Expected: "a form without a code", Got: "a field for a one-time code"}
	}
	if forms[best].action.Host != p.url.Host || forms[best].action.Scheme != p.url.Scheme {
		return form{}, &StepError{
			Step:     step,
			Expected: "a form that posts to its own host",
			Got:      forms[best].action.Host,
		}
	}
	return forms[best], nil
}

// post sends a form. The response must be a 303 to the same host.
func (w *walker) post(step string, v *visit, from *page, f form) (*url.URL, error) {
	req, err := http.NewRequestWithContext(w.ctx, http.MethodPost, f.action.String(),
		strings.NewReader(f.values.Encode()))
	if err != nil {
		return nil, err
	}
	w.dress(req, v, from)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	// A page without referrer posts its forms with the origin "null" (Fetch standard).
	req.Header.Set("Origin", from.url.Scheme+"://"+from.url.Host)
	if from.noReferrer {
		req.Header.Set("Origin", "null")
	}
	p, err := w.read(step, v, req)
	if err != nil {
		return nil, err
	}
	if p.status != http.StatusSeeOther {
		return nil, w.pageStatus(step, "status 303", p)
	}
	location, err := f.action.Parse(p.header.Get("Location"))
	if err != nil || location.Host != f.action.Host {
		return nil, &StepError{
			Step:     step,
			Expected: "a redirect to the same host",
			Got:      judge.Shorten(p.header.Get("Location")),
		}
	}
	return location, nil
}

// openInstallPage opens a personal link and checks the requirements of every install page.
func (w *walker) openInstallPage(step string, v *visit, u *url.URL) (*page, error) {
	w.token = linkToken(u)
	p, err := w.get(step, v, u, nil)
	if err != nil {
		return nil, err
	}
	return p, w.checkInstallPage(step, p)
}

func (w *walker) checkInstallPage(step string, p *page) error {
	if p.status != http.StatusOK {
		return w.pageStatus(step, "status 200", p)
	}
	if t, _, err := mime.ParseMediaType(p.header.Get("Content-Type")); err != nil || t != "text/html" {
		return &StepError{Step: step, Expected: "text/html", Got: p.header.Get("Content-Type")}
	}
	return checkPrivacy(step, p.header)
}

// checkPrivacy requires the two headers that keep the link out of caches and referrers.
func checkPrivacy(step string, h http.Header) error {
	if c := h.Get("Cache-Control"); !strings.Contains(strings.ToLower(c), "no-store") {
		return &StepError{Step: step, Expected: "Cache-Control: no-store", Got: fmt.Sprintf("%q", c)}
	}
	if r := h.Get("Referrer-Policy"); !strings.EqualFold(strings.TrimSpace(r), "no-referrer") {
		return &StepError{Step: step, Expected: "Referrer-Policy: no-referrer", Got: fmt.Sprintf("%q", r)}
	}
	return nil
}

// checkSheet checks that the captive sheet has no download, which would not work there, and refers
// to Safari, with an address or a QR code.
func (w *walker) checkSheet(p *page) error {
	const step = "find the way to Safari in the captive sheet"
	for _, l := range p.links() {
		if rest, ok := strings.CutPrefix(l.url.Path, "/activate/"+w.token+"/"); ok && rest != "installed" {
			return &StepError{Step: step, Expected: "no download in the sheet", Got: "a link to " + w.hide(l.url.Path)}
		}
		if s := l.url.Scheme; s != "http" && s != "https" {
			return &StepError{
				Step:     step,
				Expected: "only web addresses in the sheet",
				Got:      judge.Shorten(l.url.Scheme) + ":",
			}
		}
	}
	text := p.text()
	if !strings.Contains(text, "Safari") {
		return &StepError{Step: step, Expected: "the page to name Safari", Got: judge.Shorten(w.hide(text))}
	}
	if p.Find("img, svg").Length() == 0 && !strings.Contains(text, p.url.Hostname()) {
		return &StepError{Step: step, Expected: "an address to type, or a QR code", Got: judge.Shorten(w.hide(text))}
	}
	return nil
}

// findDownload returns the address of this platform's profile from the page's links.
func (w *walker) findDownload(p *page) (*url.URL, error) {
	const step = "find the download"
	want := "/activate/" + w.token + "/" + w.Platform
	for _, a := range p.anchors() {
		if strings.HasSuffix(a.url.Path, want) {
			if a.url.Host != p.url.Host {
				return nil, &StepError{Step: step, Expected: "a link to the page's own host", Got: a.url.Host}
			}
			return a.url, nil
		}
	}
	return nil, &StepError{Step: step, Expected: "a link to " + w.hide(want), Got: judge.Shorten(w.hide(p.text()))}
}

// download fetches the profile and checks the headers on which its installation depends.
func (w *walker) download(step string, v *visit, u *url.URL) ([]byte, error) {
	req, err := http.NewRequestWithContext(w.ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	w.dress(req, v, nil)
	limit := int64(judge.MaxFile)
	if w.Platform == judge.Android {
		limit = android.CaptiveLimit
	}
	res, err := w.exchange(step, v, req, limit+1, "a complete file")
	if err != nil {
		return nil, err
	}
	if res.status != http.StatusOK {
		return nil, w.otherStatus(step, "status 200 without a redirect", res.status, res.header, "")
	}
	if got := res.header["Content-Type"]; len(got) != 1 || got[0] != profileTypes[w.Platform] {
		return nil, &StepError{
			Step:     step,
			Expected: "Content-Type: " + profileTypes[w.Platform] + " exactly",
			Got:      fmt.Sprintf("%q", got),
		}
	}
	disposition, has := res.header["Content-Disposition"]
	switch w.Platform {
	case judge.Android:
		if has {
			return nil, &StepError{
				Step:     step,
				Expected: "no Content-Disposition, which prevents the installation",
				Got:      fmt.Sprintf("%q", disposition),
			}
		}
		if e := res.header.Get("Content-Transfer-Encoding"); e != "base64" {
			return nil, &StepError{Step: step, Expected: "Content-Transfer-Encoding: base64", Got: fmt.Sprintf("%q", e)}
		}
	case judge.IOS:
		if has {
			kind, params, err := mime.ParseMediaType(disposition[0])
			if err != nil || kind != "attachment" || !strings.HasSuffix(params["filename"], ".mobileconfig") {
				return nil, &StepError{
					Step:     step,
					Expected: "an attachment named .mobileconfig, or no Content-Disposition",
					Got:      fmt.Sprintf("%q", disposition),
				}
			}
		}
	}
	if err := checkPrivacy(step, res.header); err != nil {
		return nil, err
	}
	if int64(len(res.body)) > limit {
		return nil, &StepError{Step: step, Expected: fmt.Sprintf("at most %d bytes", limit), Got: "more"}
	}
	return res.body, nil
}

// get opens a page. It follows redirects as a browser does, but only within the host.
func (w *walker) get(step string, v *visit, u *url.URL, from *page) (*page, error) {
	for range 5 {
		req, err := http.NewRequestWithContext(w.ctx, http.MethodGet, u.String(), nil)
		if err != nil {
			return nil, err
		}
		w.dress(req, v, from)
		p, err := w.read(step, v, req)
		if err != nil {
			return nil, err
		}
		location := p.header.Get("Location")
		if p.status < 300 || p.status > 399 || location == "" {
			return p, nil
		}
		next, err := u.Parse(location)
		if err != nil || next.Host != u.Host {
			return nil, &StepError{
				Step:     step,
				Expected: "redirects within the host",
				Got:      judge.Shorten(w.hide(location)),
			}
		}
		u, from = next, p
	}
	return nil, &StepError{Step: step, Expected: "a page", Got: "a redirect loop"}
}

// read sends a request and returns the page that it is answered with.
func (w *walker) read(step string, v *visit, req *http.Request) (*page, error) {
	res, err := w.exchange(step, v, req, maxPage, "a complete page")
	if err != nil {
		return nil, err
	}
	p, err := parsePage(req.URL, res)
	if err != nil {
		return nil, &StepError{Step: step, Expected: "HTML", Err: err}
	}
	return p, nil
}

// dress sets the headers of the request's agent.
func (w *walker) dress(req *http.Request, v *visit, from *page) {
	for name, values := range v.headers {
		req.Header[http.CanonicalHeaderKey(name)] = append([]string(nil), values...)
	}
	if req.Header.Get("Sec-Fetch-Mode") == "" {
		return
	}
	req.Header.Set("Sec-Fetch-Site", "none")
	if from != nil {
		req.Header.Set("Sec-Fetch-Site", "same-origin")
		if from.referrer != "" {
			req.Header.Set("Referer", from.referrer)
		}
	}
}

// pageStatus returns the error of a page with another status than expected.
func (w *walker) pageStatus(step, expected string, p *page) *StepError {
	return w.otherStatus(step, expected, p.status, p.header, p.errorText())
}

// linkToken returns the token of an address /activate/{token}, or an empty string.
func linkToken(u *url.URL) string {
	_, rest, ok := strings.Cut("/"+strings.TrimLeft(u.Path, "/"), "/activate/")
	if !ok {
		return ""
	}
	token, more, _ := strings.Cut(rest, "/")
	if more != "" {
		return ""
	}
	return token
}
