-- Notices that a credential ends, and links that lead to the profile alone.
-- +goose Up

ALTER TABLE credentials ADD COLUMN notice TEXT COLLATE "C"; -- a hash of the link in the last notice
ALTER TABLE credentials ADD COLUMN notice_end BIGINT; -- the end that it announced
CREATE INDEX credentials_by_notice ON credentials (notice) WHERE notice IS NOT NULL;
CREATE INDEX credentials_by_end ON credentials (organization_id, expires, customer_id);

ALTER TABLE activations ADD COLUMN profile_only BOOLEAN NOT NULL DEFAULT FALSE;
