package links

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/auth"
)

// SelfLifetime is how long a self-service link is valid. It is short, because its holder reads all
// data of the customer and can delete them.
const SelfLifetime = 24 * time.Hour

// Self is a self-service link: the capability to see and change the stored data of a customer.
// Its token is sealed and stored nowhere. It names one generation of the credential, so that a
// rotation ends it, and the deletion of the customer does.
type Self struct {
	onboarding.CustomerKey
	Generation time.Time // onboarding.Credential.Created
	Expires    time.Time
}

// SelfView is the content of a self-service page.
type SelfView struct {
	*View         // Link is nil
	Self          *Self
	Credential    *onboarding.Credential
	Installations []*onboarding.Installation // that are not removed, oldest first
	Stations      []onboarding.Station       // the most recently seen first
	CanRenew      bool
}

const (
	selfPurpose = "self-service link"
	selfBytes   = 16 + 16 + 8 + 8
)

// selfBox returns the box of the tokens.
func (s *Links) selfBox(ctx context.Context) (*onboarding.Box, error) {
	key, err := s.resumeHash(ctx, selfPurpose, "")
	if err != nil {
		return nil, err
	}
	return onboarding.NewBox(key)
}

// NewSelfByLink returns the token of a self-service link for the holder of a live activation link.
func (s *Links) NewSelfByLink(ctx context.Context, token string) (string, error) {
	a, c, err := s.Find(ctx, token, 0)
	if err != nil {
		return "", err
	}
	if a.ProfileOnly {
		return "", ErrProfileOnly
	}
	audit := s.access.Repeatable(ctx, act(c.OrganizationID, c.ID, onboarding.AuditLinkCreated, "self"))
	if err := s.store.Write(ctx, func(tx onboarding.Tx) error { return audit.Record(ctx, tx) }); err != nil {
		return "", err
	}
	audit.Settle()
	return s.NewSelf(ctx, onboarding.CustomerKey{ID: c.ID, OrganizationID: c.OrganizationID})
}

// NewSelf returns the token of a self-service link of a customer, for a caller who has recorded it.
func (s *Links) NewSelf(ctx context.Context, k onboarding.CustomerKey) (string, error) {
	credential, err := s.store.Credential(ctx, k.ID)
	if err != nil {
		return "", err
	}
	return s.selfToken(ctx, &Self{
		CustomerKey: k, Generation: credential.Created, Expires: s.clock.Now().Add(SelfLifetime),
	})
}

func (s *Links) selfToken(ctx context.Context, l *Self) (string, error) {
	box, err := s.selfBox(ctx)
	if err != nil {
		return "", err
	}
	customer, err := hex.DecodeString(l.ID)
	if err != nil {
		return "", err
	}
	organization, err := hex.DecodeString(l.OrganizationID)
	if err != nil {
		return "", err
	}
	plain := append(customer, organization...)
	plain = binary.BigEndian.AppendUint64(plain, uint64(l.Generation.UnixMicro()))
	plain = binary.BigEndian.AppendUint64(plain, uint64(l.Expires.UnixMicro()))
	return base64.RawURLEncoding.EncodeToString(box.Seal(plain, selfPurpose)), nil
}

// OpenSelf returns the link of a token, without a look at the customer. A forged token is NotFound;
// an expired one is Gone.
func (s *Links) OpenSelf(ctx context.Context, token string) (*Self, error) {
	box, err := s.selfBox(ctx)
	if err != nil {
		return nil, err
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil {
		return nil, onboarding.NotFoundError("link")
	}
	plain, err := box.Open(sealed, selfPurpose)
	if err != nil || len(plain) != selfBytes {
		return nil, onboarding.NotFoundError("link")
	}
	l := &Self{
		CustomerKey: onboarding.CustomerKey{ID: hex.EncodeToString(plain[:16]),
			OrganizationID: hex.EncodeToString(plain[16:32])},
		Generation: time.UnixMicro(int64(binary.BigEndian.Uint64(plain[32:]))).UTC(),
		Expires:    time.UnixMicro(int64(binary.BigEndian.Uint64(plain[40:]))).UTC(),
	}
	onboarding.Concern(ctx, l.OrganizationID, l.ID)
	if !s.clock.Now().Before(l.Expires) {
		return l, errSelfEnded
	}
	return l, nil
}

var errSelfEnded = onboarding.GoneError("the link has expired")

// ViewSelf returns the content of the page. For a link that has ended, it is Gone; the view then
// holds Self and, if it exists, Organization.
func (s *Links) ViewSelf(ctx context.Context, token string) (*SelfView, error) {
	l, err := s.OpenSelf(ctx, token)
	if l == nil {
		return nil, err
	}
	view := &SelfView{Self: l, View: &View{}}
	o, orgErr := s.store.Organization(ctx, l.OrganizationID)
	if orgErr != nil {
		return nil, orgErr
	}
	view.Organization = o
	if err != nil {
		return view, err
	}
	view.Customer, err = s.store.Customer(ctx, l.OrganizationID, l.ID)
	if err == nil {
		view.Credential, err = s.store.Credential(ctx, l.ID)
	}
	if errors.Is(err, onboarding.ErrNotFound) || err == nil && !view.Credential.Created.Equal(l.Generation) {
		return view, errSelfEnded
	}
	if err != nil {
		return view, err
	}
	if view.Consents, err = s.store.CurrentConsents(ctx, l.ID); err != nil {
		return view, err
	}
	view.Due = o.DuePolicies(view.Consents)
	if err := s.addDevices(ctx, view); err != nil {
		return view, err
	}
	if err := s.access.RecordRead(ctx, act(l.OrganizationID, l.ID, onboarding.AuditContactRead, "self")); err != nil {
		return view, err
	}
	now := s.clock.Now()
	view.CanRenew = !view.Customer.Locked && !view.Stopped(now) &&
		view.Credential.NearEnd(o.RenewsWithin(), now)
	return view, nil
}

func (s *Links) addDevices(ctx context.Context, view *SelfView) error {
	all, err := s.store.Installations(ctx, view.Self.ID)
	if err != nil {
		return err
	}
	for _, i := range all {
		if i.Removed == nil {
			view.Installations = append(view.Installations, i)
		}
	}
	view.Stations, err = s.store.Stations(ctx, view.Self.ID)
	return err
}

// LimitSelf charges an act of the link's holder to the customer's limit.
func (s *Links) LimitSelf(ctx context.Context, l *Self) error {
	return s.access.LimitSelfService(ctx, l.ID)
}

// HoldSelf holds customer and credential in a transaction, and returns Gone unless the link is
// still valid.
func (s *Links) HoldSelf(ctx context.Context, tx onboarding.Tx, l *Self) (*onboarding.Customer, error) {
	c, err := tx.Customer(ctx, l.OrganizationID, l.ID)
	if errors.Is(err, onboarding.ErrNotFound) {
		return nil, errSelfEnded
	}
	if err != nil {
		return nil, err
	}
	credential, err := tx.Credential(ctx, l.ID)
	if err != nil {
		return nil, err
	}
	if !credential.Created.Equal(l.Generation) || !s.clock.Now().Before(l.Expires) {
		return nil, errSelfEnded
	}
	return c, nil
}

// HoldActiveSelf is HoldSelf for an act that a locked customer is refused.
func (s *Links) HoldActiveSelf(ctx context.Context, tx onboarding.Tx, l *Self) (*onboarding.Customer, error) {
	c, err := s.HoldSelf(ctx, tx, l)
	if err == nil && c.Locked {
		return nil, onboarding.LockedError()
	}
	return c, err
}

// TokenOfForm returns the token of the activation link that a form makes: the same form sent twice
// makes one link.
func (s *Links) TokenOfForm(ctx context.Context, l *Self, formID string) (string, error) {
	derived, err := s.resumeHash(ctx, "self", l.ID+"\x00"+formID)
	return base64.RawURLEncoding.EncodeToString(derived), err
}

// NewFrom is New for a given token.
func (s *Links) NewFrom(c *onboarding.Customer, token string) *onboarding.Link {
	a, _ := s.newLink(c, onboarding.DefaultLifetime, onboarding.DefaultMaxHits)
	a.TokenHash = auth.HashToken(token)
	return a
}

// AddDevice makes an activation link for another device of the customer, with the token of
// TokenOfForm. A locked customer is refused.
func (s *Links) AddDevice(ctx context.Context, l *Self, token string) error {
	return s.store.Write(ctx, func(tx onboarding.Tx) error {
		c, err := s.HoldActiveSelf(ctx, tx, l)
		if err != nil {
			return err
		}
		return s.InsertFrom(ctx, tx, c, token)
	})
}

// InsertFrom stores the link of NewFrom, unless it exists.
func (s *Links) InsertFrom(ctx context.Context, tx onboarding.Tx, c *onboarding.Customer, token string) error {
	a := s.NewFrom(c, token)
	if _, err := tx.Link(ctx, a.TokenHash); !errors.Is(err, onboarding.ErrNotFound) {
		return err
	}
	if err := s.access.Record(ctx, tx, act(c.OrganizationID, c.ID, onboarding.AuditLinkCreated, "device")); err != nil {
		return err
	}
	return InsertLink(ctx, tx, a)
}
