#!/usr/bin/env bash
# Install what the tests need from the system and doesn't come with pip or npm.
# Without arguments: everything; otherwise the Debian packages named.
set -euo pipefail

present() {
    case $1 in
        python3-venv) python3 -c 'import ensurepip' ;;
        postgresql) command -v postgres || ls /usr/lib/postgresql/*/bin/postgres ;;
        mariadb-server) PATH=$PATH:/usr/sbin command -v mariadbd ;;
        nginx) PATH=$PATH:/usr/sbin command -v nginx ;;
        pgbouncer) PATH=$PATH:/usr/sbin command -v pgbouncer ;;
        webkit2gtk-driver) command -v WebKitWebDriver ;;
        xvfb) command -v Xvfb ;;
        fonts-liberation) ls -d /usr/share/fonts/truetype/liberation* ;;
        *) command -v "$1" ;;
    esac >/dev/null 2>&1
}

for tool in node npm; do
    if ! command -v $tool >/dev/null; then
        echo "$tool is missing: Node 20.19 or later is needed." >&2
        exit 1
    fi
done

if [[ $# == 0 ]]; then
    set -- python3-venv redis-server postgresql pgbouncer mariadb-server nginx \
        chromium firefox-esr webkit2gtk-driver xvfb fonts-liberation
fi
missing=()
for package in "$@"; do
    present "$package" || missing+=("$package")
done
[[ ${#missing[@]} == 0 ]] && exit 0

if [[ $(id -u) == 0 ]]; then
    as_root=(env)
elif sudo -n true 2>/dev/null; then
    as_root=(sudo -n)
else
    as_root=()
fi
if [[ ${#as_root[@]} == 0 ]] || ! command -v apt-get >/dev/null; then
    echo "The tests need these packages, and only root can install them:" >&2
    echo "    apt-get install --no-install-recommends ${missing[*]}" >&2
    exit 1
fi

echo "Installing from Debian: ${missing[*]}"
# The tests start servers of their own: the packages' services must not start.
policy=/usr/sbin/policy-rc.d
if [[ ! -e $policy ]]; then
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee $policy >/dev/null
    "${as_root[@]}" chmod +x $policy
    trap '"${as_root[@]}" rm -f $policy' EXIT
fi
log=$(mktemp)
apt() {
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
        -o DPkg::Lock::Timeout=120 "$@" >"$log" 2>&1 || { cat "$log" >&2; exit 1; }
}
apt update
apt install --no-install-recommends "${missing[@]}"
rm -f "$log"
