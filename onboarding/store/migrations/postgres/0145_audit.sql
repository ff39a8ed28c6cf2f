-- The audit: rows that the transaction of an act appends, and their chain per organization.
-- +goose Up

CREATE TABLE audit_rows (
	id              TEXT COLLATE "C" NOT NULL CONSTRAINT audit_rows_id PRIMARY KEY,
	organization_id TEXT COLLATE "C" NOT NULL, -- empty: the deployment
	at              BIGINT NOT NULL,
	actor           TEXT COLLATE "C" NOT NULL,
	actor_id        TEXT COLLATE "C" NOT NULL,
	request_id      TEXT COLLATE "C" NOT NULL,
	action          TEXT COLLATE "C" NOT NULL,
	target          TEXT COLLATE "C" NOT NULL,
	target_id       TEXT COLLATE "C" NOT NULL, -- of a contact: a keyed hash
	fields          TEXT COLLATE "C" NOT NULL, -- names, separated by commas
	count           BIGINT NOT NULL,
	refused         TEXT COLLATE "C" NOT NULL,
	mac             TEXT COLLATE "C" NOT NULL, -- a keyed hash of the columns above
	sequence        BIGINT,                    -- NULL until the row is chained, like hash
	hash            TEXT COLLATE "C"
);
CREATE INDEX audit_rows_unchained ON audit_rows (id) WHERE sequence IS NULL;
CREATE UNIQUE INDEX audit_rows_chain ON audit_rows (organization_id, sequence) WHERE sequence IS NOT NULL;

-- The state of each chain. Rows up to base_sequence were pruned.
CREATE TABLE audit_heads (
	organization_id TEXT COLLATE "C" NOT NULL CONSTRAINT audit_heads_organization_id PRIMARY KEY,
	sequence        BIGINT NOT NULL,
	hash            TEXT COLLATE "C" NOT NULL,
	base_sequence   BIGINT NOT NULL,
	base_hash       TEXT COLLATE "C" NOT NULL,
	mac             TEXT COLLATE "C" NOT NULL
);

-- A row is chained once and never changed otherwise; only pruned rows are deleted.
-- +goose StatementBegin
CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'rows of the audit are append-only';
END
$$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION audit_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF OLD.sequence IS NULL OR NOT EXISTS (SELECT 1 FROM audit_heads h
		WHERE h.organization_id = OLD.organization_id AND OLD.sequence <= h.base_sequence) THEN
		RAISE EXCEPTION 'rows of the audit are append-only';
	END IF;
	RETURN OLD;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER audit_rows_unchanged BEFORE UPDATE ON audit_rows FOR EACH ROW
	WHEN (OLD.sequence IS NOT NULL OR NEW.sequence IS NULL OR NEW.hash IS NULL
		OR (OLD.id, OLD.organization_id, OLD.at, OLD.actor, OLD.actor_id, OLD.request_id, OLD.action, OLD.target,
			OLD.target_id, OLD.fields, OLD.count, OLD.refused, OLD.mac)
		IS DISTINCT FROM (NEW.id, NEW.organization_id, NEW.at, NEW.actor, NEW.actor_id, NEW.request_id, NEW.action,
			NEW.target, NEW.target_id, NEW.fields, NEW.count, NEW.refused, NEW.mac))
	EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_rows_kept BEFORE DELETE ON audit_rows FOR EACH ROW EXECUTE FUNCTION audit_keep();
