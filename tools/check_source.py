#!/usr/bin/python3
"""Checks how the sources are written, as far as a program can (CONTRIBUTING.md). Prints
file:line: what; exit status 1 if there is anything to print.
Usage: tools/check_source.py [TOP]
"""

import pathlib
import re
import shutil
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent
FUNCTION_LINES = 70
FILE_LINES = 800
FOLDERS = ["src", "test", "fuzz", "bench", "tools", "share", "docs", "man"]
C_FILES = {".c", ".h"}
TEXT_FILES = C_FILES | {".py", ".build", ".md", ".sql"}

BANNED = {
    r"(strcpy|strcat|sprintf|vsprintf|gets|alloca)\s*\(": "writes past the end: use GString",
    r"(strtok|gmtime|localtime)\s*\(": "keeps hidden state",
    r"(atoi|atol|strtol|strtoul)\s*\(": "hides errors: use g_ascii_string_to_signed",
    r"(system|popen)\s*\(": "runs a shell",
    r"goto\b": "use g_autoptr or a smaller function",
    r"(g_return_if_fail|g_return_val_if_fail)\s*\(": "goes on after a bug: use g_assert",
    r"(g_random_\w+|g_uuid_\w+|rand|random)\s*\(": "can be guessed: use libsodium",
    r"(GList|GSList|GVariant|GThread)\b": "not in our dialect",
}
BANNED = {re.compile(rf"(?<![\w.>]){name}"): why for name, why in BANNED.items()}
LEFT_OVER = re.compile(r"\b(TO[D]O|FIX[M]E|not[ ]implemented)\b")
NOT_CODE = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
INCLUDE = re.compile(r'#include ([<"][^>"]+[>"])')


def code_of(text):
    """The text with comments and literals blanked, line by line as before."""
    return NOT_CODE.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)


def check_text(path, text):
    lines = text.split("\n")
    if lines[-1] != "":
        yield len(lines), "the last line has no end"
    if len(lines) - 1 > FILE_LINES:
        yield FILE_LINES, f"a file of {len(lines) - 1} lines, more than {FILE_LINES}"
    for number, line in enumerate(lines, 1):
        if "\t" in line:
            yield number, "a tab"
        if line != line.rstrip():
            yield number, "blanks at the end"
        if LEFT_OVER.search(line):
            yield number, "finish it, or make it an issue"


def check_functions(path, text):
    """A function's braces stand in the first column, and only they do."""
    start = 0
    for number, line in enumerate(code_of(text).split("\n"), 1):
        if line.startswith("{"):
            start = number
        elif line.startswith("}"):
            if start and number - start + 1 > FUNCTION_LINES:
                yield start, f"a function of {number - start + 1} lines, more than {FUNCTION_LINES}"
            start = 0
        elif start and line.lstrip().startswith("#if"):
            yield number, "#if in a function: put it into a file of its own"


def check_banned(path, text):
    for number, line in enumerate(code_of(text).split("\n"), 1):
        for banned, why in BANNED.items():
            found = banned.search(line)
            if found:
                yield number, f"{found[0].strip(' (')}: {why}"


def check_includes(path, text):
    """Own header, then <system and libraries>, then ours; each group sorted and apart."""
    groups, last = [], None
    for number, line in enumerate(text.split("\n"), 1):
        include = INCLUDE.match(line)
        if not include:
            continue
        if last is None or number != last + 1:
            groups.append((number, []))
        groups[-1][1].append(include[1])
        last = number
    if groups and len(groups[0][1]) == 1 and groups[0][1][0][0] == '"' and path.suffix == ".c":
        groups = groups[1:]
    kinds = ["".join(sorted({name[0] for name in names})) for _, names in groups]
    for number, names in groups:
        if names != sorted(names):
            yield number, "includes are not sorted"
    if kinds not in ([], ["<"], ['"'], ["<", '"']):
        yield groups[0][0], "includes: own header, blank, libraries, blank, ours"


def check_header(path, text):
    if path.suffix != ".h":
        return
    if not text.startswith("/* "):
        yield 1, "a header begins with a comment that says what it is"
    if "\n#pragma once\n" not in text:
        yield 1, "no #pragma once"


def check_format(paths):
    """What clang-format would change; nothing if it is not installed."""
    if not paths or shutil.which("clang-format") is None:
        return ""
    result = subprocess.run(["clang-format", "--dry-run", "-Werror", *map(str, paths)],
                            stderr=subprocess.PIPE, text=True, check=False)
    return "".join(f"{line}\n" for line in result.stderr.splitlines() if ": error: " in line)


def main(top):
    files = [path for folder in FOLDERS for path in sorted(top.glob(f"{folder}/**/*"))
             if path.suffix in TEXT_FILES and path.is_file() and "corpus" not in path.parts]
    sources = [path for path in files if path.suffix in C_FILES]
    faults = ""
    for path in files:
        checks = [check_text]
        if path in sources:
            checks += [check_functions, check_banned, check_includes, check_header]
        text = path.read_text()
        for check in checks:
            for number, what in check(path, text):
                faults += f"{path.relative_to(top)}:{number}: {what}\n"
    faults += check_format(sources).replace(f"{top}/", "")
    print(faults, end="")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else TOP))
