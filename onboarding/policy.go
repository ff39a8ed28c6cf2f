package onboarding

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// The policy keys with a meaning to Onramp itself.
const (
	TermsOfUse        = "termsOfUse"
	Privacy           = "privacy"
	MktgCommunication = "mktgCommunications"
	AgeVerification   = "ageVerification"
	Profiling         = "profiling" // always a known key, though no tenant declares it
	PPD               = "ppd"       // processing of personal data; always known, like profiling
)

// Policy is a text that a customer accepts or refuses. termsOfUse and privacy are mandatory, the
// others optional unless Required; keys that start with "customs." are the tenant's own.
type Policy struct {
	Key     string            `json:"key"`
	Version string            `json:"version"`
	Title   map[string]string `json:"title"`          // by language
	URL     string            `json:"url,omitempty"`  // the address of the text, or
	Text    map[string]string `json:"text,omitempty"` // the text itself, by language
	// Required makes another policy mandatory too.
	Required bool `json:"mandatory,omitempty"`
	// Changes describes, by language, how this version differs from the one before.
	Changes map[string]string `json:"changes,omitempty"`
	// Since is the time of the apply that changed the version or the consequence of a missing
	// acceptance; RequiredSince that of the apply that made the policy mandatory. Apply sets both;
	// zero: since the organization exists.
	Since         time.Time `json:"since,omitzero"`
	RequiredSince time.Time `json:"requiredSince,omitzero"`
}

// Mandatory reports whether registration requires acceptance of this policy.
func (p *Policy) Mandatory() bool { return p.Required || p.Key == TermsOfUse || p.Key == Privacy }

// Policy returns the organization's policy with that key, or nil.
func (o *Organization) Policy(key string) *Policy {
	for i := range o.Policies {
		if o.Policies[i].Key == key {
			return &o.Policies[i]
		}
	}
	return nil
}

// Reconsent is the consequence while a mandatory policy's current version is not accepted.
type Reconsent string

const (
	// ReconsentGrace: the pages ask, and everything goes on.
	ReconsentGrace Reconsent = "grace"
	// ReconsentStop: the pages ask; after the portal's grace period there is no profile and no
	// renewal. Authentications succeed until the credential ends.
	ReconsentStop Reconsent = "stop"
)

// The grace period of ReconsentStop in days.
const (
	DefaultGraceDays = 30
	MaxGraceDays     = 366
)

// DuePolicy is a mandatory policy whose current version a customer has not accepted.
type DuePolicy struct {
	*Policy
	Before    string    // the version of the latest decision; empty: none
	Withdrawn bool      // the latest decision is a refusal while the policy was mandatory
	Stops     time.Time // from then on there is no profile and no renewal; zero: never
}

// Stopped reports whether there is no profile and no renewal at a time.
func (d *DuePolicy) Stopped(now time.Time) bool {
	return d.Withdrawn || !d.Stops.IsZero() && !now.Before(d.Stops)
}

// DuePolicies returns the mandatory policies that a customer with these current consents has to
// accept: a refused one, one without a decision, and one whose version has risen. A version that
// was lowered again is not asked for.
func (o *Organization) DuePolicies(current []Consent) []DuePolicy {
	var due []DuePolicy
	for i := range o.Policies {
		p := &o.Policies[i]
		if !p.Mandatory() {
			continue
		}
		d := DuePolicy{Policy: p}
		at := slices.IndexFunc(current, func(c Consent) bool { return c.Policy == p.Key })
		if at >= 0 {
			latest := &current[at]
			if latest.Accepted && CompareVersions(latest.Version, p.Version) >= 0 {
				continue
			}
			d.Before = latest.Version
			d.Withdrawn = !latest.Accepted && !latest.At.Before(p.RequiredSince)
		}
		if o.Portal.Reconsent == ReconsentStop {
			d.Stops = p.Since.AddDate(0, 0, cmp.Or(o.Portal.GraceDays, DefaultGraceDays))
		}
		due = append(due, d)
	}
	return due
}

// ConsentStops returns the policies of DuePolicies if one of them is Stopped.
func (o *Organization) ConsentStops(current []Consent, now time.Time) []DuePolicy {
	due := o.DuePolicies(current)
	if slices.ContainsFunc(due, func(d DuePolicy) bool { return d.Stopped(now) }) {
		return due
	}
	return nil
}

// ConsentDueError is the Conflict that names the policies to accept.
func ConsentDueError(due []DuePolicy) *Error {
	e := &Error{Kind: Conflict}
	for i := range due {
		e.More = append(e.More, Fault{"policies." + due[i].Key, "version " + due[i].Version + " must be accepted"})
	}
	e.Field, e.Message, e.More = e.More[0].Field, e.More[0].Message, e.More[1:]
	return e
}

// CompareVersions compares two versions of a text: runs of digits as numbers, everything else as
// text. 1.0 equals 1.00, and 2.9 is less than 2.10.
func CompareVersions(a, b string) int {
	for a != "" && b != "" {
		x, y := versionPart(a), versionPart(b)
		a, b = a[len(x):], b[len(y):]
		if isDigit(x[0]) && isDigit(y[0]) {
			x, y = strings.TrimLeft(x, "0"), strings.TrimLeft(y, "0")
			if c := cmp.Compare(len(x), len(y)); c != 0 {
				return c
			}
		}
		if c := cmp.Compare(x, y); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a), len(b))
}

// versionPart returns the run of digits, or of other characters, with which a version begins.
func versionPart(version string) string {
	end := strings.IndexFunc(version, func(r rune) bool { return (r >= '0' && r <= '9') != isDigit(version[0]) })
	if end < 0 {
		return version
	}
	return version[:end]
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// KnowsPolicy reports whether consents to key are recorded: the declared policies, profiling and
// ppd.
func (o *Organization) KnowsPolicy(key string) bool {
	return key == Profiling || key == PPD || o.Policy(key) != nil
}

// DefaultConsentVersion is the version of a consent without a text, unless the tenant sets one.
const DefaultConsentVersion = "1.00"

// PolicyVersion returns the current version of a policy.
func (o *Organization) PolicyVersion(key string) string {
	switch key {
	case Profiling:
		return cmp.Or(o.ConsentVersions.Profiling, DefaultConsentVersion)
	case PPD:
		return cmp.Or(o.ConsentVersions.PPD, DefaultConsentVersion)
	}
	if p := o.Policy(key); p != nil {
		return p.Version
	}
	return ""
}

// Consent is one entry of the append-only ledger: the customer, the policy, the decision, and its
// evidence.
type Consent struct {
	ID             string
	OrganizationID string
	CustomerID     string
	Policy         string
	Version        string // of the policy's text
	Accepted       bool
	At             time.Time
	Channel        Channel
	Address        string // the client's IP address
	// Agent is the client's User-Agent, cut to 512 bytes. Of ChannelImport it is the place where
	// the decision was made, as the import's source names it.
	Agent string
}

// Channel is the origin of a request.
type Channel string

const (
	ChannelApp    Channel = "app"    // a publicApp key
	ChannelAPI    Channel = "api"    // an organizationManager key
	ChannelPortal Channel = "portal" // the sign-up page
	ChannelImport Channel = "import" // taken over from another system by `onramp import`
)
