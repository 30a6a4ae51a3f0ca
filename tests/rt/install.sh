#!/bin/sh
# Installs what a Request Tracker 5 with a steerable clock is made of, where it is missing. Needs Debian 12 and root.
set -eu
missing=
for package in request-tracker5 rt5-db-sqlite rt5-standalone starman msmtp-mta faketime w3m; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" -ne 0 ]; then
    echo "Missing:$missing. Install them as root, or run this as root." >&2
    exit 1
fi
for question in dbconfig-install install-cronjobs handle-siteconfig-permissions; do
    echo "request-tracker5 request-tracker5/$question boolean false"
done | debconf-set-selections
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# shellcheck disable=SC2086
apt-get install -y -qq --no-install-recommends $missing
