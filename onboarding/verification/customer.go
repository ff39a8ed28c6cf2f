package verification

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"onramp/onboarding"
	"onramp/onboarding/access"
	"onramp/onboarding/auth"
)

// Start sends a code to the customer's address of the channel. A verified address is a Conflict.
// The same verification continues with another code, which ends the former one.
func (v *Verifications) Start(
	ctx context.Context, by *onboarding.Caller, customerID string, channel onboarding.VerifyChannel,
	unread onboarding.Faults,
) (*onboarding.Verification, error) {
	known, err := v.access.Customer(ctx, by, customerID)
	if err != nil {
		return nil, err
	}
	if err := by.Need(auth.CustomerWrite); err != nil {
		return nil, err
	}
	faults := slices.Clone(unread)
	if !slices.Contains(onboarding.VerifyChannels(), channel) {
		faults.Refuse("channel", "not email or sms")
	}
	if err := faults.Err(); err != nil {
		return nil, err
	}
	st, err := v.ofCustomer(ctx, by, known, channel)
	if err != nil {
		return nil, err
	}
	err = st.sending(ctx, func(tx onboarding.Tx) error {
		customer, _, err := v.access.HeldProof(ctx, tx, by, known.OrganizationID, known.ID)
		if err != nil {
			return err
		}
		if err := st.unverified(customer, channel); err != nil {
			return err
		}
		st.row, err = tx.VerificationOfCustomer(ctx, customer.ID, channel)
		isNew := onboarding.KindOf(err) == onboarding.NotFound
		switch {
		case isNew:
			st.row = &onboarding.Verification{
				ID: onboarding.NewID(), OrganizationID: customer.OrganizationID, CustomerID: customer.ID,
				Channel: channel, Created: st.now,
			}
		case err != nil:
			return err
		case st.row.Recipient == st.to.Hash && st.now.Before(st.row.Resend):
			return tooMany(st.row.Resend.Sub(st.now))
		case !st.now.Before(st.row.Expires): // begins anew
			st.row.Sent = 0
		}
		st.row.Proven = nil
		st.row.Expires = st.now.Add(onboarding.VerificationFor)
		if err := st.send(ctx, tx); err != nil {
			return err
		}
		if err := v.access.Record(ctx, tx, onboarding.Act{
			OrganizationID: customer.OrganizationID, Action: onboarding.AuditCodeSent, CustomerID: customer.ID,
			Fields: []string{channel.Field()},
		}); err != nil {
			return err
		}
		if isNew {
			return tx.InsertVerification(ctx, st.row)
		}
		return tx.UpdateVerification(ctx, st.row)
	})
	if err != nil {
		return nil, err
	}
	return st.row, nil
}

// ofCustomer returns the step of a customer's verification by the API.
func (v *Verifications) ofCustomer(
	ctx context.Context, by *onboarding.Caller, c *onboarding.Customer, channel onboarding.VerifyChannel,
) (*step, error) {
	o, err := v.store.Organization(ctx, c.OrganizationID)
	if err != nil {
		return nil, err
	}
	h, err := v.hashes(ctx)
	if err != nil {
		return nil, err
	}
	st := &step{v: v, h: h, by: by, o: o, now: v.clock.Now(), row: &onboarding.Verification{
		CustomerID: c.ID, Channel: channel,
	}}
	address, _ := channel.Address(c)
	language := c.Language
	if language == "" && len(o.Languages) > 0 {
		language = o.Languages[0]
	}
	st.is = content{Address: address, Language: language}
	st.to = access.Recipient{
		OrganizationID: o.ID, LocationID: cmp.Or(c.LocationID, o.DefaultLocation), Device: "customer " + c.ID,
		Hash: h.recipient(o.ID, channel, address), Mailbox: h.mailbox(o.ID, channel, address),
	}
	if err := st.unverified(c, channel); err != nil {
		return nil, err
	}
	st.to.Known, err = v.knownApp(ctx, by, h, &st.to, channel)
	return st, err
}

// unverified returns a Conflict unless the customer has an address that is not verified and is that
// of the step.
func (st *step) unverified(c *onboarding.Customer, channel onboarding.VerifyChannel) error {
	address, verified := channel.Address(c)
	switch {
	case verified:
		return onboarding.ConflictField("channel", "the address is already verified")
	case address == "":
		return onboarding.ConflictField("channel", "the customer has no %s", channel.Field())
	case address != st.is.Address:
		return onboarding.ConflictField("channel", "the address has been changed")
	}
	return nil
}

// Checked is a right code of a customer.
type Checked struct {
	*onboarding.Verification
	// Holder is the ID of the customer of the address: the one that was asked for, or another one
	// for whom Onramp has verified it before. The call's guid and token prove that one now.
	Holder string
}

// Check compares a code that Start has sent. The same right code again is no error.
func (v *Verifications) Check(
	ctx context.Context, by *onboarding.Caller, customerID, id, typed string, unread onboarding.Faults,
) (*Checked, error) {
	known, err := v.access.Customer(ctx, by, customerID)
	if err != nil {
		return nil, err
	}
	if err := by.Need(auth.CustomerWrite); err != nil {
		return nil, err
	}
	faults := slices.Clone(unread)
	code, ok := ParseCode(typed)
	if !ok {
		faults.Refuse("code", "not 6 digits")
	}
	if err := faults.Err(); err != nil {
		return nil, err
	}
	h, err := v.hashes(ctx)
	if err != nil {
		return nil, err
	}
	o, err := v.store.Organization(ctx, known.OrganizationID)
	if err != nil {
		return nil, err
	}
	st := &step{v: v, h: h, by: by, o: o, now: v.clock.Now()}
	st.to = access.Recipient{OrganizationID: o.ID, LocationID: cmp.Or(known.LocationID, o.DefaultLocation)}
	if err = onboarding.NotFoundError("verification"); onboarding.ValidID(id) {
		st.row, err = v.store.Verification(ctx, o.ID, id)
	}
	if err == nil {
		st.to.Hash = st.row.Recipient
		st.to.Known, err = v.knownApp(ctx, by, h, &st.to, st.row.Channel)
	}
	charge, limited := v.access.TakeWrongCode(ctx, by, &st.to)
	if limited != nil {
		return nil, limited
	}
	var checked *Checked
	if err == nil {
		checked, err = st.check(ctx, known, id, code)
	}
	switch e, ok := errors.AsType[*onboarding.Error](err); {
	case ok && e.Field == "code":
		v.observer.Verified(st.row.Channel, onboarding.VerifyWrong)
		return nil, err
	case ok && e.Kind == onboarding.Gone:
		v.observer.Verified(st.row.Channel, onboarding.VerifyEnded)
	case err == nil:
		v.observer.Verified(st.row.Channel, onboarding.VerifyProven)
	}
	charge.GiveBack()
	return checked, err
}

// check compares the code in a transaction. A wrong one is committed.
func (st *step) check(ctx context.Context, known *onboarding.Customer, id, code string) (*Checked, error) {
	var refused *refusal
	var checked *Checked
	err := st.v.store.Write(ctx, func(tx onboarding.Tx) error {
		refused, checked = nil, nil
		customer, _, err := st.v.access.HeldProof(ctx, tx, st.by, known.OrganizationID, known.ID)
		if err != nil {
			return err
		}
		row, err := tx.Verification(ctx, st.o.ID, id)
		if onboarding.KindOf(err) == onboarding.NotFound ||
			err == nil && (row.CustomerID != customer.ID || row.Session != "") {
			return onboarding.NotFoundError("verification")
		}
		if err != nil {
			return err
		}
		st.row = row
		address, is := row.Channel.Address(customer)
		if st.h.recipient(st.o.ID, row.Channel, address) != row.Recipient || is && row.Proven == nil {
			return onboarding.GoneError("the address has been changed")
		}
		err = st.try(ctx, tx, code)
		if errors.As(err, &refused) {
			return nil // commits the try
		}
		if err != nil {
			return err
		}
		holder, err := st.hold(ctx, tx, customer)
		if err != nil {
			return err
		}
		checked = &Checked{Verification: row, Holder: holder.ID}
		return nil
	})
	if refused != nil && err == nil {
		return nil, onboarding.ConflictField("code", "wrong code")
	}
	return checked, err
}

// hold makes the customer the holder of the proven address. If Onramp has verified it for another
// customer, the call proves that one instead.
func (st *step) hold(
	ctx context.Context, tx onboarding.Tx, customer *onboarding.Customer,
) (*onboarding.Customer, error) {
	v, row := st.v, st.row
	holder, err := v.holder(ctx, tx, st.h, st.o.ID, row.Channel, row.Recipient)
	if err != nil {
		return nil, err
	}
	proven := st.now
	row.Proven, row.Content = &proven, onboarding.Sealed{}
	switch {
	case holder != nil && holder.ID != customer.ID:
		// Reading the credential locks it: the proof belongs to this generation.
		if _, err := tx.Credential(ctx, holder.ID); err != nil {
			return nil, err
		}
		if err := v.registration.AcceptAddress(ctx, tx, st.by, st.o, holder); err != nil {
			return nil, err
		}
	case holder == nil:
		holder = customer
		if err := v.registration.SetVerified(ctx, tx, st.by, st.o, customer, row.Channel); err != nil {
			return nil, err
		}
		if err := tx.PutVerifiedAddress(ctx, onboarding.VerifiedAddress{
			Recipient: row.Recipient, OrganizationID: row.OrganizationID, CustomerID: customer.ID, Channel: row.Channel,
			At: st.now,
		}); err != nil {
			return nil, err
		}
		if err := tx.QueueWebhooks(ctx, st.now, verifiedWebhook(customer, row.Channel, st.now)); err != nil {
			return nil, err
		}
	}
	if err := v.access.Record(ctx, tx, verified(holder, row.Channel)); err != nil {
		return nil, err
	}
	return holder, tx.UpdateVerification(ctx, row)
}
