package journey

import (
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"onramp/onboarding/devicesim/judge"
	"onramp/onboarding/devicesim/judge/judgetest"
)

// venue is a server with a portal's pages, for tests of this package. Its hooks let a test break
// one expectation at a time.
type venue struct {
	*httptest.Server
	t      *testing.T
	mu     sync.Mutex
	tokens map[string]map[string]string // form values by token
	hits   map[string]int
	agents []string
	posts  []http.Header

	// formPage and installPage replace the pages if not empty.
	formPage    string
	installPage string
	// respond, if not nil, may respond in place of the venue.
	respond func(w http.ResponseWriter, r *http.Request) bool
	// header, if not nil, changes the headers of every response.
	header func(path string, h http.Header)
}

const venueForm = `<!doctype html><html lang="en"><title>Venue Wi-Fi</title><h1>Welcome</h1>
<form method="get" action="/language"><select name="lang"><option>en<option>it</select><button>Change</button></form>
<form method="post" action="">
<input type="hidden" name="form" value="f0rm"><input type="hidden" name="location" value="hall">
<label>First name <input name="firstName" autocomplete="given-name" required></label>
<label>Last name <input name="lastName" autocomplete="family-name"></label>
<label>E-mail <input name="email" type="email" autocomplete="email" required></label>
<label>Phone <input name="phoneNumber" type="tel" autocomplete="tel"></label>
<label>Gender <select name="gender"><option value="">Choose<option value="F">Female<option value="O">Other</select>` +
	`</label>
<label>Country <select name="country"><option value="DE">Germany<option value="IT">Italy</select></label>
<label>Code <input name="extProp1" required></label>
<label>Visit <input type="radio" name="visit" value="first"> <input type="radio" name="visit" value="again"></label>
<div hidden><input name="website"></div><input name="ignored" disabled value="x">` +
	`<textarea name="note"> hello </textarea>
<label><input type="checkbox" name="policies.termsOfUse" value="true"> Terms</label>
<label><input type="checkbox" name="policies.privacy" value="true" required> Privacy</label>
<label><input type="checkbox" name="policies.mktgCommunications" value="true"> Offers</label>
<button name="do" value="register">Connect</button><button name="do" value="cancel">Cancel</button></form></html>`

func newVenue(t *testing.T) *venue {
	v := &venue{t: t, tokens: map[string]map[string]string{}, hits: map[string]int{}}
	v.Server = httptest.NewServer(http.HandlerFunc(v.serve))
	t.Cleanup(v.Close)
	return v
}

func (v *venue) portal() string { return v.URL + "/portal/org1?location=hall" }

func (v *venue) serve(w http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	v.agents = append(v.agents, r.UserAgent())
	v.mu.Unlock()
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer")
	if v.header != nil {
		defer v.header(r.URL.Path, w.Header())
		w = &headerHook{ResponseWriter: w, path: r.URL.Path, change: v.header}
	}
	if v.respond != nil && v.respond(w, r) {
		return
	}
	switch {
	case strings.HasPrefix(r.URL.Path, "/portal/") && r.Method == http.MethodGet:
		page := venueForm
		if v.formPage != "" {
			page = v.formPage
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, page)
	case strings.HasPrefix(r.URL.Path, "/portal/"):
		v.register(w, r)
	case strings.HasPrefix(r.URL.Path, "/activate/"):
		v.activate(w, r)
	default:
		http.NotFound(w, r)
	}
}

func (v *venue) register(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		http.Error(w, "form", http.StatusConflict)
		return
	}
	said := map[string]string{}
	for k := range r.PostForm {
		said[k] = strings.Join(r.PostForm[k], "|")
	}
	if said["policies.termsOfUse"] != "true" || said["policies.privacy"] != "true" || said["email"] == "" ||
		said["form"] != "f0rm" ||
		said["website"] != "" {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(http.StatusConflict)
		fmt.Fprint(w, `<p role="alert">Please accept the terms.</p>`)
		return
	}
	token := randomHex(16)
	v.mu.Lock()
	v.tokens[token] = said
	v.posts = append(v.posts, r.Header.Clone())
	v.mu.Unlock()
	http.Redirect(w, r, "/activate/"+token, http.StatusSeeOther)
}

func (v *venue) activate(w http.ResponseWriter, r *http.Request) {
	token, what, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/activate/"), "/")
	v.mu.Lock()
	_, known := v.tokens[token]
	v.mu.Unlock()
	if !known {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprintf(w, "<h1>No link %s</h1>", html.EscapeString(token))
		return
	}
	switch what {
	case "":
		v.install(w, r, token)
	case "installed":
		var body map[string]string
		if err := json.NewDecoder(r.Body).
			Decode(&body); err != nil || body["platform"] == "" || body["type"] == "" ||
			body["installed"] == "" {
			http.Error(w, "{}", http.StatusConflict)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		fmt.Fprintf(w, `{"status":"OK","generated":"2026-12-01T12:00:00Z","id":"i-%s","customerId":"c-%s"}`, token,
			token)
	default:
		if r.Header.Get("Cookie") != "" {
			v.t.Error("a download came with a cookie")
		}
		v.mu.Lock()
		v.hits[token]++
		v.mu.Unlock()
		switch what {
		case judge.IOS:
			w.Header().Set("Content-Type", "application/x-apple-aspen-config")
			w.Header().Set("Content-Disposition", `attachment; filename="venue.mobileconfig"`)
			_, _ = w.Write(judgetest.NewAppleFile().Bytes())
		case judge.Android:
			w.Header().Set("Content-Type", "application/x-wifi-config")
			w.Header().Set("Content-Transfer-Encoding", "base64")
			_, _ = w.Write(judgetest.NewPrivateAndroidFile().Bytes())
		default:
			http.NotFound(w, r)
		}
	}
}

func (v *venue) install(w http.ResponseWriter, r *http.Request, token string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if v.installPage != "" {
		fmt.Fprint(w, strings.ReplaceAll(v.installPage, "TOKEN", token))
		return
	}
	ua := r.UserAgent()
	report := `<form method="post" action="/activate/` + token +
		`/installed"><input type="hidden" name="type" value="passpoint"><button>It worked</button></form>`
	switch {
	case strings.Contains(ua, "iPhone") && !strings.Contains(ua, "Safari/"):
		fmt.Fprintf(w, `<h1>Almost there</h1><p>Tap Done, open Safari and go to %s/activate/%s</p>%s`, v.URL, token,
			report)
	case strings.Contains(ua, "iPhone"):
		fmt.Fprintf(w, `<h1>Install</h1><a href="/activate/%s/ios">Download</a>%s`, token, report)
	default:
		fmt.Fprintf(w,
			`<h1>Install</h1><a href="/activate/%s/android">Install</a> <a href="/activate/%s/ios">iPhone</a>%s`, token,
			token, report)
	}
}

// headerHook lets a test change headers just before they are sent.
type headerHook struct {
	http.ResponseWriter
	path   string
	change func(string, http.Header)
	done   bool
}

func (h *headerHook) WriteHeader(status int) {
	if !h.done {
		h.done = true
		h.change(h.path, h.Header())
	}
	h.ResponseWriter.WriteHeader(status)
}

func (h *headerHook) Write(b []byte) (int, error) {
	if !h.done {
		h.WriteHeader(http.StatusOK)
	}
	return h.ResponseWriter.Write(b)
}
