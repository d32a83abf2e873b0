#!/usr/bin/env python3
"""What docs/testing.md tells to write is written, what it tells to run is run, and what it shows is what is printed.

Usage: recipes.py LANGUAGE BINARY | --self-test

LANGUAGE is the heading (##) whose recipes are meant. There
  a block behind a line that begins with a name in backquotes and ends with a colon is that file,
  a block marked `sh` is a command, typed in the folder of the files with BINARY in PATH as replicate-mock,
  a block without a mark right behind that is its output: … stands for anything, blanks and line ends for any others;
    where it shows that tests have failed, the command has to.
Any other block is a fault: nothing in a recipe goes untried.
"""
import os
import re
import signal
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.realpath(__file__))
PAGE = os.path.join(HERE, "..", "..", "docs", "testing.md")
BLOCK = re.compile(r"^(?:`([\w.-]+)`[^\n]*:\n\n)?```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
COLOURS = re.compile(r"\x1b\[[\d;]*m")
LONG = 240  # seconds: ends what hangs


def section(page, heading):
    return re.split(r"^## ", page.partition(f"\n## {heading}\n")[2], flags=re.MULTILINE)[0]


def recipes(text):
    """(files by their names, [command, its output or None])."""
    files, commands, end = {}, [], 0
    for block in BLOCK.finditer(text):
        name, mark, content = block.groups()
        if name and mark and name not in files:
            files[name] = content
        elif mark == "sh" and not name:
            commands.append([content, None])
        elif not mark and commands and commands[-1][1] is None and text[end:block.start()] == "\n\n":
            commands[-1][1] = content
        else:
            raise ValueError(f"neither a new file nor a command nor its output:\n{block.group()}")
        end = block.end()
    return files, commands


def normal(text):
    return " ".join(COLOURS.sub("", text).split())


def fits(shown, printed):
    pattern = ".*".join(re.escape(normal(part)) for part in shown.split("…"))
    # A wildcard has the blanks beside it.
    return re.fullmatch(pattern.replace(".*", r"\s*.*\s*"), normal(printed)) is not None


def has_to_fail(shown):
    return re.search(r"\d+ failed", shown or "") is not None


def typed(command, folder):
    """Its exit code and what it prints. What hangs is ended, with all that it has started."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("REPLICATE_")}
    environment = {**own, "PATH": os.path.join(folder, "bin") + os.pathsep + os.environ["PATH"],
                   "NO_COLOR": "1", "NPM_CONFIG_LOGLEVEL": "error"}
    with tempfile.TemporaryFile("w+", encoding="utf-8") as output:
        child = subprocess.Popen(["sh", "-eu", "-c", command], cwd=folder, env=environment, start_new_session=True,
                                 stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
        try:
            code = child.wait(LONG)
        except subprocess.TimeoutExpired:
            code = f"nothing within {LONG} s"
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
        output.seek(0)
        return code, output.read()


def try_command(command, shown, folder):
    """None, or what is wrong."""
    code, printed = typed(command, folder)
    if code not in ((1, 2) if has_to_fail(shown) else (0,)):
        return f"it exits with {code}, and prints\n{printed}"
    if shown is not None and not fits(shown, printed):
        return f"docs/testing.md shows\n{shown}\nand it prints\n{printed}"
    return None


def furnish(folder, files, binary):
    for name, content in files.items():
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(content)
    os.mkdir(os.path.join(folder, "bin"))
    os.symlink(os.path.realpath(binary), os.path.join(folder, "bin", "replicate-mock"))
    os.symlink(os.path.join(HERE, "node_modules"), os.path.join(folder, "node_modules"))


def run(language, binary):
    with open(PAGE, encoding="utf-8") as file:
        files, commands = recipes(section(file.read(), language))
    if not files or not commands:
        raise ValueError(f"docs/testing.md has no recipes below {language}")
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        furnish(folder, files, binary)
        for command, shown in commands:
            fault = try_command(command, shown, folder)
            failed += fault is not None
            print(f"{'wrong' if fault else 'good'}: {command.strip()}", fault or "", sep="\n" if fault else "")
    print(f"{len(commands) - failed} passed, {failed} failed")
    return 1 if failed else 0


GOOD = "# A\n\n## One\n\n`a.py`, the app:\n\n```python\nx = 1\n```\n\n```sh\ntrue\n```\n\n```\nyes\n```\n\n```sh\nfalse\n```\n\n## Two\n"


def refused(text):
    try:
        recipes(text)
    except ValueError:
        return True
    return False


def self_test():
    results = {
        "files and commands": recipes(section(GOOD, "One")) == ({"a.py": "x = 1\n"}, [["true\n", "yes\n"], ["false\n", None]]),
        "another section": recipes(section(GOOD, "Two")) == ({}, []),
        "a block without a name": refused("```python\nx = 1\n```\n"),
        "a file that is there twice": refused(GOOD + GOOD),
        "an output of nothing": refused("```\nyes\n```\n"),
        "an output further on": refused("```sh\ntrue\n```\n\nThen:\n\n```\nyes\n```\n"),
        "wildcards and blanks": fits("a…d\n\n e\n", "a  b\nc \x1b[31md\x1b[0m e"),
        "another output": not fits("a…d\n", "a b\n"),
        "one with more": not fits("a\n", "a b\n"),
        "a command that fails": try_command("false", None, "/") is not None,
        "one that has to, and does not": try_command("echo 1 failed", "1 failed", "/") is not None,
        "one that has to": try_command("echo 1 failed; false", "1 failed", "/") is None,
    }
    wrong = [name for name, is_right in results.items() if not is_right]
    for name in wrong:
        print(f"{name}: not as it should be")
    print(f"{len(results) - len(wrong)} passed, {len(wrong)} failed")
    return 1 if wrong else 0


def main(arguments):
    if arguments == ["--self-test"]:
        return self_test()
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    return run(*arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
