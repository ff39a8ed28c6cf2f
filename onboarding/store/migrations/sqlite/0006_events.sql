-- The history of organizations and customers.
-- +goose Up

CREATE TABLE events (
	organization_id TEXT   NOT NULL,
	at              BIGINT NOT NULL,
	id              TEXT   NOT NULL,
	customer_id     TEXT,
	type            TEXT   NOT NULL,
	location_id     TEXT,
	hotspot_id      TEXT,
	duration        BIGINT, -- seconds
	detail          TEXT,   -- a JSON object of texts
	PRIMARY KEY (organization_id, at, id)
) WITHOUT ROWID;
CREATE INDEX events_of_customer ON events (customer_id, at, id) WHERE customer_id IS NOT NULL;
