package journey

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"onramp/onboarding/devicesim/judge"
	"onramp/onboarding/devicesim/judge/platforms"
	"onramp/onboarding/devicesim/radio"
)

// A Journey configures [Onboard].
type Journey struct {
	// Platform is judge.IOS or judge.Android.
	Platform string
	// Link is a portal link, or the personal link of a registered customer.
	Link string
	// Trust holds the roots that may sign profiles; see judge.Options.
	Trust *x509.CertPool
	// Now is the phone's clock; zero means the current time.
	Now time.Time
	// RADIUS, if not nil, is the server to authenticate with in every network of the installed
	// profile.
	RADIUS *radio.RADIUS
	// Code returns the code that was sent to the visitor's address; nil: the visitor receives none,
	// and a portal that asks for a code ends the journey.
	Code func(ctx context.Context, to Recipient) (string, error)
	// Transport sends the requests; nil means a new one.
	Transport http.RoundTripper
	// Observe, if not nil, is called with the step and the duration of each request that was
	// answered with a status below 400, from its first byte to the end of the response.
	Observe func(step string, took time.Duration)
}

// A Recipient is the visitor who waits for a code, by the addresses of the form.
type Recipient struct{ Email, Phone string }

// A Result is the outcome of a successful journey.
type Result struct {
	CustomerID string
	// InstallationID identifies the installation that the phone reported.
	InstallationID string
	Username       string
	Platform       string
	// File is the downloaded profile, byte for byte.
	File []byte
	// View is the content of the profile as the phone reads it.
	View *judge.View
	// Warnings are the findings that did not prevent the installation.
	Warnings []judge.Finding
	// Authentications are the outcomes in each network of View; empty if Journey.RADIUS is nil.
	Authentications []radio.Authentication
}

// A StepError reports the step of a journey whose expectation failed.
type StepError struct {
	// Step is a short stable name such as "open the portal". [Load] counts failures by it.
	Step     string
	Expected string
	Got      string
	// Err is the cause if the step failed before a response arrived.
	Err error
	// Kind is the kind of failure: "HTTP 503", "HTTP 503 with Retry-After", "transport: timeout",
	// "refused: " and the rule of the profile's first refusal, "not authenticated", or empty for
	// any other broken expectation. [Load] counts failures by it.
	Kind string
}

// Error returns step, expectation and result. It does not contain the token of the link, which
// gives access to the profile.
func (e *StepError) Error() string {
	s := e.Step + ": expected " + e.Expected
	if e.Got != "" {
		s += ", got " + e.Got
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *StepError) Unwrap() error { return e.Err }

// maxPage limits the bytes that are read of a page.
const maxPage = 2 << 20

// profileTypes maps a platform to the exact Content-Type of its profile.
var profileTypes = map[string]string{
	judge.IOS:     "application/x-apple-aspen-config",
	judge.Android: "application/x-wifi-config",
}

// Onboard runs the journey of one new visitor: open the link, sign up if asked, download, judge and
// report the profile. The error is a *StepError if the server broke an expectation.
func Onboard(ctx context.Context, j Journey) (*Result, error) {
	if _, ok := profileTypes[j.Platform]; !ok {
		return nil, fmt.Errorf("%w %q: journeys support %s and %s only", judge.ErrPlatform, j.Platform, judge.IOS,
			judge.Android)
	}
	link, err := url.Parse(j.Link)
	if err != nil || link.Host == "" || link.Scheme != "http" && link.Scheme != "https" {
		return nil, errors.New("the link is not an absolute http or https address")
	}
	if j.Transport == nil {
		t := http.DefaultTransport.(*http.Transport).Clone()
		defer t.CloseIdleConnections()
		j.Transport = t
	}
	if j.Now.IsZero() {
		j.Now = time.Now()
	}
	w := &walker{Journey: j, ctx: ctx, link: link, who: newPerson()}
	if j.Platform == judge.IOS {
		return w.iPhone()
	}
	return w.androidPhone()
}

// walker is the state of a journey.
type walker struct {
	Journey
	ctx   context.Context
	link  *url.URL
	who   person
	token string // of the personal link; never in an error
}

// iPhone signs up in the captive sheet, continues in Safari as instructed, and installs there.
func (w *walker) iPhone() (*Result, error) {
	install, err := w.arrive(appleSheet.open(w.Transport))
	if err != nil {
		return nil, err
	}
	if err := w.checkSheet(install); err != nil {
		return nil, err
	}
	browser := safari.open(w.Transport)
	again, err := w.openInstallPage("open the install page in Safari", browser, install.url)
	if err != nil {
		return nil, err
	}
	target, err := w.findDownload(again)
	if err != nil {
		return nil, err
	}
	download := safari
	download.cookies = false
	file, err := w.download("download the profile", download.open(w.Transport), target)
	if err != nil {
		return nil, err
	}
	return w.install(browser, file)
}

// androidPhone signs up in the captive login window. Its download service fetches the file a second
// time.
func (w *walker) androidPhone() (*Result, error) {
	login := androidLogin.open(w.Transport)
	install, err := w.arrive(login)
	if err != nil {
		return nil, err
	}
	target, err := w.findDownload(install)
	if err != nil {
		return nil, err
	}
	first, err := w.download("download the profile", login, target)
	if err != nil {
		return nil, err
	}
	second, err := w.download("download the profile again without a cookie", androidDownload.open(w.Transport), target)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(first, second) {
		return nil, &StepError{
			Step:     "download the profile again without a cookie",
			Expected: "the same bytes",
			Got:      "other bytes",
		}
	}
	browser := chrome.open(w.Transport)
	again, err := w.openInstallPage("open the install page in Chrome", browser, install.url)
	if err != nil {
		return nil, err
	}
	if _, err := w.findDownload(again); err != nil {
		return nil, err
	}
	return w.install(browser, second)
}

// install judges the file, reports the installation and authenticates if asked.
func (w *walker) install(browser *visit, file []byte) (*Result, error) {
	verdict, err := platforms.Check(w.Platform, file, judge.Options{Trust: w.Trust, Now: w.Now})
	if err != nil {
		return nil, err
	}
	if !verdict.Accepted {
		return nil, &StepError{
			Step: "install the profile", Expected: "a profile that the device accepts", Err: verdict.Err(),
			Kind: "refused: " + verdict.Refusals[0].Rule,
		}
	}
	if len(verdict.View.Networks) == 0 {
		return nil, &StepError{Step: "install the profile", Expected: "a network in the profile", Got: "none"}
	}
	network := verdict.View.Networks[0]
	id, customer, err := w.report(browser, network.Type)
	if err != nil {
		return nil, err
	}
	done := &Result{
		CustomerID: customer, InstallationID: id, Username: network.Username, Platform: w.Platform,
		File: file, View: verdict.View, Warnings: verdict.Warnings,
	}
	if w.RADIUS == nil {
		return done, nil
	}
	for _, n := range verdict.View.Networks {
		c, err := radio.Connect(w.ctx, n, *w.RADIUS)
		if err != nil {
			return nil, &StepError{
				Step:     "join the network",
				Expected: "an Access-Accept for the " + n.Type + " network",
				Err:      err,
				Kind:     "not authenticated",
			}
		}
		done.Authentications = append(done.Authentications, *c)
	}
	return done, nil
}

// report posts the installation to the server.
func (w *walker) report(browser *visit, networkType string) (id, customer string, err error) {
	const step = "report the installation"
	body, err := json.Marshal(map[string]string{
		"platform": w.Platform, "type": networkType, "installedBy": "devicesim",
		"installed": w.Now.UTC().Truncate(time.Second).Format(time.RFC3339),
	})
	if err != nil {
		return "", "", err
	}
	target := *w.link
	target.Path, target.RawPath, target.RawQuery = "/activate/"+w.token+"/installed", "", ""
	req, err := http.NewRequestWithContext(w.ctx, http.MethodPost, target.String(), bytes.NewReader(body))
	if err != nil {
		return "", "", err
	}
	req.Header.Set("User-Agent", browser.headers.Get("User-Agent"))
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	res, err := w.exchange(step, browser, req, maxPage, "a complete response")
	if err != nil {
		return "", "", err
	}
	if res.status != http.StatusOK && res.status != http.StatusCreated {
		return "", "", w.otherStatus(step, "status 200 or 201", res.status, res.header, "")
	}
	var said struct{ Status, Generated, ID, CustomerID string }
	if err := json.Unmarshal(res.body, &said); err != nil {
		return "", "", &StepError{Step: step, Expected: "JSON", Got: res.header.Get("Content-Type")}
	}
	if said.Status != "OK" || said.Generated == "" || said.ID == "" || said.CustomerID == "" {
		return "", "", &StepError{
			Step:     step,
			Expected: `status "OK", generated, id and customerId`,
			Got:      judge.Shorten(string(res.body)),
		}
	}
	return said.ID, said.CustomerID, nil
}

// failed wraps a transport error without the address, which may contain the token.
func (w *walker) failed(step, expected string, err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	return &StepError{Step: step, Expected: expected, Err: err, Kind: transportKind(err)}
}

// hide replaces the token in a text.
func (w *walker) hide(s string) string {
	if w.token == "" {
		return s
	}
	return strings.ReplaceAll(s, w.token, "TOKEN")
}
