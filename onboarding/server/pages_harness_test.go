package server

import (
	"bytes"
	"context"
	"crypto/x509"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"onramp/certs"
	"onramp/onboarding"
	"onramp/onboarding/auth"
	"onramp/onboarding/deployment"
	"onramp/onboarding/links"
	"onramp/onboarding/testkit/process"
	"onramp/signing"
)

// The windows that visitors come with.
const (
	safariAgent = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like " +
		"Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
	sheetAgent = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like " +
		"Gecko) Mobile/15E148"
	pixelAgent = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 " +
		"Mobile Safari/537.36"
	wvAgent = "Mozilla/5.0 (Linux; Android 14; Pixel 8 Build/AP2A.240805.005; wv) AppleWebKit/537.36 (KHTML, " +
		"like Gecko) Version/4.0 Chrome/126.0.6478.122 Mobile Safari/537.36"
	windowsAgent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) " +
		"Chrome/141.0.0.0 Safari/537.36"
	macAgent = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) " +
		"Version/18.5 Safari/605.1.15"
	linuxAgent    = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
	downloadAgent = "Dalvik/2.1.0 (Linux; U; Android 14; Pixel 8 Build/AP2A.240805.005)"
)

// offered are the platforms that an install page offers, in its order.
var offered = []string{"ios", "android", "windows", "macos", "chromeos", "networkmanager", "linux", "iwd", "eap-config"}

// profilePKI is made once: its keys take a second.
var profilePKI = sync.OnceValues(func() (*pagesPKI, error) {
	folder, err := os.MkdirTemp("", "onramp-pages-test")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	pki, err := certs.EnsureDevelopment(folder, time.Now(), "radius.demo.example")
	if err != nil {
		return nil, err
	}
	pair, err := certs.LoadPair(pki.ProfileCert, pki.ProfileKey)
	if err != nil {
		return nil, err
	}
	root, err := os.ReadFile(pki.ProfileRoot)
	if err != nil {
		return nil, err
	}
	p := &pagesPKI{roots: x509.NewCertPool()}
	p.roots.AppendCertsFromPEM(root)
	p.signer, err = signing.New(pair.Key, pair.Chain)
	return p, err
})

type pagesPKI struct {
	signer links.Signer
	roots  *x509.CertPool
}

// venue is a running server at its public address, with one tenant and a browser's view of it.
type venue struct {
	*house
	roots *x509.CertPool
	store onboarding.Store

	controller string // origin of the access controller that opens the internet access by a form
}

// newVenue builds a server whose tenant each of change may alter.
func newVenue(t testing.TB, change ...func(*onboarding.Organization)) *venue {
	t.Helper()
	return newVenueOn(t, openSQLite(t), change...)
}

// newVenueOn builds it on a database. Addresses in X-Forwarded-For count.
func newVenueOn(t testing.TB, db onboarding.Store, change ...func(*onboarding.Organization)) *venue {
	t.Helper()
	return newVenueOf(t, db, []*onboarding.Organization{organization(rivalID, "Rival", "rival.example")}, change...)
}

// newVenueOf builds it beside other organizations.
func newVenueOf(
	t testing.TB, db onboarding.Store, others []*onboarding.Organization, change ...func(*onboarding.Organization),
) *venue {
	t.Helper()
	return newVenueWith(t, deployment.Config{Store: db}, others, change...)
}

// newVenueWith builds it with further settings of the deployment.
func newVenueWith(
	t testing.TB, c deployment.Config, others []*onboarding.Organization, change ...func(*onboarding.Organization),
) *venue {
	t.Helper()
	return newVenueServing(t, func(*venue, *Config) {}, c, others, change...)
}

// newVenueServing builds it with further settings of the server.
func newVenueServing(
	t testing.TB, set func(*venue, *Config), c deployment.Config, others []*onboarding.Organization,
	change ...func(*onboarding.Organization),
) *venue {
	t.Helper()
	ctx := t.Context()
	pki, err := profilePKI()
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := onboarding.NewSealer(bytes.Repeat([]byte{7}, onboarding.MasterKeySize))
	if err != nil {
		t.Fatal(err)
	}
	var handler http.Handler
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter,
		r *http.Request) {
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(api.Close)
	h := &house{TB: t, db: c.Store, clock: &clock{}, log: &process.Buffer{}, api: api}
	v := &venue{house: h, roots: pki.roots, store: c.Store}
	v.clock.at.Store(time.Now().Truncate(time.Second).UnixMicro())
	c.Sealer, c.Signer, c.PublicURL, c.Now = sealer, pki.signer, api.URL, v.clock.now
	v.service, err = deployment.Open(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	o := organization(demoID, "Demo", "demo.example")
	o.Portal = onboarding.Portal{
		Fields: []string{"firstName", "lastName", "email"}, RedirectHosts: []string{"example.com"},
	}
	for _, f := range change {
		f(o)
	}
	if _, err := v.service.Tenant.Apply(ctx, append(others, o)); err != nil {
		t.Fatal(err)
	}
	config := Config{
		UseCases:       UseCasesOf(v.service),
		Log:            slog.New(slog.NewJSONHandler(v.log, nil)),
		PublicURL:      api.URL,
		Now:            v.clock.now,
		Console:        true,
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
	}
	set(v, &config)
	if v.server, err = New(ctx, config); err != nil {
		t.Fatal(err)
	}
	handler = describe(t, v.server.API())
	v.manager = v.token(demoID, auth.OrganizationManager)
	return v
}

// onTheSpot returns the venue for a subtest, which then fails by itself.
func (v *venue) onTheSpot(t testing.TB) *venue {
	inner := *v
	inner.house = v.in(t)
	return &inner
}

// customers is how many people the tenant knows by that e-mail address.
func (v *venue) customers(email string) int {
	v.Helper()
	found, err := v.store.MatchAny(context.Background(), demoID, onboarding.Match{Email: email}, 100)
	if err != nil {
		v.Fatal(err)
	}
	return len(found)
}

// link makes an activation link of so many downloads and returns its token and whose it is.
func (v *venue) link(hits int) (token, customer string) {
	v.Helper()
	customer = v.signUp(v.form("/portal/" + demoID)).customer()
	a := v.post("/v2/customers/"+customer+"/token", v.manager, map[string]any{"maxHits": hits}).want(http.StatusOK)
	return a.text("token"), customer
}

// a webpage is an answer that is a page.
type webpage struct {
	v      *venue
	url    *url.URL
	status int
	header http.Header
	raw    string
	root   *html.Node
}

// browse sends a browser's request and does not follow redirects. It checks each page with holds.
func (v *venue) browse(method, path string, form url.Values, options ...option) *webpage {
	v.Helper()
	target, err := url.Parse(v.api.URL + path)
	if err != nil {
		v.Fatal(err)
	}
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(context.Background(), method, target.String(), body)
	if err != nil {
		v.Fatal(err)
	}
	r.Header.Set("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
	r.Header.Set("User-Agent", safariAgent)
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", "null")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for _, o := range options {
		o(r)
	}
	response, err := v.api.Client().Transport.RoundTrip(r)
	if err != nil {
		v.Fatalf("%s %s: %v", method, path, err)
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		v.Fatal(err)
	}
	p := &webpage{v: v, url: target, status: response.StatusCode, header: response.Header, raw: string(raw)}
	if p.root, err = html.Parse(strings.NewReader(p.raw)); err != nil {
		v.Fatal(err)
	}
	if p.header.Values("Set-Cookie") != nil && !provesAddress(r) {
		v.Errorf("%s %s sets a cookie", method, path)
	}
	if strings.HasPrefix(p.header.Get("Content-Type"), "text/html") && method != http.MethodHead {
		p.holds()
	}
	return p
}

func agent(name string) option { return header("User-Agent", name) }

// want checks the status.
func (p *webpage) want(status int) *webpage {
	p.v.Helper()
	if p.status != status {
		p.v.Fatalf("%s: %d, want %d: %s", p.url.Path, p.status, status, p.text())
	}
	return p
}

// says requires that the page's text contains each of the words.
func (p *webpage) says(words ...string) *webpage {
	p.v.Helper()
	text := p.text()
	for _, w := range words {
		if !strings.Contains(text, w) {
			p.v.Errorf("%s does not say %q: %s", p.url.Path, w, text)
		}
	}
	return p
}

func (p *webpage) saysNot(words ...string) *webpage {
	p.v.Helper()
	for _, w := range words {
		if strings.Contains(p.raw, w) {
			p.v.Errorf("%s says %q", p.url.Path, w)
		}
	}
	return p
}

// all returns the elements of those names, in order.
func (p *webpage) all(names ...string) []*html.Node { return elements(p.root, names...) }

func elements(root *html.Node, names ...string) []*html.Node {
	var found []*html.Node
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && slices.Contains(names, n.Data) {
			found = append(found, n)
		}
	}
	return found
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

// text returns the page's text without markup and soft hyphens.
func (p *webpage) text() string { return textOf(p.root) }

func textOf(root *html.Node) string {
	var words []string
	for n := range root.Descendants() {
		if n.Type == html.TextNode {
			words = append(words, strings.Fields(strings.ReplaceAll(n.Data, "\u00ad", ""))...)
		}
	}
	return strings.Join(words, " ")
}

// hrefs are the addresses of the page's links.
func (p *webpage) hrefs() []string {
	var all []string
	for _, a := range p.all("a") {
		all = append(all, attribute(a, "href"))
	}
	return all
}

// named returns the control of that name, or nil.
func (p *webpage) named(name string) *html.Node {
	for _, n := range p.all("input", "select") {
		if attribute(n, "name") == name {
			return n
		}
	}
	return nil
}

// form is the page's form as it stands: hidden and typed values, ticked boxes.
func (p *webpage) form() url.Values {
	values := url.Values{}
	for _, n := range p.all("input", "select") {
		name := attribute(n, "name")
		switch {
		case attribute(n, "type") == "checkbox" && !has(n, "checked"):
		case n.Data == "select":
			for _, o := range elements(n, "option") {
				if has(o, "selected") {
					values.Set(name, attribute(o, "value"))
				}
			}
		default:
			values.Set(name, attribute(n, "value"))
		}
	}
	return values
}

// form opens a sign-up page and returns its form, filled in.
func (v *venue) form(path string, options ...option) (action string, form url.Values) {
	v.Helper()
	p := v.browse(http.MethodGet, path, nil, options...).want(http.StatusOK)
	forms := p.all("form")
	if len(forms) != 1 {
		v.Fatalf("%d forms", len(forms))
	}
	form = p.form()
	for name, value := range map[string]string{
		"firstName": "Ada", "lastName": "Rossi", "email": onboarding.NewID() + "@example.com",
		"policies.termsOfUse": "true",
	} {
		if p.named(name) != nil {
			form.Set(name, value)
		}
	}
	return attribute(forms[0], "action"), form
}

// signUp sends a form that must succeed, and returns the page that it leads to.
func (v *venue) signUp(action string, form url.Values, options ...option) *webpage {
	v.Helper()
	p := v.browse(http.MethodPost, action, form, options...).want(http.StatusSeeOther)
	return v.browse(http.MethodGet, p.header.Get("Location"), nil, options...).want(http.StatusOK)
}

// tokenIn is the token of an address of ours.
func tokenIn(address string) string {
	_, rest, _ := strings.Cut(address, "/activate/")
	return strings.FieldsFunc(rest, func(r rune) bool { return r == '/' || r == '?' })[0]
}

// customer is whose install page it is.
func (p *webpage) customer() string {
	p.v.Helper()
	return p.v.customerOf(tokenIn(p.url.Path))
}

// customerOf returns the customer of a link's token.
func (v *venue) customerOf(token string) string {
	v.Helper()
	link, err := v.store.Link(context.Background(), auth.HashToken(token))
	if err != nil {
		v.Fatal(err)
	}
	return link.CustomerID
}

// diffOf compares, taking nothing for granted.
func diffOf(want, got any) string {
	if d := cmp.Diff(want, got); d != "" {
		return "-want +got\n" + d
	}
	return ""
}

// formWith returns a copy of a form with another value.
func formWith(form url.Values, name, value string) url.Values {
	changed := url.Values{}
	for k, v := range form {
		changed[k] = v
	}
	changed.Set(name, value)
	return changed
}
