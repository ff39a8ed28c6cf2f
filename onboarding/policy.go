package onboarding

import (
	"cmp"
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
	Agent          string // the client's User-Agent, cut to 512 bytes
}

// Channel is the origin of a request.
type Channel string

const (
	ChannelApp    Channel = "app"    // a publicApp key
	ChannelAPI    Channel = "api"    // an organizationManager key
	ChannelPortal Channel = "portal" // the sign-up page
)
