package server

import (
	"onramp/onboarding/registration"
	"onramp/onboarding/server/web"
)

// customerBody holds the members of createCustomer and updateCustomer.
var customerBody = web.ObjectOf(
	"username", "password", "firstName", "lastName", "title", "email", "emailVerified", "phoneNumber",
	"phoneVerified", "gender", "birthDate", "birthdate", "language", "country", "zipCode", "companyName", "civilStatus",
	"extId", "extProp1", "extProp2", "extPro1", "extPro2", "profiling", "ppd", "lock", "source", "organizationId",
	"locationId", "hotspotId", "guid",
	"browserLanguage").
	With("document", web.ObjectOf("memberId", "number", "personalId", "passportNumber", "type")).
	With("processingData", web.ObjectOf("profiling", "processingPersonalData")).
	With("policies", web.AnyMembers).With("custom", web.AnyMembers).With("device", deviceBody)

// customer returns the members of createCustomer and updateCustomer. The Service validates their
// values.
func (b *body) customer() registration.CustomerInput {
	o := b.Object
	in := registration.CustomerInput{
		Username: o.Text("username"), Password: o.Text("password"),
		FirstName: o.Text("firstName"), LastName: o.Text("lastName"), Title: o.Text("title"),
		Email: o.Text("email"), EmailVerified: o.Boolean("emailVerified"),
		PhoneNumber: o.Text("phoneNumber"), PhoneVerified: o.Boolean("phoneVerified"),
		Gender: o.Text("gender"), BirthDate: web.Alias(o, o.Text("birthDate"), o.Text("birthdate"), "birthdate"),
		Language: o.Text("language"), Country: o.Text("country"), ZipCode: o.Text("zipCode"),
		CompanyName: o.Text("companyName"), CivilStatus: o.Text("civilStatus"),
		ExtID: o.Text("extId"), ExtProp1: web.Alias(o, o.Text("extProp1"), o.Text("extPro1"), "extPro1"),
		ExtProp2: web.Alias(o, o.Text("extProp2"), o.Text("extPro2"), "extPro2"),
		Policies: o.Decisions("policies"), Profiling: o.Boolean("profiling"), PPD: o.Boolean("ppd"),
		Custom: o.Texts("custom"), Lock: o.Boolean("lock"), Source: o.Text("source"),
		OrganizationID: o.Text("organizationId"), LocationID: o.Text("locationId"), HotspotID: o.Text("hotspotId"),
		Guid: o.Text("guid"), BrowserLanguage: o.Text("browserLanguage"),
	}
	if d := o.Object("document"); d != nil {
		in.Document = &registration.IdentityDocumentInput{
			MemberID: d.Text("memberId"), Number: d.Text("number"), PersonalID: d.Text("personalId"),
			PassportNumber: d.Text("passportNumber"), Type: d.Text("type"),
		}
	}
	if p := o.Object("processingData"); p != nil {
		in.Profiling = web.Alias(p, in.Profiling, p.Boolean("profiling"), "profiling")
		in.PPD = web.Alias(p, in.PPD, p.Boolean("processingPersonalData"), "processingPersonalData")
	}
	if d := o.Object("device"); d != nil {
		device := deviceOf(d)
		in.Device = &device
	}
	return in
}
