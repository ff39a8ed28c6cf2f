package verification

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/access"
	"onramp/onboarding/auth"
	"onramp/onboarding/registration"
)

// content is the sealed part of a verification; the JSON names are its stored form. Of a proven
// sign-up only Masked, Location, Place and Elsewhere are left, for its page.
type content struct {
	Address  string               `json:"address,omitempty"`
	Language string               `json:"language,omitempty"`
	SignUp   *registration.SignUp `json:"signUp,omitempty"` // nil: by the API, or proven
	Place    Place                `json:"place,omitzero"`
	Masked   string               `json:"masked,omitempty"`
	Location string               `json:"location,omitempty"` // ID
	// Elsewhere is set if the proof was a link that continued in another browser: who waits on the
	// page may be a stranger.
	Elsewhere bool `json:"elsewhere,omitempty"`
}

// Place holds the captive portal's parameters that the pages pass on.
type Place struct {
	SSID     string `json:"ssid,omitempty"`
	Redirect string `json:"redirect,omitempty"`
	System   string `json:"system,omitempty"` // of the device that sent the form, for the link's page
	Grant    string `json:"grant,omitempty"`  // of the window that sent the form, sealed by the pages
}

// SignUp is a visitor's form.
type SignUp struct {
	Organization *onboarding.Organization
	Form         registration.Form
	Language     string
	Place        Place
	Input        registration.CustomerInput
	// Known reports whether the browser has verified the recipient before.
	Known func(recipient string) bool
}

// step is a change of a verification in progress.
type step struct {
	v   *Verifications
	h   hashes
	by  *onboarding.Caller
	o   *onboarding.Organization
	row *onboarding.Verification
	is  content
	to  access.Recipient
	now time.Time
	// The code, the token of the link, and the function that queues the message; prepare sets them.
	code, link string
	queue      func(ctx context.Context, tx onboarding.Tx) error
	sent       bool // a code was queued
	page       bool // the page that waits for the proof gets a link
	elsewhere  bool // the link continues in another browser only
}

// Begin validates a visitor's form, stores it, and sends a code and a link to the address. It
// returns the token of the page that waits for the proof. Sending a form twice is one sign-up.
func (v *Verifications) Begin(ctx context.Context, by *onboarding.Caller, s SignUp) (session string, err error) {
	up, address, err := v.registration.PrepareSignUp(ctx, by, s.Organization, s.Form, s.Input)
	if err != nil {
		return "", err
	}
	h, err := v.hashes(ctx)
	if err != nil {
		return "", err
	}
	sent, err := json.Marshal(up.Input)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(sent)
	session = h.token("page", s.Organization.ID, s.Form.ID, string(sum[:]))
	now := v.clock.Now()
	o := s.Organization
	id := onboarding.NewID()
	st := &step{v: v, h: h, by: by, o: o, now: now, is: content{
		Address: address, Language: s.Language, SignUp: up, Place: s.Place,
	}, row: &onboarding.Verification{
		ID: id, OrganizationID: o.ID, Session: h.session(session), Form: h.form(s.Form.ID), Channel: o.Portal.Verify,
		Created: now, Expires: now.Add(onboarding.VerificationFor),
	}}
	st.to = st.recipient(s.Known)
	// A repeated form is found before it is charged, and again in the transaction.
	if _, err := v.store.VerificationOfSession(ctx, st.row.Session); onboarding.KindOf(err) != onboarding.NotFound {
		return session, err
	}
	first := *st.row
	err = st.sending(ctx, func(tx onboarding.Tx) error {
		*st.row, st.sent = first, false
		_, err := tx.VerificationOfSession(ctx, first.Session)
		if onboarding.KindOf(err) != onboarding.NotFound {
			return err
		}
		if err := v.access.LimitSignUps(ctx, tx, first.Form); err != nil {
			return err
		}
		if err := st.send(ctx, tx); err != nil {
			return err
		}
		return tx.InsertVerification(ctx, st.row)
	})
	if e, ok := errors.AsType[*onboarding.Error](err); ok && e.Kind == onboarding.Conflict && e.Field == "session" {
		err = nil // another replica stored the same form
	}
	return session, err
}

// recipient returns the address of the step for the limits.
func (st *step) recipient(known func(recipient string) bool) access.Recipient {
	r := access.Recipient{
		OrganizationID: st.o.ID, LocationID: st.location(), Device: st.row.Session, Hash: st.row.Recipient,
	}
	if st.row.Proven == nil {
		r.Hash = st.h.recipient(st.o.ID, st.row.Channel, st.is.Address)
		r.Mailbox = st.h.mailbox(st.o.ID, st.row.Channel, st.is.Address)
	}
	r.Known = known != nil && known(r.Hash)
	return r
}

// location returns the ID of the location of a sign-up.
func (st *step) location() string {
	if st.is.SignUp != nil {
		return st.is.SignUp.LocationOf(st.o)
	}
	return st.is.Location
}

// masked returns the address of a sign-up without most of its characters.
func (st *step) masked() string {
	if st.is.Address == "" {
		return st.is.Masked
	}
	return Mask(st.row.Channel, st.is.Address)
}

// keepProven marks the sign-up as proven and drops the content except the place: the same page may
// ask again, and continues there.
func (st *step) keepProven() error {
	rest := content{Masked: st.masked(), Location: st.location(), Place: st.is.Place, Elsewhere: st.elsewhere}
	plain, err := json.Marshal(rest)
	if err != nil {
		return err
	}
	proven := st.now
	st.row.Proven, st.row.Content = &proven, st.v.sealer.Seal(plain, onboarding.VerificationPurpose(st.row.ID))
	return nil
}

// prepare makes a new code and, for a sign-up, a new link, and checks their message.
func (st *step) prepare(ctx context.Context) (err error) {
	if st.code, err = newCode(); err != nil {
		return err
	}
	m := Message{
		Kind: onboarding.MessageVerification, OrganizationID: st.o.ID, Channel: st.row.Channel, To: st.is.Address,
		Language: st.is.Language, Code: st.code, Known: st.to.Known,
		CustomerID: st.row.CustomerID, NotAfter: st.now.Add(onboarding.VerificationCodeFor),
	}
	if st.row.Session != "" {
		st.link = newLinkToken()
		m.Link = st.v.publicURL + "/confirm/" + st.link
	}
	st.queue, err = st.v.messages.Prepare(ctx, m)
	if e, ok := errors.AsType[*onboarding.Error](err); ok && e.Field == st.row.Channel.Field() {
		return &UnreachableError{e}
	}
	return err
}

// send gives the verification the code and the link that prepare made, queues them, and ends the
// former ones.
func (st *step) send(ctx context.Context, tx onboarding.Tx) error {
	if err := st.v.access.LimitWrongCodes(ctx, tx, &st.to); err != nil {
		return err
	}
	plain, err := json.Marshal(st.is)
	if err != nil {
		return err
	}
	row := st.row
	row.Recipient, row.Code, row.Tries = st.to.Hash, st.h.code(row.ID, st.code), onboarding.VerificationTries
	row.Sent++
	row.Resend, row.CodeEnds = st.now.Add(coolDown(row.Sent)), st.now.Add(onboarding.VerificationCodeFor)
	row.Content = st.v.sealer.Seal(plain, onboarding.VerificationPurpose(row.ID))
	row.Link, row.LinkForm = "", ""
	if st.link != "" {
		row.Link = st.h.link(st.link)
	}
	if row.CodeEnds.After(row.Expires) { // the page stays as long as its last code
		row.Expires = row.CodeEnds
	}
	st.sent = true
	return st.queue(ctx, tx)
}

// sending prepares a message and runs the transaction that queues it. It charges the recipient, and
// gives the charge back if nothing was sent.
func (st *step) sending(ctx context.Context, write func(tx onboarding.Tx) error) error {
	charge, err := st.v.access.TakeCodeSent(ctx, st.by, &st.to)
	if err != nil {
		return err
	}
	if err = st.prepare(ctx); err == nil {
		err = st.v.store.Write(ctx, write)
	}
	if err != nil || !st.sent {
		charge.GiveBack()
		return err
	}
	st.v.messages.Wake()
	st.v.observer.Verified(st.row.Channel, onboarding.VerifySent)
	return nil
}

// coolDown returns the time between a code and the next one: a minute, and then twice the former.
func coolDown(sent int) time.Duration { return time.Minute << min(max(sent-1, 0), 4) }

// openSession returns the step of the sign-up whose page has that token.
func (v *Verifications) openSession(ctx context.Context, by *onboarding.Caller, session string) (*step, error) {
	return v.open(ctx, by, func(h hashes) (*onboarding.Verification, error) {
		return v.store.VerificationOfSession(ctx, h.session(session))
	})
}

// openLink returns the step of the sign-up of a link that was sent.
func (v *Verifications) openLink(ctx context.Context, by *onboarding.Caller, link string) (*step, error) {
	return v.open(ctx, by, func(h hashes) (*onboarding.Verification, error) {
		return v.store.VerificationOfLink(ctx, h.link(link))
	})
}

// open returns the step of the stored sign-up that find returns.
func (v *Verifications) open(
	ctx context.Context, by *onboarding.Caller, find func(h hashes) (*onboarding.Verification, error),
) (*step, error) {
	h, err := v.hashes(ctx)
	if err != nil {
		return nil, err
	}
	row, err := find(h)
	if err != nil {
		return nil, v.unknown(ctx, by, err)
	}
	o, err := v.store.Organization(ctx, row.OrganizationID)
	if err != nil {
		return nil, err
	}
	st := &step{v: v, h: h, by: by, o: o, row: row, now: v.clock.Now()}
	return st, st.unseal()
}

// unseal reads the content, if the row still has one.
func (st *step) unseal() error {
	st.is = content{}
	if st.row.Content.KeyID == "" {
		return nil
	}
	plain, err := st.v.sealer.Open(st.row.Content, onboarding.VerificationPurpose(st.row.ID))
	if err != nil {
		return err
	}
	return json.Unmarshal(plain, &st.is)
}

// Page is the state of a sign-up for its page.
type Page struct {
	Organization *onboarding.Organization
	LocationID   string
	Channel      onboarding.VerifyChannel
	Masked       string // the address, without most of its characters
	Place        Place
	Created      time.Time
	Resend       time.Time // of the next code
	CodeEnds     time.Time
	Tries, Sends int // left
	// Profile is the token of this page's link to the profile; empty before the proof.
	Profile string
	// Elsewhere is set when the link was confirmed in another browser, which got the profile.
	Elsewhere bool
	// Locked is set when the proven address belongs to a locked customer, but not instead of
	// Elsewhere.
	Locked bool
}

// Of returns the state of the page with that token. A page that has ended is Gone, with the
// organization set.
func (v *Verifications) Of(ctx context.Context, by *onboarding.Caller, session string) (*Page, error) {
	st, err := v.openSession(ctx, by, session)
	if err != nil {
		return nil, err
	}
	return st.state(ctx)
}

// OfLink returns the state of the sign-up of a link that was sent. It uses nothing up.
func (v *Verifications) OfLink(ctx context.Context, by *onboarding.Caller, link string) (*Page, error) {
	st, err := v.openLink(ctx, by, link)
	if err != nil {
		return nil, err
	}
	p, err := st.state(ctx)
	if err == nil && (st.row.LinkForm != "" || !st.now.Before(st.row.CodeEnds)) {
		return p, onboarding.GoneError("the link has expired")
	}
	return p, err
}

// unknown counts a request with an unknown token.
func (v *Verifications) unknown(ctx context.Context, by *onboarding.Caller, err error) error {
	if onboarding.KindOf(err) != onboarding.NotFound {
		return err
	}
	return v.access.LimitWrong(ctx, access.LimitLinks, by, onboarding.NotFoundError("sign-up"))
}

// state returns the state of the sign-up for its page.
func (st *step) state(ctx context.Context) (*Page, error) {
	row := st.row
	onboarding.Concern(ctx, row.OrganizationID, row.CustomerID)
	p := &Page{
		Organization: st.o, Channel: row.Channel, Masked: st.masked(), Place: st.is.Place, LocationID: st.location(),
		Created: row.Created, Resend: row.Resend, CodeEnds: row.CodeEnds, Tries: row.Tries,
		Sends: onboarding.VerificationSends - row.Sent,
	}
	if !st.now.Before(row.Expires) {
		return p, onboarding.GoneError("the sign-up has expired")
	}
	if row.Proven == nil {
		return p, nil
	}
	customer, err := st.v.store.Customer(ctx, row.OrganizationID, row.CustomerID)
	if onboarding.KindOf(err) == onboarding.NotFound {
		return p, onboarding.GoneError("the sign-up has expired")
	}
	if err != nil {
		return nil, err
	}
	if p.Profile, err = st.profile(ctx, st.v.store); err != nil {
		return nil, err
	}
	p.Locked = customer.Locked && (!st.is.Elsewhere || p.Profile != "")
	p.Elsewhere = p.Profile == "" && !p.Locked
	return p, nil
}

// profile returns the token of the page's link to the profile, if the page has one that lives.
func (st *step) profile(ctx context.Context, r onboarding.LinkReader) (string, error) {
	token := st.h.pageLink(st.row.Session)
	alive, err := st.alive(ctx, r, token)
	if err != nil || !alive {
		return "", err
	}
	return token, nil
}

// alive reports whether the token's link to the profile exists and has not ended.
func (st *step) alive(ctx context.Context, r onboarding.LinkReader, token string) (bool, error) {
	link, err := r.Link(ctx, auth.HashToken(token))
	if onboarding.KindOf(err) == onboarding.NotFound {
		return false, nil
	}
	return err == nil && !link.Ended && st.now.Before(link.Expires), err
}

// Resend sends another code and link to the address of the page, and ends the former ones.
func (v *Verifications) Resend(
	ctx context.Context, by *onboarding.Caller, session string, known func(string) bool,
) error {
	return v.sendAgain(ctx, by, session, known, nil)
}

// ChangeAddress replaces the address of a sign-up that is not proven, and sends a code there.
func (v *Verifications) ChangeAddress(
	ctx context.Context, by *onboarding.Caller, session, address string, known func(string) bool,
) error {
	return v.sendAgain(ctx, by, session, known, &address)
}

func (v *Verifications) sendAgain(
	ctx context.Context, by *onboarding.Caller, session string, known func(string) bool, address *string,
) error {
	st, err := v.openSession(ctx, by, session)
	if err != nil {
		return err
	}
	if err := st.maySend(address == nil); err != nil {
		return err
	}
	if address != nil {
		if err := st.changeAddress(ctx, *address); err != nil {
			return err
		}
	}
	st.to = st.recipient(known)
	return st.sending(ctx, func(tx onboarding.Tx) error {
		current, err := tx.VerificationOfSession(ctx, st.row.Session)
		if err != nil {
			return err
		}
		st.row = current
		if err := st.maySend(address == nil); err != nil {
			return err
		}
		if err := st.send(ctx, tx); err != nil {
			return err
		}
		return tx.UpdateVerification(ctx, current)
	})
}

// maySend returns an error unless the sign-up may send another code.
func (st *step) maySend(sameAddress bool) error {
	row := st.row
	switch {
	case row.Proven != nil:
		return onboarding.ConflictField("", "the address is verified")
	case !st.now.Before(row.Expires):
		return onboarding.GoneError("the sign-up has expired")
	case row.Sent >= onboarding.VerificationSends:
		return tooMany(row.Expires.Sub(st.now))
	case sameAddress && st.now.Before(row.Resend):
		return tooMany(row.Resend.Sub(st.now))
	}
	return nil
}

func tooMany(wait time.Duration) error {
	return &onboarding.Error{Kind: onboarding.TooMany, Message: "too many codes", RetryAfter: max(wait, time.Second)}
}

// changeAddress replaces the address in the sign-up.
func (st *step) changeAddress(ctx context.Context, address string) error {
	up := *st.is.SignUp
	if st.row.Channel == onboarding.VerifySMS {
		up.Input.PhoneNumber = &address
	} else {
		up.Input.Email = &address
	}
	checked, err := st.v.registration.CheckSignUp(ctx, st.o, &up, st.row.Channel)
	if err != nil {
		return err
	}
	st.is.Address, st.is.SignUp = checked, &up
	return nil
}
