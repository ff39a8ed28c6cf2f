-- Indexes by which records are deleted with age. Records of no known organization have the empty
-- text.
-- +goose Up

-- The begin of a connection seldom changes, unlike the time at which it was last seen.
CREATE INDEX sessions_of_organization_by_begin ON sessions (COALESCE(organization_id, ''), begun, unique_id)
	WHERE customer_id IS NOT NULL OR anonymous;
CREATE INDEX sessions_unattributed_of ON sessions (COALESCE(organization_id, ''), seen, unique_id)
	WHERE customer_id IS NULL AND NOT anonymous;
DROP INDEX sessions_unattributed;
CREATE INDEX disconnects_finished ON disconnects (COALESCE(organization_id, ''), finished, id) WHERE finished IS NOT NULL;
CREATE INDEX restarts_by_time ON restarts (at, access_point);
CREATE INDEX profile_settings_of_organization ON profile_settings (organization_id, first, id);
CREATE INDEX downloads_of_settings ON downloads (settings_id);
