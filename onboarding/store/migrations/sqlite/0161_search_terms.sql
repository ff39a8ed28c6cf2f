-- The terms under which a search finds a customer (see package terms), and the location of a client
-- key.
-- +goose Up

CREATE TABLE customer_terms (
	organization_id TEXT NOT NULL,
	term            TEXT NOT NULL,
	customer_id     TEXT NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
	PRIMARY KEY (organization_id, term, customer_id)
) WITHOUT ROWID;
CREATE INDEX customer_terms_of_customer ON customer_terms (customer_id, organization_id, term);
CREATE INDEX stations_by_mac ON stations (mac, customer_id);

-- The value of modified when the terms of the customer were written. It is missing in rows of
-- before, and differs after a change by the version before; a task of serve writes their terms.
ALTER TABLE customers ADD COLUMN terms_of BIGINT;
CREATE INDEX customers_stale_terms ON customers (id) WHERE terms_of IS DISTINCT FROM modified;
INSERT INTO settings (name, value)
	SELECT 'search-terms', 'complete' WHERE NOT EXISTS (SELECT 1 FROM organizations);

-- A key of the role locationManager has one.
ALTER TABLE service_keys ADD COLUMN location_id TEXT;
