package connectivity

import (
	"crypto/x509"
	"strings"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/trust"
	"onramp/profiles"
)

// The TLS alerts of phones that depend on the reason. OpenSSL, on which most supplicants are built,
// sends alertBad for a certificate that is not valid yet; wpa_supplicant sends alertInternal for a
// wrong name.
const (
	alertUnknownCA = "unknown ca"
	alertExpired   = "certificate expired"
	alertBad       = "bad certificate"
	alertInternal  = "internal error"
)

// causeOfMistrust returns the detail of a refused certificate: from the certificate that the RADIUS
// server shows, the profiles that the person holds, and the TLS alert.
func (f *facts) causeOfMistrust(a *onboarding.Attempt) (Cause, Detail, Confidence) {
	alert := strings.ToLower(a.Detail)
	byAlert := Detail("")
	switch {
	case strings.Contains(alert, alertUnknownCA):
		byAlert = DetailAnchor
	case strings.Contains(alert, alertInternal):
		byAlert = DetailName
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
	case strings.Contains(alert, alertExpired):
		return CauseNotTrusted, DetailPhoneClock, Likely
	case strings.Contains(alert, alertBad) && accepted(current):
		return CauseNotTrusted, DetailPhoneClock, Possible
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
// detail.
func agrees(d Detail, alert string) bool {
	byAnchor := d == DetailAnchor || d == DetailIntermediateMissing
	switch {
	case strings.Contains(alert, alertUnknownCA):
		return byAnchor
	case strings.Contains(alert, alertInternal):
		return d == DetailName
	case strings.Contains(alert, alertExpired):
		return d == DetailCertificateExpired
	case strings.Contains(alert, alertBad):
		return !byAnchor
	}
	return true
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
