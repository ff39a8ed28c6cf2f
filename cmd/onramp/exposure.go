package main

import (
	"log/slog"
	"net"
	"net/url"
)

// warnOfExposure logs a warning for each address that exposes traffic in clear text or that
// visitors cannot reach.
func (f *serveFlags) warnOfExposure(publicURL string, log *slog.Logger) {
	local, _ := loopback(f.listen)
	plain := f.tlsCert == "" && len(f.acme.domains) == 0
	if !local && plain && len(f.trustedProxies) == 0 {
		log.Warn("--listen reaches beyond this machine by plain HTTP: passwords and profiles are sent in clear text; "+
			"set --acme-domain, or --tls-cert and --tls-key, or put a TLS proxy in front and set --trusted-proxies",
			"listen", f.listen)
	}
	if u, err := url.Parse(publicURL); err == nil {
		here, _ := loopback(net.JoinHostPort(u.Hostname(), "0"))
		switch {
		case here && !local:
			log.Warn("links lead to this machine alone: set --public-url to the address that visitors use",
				"publicUrl", publicURL)
		case !here && u.Scheme == "http":
			log.Warn("--public-url is plain HTTP: passwords and profiles are sent in clear text",
				"publicUrl", publicURL)
		}
	}
	if private, _ := loopback(f.adminListen); !private {
		log.Warn("--admin-listen reaches beyond this machine, by plain HTTP and without a password",
			"adminListen", f.adminListen)
	}
}
