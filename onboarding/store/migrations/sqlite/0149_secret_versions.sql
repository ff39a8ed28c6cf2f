-- Times of the deployment's secrets, which can have several versions. Secrets of before are at most
-- as old as the database; the version before inserts NULL.
-- +goose Up

ALTER TABLE secrets ADD COLUMN created BIGINT;
ALTER TABLE secrets ADD COLUMN begins BIGINT; -- first use of a later version
UPDATE secrets SET created = (SELECT CAST(strftime('%s', min(tstamp)) AS INTEGER) * 1000000 FROM goose_db_version);
