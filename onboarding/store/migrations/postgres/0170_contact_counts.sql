-- The numbers of contacts with the same traits, by which searches are counted. Writers of customers
-- wait while the migration counts them and builds an index: some seconds for a million.
-- +goose Up

LOCK TABLE customers IN SHARE ROW EXCLUSIVE MODE;

-- The columns of few values in one number; store/traits.go has the same layout.
CREATE FUNCTION customer_traits(email TEXT, email_verified BOOLEAN, phone TEXT, phone_verified BOOLEAN, locked BOOLEAN,
	mktg_communications BOOLEAN, age_verification BOOLEAN, signup_method TEXT, gender TEXT)
RETURNS BIGINT LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT CAST(
	(email IS NOT NULL)::int + 2 * email_verified::int + 4 * (phone IS NOT NULL)::int + 8 * phone_verified::int
	+ 16 * locked::int
	+ 32 * (CASE WHEN mktg_communications IS NULL THEN 0 WHEN mktg_communications THEN 2 ELSE 1 END)
	+ 128 * (CASE WHEN age_verification IS NULL THEN 0 WHEN age_verification THEN 2 ELSE 1 END)
	+ 512 * (CASE signup_method WHEN 'api' THEN 0 WHEN 'app' THEN 1 WHEN 'portal' THEN 2 ELSE 3 END)
	+ 2048 * (CASE WHEN gender IS NULL THEN 0 WHEN gender = 'female' THEN 1 WHEN gender = 'male' THEN 2 ELSE 3 END)
	AS BIGINT) $$;
CREATE INDEX customers_by_traits ON customers (organization_id, customer_traits(email_key, email_verified, phone,
	phone_verified, locked, mktg_communications, age_verification, signup_method, gender), location_id, id);

-- The number of contacts by location and traits; the empty text is no location. part is 0 in sums.
-- Each change adds a row with a part of its own, so that concurrent transactions do not wait for
-- each other; a background task adds them to the sums.
CREATE SEQUENCE customer_counts_part;
CREATE TABLE customer_counts (
	organization_id TEXT COLLATE "C" NOT NULL,
	location_id     TEXT COLLATE "C" NOT NULL,
	traits          BIGINT NOT NULL,
	part            BIGINT NOT NULL,
	count           BIGINT NOT NULL,
	CONSTRAINT customer_counts_key PRIMARY KEY (organization_id, location_id, traits, part)
);
CREATE INDEX customer_counts_changes ON customer_counts (part) WHERE part > 0;
INSERT INTO customer_counts (organization_id, location_id, traits, part, count)
	SELECT organization_id, COALESCE(location_id, ''), customer_traits(email_key, email_verified, phone, phone_verified,
		locked, mktg_communications, age_verification, signup_method, gender) AS traits, 0, count(*)
	FROM customers GROUP BY 1, 2, 3;

-- Triggers also count the writes of the version before.
-- +goose StatementBegin
CREATE FUNCTION count_customer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP <> 'INSERT' THEN
		INSERT INTO customer_counts (organization_id, location_id, traits, part, count)
			VALUES (OLD.organization_id, COALESCE(OLD.location_id, ''), customer_traits(OLD.email_key, OLD.email_verified,
				OLD.phone, OLD.phone_verified, OLD.locked, OLD.mktg_communications, OLD.age_verification, OLD.signup_method,
				OLD.gender), nextval('customer_counts_part'), -1);
	END IF;
	IF TG_OP <> 'DELETE' THEN
		INSERT INTO customer_counts (organization_id, location_id, traits, part, count)
			VALUES (NEW.organization_id, COALESCE(NEW.location_id, ''), customer_traits(NEW.email_key, NEW.email_verified,
				NEW.phone, NEW.phone_verified, NEW.locked, NEW.mktg_communications, NEW.age_verification, NEW.signup_method,
				NEW.gender), nextval('customer_counts_part'), 1);
	END IF;
	RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER customers_count_inserted AFTER INSERT OR DELETE ON customers
	FOR EACH ROW EXECUTE FUNCTION count_customer();
CREATE TRIGGER customers_count_updated AFTER UPDATE ON customers FOR EACH ROW
	WHEN (OLD.organization_id <> NEW.organization_id OR OLD.location_id IS DISTINCT FROM NEW.location_id
		OR customer_traits(OLD.email_key, OLD.email_verified, OLD.phone, OLD.phone_verified, OLD.locked,
			OLD.mktg_communications, OLD.age_verification, OLD.signup_method, OLD.gender)
		<> customer_traits(NEW.email_key, NEW.email_verified, NEW.phone, NEW.phone_verified, NEW.locked,
			NEW.mktg_communications, NEW.age_verification, NEW.signup_method, NEW.gender))
	EXECUTE FUNCTION count_customer();
