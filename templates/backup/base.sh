#!/usr/bin/env bash
# Makes a base backup of a PostgreSQL cluster, verifies it, and deletes what is older than the
# oldest base backup that stays. Printed by `onramp backup script base`; the guide is /docs/backup.
#
#   PGHOST=... PGUSER=... KEEP=2 bash base.sh FOLDER ARCHIVE
#
# FOLDER holds the base backups and ARCHIVE the write-ahead log, which the server archives by:
#
#   wal_level = replica
#   archive_mode = on
#   archive_command = 'test ! -f ARCHIVE/%f && cp %p ARCHIVE/.%f && sync ARCHIVE/.%f && mv ARCHIVE/.%f ARCHIVE/%f'
#   archive_timeout = 60
#
# The write-ahead log holds what was deleted. Deleting the old log is the remedy: run this daily
# with KEEP=30, for example, if you promise that deleted people leave all copies within 30 days.
# Encrypt the file systems of FOLDER and ARCHIVE. PGUSER needs the attribute REPLICATION.
set -euo pipefail
umask 077
folder=${1:?the folder for the base backups is missing}
archive=${2:?the folder of the archived log is missing}
keep=${KEEP:-2}
[[ $keep =~ ^[1-9][0-9]*$ ]] || { echo "KEEP is not a number above 0: $keep" >&2; exit 2; }
# Debian keeps some of PostgreSQL's programs outside of PATH.
for bin in /usr/lib/postgresql/*/bin; do PATH=$PATH:$bin; done

name=base-$(date -u +%Y%m%dT%H%M%SZ)
rm -rf "$folder"/.new-base-*
trap 'rm -rf "$folder/.new-$name"' EXIT
pg_basebackup --no-password --pgdata="$folder/.new-$name" --checkpoint=fast --wal-method=stream
pg_verifybackup --quiet "$folder/.new-$name"
sync
mv -T "$folder/.new-$name" "$folder/$name"
psql -Xq -v ON_ERROR_STOP=1 -d "${PGDATABASE:-onramp}" -c "INSERT INTO settings (name, value)
	VALUES ('backup-run', (extract(epoch FROM now()) * 1000000)::bigint::text)
	ON CONFLICT (name) DO UPDATE SET value = excluded.value"
echo "$folder/$name: verified"

find "$folder" -maxdepth 1 -type d -regextype posix-extended -regex '.*/base-[0-9]{8}T[0-9]{6}Z' | sort |
	head -n "-$keep" | while read -r old; do rm -r -- "$old" && echo "deleted: $old"; done
oldest=$(find "$folder" -maxdepth 1 -type d -name 'base-*Z' | sort | head -n 1)
first=$(sed -n 's/^START WAL LOCATION: .* (file \([0-9A-F]*\))$/\1/p' "$oldest/backup_label")
pg_archivecleanup "$archive" "${first:?$oldest/backup_label names no file}"
