-- The first answers to requests with an Idempotency-Key, and the rate limits shared by all
-- replicas.
-- +goose Up

CREATE TABLE idempotency (
	service_id      TEXT COLLATE "C" NOT NULL,
	idempotency_key TEXT COLLATE "C" NOT NULL,
	guid_hash       TEXT COLLATE "C" NOT NULL,
	request_hash    TEXT COLLATE "C" NOT NULL,
	customer_id     TEXT COLLATE "C" NOT NULL,
	key_id          TEXT COLLATE "C" NOT NULL,
	box             BYTEA            NOT NULL,
	created         BOOLEAN          NOT NULL,
	expires         BIGINT           NOT NULL,
	CONSTRAINT idempotency_service_id_idempotency_key PRIMARY KEY (service_id, idempotency_key)
);
CREATE INDEX idempotency_by_expiry ON idempotency (expires);
CREATE INDEX idempotency_of_customer ON idempotency (customer_id);

-- Unlogged: the counts restart after a crash or a failover, and counting needs no disk write.
CREATE UNLOGGED TABLE limits (
	key   TEXT COLLATE "C" NOT NULL CONSTRAINT limits_key PRIMARY KEY,
	ends  BIGINT           NOT NULL, -- of the counted window
	count BIGINT           NOT NULL
) WITH (fillfactor = 50); -- space for updates in place
CREATE INDEX limits_by_end ON limits (ends);
