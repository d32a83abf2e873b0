#!/bin/sh
# Builds the archive of a release and the Debian package of what is committed, and tries both in a clean root: the archive
# as it is; the package installed, and removed.
# Usage: tests/install/package.sh
# Needs root, debootstrap, debhelper and the network that apt-get here has; where they are missing it says so, and exits
# 77 (under CI=true 1, but for want of root or of mounts).
set -eu
project=$(cd "$(dirname "$0")/../.." && pwd)
. "$project/tests/install/clean_root.sh"

skip() {
    echo "package.sh: not run: $1" >&2
    [ "${CI:-}" = true ] && exit 1
    exit 77
}
# What no script can install is no fault of the machine's, under CI neither.
skip_anywhere() {
    echo "package.sh: not run: $1" >&2
    exit 77
}
for tool in debootstrap dh_auto_configure dpkg-buildpackage git curl; do
    command -v "$tool" >/dev/null || skip "$tool is not installed"
done
[ "$(id -u)" -eq 0 ] || skip_anywhere "it needs root, for a clean root"
unshare --mount true 2>/dev/null || skip_anywhere "this machine allows no mounts"

scratch=$(mktemp -d)
server=
cleanup() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    [ ! -d "$scratch/base" ] || remove_root "$scratch/base"
    rm -rf --one-file-system "$scratch"
}
trap cleanup EXIT
trap 'exit 130' INT TERM HUP

passed=0
good() {
    echo "good: $*"
    passed=$((passed + 1))
}
in_root() {
    # shellcheck disable=SC2086
    $inside "$scratch/base" "$@"
}

"$project/packaging/build-archive" "$scratch" >/dev/null 2>"$scratch/build.log" || {
    tail -n 30 "$scratch/build.log" >&2
    exit 1
}
(cd "$scratch" && sha256sum --check --quiet ./*.sha256)
good "the archive is made: $(du -k "$scratch"/replicate-mock-*.tar.gz | cut -f1) KiB"

"$project/packaging/build-deb" "$scratch" >/dev/null 2>"$scratch/build.log" || {
    tail -n 30 "$scratch/build.log" >&2
    exit 1
}
good "the package is built: $(du -k "$scratch"/replicate-mock_*.deb | cut -f1) KiB"

make_base
furnish_root "$scratch/base"
in_root find / -xdev \( -path /proc -o -path /var -o -path /tmp \) -prune -o -type f -print | sort >"$scratch/before"
mkdir "$scratch/base/opt/archive"
tar -xzf "$scratch"/replicate-mock-*.tar.gz -C "$scratch/base/opt/archive" --strip-components=1
in_root /opt/archive/bin/replicate-mock --version
# shellcheck disable=SC2016 # the inner shell's
in_root /opt/archive/bin/replicate-mock exec -- sh -c 'test -n "$REPLICATE_MOCK_URL"'
rm -r "$scratch/base/opt/archive"
good "the archive runs where no library is installed"

cp "$scratch"/replicate-mock_*.deb "$scratch/base/tmp/"
in_root sh -c 'apt-get update && apt-get install -y --no-install-recommends /tmp/replicate-mock_*.deb' >"$scratch/apt.log" 2>&1 || {
    tail -n 30 "$scratch/apt.log" >&2
    exit 1
}
good "it is installed, with $(grep -c '^Setting up' "$scratch/apt.log") packages"

in_root replicate-mock --version
in_root replicate-mock check /dev/null && exit 1
for file in /usr/share/man/man1/replicate-mock.1.gz /usr/share/bash-completion/completions/replicate-mock \
    /usr/share/zsh/vendor-completions/_replicate-mock /usr/share/fish/vendor_completions.d/replicate-mock.fish; do
    in_root test -s "$file"
done
good "it runs, with its manual page and completions"

# shellcheck disable=SC2016 # the inner shell's
in_root replicate-mock exec -- sh -c 'test -n "$REPLICATE_API_TOKEN" && case "$REPLICATE_MOCK_URL" in http://127.0.0.1:*) ;; *) exit 1 ;; esac'
good "exec points a command at it"

# shellcheck disable=SC2086
$inside "$scratch/base" /usr/bin/replicate-mock --port 0 >"$scratch/said" 2>"$scratch/log" &
server=$!
tries=1200
until grep -q 'listening on' "$scratch/said" || [ $tries -eq 0 ]; do
    tries=$((tries - 1))
    sleep 0.1
done
url=$(sed -n 's/^replicate-mock listening on //p' "$scratch/said")
curl -fsS --noproxy '*' --max-time 120 -H 'Authorization: Bearer r8_package' -H 'Prefer: wait' \
    -d '{"version":"795433b19458d0f4fa172a7ccf93178d2adb1cb8ab2ad6c8fdc33fdbcd49f477","input":{"image":"https://example.com/a.png","prompt":"a turtle","structure":"canny"}}' \
    "$url/v1/predictions" >"$scratch/prediction"
picture=$(sed -n 's/.*"output":\["\([^"]*\)".*/\1/p' "$scratch/prediction")
curl -fsS --noproxy '*' --max-time 120 -o "$scratch/picture.png" "$picture"
[ "$(head -c 4 "$scratch/picture.png" | tail -c 3)" = PNG ]
kill "$server"
wait "$server"
server=
good "it serves a prediction and its picture, and ends at SIGTERM with 0"

in_root sh -c 'apt-get purge -y --autoremove replicate-mock' >"$scratch/apt.log" 2>&1
in_root find / -xdev \( -path /proc -o -path /var -o -path /tmp \) -prune -o -type f -print | sort >"$scratch/after"
left=$(comm -13 "$scratch/before" "$scratch/after" | grep replicate-mock || true)
[ -z "$left" ] || {
    echo "left behind: $left" >&2
    exit 1
}
good "removed, it leaves nothing behind"
echo "$passed passed, 0 failed"
