package server

import (
	"onramp/onboarding"
	"onramp/onboarding/registration"
	"onramp/onboarding/server/web"
)

// customerBody is the body of createCustomer and updateCustomer.
type customerBody struct {
	Username        *string                 `json:"username"`
	Password        *string                 `json:"password"`
	FirstName       *string                 `json:"firstName"`
	LastName        *string                 `json:"lastName"`
	Title           *string                 `json:"title"`
	Email           *string                 `json:"email"`
	EmailVerified   *bool                   `json:"emailVerified"`
	PhoneNumber     *string                 `json:"phoneNumber"`
	PhoneVerified   *bool                   `json:"phoneVerified"`
	Gender          *string                 `json:"gender"`
	BirthDate       *string                 `json:"birthDate"`
	OtherBirthDate  *string                 `json:"birthdate"`
	Language        *string                 `json:"language"`
	Country         *string                 `json:"country"`
	ZipCode         *string                 `json:"zipCode"`
	CompanyName     *string                 `json:"companyName"`
	CivilStatus     *string                 `json:"civilStatus"`
	ExtID           *string                 `json:"extId"`
	ExtProp1        *string                 `json:"extProp1"`
	OtherExtProp1   *string                 `json:"extPro1"`
	ExtProp2        *string                 `json:"extProp2"`
	OtherExtProp2   *string                 `json:"extPro2"`
	Policies        map[string]bool         `json:"policies"`
	Profiling       *bool                   `json:"profiling"`
	PPD             *bool                   `json:"ppd"`
	Custom          map[string]string       `json:"custom"`
	Lock            *bool                   `json:"lock"`
	Source          *string                 `json:"source"`
	OrganizationID  *string                 `json:"organizationId"`
	LocationID      *string                 `json:"locationId"`
	HotspotID       *string                 `json:"hotspotId"`
	Guid            *string                 `json:"guid"`
	BrowserLanguage *string                 `json:"browserLanguage"`
	Document        *identityDocumentMember `json:"document"`
	ProcessingData  *processingDataMember   `json:"processingData"`
	Device          *deviceBody             `json:"device"`
}

type identityDocumentMember struct {
	MemberID       *string `json:"memberId"`
	Number         *string `json:"number"`
	PersonalID     *string `json:"personalId"`
	PassportNumber *string `json:"passportNumber"`
	Type           *string `json:"type"`
}

type processingDataMember struct {
	Profiling *bool `json:"profiling"`
	PPD       *bool `json:"processingPersonalData"`
}

// input returns the customer that the body describes. Members of two names that differ are faults.
// The use case validates the values.
func (b *customerBody) input(faults *onboarding.Faults) registration.CustomerInput {
	in := registration.CustomerInput{
		Username: b.Username, Password: b.Password, FirstName: b.FirstName, LastName: b.LastName, Title: b.Title,
		Email: b.Email, EmailVerified: b.EmailVerified, PhoneNumber: b.PhoneNumber, PhoneVerified: b.PhoneVerified,
		Gender: b.Gender, BirthDate: web.Alias(faults, b.BirthDate, b.OtherBirthDate, "birthdate"),
		Language: b.Language, Country: b.Country, ZipCode: b.ZipCode, CompanyName: b.CompanyName,
		CivilStatus: b.CivilStatus, ExtID: b.ExtID,
		ExtProp1: web.Alias(faults, b.ExtProp1, b.OtherExtProp1, "extPro1"),
		ExtProp2: web.Alias(faults, b.ExtProp2, b.OtherExtProp2, "extPro2"),
		Policies: b.Policies, Profiling: b.Profiling, PPD: b.PPD, Custom: b.Custom, Lock: b.Lock, Source: b.Source,
		OrganizationID: b.OrganizationID, LocationID: b.LocationID, HotspotID: b.HotspotID, Guid: b.Guid,
		BrowserLanguage: b.BrowserLanguage,
	}
	if d := b.Document; d != nil {
		in.Document = &registration.IdentityDocumentInput{
			MemberID: d.MemberID, Number: d.Number, PersonalID: d.PersonalID, PassportNumber: d.PassportNumber,
			Type: d.Type,
		}
	}
	if p := b.ProcessingData; p != nil {
		in.Profiling = web.Alias(faults, in.Profiling, p.Profiling, "processingData.profiling")
		in.PPD = web.Alias(faults, in.PPD, p.PPD, "processingData.processingPersonalData")
	}
	if b.Device != nil {
		device := b.Device.input()
		in.Device = &device
	}
	return in
}
