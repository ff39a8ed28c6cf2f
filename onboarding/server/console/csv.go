package console

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
	"time"

	"onramp/onboarding/contacts"
)

// exportSize is the number of people that an export reads at once.
const exportSize = 1000

// byteOrderMark makes spreadsheets read a file as UTF-8.
const byteOrderMark = "\ufeff"

// peopleColumns are the columns of a list of people as a file. The names are those of the API.
var peopleColumns = []string{
	"cid", "firstName", "lastName", "email", "emailVerified", "phone", "phoneVerified", "username", "locationName",
	"created", "locked", "language", "country", "signupMethod",
}

// csvWriter writes people as comma-separated values (RFC 4180).
type csvWriter struct{ *csv.Writer }

// newCSV writes the header.
func newCSV(w io.Writer) csvWriter {
	_, _ = io.WriteString(w, byteOrderMark) // the next write returns the same error
	c := csvWriter{csv.NewWriter(w)}
	c.UseCRLF = true
	_ = c.Write(peopleColumns) // kept for err
	return c
}

// write writes one line for each person.
func (c csvWriter) write(people []*contacts.Contact, v *visit) {
	for _, p := range people {
		place := ""
		if p.Location != nil {
			place = p.Location.Name
		}
		line := []string{
			p.ID, p.FirstName, p.LastName, p.Email, strconv.FormatBool(p.EmailVerified), p.Phone,
			strconv.FormatBool(p.PhoneVerified), p.Username, place, p.Created.In(v.zone).Format(time.RFC3339),
			strconv.FormatBool(p.Locked), p.Language, p.Country, string(p.SignupMethod),
		}
		for i := range line {
			line[i] = harmless(line[i])
		}
		_ = c.Write(line) // kept for err
	}
}

// err returns the first error of all writes.
func (c csvWriter) err() error {
	c.Flush()
	return c.Error()
}

// harmless returns the text of a cell that no spreadsheet runs as a formula: one that begins like a
// formula begins with an apostrophe instead.
func harmless(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r\n", rune(text[0])) {
		return "'" + text
	}
	return text
}
