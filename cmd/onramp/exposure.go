package main

import (
	"log/slog"
	"net"
	"net/url"
)

// warnOfExposure says what of the addresses lets others read along, or leads nowhere.
func (f *serveFlags) warnOfExposure(publicURL string, log *slog.Logger) {
	local, _ := loopback(f.listen)
	plain := f.tlsCert == ""
	if !local && plain && len(f.trustedProxies) == 0 {
		log.Warn("--listen reaches beyond this machine by plain HTTP: passwords and profiles can be read on the way; "+
			"give --tls-cert and --tls-key, or a proxy that ends TLS, named by --trusted-proxies", "listen", f.listen)
	}
	if u, err := url.Parse(publicURL); err == nil {
		here, _ := loopback(net.JoinHostPort(u.Hostname(), "0"))
		switch {
		case here && !local:
			log.Warn("links lead to this machine alone: give --public-url, the address under which visitors reach it",
				"publicUrl", publicURL)
		case !here && u.Scheme == "http":
			log.Warn("--public-url is plain HTTP: passwords and profiles can be read on the way", "publicUrl",
				publicURL)
		}
	}
	if private, _ := loopback(f.adminListen); !private {
		log.Warn("--admin-listen reaches beyond this machine, by plain HTTP and without a password", "adminListen",
			f.adminListen)
	}
}
