package grant

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"onramp/onboarding"
)

// Fault is a faulty member of a grant.
type Fault struct{ Field, Message, Remedy string }

// Limits of a grant in a tenant file.
const (
	maxFields = 20
	maxHosts  = 20
	maxText   = 512
)

// Check returns the faults of a grant, except those of the form of its hosts.
func Check(g *onboarding.Grant) (faults []Fault) {
	refuse := func(field, remedy, format string, args ...any) {
		faults = append(faults, Fault{field, fmt.Sprintf(format, args...), remedy})
	}
	known := slices.Contains(Kinds(), g.Kind)
	switch {
	case g.Kind == KindUniFi:
		checkUniFi(g, refuse)
		return faults
	case g.Kind == "":
		refuse("kind", "one of "+strings.Join(Kinds(), ", "), "is missing")
	case !known:
		refuse("kind", "known: "+strings.Join(Kinds(), ", "), "is unknown")
	case g.Kind == KindForm:
		checkForm(g, refuse)
	case g.URL != "" || g.Method != "":
		refuse("url", "leave url and method out, or write kind: form", "is known for the kind %s", g.Kind)
	}
	if !known {
		checkAny(g, refuse)
		return faults
	}
	if g.Site != "" || g.Minutes != 0 || g.CA != "" || g.Key != nil || g.KeyName != "" {
		refuse("kind", "leave site, minutes, ca and keyFile out, or write kind: unifi",
			"has no site, minutes, ca or keyFile")
	}
	r := ruleOf(g)
	if len(r.hosts) == 0 {
		refuse("hosts", "list the hosts of the controller's login address", "is missing")
	}
	if len(g.Hosts) > maxHosts {
		refuse("hosts", "", "has more than %d hosts", maxHosts)
	}
	if len(g.Fields) > maxFields {
		refuse("fields", "", "has more than %d fields", maxFields)
	}
	for _, name := range r.needs {
		if r.fields[name] == "" {
			refuse("fields."+name, "", "is missing; the kind %s needs it", g.Kind)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(g.Fields)) {
		if err := onboarding.CheckText(name, name+g.Fields[name], maxText); name == "" || err != nil {
			refuse("fields."+name, "", "must have a name, at most %d bytes, and no control character", maxText)
		} else if strings.Contains(g.Fields[name], chapResponse) {
			refuse("fields."+name, "", "cannot hold %s", chapResponse)
		}
	}
	return faults
}

// checkAny checks the members of a grant of an unknown kind by the rules that all kinds share, so
// that a wrong kind hides no other fault.
func checkAny(g *onboarding.Grant, refuse func(field, remedy, format string, args ...any)) {
	form := *g
	if form.URL == "" {
		form.URL = "https://any.example"
	}
	checkForm(&form, refuse)
	if g.Site != "" && !siteForm.MatchString(g.Site) {
		refuse("site", "", "is invalid")
	}
	if g.Minutes < 0 || g.Minutes > maxMinutes {
		refuse("minutes", "", "must be from 1 to %d", maxMinutes)
	}
	if _, err := Roots(g); err != nil {
		refuse("ca", "the PEM of one or more CA certificates", "%v", err)
	}
}

// checkForm checks the members of the kind form.
func checkForm(g *onboarding.Grant, refuse func(field, remedy, format string, args ...any)) {
	if g.Method != "" && g.Method != Get && g.Method != Post {
		refuse("method", "known: get, post", "must be get or post")
	}
	switch plain := placeholder.ReplaceAllString(g.URL, "1"); {
	case g.URL == "":
		refuse("url", `such as "{login_url}" or https://login.example.com/login`, "is missing")
	case len(g.URL) > maxText || strings.Contains(g.URL, chapResponse) || strings.Contains(g.URL, next):
		refuse("url", "", "must have at most %d bytes, without %s", maxText, next)
	case placeholder.FindString(g.URL) == g.URL:
	default:
		u, err := url.Parse(plain)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil ||
			strings.ContainsAny(plain, "{}\\ ;'\"<>") {
			refuse("url", `such as "{login_url}" or https://login.example.com/login`,
				"must be an http or https address, or one placeholder")
		}
	}
}

// siteForm matches the names of UniFi sites.
var siteForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// maxMinutes is the longest time limit of UniFi's API.
const maxMinutes = 1_000_000

// checkUniFi checks the members of a controller that this server calls.
func checkUniFi(g *onboarding.Grant, refuse func(field, remedy, format string, args ...any)) {
	if g.Method != "" || len(g.Fields) > 0 || len(g.Hosts) > 0 {
		refuse("kind", "leave method, fields and hosts out", "unifi has no method, fields or hosts")
	}
	u, err := url.Parse(g.URL)
	switch {
	case g.URL == "":
		refuse("url", "such as https://192.168.1.1 or https://unifi.example.com:8443", "is missing")
	case err != nil || u.Scheme != "https" || !hostPart.MatchString(u.Host) || u.User != nil || u.RawQuery != "" ||
		u.Fragment != "" || len(g.URL) > maxText || strings.ContainsAny(g.URL, "{}\\ ;'\"<>\r\n\t"):
		refuse("url", "such as https://192.168.1.1 or https://unifi.example.com:8443",
			"must be the https address of the controller, without user and parameters")
	}
	if !siteForm.MatchString(g.Site) {
		refuse("site", "the name in the controller's redirect, /guest/s/NAME/; often default", "is missing or invalid")
	}
	if g.Minutes < 1 || g.Minutes > maxMinutes {
		refuse("minutes", "the time of an open access, such as 60", "must be from 1 to %d", maxMinutes)
	}
	if g.Key == nil && g.KeyName == "" {
		refuse("keyFile", "name a file with the key of an administrator (X-API-KEY)", "is missing")
	}
	if _, err := Roots(g); err != nil {
		refuse("ca", "the PEM of one or more CA certificates", "%v", err)
	}
}

// maxCA limits the PEM of a controller's CA certificates.
const maxCA = 64 << 10

// Roots returns the CA certificates of a controller with an API; nil: those of the machine.
func Roots(g *onboarding.Grant) (*x509.CertPool, error) {
	if g.CA == "" {
		return nil, nil
	}
	roots, rest, n := x509.NewCertPool(), []byte(g.CA), 0
	for len(bytes.TrimSpace(rest)) > 0 && len(g.CA) <= maxCA {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil || block.Type != "CERTIFICATE" {
			return nil, errors.New("holds something else than certificates")
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("holds a certificate that cannot be read: %w", err)
		}
		roots.AddCert(certificate)
		n++
	}
	if n == 0 {
		return nil, errors.New("holds no certificate, or is too long")
	}
	return roots, nil
}
