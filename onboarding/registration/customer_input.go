package registration

import (
	"onramp/onboarding"
	"onramp/onboarding/access"
)

// CustomerInput holds the fields of a request that creates or updates a customer. A nil field was
// not sent; an empty text clears the value.
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
	// Unread holds the faults of fields that could not be decoded. They are reported together with
	// the faults of the values.
	Unread onboarding.Faults
	// proved is the channel whose address Onramp has verified. No request and no stored form sets
	// it.
	proved onboarding.VerifyChannel
}

// IdentityDocumentInput is a request's `document`.
type IdentityDocumentInput struct {
	MemberID, Number, PersonalID, PassportNumber, Type *string
}

// customerMembers lists the members of a customer in the order in which faults are reported.
var customerMembers = []string{
	"username", "password", "firstName", "lastName", "title", "email", "emailVerified", "phoneNumber",
	"phoneVerified", "gender", "birthDate", "birthdate", "language", "country", "zipCode", "companyName",
	"civilStatus", "document", "extId", "extProp1", "extProp2", "extPro1", "extPro2", "policies", "profiling",
	"ppd", "processingData", "custom", "lock", "source", "organizationId", "locationId", "hotspotId", "guid",
	"device", "browserLanguage",
}

// validate sets the customer's location, attributes and document from the input and adds every
// fault to faults. The check mandatory applies to the decisions. It returns the decisions and the
// guid's hash.
func (in *CustomerInput) validate(
	c *onboarding.Customer, document *onboarding.Document, o *onboarding.Organization, by *onboarding.Caller,
	mandatory func(decisions, *onboarding.Organization) error, faults *onboarding.Faults,
) (d decisions, guidHash string, err error) {
	d, err = decide(o, in.Policies, in.Profiling, in.PPD)
	if err := faults.Add(err); err != nil {
		return nil, "", err
	}
	guidHash, err = in.validateDevice()
	if err := faults.Add(err); err != nil {
		return nil, "", err
	}
	if err := faults.Add(mandatory(d, o)); err != nil {
		return nil, "", err
	}
	if err := faults.Add(in.setLocation(c, o, by)); err != nil {
		return nil, "", err
	}
	err = in.setAttributes(c, document, o.PhoneCountry(c.LocationID), by.IsOperator())
	if err := faults.Add(err); err != nil {
		return nil, "", err
	}
	return d, guidHash, nil
}

// validateDevice validates the source, the device and the guid. It returns the guid's hash, or ""
// for none.
func (in *CustomerInput) validateDevice() (guidHash string, err error) {
	var faults onboarding.Faults
	if in.Source != nil {
		if err := faults.Add(onboarding.CheckText("source", *in.Source, onboarding.MaxName)); err != nil {
			return "", err
		}
	}
	if in.Guid != nil && *in.Guid != "" {
		guidHash, err = access.GuidHash("guid", *in.Guid)
		if err := faults.Add(err); err != nil {
			return "", err
		}
	}
	if in.Device != nil {
		if err := faults.Add(in.Device.validate("device.", false)); err != nil {
			return "", err
		}
	}
	return guidHash, faults.Err()
}

// setLocation sets the customer's location and hotspot. A hotspot from an app is ignored, because
// an app does not know its hotspot. A caller with a location sets no other.
func (in *CustomerInput) setLocation(
	c *onboarding.Customer, o *onboarding.Organization, by *onboarding.Caller,
) error {
	var faults onboarding.Faults
	if in.LocationID != nil && *in.LocationID != "" {
		if o.Location(*in.LocationID) == nil || !by.SeesLocation(*in.LocationID) {
			faults.Refuse("locationId", "not a location of this organization")
		}
		c.LocationID = *in.LocationID
	}
	if in.HotspotID != nil && *in.HotspotID != "" && by.Channel() != onboarding.ChannelApp {
		location, hotspot := o.Hotspot(*in.HotspotID)
		if hotspot == nil || in.LocationID != nil && location.ID != c.LocationID || !by.SeesLocation(location.ID) {
			faults.Refuse("hotspotId", "not a hotspot of this location")
			return faults.Err()
		}
		c.HotspotID, c.LocationID = hotspot.ID, location.ID
	}
	return faults.Err()
}
