#!/usr/bin/env python3
"""Checks the house's rules that no compiler knows: who may include whom, and how long things may get.

Usage: include_matrix.py [ROOT] | --self-test

    base < {image < maps < paint, core, tls} < media < {out, http} < {api, control} < {app, config, cli} < main

Each fault is printed as "path:line: what is wrong, what would be right". The last line counts files.
"""
import os
import re
import sys
import tempfile

# What each layer may include: what lies to its left, less what the design forbids it, and itself.
ALLOWED = {
    "base": {"base"},
    "tls": {"base", "tls"},
    "core": {"base", "core"},
    "image": {"base", "image"},
    "maps": {"base", "image", "maps"},
    "paint": {"base", "image", "maps", "paint"},
    "media": {"base", "core", "image", "maps", "paint", "media"},
    "out": {"base", "tls", "core", "out"},
    "http": {"base", "tls", "http"},
    "api": {"base", "tls", "core", "image", "maps", "paint", "media", "out", "http", "api"},
    "control": {"base", "tls", "core", "image", "maps", "paint", "media", "out", "http", "control"},
    "top": {"base", "tls", "core", "image", "maps", "paint", "media", "out", "http", "api", "control", "top"},
    "main": {"base", "tls", "core", "image", "maps", "paint", "media", "out", "http", "api", "control", "top"},
}

# Libraries that are kept in one place: header, where it may be included, in how many files at most.
KEPT = [
    (r"microhttpd\.h", r"src/http/wire\.h", 1, "by src/http/wire.h alone, which only wire.c, wire_send.c and server.c include"),
    (r"http/wire\.h", r"src/http/(wire|wire_send|server)\.c", 3, "by wire.c, wire_send.c and server.c of src/http/ alone"),
    (r"curl/.*", r"src/out/curl_slot\.h", 1, "by src/out/curl_slot.h alone, which only curl_slot.c and curl_transport.c include"),
    (r"out/curl_slot\.h", r"src/out/curl_(slot|transport)\.c", 2, "by curl_slot.c and curl_transport.c of src/out/ alone"),
    (r"(pthread|threads)\.h", r"src/out/worker\.c", 1, "by src/out/worker.c alone"),
    (r"uuid(/.*|\.h)", r"src/base/id\.c", 1, "by src/base/id.c alone"),
    (r"pcre2\.h", r"src/base/pattern\.c", 1, "by src/base/pattern.c alone"),
    (r"gnutls/.*", r"src/(base/digest|tls/\w+)\.c", 99, "by src/base/digest.c and the .c files of src/tls alone"),
    (r"spng\.h", r"src/image/\w+_png\.c", 2, "by the _png.c files of src/image"),
    (r"webp/.*", r"src/image/\w+_webp\.c", 2, "by the _webp.c files of src/image"),
    (r"jpeglib\.h", r"src/image/\w+_jpeg\.c", 2, "by the _jpeg.c files of src/image"),
    (r"gif_lib\.h", r"src/image/decode_gif\.c", 1, "by src/image/decode_gif.c alone"),
]

LONGEST_FILE = 500
LONGEST_FUNCTION = 70

INCLUDE = re.compile(r'\s*#\s*include\s*([<"])([^>"]+)[>"]')
SLEEP = re.compile(r"\b\w*sleep\s*\(")
TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)


def without(text, comments_only):
    """The text with its comments, and where asked its literals, blanked; every line keeps its number."""
    def blank(match):
        token = match.group()
        if comments_only and not token.startswith("/"):
            return token
        return re.sub(r"[^\n]", " ", token)
    return TOKEN.sub(blank, text)


def layer_of(path):
    """The layer of a path below src/; None where the folder is no layer."""
    folder, _, name = path.rpartition("/")
    if not folder:
        stem = name.rpartition(".")[0]
        return {"main": "main", "app": "top", "config": "top", "config_values": "top"}.get(stem)
    if folder == "cli":
        return "top"
    return folder if folder in ALLOWED and folder not in ("top", "main") else None


def includes_of(text):
    for number, line in enumerate(without(text, comments_only=True).split("\n"), 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match.group(1), match.group(2)


def check_layering(tree, path, text):
    inside = path[len("src/"):]
    layer = layer_of(inside)
    if layer is None:
        yield 1, f"in no layer: a source file stands in one of src's folders {', '.join(sorted(ALLOWED))}" \
                 " (top: cli, app, config)"
        return
    for number, quote, header in includes_of(text):
        if quote == "<":
            if "src/" + header in tree:
                yield number, f'<{header}> is ours: "{header}"'
            continue
        target = layer_of(header)
        if "src/" + header not in tree or target is None:
            yield number, f'"{header}" is not below src/: ours are written from there, others in <>'
        elif target not in ALLOWED[layer]:
            right = ", ".join(sorted(ALLOWED[layer]))
            yield number, f'{layer} may not include "{header}": it may include {right}'


def check_own_header_first(tree, path, text):
    own = path[len("src/"):-1] + "h"
    if not path.endswith(".c") or "src/" + own not in tree:
        return
    first = next(includes_of(text), (1, "", "nothing"))
    if first[2] != own:
        yield first[0], f'the first include is {first[2]}: "{own}" first, to be seen to stand alone'


def check_guard(tree, path, text):
    if not path.endswith(".h"):
        return
    guard = re.sub(r"\W", "_", path[len("src/"):]).upper()
    directives = [(n, line.split()) for n, line in enumerate(without(text, comments_only=True).split("\n"), 1)
                  if line.startswith("#")]
    wanted = [["#ifndef", guard], ["#define", guard]]
    if [words for _, words in directives[:2]] != wanted or directives[-1][1][0] != "#endif":
        number = directives[0][0] if directives else 1
        yield number, f"no include guard of the path's name: #ifndef {guard}, #define {guard} ... #endif"


def check_kept_libraries(tree, path, text):
    for number, _, header in includes_of(text):
        for pattern, place, most, right in KEPT:
            if not re.fullmatch(pattern, header):
                continue
            users = sorted(p for p in tree if re.fullmatch(place, p)
                           and any(re.fullmatch(pattern, h) for _, _, h in includes_of(tree[p])))
            if path not in users or users.index(path) >= most:
                yield number, f"<{header}> is included {right}"


def functions_of(text):
    """(first line, lines) of each function: its body's braces stand in the first column."""
    lines = without(text, comments_only=False).split("\n")
    start = None
    for i, line in enumerate(lines):
        if line.startswith("{") or re.match(r"\w[^=;]*\)\s*\{", line):
            start = i
            # Its head: up to whatever ended before it.
            while start > 0 and lines[start - 1].strip() and lines[start - 1].rstrip()[-1] not in ";}" \
                    and not lines[start - 1].startswith("#"):
                start -= 1
        elif line.startswith("}") and start is not None:
            yield start + 1, i - start + 1
            start = None


def check_lengths(tree, path, text):
    count = len(text.splitlines())
    if count > LONGEST_FILE:
        yield count, f"{count} lines: a file has at most {LONGEST_FILE}"
    for number, lines in functions_of(text):
        if lines > LONGEST_FUNCTION:
            yield number, f"a function of {lines} lines: at most {LONGEST_FUNCTION}, so split it"


def check_no_sleep(tree, path, text):
    for number, line in enumerate(without(text, comments_only=False).split("\n"), 1):
        match = SLEEP.search(line)
        if match:
            what = match.group().rstrip("( ")
            yield number, f"a test calls {what}: it advances the clock or waits for the event"


CHECKS = [
    (r"src/.*\.[ch]", check_layering),
    (r"src/.*\.c", check_own_header_first),
    (r"src/.*\.h", check_guard),
    (r"src/.*\.[ch]", check_kept_libraries),
    (r"src/.*\.[ch]", check_lengths),
    (r"tests/.*\.[ch]", check_no_sleep),
]


def read_tree(root):
    tree = {}
    for top in ("src", "tests"):
        for folder, _, names in os.walk(os.path.join(root, top)):
            for name in names:
                if name.endswith((".c", ".h")):
                    path = os.path.join(folder, name)
                    with open(path, encoding="utf-8") as file:
                        tree[os.path.relpath(path, root).replace(os.sep, "/")] = file.read()
    return tree


def faults_of(tree):
    for path, text in sorted(tree.items()):
        for pattern, check in CHECKS:
            if re.fullmatch(pattern, path):
                for number, what in check(tree, path, text):
                    yield path, number, what


def check_root(root):
    tree = read_tree(root)
    faults = list(faults_of(tree))
    for path, number, what in faults:
        print(f"{path}:{number}: {what}")
    failed = len({path for path, _, _ in faults})
    print(f"{len(tree) - failed} passed, {failed} failed")
    return 0 if tree and not faults else 1


# The self test: a tree without a fault, then for each row files laid over it and the fault they must show.
def header(guard, body=""):
    return f"#ifndef {guard}\n#define {guard}\n{body}#endif\n"


GOOD = {
    "src/main.c": '#include "app.h"\n',
    "src/app.c": '#include "app.h"\n#include "api/routes.h"\n#include "config.h"\n#include "cli/exec.h"\n',
    "src/app.h": header("APP_H"),
    "src/config.h": header("CONFIG_H"),
    "src/cli/exec.h": header("CLI_EXEC_H"),
    "src/base/json.h": header("BASE_JSON_H", "#include <cjson/cJSON.h>\n"),
    "src/base/id.c": '/* "media/maker.h" is no include here */\n#include <uuid/uuid.h>\n',
    "src/base/digest.c": "#include <gnutls/crypto.h>\n",
    "src/tls/names.h": header("TLS_NAMES_H"),
    "src/tls/certificate.c": '#include "base/json.h"\n#include "tls/names.h"\n#include <gnutls/x509.h>\n',
    "src/core/store.h": header("CORE_STORE_H", '#include "base/json.h"\n'),
    "src/core/store.c": '#include "core/store.h"\n#include "base/json.h"\n',
    "src/image/encode_png.c": '#include "base/json.h"\n#include <spng.h>\n',
    "src/media/draw.c": '#include "core/store.h"\n',
    "src/out/worker.c": '#include "core/store.h"\n#include "tls/names.h"\n#include <pthread.h>\n',
    "src/out/curl_slot.h": header("OUT_CURL_SLOT_H", "#include <curl/curl.h>\n"),
    "src/out/curl_transport.c": '#include "out/curl_slot.h"\n',
    "src/http/server.h": header("HTTP_SERVER_H"),
    "src/http/wire.h": header("HTTP_WIRE_H", "#include <microhttpd.h>\n"),
    "src/http/server.c": '#include "http/server.h"\n#include "http/wire.h"\n',
    "src/http/listen.c": '#include "base/json.h"\n#include "tls/names.h"\n',
    "src/api/routes.h": header("API_ROUTES_H"),
    "src/api/routes.c": '#include "api/routes.h"\n#include "http/server.h"\n#include "core/store.h"\n',
    "src/control/health.h": header("CONTROL_HEALTH_H"),
    "src/control/health.c": '#include "control/health.h"\n#include "core/store.h"\n',
    "tests/unit/test_store.c": '/* never sleep(1) */ const char *s = "sleep(1)";\n',
}


def function(lines, close="}"):
    return "static int f(int a)\n{\n" + "    a++;\n" * (lines - 3) + close + "\n"


BAD = [
    ("core looks up", {"src/core/a.c": '#include "media/a.h"\n', "src/media/a.h": header("MEDIA_A_H")},
     'src/core/a.c:1: core may not include "media/a.h"'),
    ("http knows core", {"src/http/a.c": '\n#include "core/store.h"\n'}, "src/http/a.c:2: http may not"),
    ("http knows media", {"src/http/a.c": '#include "media/a.h"\n', "src/media/a.h": header("MEDIA_A_H")},
     "src/http/a.c:1: http may not"),
    ("http knows out", {"src/http/a.c": '#include "out/a.h"\n', "src/out/a.h": header("OUT_A_H")},
     "src/http/a.c:1: http may not"),
    ("out knows http", {"src/out/a.c": '#include "http/server.h"\n'}, "src/out/a.c:1: out may not"),
    ("image knows core", {"src/image/a.c": '#include "core/store.h"\n'}, "src/image/a.c:1:"),
    ("a PNG library elsewhere", {"src/media/a.c": "#include <spng.h>\n"}, "src/media/a.c:1: <spng.h>"),
    ("out knows media", {"src/out/a.c": '#include "media/a.h"\n', "src/media/a.h": header("MEDIA_A_H")},
     "src/out/a.c:1: out may not"),
    ("api knows control", {"src/api/a.c": '#include "control/health.h"\n'}, "src/api/a.c:1: api may not"),
    ("control knows api", {"src/control/a.c": '#include "api/routes.h"\n'},
     "src/control/a.c:1: control may not"),
    ("api knows app", {"src/api/a.c": '#include "app.h"\n'}, "src/api/a.c:1: api may not"),
    ("base knows core", {"src/base/a.c": '#include "core/store.h"\n'}, "src/base/a.c:1: base may not"),
    ("control knows cli", {"src/control/a.c": '#include "cli/exec.h"\n'},
     "src/control/a.c:1: control may not"),
    ("include from the file's own folder", {"src/core/a.c": '#include "store.h"\n'},
     '"store.h" is not below src/'),
    ("include in angle brackets", {"src/core/a.c": "#include <core/store.h>\n"}, "<core/store.h> is ours"),
    ("a folder that is no layer", {"src/util/a.c": "\n"}, "src/util/a.c:1: in no layer"),
    ("curl elsewhere", {"src/out/webhook.c": "#include <curl/curl.h>\n"},
     "src/out/webhook.c:1: <curl/curl.h>"),
    ("curl by the back door", {"src/out/webhook.c": '#include "out/curl_slot.h"\n'},
     "src/out/webhook.c:1: <out/curl_slot.h>"),
    ("threads elsewhere", {"src/media/a.c": "#include <pthread.h>\n"}, "src/media/a.c:1: <pthread.h>"),
    ("libuuid elsewhere", {"src/core/a.c": "#include <uuid/uuid.h>\n"}, "src/core/a.c:1: <uuid/uuid.h>"),
    ("core knows tls", {"src/core/a.c": '#include "tls/names.h"\n'}, "src/core/a.c:1: core may not"),
    ("tls knows core", {"src/tls/a.c": '#include "core/store.h"\n'}, "src/tls/a.c:1: tls may not"),
    ("GnuTLS in a header of tls", {"src/tls/names.h": header("TLS_NAMES_H", "#include <gnutls/x509.h>\n")},
     "src/tls/names.h:3: <gnutls/x509.h>"),
    ("GnuTLS elsewhere", {"src/base/id.c": "#include <gnutls/gnutls.h>\n"},
     "src/base/id.c:1: <gnutls/gnutls.h>"),
    ("libspng elsewhere", {"src/api/a.c": "#include <spng.h>\n"}, "src/api/a.c:1: <spng.h>"),
    ("libwebp elsewhere", {"src/core/a.c": "#include <webp/encode.h>\n"}, "src/core/a.c:1: <webp/encode.h>"),
    ("MHD in api", {"src/api/a.c": "#include <microhttpd.h>\n"}, "src/api/a.c:1: <microhttpd.h>"),
    ("MHD in a header", {"src/http/server.h": header("HTTP_SERVER_H", "#include <microhttpd.h>\n")},
     "src/http/server.h:3: <microhttpd.h>"),
    ("MHD by the back door", {"src/http/sse.c": '#include "http/wire.h"\n'},
     "src/http/sse.c:1: <http/wire.h>"),
    ("a wrong guard", {"src/core/store.h": header("STORE_H")}, "src/core/store.h:1: no include guard"),
    ("no guard", {"src/core/store.h": "int x;\n"}, "src/core/store.h:1: no include guard"),
    ("own header second", {"src/core/store.c": '#include "base/json.h"\n#include "core/store.h"\n'},
     "src/core/store.c:1: the first include is base/json.h"),
    ("a long function", {"src/core/a.c": function(71)}, "src/core/a.c:1: a function of 71 lines"),
    ("a long function after another", {"src/core/a.c": function(9) + "\n" + function(80)},
     "src/core/a.c:11: a function of 80 lines"),
    ("a long function, brace on its line", {"src/core/a.c": function(80).replace(")\n{", ") {")},
     "src/core/a.c:1: a function of 79 lines"),
    ("a long file", {"src/core/a.c": "int x;\n" * 501}, "src/core/a.c:501: 501 lines"),
    ("a test that sleeps", {"tests/unit/a.c": "\n    usleep (5);\n"},
     "tests/unit/a.c:2: a test calls usleep"),
    ("a test's helper that sleeps", {"tests/lib/a.c": "nanosleep(&t, 0);\n"},
     "tests/lib/a.c:1: a test calls nanosleep"),
]

# What must pass though it stands near a limit.
FINE = [
    ("a function of 70 lines", {"src/core/a.c": function(70)}),
    ("a long table is no function",
     {"src/core/a.c": "static const int t[] = {\n" + "    1,\n" * 90 + "};\n"}),
    ("a file of 500 lines", {"src/core/a.c": "int x;\n" * 500}),
]


def faults_on_disk(files):
    with tempfile.TemporaryDirectory() as root:
        for path, text in files.items():
            os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
            with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                file.write(text)
        return [f"{path}:{number}: {what}" for path, number, what in faults_of(read_tree(root))]


def self_test():
    results = []
    for name, files in [("the good tree", {})] + FINE:
        results.append((name, faults_on_disk({**GOOD, **files}), None))
    for name, files, wanted in BAD:
        results.append((name, faults_on_disk({**GOOD, **files}), wanted))
    failed = 0
    for name, faults, wanted in results:
        good = not faults if wanted is None else len(faults) == 1 and wanted in faults[0]
        if not good:
            failed += 1
            print(f"{name}: wanted {wanted or 'no fault'}, got {faults}")
    print(f"{len(results) - failed} passed, {failed} failed")
    return 1 if failed else 0


def main(arguments):
    if arguments == ["--self-test"]:
        return self_test()
    if len(arguments) > 1 or (arguments and arguments[0].startswith("-")):
        print(__doc__, file=sys.stderr)
        return 2
    here = os.path.dirname(os.path.abspath(__file__))
    return check_root(arguments[0] if arguments else os.path.join(here, "..", ".."))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
