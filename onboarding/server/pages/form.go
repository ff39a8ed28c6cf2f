package pages

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
	"onramp/onboarding/server/web"
)

// formLifetime is how long a rendered form may be sent. It is shorter than a link's life, so that the answer to a form that is sent twice still
// leads somewhere.
const formLifetime = 45 * time.Minute

// ticket is what a rendered form carries, sealed: proof that this deployment made the form for this place not long ago, and what the captive
// portal said of the visitor's whereabouts. There is no cookie to bind it to, for captive sheets keep none; what keeps other sites from
// sending a visitor's browser here is fromElsewhere.
type ticket struct {
	ID       string    `json:"id"` // random: the same form sent twice is one registration
	Issued   time.Time `json:"at"`
	Location string    `json:"location,omitempty"`
	Hotspot  string    `json:"hotspot,omitempty"`
	MAC      string    `json:"mac,omitempty"`
	SSID     string    `json:"ssid,omitempty"`
	Redirect string    `json:"redirect,omitempty"`
}

// formSeal seals tickets under a key that all replicas share.
type formSeal struct {
	service *onboarding.Service
	mu      sync.Mutex
	aead    cipher.AEAD
}

// formKey is the name of the key among the deployment's secrets.
const formKey = "form-key"

// open returns the cipher. New calls it, so that the key is read before the first request.
func (f *formSeal) open(ctx context.Context) (cipher.AEAD, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.aead != nil {
		return f.aead, nil
	}
	key, err := f.service.Secret(ctx, formKey, 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	f.aead, err = cipher.NewGCM(block)
	return f.aead, err
}

// issue seals a ticket for a place ("portal" and an organization, "resume").
func (f *formSeal) issue(ctx context.Context, place string, t ticket, now time.Time) (string, error) {
	aead, err := f.open(ctx)
	if err != nil {
		return "", err
	}
	id := make([]byte, 16)
	_, _ = rand.Read(id) // never fails (crypto/rand)
	t.ID, t.Issued = base64.RawURLEncoding.EncodeToString(id), now.UTC().Truncate(time.Second)
	plain, err := json.Marshal(t)
	if err != nil {
		return "", err
	}
	nonce := make([]byte, aead.NonceSize(), aead.NonceSize()+len(plain)+aead.Overhead())
	_, _ = rand.Read(nonce)
	return base64.RawURLEncoding.EncodeToString(aead.Seal(nonce, nonce, plain, []byte(place))), nil
}

// standing is what became of a form that came back.
type standing int

const (
	good standing = iota
	tooOld
	// notOurs is a form without a ticket, with a forged one, or with one of another place.
	notOurs
)

// check opens what issue sealed for the same place.
func (f *formSeal) check(ctx context.Context, place, sealed string, now time.Time) (ticket, standing, error) {
	aead, err := f.open(ctx)
	if err != nil {
		return ticket{}, notOurs, err
	}
	box, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil || len(box) < aead.NonceSize() {
		return ticket{}, notOurs, nil //nolint:nilerr // a verdict, not a failure
	}
	plain, err := aead.Open(nil, box[:aead.NonceSize()], box[aead.NonceSize():], []byte(place))
	if err != nil {
		return ticket{}, notOurs, nil //nolint:nilerr // a verdict, not a failure
	}
	var t ticket
	if err := json.Unmarshal(plain, &t); err != nil {
		return ticket{}, notOurs, nil //nolint:nilerr // a verdict, not a failure
	}
	if age := now.Sub(t.Issued); age < -time.Minute || age > formLifetime {
		return t, tooOld, nil
	}
	return t, good, nil
}

// readForm reads a form that a page sends. A field that comes twice is refused: which one was meant, nobody knows.
func readForm(c echo.Context) (url.Values, error) {
	r := c.Request()
	kind, _, err := mime.ParseMediaType(r.Header.Get(echo.HeaderContentType))
	if err != nil || kind != echo.MIMEApplicationForm {
		return nil, &onboarding.Error{Kind: onboarding.Invalid, Message: "a form is needed: " + echo.MIMEApplicationForm}
	}
	raw, err := web.ReadBody(c)
	if err != nil {
		return nil, err
	}
	if bytes.Count(raw, []byte("&")) >= web.MaxParameters {
		return nil, &onboarding.Error{Kind: onboarding.Invalid, Message: "the form has too many fields"}
	}
	values, err := url.ParseQuery(string(raw))
	if err != nil {
		return nil, &onboarding.Error{Kind: onboarding.Invalid, Message: "malformed form"}
	}
	var wrong onboarding.Faults
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if len(values[name]) > 1 {
			wrong.Refuse(web.Truncate(name, 100), "given twice")
		}
	}
	return values, wrong.Err()
}

// fromElsewhere reports whether another site makes a browser send this. Sec-Fetch-Site is the
// browser's own statement (Fetch Metadata). A browser without it sends Origin: the pages that hold
// forms allow their own origin as the referrer, so an Origin of null comes from elsewhere, such as
// a sandboxed frame. A client that sends neither is no browser.
func (p *Pages) fromElsewhere(r *http.Request) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" {
		return site != "same-origin" && site != "none"
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		return false
	}
	u, err := url.Parse(origin)
	return err != nil || u.Host == "" || origin != p.publicURL && !strings.EqualFold(u.Host, r.Host)
}

// errFromElsewhere is the answer to it.
var errFromElsewhere = &onboarding.Error{Kind: onboarding.Forbidden, Message: "sent from another site"}
