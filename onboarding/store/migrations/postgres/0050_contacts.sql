-- Columns and indexes by which operators search and sort contacts.
-- +goose Up

-- The customer's latest consents to optional policies, copied from the ledger for searches and
-- updated with it. NULL is unknown. custom_opt_ins holds the tenant's own policies as
-- ";name=1;other=0;".
ALTER TABLE customers
	ADD COLUMN mktg_communications BOOLEAN,
	ADD COLUMN age_verification    BOOLEAN,
	ADD COLUMN custom_opt_ins      TEXT COLLATE "C";

UPDATE customers SET
	mktg_communications = (SELECT accepted FROM current_consents c WHERE c.customer_id = customers.id AND c.policy = 'mktgCommunications'),
	age_verification = (SELECT accepted FROM current_consents c WHERE c.customer_id = customers.id AND c.policy = 'ageVerification'),
	custom_opt_ins = (SELECT ';' || string_agg(substr(policy, 9) || '=' || accepted::int, ';' ORDER BY policy) || ';'
		FROM current_consents c WHERE c.customer_id = customers.id AND c.policy LIKE 'customs.%');

-- A scroll continues from a key and an ID, so its index has both, and includes rows without a
-- value, which are last. Keys with many values have such an index. For a key of few values, as a
-- boolean, a scroll reads one value after the other by customers_of_organization.
CREATE INDEX customers_by_created ON customers (organization_id, created, id);
CREATE INDEX customers_by_modified ON customers (organization_id, modified, id);
CREATE INDEX customers_by_username ON customers (organization_id, username, id);
CREATE INDEX customers_by_last_name ON customers (organization_id, last_name, id);
DROP INDEX customers_by_email;
CREATE INDEX customers_by_email ON customers (organization_id, email_key, id);
DROP INDEX customers_by_phone;
CREATE INDEX customers_by_phone ON customers (organization_id, phone, id);
DROP INDEX customers_of_location;
CREATE INDEX customers_of_location ON customers (organization_id, location_id, id);
