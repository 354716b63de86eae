#!/usr/bin/env bash
# Pin the newest versions that fit pyproject.toml and dev.in, with the hashes of every platform.
# Only the public index is asked, whatever this machine is configured to use besides.
set -euo pipefail
cd "$(dirname "$0")/.."
tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
unset PIP_FIND_LINKS PIP_INDEX_URL PIP_EXTRA_INDEX_URL
export PIP_CONFIG_FILE=/dev/null CUSTOM_COMPILE_COMMAND="make lock"

"${PYTHON:-python3}" -m venv "$tools"
"$tools/bin/pip" install --quiet --disable-pip-version-check pip-tools
compile() {
    "$tools/bin/pip-compile" --quiet --upgrade --strip-extras --allow-unsafe --generate-hashes \
        --no-emit-index-url --no-emit-find-links --no-emit-trusted-host "$@"
}
compile --output-file requirements/runtime.txt pyproject.toml
compile --extra postgresql --extra prometheus --extra mail --extra webpush \
    --constraint requirements/runtime.txt \
    --output-file requirements/production.txt pyproject.toml
compile --output-file requirements/dev.txt requirements/dev.in
compile --constraint requirements/dev.txt --output-file requirements/bench.txt requirements/bench.in
