package registration

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"onramp/onboarding"
)

// setAttributes validates the attributes and sets them in c, and those of its identity document in
// document. On an error, which holds all faults, both are partly changed and must be discarded. A
// verification by a manager counts; one by an app is stored as a claim. A phone number without a
// country code belongs to phoneCountry.
func (in *CustomerInput) setAttributes(
	c *onboarding.Customer, document *onboarding.Document, phoneCountry string, byManager bool,
) error {
	before, sizeBefore := c.Attributes, size(&c.Attributes, document)
	var faults onboarding.Faults
	if err := in.setTexts(c, document, &faults); err != nil {
		return err
	}
	if err := in.setParsed(c, phoneCountry, &faults); err != nil {
		return err
	}
	if err := faults.Add(in.setCustom(c)); err != nil {
		return err
	}
	if err := faults.Add(checkSize(size(&c.Attributes, document), sizeBefore)); err != nil {
		return err
	}
	if len(faults) > 0 {
		return faults.InOrder(customerMembers).Err()
	}
	if c.Email != before.Email { // another address is not verified
		c.EmailVerified, c.EmailClaimed = false, nil
	}
	if c.Phone != before.Phone {
		c.PhoneVerified, c.PhoneClaimed = false, nil
	}
	setVerified(in.EmailVerified, byManager, &c.EmailVerified, &c.EmailClaimed)
	setVerified(in.PhoneVerified, byManager, &c.PhoneVerified, &c.PhoneClaimed)
	switch in.proved {
	case onboarding.VerifyEmail:
		c.EmailVerified, c.EmailClaimed = true, nil
	case onboarding.VerifySMS:
		c.PhoneVerified, c.PhoneClaimed = true, nil
	}
	return nil
}

// textAttribute is a text of a request and the attribute that it sets.
type textAttribute struct {
	field string
	in    *string
	to    *string
	max   int
}

// texts returns the attributes without a format.
func (in *CustomerInput) texts(c *onboarding.Customer, document *onboarding.Document) []textAttribute {
	const most = onboarding.MaxName
	texts := []textAttribute{
		{"firstName", in.FirstName, &c.FirstName, most},
		{"lastName", in.LastName, &c.LastName, most},
		{"title", in.Title, &c.Title, most},
		{"zipCode", in.ZipCode, &c.ZipCode, 32},
		{"companyName", in.CompanyName, &c.CompanyName, most},
		{"civilStatus", in.CivilStatus, &c.CivilStatus, most},
		{"extId", in.ExtID, &c.ExtID, most},
		{"extProp1", in.ExtProp1, &c.ExtProp1, most},
		{"extProp2", in.ExtProp2, &c.ExtProp2, most},
		{"browserLanguage", in.BrowserLanguage, &c.BrowserLanguage, most},
	}
	if d := in.Document; d != nil {
		texts = append(texts,
			textAttribute{"document.memberId", d.MemberID, &document.MemberID, most},
			textAttribute{"document.number", d.Number, &document.Number, most},
			textAttribute{"document.personalId", d.PersonalID, &document.PersonalID, most},
			textAttribute{"document.passportNumber", d.PassportNumber, &document.PassportNumber, most},
			textAttribute{"document.type", d.Type, &document.Type, most},
		)
	}
	return texts
}

// setTexts sets the attributes without a format. External identifiers are kept unchanged and must
// not hold invisible characters; all other texts are normalized.
func (in *CustomerInput) setTexts(
	c *onboarding.Customer, document *onboarding.Document, faults *onboarding.Faults,
) error {
	for _, t := range in.texts(c, document) {
		if t.in == nil {
			continue
		}
		if err := faults.Add(onboarding.CheckText(t.field, *t.in, t.max)); err != nil {
			return err
		}
		value := onboarding.TidyName(*t.in)
		if strings.HasPrefix(t.field, "ext") {
			if err := faults.Add(onboarding.CheckVisible(t.field, *t.in)); err != nil {
				return err
			}
			value = *t.in
		}
		*t.to = value
	}
	return nil
}

// setParsed sets the attributes with a format. An empty text clears the attribute.
func (in *CustomerInput) setParsed(c *onboarding.Customer, phoneCountry string, faults *onboarding.Faults) error {
	for _, p := range []struct {
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
	} {
		if p.in == nil {
			continue
		}
		value := ""
		if *p.in != "" {
			var err error
			value, err = p.parse(p.field, *p.in)
			if err := faults.Add(err); err != nil {
				return err
			}
		}
		*p.to = value
	}
	return nil
}

// setVerified records a verification that was sent: as verified from a manager, as claimed from
// others.
func setVerified(sent *bool, byManager bool, verified *bool, claimed **bool) {
	switch {
	case sent == nil:
	case byManager:
		*verified = *sent
	default:
		*claimed = sent
	}
}

// setCustom adds the custom attributes to the customer's.
func (in *CustomerInput) setCustom(c *onboarding.Customer) error {
	if in.Custom == nil {
		return nil
	}
	custom := make(map[string]string, len(c.Custom)+len(in.Custom))
	maps.Copy(custom, c.Custom)
	var faults onboarding.Faults
	for _, name := range slices.Sorted(maps.Keys(in.Custom)) {
		value := in.Custom[name]
		if name == "" {
			faults.Refuse("custom", "contains an empty name")
			continue
		}
		err := onboarding.CheckText("custom", name, onboarding.MaxName)
		if err == nil {
			err = onboarding.CheckVisible("custom", name)
		}
		if err == nil {
			err = onboarding.CheckText("custom."+name, value, onboarding.MaxValue)
		}
		if err := faults.Add(err); err != nil {
			return err
		}
		custom[name] = onboarding.TidyName(value)
	}
	if len(custom) > onboarding.MaxCustom {
		faults.Refuse("custom", fmt.Sprintf("has more than %d members", onboarding.MaxCustom))
	}
	c.Custom = custom
	return faults.Err()
}

// checkSize limits the total size of the attributes. Attributes that exceeded the limit before may
// stay as large as they were.
func checkSize(size, before int) error {
	if size > onboarding.MaxAttributes && size > before {
		return onboarding.InvalidField("custom", "the customer's attributes exceed %d bytes in total",
			onboarding.MaxAttributes)
	}
	return nil
}

// size returns the total size of the attributes and the document in bytes.
func size(a *onboarding.Attributes, d *onboarding.Document) int {
	n := 0
	for _, text := range []string{
		a.FirstName, a.LastName, a.Title, a.Email, a.Phone, a.Gender, a.BirthDate, a.Language, a.Country,
		a.ZipCode, a.CompanyName, a.CivilStatus,
		d.MemberID, d.Number, d.PersonalID, d.PassportNumber, d.Type,
		a.ExtID, a.ExtProp1, a.ExtProp2, a.BrowserLanguage,
	} {
		n += len(text)
	}
	for name, value := range a.Custom {
		n += len(name) + len(value)
	}
	return n
}
