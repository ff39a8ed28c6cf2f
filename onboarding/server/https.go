package server

import (
	"net/netip"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"
)

// overHTTPS reports whether a public URL is https under a name of its own. The loopback and bare addresses are no place for
// HSTS (RFC 6797, section 8.1.1): it would hold for everything else that is tried out there.
func overHTTPS(public string) bool {
	u, err := url.Parse(public)
	if err != nil || u.Scheme != "https" {
		return false
	}
	host := strings.ToLower(u.Hostname())
	_, isAddress := netip.ParseAddr(host)
	return isAddress != nil && host != "localhost" && !strings.HasSuffix(host, ".localhost")
}

// strict makes browsers come back by https alone, for a year. A proxy that ends TLS in front of us passes the header on.
func strict(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		c.Response().Header().Set(echo.HeaderStrictTransportSecurity, "max-age=31536000")
		return next(c)
	}
}
