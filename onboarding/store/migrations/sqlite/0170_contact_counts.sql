-- The numbers of contacts with the same traits, by which searches are counted.
-- +goose Up

-- The columns of few values in one number, for the triggers; store/traits.go has the same layout.
ALTER TABLE customers ADD COLUMN traits INTEGER GENERATED ALWAYS AS (
	((email_key IS NOT NULL) + 2 * email_verified + 4 * (phone IS NOT NULL) + 8 * phone_verified
	+ 16 * locked + 32 * (CASE WHEN mktg_communications IS NULL THEN 0 WHEN mktg_communications THEN 2 ELSE 1 END)
	+ 128 * (CASE WHEN age_verification IS NULL THEN 0 WHEN age_verification THEN 2 ELSE 1 END)
	+ 512 * (CASE signup_method WHEN 'api' THEN 0 WHEN 'app' THEN 1 WHEN 'portal' THEN 2 ELSE 3 END)
	+ 2048 * (CASE WHEN gender IS NULL THEN 0 WHEN gender = 'female' THEN 1 WHEN gender = 'male' THEN 2 ELSE 3 END))
) VIRTUAL;

-- These indexes hold all that filters ask for, so that contacts are counted and skipped without
-- their rows. They hold the expression, because SQLite reads the row for a generated column.
CREATE INDEX customers_by_traits ON customers (organization_id,
	((email_key IS NOT NULL) + 2 * email_verified + 4 * (phone IS NOT NULL) + 8 * phone_verified
	+ 16 * locked + 32 * (CASE WHEN mktg_communications IS NULL THEN 0 WHEN mktg_communications THEN 2 ELSE 1 END)
	+ 128 * (CASE WHEN age_verification IS NULL THEN 0 WHEN age_verification THEN 2 ELSE 1 END)
	+ 512 * (CASE signup_method WHEN 'api' THEN 0 WHEN 'app' THEN 1 WHEN 'portal' THEN 2 ELSE 3 END)
	+ 2048 * (CASE WHEN gender IS NULL THEN 0 WHEN gender = 'female' THEN 1 WHEN gender = 'male' THEN 2 ELSE 3 END)),
	location_id, id, created, modified, custom_opt_ins);
DROP INDEX customers_by_created;
CREATE INDEX customers_by_created ON customers (organization_id, created, id,
	((email_key IS NOT NULL) + 2 * email_verified + 4 * (phone IS NOT NULL) + 8 * phone_verified
	+ 16 * locked + 32 * (CASE WHEN mktg_communications IS NULL THEN 0 WHEN mktg_communications THEN 2 ELSE 1 END)
	+ 128 * (CASE WHEN age_verification IS NULL THEN 0 WHEN age_verification THEN 2 ELSE 1 END)
	+ 512 * (CASE signup_method WHEN 'api' THEN 0 WHEN 'app' THEN 1 WHEN 'portal' THEN 2 ELSE 3 END)
	+ 2048 * (CASE WHEN gender IS NULL THEN 0 WHEN gender = 'female' THEN 1 WHEN gender = 'male' THEN 2 ELSE 3 END)),
	location_id, modified, custom_opt_ins);
DROP INDEX customers_by_modified;
CREATE INDEX customers_by_modified ON customers (organization_id, modified, id,
	((email_key IS NOT NULL) + 2 * email_verified + 4 * (phone IS NOT NULL) + 8 * phone_verified
	+ 16 * locked + 32 * (CASE WHEN mktg_communications IS NULL THEN 0 WHEN mktg_communications THEN 2 ELSE 1 END)
	+ 128 * (CASE WHEN age_verification IS NULL THEN 0 WHEN age_verification THEN 2 ELSE 1 END)
	+ 512 * (CASE signup_method WHEN 'api' THEN 0 WHEN 'app' THEN 1 WHEN 'portal' THEN 2 ELSE 3 END)
	+ 2048 * (CASE WHEN gender IS NULL THEN 0 WHEN gender = 'female' THEN 1 WHEN gender = 'male' THEN 2 ELSE 3 END)),
	location_id, created, custom_opt_ins);

-- The number of contacts by location and traits; the empty text is no location. part is 0 in sums.
-- On PostgreSQL each change adds a row with a part of its own, so that concurrent transactions do
-- not wait for each other; a background task adds them to the sums.
CREATE TABLE customer_counts (
	organization_id TEXT   NOT NULL,
	location_id     TEXT   NOT NULL,
	traits          BIGINT NOT NULL,
	part            BIGINT NOT NULL,
	count           BIGINT NOT NULL,
	PRIMARY KEY (organization_id, location_id, traits, part)
) WITHOUT ROWID;
CREATE INDEX customer_counts_changes ON customer_counts (part) WHERE part > 0;
INSERT INTO customer_counts (organization_id, location_id, traits, part, count)
	SELECT organization_id, COALESCE(location_id, ''), traits, 0, count(*) FROM customers
	GROUP BY organization_id, COALESCE(location_id, ''), traits;

-- Triggers also count the writes of the version before.
-- +goose StatementBegin
CREATE TRIGGER customers_count_inserted AFTER INSERT ON customers BEGIN
	INSERT INTO customer_counts (organization_id, location_id, traits, part, count)
		VALUES (NEW.organization_id, COALESCE(NEW.location_id, ''), NEW.traits, 0, 1)
		ON CONFLICT (organization_id, location_id, traits, part) DO UPDATE SET count = count + 1;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER customers_count_deleted AFTER DELETE ON customers BEGIN
	UPDATE customer_counts SET count = count - 1 WHERE organization_id = OLD.organization_id
		AND location_id = COALESCE(OLD.location_id, '') AND traits = OLD.traits AND part = 0;
	DELETE FROM customer_counts WHERE organization_id = OLD.organization_id
		AND location_id = COALESCE(OLD.location_id, '') AND traits = OLD.traits AND part = 0 AND count = 0;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER customers_count_updated AFTER UPDATE ON customers
WHEN OLD.organization_id <> NEW.organization_id OR OLD.location_id IS NOT NEW.location_id OR OLD.traits <> NEW.traits
BEGIN
	UPDATE customer_counts SET count = count - 1 WHERE organization_id = OLD.organization_id
		AND location_id = COALESCE(OLD.location_id, '') AND traits = OLD.traits AND part = 0;
	DELETE FROM customer_counts WHERE organization_id = OLD.organization_id
		AND location_id = COALESCE(OLD.location_id, '') AND traits = OLD.traits AND part = 0 AND count = 0;
	INSERT INTO customer_counts (organization_id, location_id, traits, part, count)
		VALUES (NEW.organization_id, COALESCE(NEW.location_id, ''), NEW.traits, 0, 1)
		ON CONFLICT (organization_id, location_id, traits, part) DO UPDATE SET count = count + 1;
END;
-- +goose StatementEnd
