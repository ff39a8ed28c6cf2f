// Package backup writes copies of a SQLite deployment into one file each, verifies them, and
// restores them into a data folder. PostgreSQL has its own tools:
// `onramp backup script` prints scripts that use them.
//
// A backup is a tar archive of three members, in this order: manifest.json, onramp.db and
// sealed.json, which holds the AAA secret and the development PKI sealed under the master key.
// With recipients the archive is encrypted in the format of age (age-encryption.org/v1), so that
// the standard tools decrypt it.
//
// # Decisions
//
// Neither the master key nor the log of deletions is in a backup. Reason: a stolen backup must not
// open its own secrets, and the log must be newer than the backup.
//
// A backup is verified before its file appears. The file is encrypted to one more recipient, whose
// key exists in memory only, so that the drill decrypts what was written and not what should have
// been written.
//
// A restore works in DATA/restoring and gives the database its name last. Until then commands
// refuse the folder, and a repeated restore begins anew.
//
// A series of backups has {time} in its name. Reason: --keep deletes files, and a name that this
// package has made is the only safe sign that a file belongs to the series.
//
// The archive is not compressed. Reason: sealed values do not shrink, and an operator can compress
// an unencrypted archive; decompression would add a way to make a hostile archive large.
package backup
