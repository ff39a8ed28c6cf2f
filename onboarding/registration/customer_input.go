package registration

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"onramp/onboarding"
	"onramp/onboarding/access"
)

// size returns the bytes of all texts.
func size(a *onboarding.Attributes) int {
	n := 0
	for _, text := range []string{
		a.FirstName, a.LastName, a.Title, a.Email, a.Phone, a.Gender, a.BirthDate, a.Language, a.Country, a.ZipCode, a.CompanyName, a.CivilStatus,
		a.Document.MemberID, a.Document.Number, a.Document.PersonalID, a.Document.PassportNumber, a.Document.Type,
		a.ExtID, a.ExtProp1, a.ExtProp2, a.BrowserLanguage,
	} {
		n += len(text)
	}
	for name, value := range a.Custom {
		n += len(name) + len(value)
	}
	return n
}

// checkSize refuses attributes that are too long together. What was so before may stay, and become less.
func checkSize(a *onboarding.Attributes, before int) error {
	if size := size(a); size > onboarding.MaxAttributes && size > before {
		return onboarding.InvalidField("custom", "the customer's attributes are more than %d bytes in all", onboarding.MaxAttributes)
	}
	return nil
}

// CustomerInput is what a request says of a customer. A nil member was not said; an empty text clears.
type CustomerInput struct {
	Username, Password         *string
	FirstName, LastName, Title *string
	Email                      *string
	EmailVerified              *bool
	PhoneNumber                *string
	PhoneVerified              *bool
	Gender, BirthDate          *string
	Language, Country          *string
	ZipCode, CompanyName       *string
	CivilStatus                *string
	Document                   *IdentityDocumentInput
	ExtID, ExtProp1, ExtProp2  *string
	Policies                   map[string]bool
	Profiling, PPD             *bool
	Custom                     map[string]string
	Lock                       *bool
	Source                     *string
	OrganizationID             *string
	LocationID, HotspotID      *string
	Guid                       *string
	Device                     *DeviceInput
	BrowserLanguage            *string
	// Unread are faults of members that could not be read. They are told together with what is wrong with the values.
	Unread onboarding.Faults
}

// customerMembers are the members of a customer in the order in which faults of them are told.
var customerMembers = []string{
	"username", "password", "firstName", "lastName", "title", "email", "emailVerified", "phoneNumber", "phoneVerified",
	"gender", "birthDate", "birthdate", "language", "country", "zipCode", "companyName", "civilStatus", "document",
	"extId", "extProp1", "extProp2", "extPro1", "extPro2", "policies", "profiling", "ppd", "processingData", "custom", "lock", "source",
	"organizationId", "locationId", "hotspotId", "guid", "device", "browserLanguage",
}

// IdentityDocumentInput is a request's `document`.
type IdentityDocumentInput struct {
	MemberID, Number, PersonalID, PassportNumber, Type *string
}

// apply checks the attributes that in names and puts them into c. On an error, which holds all faults, c is half-changed and
// must be dropped. Whether a verification is ours or only a claim depends on who says it.
//
// phoneCountry is the country of a phone number that is written without its own.
func (in *CustomerInput) apply(c *onboarding.Customer, phoneCountry string, byManager bool) error {
	before := c.Attributes
	var wrong onboarding.Faults
	texts := []struct {
		field string
		in    *string
		to    *string
		max   int
	}{
		{"firstName", in.FirstName, &c.FirstName, onboarding.MaxName},
		{"lastName", in.LastName, &c.LastName, onboarding.MaxName},
		{"title", in.Title, &c.Title, onboarding.MaxName},
		{"zipCode", in.ZipCode, &c.ZipCode, 32},
		{"companyName", in.CompanyName, &c.CompanyName, onboarding.MaxName},
		{"civilStatus", in.CivilStatus, &c.CivilStatus, onboarding.MaxName},
		{"extId", in.ExtID, &c.ExtID, onboarding.MaxName},
		{"extProp1", in.ExtProp1, &c.ExtProp1, onboarding.MaxName},
		{"extProp2", in.ExtProp2, &c.ExtProp2, onboarding.MaxName},
		{"browserLanguage", in.BrowserLanguage, &c.BrowserLanguage, onboarding.MaxName},
	}
	if d := in.Document; d != nil {
		texts = append(texts, []struct {
			field string
			in    *string
			to    *string
			max   int
		}{
			{"document.memberId", d.MemberID, &c.Document.MemberID, onboarding.MaxName},
			{"document.number", d.Number, &c.Document.Number, onboarding.MaxName},
			{"document.personalId", d.PersonalID, &c.Document.PersonalID, onboarding.MaxName},
			{"document.passportNumber", d.PassportNumber, &c.Document.PassportNumber, onboarding.MaxName},
			{"document.type", d.Type, &c.Document.Type, onboarding.MaxName},
		}...)
	}
	for _, t := range texts {
		if t.in == nil {
			continue
		}
		if err := wrong.Add(onboarding.CheckText(t.field, *t.in, t.max)); err != nil {
			return err
		}
		value := onboarding.TidyName(*t.in)
		if strings.HasPrefix(t.field, "ext") {
			if err := wrong.Add(onboarding.CheckVisible(t.field, *t.in)); err != nil {
				return err
			}
			value = *t.in
		}
		*t.to = value
	}
	parsed := []struct {
		field string
		in    *string
		to    *string
		parse func(field, text string) (string, error)
	}{
		{"email", in.Email, &c.Email, onboarding.ParseEmail},
		{"phoneNumber", in.PhoneNumber, &c.Phone, onboarding.PhoneParser(phoneCountry)},
		{"gender", in.Gender, &c.Gender, onboarding.ParseGender},
		{"birthDate", in.BirthDate, &c.BirthDate, onboarding.ParseBirthDate},
		{"language", in.Language, &c.Language, onboarding.ParseLanguage},
		{"country", in.Country, &c.Country, onboarding.ParseCountry},
	}
	for _, p := range parsed {
		if p.in == nil {
			continue
		}
		value := ""
		if *p.in != "" {
			var err error
			value, err = p.parse(p.field, *p.in)
			if err := wrong.Add(err); err != nil {
				return err
			}
		}
		*p.to = value
	}
	if err := wrong.Add(in.applyCustom(c)); err != nil {
		return err
	}
	if err := wrong.Add(checkSize(&c.Attributes, size(&before))); err != nil {
		return err
	}
	if len(wrong) > 0 {
		return wrong.InOrder(customerMembers).Err()
	}
	if c.Email != before.Email { // a verification is of one address
		c.EmailVerified, c.EmailClaimed = false, nil
	}
	if c.Phone != before.Phone {
		c.PhoneVerified, c.PhoneClaimed = false, nil
	}
	verify(in.EmailVerified, byManager, &c.EmailVerified, &c.EmailClaimed)
	verify(in.PhoneVerified, byManager, &c.PhoneVerified, &c.PhoneClaimed)
	return nil
}

// attached checks what is no attribute of the person: source, device, and the guid, whose hash it returns ("" for none).
func (in *CustomerInput) attached() (guid string, err error) {
	var wrong onboarding.Faults
	if in.Source != nil {
		if err := wrong.Add(onboarding.CheckText("source", *in.Source, onboarding.MaxName)); err != nil {
			return "", err
		}
	}
	if in.Guid != nil && *in.Guid != "" {
		guid, err = access.GuidHash("guid", *in.Guid)
		if err := wrong.Add(err); err != nil {
			return "", err
		}
	}
	if in.Device != nil {
		if err := wrong.Add(in.Device.check("device.", false)); err != nil {
			return "", err
		}
	}
	return guid, wrong.Err()
}

func verify(said *bool, byManager bool, ours *bool, claim **bool) {
	switch {
	case said == nil:
	case byManager:
		*ours = *said
	default:
		*claim = said
	}
}

func (in *CustomerInput) applyCustom(c *onboarding.Customer) error {
	if in.Custom == nil {
		return nil
	}
	custom := make(map[string]string, len(c.Custom)+len(in.Custom))
	for k, v := range c.Custom {
		custom[k] = v
	}
	var wrong onboarding.Faults
	for _, k := range slices.Sorted(maps.Keys(in.Custom)) {
		v := in.Custom[k]
		if k == "" {
			wrong.Refuse("custom", "an empty name")
			continue
		}
		err := onboarding.CheckText("custom", k, onboarding.MaxName)
		if err == nil {
			err = onboarding.CheckVisible("custom", k)
		}
		if err == nil {
			err = onboarding.CheckText("custom."+k, v, onboarding.MaxValue)
		}
		if err := wrong.Add(err); err != nil {
			return err
		}
		custom[k] = onboarding.TidyName(v)
	}
	if len(custom) > onboarding.MaxCustom {
		wrong.Refuse("custom", fmt.Sprintf("more than %d members", onboarding.MaxCustom))
	}
	c.Custom = custom
	return wrong.Err()
}

// checkUsername holds what every document and supplicant carries unchanged: 1 to 63 bytes (Android's limit).
func checkUsername(field, name string) error {
	if name == "" {
		return onboarding.InvalidField(field, "empty")
	}
	return onboarding.CheckText(field, name, 63)
}

// checkPassword holds the limits of formats: 189 bytes become Android's 252 of base64. MSCHAPv2 hashes UTF-16 code units, and supplicants
// convert only up to U+FFFF.
func checkPassword(field, password, inner string) error {
	if password == "" {
		return onboarding.InvalidField(field, "empty")
	}
	if err := onboarding.CheckText(field, password, 189); err != nil {
		return err
	}
	if inner == "mschapv2" {
		for _, r := range password {
			if r > 0xffff && utf8.ValidRune(r) {
				return onboarding.InvalidField(field, "a character above U+FFFF, which MSCHAPv2 cannot carry")
			}
		}
	}
	return nil
}
