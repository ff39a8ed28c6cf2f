package trust

// Result is the prediction for one profile.
type Result string

// The results.
const (
	Accept  Result = "accept"
	Refuse  Result = "refuse"
	Unknown Result = "unknown"
)

// Reason is the stable name of the first check that fails. It is empty for Accept.
type Reason string

// The reasons, in the order of the checks.
const (
	// TLS: phone and server have no TLS version in common.
	TLS Reason = "tls"
	// KeyType: a key, a signature algorithm or a key usage that the phone rejects.
	KeyType Reason = "key-type"
	// Expiry: a certificate of the chain, or the trust anchor, is expired or not yet valid.
	Expiry Reason = "expiry"
	// Anchor: the chain does not lead to a certificate that the phone trusts.
	Anchor Reason = "anchor"
	// Name: the profile trusts none of the certificate's names.
	Name Reason = "name"
	// SuffixRule: the profile trusts one of the names, but not by the platform's matching rule.
	SuffixRule Reason = "suffix-rule"
	// Settings: the settings in the profile are not known. An earlier version recorded none.
	Settings Reason = "settings"
)

// Detail refines a reason. It is stable and may be empty.
type Detail string

// The details.
const (
	Expired             Detail = "expired"
	NotYetValid         Detail = "not-yet-valid"
	AnchorExpired       Detail = "anchor-expired"
	Lifetime            Detail = "lifetime" // more than 825 days
	IntermediateMissing Detail = "intermediate-missing"
	IntermediateExpired Detail = "intermediate-expired"
	OtherRoot           Detail = "other-root"
	NotRoot             Detail = "anchor-not-root"  // the anchor is an intermediate or a leaf
	NoRoots             Detail = "no-public-roots"  // the phone's public roots are not known here
	WeakKey             Detail = "weak-key"         // RSA below 2048 bits
	WeakSignature       Detail = "weak-signature"   // SHA-1 or older
	OtherKey            Detail = "other-key"        // neither RSA nor ECDSA on P-256 or P-384
	Usage               Detail = "usage"            // not for TLS servers
	Constraint          Detail = "name-constraint"  // a CA may not issue for this name
	WildcardName        Detail = "wildcard-name"    // in the certificate
	CommonNameOnly      Detail = "common-name-only" // no dNSName in the certificate
	TrailingDot         Detail = "trailing-dot"     // in the certificate
)

// Verdict is the prediction for one profile with its reason.
type Verdict struct {
	Result Result
	Reason Reason
	Detail Detail
}

func accept() Verdict                     { return Verdict{Result: Accept} }
func refuse(r Reason, d Detail) Verdict   { return Verdict{Refuse, r, d} }
func unknown(r Reason, d Detail) Verdict  { return Verdict{Unknown, r, d} }
func (v Verdict) worse(than Verdict) bool { return rank[v.Result] > rank[than.Result] }

var rank = map[Result]int{Accept: 0, Unknown: 1, Refuse: 2}
