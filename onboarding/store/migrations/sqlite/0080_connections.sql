-- Connections that share an Acct-Unique-Session-Id, access points by address, the last
-- Access-Accept of each station, and anonymous connections without identity.
-- +goose Up

-- The Acct-Unique-Session-Id of a connection that is not the first with it and so has an ID of its
-- own. The first one has it as unique_id.
ALTER TABLE sessions ADD COLUMN session_key TEXT;
ALTER TABLE sessions ADD COLUMN nas_address TEXT;
-- The organization of the access point, which may differ from the customer's.
ALTER TABLE sessions ADD COLUMN host_id TEXT;
-- A JSON document: the records from which the columns are derived (see onboarding.SessionEvidence).
ALTER TABLE sessions ADD COLUMN evidence TEXT;
CREATE INDEX sessions_by_key ON sessions (session_key, begun) WHERE session_key IS NOT NULL;
CREATE INDEX sessions_unstopped_by_address ON sessions (nas_address) WHERE stop_at IS NULL AND nas_address IS NOT NULL;
CREATE INDEX sessions_unattributed ON sessions (seen, unique_id) WHERE customer_id IS NULL AND NOT anonymous;

-- An anonymous connection has no identity, whichever version of the program writes it.
UPDATE sessions SET customer_id = NULL, session_id = NULL, calling_station = NULL, mac = NULL, address = NULL
	WHERE anonymous AND COALESCE(customer_id, session_id, calling_station, mac, address) IS NOT NULL;
-- +goose StatementBegin
CREATE TRIGGER sessions_anonymous_inserted AFTER INSERT ON sessions
	WHEN NEW.anonymous AND COALESCE(NEW.customer_id, NEW.session_id, NEW.calling_station, NEW.mac, NEW.address) IS NOT NULL
BEGIN
	UPDATE sessions SET customer_id = NULL, session_id = NULL, calling_station = NULL, mac = NULL, address = NULL WHERE unique_id = NEW.unique_id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER sessions_anonymous_updated AFTER UPDATE ON sessions
	WHEN NEW.anonymous AND COALESCE(NEW.customer_id, NEW.session_id, NEW.calling_station, NEW.mac, NEW.address) IS NOT NULL
BEGIN
	UPDATE sessions SET customer_id = NULL, session_id = NULL, calling_station = NULL, mac = NULL, address = NULL WHERE unique_id = NEW.unique_id;
END;
-- +goose StatementEnd

-- The customer as which a station was last accepted at an access point. station is a keyed hash of
-- access point and hardware address. The customer is NULL after a deletion, and after refusing the
-- processing of personal data.
CREATE TABLE station_accepts (
	station     TEXT   NOT NULL PRIMARY KEY,
	customer_id TEXT   REFERENCES customers (id) ON DELETE SET NULL,
	at          BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX station_accepts_of_customer ON station_accepts (customer_id) WHERE customer_id IS NOT NULL;
CREATE INDEX station_accepts_by_time ON station_accepts (at, station);
