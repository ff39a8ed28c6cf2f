-- The phones reported by apps, and the reported installations of profiles.
-- +goose Up

CREATE TABLE app_devices (
	customer_id  TEXT   NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
	install_id   TEXT   NOT NULL,
	bundle       TEXT,
	vendor_id    TEXT,
	adv_id       TEXT,
	os           TEXT,
	os_version   TEXT,
	device       TEXT,
	push_token   TEXT,
	created      BIGINT,
	last_seen    BIGINT,
	passpoint_on BOOLEAN,
	wpa2_on      BOOLEAN,
	registered   BIGINT NOT NULL,
	PRIMARY KEY (customer_id, install_id)
) WITHOUT ROWID;

CREATE TABLE installations (
	customer_id  TEXT   NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
	platform     TEXT   NOT NULL,
	type         TEXT   NOT NULL,
	installed_by TEXT   NOT NULL,
	installed    BIGINT NOT NULL,
	id           TEXT   NOT NULL,
	removed      BIGINT,
	recorded     BIGINT NOT NULL,
	attributes   TEXT   NOT NULL,
	PRIMARY KEY (customer_id, platform, type, installed_by, installed)
) WITHOUT ROWID;
