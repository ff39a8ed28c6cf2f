package renewal

import (
	"context"
	"errors"
	"fmt"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/messages"
	"onramp/onboarding/verification"
)

const (
	// mostInRun limits an organization's notices of one run.
	mostInRun = 1000
	// examinedAtOnce is the number of credentials that one query examines.
	examinedAtOnce = 500
	minPause       = time.Millisecond
)

// SendNotices queues a notice for each customer whose credential ends within the organization's
// portal.renewalDays, up to mostInRun of an organization, and returns their number. A customer
// whose notice fails is skipped, and is part of the error; the others get theirs.
func (r *Renewal) SendNotices(ctx context.Context) (sent int, err error) {
	organizations, err := r.Store.Organizations(ctx)
	if err != nil {
		return 0, err
	}
	var failed error
	for _, o := range organizations {
		if o.Portal.RenewalDays == 0 {
			continue
		}
		n, err := r.notify(ctx, o)
		if sent += n; err != nil {
			failed = errors.Join(failed, fmt.Errorf("organization %q: %w", o.ID, err))
		}
		if ctx.Err() != nil {
			break
		}
	}
	return sent, failed
}

// notify queues the notices of one organization.
func (r *Renewal) notify(ctx context.Context, o *onboarding.Organization) (sent int, err error) {
	now := r.Clock.Now()
	after, before := onboarding.CredentialPosition{Expires: now}, now.Add(o.Portal.NoticeTime())
	defer func() {
		if sent > 0 {
			r.Messages.Wake()
			r.Log.InfoContext(ctx, "renewal notices", "organization", o.ID, "queued", sent)
		}
	}()
	var skips onboarding.Skips
	defer func() { err = errors.Join(err, skips.Err()) }()
	full := map[onboarding.MessageChannel]bool{} // channels that take no more notices now
	for {
		page, err := r.Store.EndingCredentials(ctx, o.ID, after, before, examinedAtOnce)
		if err != nil {
			return sent, err
		}
		for i := range page {
			if !page[i].Verified {
				continue
			}
			if sent == mostInRun || len(full) == len(onboarding.MessageChannels()) {
				return sent, nil
			}
			started := time.Now()
			queued, err := r.send(ctx, o, &page[i], full)
			switch {
			case err == nil:
				skips.Done()
			case !skips.Skip(ctx, err):
				return sent, err
			default:
				r.Log.WarnContext(ctx, "renewal notice failed", "organization", o.ID, "customer", page[i].CustomerID)
			}
			if queued {
				sent++
			}
			if err := onboarding.Sleep(ctx, max(time.Since(started), minPause)); err != nil {
				return sent, err
			}
		}
		if len(page) < examinedAtOnce {
			return sent, nil
		}
		after = page[len(page)-1].CredentialPosition
	}
}

// send queues the notice of one credential, unless something has changed since it was found, or its
// address takes none.
func (r *Renewal) send(
	ctx context.Context, o *onboarding.Organization, e *onboarding.EndingCredential,
	full map[onboarding.MessageChannel]bool,
) (queued bool, err error) {
	c, address, err := r.recipient(ctx, r.Store, o.ID, e.CustomerID)
	if err != nil || address == nil || full[address.Channel.Message()] {
		return false, err
	}
	link, hash := r.Links.NewNoticeLink()
	message, err := r.Messages.Prepare(ctx, messages.Draft{
		OrganizationID: o.ID, CustomerID: c.ID, Channel: address.Channel.Message(), Kind: onboarding.MessageRenewal,
		Language: c.Language, Recipient: address.To, Link: link, Expires: e.Expires, NotAfter: e.Expires,
		Known: true,
	})
	switch onboarding.KindOf(err) {
	case onboarding.Unavailable: // the deployment has no server of the channel
		full[address.Channel.Message()] = true
		return false, nil
	case onboarding.Invalid, onboarding.Conflict: // the address cannot receive messages
		return false, nil
	}
	if err != nil {
		return false, err
	}
	err = r.Store.Write(ctx, func(tx onboarding.Tx) error {
		queued = false
		now, still, err := r.recipient(ctx, tx, o.ID, e.CustomerID)
		if err != nil || still == nil || *still != *address {
			return err
		}
		credential, err := tx.Credential(ctx, now.ID)
		if err != nil || credential.Noticed() || !credential.Expires.Equal(e.Expires) {
			return err
		}
		if _, err := r.Messages.Queue(ctx, tx, message); err != nil {
			return err
		}
		credential.Notice, credential.NoticeEnd = hash, &e.Expires
		if err := tx.UpdateCredential(ctx, credential); err != nil {
			return err
		}
		queued = true
		return r.Access.Record(ctx, tx, onboarding.Act{
			OrganizationID: o.ID, Action: onboarding.AuditNoticeSent, CustomerID: now.ID,
			Fields: []string{address.Channel.Field()},
		})
	})
	if errors.Is(err, messages.ErrRecipientFull) { // the others of the channel go on
		return false, nil
	}
	if onboarding.KindOf(err) == onboarding.TooMany {
		full[address.Channel.Message()] = true
		return false, nil
	}
	return queued && err == nil, err
}

// recipient returns a customer and the address that gets a notice: the e-mail address that Onramp
// has verified, or else the phone number. The address is nil for a customer who gets none.
func (r *Renewal) recipient(ctx context.Context, from interface {
	onboarding.CustomerReader
	onboarding.VerificationReader
}, organizationID, customerID string) (*onboarding.Customer, *verification.Address, error) {
	c, err := from.Customer(ctx, organizationID, customerID)
	if errors.Is(err, onboarding.ErrNotFound) {
		return nil, nil, nil
	}
	if err != nil || c.Locked {
		return c, nil, err
	}
	all, err := r.Verification.AddressesOf(ctx, from, c)
	if err != nil || len(all) == 0 {
		return c, nil, err
	}
	return c, &all[0], nil
}
