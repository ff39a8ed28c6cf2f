package profiles

import (
	"strings"
	"time"
)

// A Credential is the current Wi-Fi credential of a customer.
type Credential struct {
	CustomerID string    // constant; identifiers and UUIDs are derived from it
	Username   string    // 1 to 63 bytes
	Password   string    // 1 to 189 bytes; with MSCHAPv2, no character above U+FFFF
	Language   string    // BCP 47 tag of the customer's language; "": the organization's
	Created    time.Time // in the years 1970 to 9999
	Expires    time.Time // likewise; the document expires too if the platform supports it
}

// A FieldError reports a field of a credential that is not valid. It never contains
// the value.
type FieldError struct {
	Field  string // customerId, username, password, created or expires
	Reason string
}

func (e *FieldError) Error() string { return e.Field + " " + e.Reason }

// The limits of a credential are those of Android: 63 bytes for a user name, and 255
// bytes of base64 for a password, which are 189 bytes.
const (
	maxUsername = 63
	maxPassword = 189
)

// checkCredential applies the limits of all platforms, so that a credential is valid
// on all of them or on none.
func checkCredential(c Credential, inner InnerMethod) error {
	switch {
	case c.CustomerID == "":
		return &FieldError{"customerId", "is empty"}
	case textProblem(c.CustomerID, false) != "":
		return &FieldError{"customerId", textProblem(c.CustomerID, false)}
	case c.Username == "" || len(c.Username) > maxUsername:
		return &FieldError{"username", "must have 1 to 63 bytes"}
	case textProblem(c.Username, false) != "":
		return &FieldError{"username", textProblem(c.Username, false)}
	case c.Password == "" || len(c.Password) > maxPassword:
		return &FieldError{"password", "must have 1 to 189 bytes"}
	case textProblem(c.Password, false) != "":
		return &FieldError{"password", textProblem(c.Password, false)}
	case inner == MSCHAPv2 && beyondUCS2(c.Password):
		// RFC 2759 hashes UCS-2. Supplicants fail for other characters.
		return &FieldError{"password", "holds a character above U+FFFF, which MSCHAPv2 cannot encode"}
	case !plainYear(c.Created):
		return &FieldError{"created", "is outside the years 1970 to 9999"}
	case !plainYear(c.Expires):
		return &FieldError{"expires", "is outside the years 1970 to 9999"}
	}
	return nil
}

// plainYear reports whether all date formats write the time's year with four digits.
// It rejects the zero time, since every document must expire.
func plainYear(t time.Time) bool {
	return t.UTC().Year() >= 1970 && t.UTC().Year() <= 9999
}

func beyondUCS2(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r > 0xFFFF })
}
