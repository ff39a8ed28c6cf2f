package main

import (
	"onramp/onboarding/trust"
)

// explain returns the meaning of a verdict, in a clause for operators.
func explain(v trust.Verdict) string {
	if text := details[v.Detail]; text != "" {
		return text
	}
	return reasons[v.Reason]
}

var reasons = map[trust.Reason]string{
	trust.TLS:        "no TLS version in common",
	trust.KeyType:    "a key that phones reject",
	trust.Expiry:     "a certificate that is not valid now",
	trust.Anchor:     "the chain leads to a root that the profile does not trust",
	trust.Name:       "the profile trusts none of the certificate's names",
	trust.SuffixRule: "the name matches, but not by the rule of this platform",
	trust.Settings:   "downloaded from an earlier version, which did not record the settings of profiles",
}

var details = map[trust.Detail]string{
	trust.Expired:             "the certificate has expired",
	trust.NotYetValid:         "the certificate is not yet valid",
	trust.AnchorExpired:       "the root in the profile has expired",
	trust.IntermediateExpired: "an intermediate certificate has expired",
	trust.Lifetime:            "it is valid for more than 825 days, which some iOS versions reject",
	trust.IntermediateMissing: "its issuer is neither sent nor the root in the profile, and phones do not fetch it",
	trust.OtherRoot:           "it was issued under another root than that in the profile",
	trust.NotRoot:             "the profile's trust anchor is not a root",
	trust.NoRoots:             "the profile relies on public roots, and this machine has none to compare with",
	trust.WeakKey:             "an RSA key has less than 2048 bits",
	trust.WeakSignature:       "a signature uses SHA-1",
	trust.OtherKey:            "the key is neither RSA nor ECDSA on P-256 or P-384",
	trust.Usage:               "its key usages do not include TLS servers",
	trust.Constraint:          "its issuer may not issue certificates for this name",
	trust.WildcardName:        "phones do not expand the wildcard in the certificate",
	trust.CommonNameOnly:      "its common name matches, but no DNS name does, and systems differ in comparing it",
	trust.TrailingDot:         "its name ends in a dot",
}

// advices returns the ways to make profiles accept a certificate, for the verdicts of a forecast.
func advices(verdicts map[trust.Verdict]int) []string {
	has := map[trust.Reason]bool{}
	detail := map[trust.Detail]bool{}
	for v := range verdicts {
		has[v.Reason], detail[v.Detail] = true, true
	}
	var all []string
	add := func(applies bool, text string) {
		if applies {
			all = append(all, text)
		}
	}
	add(has[trust.Name] || has[trust.SuffixRule],
		"add the full new name to wifi.trustedServerNames beside the old one; with a private root, Android also "+
			"needs wifi.passpoint.homeDomain to be a suffix of both names")
	add(detail[trust.IntermediateMissing], "append the intermediate certificates to the file")
	add(detail[trust.OtherRoot] || detail[trust.IntermediateMissing],
		"a profile holds one private root: let the old root sign the new CA too, and append that cross-certificate "+
			"to the file; then old and new profiles accept it. Public roots are a list: add the new one to "+
			"wifi.publicRoots beside the old one")
	add(detail[trust.AnchorExpired], "replace the expired wifi.trustAnchor, and issue those profiles again")
	add(has[trust.Expiry] && !detail[trust.AnchorExpired], "use certificates that are valid now")
	add(has[trust.KeyType], "use an RSA key of 2048 bits or more, or ECDSA on P-256 or P-384, signed with SHA-256, "+
		"for server authentication")
	add(has[trust.TLS], "let FreeRADIUS offer TLS 1.2")
	add(has[trust.Settings], "issue the profiles of unknown settings again")
	return all
}
