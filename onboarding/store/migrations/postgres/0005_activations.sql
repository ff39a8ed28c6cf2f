-- Links, by the hash of their token.
-- +goose Up

CREATE TABLE activations (
	token_hash      TEXT COLLATE "C" NOT NULL CONSTRAINT activations_token_hash PRIMARY KEY,
	customer_id     TEXT COLLATE "C" NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
	organization_id TEXT COLLATE "C" NOT NULL,
	created         BIGINT           NOT NULL,
	expires         BIGINT           NOT NULL,
	max_hits        INTEGER          NOT NULL,
	hits            INTEGER          NOT NULL
);
CREATE INDEX activations_of_customer ON activations (customer_id);
CREATE INDEX activations_by_expiry ON activations (expires);
