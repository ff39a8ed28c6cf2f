package verification

import (
	"context"
	"errors"

	"onramp/onboarding"
	"onramp/onboarding/access"
	"onramp/onboarding/auth"
	"onramp/onboarding/registration"
)

// Proof is a proven sign-up.
type Proof struct {
	Organization *onboarding.Organization
	// Profile is the token of the link to the profile; empty if the customer is locked.
	Profile string
	// Recipient identifies the address, for a browser to show that it has verified it.
	Recipient string
	Place     Place
}

// WrongCodeError is the error for a wrong code.
type WrongCodeError struct{ Left int } // tries

func (e *WrongCodeError) Error() string { return "wrong code" }

// maxAttempts limits the completions of one proof whose generated user name is taken.
const maxAttempts = 4

// Prove completes a sign-up with the code that was sent to its address. The same page gets the same
// link again, whatever it sends. A code beyond its end or its tries is Gone.
func (v *Verifications) Prove(
	ctx context.Context, by *onboarding.Caller, session, typed string, known func(string) bool,
) (*Proof, error) {
	st, err := v.openSession(ctx, by, session)
	if err != nil {
		return nil, err
	}
	if !st.now.Before(st.row.Expires) {
		return nil, onboarding.GoneError("the sign-up has expired")
	}
	if st.row.Proven != nil {
		if token, err := st.profile(ctx, v.store); err != nil || token != "" {
			return st.proof(token), err
		}
	}
	code, ok := ParseCode(typed)
	if !ok {
		return nil, onboarding.InvalidField("code", "not %d digits", codeDigits)
	}
	st.to = st.recipient(known)
	charge, err := v.access.TakeWrongCode(ctx, by, &st.to)
	if err != nil {
		return nil, err
	}
	proof, err := st.complete(ctx, func(tx onboarding.Tx) (string, error) {
		return st.h.pageLink(st.row.Session), st.try(ctx, tx, code)
	})
	if _, wrong := errors.AsType[*WrongCodeError](err); !wrong {
		charge.GiveBack()
	}
	return proof, err
}

// ConfirmLink completes a sign-up by the link that was sent. The browser that sends the form of the
// link's page gets a link to the profile; the same form again gets the same one, and another form
// is Gone. With waiting set, the page that waits for the proof gets one as well.
func (v *Verifications) ConfirmLink(
	ctx context.Context, by *onboarding.Caller, link, formID string, waiting bool,
) (*Proof, error) {
	st, err := v.openLink(ctx, by, link)
	if err != nil {
		return nil, err
	}
	token := st.h.browserLink(formID, link)
	if alive, err := st.alive(ctx, v.store, token); err != nil || alive {
		return st.proof(token), err
	}
	return st.complete(ctx, func(tx onboarding.Tx) (string, error) {
		row := st.row
		if row.LinkForm != "" || !st.now.Before(row.CodeEnds) || !equal(row.Link, st.h.link(link)) {
			return "", onboarding.GoneError("the link has expired")
		}
		row.LinkForm = st.h.form(formID)
		st.page, st.elsewhere = waiting, !waiting
		return token, nil
	})
}

func (st *step) proof(token string) *Proof {
	return &Proof{Organization: st.o, Profile: token, Recipient: st.row.Recipient, Place: st.is.Place}
}

// refusal is the outcome of a transaction that has to be committed: a wrong code is counted.
type refusal struct{ err error }

func (r *refusal) Error() string { return r.err.Error() }

// try uses one try of the code and compares it. It returns a refusal for a wrong one.
func (st *step) try(ctx context.Context, tx onboarding.Tx, code string) error {
	row := st.row
	if !st.now.Before(row.CodeEnds) || row.Tries <= 0 {
		return onboarding.GoneError("the code has expired")
	}
	if err := st.v.access.LimitWrongCodes(ctx, tx, &st.to); err != nil {
		return err
	}
	taken, err := tx.TakeVerificationTry(ctx, row.ID, row.Code, st.now)
	if err != nil {
		return err
	}
	if !taken {
		return onboarding.GoneError("the code has expired")
	}
	row.Tries--
	if equal(row.Code, st.h.code(row.ID, code)) {
		return nil
	}
	if err := tx.AddWrongCode(ctx, row.Recipient, st.now); err != nil {
		return err
	}
	return &refusal{&WrongCodeError{Left: row.Tries}}
}

// complete runs check in a transaction and, if it passes, completes the sign-up and stores a link
// to the profile under the token that check returns.
func (st *step) complete(
	ctx context.Context, check func(tx onboarding.Tx) (token string, err error),
) (proof *Proof, err error) {
	for attempt := 0; ; attempt++ {
		proof, err = st.completeOnce(ctx, check)
		if !errors.Is(err, onboarding.ErrUsernameTaken) || attempt == maxAttempts {
			break
		}
	}
	channel := st.row.Channel
	switch _, wrong := errors.AsType[*WrongCodeError](err); {
	case wrong:
		st.v.observer.Verified(channel, onboarding.VerifyWrong)
	case onboarding.KindOf(err) == onboarding.Gone:
		st.v.observer.Verified(channel, onboarding.VerifyEnded)
	case err == nil:
		st.v.observer.Verified(channel, onboarding.VerifyProven)
	}
	return proof, err
}

func (st *step) completeOnce(
	ctx context.Context, check func(tx onboarding.Tx) (token string, err error),
) (proof *Proof, err error) {
	v, id := st.v, st.row.ID
	var completion *registration.Completion
	recipient := st.row.Recipient
	if st.row.Proven == nil {
		if completion, err = v.registration.Complete(ctx, st.o, *st.is.SignUp, st.row.Channel); err != nil {
			return nil, err
		}
	}
	var refused *refusal
	created := false
	err = v.store.Write(ctx, func(tx onboarding.Tx) error {
		refused, created, st.page, st.elsewhere = nil, false, false, false
		row, err := tx.Verification(ctx, st.o.ID, id)
		if err != nil {
			return err
		}
		st.row = row
		// Else the code of another address would be compared within the limits of this one.
		if row.Recipient != recipient {
			return onboarding.GoneError("the address has been changed")
		}
		token, err := check(tx)
		if errors.As(err, &refused) {
			return nil // commits the try
		}
		if err != nil {
			return err
		}
		customer, isNew, err := st.customer(ctx, tx, completion)
		if err != nil {
			return err
		}
		created = isNew
		if customer.Locked {
			token = ""
		}
		if proof = st.proof(token); customer.Locked {
			return tx.UpdateVerification(ctx, row)
		}
		if err := st.insertLinks(ctx, tx, customer, token); err != nil {
			return err
		}
		return tx.UpdateVerification(ctx, row)
	})
	if refused != nil && err == nil {
		return nil, refused.err
	}
	if err != nil {
		return nil, err
	}
	if created {
		completion.Written()
	}
	return proof, nil
}

// insertLinks stores the links to the profile of the browser, and of the waiting page if it gets
// one.
func (st *step) insertLinks(
	ctx context.Context, tx onboarding.Tx, customer *onboarding.Customer, token string,
) error {
	// Reading the credential locks it: the link belongs to the generation that the proof has seen.
	if _, err := tx.Credential(ctx, customer.ID); err != nil {
		return err
	}
	tokens := []string{token}
	if page := st.h.pageLink(st.row.Session); st.page && page != token {
		tokens = append(tokens, page)
	}
	for _, token := range tokens {
		alive, err := st.alive(ctx, tx, token)
		if err != nil {
			return err
		}
		if alive { // by the link, before the code
			continue
		}
		if err := st.v.registration.InsertLinkOf(ctx, tx, customer, auth.HashToken(token)); err != nil {
			return err
		}
	}
	return st.v.access.Record(ctx, tx, onboarding.Act{
		OrganizationID: customer.OrganizationID, Action: onboarding.AuditLinkCreated, CustomerID: customer.ID,
		Fields: []string{st.row.Channel.Field()},
	})
}

// customer returns the customer of the proven sign-up. The first proof finds the customer for whom
// Onramp has verified the address, or creates one, and drops the content of the sign-up.
func (st *step) customer(
	ctx context.Context, tx onboarding.Tx, completion *registration.Completion,
) (customer *onboarding.Customer, isNew bool, err error) {
	row := st.row
	if row.Proven != nil {
		customer, err = tx.Customer(ctx, row.OrganizationID, row.CustomerID)
		if onboarding.KindOf(err) == onboarding.NotFound {
			err = onboarding.GoneError("the sign-up has expired")
		}
		return customer, false, err
	}
	holder, err := st.v.holder(ctx, tx, st.h, st.o.ID, row.Channel, row.Recipient)
	if err != nil {
		return nil, false, err
	}
	if err := st.keepProven(); err != nil {
		return nil, false, err
	}
	if holder != nil && holder.Locked {
		row.CustomerID = holder.ID
		return holder, false, st.v.access.Record(ctx, tx, verified(holder, row.Channel))
	}
	if customer, err = completion.Write(ctx, tx, holder); err != nil {
		return nil, false, err
	}
	row.CustomerID = customer.ID
	if err := tx.PutVerifiedAddress(ctx, onboarding.VerifiedAddress{
		Recipient: row.Recipient, OrganizationID: row.OrganizationID, CustomerID: customer.ID, Channel: row.Channel,
		At: st.now,
	}); err != nil {
		return nil, false, err
	}
	if err := tx.QueueWebhooks(ctx, st.now, verifiedWebhook(customer, row.Channel, st.now)); err != nil {
		return nil, false, err
	}
	return customer, holder == nil, st.v.access.Record(ctx, tx, verified(customer, row.Channel))
}

// holder returns the customer for whom Onramp has verified the address; nil if there is none. A row
// whose customer has another address now, or is no longer verified, does not count.
func (v *Verifications) holder(
	ctx context.Context, r interface {
		onboarding.VerificationReader
		onboarding.CustomerReader
	}, h hashes, organizationID string, channel onboarding.VerifyChannel, recipient string,
) (*onboarding.Customer, error) {
	a, err := r.VerifiedAddress(ctx, recipient)
	if onboarding.KindOf(err) == onboarding.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	c, err := r.Customer(ctx, organizationID, a.CustomerID)
	if onboarding.KindOf(err) == onboarding.NotFound { // its deletion has begun
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if address, is := channel.Address(c); !is || h.recipient(organizationID, channel, address) != recipient {
		return nil, nil
	}
	return c, nil
}

// verified returns the act of a verification.
func verified(c *onboarding.Customer, channel onboarding.VerifyChannel) onboarding.Act {
	return onboarding.Act{
		OrganizationID: c.OrganizationID, Action: onboarding.AuditContactVerified, CustomerID: c.ID,
		Fields: []string{channel.Field()},
	}
}

// knownApp reports whether the caller proves the customer for whom Onramp has verified the address.
func (v *Verifications) knownApp(
	ctx context.Context, by *onboarding.Caller, h hashes, r *access.Recipient, channel onboarding.VerifyChannel,
) (bool, error) {
	holder, err := v.holder(ctx, v.store, h, r.OrganizationID, channel, r.Hash)
	if err != nil || holder == nil || by.Principal == nil {
		return false, err
	}
	return v.store.Proves(ctx, holder.ID, v.access.Evidence(by))
}
