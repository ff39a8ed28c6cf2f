-- The short addresses of sign-up pages.
-- +goose Up

CREATE TABLE slugs (
	slug            TEXT COLLATE "C" NOT NULL CONSTRAINT slugs_slug PRIMARY KEY, -- lower case
	organization_id TEXT COLLATE "C" NOT NULL
);
CREATE INDEX slugs_of_organization ON slugs (organization_id);
