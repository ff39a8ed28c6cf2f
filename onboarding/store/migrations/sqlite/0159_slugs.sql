-- The short addresses of sign-up pages.
-- +goose Up

CREATE TABLE slugs (
	slug            TEXT NOT NULL PRIMARY KEY, -- lower case
	organization_id TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX slugs_of_organization ON slugs (organization_id);
