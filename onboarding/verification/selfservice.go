package verification

import (
	"context"
	"errors"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/access"
)

// SelfLinkFor is the life of a link to the self-service page that is sent.
const SelfLinkFor = time.Hour

// SelfRequest is a visitor's request for a link to the self-service page.
type SelfRequest struct {
	Organization *onboarding.Organization
	LocationID   string // of the page; empty: the default location
	Form         string // ID
	Language     string
	Address      string // as typed
	// Known reports whether the browser has verified the recipient before.
	Known func(recipient string) bool
}

// SendSelfLink queues a message with a link to the self-service page. It is sent only if Onramp
// itself has verified the address for a customer of the organization, which is decided after the
// answer: neither the result nor the work of this call depends on it. A request within the pause
// after a link is no error and sends nothing. A new link ends the former one.
//
// An organization that verifies no addresses is NotFound. An address that cannot be read is
// Invalid, and one to which nothing can be sent an UnreachableError.
func (v *Verifications) SendSelfLink(ctx context.Context, by *onboarding.Caller, r SelfRequest) error {
	o, channel := r.Organization, r.Organization.Portal.Verify
	if channel == onboarding.VerifyNone {
		return onboarding.NotFoundError("page")
	}
	if r.LocationID == "" {
		r.LocationID = o.DefaultLocation
	}
	parse := onboarding.ParseEmail
	if channel == onboarding.VerifySMS {
		parse = onboarding.PhoneParser(o.PhoneCountry(r.LocationID))
	}
	address, err := parse(channel.Field(), r.Address)
	if err != nil {
		return err
	}
	h, err := v.hashes(ctx)
	if err != nil {
		return err
	}
	to := access.Recipient{
		OrganizationID: o.ID, LocationID: r.LocationID, Device: h.form(r.Form),
		Hash: h.recipient(o.ID, channel, address), Mailbox: h.mailbox(o.ID, channel, address),
	}
	to.Known = r.Known != nil && r.Known(to.Hash)
	if _, err := v.access.TakeCodeSent(ctx, by, &to); err != nil {
		return err
	}
	now, token := v.clock.Now(), newLinkToken()
	queue, err := v.messages.Prepare(ctx, Message{
		Kind: onboarding.MessageReturn, OrganizationID: o.ID, Channel: channel, To: address, Language: r.Language,
		Link: v.publicURL + "/return/" + token, NotAfter: now.Add(SelfLinkFor), Known: to.Known,
	})
	if e, ok := errors.AsType[*onboarding.Error](err); ok && e.Field == channel.Field() {
		return &UnreachableError{e}
	}
	if err != nil {
		return err
	}
	queued := false
	err = v.store.Write(ctx, func(tx onboarding.Tx) error {
		queued = false
		row, err := tx.VerificationOfSession(ctx, h.selfRequest(to.Hash))
		isNew := onboarding.KindOf(err) == onboarding.NotFound
		switch {
		case isNew:
			row = &onboarding.Verification{
				ID: onboarding.NewID(), OrganizationID: o.ID, Session: h.selfRequest(to.Hash), Channel: channel,
				Recipient: to.Hash, Created: now,
			}
		case err != nil:
			return err
		case now.Before(row.Resend):
			return nil
		case !now.Before(row.Expires): // begins anew
			row.Sent = 0
		}
		row.Link, row.LinkForm, row.CustomerID = h.selfLink(token), "", ""
		row.Sent++
		row.Resend, row.CodeEnds = now.Add(coolDown(row.Sent)), now.Add(SelfLinkFor)
		row.Expires = row.CodeEnds
		if err := queue(ctx, tx); err != nil {
			return err
		}
		queued = true
		if isNew {
			return tx.InsertVerification(ctx, row)
		}
		return tx.UpdateVerification(ctx, row)
	})
	if e, ok := errors.AsType[*onboarding.Error](err); ok && e.Kind == onboarding.Conflict && e.Field == "session" {
		return nil // another request for the address was first
	}
	if err == nil && queued {
		v.messages.Wake()
	}
	return err
}

// HasVerified reports whether Onramp itself has verified an address for a customer of the
// organization.
func (v *Verifications) HasVerified(
	ctx context.Context, organizationID string, channel onboarding.VerifyChannel, address string,
) (bool, error) {
	h, err := v.hashes(ctx)
	if err != nil {
		return false, err
	}
	holder, err := v.holder(ctx, v.store, h, organizationID, channel, h.recipient(organizationID, channel, address))
	return holder != nil, err
}

// SelfLink is a link to the self-service page that was sent.
type SelfLink struct {
	Organization *onboarding.Organization
	CustomerID   string // empty before its use
	Recipient    string // identifies the address, for a browser to show that it has verified it
}

var errSelfLinkEnded = onboarding.GoneError("the link has expired")

// ViewSelfLink returns a link that was sent. It uses nothing up. A link that was used, replaced or
// has expired is Gone, with the organization set if the link is still known.
func (v *Verifications) ViewSelfLink(
	ctx context.Context, by *onboarding.Caller, token string,
) (*SelfLink, error) {
	h, err := v.hashes(ctx)
	if err != nil {
		return nil, err
	}
	row, err := v.store.VerificationOfLink(ctx, h.selfLink(token))
	if err != nil {
		return nil, v.unknown(ctx, by, err)
	}
	onboarding.Concern(ctx, row.OrganizationID, row.CustomerID)
	o, err := v.store.Organization(ctx, row.OrganizationID)
	if err != nil {
		return nil, err
	}
	l := &SelfLink{Organization: o, Recipient: row.Recipient}
	if row.LinkForm != "" || !v.clock.Now().Before(row.CodeEnds) {
		return l, errSelfLinkEnded
	}
	return l, nil
}

// UseSelfLink uses a link by a form and returns it with the customer for whom the address is
// verified now. The same form again gets the same answer until the link's end; another one is Gone.
func (v *Verifications) UseSelfLink(
	ctx context.Context, by *onboarding.Caller, token, formID string,
) (*SelfLink, error) {
	l, err := v.ViewSelfLink(ctx, by, token)
	if l == nil {
		return nil, err
	}
	h, err := v.hashes(ctx)
	if err != nil {
		return nil, err
	}
	err = v.store.Write(ctx, func(tx onboarding.Tx) error {
		row, err := tx.VerificationOfLink(ctx, h.selfLink(token))
		if onboarding.KindOf(err) == onboarding.NotFound { // replaced or swept since
			return errSelfLinkEnded
		}
		if err != nil {
			return err
		}
		isRepeated := row.LinkForm != "" && equal(row.LinkForm, h.form(formID))
		if row.LinkForm != "" && !isRepeated || !v.clock.Now().Before(row.CodeEnds) {
			return errSelfLinkEnded
		}
		holder, err := v.holder(ctx, tx, h, row.OrganizationID, row.Channel, row.Recipient)
		if err != nil {
			return err
		}
		if holder == nil || isRepeated && holder.ID != row.CustomerID {
			return errSelfLinkEnded
		}
		l.CustomerID = holder.ID
		onboarding.Concern(ctx, row.OrganizationID, holder.ID)
		if isRepeated {
			return nil
		}
		row.LinkForm, row.CustomerID = h.form(formID), holder.ID
		if err := v.access.Record(ctx, tx, onboarding.Act{
			OrganizationID: row.OrganizationID, Action: onboarding.AuditLinkCreated, CustomerID: holder.ID,
			Fields: []string{"self"},
		}); err != nil {
			return err
		}
		return tx.UpdateVerification(ctx, row)
	})
	return l, err
}

// selfRequest returns the session of the row of all requests for an address. No token has it.
func (h hashes) selfRequest(recipient string) string {
	return h.text("self-service request", recipient)
}

// selfLink returns the hash of a link to the self-service page, which is no link of a sign-up.
func (h hashes) selfLink(token string) string { return h.text("self-service link", token) }
