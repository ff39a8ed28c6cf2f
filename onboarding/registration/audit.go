package registration

import "onramp/onboarding"

// act returns an act about a customer.
func act(c *onboarding.Customer, action onboarding.AuditAction, fields ...string) onboarding.Act {
	return onboarding.Act{OrganizationID: c.OrganizationID, Action: action, CustomerID: c.ID, Fields: fields}
}

// changed returns the act of a change of the fields.
func changed(c *onboarding.Customer, fields ...string) onboarding.Act {
	return act(c, onboarding.AuditContactChanged, fields...)
}

// repeatActs returns the acts of a repeated registration, which shows the first answer again.
func repeatActs(r *Result) []onboarding.Act {
	acts := []onboarding.Act{act(r.Customer, onboarding.AuditContactRead, "registration")}
	if r.Password != "" {
		acts = append(acts, act(r.Customer, onboarding.AuditPasswordRead))
	}
	return acts
}

// sentField is a field of a request.
type sentField struct {
	name string
	sent bool
}

// sentNames returns the names of the fields that were sent.
func sentNames(fields []sentField) []string {
	var names []string
	for _, f := range fields {
		if f.sent {
			names = append(names, f.name)
		}
	}
	return names
}

// sent returns the names of the fields in a request, for the audit. Members of `custom` are not
// named, because their names are chosen by the caller.
func (in *CustomerInput) sent() []string {
	fields := []sentField{{"username", in.Username != nil}, {"password", in.Password != nil}}
	for _, t := range in.texts(&onboarding.Customer{}, &onboarding.Document{}) {
		fields = append(fields, sentField{t.field, t.in != nil})
	}
	return sentNames(append(fields,
		sentField{"email", in.Email != nil}, sentField{"emailVerified", in.EmailVerified != nil},
		sentField{"phoneNumber", in.PhoneNumber != nil}, sentField{"phoneVerified", in.PhoneVerified != nil},
		sentField{"gender", in.Gender != nil}, sentField{"birthDate", in.BirthDate != nil},
		sentField{"language", in.Language != nil}, sentField{"country", in.Country != nil},
		sentField{"policies", in.Policies != nil}, sentField{"profiling", in.Profiling != nil},
		sentField{"ppd", in.PPD != nil}, sentField{"custom", in.Custom != nil}, sentField{"lock", in.Lock != nil},
		sentField{"source", in.Source != nil}, sentField{"locationId", in.LocationID != nil},
		sentField{"hotspotId", in.HotspotID != nil}, sentField{"guid", in.Guid != nil},
		sentField{"device", in.Device != nil}))
}
