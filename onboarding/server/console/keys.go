package console

import (
	"cmp"
	"net/http"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
	"onramp/onboarding/access"
	"onramp/onboarding/auth"
	"onramp/onboarding/server/web"
)

// keysPage is the data of keys.html.
type keysPage struct {
	Keys      []keyRow
	Roles     []option
	Locations []option // for the role locationManager
	Form      string
	Create    string
	Wrong     map[string]string // by field
	Label     string
	Expires   string
}

// keyRow is one client key.
type keyRow struct {
	ClientKey, Label, Role, Location, Scopes string
	Created, Expires, LastUsed, Old          string
	Tone, State                              string // empty: in use
	Rotate, Revoke                           string // addresses; empty for a revoked key
}

// keySecretPage is the data of keysecret.html, which shows a secret once.
type keySecretPage struct {
	ClientKey, Secret, OldUntil, Back string
}

// The acts on a client key, by the last part of their address.
const (
	keyRotate = "rotate"
	keyRevoke = "revoke"
)

// showKeys answers GET /console/{org}/keys.
func (s *Console) showKeys(c echo.Context, v *visit) error {
	return s.renderKeys(c, http.StatusOK, v, &keysPage{})
}

// renderKeys shows the keys and the form for another, with what was typed.
func (s *Console) renderKeys(c echo.Context, status int, v *visit, page *keysPage) error {
	keys, err := s.Access.Keys(c.Request().Context(), v.organization.ID)
	if err != nil {
		return err
	}
	for _, k := range slices.Backward(keys) {
		page.Keys = append(page.Keys, v.key(k))
	}
	page.Form, page.Create = v.form, v.at(keysPath)
	for _, r := range auth.Roles() {
		page.Roles = append(page.Roles, option{
			Value: string(r), Text: v.texts.must("role." + string(r)), Chosen: typed(c, "role") == string(r),
		})
	}
	page.Locations = locationOptions(v.organization.Locations, typed(c, "location"))
	return s.render(c, status, v, "keys", "keys", page)
}

// labelOf returns the text by which operators know a key.
func labelOf(k *onboarding.ServiceKey) string { return cmp.Or(k.Label, k.ClientKey) }

func (v *visit) key(k *onboarding.ServiceKey) keyRow {
	row := keyRow{
		ClientKey: k.ClientKey, Label: k.Label, Role: v.texts.must("role." + string(k.Role)), Scopes: k.Scopes.String(),
		Created: v.day(k.Created),
	}
	if l := v.organization.Location(k.LocationID); l != nil {
		row.Location = cmp.Or(l.Name, l.ID)
	}
	if k.Expires != nil {
		row.Expires = v.day(*k.Expires)
	}
	if k.LastUsed != nil {
		row.LastUsed = v.minute(*k.LastUsed)
	}
	if old := k.Old(v.now); old != nil {
		row.Old = v.minute(old.Ends)
	}
	self := v.at(keysPath + "/" + k.ID)
	switch {
	case k.Revoked != nil:
		row.Tone, row.State = "bad", v.texts.must("keys.revoked")
		return row
	case k.Expired(v.now):
		row.Tone, row.State = "bad", v.texts.must("keys.expired")
	case k.Expires != nil && k.Expires.Sub(v.now) < onboarding.KeyExpiryNotice:
		row.Tone, row.State = "warn", v.texts.must("keys.endsSoon")
	}
	row.Rotate, row.Revoke = self+"/"+keyRotate, self+"/"+keyRevoke
	return row
}

// createKey answers POST /console/{org}/keys.
func (s *Console) createKey(c echo.Context, v *visit) error {
	n := access.NewKey{OrganizationID: v.organization.ID, Label: typed(c, "label")}
	var wrong onboarding.Faults
	role, err := auth.ParseRole(typed(c, "role"))
	if err != nil {
		wrong.Refuse("role", v.texts.must("keys.chooseRole"))
	}
	if n.Role = role; role == auth.LocationManager {
		n.LocationID = typed(c, "location")
	}
	if text := typed(c, "expires"); text != "" {
		day, err := time.ParseInLocation(time.DateOnly, text, v.zone)
		if err != nil {
			wrong.Refuse("expires", v.texts.must("keys.badDate"))
		} else {
			end := day.AddDate(0, 0, 1).UTC()
			n.Expires = &end
		}
	}
	key, secret := "", ""
	if err = wrong.Err(); err == nil {
		key, secret, err = s.Access.CreateLabelledKey(c.Request().Context(), n)
	}
	if kind := onboarding.KindOf(err); kind == onboarding.Invalid || kind == onboarding.Conflict {
		page := &keysPage{Label: n.Label, Expires: typed(c, "expires"), Wrong: map[string]string{}}
		_, shown := web.Translate(c.Request().Context(), err)
		for _, fault := range shown.Faults() {
			page.Wrong[fault.Field] = fault.Message
		}
		return s.renderKeys(c, http.StatusConflict, v, page)
	}
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, v, "keysecret", "keys", &keySecretPage{
		ClientKey: key, Secret: secret, Back: v.at(keysPath),
	})
}

// keyOf returns the organization's key of a request.
func (s *Console) keyOf(c echo.Context, v *visit) (*onboarding.ServiceKey, error) {
	keys, err := s.Access.Keys(c.Request().Context(), v.organization.ID)
	if err != nil {
		return nil, err
	}
	for _, k := range keys {
		if k.ID == web.Param(c, "key") {
			return k, nil
		}
	}
	return nil, onboarding.NotFoundError("client key")
}

// confirmRotation answers GET /console/{org}/keys/{key}/rotate. It changes nothing.
func (s *Console) confirmRotation(c echo.Context, v *visit) error {
	return s.confirmKey(c, v, keyRotate)
}

// confirmRevocation answers GET /console/{org}/keys/{key}/revoke. It changes nothing.
func (s *Console) confirmRevocation(c echo.Context, v *visit) error {
	return s.confirmKey(c, v, keyRevoke)
}

// confirmKey asks for the confirmation of an act on a key.
func (s *Console) confirmKey(c echo.Context, v *visit, act string) error {
	k, err := s.keyOf(c, v)
	if err != nil {
		return err
	}
	must := v.texts.must
	return s.render(c, http.StatusOK, v, "confirm", "keys", &confirmPage{
		Title: must("keys." + act + "Title"), Name: labelOf(k), Lead: must("keys." + act + "Lead"),
		Button: must("keys." + act), Danger: act == keyRevoke, Action: v.at(keysPath + "/" + k.ID + "/" + act),
		Form: v.form, Back: v.at(keysPath), BackText: must("keys.back"),
	})
}

// rotateKey answers POST /console/{org}/keys/{key}/rotate.
func (s *Console) rotateKey(c echo.Context, v *visit) error {
	k, err := s.keyOf(c, v)
	if err != nil {
		return err
	}
	secret, ends, err := s.Access.RotateKey(c.Request().Context(), k.ClientKey, access.DefaultOverlap)
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, v, "keysecret", "keys", &keySecretPage{
		ClientKey: k.ClientKey, Secret: secret, OldUntil: v.minute(ends), Back: v.at(keysPath),
	})
}

// revokeKey answers POST /console/{org}/keys/{key}/revoke.
func (s *Console) revokeKey(c echo.Context, v *visit) error {
	k, err := s.keyOf(c, v)
	if err != nil {
		return err
	}
	return done(c, s.Access.RevokeKey(c.Request().Context(), k.ClientKey), v.at(keysPath), "revoked")
}
