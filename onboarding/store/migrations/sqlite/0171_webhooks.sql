-- Webhooks: the endpoints that organizations declare, their secrets, and the outbox of events.
-- +goose Up

CREATE TABLE webhooks (
	id              TEXT NOT NULL PRIMARY KEY,
	organization_id TEXT NOT NULL,
	url             TEXT NOT NULL,
	signature       TEXT NOT NULL,
	events          TEXT NOT NULL, -- ",type,type,", empty: all
	disabled        BIGINT,
	disabled_reason TEXT,
	failures        BIGINT NOT NULL DEFAULT 0, -- since the last success
	failing_since   BIGINT,
	last_failure    TEXT,
	last_success    BIGINT,
	dropped         BIGINT NOT NULL DEFAULT 0,
	undeclared      BIGINT -- no longer declared; a background task deletes its rows
) WITHOUT ROWID;
CREATE INDEX webhooks_of_organization ON webhooks (organization_id);

CREATE TABLE webhook_secrets (
	webhook_id TEXT NOT NULL,
	id         TEXT NOT NULL,
	signature  TEXT NOT NULL,
	key_id     TEXT NOT NULL,
	box        BLOB NOT NULL,
	created    BIGINT NOT NULL,
	ends       BIGINT, -- of a replaced one
	shown      BIGINT, -- to an operator, once
	PRIMARY KEY (webhook_id, id)
) WITHOUT ROWID;

-- number is the order of the events of a customer. It is taken under a lock of the customer, so that
-- it ascends with the commits.
CREATE TABLE webhook_deliveries (
	number          INTEGER NOT NULL PRIMARY KEY,
	id              TEXT NOT NULL,
	webhook_id      TEXT NOT NULL,
	organization_id TEXT NOT NULL,
	customer_id     TEXT, -- NULL: of no customer, or of a deletion
	type            TEXT NOT NULL,
	body            TEXT, -- NULL or empty once delivered
	created         BIGINT NOT NULL,
	due             BIGINT NOT NULL, -- of the next attempt, or the end of a lease
	attempts        INTEGER NOT NULL,
	state           TEXT NOT NULL,
	reason          TEXT, -- of the last failure
	finished        BIGINT,
	kept_until      BIGINT -- once finished
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (webhook_id, due, number) WHERE state = 'waiting';
CREATE INDEX webhook_deliveries_in_order ON webhook_deliveries (webhook_id, customer_id, number)
	WHERE state = 'waiting' AND customer_id IS NOT NULL;
CREATE INDEX webhook_deliveries_by_state ON webhook_deliveries (webhook_id, state, number);
CREATE INDEX webhook_deliveries_by_id ON webhook_deliveries (webhook_id, id);
CREATE INDEX webhook_deliveries_of_webhook ON webhook_deliveries (webhook_id, number);
CREATE INDEX webhook_deliveries_of_customer ON webhook_deliveries (customer_id, number) WHERE customer_id IS NOT NULL;
CREATE INDEX webhook_deliveries_kept ON webhook_deliveries (kept_until) WHERE kept_until IS NOT NULL;

-- +goose StatementBegin
CREATE TRIGGER webhook_secrets_sealed_insert BEFORE INSERT ON webhook_secrets
	WHEN EXISTS (SELECT 1 FROM master_keys WHERE id = NEW.key_id AND retired IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'sealed under a retired master key'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER webhook_secrets_sealed_update BEFORE UPDATE OF key_id ON webhook_secrets
	WHEN EXISTS (SELECT 1 FROM master_keys WHERE id = NEW.key_id AND retired IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'sealed under a retired master key'); END;
-- +goose StatementEnd
