package web

import (
	"net/http"
	"strings"
	"time"
)

// OverHTTPS reports whether browsers reach a public URL by https.
func OverHTTPS(publicURL string) bool { return strings.HasPrefix(publicURL, "https://") }

// CookieName returns the name of a cookie of a public URL. Over https it has the prefix __Host-
// (RFC 6265bis, section 4.1.3.2), so that no other host of the domain, and no answer over http, can
// set one in its place.
func CookieName(publicURL, name string) string {
	if OverHTTPS(publicURL) {
		return "__Host-" + name
	}
	return name
}

// NewCookie returns a cookie of the public URL's host that scripts cannot read, and that browsers
// send with no form of another site. An empty value deletes it.
func NewCookie(publicURL, name, value string, lifetime time.Duration) *http.Cookie {
	c := &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: int(lifetime / time.Second), HttpOnly: true,
		SameSite: http.SameSiteLaxMode, Secure: OverHTTPS(publicURL),
	}
	if value == "" {
		c.MaxAge = -1
	}
	return c
}
