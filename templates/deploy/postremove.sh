#!/bin/sh
# Deletes data and settings when dpkg purges the package. A removal, and rpm, keep both. The user
# stays, because files outside of these folders may belong to it.
set -e
root=${DPKG_ROOT:-}
if [ -z "$root" ] && [ -d /run/systemd/system ]; then
	systemctl daemon-reload
fi
if [ "${1:-}" = purge ]; then
	rm -rf "$root/var/lib/onramp" "$root/etc/onramp"
fi
