package trust

// Explain returns the meaning of a verdict in a clause for operators, or "" for Accept.
func (v Verdict) Explain() string {
	if text := details[v.Detail]; text != "" {
		return text
	}
	return reasons[v.Reason]
}

var reasons = map[Reason]string{
	TLS:        "no TLS version in common",
	KeyType:    "a key that phones reject",
	Expiry:     "a certificate that is not valid now",
	Anchor:     "the chain leads to a root that the profile does not trust",
	Name:       "the profile trusts none of the certificate's names",
	SuffixRule: "the name matches, but not by the rule of this platform",
	Settings:   "downloaded from an earlier version, which did not record the settings of profiles",
}

var details = map[Detail]string{
	Expired:             "the certificate has expired",
	NotYetValid:         "the certificate is not yet valid",
	AnchorExpired:       "the root in the profile has expired",
	IntermediateExpired: "an intermediate certificate has expired",
	Lifetime:            "it is valid for more than 825 days, which some iOS versions reject",
	IntermediateMissing: "its issuer is neither sent nor the root in the profile, and phones do not fetch it",
	OtherRoot:           "it was issued under another root than that in the profile",
	NotRoot:             "the profile's trust anchor is not a root",
	NoRoots:             "the profile relies on public roots, and this machine has none to compare with",
	WeakKey:             "an RSA key has less than 2048 bits",
	WeakSignature:       "a signature uses SHA-1",
	OtherKey:            "the key is neither RSA nor ECDSA on P-256 or P-384",
	Usage:               "its key usages do not include TLS servers",
	Constraint:          "its issuer may not issue certificates for this name",
	WildcardName:        "phones do not expand the wildcard in the certificate",
	CommonNameOnly:      "its common name matches, but no DNS name does, and systems differ in comparing it",
	TrailingDot:         "its name ends in a dot",
}
