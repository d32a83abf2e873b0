#!/bin/sh
# run.sh NAME BINARY: holds the server BINARY against other people's libraries. What they need is fetched from npm when
# it is not here yet, of exactly the versions in package-lock.json. NAME.mjs is what runs; NAME is one of
#   streams    replicate's stream(), and the EventSource of browsers as a package, read streams
#   webhooks   standardwebhooks, svix and replicate judge what the server sends
# Without the tools or a way to the registry it is skipped (77, as meson and automake read it); under CI=true
# that is a failure, because there everything has been installed for it.
set -eu

skip() {
    echo "$name is not run: $1" >&2
    [ "${CI:-}" = true ] && exit 1
    exit 77
}

need() { command -v "$1" >/dev/null 2>&1 || skip "$1 is not installed"; }

fetch_from_npm() {
    cmp -s package-lock.json node_modules/fetched.json && return
    need npm
    npm ci --fetch-retries=0 --ignore-scripts --no-audit --no-fund >&2 || skip "npm ci has failed"
    cp package-lock.json node_modules/fetched.json
}

[ $# -eq 2 ] || {
    echo "usage: run.sh NAME BINARY" >&2
    exit 2
}
name=$1
binary=$(cd "$(dirname "$2")" && pwd)/$(basename "$2")
cd "$(dirname "$0")"
[ -f "$name.mjs" ] || {
    echo "run.sh: unknown name '$name'" >&2
    exit 2
}

need node
# Tests run beside each other and share what is fetched.
exec 9<.
! command -v flock >/dev/null || flock 9
fetch_from_npm
exec 9<&-
exec node "$name.mjs" "$binary"
