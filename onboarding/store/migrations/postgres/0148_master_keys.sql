-- The master keys and the running servers that hold them. The keys themselves are not in the
-- database.
-- +goose Up

CREATE TABLE master_keys (
	id      TEXT COLLATE "C" NOT NULL CONSTRAINT master_keys_id PRIMARY KEY,
	since   BIGINT NOT NULL, -- when it began to seal
	cleared BIGINT,          -- when nothing was sealed under it any more
	retired BIGINT           -- since when nothing may be sealed under it
);
-- The first key is about as old as the first client key.
INSERT INTO master_keys (id, since)
	SELECT value, COALESCE((SELECT min(created) FROM service_keys), (extract(epoch FROM now()) * 1000000)::BIGINT)
	FROM settings WHERE name = 'master-key-id';

CREATE TABLE replicas (
	id    TEXT COLLATE "C" NOT NULL CONSTRAINT replicas_id PRIMARY KEY,
	name  TEXT COLLATE "C" NOT NULL,
	seals TEXT COLLATE "C" NOT NULL, -- the key that seals
	holds TEXT COLLATE "C" NOT NULL, -- the keys in its file, separated by spaces
	beat  BIGINT NOT NULL,           -- rises as long as the server runs
	seen  BIGINT NOT NULL
);

-- Every table with sealed values refuses those under a retired key (see package rekey). A writer
-- holds a shared lock of the key until it commits, so that the transaction that retires the key
-- waits for it. The store knows the error code.
-- +goose StatementBegin
CREATE FUNCTION sealed_refuse_retired(key_id TEXT) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_advisory_xact_lock_shared(1297041491, hashtext(key_id));
	IF EXISTS (SELECT 1 FROM master_keys k WHERE k.id = key_id AND k.retired IS NOT NULL) THEN
		RAISE EXCEPTION 'sealed under a retired master key' USING ERRCODE = 'KR001';
	END IF;
END
$$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION sealed_key_id() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM sealed_refuse_retired(NEW.key_id);
	RETURN NEW;
END
$$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION sealed_secret_key_id() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM sealed_refuse_retired(NEW.secret_key_id);
	RETURN NEW;
END
$$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION sealed_document_key_id() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM sealed_refuse_retired(NEW.document_key_id);
	RETURN NEW;
END
$$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION sealed_retire() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_advisory_xact_lock(1297041491, hashtext(NEW.id));
	RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER master_keys_retire BEFORE INSERT OR UPDATE OF retired ON master_keys FOR EACH ROW
	WHEN (NEW.retired IS NOT NULL) EXECUTE FUNCTION sealed_retire();
CREATE TRIGGER secrets_sealed BEFORE INSERT OR UPDATE OF key_id ON secrets FOR EACH ROW
	EXECUTE FUNCTION sealed_key_id();
CREATE TRIGGER credentials_sealed BEFORE INSERT OR UPDATE OF key_id ON credentials FOR EACH ROW
	EXECUTE FUNCTION sealed_key_id();
CREATE TRIGGER idempotency_sealed BEFORE INSERT OR UPDATE OF key_id ON idempotency FOR EACH ROW
	EXECUTE FUNCTION sealed_key_id();
CREATE TRIGGER hotspots_sealed BEFORE INSERT OR UPDATE OF secret_key_id ON hotspots FOR EACH ROW
	WHEN (NEW.secret_key_id IS NOT NULL) EXECUTE FUNCTION sealed_secret_key_id();
CREATE TRIGGER customers_sealed BEFORE INSERT OR UPDATE OF document_key_id ON customers FOR EACH ROW
	WHEN (NEW.document_key_id IS NOT NULL) EXECUTE FUNCTION sealed_document_key_id();

-- A change of the key reads the customers with a document.
CREATE INDEX customers_with_document ON customers (id) WHERE document_key_id IS NOT NULL;
