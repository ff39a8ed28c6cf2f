-- Statistics: counts of events by organization, quarter of an hour, location and platform.
-- +goose Up

-- The sums. day is the local day of the location when the event was counted, in days since 1970; UTC
-- without a location. The empty text is an unknown location or platform.
CREATE TABLE statistics (
	organization_id   TEXT NOT NULL,
	slot              BIGINT NOT NULL, -- the beginning of the quarter of an hour
	day               BIGINT NOT NULL,
	location_id       TEXT NOT NULL,
	platform          TEXT NOT NULL,
	opened            BIGINT NOT NULL DEFAULT 0,
	forms             BIGINT NOT NULL DEFAULT 0,
	files             BIGINT NOT NULL DEFAULT 0,
	joined            BIGINT NOT NULL DEFAULT 0,
	signups           BIGINT NOT NULL DEFAULT 0,
	downloads         BIGINT NOT NULL DEFAULT 0,
	installations     BIGINT NOT NULL DEFAULT 0,
	first_connections BIGINT NOT NULL DEFAULT 0,
	connections       BIGINT NOT NULL DEFAULT 0,
	traffic           BIGINT NOT NULL DEFAULT 0,
	dwell             BIGINT NOT NULL DEFAULT 0,
	refusals          BIGINT NOT NULL DEFAULT 0,
	former            BIGINT NOT NULL DEFAULT 0,
	PRIMARY KEY (organization_id, slot, day, location_id, platform)
) WITHOUT ROWID;

-- Counts that are not yet in the sums. Each event adds a row, so that concurrent transactions do not
-- wait for each other; a background task folds the rows into the sums every few seconds. The day of
-- rows that this migration adds is unknown until then.
CREATE TABLE statistics_changes (
	organization_id   TEXT NOT NULL,
	slot              BIGINT NOT NULL,
	id                TEXT NOT NULL,
	day               BIGINT,
	location_id       TEXT NOT NULL,
	platform          TEXT NOT NULL,
	opened            BIGINT NOT NULL DEFAULT 0,
	forms             BIGINT NOT NULL DEFAULT 0,
	files             BIGINT NOT NULL DEFAULT 0,
	joined            BIGINT NOT NULL DEFAULT 0,
	signups           BIGINT NOT NULL DEFAULT 0,
	downloads         BIGINT NOT NULL DEFAULT 0,
	installations     BIGINT NOT NULL DEFAULT 0,
	first_connections BIGINT NOT NULL DEFAULT 0,
	connections       BIGINT NOT NULL DEFAULT 0,
	traffic           BIGINT NOT NULL DEFAULT 0,
	dwell             BIGINT NOT NULL DEFAULT 0,
	refusals          BIGINT NOT NULL DEFAULT 0,
	former            BIGINT NOT NULL DEFAULT 0,
	PRIMARY KEY (organization_id, slot, id)
) WITHOUT ROWID;

-- What a connection has added to the statistics. platform is NULL until the connection is counted: a
-- background task counts those of an earlier version.
ALTER TABLE sessions ADD COLUMN platform TEXT;
ALTER TABLE sessions ADD COLUMN traffic BIGINT;
ALTER TABLE sessions ADD COLUMN dwell BIGINT;
CREATE INDEX sessions_uncounted ON sessions (unique_id) WHERE platform IS NULL;
-- The different customers of a period.
CREATE INDEX sessions_people ON sessions (organization_id, begun, customer_id, location_id, host_id, platform, business_at)
	WHERE customer_id IS NOT NULL AND platform IS NOT NULL;

-- platform is that of the latest profile, connected the time of the first connection.
ALTER TABLE customers ADD COLUMN platform TEXT;
ALTER TABLE customers ADD COLUMN connected BIGINT;

-- The events of before. Those of deleted customers are counted where the history has them.
INSERT INTO statistics_changes (organization_id, slot, id, location_id, platform, signups, forms)
	SELECT organization_id, at - at % 900000000, 'signup ' || COALESCE(location_id, ''), COALESCE(location_id, ''), '',
		count(*), sum(CASE WHEN detail LIKE '%"portal"%' THEN 1 ELSE 0 END)
	FROM events WHERE type = 'signup' GROUP BY organization_id, at - at % 900000000, COALESCE(location_id, '');
INSERT INTO statistics_changes (organization_id, slot, id, location_id, platform, downloads, files)
	SELECT organization_id, slot, 'download ' || platform || ' ' || location_id, location_id, platform, sum(downloads), sum(files)
	FROM (SELECT d.organization_id, d.first - d.first % 900000000 AS slot, COALESCE(c.location_id, '') AS location_id,
		CASE WHEN d.platform IN ('ios', 'settings-ios') THEN 'ios' WHEN d.platform IN ('android', 'settings-android') THEN 'android'
			WHEN d.platform IN ('windows', 'macos') THEN d.platform ELSE 'other' END AS platform,
		d.count AS downloads,
		CASE WHEN c.signup_method = 'portal' AND row_number() OVER (PARTITION BY d.customer_id
			ORDER BY d.first, d.platform, d.source, d.credential, d.settings_id) = 1 THEN 1 ELSE 0 END AS files
		FROM downloads d JOIN customers c ON c.id = d.customer_id WHERE d.settings_id <> '') AS taken
	GROUP BY organization_id, slot, location_id, platform;
INSERT INTO statistics_changes (organization_id, slot, id, location_id, platform, installations)
	SELECT organization_id, slot, 'installation ' || platform || ' ' || location_id, location_id, platform, count(*)
	FROM (SELECT c.organization_id, i.recorded - i.recorded % 900000000 AS slot, COALESCE(c.location_id, '') AS location_id,
		CASE WHEN i.platform IN ('ios', 'settings-ios') THEN 'ios' WHEN i.platform IN ('android', 'settings-android') THEN 'android'
			WHEN i.platform IN ('windows', 'macos') THEN i.platform ELSE 'other' END AS platform
		FROM installations i JOIN customers c ON c.id = i.customer_id) AS installed
	WHERE organization_id <> '' GROUP BY organization_id, slot, location_id, platform;
INSERT INTO statistics_changes (organization_id, slot, id, location_id, platform, refusals)
	SELECT organization_id, hour, 'refusal ' || location_id, location_id, '', sum(count)
	FROM (SELECT f.organization_id, f.hour, f.count, COALESCE(h.location_id, '') AS location_id FROM login_failures f
		LEFT JOIN hotspots h ON h.id = f.hotspot_id AND h.organization_id = f.organization_id) AS refused
	WHERE organization_id <> '' GROUP BY organization_id, hour, location_id;
INSERT INTO statistics_changes (organization_id, slot, id, location_id, platform, first_connections, joined)
	SELECT organization_id, slot, 'first ' || location_id, location_id, '', count(*), sum(joined)
	FROM (SELECT c.organization_id, s.begun - s.begun % 900000000 AS slot,
		CASE WHEN s.host_id <> s.organization_id THEN '' ELSE COALESCE(s.location_id, '') END AS location_id,
		CASE WHEN c.signup_method = 'portal' THEN 1 ELSE 0 END AS joined,
		row_number() OVER (PARTITION BY s.customer_id ORDER BY s.begun, s.unique_id) AS n
		FROM sessions s JOIN customers c ON c.id = s.customer_id WHERE c.ppd IS NULL OR c.ppd) AS connected
	WHERE n = 1 AND organization_id <> '' GROUP BY organization_id, slot, location_id;
