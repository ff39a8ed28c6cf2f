package onboarding

import (
	"cmp"
	"time"
)

// The policy keys that mean something to Onramp itself.
const (
	TermsOfUse        = "termsOfUse"
	Privacy           = "privacy"
	MktgCommunication = "mktgCommunications"
	AgeVerification   = "ageVerification"
	Profiling         = "profiling" // always a known key, though no tenant declares it
	PPD               = "ppd"       // processing of personal data; likewise
)

// Policy is a text that a customer accepts or not. termsOfUse and privacy are mandatory, the others opt-ins;
// keys that start with "customs." are the tenant's own.
type Policy struct {
	Key     string            `json:"key"`
	Version string            `json:"version"`
	Title   map[string]string `json:"title"`          // by language
	URL     string            `json:"url,omitempty"`  // where the text is, or
	Text    map[string]string `json:"text,omitempty"` // the text itself, by language
}

// Mandatory reports whether registration needs this policy accepted.
func (p *Policy) Mandatory() bool { return p.Key == TermsOfUse || p.Key == Privacy }

// Policy returns the organization's policy with that key, or nil.
func (o *Organization) Policy(key string) *Policy {
	for i := range o.Policies {
		if o.Policies[i].Key == key {
			return &o.Policies[i]
		}
	}
	return nil
}

// KnowsPolicy reports whether consents to key are kept: the declared ones, profiling and ppd.
func (o *Organization) KnowsPolicy(key string) bool {
	return key == Profiling || key == PPD || o.Policy(key) != nil
}

// defaultConsentVersion is the version of a consent without a text, where the tenant gives none.
const DefaultConsentVersion = "1.00"

// policyVersion returns the version of a policy that is in force.
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

// Consent is one entry of the append-only ledger: who accepted or refused what, when, and how we know.
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

// Channel is the way by which something reached us.
type Channel string

const (
	ChannelApp    Channel = "app"    // a publicApp key
	ChannelAPI    Channel = "api"    // an organizationManager key
	ChannelPortal Channel = "portal" // the sign-up page
)
