package onboarding

import (
	"context"
	"time"
)

// The most that is kept of one customer, so that a proof of one does not fill the database. Where the newest matters most, the oldest makes room:
// a person whose 51st phone reports is not turned away.
const (
	maxGuids         = 20       // the one that was confirmed least recently makes room
	maxAppDevices    = 50       // the one that was seen least recently makes room
	maxInstallations = 200      // the next is a Conflict
	maxAttributes    = 16 << 10 // bytes of all texts; more is a Conflict
	maxCustomerLinks = 50       // of an hour or less; the oldest makes room
)

// CapWriter keeps a customer's rows within bounds. What is over by much, as it is of a customer of an earlier version, is deleted
// by the hundred: others wait.
type CapWriter interface {
	// TrimAppDevices deletes those of the customer's devices that are beyond most, except the one just written.
	TrimAppDevices(ctx context.Context, customerID, written string, most int) error
	// TrimGuids deletes those of the customer's guids that are beyond most, except the one just written.
	TrimGuids(ctx context.Context, customerID, written string, most int) error
	// TrimActivations deletes those of the customer's links of an hour or less that are beyond most, the oldest first.
	TrimActivations(ctx context.Context, customerID string, most int) error
	// CountInstallations counts the customer's, up to most.
	CountInstallations(ctx context.Context, customerID string, most int) (int, error)
	// CountConsents counts the lines of the customer's ledger after since, up to most.
	CountConsents(ctx context.Context, customerID string, since time.Time, most int) (int, error)
}

// size returns the bytes of all texts.
func (a *Attributes) size() int {
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
func (a *Attributes) checkSize(before int) error {
	if size := a.size(); size > maxAttributes && size > before {
		return InvalidField("custom", "the customer's attributes are more than %d bytes in all", maxAttributes)
	}
	return nil
}
