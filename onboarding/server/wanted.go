package server

// wanted is what a route reads of a JSON value. Everything else is skipped without being built, so that the memory that a
// body costs depends on what is read of it.
type wanted struct {
	members map[string]*wanted // an object's, by name
	others  *wanted            // of the object's members that are not among members; nil: they are skipped
	items   *wanted            // a list's
	text    bool               // an object or list may also come as a text that holds JSON
}

// simple is a text, a number, true, false or null.
var simple = &wanted{}

// simples names members that are simple.
func simples(names ...string) map[string]*wanted {
	members := make(map[string]*wanted, len(names))
	for _, name := range names {
		members[name] = simple
	}
	return members
}

// objectOf wants an object with those simple members.
func objectOf(names ...string) *wanted { return &wanted{members: simples(names...), text: true} }

// anyMembers wants an object whose members are all simple and may have any name.
var anyMembers = &wanted{others: simple, text: true}

// with adds one more member.
func (w *wanted) with(name string, of *wanted) *wanted {
	w.members[name] = of
	return w
}

// The bodies of the API.
var (
	loginBody        = objectOf("clientKey", "clientSecret")
	credentialBody   = objectOf("username", "password", "organizationId", "link", "guid")
	installationBody = objectOf("platform", "type", "installedBy", "installed", "guid")
	guidBody         = objectOf("guid")
	linkBody         = objectOf("expiresIn", "maxHits", "guid")
	deviceBody       = objectOf("installId", "bundle", "vendorId", "advId", "os", "osVersion", "device", "created", "lastSeen",
		"pushToken", "pp_installed", "wpa2ent_installed", "guid")
	policiesBody = objectOf("guid").with("policies", &wanted{items: objectOf("policyKey", "accepted"), text: true})
	customerBody = objectOf("username", "password", "firstName", "lastName", "title", "email", "emailVerified", "phoneNumber",
		"phoneVerified", "gender", "birthDate", "birthdate", "language", "country", "zipCode", "companyName", "civilStatus",
		"extId", "extProp1", "extProp2", "extPro1", "extPro2", "profiling", "ppd", "lock", "source", "organizationId", "locationId", "hotspotId", "guid",
		"browserLanguage").
		with("document", objectOf("memberId", "number", "personalId", "passportNumber", "type")).
		with("processingData", objectOf("profiling", "processingPersonalData")).
		with("policies", anyMembers).with("custom", anyMembers).with("device", deviceBody)
)

// attributesBody is what FreeRADIUS posts: attributes of any name.
var attributesBody = &wanted{others: &wanted{members: map[string]*wanted{"value": {items: simple}}, items: simple}}
