package deployment

import (
	"context"
	"errors"

	"onramp/onboarding"
	"onramp/onboarding/messages"
	"onramp/onboarding/verification"
)

// codes sends the messages of verifications through the outbox.
type codes struct{ outbox *messages.Outbox }

func (c codes) Prepare(
	ctx context.Context, m verification.Message,
) (queue func(ctx context.Context, tx onboarding.Tx) error, err error) {
	prepared, err := c.outbox.Prepare(ctx, messages.Draft{
		OrganizationID: m.OrganizationID, CustomerID: m.CustomerID, Channel: m.Channel.Message(),
		Kind: m.Kind, Language: m.Language, Recipient: m.To, Code: m.Code, Link: m.Link,
		Expires: m.NotAfter, NotAfter: m.NotAfter, Known: m.Known, Verified: m.Kind == onboarding.MessageReturn,
	})
	// These two depend on earlier messages, and so on whether the address is known.
	silent := func(err error) bool {
		return m.Kind == onboarding.MessageReturn &&
			(onboarding.KindOf(err) == onboarding.Conflict || errors.Is(err, messages.ErrRecipientFull))
	}
	if silent(err) {
		return func(context.Context, onboarding.Tx) error { return nil }, nil
	}
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, tx onboarding.Tx) error {
		if _, err := c.outbox.Queue(ctx, tx, prepared); !silent(err) {
			return err
		}
		return nil
	}, nil
}

func (c codes) Wake() { c.outbox.Wake() }

// addresses gives the outbox the verified addresses. The outbox is built first.
type addresses struct{ of *Deployment }

func (a addresses) HasVerified(
	ctx context.Context, organizationID string, channel onboarding.MessageChannel, address string,
) (bool, error) {
	by := onboarding.VerifyEmail
	if channel == onboarding.MessageSMS {
		by = onboarding.VerifySMS
	}
	return a.of.Verification.HasVerified(ctx, organizationID, by, address)
}
