-- The phones reported by apps, and the reported installations of profiles.
-- +goose Up

CREATE TABLE app_devices (
	customer_id  TEXT COLLATE "C" NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
	install_id   TEXT COLLATE "C" NOT NULL,
	bundle       TEXT COLLATE "C",
	vendor_id    TEXT COLLATE "C",
	adv_id       TEXT COLLATE "C",
	os           TEXT COLLATE "C",
	os_version   TEXT COLLATE "C",
	device       TEXT COLLATE "C",
	push_token   TEXT COLLATE "C",
	created      BIGINT,
	last_seen    BIGINT,
	passpoint_on BOOLEAN,
	wpa2_on      BOOLEAN,
	registered   BIGINT           NOT NULL,
	CONSTRAINT app_devices_customer_id_install_id PRIMARY KEY (customer_id, install_id)
);

CREATE TABLE installations (
	customer_id  TEXT COLLATE "C" NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
	platform     TEXT COLLATE "C" NOT NULL,
	type         TEXT COLLATE "C" NOT NULL,
	installed_by TEXT COLLATE "C" NOT NULL,
	installed    BIGINT           NOT NULL,
	id           TEXT COLLATE "C" NOT NULL,
	removed      BIGINT,
	recorded     BIGINT           NOT NULL,
	attributes   TEXT COLLATE "C" NOT NULL,
	CONSTRAINT installations_customer_id_platform_type_installed_by_installed PRIMARY KEY (customer_id, platform, type, installed_by, installed)
);
