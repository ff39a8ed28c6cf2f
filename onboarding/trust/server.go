package trust

import (
	"crypto/tls"
	"crypto/x509"
	"time"

	"onramp/profiles"
)

// Server is a RADIUS server as phones see it.
type Server struct {
	// Chain holds the certificates that the server sends, its own first. It must not be empty.
	Chain []*x509.Certificate
	// PublicRoots stands for the public roots of the phones, together with those that the settings
	// name. If it is nil or empty, a chain to another root is Unknown for profiles that rely on
	// public roots.
	PublicRoots *x509.CertPool
	// MinTLS and MaxTLS are the server's TLS versions, as in crypto/tls. Zero means TLS 1.2, the
	// only version in the configuration that Onramp writes for FreeRADIUS.
	MinTLS, MaxTLS uint16
}

// Judge predicts whether a phone of the platform with a profile of these settings accepts the
// server at the time now.
func (s *Server) Judge(w *profiles.WiFi, p profiles.Platform, now time.Time) Verdict {
	if v := s.tls(p); v.Result != Accept {
		return v
	}
	worst := checkLeaf(s.Chain[0], p)
	if worst.Result == Refuse {
		return worst
	}
	networks := networksOf(w, p)
	if len(networks) == 0 {
		return unknown(Settings, "")
	}
	for _, n := range networks {
		if v := s.network(n, p, now); v.worse(worst) {
			worst = v
		}
	}
	return worst
}

// network returns the verdict for one network of a profile.
func (s *Server) network(n network, p profiles.Platform, now time.Time) Verdict {
	chain := s.checkChain(n, p, now)
	if chain.Result == Refuse {
		return chain
	}
	if name := checkNames(s.Chain[0], n, p); name.worse(chain) {
		return name
	}
	return chain
}

// tls checks that phone and server have a TLS version in common. No platform is certain to use
// TLS 1.3 within EAP (RFC 9190, RFC 9427); Apple's profiles and the settings for Android apps
// require TLS 1.2.
func (s *Server) tls(p profiles.Platform) Verdict {
	lowest, highest := s.MinTLS, s.MaxTLS
	if lowest == 0 {
		lowest = tls.VersionTLS12
	}
	if highest == 0 {
		highest = max(lowest, tls.VersionTLS12)
	}
	switch {
	case lowest > tls.VersionTLS12:
		return unknown(TLS, "")
	case highest >= tls.VersionTLS12:
		return accept()
	}
	if apple(p) || p == profiles.SettingsAndroid {
		return refuse(TLS, "")
	}
	return unknown(TLS, "")
}

// apple reports whether the platform verifies as Apple's systems do.
func apple(p profiles.Platform) bool {
	return p == profiles.IOS || p == profiles.MacOS || p == profiles.SettingsIOS
}
