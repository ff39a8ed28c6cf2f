-- Client keys: label, expiry, last use, the secret that a rotation replaced, and the end of tokens.
-- +goose Up

ALTER TABLE service_keys ADD COLUMN label TEXT;
ALTER TABLE service_keys ADD COLUMN expires BIGINT;
ALTER TABLE service_keys ADD COLUMN last_used BIGINT;
ALTER TABLE service_keys ADD COLUMN secret_created BIGINT;
ALTER TABLE service_keys ADD COLUMN old_secret_hash TEXT;
ALTER TABLE service_keys ADD COLUMN old_secret_created BIGINT;
ALTER TABLE service_keys ADD COLUMN old_secret_ends BIGINT;
ALTER TABLE service_keys ADD COLUMN tokens_ended BIGINT;
