package connectivity

import (
	"crypto/x509"
	"strings"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/trust"
	"onramp/profiles"
)

// causeOfMistrust returns the detail of a refused certificate: from the certificate that the RADIUS
// server shows, the profiles that the person holds, and the TLS alert.
func (f *facts) causeOfMistrust(a *onboarding.Attempt) (Cause, Detail, Confidence) {
	alert := strings.ToLower(a.Detail)
	byAlert := Detail("")
	if strings.Contains(alert, "unknown ca") {
		byAlert = DetailAnchor
	}
	if len(f.chain) == 0 {
		return CauseNotTrusted, byAlert, Likely
	}
	if expiredAt(f.chain, a.Last) {
		return CauseNotTrusted, DetailCertificateExpired, Certain
	}
	current, older := f.judged(a.Last)
	for _, v := range current {
		if detail := detailOf(v); detail != "" && agrees(detail, alert) {
			return CauseNotTrusted, detail, Certain
		}
	}
	for _, v := range older {
		if detailOf(v) != "" {
			return CauseNotTrusted, DetailOlderSettings, Likely
		}
	}
	switch {
	case strings.Contains(alert, "expired"):
		return CauseNotTrusted, DetailPhoneClock, Likely
	case byAlert == "" && strings.Contains(alert, "bad certificate") && accepted(current):
		return CauseNotTrusted, DetailPhoneClock, Possible // OpenSSL's alert for a certificate of the future
	}
	return CauseNotTrusted, byAlert, Likely
}

// expiredAt reports whether a certificate of the chain was not valid at an instant.
func expiredAt(chain []*x509.Certificate, at time.Time) bool {
	for _, c := range chain {
		if at.After(c.NotAfter) || at.Before(c.NotBefore) {
			return true
		}
	}
	return false
}

// judged returns the verdicts of the person's profiles on the server's certificate: those with the
// settings of each platform's last download, and those with earlier settings.
func (f *facts) judged(at time.Time) (current, older []trust.Verdict) {
	latest, seen := map[string]bool{}, map[string]bool{}
	for _, d := range f.downloads {
		settings := f.settings[d.SettingsID]
		platform, known := profiles.ParsePlatform(d.Platform)
		if settings == nil || !known || seen[d.Platform+" "+d.SettingsID] {
			continue
		}
		seen[d.Platform+" "+d.SettingsID] = true
		server := trust.Server{Chain: f.chain, PublicRoots: publicRoots(&settings.WiFi)}
		v := server.Judge(&settings.WiFi, platform, at)
		if latest[d.Platform] {
			older = append(older, v)
		} else {
			current = append(current, v)
		}
		latest[d.Platform] = true
	}
	return current, older
}

// publicRoots returns the public roots that the settings name, nil if there are none.
func publicRoots(w *profiles.WiFi) *x509.CertPool {
	if len(w.PublicRoots) == 0 {
		return nil
	}
	pool := x509.NewCertPool()
	for _, text := range w.PublicRoots {
		pool.AppendCertsFromPEM([]byte(text))
	}
	return pool
}

// detailOf returns the detail for a verdict that refuses the certificate; empty for others.
func detailOf(v trust.Verdict) Detail {
	if v.Result != trust.Refuse {
		return ""
	}
	switch v.Reason {
	case trust.Anchor:
		if v.Detail == trust.IntermediateMissing {
			return DetailIntermediateMissing
		}
		return DetailAnchor
	case trust.Name, trust.SuffixRule:
		return DetailName
	case trust.Expiry:
		return DetailCertificateExpired
	case trust.KeyType:
		return DetailKeyType
	}
	return ""
}

// agrees reports whether the alert may come from a phone that refuses the certificate for the
// detail. Only the alert "unknown CA" is clear.
func agrees(d Detail, alert string) bool {
	unknownCA := strings.Contains(alert, "unknown ca")
	byAnchor := d == DetailAnchor || d == DetailIntermediateMissing
	return unknownCA == byAnchor || !unknownCA && !strings.Contains(alert, "alert")
}

// accepted reports whether all verdicts accept.
func accepted(verdicts []trust.Verdict) bool {
	for _, v := range verdicts {
		if v.Result != trust.Accept {
			return false
		}
	}
	return len(verdicts) > 0
}
