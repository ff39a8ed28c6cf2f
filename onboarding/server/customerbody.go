package server

import "onramp/onboarding"

// customer reads the members of createCustomer and updateCustomer. What their values may be is the Service's to say.
func (b *body) customer() onboarding.CustomerInput {
	o := b.object
	in := onboarding.CustomerInput{
		Username: o.text("username"), Password: o.text("password"),
		FirstName: o.text("firstName"), LastName: o.text("lastName"), Title: o.text("title"),
		Email: o.text("email"), EmailVerified: o.boolean("emailVerified"),
		PhoneNumber: o.text("phoneNumber"), PhoneVerified: o.boolean("phoneVerified"),
		Gender: o.text("gender"), BirthDate: alias(o, o.text("birthDate"), o.text("birthdate"), "birthdate"),
		Language: o.text("language"), Country: o.text("country"), ZipCode: o.text("zipCode"),
		CompanyName: o.text("companyName"), CivilStatus: o.text("civilStatus"),
		ExtID: o.text("extId"), ExtProp1: alias(o, o.text("extProp1"), o.text("extPro1"), "extPro1"),
		ExtProp2: alias(o, o.text("extProp2"), o.text("extPro2"), "extPro2"),
		Policies: o.decisions("policies"), Profiling: o.boolean("profiling"), PPD: o.boolean("ppd"),
		Custom: o.texts("custom"), Lock: o.boolean("lock"), Source: o.text("source"),
		OrganizationID: o.text("organizationId"), LocationID: o.text("locationId"), HotspotID: o.text("hotspotId"),
		Guid: o.text("guid"), BrowserLanguage: o.text("browserLanguage"),
	}
	if d := o.object("document"); d != nil {
		in.Document = &onboarding.DocumentInput{
			MemberID: d.text("memberId"), Number: d.text("number"), PersonalID: d.text("personalId"),
			PassportNumber: d.text("passportNumber"), Type: d.text("type"),
		}
	}
	if p := o.object("processingData"); p != nil {
		in.Profiling = alias(p, in.Profiling, p.boolean("profiling"), "profiling")
		in.PPD = alias(p, in.PPD, p.boolean("processingPersonalData"), "processingPersonalData")
	}
	if d := o.object("device"); d != nil {
		device := d.device()
		in.Device = &device
	}
	return in
}

// device reads a phone's metadata or heartbeat, as a body of its own or as a customer's `device`.
func (o *object) device() onboarding.DeviceInput {
	return onboarding.DeviceInput{
		InstallID: o.plainText("installId"), Bundle: o.plainText("bundle"), VendorID: o.plainText("vendorId"),
		AdvID: o.plainText("advId"), OS: o.plainText("os"), OSVersion: o.plainText("osVersion"), Device: o.plainText("device"),
		Created: o.plainText("created"), LastSeen: o.plainText("lastSeen"), PushToken: o.plainText("pushToken"),
		PasspointInstalled: o.boolean("pp_installed"), WPA2Installed: o.boolean("wpa2ent_installed"),
		Guid: o.plainText("guid"),
	}
}
