package main

import (
	"onramp/onboarding/trust"
)

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
