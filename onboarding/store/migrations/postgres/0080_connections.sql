-- Connections that share an Acct-Unique-Session-Id, access points by address, the last
-- Access-Accept of each station, and anonymous connections without identity.
-- +goose Up

-- The Acct-Unique-Session-Id of a connection that is not the first with it and so has an ID of its
-- own. The first one has it as unique_id.
ALTER TABLE sessions ADD COLUMN session_key TEXT COLLATE "C";
ALTER TABLE sessions ADD COLUMN nas_address TEXT COLLATE "C";
-- The organization of the access point, which may differ from the customer's.
ALTER TABLE sessions ADD COLUMN host_id TEXT COLLATE "C";
-- A JSON document: the records from which the columns are derived (see onboarding.SessionEvidence).
ALTER TABLE sessions ADD COLUMN evidence TEXT COLLATE "C";
CREATE INDEX sessions_by_key ON sessions (session_key, begun) WHERE session_key IS NOT NULL;
CREATE INDEX sessions_unstopped_by_address ON sessions (nas_address) WHERE stop_at IS NULL AND nas_address IS NOT NULL;
CREATE INDEX sessions_unattributed ON sessions (seen, unique_id) WHERE customer_id IS NULL AND NOT anonymous;

-- An anonymous connection has no identity, whichever version of the program writes it. The previous
-- version wrote some with identity, so a trigger clears their columns instead of rejecting them.
-- +goose StatementBegin
CREATE FUNCTION sessions_drop_identity() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	NEW.customer_id := NULL;
	NEW.session_id := NULL;
	NEW.calling_station := NULL;
	NEW.mac := NULL;
	NEW.address := NULL;
	RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER sessions_anonymous BEFORE INSERT OR UPDATE ON sessions
	FOR EACH ROW WHEN (NEW.anonymous) EXECUTE FUNCTION sessions_drop_identity();
UPDATE sessions SET anonymous = TRUE
	WHERE anonymous AND COALESCE(customer_id, session_id, calling_station, mac, address) IS NOT NULL;
ALTER TABLE sessions ADD CONSTRAINT sessions_anonymous_without_identity
	CHECK (NOT anonymous OR COALESCE(customer_id, session_id, calling_station, mac, address) IS NULL);

-- The customer as which a station was last accepted at an access point. station is a keyed hash of
-- access point and hardware address. The customer is NULL after a deletion, and after refusing the
-- processing of personal data.
CREATE TABLE station_accepts (
	station     TEXT COLLATE "C" NOT NULL CONSTRAINT station_accepts_station PRIMARY KEY,
	customer_id TEXT COLLATE "C" CONSTRAINT station_accepts_customer_id REFERENCES customers (id) ON DELETE SET NULL,
	at          BIGINT NOT NULL
);
CREATE INDEX station_accepts_of_customer ON station_accepts (customer_id) WHERE customer_id IS NOT NULL;
CREATE INDEX station_accepts_by_time ON station_accepts (at, station);
