-- Data derived from visits and declarations: metrics, segments, and the history in local time.
-- +goose Up

-- The local time of an event at its location, in microseconds since 1970 as if it were UTC, for
-- sorting.
ALTER TABLE events ADD COLUMN business_at BIGINT NOT NULL DEFAULT 0;
UPDATE events SET business_at = at;
CREATE INDEX events_by_business_time ON events (organization_id, business_at, id);

ALTER TABLE visits ADD COLUMN business_at BIGINT NOT NULL DEFAULT 0;
UPDATE visits SET business_at = begun;
CREATE INDEX visits_by_business_time ON visits (organization_id, business_at, id);
CREATE INDEX visits_by_begin ON visits (customer_id, begun, id);

-- The onboarding.Tally of a customer who agrees to profiling. Sorted values have columns; all
-- others are in the JSON document.
CREATE TABLE customer_metrics (
	customer_id       TEXT COLLATE "C" NOT NULL CONSTRAINT customer_metrics_customer_id PRIMARY KEY REFERENCES customers (id) ON DELETE CASCADE,
	organization_id   TEXT COLLATE "C" NOT NULL,
	total_visits      BIGINT           NOT NULL,
	visited_locations BIGINT           NOT NULL,
	document          TEXT COLLATE "C" NOT NULL
);
CREATE INDEX customer_metrics_by_total_visits ON customer_metrics (organization_id, total_visits, customer_id);
CREATE INDEX customer_metrics_by_visited_locations ON customer_metrics (organization_id, visited_locations, customer_id);

CREATE TABLE segment_members (
	organization_id TEXT COLLATE "C" NOT NULL,
	segment_id      TEXT COLLATE "C" NOT NULL,
	customer_id     TEXT COLLATE "C" NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
	CONSTRAINT segment_members_organization_id_segment_id_customer_id PRIMARY KEY (organization_id, segment_id, customer_id)
);
CREATE INDEX segment_members_of_customer ON segment_members (customer_id, segment_id);

-- The time at which a customer may enter or leave a segment without any change.
CREATE TABLE segment_checks (
	customer_id     TEXT COLLATE "C" NOT NULL CONSTRAINT segment_checks_customer_id PRIMARY KEY REFERENCES customers (id) ON DELETE CASCADE,
	organization_id TEXT COLLATE "C" NOT NULL,
	due             BIGINT           NOT NULL
);
CREATE INDEX segment_checks_by_due ON segment_checks (organization_id, due, customer_id);

-- The progress of recomputing an organization's segments after its declarations changed.
CREATE TABLE segment_sweeps (
	organization_id TEXT COLLATE "C" NOT NULL CONSTRAINT segment_sweeps_organization_id PRIMARY KEY,
	declared        TEXT COLLATE "C" NOT NULL,
	position        TEXT COLLATE "C" NOT NULL,
	done            BOOLEAN          NOT NULL,
	holder          TEXT COLLATE "C" NOT NULL,
	held            BIGINT           NOT NULL
);

CREATE INDEX customers_of_organization ON customers (organization_id, id);
