#!/usr/bin/env bash
# Install a lock file into .venv: requirements/install.sh runtime|dev|bench
set -euo pipefail
cd "$(dirname "$0")/.."
lock=requirements/$1.txt
python=${PYTHON:-python3}

if ! command -v "$python" >/dev/null; then
    echo "Python is missing. On Debian: apt-get install python3 python3-venv" >&2
    exit 1
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "$("$python" --version) is too old: Python 3.11 or later is needed." >&2
    exit 1
fi
if ! .venv/bin/python -c 'import pip' 2>/dev/null; then
    if ! "$python" -c 'import ensurepip' 2>/dev/null; then
        echo "Python cannot make virtual environments. On Debian: apt-get install python3-venv" >&2
        exit 1
    fi
    echo "Making a virtual environment in .venv."
    "$python" -m venv --clear .venv
fi

echo "Installing $(grep -c == "$lock") pinned packages from $lock into .venv."
.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock"
if [[ $1 == dev ]]; then
    # The package itself, so that pytest finds its plugin.
    .venv/bin/python -m pip install --quiet --disable-pip-version-check \
        --no-build-isolation --no-deps --editable .
fi
