#!/bin/sh
# run.sh NAME BINARY: holds the server BINARY against other people's clients and receivers, none of them changed. NAME is
#   js, python1, python2, go   Replicate's own clients, each pointed at the server in every way that it has, with output
#                              files over https: and as data: URIs
#   unchanged_js, unchanged_python1, unchanged_python2
#                              the same clients, told nothing: Replicate's names lead to the server
#   litellm, langchain         others that know no address but Replicate's, in the same manner
#   streams                    replicate's stream(), and the EventSource of browsers as a package, read streams
#   webhooks                   standardwebhooks, svix and replicate judge what the server sends
#   chain                      curl, Node, Python, Go and openssl judge the certificate
#   browser                    Chromium judges it, and runs a page that uses the API, and one that would drive the server
#   openers                    Pillow, Python's wave and Chromium open what the models make
#   ci                         what docs/ci.md and action.yml have a runner do
#   recipes_python, recipes_js what docs/testing.md has people do with pytest and vitest
#   opencv                     cv2.Canny, against which the control maps are held that it makes of pictures
# What they need is fetched when it is not here yet, of exactly the versions that package-lock.json, python1.txt,
# python2.txt, litellm.txt, pytest.txt, opencv.txt, openers.txt, ci.txt, go/go.sum and actionlint/go.sum name with their
# hashes. From then on no network is needed.
# Without the tools or a way to the registry a test is skipped (77, as meson and automake read it); under CI=true
# that is a failure, because there everything has been installed for it.
set -eu

skip() {
    echo "$name is not run: $1" >&2
    [ "${CI:-}" = true ] && exit 1
    exit 77
}

has_browser() { command -v chromium-headless-shell || command -v chromium || command -v google-chrome; } >/dev/null
need() { command -v "$1" >/dev/null 2>&1 || skip "$1 is not installed"; }

fetch_from_npm() {
    need node
    cmp -s package-lock.json node_modules/fetched.json && return
    need npm
    npm ci --legacy-peer-deps --fetch-retries=0 --ignore-scripts --no-audit --no-fund >&2 || skip "npm ci has failed"
    cp package-lock.json node_modules/fetched.json
}

# $1 is what is wanted, by $1.txt. Wheels have compiled parts, so what was fetched counts for one Python.
fetch_from_pypi() {
    need python3
    mkdir -p cache
    { python3 -c 'import sys; print("#", sys.version, sys.platform)' && cat "$1.txt"; } >"cache/$1.wanted"
    cmp -s "cache/$1.wanted" "cache/$1/fetched.txt" && return
    python3 -m pip --version >/dev/null 2>&1 || skip "pip is not installed"
    rm -rf "cache/$1"
    python3 -m pip --quiet --disable-pip-version-check --retries 0 install --root-user-action ignore --no-deps \
        --only-binary :all: --require-hashes --target "cache/$1" -r "$1.txt" >&2 || skip "pip install has failed"
    cp "cache/$1.wanted" "cache/$1/fetched.txt"
}

# The client wants Go 1.21, and Debian 12 has 1.19. That one can fetch a newer one as newer ones do by themselves: Go's
# own builds are in its module proxy. Like all that is fetched it must have the hash that stands here.
fetch_newer_go() {
    old="$(go env GOVERSION) is too old for the client; what would do is a Go from 1.21 on, first in PATH"
    [ "$(go env GOARCH)" = amd64 ] || skip "$old"
    said=$(go mod download -json "golang.org/toolchain@v0.0.1-go1.22.12.linux-amd64") ||
        skip "$old"
    echo "$said" | grep -qF '"Sum": "h1:Hdh4VJAlDWzMnhKpqDwqJJr+sE7NgsJ86dyR4wrv2oY="' || skip "the Go that was fetched is not the one that is wanted"
    newer=$(echo "$said" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
    # Modules come without the bits that make a program of a file.
    chmod a+x "$newer"/bin/* "$newer"/pkg/tool/*/*
    PATH=$newer/bin:$PATH
    unset GOROOT
}

fetch_from_go() {
    # Where Go's own installer puts it.
    command -v go >/dev/null 2>&1 || PATH=$PATH:/usr/local/go/bin
    need go
    # Nothing of the user's settings may change what is built.
    export GOTOOLCHAIN=local GOFLAGS=-mod=readonly GOWORK=off CGO_ENABLED=0
    [ -n "${HOME:-}${GOCACHE:-}" ] || export GOPATH="$PWD/cache/gopath" GOCACHE="$PWD/cache/gocache"
    case "$(go env GOVERSION)" in
    go1.1[0-9] | go1.1[0-9].* | go1.20 | go1.20.*) fetch_newer_go ;;
    esac
    (cd go && go mod download >&2) || skip "go mod download has failed"
}

[ $# -eq 2 ] || {
    echo "usage: run.sh NAME BINARY" >&2
    exit 2
}
name=$1
binary=$(cd "$(dirname "$2")" && pwd)/$(basename "$2")
cd "$(dirname "$0")"

# Tests run beside each other and share what is fetched.
exec 9<.
! command -v flock >/dev/null || flock 9
case "$name" in
js | python1 | python2 | go) need curl ;;
esac
case "$name" in
js | streams | webhooks | langchain | unchanged_js) fetch_from_npm ;;
python1 | python2 | litellm | opencv) fetch_from_pypi "$name" ;;
openers)
    fetch_from_pypi "$name"
    has_browser || skip "neither chromium-headless-shell nor chromium nor google-chrome is installed"
    ;;
recipes_js)
    need npx
    need python3
    fetch_from_npm
    ;;
recipes_python)
    fetch_from_pypi python1
    fetch_from_pypi pytest
    ;;
ci)
    need curl
    need bash
    fetch_from_pypi python1
    fetch_from_pypi pytest
    fetch_from_pypi ci
    fetch_from_npm
    fetch_from_go
    (cd actionlint && go build -o ../cache/ github.com/rhysd/actionlint/cmd/actionlint >&2) || skip "actionlint cannot be built"
    ;;
unchanged_python1 | unchanged_python2) fetch_from_pypi "${name#unchanged_}" ;;
go) fetch_from_go ;;
chain)
    need curl
    need node
    need openssl
    fetch_from_pypi python2 # which has httpx
    fetch_from_go
    ;;
browser)
    need python3
    need certutil
    has_browser || skip "neither chromium-headless-shell nor chromium nor google-chrome is installed"
    ;;
*)
    echo "run.sh: unknown name '$name'" >&2
    exit 2
    ;;
esac
exec 9<&-
# Whoever is asked from now on is near.
unset http_proxy https_proxy ftp_proxy all_proxy no_proxy HTTP_PROXY HTTPS_PROXY FTP_PROXY ALL_PROXY NO_PROXY

as_replicate() { python3 as_replicate.py "$binary" "$@"; }

case "$name" in
*python1 | *python2 | litellm | opencv | openers) export PYTHONPATH="$PWD/cache/${name#unchanged_}" PYTHONDONTWRITEBYTECODE=1 ;;
chain) export PYTHONPATH="$PWD/cache/python2" PYTHONDONTWRITEBYTECODE=1 ;;
recipes_python)
    export PYTHONPATH="$PWD/cache/pytest:$PWD/cache/python1" PYTHONDONTWRITEBYTECODE=1 PATH="$PWD/cache/pytest/bin:$PATH"
    # No plugin that this machine happens to have.
    export PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 PYTEST_PLUGINS=xdist.plugin
    ;;
ci)
    export PYTHONPATH="$PWD/cache/ci:$PWD/cache/pytest:$PWD/cache/python1" PYTHONDONTWRITEBYTECODE=1
    export PATH="$PWD/cache/pytest/bin:$PATH" PYTEST_DISABLE_PLUGIN_AUTOLOAD=1
    ;;
recipes_js | browser) export PYTHONDONTWRITEBYTECODE=1 ;;
esac
case "$name" in
python1 | python2 | chain | browser | opencv | openers) python3 "$name.py" "$binary" ;;
ci) python3 ci.py "$binary" cache/actionlint ;;
unchanged_python*) as_replicate --speed 10 -- python3 -W ignore::DeprecationWarning unchanged.py ;;
unchanged_js) as_replicate --speed 10 -- node unchanged.mjs ;;
langchain) as_replicate --speed 10 -- node langchain.mjs ;;
recipes_python) python3 recipes.py Python "$binary" ;;
recipes_js) python3 recipes.py JavaScript "$binary" ;;
litellm) as_replicate --predict 300ms -- python3 litellm_provider.py ;;
go) (cd go && BINARY=$binary go test -count=1 -timeout 300s ./...) ;;
*) node "$name.mjs" "$binary" ;;
esac
case "$name" in
js | python1 | python2 | go)
    python3 pointing.py "$name" "$binary"
    python3 outputs.py "$name" "$binary"
    ;;
esac
