package grant

import (
	"crypto/md5" //nolint:gosec // CHAP (RFC 1994) is defined with it
	"encoding/hex"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"onramp/onboarding"
)

// Limits of the parameters that are kept, in bytes.
const (
	maxValue = 1024
	maxTotal = 2048
)

// Request is the request that a visitor's browser sends to the controller.
type Request struct {
	Method string // Get or Post
	URL    string // with the fields, if the method is Get
	Origin string // scheme and host of URL
	Fields []Field
}

// Field is a field of a form.
type Field struct{ Name, Value string }

// placeholder matches a word in braces: a parameter, or one of ours.
var placeholder = regexp.MustCompile(`\{([A-Za-z][A-Za-z0-9_-]{0,39})\}`)

// hostPart matches a value that may stand inside an address.
var hostPart = regexp.MustCompile(`^[A-Za-z0-9._:\[\]-]+$`)

// Parameters returns the names of the parameters that a grant reads from the address of the sign-up
// page, sorted.
func Parameters(g *onboarding.Grant) []string {
	if g.Kind == KindUniFi {
		return []string{unifiDevice}
	}
	r := ruleOf(g)
	found := map[string]bool{}
	for _, text := range append(slices.Collect(maps.Values(r.fields)), r.url) {
		for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
			found[m[1]] = m[0] != next && m[0] != chapResponse
		}
	}
	if r.chilli {
		found["challenge"] = true
	}
	maps.DeleteFunc(found, func(_ string, is bool) bool { return !is })
	return slices.Sorted(maps.Keys(found))
}

// Read returns the parameters that a grant needs, or nil if one is missing or they lead to no
// allowed address.
func Read(g *onboarding.Grant, query url.Values) map[string]string {
	if g == nil {
		return nil
	}
	if g.Kind == KindUniFi {
		mac, ok := onboarding.ParseMAC(query.Get(unifiDevice))
		if !ok {
			return nil
		}
		return map[string]string{unifiDevice: mac}
	}
	values, total := map[string]string{}, 0
	for _, name := range Parameters(g) {
		v := query.Get(name)
		if total += len(v); v == "" || len(v) > maxValue || total > maxTotal ||
			onboarding.CheckText(name, v, maxValue) != nil {
			return nil
		}
		values[name] = v
	}
	if Of(g, values, "https://onramp.invalid/") == nil {
		return nil
	}
	return values
}

// Outcome is the result of a request to a controller, by the parameters with which the controller
// leads back to the sign-up page.
type Outcome int

// The outcomes. An address that anybody can write decides no more than the text of a page.
const (
	Unknown Outcome = iota
	Opened
	Failed
)

// OutcomeOf returns the outcome in the parameters of a controller's redirect.
func OutcomeOf(g *onboarding.Grant, query url.Values) Outcome {
	p := presets[g.Kind]
	switch value := query.Get(p.result); {
	case p.result == "" || value == "":
		return Unknown
	case slices.Contains(p.opened, value):
		return Opened
	case p.failed == nil || slices.Contains(p.failed, value):
		return Failed
	}
	return Unknown
}

// Refusal returns a parameter with which a controller leads back after a refusal; empty names if it
// has none.
func Refusal(g *onboarding.Grant) (name, value string) {
	p := presets[g.Kind]
	if len(p.failed) > 0 {
		return p.result, p.failed[0]
	}
	return p.result, "refused"
}

// Result returns the name of the parameter with the outcome; "" if the controller has none.
func Result(g *onboarding.Grant) string { return presets[g.Kind].result }

// Device returns the MAC address of the device for which this server calls the controller; false
// for a grant by the visitor's browser.
func Device(g *onboarding.Grant, values map[string]string) (mac string, ok bool) {
	if g == nil || g.Kind != KindUniFi {
		return "", false
	}
	return onboarding.ParseMAC(values[unifiDevice])
}

// Of returns the request of a grant with the parameters that Read returned, or nil if they lead to
// no allowed address, or the visitor's browser sends none. The controller leads back to the address
// back.
func Of(g *onboarding.Grant, values map[string]string, back string) *Request {
	r := ruleOf(g)
	ok := true
	fill := func(text string, allowed *regexp.Regexp) string {
		return placeholder.ReplaceAllStringFunc(text, func(word string) string {
			switch word {
			case next:
				return back
			case chapResponse:
				return word
			}
			v, given := values[word[1:len(word)-1]]
			ok = ok && given && (allowed == nil || allowed.MatchString(v))
			return v
		})
	}
	var within *regexp.Regexp
	if placeholder.FindString(r.url) != r.url {
		within = hostPart
	}
	u := r.target(fill(r.url, within))
	fields := map[string]string{}
	for name, text := range r.fields {
		fields[name] = fill(text, nil)
	}
	if !ok || u == nil {
		return nil
	}
	if r.chilli {
		if fields["response"], ok = response(fields["password"], values["challenge"]); !ok {
			return nil
		}
		delete(fields, "password")
	}
	request := &Request{Method: r.method, Origin: u.Scheme + "://" + u.Host}
	if r.method == Get {
		query := u.Query()
		for name, v := range fields {
			query.Set(name, v)
		}
		u.RawQuery = query.Encode()
	} else {
		for _, name := range slices.Sorted(maps.Keys(fields)) {
			request.Fields = append(request.Fields, Field{name, fields[name]})
		}
	}
	request.URL = u.String()
	return request
}

// target returns the address of a request, or nil if it is not allowed.
func (r *rule) target(address string) *url.URL {
	if strings.ContainsAny(address, "\\\r\n\t ;'\"<>") {
		return nil
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.User != nil || u.Opaque != "" ||
		!hostPart.MatchString(u.Host) || !allowed(r.hosts, u.Hostname()) {
		return nil
	}
	if r.path != "" && strings.TrimSuffix(u.EscapedPath(), "/") != r.path {
		return nil
	}
	u.Fragment, u.RawFragment = "", ""
	return u
}

// allowed reports whether a host is one of a list. "*.example.com" stands for the hosts below
// example.com.
func allowed(hosts []string, host string) bool {
	host = strings.ToLower(host)
	return slices.ContainsFunc(hosts, func(h string) bool {
		h = strings.ToLower(h)
		if suffix, wild := strings.CutPrefix(h, "*"); wild {
			return strings.HasSuffix(host, suffix) && len(host) > len(suffix)
		}
		return host == h
	})
}

// response returns the CHAP response (RFC 1994) with the identifier 0 that CoovaChilli expects from
// a portal: of the password and its challenge, 16 bytes in hex.
func response(password, challenge string) (string, bool) {
	raw, err := hex.DecodeString(challenge)
	if err != nil || len(raw) != md5.Size || password == "" {
		return "", false
	}
	sum := md5.Sum(slices.Concat([]byte{0}, []byte(password), raw)) //nolint:gosec // see above
	return hex.EncodeToString(sum[:]), true
}
