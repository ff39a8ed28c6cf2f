#!/bin/sh
# Makes the service's user, and restarts a running service after an upgrade. It neither starts nor
# enables a new one, which has no settings yet. DPKG_ROOT is set when dpkg installs into a folder.
set -e
root=${DPKG_ROOT:-}

if command -v systemd-sysusers >/dev/null; then
	systemd-sysusers --root="${root:-/}" onramp.conf
elif ! grep -q '^onramp:' "$root/etc/passwd"; then
	useradd --prefix "${root:-/}" --system --user-group --no-create-home \
		--home-dir /var/lib/onramp --shell /usr/sbin/nologin onramp
fi

if [ -z "$root" ] && [ -d /run/systemd/system ]; then
	systemctl daemon-reload
	systemctl try-restart onramp.service
fi
