-- The history of organizations and customers.
-- +goose Up

CREATE TABLE events (
	organization_id TEXT COLLATE "C" NOT NULL,
	at              BIGINT           NOT NULL,
	id              TEXT COLLATE "C" NOT NULL,
	customer_id     TEXT COLLATE "C",
	type            TEXT COLLATE "C" NOT NULL,
	location_id     TEXT COLLATE "C",
	hotspot_id      TEXT COLLATE "C",
	duration        BIGINT,           -- seconds
	detail          TEXT COLLATE "C", -- a JSON object of texts
	CONSTRAINT events_organization_id_at_id PRIMARY KEY (organization_id, at, id)
);
CREATE INDEX events_of_customer ON events (customer_id, at, id) WHERE customer_id IS NOT NULL;
