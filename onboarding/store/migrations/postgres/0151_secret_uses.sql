-- The last use of a version of a secret that other programs send, while another one also works. The
-- version before of Onramp leaves both NULL.
-- +goose Up

ALTER TABLE secrets ADD COLUMN used BIGINT;
ALTER TABLE secrets ADD COLUMN used_by TEXT COLLATE "C"; -- the sender
