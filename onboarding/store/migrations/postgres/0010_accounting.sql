-- Data from RADIUS: connections, the visits and stations derived from them, failed authentications,
-- unknown access points, and requests to disconnect.
-- +goose Up

-- A connection. It is kept, without identity, after the customer's deletion, hence no foreign key.
-- begun and stopped are derived from the columns after them (see onboarding.Session), for searches.
CREATE TABLE sessions (
	unique_id       TEXT COLLATE "C" NOT NULL CONSTRAINT sessions_unique_id PRIMARY KEY,
	organization_id TEXT COLLATE "C",
	customer_id     TEXT COLLATE "C",
	location_id     TEXT COLLATE "C",
	hotspot_id      TEXT COLLATE "C",
	access_point    TEXT COLLATE "C" NOT NULL,
	proven          BOOLEAN NOT NULL,
	anonymous       BOOLEAN NOT NULL,
	session_id      TEXT COLLATE "C",
	calling_station TEXT COLLATE "C",
	nas_identifier  TEXT COLLATE "C",
	mac             TEXT COLLATE "C",
	address         TEXT COLLATE "C",
	ssid            TEXT COLLATE "C",
	begun           BIGINT  NOT NULL,
	seen            BIGINT  NOT NULL,
	stopped         BIGINT,
	started         BIGINT,
	implied         BIGINT  NOT NULL,
	last_duration   BIGINT  NOT NULL,
	last_octets     BIGINT  NOT NULL,
	last_event      BIGINT  NOT NULL,
	last_at         BIGINT  NOT NULL,
	duration        BIGINT  NOT NULL,
	input           BIGINT  NOT NULL,
	output          BIGINT  NOT NULL,
	stop_duration   BIGINT,
	stop_octets     BIGINT,
	stop_event      BIGINT,
	stop_at         BIGINT,
	stop_cause      TEXT COLLATE "C",
	restart         BIGINT
);
CREATE INDEX sessions_of_customer ON sessions (customer_id, begun, unique_id) WHERE customer_id IS NOT NULL;
CREATE INDEX sessions_open_of_customer ON sessions (customer_id) WHERE customer_id IS NOT NULL AND stopped IS NULL;
CREATE INDEX sessions_unstopped_at ON sessions (access_point) WHERE stop_at IS NULL;

CREATE INDEX credentials_by_expiry ON credentials (expires);

CREATE TABLE visits (
	id              TEXT COLLATE "C" NOT NULL CONSTRAINT visits_id PRIMARY KEY,
	organization_id TEXT COLLATE "C" NOT NULL,
	customer_id     TEXT COLLATE "C" NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
	location_id     TEXT COLLATE "C" NOT NULL,
	hotspot_id      TEXT COLLATE "C",
	begun           BIGINT  NOT NULL,
	until           BIGINT  NOT NULL,
	sessions        INTEGER NOT NULL,
	proven          BOOLEAN NOT NULL
);
CREATE INDEX visits_of_customer ON visits (customer_id, location_id, until);
CREATE INDEX visits_of_organization ON visits (organization_id, begun, id);

-- A station that connected with a customer's credential.
CREATE TABLE stations (
	customer_id TEXT COLLATE "C" NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
	mac         TEXT COLLATE "C" NOT NULL,
	randomised  BOOLEAN NOT NULL,
	first_seen  BIGINT  NOT NULL,
	last_seen   BIGINT  NOT NULL,
	connections BIGINT  NOT NULL,
	CONSTRAINT stations_customer_id_mac PRIMARY KEY (customer_id, mac)
);

-- Access points that match no declared hotspot.
CREATE TABLE access_points (
	key            TEXT COLLATE "C" NOT NULL CONSTRAINT access_points_key PRIMARY KEY,
	nas_identifier TEXT COLLATE "C",
	address        TEXT COLLATE "C",
	mac            TEXT COLLATE "C",
	ssid           TEXT COLLATE "C",
	first_seen     BIGINT NOT NULL,
	last_seen      BIGINT NOT NULL
);
CREATE INDEX access_points_by_last_seen ON access_points (last_seen);

-- Accounting-On and Accounting-Off.
CREATE TABLE restarts (
	access_point TEXT COLLATE "C" NOT NULL,
	at           BIGINT NOT NULL,
	CONSTRAINT restarts_access_point_at PRIMARY KEY (access_point, at)
);

-- Failed authentications, counted per hour. Unknown values are empty texts, because a key cannot be
-- NULL.
CREATE TABLE login_failures (
	organization_id TEXT COLLATE "C" NOT NULL,
	hour            BIGINT NOT NULL,
	access_point    TEXT COLLATE "C" NOT NULL,
	hotspot_id      TEXT COLLATE "C" NOT NULL,
	reason          TEXT COLLATE "C" NOT NULL,
	count           BIGINT NOT NULL,
	last            BIGINT NOT NULL,
	CONSTRAINT login_failures_key PRIMARY KEY (organization_id, hour, access_point, hotspot_id, reason)
);

-- Requests to end a connection. One that waits has no finished time.
CREATE TABLE disconnects (
	id              TEXT COLLATE "C" NOT NULL CONSTRAINT disconnects_id PRIMARY KEY,
	organization_id TEXT COLLATE "C",
	customer_id     TEXT COLLATE "C",
	unique_id       TEXT COLLATE "C" NOT NULL,
	hotspot_id      TEXT COLLATE "C",
	reason          TEXT COLLATE "C" NOT NULL,
	session_id      TEXT COLLATE "C",
	calling_station TEXT COLLATE "C",
	nas_identifier  TEXT COLLATE "C",
	created         BIGINT  NOT NULL,
	due             BIGINT  NOT NULL,
	attempts        INTEGER NOT NULL,
	outcome         TEXT COLLATE "C",
	error_cause     INTEGER NOT NULL,
	finished        BIGINT
);
CREATE UNIQUE INDEX disconnects_waiting ON disconnects (unique_id) WHERE finished IS NULL;
CREATE INDEX disconnects_due ON disconnects (due) WHERE finished IS NULL;
CREATE INDEX disconnects_of_session ON disconnects (unique_id, reason);
CREATE INDEX disconnects_of_customer ON disconnects (customer_id) WHERE customer_id IS NOT NULL;
CREATE INDEX disconnects_of_organization ON disconnects (organization_id, created, id) WHERE organization_id IS NOT NULL;
