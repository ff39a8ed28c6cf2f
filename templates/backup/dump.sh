#!/usr/bin/env bash
# Dumps Onramp's PostgreSQL database into one file, and restores it into a temporary database to
# verify it. Printed by `onramp backup script dump`; the guide is /docs/backup.
#
#   PGHOST=... PGUSER=... PGDATABASE=onramp RECIPIENT=age1... KEEP=14 bash dump.sh FOLDER
#
# The connection comes from libpq's variables and ~/.pgpass. RECIPIENT encrypts the file with age.
# KEEP is the number of dumps in FOLDER that stay. PGUSER must be allowed to create databases.
set -euo pipefail
umask 077
folder=${1:?the folder for the dumps is missing}
: "${PGDATABASE:?set PGDATABASE to the name of the database}"
keep=${KEEP:-0}
[[ $keep =~ ^[0-9]+$ ]] || { echo "KEEP is not a number: $keep" >&2; exit 2; }

name=onramp-$(date -u +%Y%m%dT%H%M%SZ).dump
draft=$folder/.new-$name
[ -z "${RECIPIENT:-}" ] || name=$name.age
work=$(mktemp -d)
drill=onramp_drill_$$
finish() {
	dropdb --if-exists --no-password "$drill" 2>/dev/null || true
	rm -rf "$work" "$draft"
}
trap finish EXIT
rm -f "$folder"/.new-onramp-*.dump

# Every change that was committed before is in the dump.
began=$(psql -XAtqc "SELECT (extract(epoch FROM now()) * 1000000)::bigint")
pg_dump --no-password --format=custom --no-owner --file="$work/dump"

createdb --no-password --template=template0 "$drill"
pg_restore --no-password --exit-on-error --no-owner --dbname="$drill" "$work/dump"
read -r schema customers < <(psql -XAtq -F ' ' -d "$drill" -c \
	"SELECT (SELECT max(version_id) FROM goose_db_version WHERE is_applied), (SELECT count(*) FROM customers)")

if [ -n "${RECIPIENT:-}" ]; then
	age --recipient "$RECIPIENT" --output "$draft" "$work/dump"
else
	echo "warning: $folder/$name is not encrypted, and it holds personal data: set RECIPIENT" >&2
	cp "$work/dump" "$draft"
fi
sync "$draft"
[ ! -e "$folder/$name" ] || { echo "$folder/$name exists" >&2; exit 1; }
mv "$draft" "$folder/$name"
sync "$folder"
psql -Xq -v ON_ERROR_STOP=1 -c "INSERT INTO settings (name, value) VALUES ('backup-run', '$began')
	ON CONFLICT (name) DO UPDATE SET value = excluded.value"
echo "$folder/$name: schema $schema, $customers customers, restored in a drill"

if [ "$keep" -gt 0 ]; then
	find "$folder" -maxdepth 1 -type f -regextype posix-extended \
		-regex '.*/onramp-[0-9]{8}T[0-9]{6}Z\.dump(\.age)?' | sort | head -n "-$keep" |
		while read -r old; do rm -- "$old" && echo "deleted: $old"; done
fi
