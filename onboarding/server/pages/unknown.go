package pages

import (
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
	"onramp/onboarding/server/web"
)

// FailUnknown answers an address without a route: a browser gets a page that links to the next
// step, because people mistype addresses and messages cut them short. Other clients get the API's
// error.
func (p *Pages) FailUnknown(c echo.Context, status int, e *onboarding.Error) error {
	if !web.PrefersPage(c.Request().Header) {
		return web.SendFailure(c, p.clock(), status, e)
	}
	return p.render(c, status, nil, "error", false, func(*texts) any {
		return &errorPage{Key: errorKeys[onboarding.NotFound], Go: p.intendedPage(c), Resume: resumePath}
	})
}

// intendedPage returns the page for an address that differs by trailing slashes or letter case, or
// "".
func (p *Pages) intendedPage(c echo.Context) string {
	path := strings.TrimRight(c.Request().URL.EscapedPath(), "/")
	if len(path) > maxReflected {
		return ""
	}
	if strings.EqualFold(path, resumePath) {
		return resumePath
	}
	first, rest, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	path = "/" + strings.ToLower(first)
	if rest != "" {
		path += "/" + rest
	}
	for _, r := range p.Routes() {
		if r.Pattern == SlugPattern || r.Pattern == doorPattern {
			continue // they would match any word
		}
		if r.Method == http.MethodGet && matches(r.Pattern, path) {
			return path
		}
	}
	if slices.Contains(p.known, path) {
		return path
	}
	return ""
}

// matches reports whether a path matches a route's pattern.
func matches(pattern, path string) bool {
	want, got := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return false
	}
	for i := range want {
		if parameter := strings.HasPrefix(want[i], ":"); parameter && got[i] == "" || !parameter && want[i] != got[i] {
			return false
		}
	}
	return true
}
