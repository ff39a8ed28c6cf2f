package store

import (
	"context"
	"strconv"
	"time"

	"onramp/onboarding"
)

const (
	verificationFixed   = "id, organization_id, session, form, created"
	verificationMutable = "customer_id, channel, recipient, link, link_form, sent, key_id, box, resend, code_ends, " +
		"expires, proven"
	selectVerification = "SELECT id, organization_id, session, form, created, customer_id, channel, recipient, link, " +
		"link_form, sent, key_id, box, resend, code_ends, expires, proven, code, tries FROM verifications WHERE "
	verificationMutables = 12
)

var (
	insertVerification = insert("verifications", verificationFixed+", "+verificationMutable+", code, tries")
	updateVerification = "UPDATE verifications SET (" + verificationMutable + ") = (" +
		placeholders(verificationMutables) + "), tries = CASE WHEN code = $" + strconv.Itoa(verificationMutables+1) +
		" THEN tries ELSE $" + strconv.Itoa(verificationMutables+2) + " END, code = $" +
		strconv.Itoa(verificationMutables+1) + " WHERE id = $" + strconv.Itoa(verificationMutables+3)
)

func scanVerification(row rows) (*onboarding.Verification, error) {
	var v onboarding.Verification
	err := row.Scan(&v.ID, &v.OrganizationID, textInto(&v.Session), textInto(&v.Form), instant{&v.Created},
		textInto(&v.CustomerID), textInto(&v.Channel), &v.Recipient, textInto(&v.Link), textInto(&v.LinkForm), &v.Sent,
		textInto(&v.Content.KeyID), &v.Content.Box, instant{&v.Resend}, instant{&v.CodeEnds}, instant{&v.Expires},
		maybeInstant{&v.Proven}, &v.Code, &v.Tries)
	return &v, err
}

func verificationArgs(v *onboarding.Verification) []any {
	return []any{
		orNull(v.CustomerID), string(v.Channel), v.Recipient, orNull(v.Link), orNull(v.LinkForm), v.Sent,
		orNull(v.Content.KeyID), v.Content.Box, micros(v.Resend), micros(v.CodeEnds), micros(v.Expires),
		microsOrNull(v.Proven),
	}
}

func (r *reader) verification(ctx context.Context, condition string, args ...any) (*onboarding.Verification, error) {
	return get(ctx, r.db, scanVerification, selectVerification+condition+r.db.lockRows(), args...)
}

// Verification implements onboarding.VerificationReader.
func (r *reader) Verification(ctx context.Context, organizationID, id string) (*onboarding.Verification, error) {
	return r.verification(ctx, "id = $1 AND organization_id = $2", id, organizationID)
}

// VerificationOfSession implements onboarding.VerificationReader.
func (r *reader) VerificationOfSession(ctx context.Context, session string) (*onboarding.Verification, error) {
	return r.verification(ctx, "session = $1", session)
}

// VerificationOfLink implements onboarding.VerificationReader.
func (r *reader) VerificationOfLink(ctx context.Context, link string) (*onboarding.Verification, error) {
	return r.verification(ctx, "link = $1", link)
}

// VerificationOfCustomer implements onboarding.VerificationReader.
func (r *reader) VerificationOfCustomer(
	ctx context.Context, customerID string, channel onboarding.VerifyChannel,
) (*onboarding.Verification, error) {
	return r.verification(ctx, "customer_id = $1 AND channel = $2 AND session IS NULL", customerID, string(channel))
}

func (t *transaction) InsertVerification(ctx context.Context, v *onboarding.Verification) error {
	args := append([]any{v.ID, v.OrganizationID, orNull(v.Session), orNull(v.Form), micros(v.Created)},
		verificationArgs(v)...)
	return t.db.send(ctx, nil, insertVerification, append(args, v.Code, v.Tries)...)
}

func (t *transaction) UpdateVerification(ctx context.Context, v *onboarding.Verification) error {
	return t.db.send(ctx, onboarding.ErrNotFound, updateVerification,
		append(verificationArgs(v), v.Code, v.Tries, v.ID)...)
}

func (t *transaction) TakeVerificationTry(ctx context.Context, id, code string, now time.Time) (bool, error) {
	n, err := t.db.exec(ctx, "UPDATE verifications SET tries = tries - 1 WHERE id = $1 AND code = $2 AND tries > 0"+
		" AND code_ends > $3", id, code, micros(now))
	return n == 1, err
}

func (t *transaction) CountVerificationsOfForm(ctx context.Context, form string, most int) (int, error) {
	if err := t.db.lockKeys(ctx, false, "verification form "+form); err != nil {
		return 0, err
	}
	return t.count(ctx, countUpTo("verifications WHERE form = $1", "$2"), form, most)
}

func (t *transaction) CountWrongCodes(ctx context.Context, recipient string, since time.Time, most int) (int, error) {
	if err := t.db.lockKeys(ctx, false, "wrong codes "+recipient); err != nil {
		return 0, err
	}
	return t.count(ctx, countUpTo("wrong_codes WHERE recipient = $1 AND at > $2", "$3"), recipient, micros(since), most)
}

func (t *transaction) AddWrongCode(ctx context.Context, recipient string, at time.Time) error {
	return t.db.send(ctx, nil, insert("wrong_codes", "recipient, at, id"), recipient, micros(at), onboarding.RandomID())
}

const verifiedAddressColumns = "recipient, organization_id, customer_id, channel, at"

func scanVerifiedAddress(row rows) (onboarding.VerifiedAddress, error) {
	var a onboarding.VerifiedAddress
	err := row.Scan(&a.Recipient, &a.OrganizationID, &a.CustomerID, textInto(&a.Channel), instant{&a.At})
	return a, err
}

// VerifiedAddress implements onboarding.VerificationReader.
func (r *reader) VerifiedAddress(ctx context.Context, recipient string) (*onboarding.VerifiedAddress, error) {
	if err := r.db.lockKeys(ctx, false, "verified address "+recipient); err != nil {
		return nil, err
	}
	a, err := get(ctx, r.db, scanVerifiedAddress,
		"SELECT "+verifiedAddressColumns+" FROM verified_addresses WHERE recipient = $1"+r.db.lockRows(), recipient)
	return &a, err
}

// VerifiedAddresses implements onboarding.VerificationReader.
func (r *reader) VerifiedAddresses(ctx context.Context, customerID string) ([]onboarding.VerifiedAddress, error) {
	return collect(ctx, r.db, scanVerifiedAddress,
		"SELECT "+verifiedAddressColumns+" FROM verified_addresses WHERE customer_id = $1 ORDER BY channel"+
			r.db.lockRows(), customerID)
}

func (t *transaction) PutVerifiedAddress(ctx context.Context, a onboarding.VerifiedAddress) error {
	if err := t.db.lockKeys(ctx, false, "verified address "+a.Recipient); err != nil {
		return err
	}
	if err := t.ForgetVerifiedAddress(ctx, a.CustomerID, a.Channel); err != nil {
		return err
	}
	return t.db.send(ctx, nil, insert("verified_addresses", verifiedAddressColumns)+
		" ON CONFLICT (recipient) DO UPDATE SET "+excluded("organization_id, customer_id, channel, at"),
		a.Recipient, a.OrganizationID, a.CustomerID, string(a.Channel), micros(a.At))
}

func (t *transaction) ForgetVerifiedAddress(
	ctx context.Context, customerID string, channel onboarding.VerifyChannel,
) error {
	return t.db.send(ctx, nil, "DELETE FROM verified_addresses WHERE customer_id = $1 AND channel = $2",
		customerID, string(channel))
}
