package deployment

import (
	"context"

	"onramp/onboarding"
	"onramp/onboarding/messages"
	"onramp/onboarding/verification"
)

// codes sends the codes of verifications through the outbox.
type codes struct{ outbox *messages.Outbox }

func (c codes) Prepare(
	ctx context.Context, m verification.Message,
) (queue func(ctx context.Context, tx onboarding.Tx) error, err error) {
	prepared, err := c.outbox.Prepare(ctx, messages.Draft{
		OrganizationID: m.OrganizationID, CustomerID: m.CustomerID, Channel: m.Channel.Message(),
		Kind: onboarding.MessageVerification, Language: m.Language, Recipient: m.To, Code: m.Code, Link: m.Link,
		Expires: m.NotAfter, NotAfter: m.NotAfter, Known: m.Known,
	})
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, tx onboarding.Tx) error {
		_, err := c.outbox.Queue(ctx, tx, prepared)
		return err
	}, nil
}

func (c codes) Wake() { c.outbox.Wake() }
