package store

import (
	"context"
	"errors"
	"time"

	"onramp/onboarding"
)

const (
	messageColumns = "id, organization_id, customer_id, channel, kind, language, recipient, key_id, box, " +
		"created, not_after, due, attempts, outcome, finished"
	selectMessage = "SELECT " + messageColumns + " FROM messages"
)

func scanMessage(row rows) (*onboarding.Message, error) {
	var m onboarding.Message
	err := row.Scan(&m.ID, &m.OrganizationID, textInto(&m.CustomerID), textInto(&m.Channel), textInto(&m.Kind),
		&m.Language, textInto(&m.Recipient), textInto(&m.Content.KeyID), &m.Content.Box,
		instant{&m.Created}, instant{&m.NotAfter}, instant{&m.Due}, &m.Attempts,
		textInto(&m.Outcome), maybeInstant{&m.Finished})
	return &m, err
}

// Message implements onboarding.MessageReader.
func (r *reader) Message(ctx context.Context, id string) (*onboarding.Message, error) {
	return get(ctx, r.db, scanMessage, selectMessage+" WHERE id = $1", id)
}

// DueMessages implements onboarding.MessageReader.
func (r *reader) DueMessages(
	ctx context.Context, channel onboarding.MessageChannel, now time.Time, limit int,
) ([]*onboarding.Message, error) {
	return collect(ctx, r.db, scanMessage, selectMessage+
		" WHERE channel = $1 AND finished IS NULL AND due <= $2 ORDER BY bulk, due, id LIMIT $3",
		string(channel), micros(now), limit)
}

// LastMessages implements onboarding.MessageReader.
func (r *reader) LastMessages(ctx context.Context, organizationID string, limit int) ([]*onboarding.Message, error) {
	return collect(ctx, r.db, scanMessage,
		selectMessage+" WHERE organization_id = $1 ORDER BY created DESC, id DESC LIMIT $2", organizationID, limit)
}

var countMessagesTo = countUpTo("messages WHERE recipient = $1 AND created > $2", "$3")

// CountMessagesTo implements onboarding.MessageReader.
func (r *reader) CountMessagesTo(ctx context.Context, recipient string, since time.Time, most int) (int, error) {
	if err := r.db.lockKeys(ctx, false, "messages to "+recipient); err != nil {
		return 0, err
	}
	return r.count(ctx, countMessagesTo, recipient, micros(since), most)
}

var countMessages = countUpTo("messages WHERE organization_id = $1 AND channel = $2 AND created > $3", "$4")

// CountMessages implements onboarding.MessageReader.
func (r *reader) CountMessages(
	ctx context.Context, organizationID string, channel onboarding.MessageChannel, since time.Time, most int,
) (int, error) {
	if err := r.db.lockKeys(ctx, false, "messages of "+organizationID+" "+string(channel)); err != nil {
		return 0, err
	}
	return r.count(ctx, countMessages, organizationID, string(channel), micros(since), most)
}

var countWaitingMessages = countUpTo("messages WHERE organization_id = $1 AND channel = $2 AND finished IS NULL", "$3")

// CountWaitingMessages implements onboarding.MessageReader.
func (r *reader) CountWaitingMessages(
	ctx context.Context, organizationID string, channel onboarding.MessageChannel, most int,
) (int, error) {
	return r.count(ctx, countWaitingMessages, organizationID, string(channel), most)
}

// RecipientRefused implements onboarding.MessageReader.
func (r *reader) RecipientRefused(ctx context.Context, recipient string, since time.Time) (bool, error) {
	var outcome string
	err := r.one(ctx, `SELECT outcome FROM messages WHERE recipient = $1 AND finished > $2
		AND outcome IN ('delivered', 'refused') ORDER BY finished DESC, id DESC LIMIT 1`,
		[]any{recipient, micros(since)}, &outcome)
	if errors.Is(err, onboarding.ErrNotFound) {
		return false, nil
	}
	return outcome == string(onboarding.MessageRefused), err
}

// MessageBacklogs implements onboarding.MessageReader.
func (r *reader) MessageBacklogs(ctx context.Context) ([]onboarding.MessageBacklog, error) {
	return collect(ctx, r.db, func(row rows) (b onboarding.MessageBacklog, err error) {
		err = row.Scan(textInto(&b.Channel), &b.Waiting, instant{&b.Oldest})
		return b, err
	}, "SELECT channel, count(*), min(created) FROM messages WHERE channel IN ('email', 'sms') AND finished IS NULL "+
		"GROUP BY channel ORDER BY channel")
}

var insertMessage = insert("messages", messageColumns+", bulk") + " ON CONFLICT (id) DO NOTHING"

// InsertMessage implements onboarding.MessageWriter.
func (t *transaction) InsertMessage(ctx context.Context, m *onboarding.Message) (bool, error) {
	n, err := t.db.exec(ctx, insertMessage, m.ID, m.OrganizationID, orNull(m.CustomerID), string(m.Channel),
		string(m.Kind), m.Language, orNull(m.Recipient), orNull(m.Content.KeyID), m.Content.Box,
		micros(m.Created), micros(m.NotAfter), micros(m.Due), m.Attempts,
		orNull(m.Outcome), microsOrNull(m.Finished), m.Kind.Bulk())
	return n == 1, err
}

// LeaseMessage implements onboarding.MessageWriter.
func (t *transaction) LeaseMessage(ctx context.Context, m *onboarding.Message, until time.Time) (bool, error) {
	n, err := t.db.exec(ctx, "UPDATE messages SET due = $4, attempts = attempts + 1 "+
		"WHERE id = $1 AND due = $2 AND attempts = $3 AND finished IS NULL", m.ID, micros(m.Due), m.Attempts,
		micros(until))
	return n == 1, err
}

// PostponeMessage implements onboarding.MessageWriter.
func (t *transaction) PostponeMessage(ctx context.Context, id string, attempt int, due time.Time) (bool, error) {
	n, err := t.db.exec(ctx, "UPDATE messages SET due = $3 WHERE id = $1 AND attempts = $2 AND finished IS NULL",
		id, attempt, micros(due))
	return n == 1, err
}

// FinishMessage implements onboarding.MessageWriter.
func (t *transaction) FinishMessage(
	ctx context.Context, id string, outcome onboarding.MessageOutcome, at time.Time,
) (bool, error) {
	n, err := t.db.exec(ctx, "UPDATE messages SET outcome = $2, finished = $3, key_id = NULL, box = NULL "+
		"WHERE id = $1 AND finished IS NULL", id, string(outcome), micros(at))
	return n == 1, err
}

// anonymousMessage removes the link between a message and its customer. A waiting message ends.
const anonymousMessage = "customer_id = NULL, recipient = NULL, key_id = NULL, box = NULL, " +
	"outcome = COALESCE(outcome, 'erased'), finished = COALESCE(finished, due)"

// endMessages ends the waiting messages of a restored database: they may have been delivered since
// the copy was made.
const endMessages = "UPDATE messages SET outcome = 'expired', finished = $1, key_id = NULL, box = NULL " +
	"WHERE channel IN ('email', 'sms') AND finished IS NULL"
