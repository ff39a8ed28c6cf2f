package templates

import "embed"

// Backup contains the scripts that `onramp backup script` prints, for the backup and the restore of
// a PostgreSQL database by its own tools.
//
//go:embed backup
var Backup embed.FS
