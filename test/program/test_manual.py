"""The manual pages say what the program's tables say."""

import re
import shutil
import subprocess

import pytest

from harness import TOP

COMMANDS_PAGE = TOP / "man" / "muster.1"
SETTINGS_PAGE = TOP / "man" / "muster.conf.5"
LONG_DEFAULTS = {"name-pattern"}  # the page gives an example instead of the expression


def documented_settings():
    """{(section, key): default or None} of muster.conf(5)."""
    found = {}
    section = key = None
    lines = SETTINGS_PAGE.read_text(encoding="utf-8").splitlines()
    for line, after in zip(lines, [*lines[1:], ""]):
        if match := re.fullmatch(r"\.Ss \[(.+)\]", line):
            section = match[1]
        elif match := re.fullmatch(r"\.It Cm (.+)", line):
            key = match[1]
            found[section, key] = None
        elif line == "Default:" and (match := re.match(r"\.Ql (\S+)", after)):
            found[section, key] = match[1]
    return found


def documented_commands():
    """The patterns of muster(1)."""
    text = COMMANDS_PAGE.read_text(encoding="utf-8")
    return re.findall(r"^\.It Ic (.+)$", text, re.MULTILINE)


def commands_of_help(muster):
    return re.findall(r"^  muster (.+)$", muster.cli("help"), re.MULTILINE)


def test_every_setting_is_described_with_its_default(muster):
    settings = {(row["section"], row["key"]): row["default"]
                for row in muster.json("config", "show")}
    documented = documented_settings()
    assert list(documented) == list(settings)
    for name, default in settings.items():
        if name[1] not in LONG_DEFAULTS:
            assert documented[name] == default, name


def test_every_command_is_described(muster):
    assert documented_commands() == commands_of_help(muster)


@pytest.mark.parametrize("page", [COMMANDS_PAGE, SETTINGS_PAGE], ids=lambda page: page.name)
def test_page_is_well_formed(page):
    if shutil.which("mandoc") is None:
        pytest.skip("mandoc is not installed")
    lint = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", page], check=False,
                          capture_output=True, text=True)
    assert lint.stdout == ""
