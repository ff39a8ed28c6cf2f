#!/bin/sh
# Stops and disables the service before a removal, not before an upgrade: dpkg passes "remove", rpm 0.
set -e
case ${1:-} in
remove | 0)
	if [ -z "${DPKG_ROOT:-}" ] && [ -d /run/systemd/system ]; then
		systemctl --no-reload disable --now onramp.service
	else
		rm -f "${DPKG_ROOT:-}/etc/systemd/system/multi-user.target.wants/onramp.service"
	fi
	;;
esac
