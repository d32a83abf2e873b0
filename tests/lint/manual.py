#!/usr/bin/env python3
"""What is made from the tables of commands and options: the manual page and the completions name all of them and are taken
by the programs that read them, and the table of docs/configuration.md is the present one.

    manual.py MANUAL ROOT"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

manual, root = sys.argv[1:3]
passed = failed = 0


def check(what, good, why=""):
    global passed, failed
    passed, failed = passed + bool(good), failed + (not good)
    if not good:
        print(f"{what}: {why}")


def made(form):
    return subprocess.run([manual, form], check=True, capture_output=True, text=True).stdout


table = made("markdown")
options = re.findall(r"`--([a-z-]+)", table)
check("options", len(options) > 25, f"only {len(options)}")

for form, pattern in (("man", r"\\-\\-{}\b"), ("bash", r" --{}\b"), ("zsh", r"\*--{}\b"), ("fish", r"-l {}\b")):
    text = made(form)
    for option in options:
        name = option.replace("-", r"\\-") if form == "man" else option
        check(form, re.search(pattern.format(name), text), f"--{option} is missing")
    for command in ("serve", "exec", "env", "healthcheck", "check", "demo", "sign", "verify"):
        check(form, command in text, f"{command} is missing")

# A program that reads each, where it is at hand.
for form, reader in (("man", ["mandoc", "-Tlint", "-Werror"]), ("bash", ["bash", "-n"]), ("zsh", ["zsh", "-n"]),
                     ("fish", ["fish", "-n"])):
    if not shutil.which(reader[0]):
        print(f"skipped: {form}: no {reader[0]} here to read it")
        continue
    with tempfile.NamedTemporaryFile("w", suffix="." + form) as file:
        file.write(made(form))
        file.flush()
        result = subprocess.run([*reader, file.name], capture_output=True, text=True)
        check(form, result.returncode == 0, result.stdout + result.stderr)

COMPLETE = """
source /dev/stdin
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
compopt() { :; }
_replicate_mock
printf '%s\\n' "${COMPREPLY[@]}"
"""


def completed(*words):
    result = subprocess.run(["bash", "-c", COMPLETE, "bash", "replicate-mock", *words], input=made("bash"),
                            capture_output=True, text=True, check=True)
    return result.stdout.split()


if shutil.which("bash"):
    for words, expected in ((["he"], ["healthcheck"]), (["serve", "--clo"], ["--clock"]),
                            (["serve", "--clock", ""], ["real", "manual"]), (["env", "pyt"], ["python", "python2"]),
                            (["sign", "--time"], ["--timestamp"]), (["serve", "--time"], []),
                            (["verify", "--tol"], ["--tolerance"]), (["serve", "--port", ""], []),
                            (["exec", "--", "--po"], []), (["serve", "--clock", "="], ["real", "manual"]),
                            (["serve", "--clock", "=", "m"], ["manual"])):
        check("bash", completed(*words) == expected, f"{words}: {completed(*words)} instead of {expected}")

# What stands on the line after a tab: zsh and fish complete as they do for somebody who types.
TYPED = (("he", "healthcheck"), ("serve --clo", "--clock"), ("serve --clock m", "manual"), ("serve --clock=m", "--clock=manual"),
         ("env lit", "litellm"), ("sign --times", "--timestamp"), ("serve --times", None), ("check /etc/hostn", "/etc/hostname"),
         ("serve --models /etc/hostn", "/etc/hostname"), ("exec --clo", "--clock"), ("exec --clock manual --output-urls d", "data"),
         ("exec -- mkfif", "mkfifo"), ("exec --speed 5 -- cat /etc/hostn", "/etc/hostname"), ("exec -- cat --clo", None))

ZSH = """
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PS1=; fpath=(${(q)PWD} \$fpath); autoload -U compinit; compinit -u -D; bindkey '^I' complete-word"
zpty -w shell 'show() { print -r -- "<<$BUFFER>>"; BUFFER=; zle .accept-line }; zle -N show; bindkey "^X" show; print on""ward'
zpty -m -r shell said '*onward*'
for typed; do
    zpty -w -n shell "$typed"$'\t\x18'
    zpty -m -r shell said '*>>*'
    print -r -- "${${said##*<<}%%>>*}"
done
zpty -d shell
"""


def typed_in_zsh(folder):
    with open(os.path.join(folder, "_replicate-mock"), "w", encoding="utf-8") as file:
        file.write(made("zsh"))
    result = subprocess.run(["zsh", "-f", "-c", ZSH, "zsh", *(f"replicate-mock {typed}" for typed, _ in TYPED)], cwd=folder,
                            capture_output=True, text=True, check=True, timeout=120)
    for (typed, _), line in zip(TYPED, result.stdout.splitlines()):
        last = line.split()[-1].removesuffix("=")
        yield None if line == f"replicate-mock {typed}" else last


def typed_in_fish(folder):
    with open(os.path.join(folder, "replicate-mock.fish"), "w", encoding="utf-8") as file:
        file.write(made("fish"))
    script = r'source replicate-mock.fish; for typed in $argv; set -l found (complete -C $typed); echo "$found"; end'
    result = subprocess.run(["fish", "--no-config", "-c", script, *(f"replicate-mock {typed}" for typed, _ in TYPED)], cwd=folder,
                            env={**os.environ, "HOME": folder}, capture_output=True, text=True, check=True, timeout=120)
    for line in result.stdout.splitlines():
        yield line.partition("\t")[0] or None


for form, read in (("zsh", typed_in_zsh), ("fish", typed_in_fish)):
    if not shutil.which(form):
        continue
    with tempfile.TemporaryDirectory() as scratch:
        for (typed, expected), seen in zip(TYPED, read(scratch), strict=True):
            check(form, seen == expected, f"{typed}: {seen} instead of {expected}")

with open(f"{root}/docs/configuration.md", encoding="utf-8") as page:
    shown = page.read().partition("<!-- options -->\n")[2].partition("<!-- end of options -->")[0]
check("docs/configuration.md", shown == table, f"its table is stale: put the output of `{manual} markdown` there")

print(f"{passed} passed, {failed} failed")
sys.exit(failed > 0)
