package store

import (
	"context"
	"database/sql"

	"github.com/pressly/goose/v3"

	"onramp/onboarding"
)

// emailKeysMigration is the number of the migration that recomputes email_key where its form has
// changed. It needs Unicode and IDNA, which SQL does not have. A later migration in SQL must exist,
// because newest counts only those.
const emailKeysMigration = 100

func goMigrations() *goose.Migration {
	return goose.NewGoMigration(emailKeysMigration, &goose.GoFunc{RunTx: rekeyEmails}, nil)
}

// rekeyEmails recomputes the keys of addresses with characters beyond ASCII; all others are
// unchanged.
func rekeyEmails(ctx context.Context, tx *sql.Tx) error {
	rows, err := tx.QueryContext(ctx,
		"SELECT id, email, email_key FROM customers WHERE octet_length(email) <> length(email)")
	if err != nil {
		return err
	}
	defer rows.Close()
	changed := map[string]string{}
	for rows.Next() {
		var id, email string
		var key sql.NullString
		if err := rows.Scan(&id, &email, &key); err != nil {
			return err
		}
		if now := onboarding.EmailKey(email); now != key.String {
			changed[id] = now
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for id, key := range changed {
		if _, err := tx.ExecContext(ctx, "UPDATE customers SET email_key = $1 WHERE id = $2", key, id); err != nil {
			return err
		}
	}
	return nil
}
