package store

import (
	"context"
	"strconv"
	"strings"

	"onramp/onboarding"
	"onramp/onboarding/terms"
)

const (
	// customerFixed are the columns set once, customerMutable those replaced by UpdateCustomer.
	customerFixed   = "id, organization_id, username, username_realm, source, signup_method, created"
	customerMutable = "location_id, hotspot_id, first_name, last_name, email, email_key, email_verified, " +
		"phone, phone_verified, gender, birth_date, language, country, ext_id, ext_prop1, ext_prop2, profiling, ppd, " +
		"mktg_communications, age_verification, custom_opt_ins, locked, modified, last_login, logins, attributes, " +
		"kiosk, document_key_id, document, terms_of"
	// customerColumns are the columns that scanCustomer reads.
	customerColumns = "id, organization_id, username, source, signup_method, created, " +
		"location_id, hotspot_id, first_name, last_name, email, email_verified, phone, phone_verified, " +
		"gender, birth_date, language, country, ext_id, ext_prop1, ext_prop2, profiling, ppd, " +
		"mktg_communications, age_verification, custom_opt_ins, locked, modified, last_login, logins, attributes, " +
		"kiosk, document_key_id, document"
	selectCustomer = "SELECT " + customerColumns + " FROM customers"
)

// customerMutables is the number of columns replaced by UpdateCustomer.
var customerMutables = strings.Count(customerMutable, ",") + 1

var (
	insertCustomer = insert("customers", customerFixed+", "+customerMutable)
	updateCustomer = "UPDATE customers SET (" + customerMutable + ") = (" + placeholders(customerMutables) +
		") WHERE id = $" + strconv.Itoa(customerMutables+1) +
		" AND organization_id = $" + strconv.Itoa(customerMutables+2)
)

// attributes are the fields of a customer that are neither searched nor sorted; they share a JSON
// column.
type attributes struct {
	Title           string               `json:"title,omitempty"`
	EmailClaimed    *bool                `json:"emailClaimed,omitempty"`
	PhoneClaimed    *bool                `json:"phoneClaimed,omitempty"`
	ZipCode         string               `json:"zipCode,omitempty"`
	CompanyName     string               `json:"companyName,omitempty"`
	CivilStatus     string               `json:"civilStatus,omitempty"`
	Document        *onboarding.Document `json:"document,omitempty"`
	Custom          map[string]string    `json:"custom,omitempty"`
	BrowserLanguage string               `json:"browserLanguage,omitempty"`
}

// attributesOrNull returns the argument for the JSON column; NULL, as for most customers, if all
// fields are empty.
func attributesOrNull(c *onboarding.Customer) (any, error) {
	a := attributes{
		Title: c.Title, EmailClaimed: c.EmailClaimed, PhoneClaimed: c.PhoneClaimed, ZipCode: c.ZipCode,
		CompanyName: c.CompanyName, CivilStatus: c.CivilStatus, Custom: c.Custom, BrowserLanguage: c.BrowserLanguage,
	}
	if c.Document.Clear != (onboarding.Document{}) {
		a.Document = &c.Document.Clear
	}
	text, err := encode(&a)
	if err != nil || text == "{}" {
		return nil, err
	}
	return text, nil
}

// mutable returns the arguments for customerMutable.
func mutable(c *onboarding.Customer) ([]any, error) {
	rest, err := attributesOrNull(c)
	if err != nil {
		return nil, err
	}
	return []any{
		orNull(c.LocationID), orNull(c.HotspotID), orNull(c.FirstName), orNull(c.LastName),
		orNull(c.Email), orNull(onboarding.EmailKey(c.Email)), c.EmailVerified, orNull(c.Phone), c.PhoneVerified,
		orNull(c.Gender), orNull(c.BirthDate), orNull(c.Language), orNull(c.Country),
		orNull(c.ExtID), orNull(c.ExtProp1), orNull(c.ExtProp2), valueOrNull(c.Profiling), valueOrNull(c.PPD),
		optInOrNull(c, onboarding.MktgCommunication), optInOrNull(c, onboarding.AgeVerification),
		orNull(customOptIns(c)), c.Locked,
		micros(c.Modified), microsOrNull(c.LastLogin), c.Logins, rest, c.Kiosk,
		orNull(c.Document.Sealed.KeyID), c.Document.Sealed.Box, micros(c.Modified),
	}, nil
}

func scanCustomer(row rows) (*onboarding.Customer, error) { return scanCustomerAnd(row) }

// scanCustomerAnd scans customerColumns and the columns selected after them.
func scanCustomerAnd(row rows, more ...any) (*onboarding.Customer, error) {
	var c onboarding.Customer
	var rest attributes
	var mktg, age *bool
	var custom string
	err := row.Scan(append([]any{
		&c.ID, &c.OrganizationID, &c.Username, textInto(&c.Source), textInto(&c.SignupMethod), instant{&c.Created},
		textInto(&c.LocationID), textInto(&c.HotspotID), textInto(&c.FirstName), textInto(&c.LastName),
		textInto(&c.Email), &c.EmailVerified, textInto(&c.Phone), &c.PhoneVerified,
		textInto(&c.Gender), textInto(&c.BirthDate), textInto(&c.Language), textInto(&c.Country),
		textInto(&c.ExtID), textInto(&c.ExtProp1), textInto(&c.ExtProp2), &c.Profiling, &c.PPD,
		&mktg, &age, textInto(&custom), &c.Locked,
		instant{&c.Modified}, maybeInstant{&c.LastLogin}, &c.Logins, jsonText{&rest}, &c.Kiosk,
		textInto(&c.Document.Sealed.KeyID), &c.Document.Sealed.Box,
	}, more...)...)
	c.OptIns = optIns(mktg, age, custom)
	c.Title, c.EmailClaimed, c.PhoneClaimed, c.ZipCode = rest.Title, rest.EmailClaimed, rest.PhoneClaimed, rest.ZipCode
	c.CompanyName, c.CivilStatus = rest.CompanyName, rest.CivilStatus
	c.Custom, c.BrowserLanguage = rest.Custom, rest.BrowserLanguage
	if rest.Document != nil {
		c.Document.Clear = *rest.Document
	}
	return &c, err
}

// fold returns the form in which text is compared without regard to case. SQL does not do it,
// because the engines differ.
func fold(s string) string { return strings.ToLower(s) }

// realmOf returns the folded text after the last @; empty if there is none.
func realmOf(username string) string {
	if i := strings.LastIndexByte(username, '@'); i >= 0 {
		return fold(username[i+1:])
	}
	return ""
}

func (r *reader) Customer(ctx context.Context, organizationID, id string) (*onboarding.Customer, error) {
	return get(ctx, r.db, scanCustomer,
		selectCustomer+" WHERE id = $1 AND organization_id = $2"+r.db.lockRows(), id, organizationID)
}

func (t *transaction) InsertCustomer(ctx context.Context, c *onboarding.Customer) error {
	rest, err := mutable(c)
	if err != nil {
		return err
	}
	args := append([]any{
		c.ID, c.OrganizationID, c.Username, orNull(realmOf(c.Username)), orNull(c.Source),
		string(c.SignupMethod), micros(c.Created),
	}, rest...)
	if err := t.db.send(ctx, nil, insertCustomer, args...); err != nil {
		return err
	}
	return t.insertTerms(ctx, c, terms.Of(c))
}

func (t *transaction) UpdateCustomer(ctx context.Context, c *onboarding.Customer) error {
	args, err := mutable(c)
	if err != nil {
		return err
	}
	args = append(args, c.ID, c.OrganizationID)
	if err := t.db.send(ctx, onboarding.ErrNotFound, updateCustomer, args...); err != nil {
		return err
	}
	return t.putTerms(ctx, c)
}

func (r *reader) CustomersAfter(
	ctx context.Context, organizationID, afterID string, limit int,
) ([]*onboarding.Customer, error) {
	return collect(ctx, r.db, scanCustomer,
		selectCustomer+" WHERE organization_id = $1 AND id > $2 ORDER BY id LIMIT $3"+r.db.lockRows(),
		organizationID, afterID, limit)
}
