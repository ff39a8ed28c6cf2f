package csvfile

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"onramp/onboarding"
	"onramp/onboarding/registration"
)

// column is one column of a file.
type column struct {
	name   string
	policy string // the key of the policy whose decision it holds; empty: no decision
	set    func(r *row, cell string)
}

// row is an import row while its cells are read.
type row struct {
	*registration.ImportRow
	decisions map[string]bool
	versions  map[string]string
	at        time.Time
	place     string
}

// finish adds the decisions to the row, and the key by which a later run recognizes it.
func (r *row) finish(columns []column) {
	for i := range columns {
		policy := columns[i].policy
		accepted, decided := r.decisions[policy]
		if !decided {
			continue
		}
		r.Consents = append(r.Consents, registration.ImportedConsent{
			Policy: policy, Accepted: accepted, At: r.at, Version: r.versions[policy], Place: r.place,
		})
	}
	in := &r.Input
	switch {
	case in.ExtID != nil:
		r.Key = "extId " + *in.ExtID
	case in.Username != nil:
		r.Key = "username " + *in.Username
	case in.Email != nil:
		r.Key = "email " + onboarding.EmailKey(*in.Email)
	case in.PhoneNumber != nil:
		r.Key = "phoneNumber " + *in.PhoneNumber
	}
}

// refuse adds a fault of a column.
func (r *row) refuse(name, message string) { r.Input.Unread.Refuse(name, message) }

// texts are the columns that set a text.
var texts = map[string]func(in *registration.CustomerInput) **string{
	"username":        func(in *registration.CustomerInput) **string { return &in.Username },
	"password":        func(in *registration.CustomerInput) **string { return &in.Password },
	"firstName":       func(in *registration.CustomerInput) **string { return &in.FirstName },
	"lastName":        func(in *registration.CustomerInput) **string { return &in.LastName },
	"title":           func(in *registration.CustomerInput) **string { return &in.Title },
	"email":           func(in *registration.CustomerInput) **string { return &in.Email },
	"phoneNumber":     func(in *registration.CustomerInput) **string { return &in.PhoneNumber },
	"gender":          func(in *registration.CustomerInput) **string { return &in.Gender },
	"birthDate":       func(in *registration.CustomerInput) **string { return &in.BirthDate },
	"language":        func(in *registration.CustomerInput) **string { return &in.Language },
	"country":         func(in *registration.CustomerInput) **string { return &in.Country },
	"zipCode":         func(in *registration.CustomerInput) **string { return &in.ZipCode },
	"companyName":     func(in *registration.CustomerInput) **string { return &in.CompanyName },
	"civilStatus":     func(in *registration.CustomerInput) **string { return &in.CivilStatus },
	"extId":           func(in *registration.CustomerInput) **string { return &in.ExtID },
	"extProp1":        func(in *registration.CustomerInput) **string { return &in.ExtProp1 },
	"extProp2":        func(in *registration.CustomerInput) **string { return &in.ExtProp2 },
	"source":          func(in *registration.CustomerInput) **string { return &in.Source },
	"locationId":      func(in *registration.CustomerInput) **string { return &in.LocationID },
	"hotspotId":       func(in *registration.CustomerInput) **string { return &in.HotspotID },
	"browserLanguage": func(in *registration.CustomerInput) **string { return &in.BrowserLanguage },

	"document.memberId":       func(in *registration.CustomerInput) **string { return &document(in).MemberID },
	"document.number":         func(in *registration.CustomerInput) **string { return &document(in).Number },
	"document.personalId":     func(in *registration.CustomerInput) **string { return &document(in).PersonalID },
	"document.passportNumber": func(in *registration.CustomerInput) **string { return &document(in).PassportNumber },
	"document.type":           func(in *registration.CustomerInput) **string { return &document(in).Type },
}

func document(in *registration.CustomerInput) *registration.IdentityDocumentInput {
	if in.Document == nil {
		in.Document = &registration.IdentityDocumentInput{}
	}
	return in.Document
}

// booleans are the columns that set a boolean.
var booleans = map[string]func(in *registration.CustomerInput) **bool{
	"emailVerified": func(in *registration.CustomerInput) **bool { return &in.EmailVerified },
	"phoneVerified": func(in *registration.CustomerInput) **bool { return &in.PhoneVerified },
	"lock":          func(in *registration.CustomerInput) **bool { return &in.Lock },
}

// aliases are the other spellings of the API.
var aliases = map[string]string{"birthdate": "birthDate", "extPro1": "extProp1", "extPro2": "extProp2"}

// notColumns are the members that no column can hold, with the reason.
var notColumns = map[string]string{
	"policies":       "name one column for each policy, by its key",
	"processingData": "use the columns profiling and ppd",
	"document":       "use document.number, document.type ...",
	"custom":         "name one column for each, as custom.NAME",
	"guid":           "a device proves itself, it cannot be imported",
	"device":         "a device reports itself, it cannot be imported",
}

// columnsOf returns the columns of a header. Its errors name the column.
func columnsOf(header []string, o *onboarding.Organization) ([]column, error) {
	columns := make([]column, len(header))
	named := map[string]int{}
	for i, cell := range header {
		if !utf8.ValidString(cell) {
			return nil, fmt.Errorf("column %d: its name is not UTF-8; save the file as UTF-8", i+1)
		}
		name := strings.TrimSpace(cell)
		if target, ok := aliases[name]; ok {
			name = target
		}
		if name == "" {
			return nil, fmt.Errorf("column %d has no name", i+1)
		}
		if first, ok := named[name]; ok {
			return nil, fmt.Errorf("columns %d and %d have the same name %q", first+1, i+1, name)
		}
		named[name] = i
		c, err := columnOf(name, o)
		if err != nil {
			return nil, fmt.Errorf("column %d: %w", i+1, err)
		}
		columns[i] = c
	}
	return columns, nil
}

// columnOf returns the column of a name.
func columnOf(name string, o *onboarding.Organization) (column, error) {
	c := column{name: name}
	if text, ok := texts[name]; ok {
		c.set = func(r *row, cell string) { *text(&r.Input) = &cell }
		return c, nil
	}
	if boolean, ok := booleans[name]; ok {
		c.set = func(r *row, cell string) {
			if value, ok := r.boolean(name, cell); ok {
				*boolean(&r.Input) = &value
			}
		}
		return c, nil
	}
	if reason, ok := notColumns[name]; ok {
		return c, fmt.Errorf("%q cannot be imported: %s", name, reason)
	}
	policy, versioned := strings.CutSuffix(name, ".version")
	custom, isCustom := strings.CutPrefix(name, "custom.")
	switch {
	case name == "organizationId":
		c.set = func(r *row, cell string) {
			if cell != o.ID {
				r.refuse(name, "is another organization than the one of the import")
			}
		}
	case name == "consentDate":
		c.set = func(r *row, cell string) { r.at = r.instant(name, cell) }
	case name == "created":
		c.set = func(r *row, cell string) { r.Created = r.instant(name, cell) }
	case name == "consentSource":
		c.set = func(r *row, cell string) {
			if err := r.Input.Unread.Add(onboarding.CheckText(name, cell, onboarding.MaxName)); err == nil {
				r.place = cell
			}
		}
	case isCustom:
		c.set = func(r *row, cell string) {
			if r.Input.Custom == nil {
				r.Input.Custom = map[string]string{}
			}
			r.Input.Custom[custom] = cell
		}
	case o.KnowsPolicy(name):
		c.policy = name
		c.set = func(r *row, cell string) {
			if r.decisions == nil {
				r.decisions = map[string]bool{}
			}
			if value, ok := r.boolean("policies."+name, cell); ok {
				r.decisions[name] = value
			}
		}
	case versioned && o.KnowsPolicy(policy):
		c.set = func(r *row, cell string) {
			if r.versions == nil {
				r.versions = map[string]string{}
			}
			if err := r.Input.Unread.Add(onboarding.CheckText(name, cell, onboarding.MaxName)); err == nil {
				r.versions[policy] = cell
			}
		}
	default:
		return c, unknownColumn(name, o)
	}
	return c, nil
}

// unknownColumn returns the error for an unknown column, with the known name that it resembles.
func unknownColumn(name string, o *onboarding.Organization) error {
	known := []string{"consentDate", "consentSource", "created", "organizationId", onboarding.Profiling, onboarding.PPD}
	for key := range texts {
		known = append(known, key)
	}
	for key := range booleans {
		known = append(known, key)
	}
	for i := range o.Policies {
		known = append(known, o.Policies[i].Key)
	}
	slices.Sort(known)
	letters := func(text string) string {
		return strings.Map(func(r rune) rune {
			if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
				return -1
			}
			return unicode.ToLower(r)
		}, text)
	}
	shown := onboarding.CutText(name, 64)
	for _, key := range known {
		if letters(key) == letters(name) {
			return fmt.Errorf("%q is unknown: did you mean %q?", shown, key)
		}
	}
	return fmt.Errorf("%q is unknown: columns are named like members of a customer in the API, "+
		"or like the policies of the organization", shown)
}

// boolean returns a boolean, or adds a fault.
func (r *row) boolean(name, cell string) (value, ok bool) {
	switch strings.ToLower(strings.TrimSpace(cell)) {
	case "true", "yes", "1":
		return true, true
	case "false", "no", "0":
		return false, true
	}
	r.refuse(name, "not true or false")
	return false, false
}

// instant returns a date, at midnight UTC, or a time, or adds a fault.
func (r *row) instant(name, cell string) time.Time {
	cell = strings.TrimSpace(cell)
	at, err := time.Parse(time.DateOnly, cell)
	if err != nil {
		if at, err = onboarding.ParseTime(name, cell); err != nil {
			r.refuse(name, "not a date like 2022-07-08 or a time with its zone like 2022-07-08T08:08:44Z")
			return time.Time{}
		}
	}
	if at.Year() < 1990 {
		r.refuse(name, "is before 1990")
	}
	return at.UTC()
}

// formulaError matches the errors that spreadsheets show in place of values.
var formulaError = regexp.MustCompile(`^#(REF!|N/A|NAME\?|VALUE!|DIV/0!|NUM!|NULL!|SPILL!|CALC!)$`)

// shortened matches a number as spreadsheets show long ones.
var shortened = regexp.MustCompile(`^\+?\d([.,]\d+)?[Ee]\+\d+$`)

// spreadsheetFault returns the fault of a cell with a formula, the error of a formula, or a number
// that a spreadsheet has shortened; else "". A password may be any text.
func (c *column) spreadsheetFault(cell string) string {
	if cell == "" || c.name == "password" {
		return ""
	}
	switch {
	case cell[0] == '=',
		c.name != "phoneNumber" && strings.ContainsRune("+-@", rune(cell[0])) && strings.ContainsAny(cell, "(|!"):
		return "is a formula of a spreadsheet, not a value"
	case formulaError.MatchString(cell):
		return "is an error of a spreadsheet, not a value"
	case shortened.MatchString(cell):
		return "is a number that a spreadsheet has shortened; format the column as text"
	}
	return ""
}
