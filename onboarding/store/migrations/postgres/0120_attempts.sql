-- Attempts to authenticate, downloads of profiles with the settings in them, MAC addresses in the
-- portal's address, and the confirmation of installations.
-- +goose Up

-- The authentications of one station at one access point within an hour with the same customer and
-- result. Unknown organizations are empty texts.
CREATE TABLE attempts (
	id              TEXT COLLATE "C" NOT NULL CONSTRAINT attempts_id PRIMARY KEY,
	hour            BIGINT NOT NULL,
	organization_id TEXT COLLATE "C" NOT NULL,
	customer_id     TEXT COLLATE "C" REFERENCES customers (id) ON DELETE CASCADE,
	attribution     TEXT COLLATE "C",
	host_id         TEXT COLLATE "C" NOT NULL,
	location_id     TEXT COLLATE "C",
	hotspot_id      TEXT COLLATE "C",
	access_point    TEXT COLLATE "C" NOT NULL,
	station         TEXT COLLATE "C",
	reason          TEXT COLLATE "C",   -- NULL: accepted
	detail          TEXT COLLATE "C",
	method          TEXT COLLATE "C",
	tls_version     TEXT COLLATE "C",
	vlan            INTEGER NOT NULL,
	first           BIGINT NOT NULL,
	last            BIGINT NOT NULL,
	count           BIGINT NOT NULL
);
CREATE INDEX attempts_of_customer ON attempts (customer_id, last, id, reason) WHERE customer_id IS NOT NULL;
CREATE INDEX attempts_of_station ON attempts (station, last, id) WHERE station IS NOT NULL;
CREATE INDEX attempts_of_organization ON attempts (organization_id, last, id);
CREATE INDEX attempts_of_access_point ON attempts (access_point, last, id);
-- For the limits of rows.
CREATE INDEX attempts_unattributed_at ON attempts (access_point, hour, customer_id) WHERE customer_id IS NULL;
CREATE INDEX attempts_unattributed_of ON attempts (host_id, hour, customer_id) WHERE customer_id IS NULL;

-- A MAC address that the portal's caller gave. It proves nothing.
CREATE TABLE station_claims (
	customer_id TEXT COLLATE "C" NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
	mac         TEXT COLLATE "C" NOT NULL,
	at          BIGINT NOT NULL,
	CONSTRAINT station_claims_customer_id_mac PRIMARY KEY (customer_id, mac)
);
CREATE INDEX station_claims_of_station ON station_claims (mac, at);
CREATE INDEX station_claims_by_time ON station_claims (at, customer_id, mac);

-- The settings in downloaded profiles: a JSON document, by a hash of its content.
CREATE TABLE profile_settings (
	id              TEXT COLLATE "C" NOT NULL CONSTRAINT profile_settings_id PRIMARY KEY,
	organization_id TEXT COLLATE "C" NOT NULL,
	version         BIGINT NOT NULL,
	first           BIGINT NOT NULL,
	wifi            TEXT COLLATE "C" NOT NULL
);

-- Downloads of a profile with the same settings and credential. settings_id is empty for requests
-- that were refused because the platform cannot express the network.
CREATE TABLE downloads (
	customer_id     TEXT COLLATE "C" NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
	platform        TEXT COLLATE "C" NOT NULL,
	source          TEXT COLLATE "C" NOT NULL,
	credential      BIGINT NOT NULL,
	settings_id     TEXT COLLATE "C" NOT NULL,
	organization_id TEXT COLLATE "C" NOT NULL,
	expires         BIGINT NOT NULL,
	refused         TEXT COLLATE "C",
	first           BIGINT NOT NULL,
	last            BIGINT NOT NULL,
	count           BIGINT NOT NULL,
	CONSTRAINT downloads_customer_id_platform_source_credential_settings_id PRIMARY KEY (customer_id, platform, source, credential, settings_id)
);
CREATE INDEX downloads_of_organization ON downloads (organization_id, customer_id, platform);

-- The platforms whose profile was downloaded through the link, separated by commas.
ALTER TABLE activations ADD COLUMN platforms TEXT COLLATE "C";

ALTER TABLE installations ADD COLUMN source TEXT COLLATE "C";
ALTER TABLE installations ADD COLUMN confirmed BIGINT;
