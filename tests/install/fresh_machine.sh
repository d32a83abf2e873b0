#!/bin/sh
# Shows that a machine which has nothing can be served by the two commands of a new user, each alone: a fresh
# Debian 12 root, a clone of what is committed, then script/server, and in a second copy script/test. What a
# developer's machine has by chance cannot hide a missing install step here.
# Usage: tests/install/fresh_machine.sh [--only server|test]
# Needs root, debootstrap and the network that apt-get here has. No part of script/test: it takes minutes.
set -eu
project=$(cd "$(dirname "$0")/../.." && pwd)
. "$project/tests/install/clean_root.sh"

trials="server test"
case "$*" in
"") ;;
"--only server" | "--only test") trials=$2 ;;
*)
    echo "usage: fresh_machine.sh [--only server|test]" >&2
    exit 2
    ;;
esac
if [ "$(id -u)" -ne 0 ] || ! command -v debootstrap >/dev/null; then
    echo "fresh_machine.sh: needs root and debootstrap" >&2
    exit 1
fi

scratch=$(mktemp -d)
server=

# It has a session of its own, so that a build which still runs ends with it.
stop_server() {
    [ -n "$server" ] || return 0
    kill -- "-$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
    server=
}

cleanup() {
    for root in "$scratch"/root-*; do
        [ ! -d "$root" ] || remove_root "$root"
    done
    rm -rf --one-file-system "$scratch"
}
trap cleanup EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

say() { echo "== $*"; }

fresh_root() {
    root=$scratch/root-$1
    cp -a "$scratch/base" "$root"
    furnish_root "$root"
    git clone -q "$project" "$root/root/project"
}

# The network is this machine's, so the server answers here too, and the root needs no curl.
try_server() {
    fresh_root server
    # shellcheck disable=SC2086
    setsid $inside "$root" /root/project/script/server --port 0 >"$scratch/said" &
    server=$!
    tries=0
    while kill -0 "$server" 2>/dev/null && [ $tries -lt 900 ]; do
        ! grep -q 'listening on http:' "$scratch/said" || break
        sleep 1
        tries=$((tries + 1))
    done
    url=$(sed -n 's/^replicate-mock listening on \(http:.*\)$/\1/p' "$scratch/said")
    if [ -z "$url" ] || ! curl -fsS --noproxy '*' --max-time 120 "$url/_mock/health"; then
        echo "the server did not come up" >&2
        return 1
    fi
    echo
    stop_server
}

try_test() {
    fresh_root test
    # shellcheck disable=SC2086
    $inside "$root" /root/project/script/test
}

say "a new Debian root ($suite)"
make_base || exit 1

good=0 bad=0
for trial in $trials; do
    say "script/$trial on it"
    began=$(date +%s)
    # Not in a condition: there set -e would not hold inside.
    set +e
    (
        set -e
        trap stop_server EXIT
        trap 'exit 130' INT TERM HUP
        "try_$trial"
    )
    code=$?
    set -e
    say "script/$trial: code $code after $(($(date +%s) - began)) s"
    if [ "$code" -eq 0 ]; then good=$((good + 1)); else bad=$((bad + 1)); fi
    [ ! -d "$scratch/root-$trial" ] || remove_root "$scratch/root-$trial"
done

echo "$good passed, $bad failed"
[ "$bad" -eq 0 ]
