package onboarding

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"onramp/profiles"
)

// PortalFields are the customer fields that a sign-up form can ask for.
var PortalFields = []string{
	"firstName", "lastName", "title", "email", "phoneNumber", "gender", "birthDate",
	"language", "country", "zipCode", "companyName", "civilStatus",
}

// customField matches the names of an organization's own form fields.
var customField = regexp.MustCompile(`^custom\.[A-Za-z0-9_-]{1,64}$`)

// IsCustomField reports whether a name is that of an organization's own form field, custom.NAME.
func IsCustomField(name string) bool { return customField.MatchString(name) }

// IsPortalField reports whether a sign-up form can ask for a field.
func IsPortalField(name string) bool {
	return slices.Contains(PortalFields, name) || IsCustomField(name)
}

// DefaultDisconnectPort is the port for Disconnect-Requests (RFC 5176).
const DefaultDisconnectPort = 3799

// Organization is one tenant, declared as a whole in YAML and replaced as a whole. The json tags
// are its stored form.
type Organization struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// Names holds the name in other languages, by ISO 639-1 code.
	Names           map[string]string `json:"names,omitempty"`
	DefaultLocation string            `json:"defaultLocation"`
	Languages       []string          `json:"languages"` // ISO 639-1; the first is the default
	Policies        []Policy          `json:"policies"`  // termsOfUse at 0, privacy at 1
	WiFi            WiFi              `json:"wifi"`
	VisitGap        time.Duration     `json:"visitGap"` // connections less than this apart form one visit
	RADIUS          RADIUSReply       `json:"radius"`
	Segments        []Segment         `json:"segments,omitempty"`
	Portal          Portal            `json:"portal"`
	Locations       []Location        `json:"locations"`
	// ExternalSource is shown for every contact; if empty, the deployment's name.
	ExternalSource string `json:"externalSource,omitempty"`
	// ConsentVersions are the versions of the consents to profiling and ppd, which have no text;
	// if empty, DefaultConsentVersion.
	ConsentVersions ConsentVersions `json:"consentVersions,omitzero"`
	Retention       Retention       `json:"retention,omitzero"`
	// Webhooks are the endpoints to which events are posted.
	Webhooks []Webhook `json:"webhooks,omitempty"`

	// Version changes with every apply that changes the organization; the store sets it.
	Version int64 `json:"-"`
}

// Defaults of values that a tenant file may leave out.
const (
	DefaultVisitGap        = 2 * time.Hour
	DefaultProfileLifetime = 365 * 24 * time.Hour
)

// The Wi-Fi settings are those of the documents: one type from YAML to the device. The aliases
// spare adapters the import of package profiles.
type (
	WiFi      = profiles.WiFi
	Passpoint = profiles.Passpoint
	WPA2      = profiles.WPA2
	Helpdesk  = profiles.Helpdesk
)

// RADIUSReply holds the attributes that authorize adds to an Access-Accept, and the time for which
// authentications are kept.
type RADIUSReply struct {
	SessionTimeout time.Duration `json:"sessionTimeout,omitempty"`
	VLAN           int           `json:"vlan,omitempty"`
	AttemptsKept   time.Duration `json:"attemptsKept,omitempty"` // 0: the default
}

// AttemptLifetime returns the time for which the organization's attempts are kept.
func (r *RADIUSReply) AttemptLifetime() time.Duration { return cmp.Or(r.AttemptsKept, AttemptsKept) }

// Portal holds the fields of the tenant's sign-up page and the hosts to which it may redirect a
// visitor afterwards.
type Portal struct {
	Fields        []string `json:"fields,omitempty"`
	RedirectHosts []string `json:"redirectHosts,omitempty"`
	// PhoneCountry is the country of phone numbers without a prefix; if empty, the country of the
	// location's time zone.
	PhoneCountry string `json:"phoneCountry,omitempty"`
	// Optional lists those of Fields that a visitor may leave out.
	Optional []string `json:"optional,omitempty"`
	// Labels holds the labels of fields by name and by language, instead of the pages' own.
	Labels map[string]map[string]string `json:"labels,omitempty"`
	// Profiling says whether the form asks for consent to profiling; if nil, it does so for an
	// organization with segments.
	Profiling *bool `json:"profiling,omitempty"`
	Brand     Brand `json:"brand,omitzero"`
	// Reconsent is the consequence while a mandatory policy's current version is not accepted;
	// empty: ReconsentGrace. GraceDays is the grace period of ReconsentStop; 0: DefaultGraceDays.
	Reconsent Reconsent `json:"reconsent,omitempty"`
	GraceDays int       `json:"graceDays,omitempty"`
	// Verify is the channel by which a visitor proves an address before the profile; if empty,
	// none.
	Verify VerifyChannel `json:"verify,omitempty"`
	// Grant opens the internet access at the access controller before the profile; may be nil.
	Grant *Grant `json:"grant,omitempty"`
	// RenewalDays is the time before the end of a credential at which its holder gets a notice with
	// a link to renew it; 0: no notice.
	RenewalDays int `json:"renewalDays,omitempty"`
	// Slug is the path of the sign-up page's short address, unique in the deployment; may be empty.
	Slug string `json:"slug,omitempty"`
}

// MaxRenewalDays limits Portal.RenewalDays: the link of a notice lives as long.
const MaxRenewalDays = 30

// NoticeTime returns RenewalDays as a duration.
func (p *Portal) NoticeTime() time.Duration { return time.Duration(p.RenewalDays) * 24 * time.Hour }

// Grant describes the request by which a visitor's browser, or for a controller with an API this
// server, asks the access controller for internet access. Package grant has its rules.
type Grant struct {
	// Kind is the controller's, or grant.KindForm for a request that URL, Method and Fields
	// describe.
	Kind   string `json:"kind"`
	URL    string `json:"url,omitempty"`
	Method string `json:"method,omitempty"`
	// Fields holds fields by name, in addition to those of the kind. In values and in URL, {NAME}
	// stands for a parameter of the controller's redirect.
	Fields map[string]string `json:"fields,omitempty"`
	// Hosts are the hosts to which the request may go, "*.example.com" for those below a domain.
	Hosts []string `json:"hosts,omitempty"`
	// Site, Minutes and CA belong to a controller with an API: its site, the time for which it
	// opens the access, and the PEM of the CA certificates that it is verified with instead of the
	// machine's.
	Site    string `json:"site,omitempty"`
	Minutes int    `json:"minutes,omitempty"`
	CA      string `json:"ca,omitempty"`
	// KeyName names the administrator's key among the secrets of the deployment.
	KeyName string `json:"keyName,omitempty"`
	// Key is a key that is being applied, sealed for GrantKeyPurpose; it is not stored here.
	Key *Sealed `json:"-"`
}

// GrantKeyPurpose binds an administrator's key of a controller until it is stored.
const GrantKeyPurpose = "key of a controller"

// slugForm matches slugs. They are ASCII, so that no two look alike by letters of other scripts.
var slugForm = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// maxSlug limits the bytes of a slug.
const maxSlug = 40

// ValidSlug reports whether a text has the form of a slug: lower-case letters, digits, and single
// hyphens between them.
func ValidSlug(text string) bool {
	return len(text) >= 2 && len(text) <= maxSlug && slugForm.MatchString(text) && !ValidID(text)
}

// PortalPath returns the path of the organization's sign-up page, the short one if there is one.
func (o *Organization) PortalPath() string {
	if o.Portal.Slug != "" {
		return "/" + o.Portal.Slug
	}
	return "/portal/" + o.ID
}

// Brand is the venue's appearance on its pages.
type Brand struct {
	// Logo is an SVG document in the form of brand.CleanLogo.
	Logo string `json:"logo,omitempty"`
	// Accent is the colour of links and buttons, #rrggbb; pages use variants of enough contrast.
	Accent  string `json:"accent,omitempty"`
	Address string `json:"address,omitempty"`
	// Help is the contact that the pages show; if nil, the helpdesk of the Wi-Fi settings.
	Help *Helpdesk `json:"help,omitempty"`
}

// Help returns the contact that the pages show, or nil.
func (o *Organization) Help() *Helpdesk { return cmp.Or(o.Portal.Brand.Help, o.WiFi.Helpdesk) }

// IsOptional reports whether a visitor may leave the field out.
func (p *Portal) IsOptional(field string) bool { return slices.Contains(p.Optional, field) }

// AsksProfiling reports whether the sign-up form asks for consent to profiling and ppd.
func (o *Organization) AsksProfiling() bool {
	if o.Portal.Profiling != nil {
		return *o.Portal.Profiling
	}
	return len(o.Segments) > 0
}

// ConsentVersions holds a version for each policy without a text.
type ConsentVersions struct {
	Profiling string `json:"profiling,omitempty"`
	PPD       string `json:"ppd,omitempty"`
}

// Location is a venue.
type Location struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Timezone  string    `json:"timezone"` // IANA name
	Latitude  *float64  `json:"latitude,omitempty"`
	Longitude *float64  `json:"longitude,omitempty"`
	Hotspots  []Hotspot `json:"hotspots,omitempty"`
}

// Hotspot is an access point (or a controller) at a location.
type Hotspot struct {
	ID            string `json:"id"`
	Name          string `json:"name"`
	MAC           string `json:"mac,omitempty"` // lower-case hex with colons
	NASIdentifier string `json:"nasIdentifier,omitempty"`
	// Address and DisconnectPort are the hotspot's own address as a RADIUS client, and Secret its
	// shared secret.
	Address        string  `json:"address,omitempty"`
	DisconnectPort int     `json:"disconnectPort,omitempty"`
	Secret         *Sealed `json:"secret,omitempty"`
}

// OrganizationVersion is a former version of an organization's look, which a change replaced.
type OrganizationVersion struct {
	OrganizationID string
	Version        int64
	Replaced       time.Time
	By             Actor         // who replaced it; without RequestID
	Look           *Organization // as of Organization.Look
}

// KeptVersions is the number of former versions that are kept of each organization.
const KeptVersions = 10

// Look returns the part of the organization that an operator may restore: name, languages, brand,
// the fields of the form, and the texts of the policies. It shares its content with the
// organization.
func (o *Organization) Look() *Organization {
	look := &Organization{
		ID: o.ID, Name: o.Name, Names: o.Names, Languages: o.Languages,
		Portal: Portal{
			Fields: o.Portal.Fields, Optional: o.Portal.Optional, Labels: o.Portal.Labels, Brand: o.Portal.Brand,
		},
	}
	for i := range o.Policies {
		p := &o.Policies[i]
		look.Policies = append(look.Policies, Policy{
			Key: p.Key, Version: p.Version, Title: p.Title, URL: p.URL, Text: p.Text, Changes: p.Changes,
		})
	}
	return look
}

// RestoreLook gives the organization the look of a former version. A policy that the version lacks
// stays as it is, and one that the organization lacks does not come back.
func (o *Organization) RestoreLook(look *Organization) {
	o.Name, o.Names, o.Languages = look.Name, look.Names, look.Languages
	p, was := &o.Portal, &look.Portal
	p.Fields, p.Optional, p.Labels, p.Brand = was.Fields, was.Optional, was.Labels, was.Brand
	for i := range o.Policies {
		if was := look.Policy(o.Policies[i].Key); was != nil {
			p := &o.Policies[i]
			p.Version, p.Title, p.URL, p.Text, p.Changes = was.Version, was.Title, was.URL, was.Text, was.Changes
		}
	}
}

// Clone returns a copy that shares nothing with the organization.
func (o *Organization) Clone() (*Organization, error) {
	document, err := json.Marshal(o)
	if err != nil {
		return nil, fmt.Errorf("organization %s: %w", o.ID, err)
	}
	c := &Organization{Version: o.Version}
	if err := json.Unmarshal(document, c); err != nil {
		return nil, fmt.Errorf("organization %s: %w", o.ID, err)
	}
	return c, nil
}

// Equal reports whether two organizations have the same declaration, regardless of Version: their
// stored forms are equal.
func (o *Organization) Equal(other *Organization) (bool, error) {
	mine, err := json.Marshal(o)
	if err != nil {
		return false, fmt.Errorf("organization %s: %w", o.ID, err)
	}
	theirs, err := json.Marshal(other)
	if err != nil {
		return false, fmt.Errorf("organization %s: %w", other.ID, err)
	}
	return bytes.Equal(mine, theirs), nil
}

// Differences returns the names of the stored members in which the organization differs from
// another, or all its members if other is nil.
func (o *Organization) Differences(other *Organization) ([]string, error) {
	mine, err := o.members()
	if err != nil {
		return nil, err
	}
	theirs := map[string]json.RawMessage{}
	if other != nil {
		if theirs, err = other.members(); err != nil {
			return nil, err
		}
	}
	all := maps.Clone(mine)
	maps.Copy(all, theirs)
	return slices.DeleteFunc(slices.Sorted(maps.Keys(all)), func(name string) bool {
		return bytes.Equal(mine[name], theirs[name])
	}), nil
}

// members returns the members of the organization's stored form.
func (o *Organization) members() (members map[string]json.RawMessage, err error) {
	text, err := json.Marshal(o)
	if err == nil {
		err = json.Unmarshal(text, &members)
	}
	if err != nil {
		return nil, fmt.Errorf("organization %s: %w", o.ID, err)
	}
	return members, nil
}

// Location returns the location with that ID, or nil.
func (o *Organization) Location(id string) *Location {
	for i := range o.Locations {
		if o.Locations[i].ID == id {
			return &o.Locations[i]
		}
	}
	return nil
}

// Hotspot returns the hotspot with that ID and its location, or nil.
func (o *Organization) Hotspot(id string) (*Location, *Hotspot) {
	for i := range o.Locations {
		for j := range o.Locations[i].Hotspots {
			if o.Locations[i].Hotspots[j].ID == id {
				return &o.Locations[i], &o.Locations[i].Hotspots[j]
			}
		}
	}
	return nil, nil
}

// DeclaredRealm is a realm of an organization, and the field of the tenant file that declares it.
type DeclaredRealm struct{ Realm, Field string }

// DeclaredRealms returns every realm that authorize strips from this organization's user names,
// lower-case and each once: the Passpoint realm, the NAI realms and the outer identity's realm.
func (o *Organization) DeclaredRealms() []DeclaredRealm {
	var realms []DeclaredRealm
	seen := map[string]bool{}
	add := func(realm, field string) {
		if realm = FoldRealm(realm); realm != "" && !seen[realm] {
			seen[realm] = true
			realms = append(realms, DeclaredRealm{realm, field})
		}
	}
	if p := o.WiFi.Passpoint; p != nil {
		add(p.Realm, "wifi.passpoint.realm")
		for i, realm := range p.NAIRealms {
			add(realm, fmt.Sprintf("wifi.passpoint.naiRealms[%d]", i))
		}
	}
	if _, realm, ok := CutLastAt(o.WiFi.OuterIdentity); ok {
		add(realm, "wifi.outerIdentity")
	}
	return realms
}

// Realms returns the realms of DeclaredRealms.
func (o *Organization) Realms() []string {
	declared := o.DeclaredRealms()
	realms := make([]string, len(declared))
	for i, d := range declared {
		realms[i] = d.Realm
	}
	return realms
}

// FoldRealm returns the form in which realms are compared: RFC 7542 realms are domain names, so
// case is ignored.
func FoldRealm(realm string) string { return strings.ToLower(realm) }

// CutLastAt splits a NAI at its last @, which precedes the realm (RFC 7542).
func CutLastAt(nai string) (user, realm string, found bool) {
	i := strings.LastIndexByte(nai, '@')
	if i < 0 {
		return nai, "", false
	}
	return nai[:i], nai[i+1:], true
}

// Settings returns the settings of the organization's documents. They share its maps and slices.
func (o *Organization) Settings() profiles.Settings {
	s := profiles.Settings{OrganizationID: o.ID, OrganizationName: o.Name, OrganizationNames: o.Names, WiFi: o.WiFi}
	if len(o.Languages) > 0 {
		s.DefaultLanguage = o.Languages[0]
	}
	return s
}

// A Finding is a rule broken by an organization's declaration, or a fact that its operator must
// know. Findings about the Wi-Fi settings and about the rest of the organization share one type.
type (
	Finding  = profiles.Finding
	Severity = profiles.Severity
)

// The severities. An organization with an error is refused; warnings and notes do not refuse it.
const (
	SeverityError   = profiles.Error
	SeverityWarning = profiles.Warning
	SeverityNote    = profiles.Note
)
