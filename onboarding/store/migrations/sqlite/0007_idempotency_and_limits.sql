-- The first answers to requests with an Idempotency-Key. (The only serving process holds rate
-- limits in memory.)
-- +goose Up

CREATE TABLE idempotency (
	service_id      TEXT    NOT NULL,
	idempotency_key TEXT    NOT NULL,
	guid_hash       TEXT    NOT NULL,
	request_hash    TEXT    NOT NULL,
	customer_id     TEXT    NOT NULL,
	key_id          TEXT    NOT NULL,
	box             BLOB    NOT NULL,
	created         BOOLEAN NOT NULL,
	expires         BIGINT  NOT NULL,
	PRIMARY KEY (service_id, idempotency_key)
) WITHOUT ROWID;
CREATE INDEX idempotency_by_expiry ON idempotency (expires);
CREATE INDEX idempotency_of_customer ON idempotency (customer_id);
