-- Columns shown with contacts and their history: the sign-up at a kiosk, and connections as events.
-- +goose Up

-- Codes that ISO 3166-1 and ISO 639-1 have replaced or never contained.
UPDATE customers SET country = 'GB' WHERE country = 'UK';
UPDATE customers SET language = CASE language WHEN 'in' THEN 'id' WHEN 'iw' THEN 'he' WHEN 'ji' THEN 'yi' WHEN 'jw' THEN 'jv'
	WHEN 'mo' THEN 'ro' ELSE 'sr' END
	WHERE language IN ('in', 'iw', 'ji', 'jw', 'mo', 'sh');

-- kiosk: an operator registered the customer and downloaded the profile, as a kiosk does.
-- Previously only the history contained it.
ALTER TABLE customers ADD COLUMN kiosk BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE customers SET kiosk = TRUE WHERE signup_method = 'api' AND (ppd IS NULL OR ppd) AND EXISTS (SELECT 1 FROM events e
	WHERE e.customer_id = customers.id AND e.type = 'credential' AND e.detail LIKE '%"profile fetched by an operator"%');

-- A connection is also an event, in UTC and in local time. profiled: its customer had agreed to
-- profiling when it was first reported. For existing rows that follows from the visit of the
-- connection.
ALTER TABLE sessions
	ADD COLUMN business_at BIGINT NOT NULL DEFAULT 0,
	ADD COLUMN profiled BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE sessions SET business_at = begun;
UPDATE sessions SET profiled = TRUE WHERE customer_id IS NOT NULL AND EXISTS (SELECT 1 FROM visits v
	WHERE v.customer_id = sessions.customer_id AND v.location_id = sessions.location_id
	AND v.begun <= sessions.begun AND v.until >= sessions.begun);
CREATE INDEX sessions_of_organization ON sessions (organization_id, begun, unique_id) WHERE profiled;
CREATE INDEX sessions_by_business_time ON sessions (organization_id, business_at, unique_id) WHERE profiled;
