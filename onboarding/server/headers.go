package server

import (
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"
)

// overHTTPS reports whether a public URL is https with a domain name. HSTS must not be sent for the
// loopback and IP addresses (RFC 6797, section 8.1.1), where it would affect other services.
func overHTTPS(public string) bool {
	u, err := url.Parse(public)
	if err != nil || u.Scheme != "https" {
		return false
	}
	host := strings.ToLower(u.Hostname())
	_, isAddress := netip.ParseAddr(host)
	return isAddress != nil && host != "localhost" && !strings.HasSuffix(host, ".localhost")
}

// setHSTS restricts browsers to https for a year. A proxy that terminates TLS passes the header on.
func setHSTS(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		c.Response().Header().Set(echo.HeaderStrictTransportSecurity, "max-age=31536000")
		return next(c)
	}
}

// setHeaders sets the headers of every response. Pages and files add those of their own; setHSTS
// adds that of HTTPS.
func setHeaders(header http.Header) {
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
}
