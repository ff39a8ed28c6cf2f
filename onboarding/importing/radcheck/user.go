package radcheck

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"onramp/onboarding"
	"onramp/onboarding/importing"
)

// clearText are the attributes with a password in clear text; the second is that of FreeRADIUS 1.
var clearText = []string{"cleartext-password", "user-password"}

// hashed are the attributes with a hash of a password.
var hashed = []string{
	"crypt-password", "md5-password", "smd5-password", "sha-password", "ssha-password", "sha1-password",
	"sha2-password", "sha3-password", "ssha1-password", "ssha2-password", "ssha3-password", "ssha2-224-password",
	"ssha2-256-password", "ssha2-384-password", "ssha2-512-password", "ssha3-224-password", "ssha3-256-password",
	"ssha3-384-password", "ssha3-512-password", "pbkdf2-password", "nt-password", "lm-password",
	"password-with-header", "ns-mta-md5-password", "digest-ha1",
}

// record returns the record of a user's check items.
func (c *Config) record(user []*item) *importing.Record {
	name := user[0].username
	r := &importing.Record{Line: int(user[0].id)}
	r.Row.Key = "username " + name
	r.Row.Input.Username = &name
	r.Row.Consents = slices.Clone(c.Consents)
	faults := &r.Row.Input.Unread
	if len(user) > maxItems {
		faults.Refuse("attribute", fmt.Sprintf("the user has more than %d check items", maxItems))
	}
	if strings.TrimSpace(name) == "" {
		faults.Refuse("username", "missing")
	}
	hash, spellings := "", false
	for _, i := range user {
		attribute := strings.ToLower(strings.TrimSpace(i.attribute))
		if i.username != name && i.username != "" {
			spellings = true
		}
		switch {
		case !utf8.ValidString(i.username + i.attribute + i.value):
			faults.Refuse("value", "a user name or a check item is not UTF-8")
		case slices.Contains(clearText, attribute):
			c.takePassword(r, i)
		case slices.Contains(hashed, attribute):
			hash = i.attribute
		case attribute == "auth-type" && strings.EqualFold(i.value, "Reject"):
			locked := true
			r.Row.Input.Lock = &locked
		case !c.leavesOut(attribute):
			faults.Refuse(onboarding.CutText(i.attribute, onboarding.MaxName),
				"a check item that would be lost; leave it out with --without-attribute if it may be")
		}
	}
	if spellings {
		faults.Refuse("username", "MySQL takes several spellings of it for the same name")
	}
	password := r.Row.Input.Password
	switch {
	case password == nil && hash != "" && !c.NewPasswords:
		faults.Refuse(hash, "a hash, from which no profile can be made; give such people a new password with "+
			"--new-passwords")
	case password == nil && hash == "" && len(*faults) == 0:
		faults.Refuse("Cleartext-Password", "missing")
	case password != nil && *password == name && isMAC(name):
		faults.Refuse("username", "the MAC address of a device with itself as the password, not a person")
	}
	return r
}

// takePassword sets the password in clear text.
func (c *Config) takePassword(r *importing.Record, i *item) {
	known := r.Row.Input.Password
	switch {
	case i.op != ":=" && i.op != "==" && i.op != "=":
		r.Row.Input.Unread.Refuse(i.attribute, "has an operator that sets no password")
	case known != nil && *known != i.value:
		r.Row.Input.Unread.Refuse(i.attribute, "the user has several passwords")
	default:
		r.Row.Input.Password = &i.value
	}
}

func (c *Config) leavesOut(attribute string) bool {
	return slices.ContainsFunc(c.WithoutAttributes, func(left string) bool {
		return strings.EqualFold(left, attribute)
	})
}

func isMAC(name string) bool {
	_, ok := onboarding.ParseMAC(name)
	return ok
}
