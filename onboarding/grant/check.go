package grant

import (
	"fmt"
	"maps"
	"net/url"
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
	case g.Kind == "unifi":
		refuse("kind", "let the controller authorize guests by itself, or use another controller",
			"cannot be unifi: UniFi opens access by a call of its API, not by the visitor's browser")
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
		return faults
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
