package connectivity

import (
	"crypto/x509"
	"slices"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/trust"
	"onramp/profiles"
)

// causeOfMistrust returns the detail of a refused certificate: from the certificate that the RADIUS
// server shows, the profiles that the person holds, and the TLS alert. OpenSSL, on which most
// supplicants are built, sends AlertBadCertificate for a certificate that is not valid yet;
// wpa_supplicant sends AlertInternalError for a wrong name.
func (f *facts) causeOfMistrust(a *onboarding.Attempt) (Cause, Detail, Confidence) {
	byAlert := Detail("")
	switch a.Detail {
	case onboarding.AlertUnknownCA:
		byAlert = DetailAnchor
	case onboarding.AlertInternalError:
		byAlert = DetailName
	}
	if len(f.chain) == 0 {
		return CauseNotTrusted, byAlert, Likely
	}
	if detail := outsideDates(f.chain, a.Last); detail != "" {
		return CauseNotTrusted, detail, Certain
	}
	current, older := f.judged(a.Last)
	for _, v := range current {
		if detail := detailOf(v); detail != "" && agrees(detail, a.Detail) {
			return CauseNotTrusted, detail, Certain
		}
	}
	for _, v := range older {
		if detailOf(v) != "" {
			return CauseNotTrusted, DetailOlderSettings, Likely
		}
	}
	switch {
	case a.Detail == onboarding.AlertCertificateExpired:
		return CauseNotTrusted, DetailPhoneClock, Likely
	case a.Detail == onboarding.AlertBadCertificate && accepted(current):
		return CauseNotTrusted, DetailPhoneClock, Possible
	}
	return CauseNotTrusted, byAlert, Likely
}

// outsideDates returns the detail for a certificate of the chain that was not valid at an instant;
// empty if all were.
func outsideDates(chain []*x509.Certificate, at time.Time) Detail {
	for _, c := range chain {
		switch {
		case at.After(c.NotAfter):
			return DetailCertificateExpired
		case at.Before(c.NotBefore):
			return DetailNotYetValid
		}
	}
	return ""
}

// forecast rules on a person whose profiles no station has used successfully: all of them refuse
// the certificate that the RADIUS server sends, or an earlier one does and some phone refused it at
// the organization's access points meanwhile.
func (f *facts) forecast() (ruling, bool) {
	if len(f.chain) == 0 {
		return ruling{}, false
	}
	current, older := f.judged(f.now)
	refusal := Detail("")
	for _, v := range current {
		if refusal = detailOf(v); refusal == "" {
			break
		}
	}
	switch {
	case refusal != "":
		return ruling{CauseNotTrusted, refusal, Likely}, true
	case f.mistrusted && slices.ContainsFunc(older, func(v trust.Verdict) bool { return detailOf(v) != "" }):
		return ruling{CauseOlderProfile, DetailOlderSettings, Possible}, true
	}
	return ruling{}, false
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
		server := trust.Server{Chain: f.chain, PublicRoots: f.publicRoots}
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
	case trust.Name:
		return DetailName
	case trust.SuffixRule:
		return DetailSuffixRule
	case trust.Expiry:
		if v.Detail == trust.NotYetValid {
			return DetailNotYetValid
		}
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
	switch alert {
	case onboarding.AlertUnknownCA:
		return byAnchor
	case onboarding.AlertInternalError:
		return d == DetailName || d == DetailSuffixRule
	case onboarding.AlertCertificateExpired:
		return d == DetailCertificateExpired
	case onboarding.AlertBadCertificate:
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
