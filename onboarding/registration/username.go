package registration

import (
	"context"
	"errors"
	"strings"
	"unicode/utf8"

	"onramp/onboarding"
)

// maxUsername is the longest user name in bytes (Android's limit).
const maxUsername = 63

// maxPassword is the longest password in bytes: 252 in base64, Android's limit.
const maxPassword = 189

// checkUsername validates that documents and supplicants carry the user name unchanged.
func checkUsername(field, name string) error {
	if name == "" {
		return onboarding.InvalidField(field, "empty")
	}
	return onboarding.CheckText(field, name, maxUsername)
}

// checkNewUsername validates a user name that a request chooses. It must not end in @ and a realm
// of any organization, because authorize would strip the realm.
func checkNewUsername(ctx context.Context, r onboarding.OrganizationReader, name string) error {
	if err := checkUsername("username", name); err != nil {
		return err
	}
	if err := onboarding.CheckVisible("username", name); err != nil {
		return err
	}
	if strings.TrimSpace(name) != name {
		return onboarding.InvalidField("username", "must not start or end with a space (Android trims it)")
	}
	if _, realm, ok := onboarding.CutLastAt(name); ok {
		_, err := r.RealmOwner(ctx, onboarding.FoldRealm(realm))
		if err == nil {
			return onboarding.InvalidField("username", "must not end in the realm %s, which the network strips", realm)
		}
		if !errors.Is(err, onboarding.ErrNotFound) {
			return err
		}
	}
	return nil
}

// checkPassword validates a password for the inner method. MSCHAPv2 hashes UTF-16 code units, and
// supplicants convert only characters up to U+FFFF.
func checkPassword(field, password, inner string) error {
	if password == "" {
		return onboarding.InvalidField(field, "empty")
	}
	if err := onboarding.CheckText(field, password, maxPassword); err != nil {
		return err
	}
	if inner == "mschapv2" {
		for _, r := range password {
			if r > 0xffff && utf8.ValidRune(r) {
				return onboarding.InvalidField(field,
					"contains a character above U+FFFF, which MSCHAPv2 cannot encode")
			}
		}
	}
	return nil
}
