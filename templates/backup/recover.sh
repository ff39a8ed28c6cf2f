#!/usr/bin/env bash
# Prepares the data folder of a PostgreSQL cluster for recovery to a point in time, from a base
# backup of base.sh and the archived log. Printed by `onramp backup script recover`; the guide is
# /docs/backup.
#
#   bash recover.sh BASE ARCHIVE DATA ['2026-11-29 02:55:00+00']
#
# BASE is a folder of base.sh, DATA a folder that does not exist. Without a time, all of the log is
# replayed. Stop every serve, then start PostgreSQL on DATA: it recovers and accepts writes.
set -euo pipefail
umask 077
base=${1:?the folder of the base backup is missing}
archive=${2:?the folder of the archived log is missing}
data=${3:?the new data folder is missing}
until=${4:-}
if [ -e "$data" ]; then
	echo "$data exists: give a new folder" >&2
	exit 1
fi
case $archive$until in *[\'\\]*) echo "quotes and backslashes are not allowed" >&2; exit 2 ;; esac
for bin in /usr/lib/postgresql/*/bin; do PATH=$PATH:$bin; done
pg_verifybackup --quiet "$base"
cp -a "$base" "$data"
{
	echo "restore_command = 'cp \"$(realpath "$archive")/%f\" \"%p\"'"
	echo "recovery_target_action = 'promote'"
	[ -z "$until" ] || echo "recovery_target_time = '$until'"
} >>"$data/postgresql.auto.conf"
touch "$data/recovery.signal"
chmod 700 "$data"
echo "Next: start PostgreSQL on $data as its owner, then one onramp serve with --tombstones and the newest log"
