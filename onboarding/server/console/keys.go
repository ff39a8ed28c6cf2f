package console

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
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
	Scopes    []roleScopes // in the order of Roles
	Locations []option     // for the role locationManager
	Form      string
	Create    string
	Once      string            // the ID of the key that the form creates, so that it creates one
	Sent      *keyRow           // the key that the same form has created before
	Wrong     map[string]string // by field
	Label     string
	Expires   string
}

// roleScopes holds the scopes that a key of a role may have. The page shows those of the chosen
// role, and the form's handler reads no other.
type roleScopes struct {
	Role, Title string
	Choices     []scopeChoice
	Wrong       string // about the scopes that were sent for the role
}

// scopeChoice is a box of a scope; Name is that of the input.
type scopeChoice struct {
	Name, Scope, Text string
	Chosen            bool
}

// keyRow is one client key.
type keyRow struct {
	ClientKey, Label, Role, Location string
	Scopes                           []auth.Scope
	Created, Expires, LastUsed, Old  string
	Tone, State                      string // empty: in use
	Rotate, Revoke                   string // addresses; empty for a revoked key
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
	page.Form, page.Create, page.Once = v.form, v.at(keysPath), onboarding.NewID()
	for _, r := range auth.Roles() {
		page.Roles = append(page.Roles, option{
			Value: string(r), Text: v.texts.must("role." + string(r)), Chosen: typed(c, "role") == string(r),
		})
		of := v.scopesOf(c, r)
		if typed(c, "role") == string(r) {
			of.Wrong = page.Wrong["scope"]
		}
		page.Scopes = append(page.Scopes, of)
	}
	page.Locations = locationOptions(v.organization.Locations, typed(c, "location"))
	return s.render(c, status, v, "keys", "keys", page)
}

// labelOf returns the text by which operators know a key.
func labelOf(k *onboarding.ServiceKey) string { return cmp.Or(k.Label, k.ClientKey) }

// scopePrefix begins the names of the boxes of scopes; a role and a scope follow.
const scopePrefix = "scope."

// scopesOf returns the boxes of a role: as sent with the role, or else with its default scopes.
func (v *visit) scopesOf(c echo.Context, role auth.Role) roleScopes {
	of := roleScopes{
		Role: string(role), Title: v.texts.must("keys.scopesOf", "role", v.texts.must("role."+string(role))),
	}
	sent, defaults := typed(c, "role") == string(role), auth.RoleScopes(role).List()
	for _, scope := range auth.PossibleScopes(role) {
		name := scopePrefix + string(role) + "." + string(scope)
		choice := scopeChoice{
			Name: name, Scope: string(scope), Text: v.texts.must("scope." + string(scope)),
			Chosen: slices.Contains(defaults, scope),
		}
		if sent {
			choice.Chosen = typed(c, name) != ""
		}
		of.Choices = append(of.Choices, choice)
	}
	return of
}

// typedScopes returns the scopes that were chosen for a role.
func (v *visit) typedScopes(c echo.Context, role auth.Role, wrong *onboarding.Faults) auth.Scopes {
	values, _ := c.Get(typedKey).(url.Values)
	var chosen []string
	for name := range values {
		if scope, ok := strings.CutPrefix(name, scopePrefix+string(role)+"."); ok && values.Get(name) != "" {
			chosen = append(chosen, scope)
		}
	}
	if len(chosen) == 0 {
		wrong.Refuse("scope", v.texts.must("keys.chooseScope"))
		return auth.Scopes{}
	}
	slices.Sort(chosen)
	scopes, err := auth.ParseScopes(role, strings.Join(chosen, " "))
	if err != nil {
		wrong.Refuse("scope", onboarding.CutText(err.Error(), 300))
	}
	return scopes
}

func (v *visit) key(k *onboarding.ServiceKey) keyRow {
	row := keyRow{
		ClientKey: k.ClientKey, Label: k.Label, Role: v.texts.must("role." + string(k.Role)), Scopes: k.Scopes.List(),
		Created: v.day(k.Created),
	}
	if l := v.organization.Location(k.LocationID); l != nil {
		row.Location = cmp.Or(l.Name, l.ID)
	} else if k.LocationID != "" {
		row.Location = v.texts.must("keys.noLocation")
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

// createKey answers POST /console/{org}/keys. A form that is sent twice creates one key.
func (s *Console) createKey(c echo.Context, v *visit) error {
	n, err := v.newKey(c)
	key, secret := "", ""
	if err == nil {
		key, secret, err = s.Access.CreateLabelledKey(c.Request().Context(), *n)
	}
	_, shown := web.Translate(c.Request().Context(), err)
	switch {
	case err == nil:
		return s.render(c, http.StatusOK, v, "keysecret", "keys", &keySecretPage{
			ClientKey: key, Secret: secret, Back: v.at(keysPath),
		})
	case shown.Kind == onboarding.Conflict && shown.Field == "id":
		sent, err := s.keyWithID(c, v, n.ID)
		if err != nil {
			return err
		}
		row := v.key(sent)
		return s.renderKeys(c, http.StatusConflict, v, v.retyped(c, &row, nil))
	case shown.Kind == onboarding.Invalid && shown.Field != "id": // that no operator types
		return s.renderKeys(c, http.StatusConflict, v, v.retyped(c, nil, shown.Faults()))
	}
	return err
}

// retyped returns the page with what was typed.
func (v *visit) retyped(c echo.Context, sent *keyRow, wrong []onboarding.Fault) *keysPage {
	page := &keysPage{
		Label: typed(c, "label"), Expires: typed(c, "expires"), Sent: sent, Wrong: map[string]string{},
	}
	for _, fault := range wrong {
		page.Wrong[fault.Field] = fault.Message
	}
	return page
}

// newKey returns the key that a form describes.
func (v *visit) newKey(c echo.Context) (*access.NewKey, error) {
	n := &access.NewKey{ID: typed(c, "once"), OrganizationID: v.organization.ID, Label: typed(c, "label")}
	var wrong onboarding.Faults
	role, err := auth.ParseRole(typed(c, "role"))
	if err != nil {
		wrong.Refuse("role", v.texts.must("keys.chooseRole"))
	} else {
		n.Scopes = v.typedScopes(c, role, &wrong)
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
	return n, wrong.Err()
}

// keyOf returns the organization's key of a request.
func (s *Console) keyOf(c echo.Context, v *visit) (*onboarding.ServiceKey, error) {
	return s.keyWithID(c, v, web.Param(c, "key"))
}

// keyWithID returns the organization's key with an ID.
func (s *Console) keyWithID(c echo.Context, v *visit, id string) (*onboarding.ServiceKey, error) {
	keys, err := s.Access.Keys(c.Request().Context(), v.organization.ID)
	if err != nil {
		return nil, err
	}
	for _, k := range keys {
		if k.ID == id {
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
