package journey

import (
	"crypto/rand"
	"encoding/hex"
	"math/big"
	"net/http/cookiejar"
	"slices"
	"strings"

	"github.com/PuerkitoBio/goquery"
)

// person is a new visitor.
type person struct {
	first, last, email, phone, nick string
}

var firstNames = []string{"Anna", "José", "Zoë", "Łukasz", "Siân", "O'Neil", "Chloé", "Renée", "Bjørn", "李"}

// newPerson returns a random visitor. The e-mail address is in a domain reserved for examples, so
// mail is never delivered.
func newPerson() person {
	id := randomHex(8)
	return person{
		first: firstNames[randomBelow(int64(len(firstNames)))],
		last:  "Visitor " + id[:6],
		email: "visitor." + id + "@example.net",
		phone: "+39347" + digits(7),
		nick:  "visitor." + id,
	}
}

func randomHex(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

func randomBelow(n int64) int64 {
	v, err := rand.Int(rand.Reader, big.NewInt(n))
	if err != nil {
		return 0
	}
	return v.Int64()
}

func digits(n int) string {
	var b strings.Builder
	for range n {
		b.WriteByte(byte('0' + randomBelow(10)))
	}
	return b.String()
}

// answer returns the person's value for a control. The control is identified by its autocomplete
// purpose, else its name, else its type. The value is empty if none fits.
func (p person) answer(s *goquery.Selection) string {
	purposes := strings.Fields(strings.ToLower(attr(s, "autocomplete")))
	name := strings.ToLower(attr(s, "name"))
	is := func(purpose string, names ...string) bool {
		return slices.Contains(purposes, purpose) ||
			slices.ContainsFunc(names, func(part string) bool { return strings.Contains(name, part) })
	}
	switch {
	case is("username", "username", "user_name"):
		return p.nick
	case is("new-password"), attr(s, "type") == "password":
		return p.nick + "-Secret1"
	case is("given-name", "firstname", "first_name", "given"):
		return p.first
	case is("family-name", "lastname", "last_name", "surname", "family"):
		return p.last
	case is("email", "email"):
		return p.email
	case is("tel", "phone", "mobile"):
		return p.phone
	case is("bday", "birthdate", "birthday"):
		return "1990-05-17"
	case is("country", "country"):
		return "IT"
	case is("postal-code", "zip", "postal"):
		return "56121"
	case is("organization", "company"):
		return "Example Ltd"
	case is("honorific-prefix", "title"):
		return "Dr"
	case is("sex", "gender"):
		return "O"
	case is("language", "language"):
		return "en"
	case is("name", "fullname"):
		return p.first + " " + p.last
	}
	switch strings.ToLower(attr(s, "type")) {
	case "email":
		return p.email
	case "tel":
		return p.phone
	case "date":
		return "1990-05-17"
	case "number":
		return "1"
	}
	return ""
}

func newJar() *cookiejar.Jar {
	jar, _ := cookiejar.New(nil) // fails only for options
	return jar
}
