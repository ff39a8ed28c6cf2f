-- The rows of other systems that were imported, so that an import can be repeated. Keys and contents
-- are keyed hashes.
-- +goose Up

CREATE TABLE imported_rows (
	organization_id TEXT COLLATE "C" NOT NULL,
	source          TEXT COLLATE "C" NOT NULL, -- the kind of the other system
	row_key         TEXT COLLATE "C" NOT NULL, -- of the identifier of the row in its source
	customer_id     TEXT COLLATE "C" REFERENCES customers (id) ON DELETE SET NULL, -- NULL: deleted since
	content         TEXT COLLATE "C" NOT NULL, -- of the values of the row
	CONSTRAINT imported_rows_organization_id_source_row_key PRIMARY KEY (organization_id, source, row_key)
);
CREATE INDEX imported_rows_of_customer ON imported_rows (customer_id) WHERE customer_id IS NOT NULL;
