#!/usr/bin/env bash
# Restores a dump of dump.sh into an empty PostgreSQL database. Printed by
# `onramp backup script restore`; the guide is /docs/backup.
#
#   PGHOST=... PGUSER=... PGDATABASE=onramp IDENTITY=key.txt bash restore.sh FILE
#
# Stop every serve first. IDENTITY is the private key for a file that age encrypted. The dump is
# restored in one transaction: after an error, the database is empty as before.
set -euo pipefail
umask 077
file=${1:?the file of the dump is missing}
: "${PGDATABASE:?set PGDATABASE to the name of an empty database}"

tables=$(psql -XAtqc "SELECT count(*) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')")
if [ "$tables" -ne 0 ]; then
	echo "the database $PGDATABASE holds $tables tables: create an empty one, and keep the old one until all is well" >&2
	exit 1
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
dump=$file
if [[ $file == *.age ]]; then
	dump=$work/dump
	age --decrypt --identity "${IDENTITY:?set IDENTITY to the file of the private key}" --output "$dump" "$file"
fi
pg_restore --no-password --exit-on-error --single-transaction --no-owner --dbname="$PGDATABASE" "$dump"
echo "restored $(psql -XAtqc 'SELECT count(*) FROM customers') customers into $PGDATABASE"
echo "Next: start one onramp serve with --tombstones and the newest log of deletions, then the others"
