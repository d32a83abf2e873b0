#!/usr/bin/env python3
"""Checks what the documents say of the tree: every file of src/ stands in one table of docs/architecture.md, once; what
links lead to is there; what that document names in backquotes, like `predictions_create`, is in the code; and whatever
names the program's version has that of meson.build.

Usage: docs.py [ROOT] | --self-test

Each fault is printed as "file: what is wrong". The last line counts documents.
"""
import collections
import os
import re
import sys

ARCHITECTURE = "docs/architecture.md"
HEAD = re.compile(r"\| (?:`(\w+)/`|top) \| \|")
ROW = re.compile(r"\| (`[^|]*`) \| .*\|")
LINK = re.compile(r"\[[^\]]*\]\(([^)#]*)(?:#([^)]+))?\)")
IDENTIFIER = re.compile(r"`([a-z]\w*_\w+)`")
PROJECT_VERSION = re.compile(r"^  version: '([\d.]+)'", re.MULTILINE)
# Where one stands that has to be there, each the first of its file; and how others name one.
VERSIONS = {
    "CHANGELOG.md": r"^## ([\d.]+)",
    "docker/Dockerfile": r"^ARG VERSION=([\d.]+)",
    "packaging/arch/PKGBUILD": r"^pkgver=([\d.]+)",
    "packaging/debian/changelog": r"^replicate-mock \(([\d.]+)-\d",
    "packaging/homebrew/replicate-mock.rb": r"/tags/v([\d.]+)\.tar",
    "packaging/nix/default.nix": r"^  version = \"([\d.]+)\"",
}
NAMED_VERSION = re.compile(r'(?:replicate-mock(?::|@v|-)|releases/download/v|release,? such as `?|"ok","version":")(\d+\.\d+\.\d+)')


def without_blocks(text):
    return re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)


def files_of(name, sources):
    """A name without an ending is a .c with its .h; where one of them is not there, the other."""
    if "." in name:
        return [name]
    return [name + end for end in (".c", ".h") if name + end in sources] or [name]


def rows(text):
    """(path below src/, without an ending where it has none) of each name in the tables of files."""
    folder = ""
    for line in text.partition("### Files\n")[2].partition("\n## ")[0].splitlines():
        head, row = HEAD.fullmatch(line), ROW.fullmatch(line)
        if head:
            folder = f"{head.group(1)}/" if head.group(1) else ""
        elif row:
            yield from (folder + name for name in re.findall("`([^`]+)`", row.group(1)))


def check_files(tree):
    sources = {path[len("src/"):] for path in tree if path.startswith("src/")}
    named = collections.Counter(file for name in rows(tree[ARCHITECTURE]) for file in files_of(name, sources))
    for name in sorted(sources | set(named)):
        if name not in sources:
            yield f"{ARCHITECTURE}: its tables name {name}, which src/ does not have"
        elif named[name] != 1:
            yield f"{ARCHITECTURE}: src/{name} stands in its tables {named[name]} times, and has to once"


def anchors(text):
    """Those of its headings, as GitHub makes them."""
    for heading in re.findall(r"^#+ (.*)$", without_blocks(text), re.MULTILINE):
        yield re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def check_links(tree, document):
    for path, anchor in LINK.findall(without_blocks(tree[document])):
        if "://" in path:
            continue
        target = os.path.normpath(os.path.join(os.path.dirname(document), path)) if path else document
        if target not in tree:
            yield f"{document}: it links {path}, which is not there"
        elif anchor and anchor not in anchors(tree[target]):
            yield f"{document}: it links {path}#{anchor}, and there is no such heading"


def check_names(tree):
    code = "\n".join(text for path, text in tree.items() if path.startswith(("src/", "tests/", "script/")))
    known = set(re.findall(r"\w+", code)) | set(re.findall(r"\w+", " ".join(tree)))
    for name in sorted(set(IDENTIFIER.findall(tree[ARCHITECTURE])) - known):
        yield f"{ARCHITECTURE}: it names {name}, which is nowhere in the code"


def check_versions(tree):
    version = PROJECT_VERSION.search(tree["meson.build"])[1]
    for name, pattern in VERSIONS.items():
        found = re.search(pattern, tree.get(name, ""), re.MULTILINE)
        if not found or found[1] != version:
            yield f"{name}: its version is {found and found[1]}, and meson.build's {version}"
    for name in [*documents_of(tree), "action.yml"]:
        for named in sorted(set(NAMED_VERSION.findall(tree[name])) - {version}):
            yield f"{name}: it names version {named}, and meson.build {version}"


def documents_of(tree):
    return sorted(name for name in tree if re.fullmatch(r"[A-Z]+\.md|docs/[^/]+\.md", name))


def faults_of(tree):
    yield from check_files(tree)
    yield from check_names(tree)
    yield from check_versions(tree)
    for document in documents_of(tree):
        yield from check_links(tree, document)


def read_tree(root):
    """Paths and texts; of what is no text only the path."""
    tree = {}
    for top in ("meson.build", "action.yml", "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "docker", "docs", "packaging", "src", "tests", "script"):
        place = os.path.join(root, top)
        found = [place] if os.path.isfile(place) else [os.path.join(folder, name) for folder, kept, names in os.walk(place)
                                                       if not kept.sort() for name in names]
        for path in found:
            name = os.path.relpath(path, root).replace(os.sep, "/")
            if "/node_modules/" in name or "/cache/" in name or "/corpus/" in name:
                continue
            with open(path, encoding="utf-8", errors="replace") as file:
                tree[name] = file.read()
    return tree


GOOD = {
    "README.md": "# The program\n\n[more](docs/architecture.md#files-and-more), [here](#the-program), [there](http://a.b/)\n",
    "LICENSE": "",
    "meson.build": "project('it',\n  version: '1.2.3',\n",
    "action.yml": "a release, such as 1.2.3",
    "CHANGELOG.md": "## 1.2.3, new\n\n## 1.2.2\n",
    "docker/Dockerfile": "ARG VERSION=1.2.3\n",
    "packaging/arch/PKGBUILD": "pkgver=1.2.3\n",
    "packaging/debian/changelog": "replicate-mock (1.2.3-1) unstable\n",
    "packaging/homebrew/replicate-mock.rb": "url /tags/v1.2.3.tar.gz",
    "packaging/nix/default.nix": "  version = \"1.2.3\";\n",
    "docs/dependencies.md": "[above](../README.md)",
    ARCHITECTURE: "## Files, and `more`\n\n### Files\n\n| `base/` | |\n|---|---|\n| `mem`, `buf.h` | memory |\n\n"
                  "| top | |\n|---|---|\n| `main.c` | the first: `mem_new` |\n\n## Next\n\n| `base/` | |\n| `gone` | no file |\n",
    "src/main.c": "int main(void);\n",
    "src/base/mem.c": "void *mem_new(void);\n",
    "src/base/mem.h": "",
    "src/base/buf.h": "",
}


def changed(document, old, new):
    assert old in GOOD[document]
    return {document: GOOD[document].replace(old, new)}


BAD = [
    ("a file in no table", {"src/base/list.h": ""}, "src/base/list.h stands in its tables 0 times"),
    ("a file in two rows", changed(ARCHITECTURE, "`mem`, `buf.h`", "`mem`, `buf.h`, `mem.c`"), "base/mem.c stands in its tables 2"),
    ("a row without a file", changed(ARCHITECTURE, "`buf.h`", "`buf.h`, `bag`"), "name base/bag, which src/ does not"),
    ("a name that is gone", changed(ARCHITECTURE, "mem_new", "mem_old"), "it names mem_old"),
    ("a link to nothing", changed("README.md", "docs/architecture.md#files-and-more", "docs/more.md"), "it links docs/more.md"),
    ("a heading that is gone", changed("README.md", "#the-program", "#another"), "it links #another"),
    ("an old version", changed("packaging/arch/PKGBUILD", "1.2.3", "1.2.2"), "its version is 1.2.2"),
    ("no version", changed("docker/Dockerfile", "VERSION", "OTHER"), "its version is None"),
    ("an old one in a recipe", {"docs/ci.md": "image: ghcr.io/o/replicate-mock:1.2.2"}, "it names version 1.2.2"),
    ("a heading in another", changed("README.md", "#files-and-more", "#more"), "links docs/architecture.md#more"),
]


def self_test():
    results = [("the good tree", list(faults_of(GOOD)), None)]
    results += [(name, list(faults_of({**GOOD, **files})), wanted) for name, files, wanted in BAD]
    failed = 0
    for name, faults, wanted in results:
        if not (len(faults) == 1 and wanted in faults[0] if wanted else not faults):
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
    tree = read_tree(arguments[0] if arguments else os.path.join(os.path.dirname(__file__), "..", ".."))
    faults = list(faults_of(tree))
    for fault in faults:
        print(fault)
    failed = len({fault.partition(":")[0] for fault in faults})
    print(f"{len(documents_of(tree)) - failed} passed, {failed} failed")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
