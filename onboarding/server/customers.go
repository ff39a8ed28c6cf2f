package server

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
	"onramp/onboarding/registration"
	"onramp/onboarding/server/web"
)

// registeredCustomer is the answer of updateCustomer; createCustomer adds the password.
type registeredCustomer struct {
	web.Stamp
	ID             string  `json:"id"`
	ExtID          *string `json:"extId"`
	OrganizationID string  `json:"organizationId"`
	LocationID     *string `json:"locationId"`
	HotspotID      *string `json:"hotspotId"` // null for apps, which do not know their hotspot
	Username       string  `json:"username"`
	MailSent       *bool   `json:"mailSent"`      // deprecated, always null
	LinkURL        *string `json:"activationUrl"` // null for a repeated request or a locked customer
}

func (s *Server) registeredCustomer(by *onboarding.Caller, r *registration.Result) registeredCustomer {
	answer := registeredCustomer{
		Stamp: s.stamp(), ID: r.Customer.ID, ExtID: web.OrNull(r.Customer.ExtID),
		OrganizationID: r.Customer.OrganizationID,
		LocationID:     web.OrNull(r.Customer.LocationID), Username: r.Customer.Username,
		LinkURL: web.OrNull(r.LinkURL),
	}
	if by.Principal.IsOperator() {
		answer.HotspotID = web.OrNull(r.Customer.HotspotID)
	}
	return answer
}

// createCustomer registers a person, or returns the customer that the request proves.
func (s *Server) createCustomer(c echo.Context) error {
	b, err := bind[customerBody](c)
	if err != nil {
		return err
	}
	by := web.CallerOf(c)
	r := registration.Request{Input: b.Value.input(b.Faults)}
	wrong := slices.Clone(*b.Faults)
	r.Input.Guid, err = ownGuid(c, r.Input.Guid)
	if err := wrong.Add(err); err != nil {
		return err
	}
	q, err := web.QueryOf(c)
	if err != nil {
		return err
	}
	r.Deduplicate = q.List("deduplicate")
	if err := wrong.Add(q.Err()); err != nil {
		return err
	}
	r.IdempotencyKey, err = idempotencyKey(c.Request().Header)
	if err := wrong.Add(err); err != nil {
		return err
	}
	r.Input.Unread = wrong
	if r.IdempotencyKey != "" {
		r.RequestHash = requestHash(b.sum, r.Deduplicate)
	}
	registered, err := s.registration.Register(c.Request().Context(), by, r)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if registered.Created {
		status = http.StatusCreated
	}
	return web.Send(c, status, struct {
		registeredCustomer
		Password *string `json:"password"`
	}{s.registeredCustomer(by, registered), web.OrNull(registered.Password)})
}

// ownGuid returns the guid to store or compare: the body's, or the header's if the body has none.
// Two different ones are an error.
func ownGuid(c echo.Context, inBody *string) (*string, error) {
	header, ok := web.GuidOf(c.Request().Header)
	switch {
	case !ok:
		return nil, onboarding.InvalidField(web.GuidHeader, "given twice")
	case header == "":
		return inBody, nil
	case inBody == nil || *inBody == "":
		return &header, nil
	case *inBody != header:
		return nil, onboarding.InvalidField("guid", "contradicts the header %s", web.GuidHeader)
	}
	return inBody, nil
}

// idempotencyKey returns the header that makes a repeated request safe.
func idempotencyKey(header http.Header) (string, error) {
	const name = "Idempotency-Key"
	given := header.Values(name)
	if len(given) == 0 {
		return "", nil
	}
	key := given[0]
	if len(given) > 1 || key == "" || len(key) > 255 || strings.ContainsFunc(key,
		func(r rune) bool { return r < ' ' || r > '~' }) {
		return "", onboarding.InvalidField(name, "not 1 to 255 printable characters of ASCII")
	}
	return key, nil
}

// requestHash identifies a request by its body and query.
func requestHash(sum [sha256.Size]byte, deduplicate []string) string {
	h := sha256.New()
	h.Write(sum[:])
	h.Write([]byte(strings.Join(deduplicate, ",")))
	return hex.EncodeToString(h.Sum(nil))
}

// updateCustomer changes the given members. A guid in the header proves the caller; a guid in the
// body in addition belongs to a new device.
func (s *Server) updateCustomer(c echo.Context) error {
	b, err := bind[customerBody](c)
	if err != nil {
		return err
	}
	by, in := web.CallerOf(c), b.Value.input(b.Faults)
	in.Unread = *b.Faults
	registered, err := s.registration.Update(c.Request().Context(), by, web.Param(c, "id"), in)
	if err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, s.registeredCustomer(by, registered))
}

// customerInfo identifies a customer without personal data.
type customerInfo struct {
	web.Stamp
	ID      string  `json:"id"`
	ExtID   *string `json:"extId"`
	Present bool    `json:"present"`
	// PoliciesDue are the keys of the mandatory policies to accept.
	PoliciesDue []string `json:"policiesDue"`
}

func (s *Server) infoOf(c *onboarding.Customer, due []onboarding.DuePolicy) customerInfo {
	info := customerInfo{Stamp: s.stamp(), ID: c.ID, ExtID: web.OrNull(c.ExtID), Present: true, PoliciesDue: []string{}}
	for i := range due {
		info.PoliciesDue = append(info.PoliciesDue, due[i].Key)
	}
	return info
}

func (s *Server) customerInfo(c echo.Context) error {
	info, err := s.registration.Info(c.Request().Context(), web.CallerOf(c), web.Param(c, "id"))
	if err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, s.infoOf(info.Customer, info.Due))
}

// customerExists implements checkIfCustomerExists. No match is an error, for compatibility.
func (s *Server) customerExists(c echo.Context) error {
	q, err := web.QueryOf(c)
	if err != nil {
		return err
	}
	m := onboarding.Match{
		ID: q.Text("cid"), ExtID: q.Text("extId"), ExtProp1: q.Either("extProp1", "extPro1"),
		ExtProp2: q.Either("extProp2", "extPro2"),
		Username: q.Text("username"), Email: q.Text("email"), Phone: q.Text("phoneNumber"),
	}
	present, err := s.registration.Exists(c.Request().Context(), web.CallerOf(c), web.Param(c, "org"), m, q.Faults)
	if err != nil {
		return err
	}
	if !present {
		return &onboarding.Error{Kind: onboarding.NotFound, Message: "customer not found"}
	}
	return web.Send(c, http.StatusOK, struct {
		web.Stamp
		Present bool `json:"present"`
	}{s.stamp(), true})
}
