package csvfile_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"onramp/onboarding"
	"onramp/onboarding/importing"
	"onramp/onboarding/importing/csvfile"
	"onramp/onboarding/registration"
	"onramp/onboarding/testkit"
)

func organization() *onboarding.Organization {
	o := testkit.Organization(1)
	o.Policies = append(o.Policies, onboarding.Policy{Key: "customs.news", Version: "3"})
	return o
}

// readAll returns all records of a file.
func readAll(text string) (records []*importing.Record, err error) {
	f, err := csvfile.Open(strings.NewReader(text), organization())
	if err != nil {
		return nil, err
	}
	for {
		r, err := f.Next(context.Background())
		if errors.Is(err, io.EOF) {
			return records, nil
		}
		if err != nil {
			return records, err
		}
		records = append(records, r)
	}
}

// TestRecord reads a row with every kind of column.
func TestRecord(t *testing.T) {
	records, err := readAll("\ufefffirstName,birthdate, username ,password,lock,emailVerified,email,custom.shoe size," +
		"document.number,termsOfUse,privacy,customs.news,ppd,privacy.version,consentDate,consentSource,created," +
		"organizationId\r\n" +
		"\"Ada\r\nof \"\"London\"\"\",1815-12-10,ada,=secret,no,1,ada@example.com,38,D-1,true,YES,false,,2.1," +
		"2021-05-01,paper form,2020-01-02T03:04:05+02:00," + organization().ID + "\r\n")
	if err != nil {
		t.Fatal(err)
	}
	yes, no := true, false
	text := func(s string) *string { return &s }
	at := time.Date(2021, 5, 1, 0, 0, 0, 0, time.UTC)
	consent := func(policy string, accepted bool, version string) registration.ImportedConsent {
		return registration.ImportedConsent{
			Policy: policy, Accepted: accepted, At: at, Version: version, Place: "paper form",
		}
	}
	want := []*importing.Record{{Line: 2, Row: registration.ImportRow{
		Key: "username ada", Created: time.Date(2020, 1, 2, 1, 4, 5, 0, time.UTC),
		Input: registration.CustomerInput{
			FirstName: text("Ada\nof \"London\""), BirthDate: text("1815-12-10"), Username: text("ada"),
			Password: text("=secret"), Lock: &no, EmailVerified: &yes, Email: text("ada@example.com"),
			Custom:   map[string]string{"shoe size": "38"},
			Document: &registration.IdentityDocumentInput{Number: text("D-1")},
		},
		Consents: []registration.ImportedConsent{
			consent("termsOfUse", true, ""), consent("privacy", true, "2.1"), consent("customs.news", false, ""),
		},
	}}}
	if diff := cmp.Diff(want, records, cmpopts.IgnoreFields(importing.Record{}, "Field"),
		cmpopts.IgnoreUnexported(registration.CustomerInput{})); diff != "" {
		t.Error(diff)
	}
}

// TestEncodings reads the same file in every accepted encoding, with each separator and line end.
func TestEncodings(t *testing.T) {
	const file = "firstName,lastName,termsOfUse\nZoë,\"O, 😀\",true\n"
	encoded := func(text string, order func(unit uint16) []byte) string {
		var b strings.Builder
		for _, unit := range utf16.Encode([]rune("\ufeff" + text)) {
			b.Write(order(unit))
		}
		return b.String()
	}
	for name, text := range map[string]string{
		"UTF-8":                      file,
		"UTF-8 with a mark":          "\ufeff" + file,
		"CRLF":                       strings.ReplaceAll(file, "\n", "\r\n"),
		"no last line end":           strings.TrimSuffix(file, "\n"),
		"semicolons":                 "firstName;lastName;termsOfUse\nZoë;O, 😀;true\n",
		"tabs":                       "firstName\tlastName\ttermsOfUse\nZoë\tO, 😀\ttrue\n",
		"empty lines, empty records": "firstName,lastName,termsOfUse\n\n,,\nZoë,\"O, 😀\",true\n ,,\n\n",
		"UTF-16LE":                   encoded(file, func(u uint16) []byte { return []byte{byte(u), byte(u >> 8)} }),
		"UTF-16BE":                   encoded(file, func(u uint16) []byte { return []byte{byte(u >> 8), byte(u)} }),
	} {
		t.Run(name, func(t *testing.T) {
			records, err := readAll(text)
			if err != nil || len(records) != 1 {
				t.Fatalf("%d records, %v", len(records), err)
			}
			in := records[0].Row.Input
			if *in.FirstName != "Zoë" || *in.LastName != "O, 😀" || len(records[0].Row.Consents) != 1 {
				t.Errorf("read %q %q %v", *in.FirstName, *in.LastName, records[0].Row.Consents)
			}
		})
	}
}

// TestHeaderErrors checks that a file with a wrong first line is refused as a whole, with the
// column's name.
func TestHeaderErrors(t *testing.T) {
	for _, tt := range []struct{ file, want string }{
		{"", "line 1: the file is empty; the first line names the columns"},
		{"\ufeff", "line 1: the file is empty; the first line names the columns"},
		{"email,nickname\n", `line 1: column 2: "nickname" is unknown: columns are named like members of a customer ` +
			`in the API, or like the policies of the organization`},
		{"email,First Name\n", `line 1: column 2: "First Name" is unknown: did you mean "firstName"?`},
		{"email,mktgCommunications\n", `line 1: column 2: "mktgCommunications" is unknown: columns are named like ` +
			`members of a customer in the API, or like the policies of the organization`},
		{"email,firstName,email\n", `line 1: columns 1 and 3 have the same name "email"`},
		{"birthDate,birthdate\n", `line 1: columns 1 and 2 have the same name "birthDate"`},
		{"email,,firstName\n", "line 1: column 2 has no name"},
		{"email,guid\n", `line 1: column 2: "guid" cannot be imported: a device proves itself, it cannot be imported`},
		{"email,custom\n", `line 1: column 2: "custom" cannot be imported: name one column for each, as custom.NAME`},
		{"email,Pr\xe9nom\n", "line 1: column 2: its name is not UTF-8; save the file as UTF-8"},
		{"email,first\"Name\n", "line 1, column 12: a quotation mark stands inside a cell or is not closed; " +
			"enclose the cell in quotation marks and double those inside"},
		{"e\x00m\x00a\x00i\x00l\x00",
			"line 1, column 2: a zero byte: UTF-16 needs a byte order mark; save the file as UTF-8"},
		{"email\rada@example.com\r",
			"line 1: a carriage return without a line feed; save the file with the line ends LF or CRLF"},
		{strings.Repeat("a", 70_000), "line 1 is longer than 65536 bytes"},
	} {
		if _, err := readAll(tt.file); err == nil || err.Error() != tt.want {
			t.Errorf("%.40q: %v\nwant %s", tt.file, err, tt.want)
		}
	}
}

// TestRecordErrors checks that a faulty record is refused alone, with its line and its column.
func TestRecordErrors(t *testing.T) {
	const header = "firstName,email,phoneNumber,termsOfUse,consentDate\n"
	const quotes = "a quotation mark stands inside a cell or is not closed; enclose the cell in quotation marks and " +
		"double those inside"
	for _, tt := range []struct{ line, field, message string }{
		{"Ada,ada@example.com\n", "", "has 2 cells, the first line has 5"},
		{"Ada,a@example.com,,true,,\n", "", "has 6 cells, the first line has 5"},
		{"Ad\xe0,,,,\n", "firstName", "line 3, column 3: the byte 0xE0 is not UTF-8; save the file as UTF-8"},
		{"\"a\nb\"\"\xe0\",,,,\n", "firstName", "line 4, column 4: the byte 0xE0 is not UTF-8; save the file as UTF-8"},
		{"Zo\ufffd,,,,\n", "firstName",
			"line 3, column 3: the replacement character U+FFFD: a character was lost; save the file as UTF-8"},
		{"=HYPERLINK(1),,,,\n", "firstName", "is a formula of a spreadsheet, not a value"},
		{"@SUM(1+1),,,,\n", "firstName", "is a formula of a spreadsheet, not a value"},
		{"-2+3|cmd,,,,\n", "firstName", "is a formula of a spreadsheet, not a value"},
		{"#NAME?,,,,\n", "firstName", "is an error of a spreadsheet, not a value"},
		{"Ada,,\"3,93331E+11\",,\n", "phoneNumber",
			"is a number that a spreadsheet has shortened; format the column as text"},
		{"Ada,,,maybe,\n", "policies.termsOfUse", "not true or false"},
		{"Ada,,,true,01/02/2021\n", "consentDate",
			"not a date like 2022-07-08 or a time with its zone like 2022-07-08T08:08:44Z"},
		{"Ada,,,true,2021-02-30\n", "consentDate",
			"not a date like 2022-07-08 or a time with its zone like 2022-07-08T08:08:44Z"},
		{"Ada,,,true,1021-02-03\n", "consentDate", "is before 1990"},
		{"A\"da,,,,\n", "", "line 3, column 2: " + quotes},
		{"\"A\"da,,,,\n", "", "line 3, column 3: " + quotes},
	} {
		records, err := readAll(header + "Bob,,,true,\n" + tt.line + "Eve,,+39 (06) 1234,true,\n")
		if err != nil || len(records) != 3 {
			t.Errorf("%q: %d records, %v", tt.line, len(records), err)
			continue
		}
		faults := append(records[1].Broken, records[1].Row.Input.Unread...)
		if want := (onboarding.Faults{{Field: tt.field, Message: tt.message}}); records[1].Line != 3 ||
			!cmp.Equal(faults, want) {
			t.Errorf("%q: line %d, %v, want %v", tt.line, records[1].Line, faults, want)
		}
		for _, i := range []int{0, 2} {
			if r := records[i]; len(r.Broken)+len(r.Row.Input.Unread) > 0 {
				t.Errorf("%q: record %d is refused as well: %v %v", tt.line, i, r.Broken, r.Row.Input.Unread)
			}
		}
	}
}

// TestRepeatedPeople checks that a record with the key of an earlier one is read again if it is
// equal, and refused if other values differ.
func TestRepeatedPeople(t *testing.T) {
	records, err := readAll("extId,username,email,firstName\n1,a,,Ada\n1,a,,Ada\n1,a,,Bob\n2,a,,Ada\n,a,,Ada\n" +
		",a,x@y,Ada\n,,x@y,Ada\n,,X@Y,Ada\n,,,Ada\n,,,Ada\n")
	if err != nil {
		t.Fatal(err)
	}
	got := map[int]onboarding.Faults{}
	for _, r := range records {
		if len(r.Broken) > 0 {
			got[r.Line] = r.Broken
		}
	}
	want := map[int]onboarding.Faults{
		4: {{Field: "extId", Message: "is that of line 2, whose other values differ"}},
		7: {{Field: "username", Message: "is that of line 6, whose other values differ"}},
		9: {{Field: "email", Message: "is that of line 8, whose other values differ"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// endless is a file with a quotation mark that is never closed.
type endless struct{ begin io.Reader }

func (e *endless) Read(p []byte) (int, error) {
	if n, err := e.begin.Read(p); err == nil {
		return n, nil
	}
	for i := range p {
		p[i] = "text\n"[i%5]
	}
	return len(p), nil
}

// TestUnclosedQuote checks that a quotation mark that is never closed ends the import, rather than
// reading the rest of the file into memory.
func TestUnclosedQuote(t *testing.T) {
	f, err := csvfile.Open(&endless{strings.NewReader("firstName\nAda\n\"Bob\n")}, organization())
	if err != nil {
		t.Fatal(err)
	}
	if r, err := f.Next(t.Context()); err != nil || *r.Row.Input.FirstName != "Ada" {
		t.Fatal(r, err)
	}
	for range 2 {
		if _, err := f.Next(t.Context()); err == nil ||
			!strings.HasPrefix(err.Error(), "the record after line 2 is longer than 1048576 bytes: a quotation mark") {
			t.Error(err)
		}
	}
}

// TestUnclosedQuoteOfTheFirstRow requires the number of the line before it.
func TestUnclosedQuoteOfTheFirstRow(t *testing.T) {
	f, err := csvfile.Open(&endless{strings.NewReader("firstName\n\"Bob\n")}, organization())
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.Next(t.Context())
	if err == nil || !strings.HasPrefix(err.Error(), "the record after line 1 is longer") {
		t.Error(err)
	}
}

// rows generates a file without holding it.
type rows struct {
	left    int
	pending []byte
}

func (r *rows) Read(p []byte) (int, error) {
	if len(r.pending) == 0 {
		if r.left == 0 {
			return 0, io.EOF
		}
		r.left--
		r.pending = fmt.Appendf(nil, "Ada %d,\"x\r\ny\",true\r\n", r.left)
	}
	n := copy(p, r.pending)
	r.pending = r.pending[n:]
	return n, nil
}

// TestMemory reads a million records and checks that the memory does not grow with their number.
func TestMemory(t *testing.T) {
	const records = 1_000_000
	f, err := csvfile.Open(io.MultiReader(strings.NewReader("\ufefffirstName,lastName,termsOfUse\r\n"),
		&rows{left: records}), organization())
	if err != nil {
		t.Fatal(err)
	}
	var held [2]uint64
	last := 0
	for n := range records {
		r, err := f.Next(t.Context())
		if err != nil || len(r.Broken) > 0 {
			t.Fatal(n, r, err)
		}
		last = r.Line
		if n == records/10 || n == records-1 {
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			held[min(n*2/records, 1)] = m.HeapAlloc
		}
	}
	if last != 2*records { // each has two lines
		t.Errorf("the last record is on line %d", last)
	}
	if held[1] > held[0]+1<<20 {
		t.Errorf("%d bytes are held after a tenth, %d at the end", held[0], held[1])
	}
	if _, err := f.Next(t.Context()); !errors.Is(err, io.EOF) {
		t.Error(err)
	}
}

// FuzzFile checks that no file makes the reader panic, or return a record with invalid text.
func FuzzFile(f *testing.F) {
	f.Add("firstName,termsOfUse\nAda,true\n")
	f.Add("\ufefffirstName;email\r\n\"a\r\nb\";c\r\n")
	f.Add("email\n\"\xff\"\n\"")
	f.Fuzz(func(t *testing.T, text string) {
		records, _ := readAll(text)
		for _, r := range records {
			if name := r.Row.Input.FirstName; name != nil && strings.ToValidUTF8(*name, "") != *name {
				t.Errorf("line %d: %q", r.Line, *name)
			}
		}
	})
}
