"""The checks of the sources: that the tree passes them, and that each of them can fail."""

import pathlib
import shutil
import subprocess
import sys

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
SOUND = """#include "base/x.h"

#include <glib.h>
#include <string.h>

#include "base/err.h"

/* Not found in comments: goto, sprintf(). */
int x_count(const char *text)
{
    return g_str_equal(text, "system(1)") ? 1 : 0;
}
"""
SOUND_HEADER = "/* Counts. */\n#pragma once\n\nint x_count(const char *text);\n"
LONG = "int x_count(const char *text)\n{\n" + "    text++;\n" * 69 + "}\n"


def run(tool, *arguments):
    result = subprocess.run([sys.executable, str(TOP / "tools" / tool), *map(str, arguments)],
                            stdout=subprocess.PIPE, text=True, check=False)
    return result.returncode, result.stdout


def put(top, name, text):
    path = top / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.mark.parametrize("tool", ["check_layers.py", "check_source.py"])
def test_the_tree_passes(tool):
    assert run(tool) == (0, "")


@pytest.mark.parametrize("tool", ["check_layers.py", "check_source.py"])
def test_sound_files_pass(tool, tmp_path):
    shutil.copy(TOP / ".clang-format", tmp_path)
    put(tmp_path, "src/base/x.c", SOUND)
    put(tmp_path, "src/base/x.h", SOUND_HEADER)
    assert run(tool, tmp_path) == (0, "")


@pytest.mark.parametrize(("name", "line", "what"), [
    ("src/base/x.c", '#include "store/db.h"', 'base must not include "store/db.h"'),
    ("src/store/x.c", '#include "mail/lmtp.h"', 'store must not include "mail/lmtp.h"'),
    ("src/mail/x.h", '#include "store/db.h"', 'mail must not include "store/db.h"'),
    ("src/web/x.c", '#include "cli/printer.h"', 'web must not include "cli/printer.h"'),
    ("src/cli/x.c", ' # include "web/page.h"', 'cli must not include "web/page.h"'),
    ("src/alert/x.c", '#include "committee/vote.h"', 'alert must not include "committee/vote.h"'),
    ("src/base/x.c", '#include "err.h"', '"err.h" names no layer'),
    ("src/cli/x.c", "#include <gmime/gmime.h>", "<gmime/gmime.h> is included in src/mail only"),
    ("src/queue/x.c", "#include <sqlite3.h>", "<sqlite3.h> is included in src/store only"),
])
def test_an_include_that_points_up_is_found(name, line, what, tmp_path):
    put(tmp_path, name, "\n" + line + "\n")
    assert run("check_layers.py", tmp_path) == (1, f"{name}:2: {what}\n")


def test_a_folder_that_is_no_layer_is_found(tmp_path):
    put(tmp_path, "src/misc/x.c", "")
    assert run("check_layers.py", tmp_path) == (1, "src/misc/x.c:1: src/misc is no layer\n")


@pytest.mark.parametrize("header", ["base/err.h", "store/db.h", "mail/lmtp.h", "alert/post.h"])
def test_an_include_that_points_down_is_fine(header, tmp_path):
    put(tmp_path, "src/daemon/x.c", f'#include "{header}"\n')
    assert run("check_layers.py", tmp_path) == (0, "")


@pytest.mark.parametrize(("name", "text", "line", "what"), [
    ("src/base/x.c", "int x = 1;\n    strcpy(a, b);\n", 2, "strcpy: "),
    ("src/base/x.c", 'int n = g() + atoi ("1");\n', 1, "atoi: "),
    ("src/base/x.c", "struct tm *t = localtime(&now);\n", 1, "localtime: "),
    ("src/base/x.c", "goto done;\n", 1, "goto: "),
    ("src/base/x.c", "GList *all;\n", 1, "GList: "),
    ("src/base/x.c", LONG, 2, "a function of 71 lines"),
    ("src/base/x.c", "int x;\n" * 801, 800, "a file of 801 lines"),
    ("src/base/x.c", "int x; /* TO" "DO */\n", 1, "finish it"),
    ("tools/x.py", "# FIX" "ME\n", 1, "finish it"),
    ("src/base/x.c", "int\tx;\n", 1, "a tab"),
    ("src/base/x.c", "int x; \n", 1, "blanks at the end"),
    ("src/base/x.c", "int x;", 1, "the last line has no end"),
    ("src/base/x.c", "int f(void)\n{\n#ifdef X\n#endif\n}\n", 3, "#if in a function"),
    ("src/base/x.c", "#include <string.h>\n#include <glib.h>\n", 1, "includes are not sorted"),
    ("src/base/x.c", '#include <glib.h>\n#include "base/err.h"\n', 1, "includes: own header"),
    ("src/base/x.c", '#include "base/a.h"\n#include "base/b.h"\n\n#include <glib.h>\n', 1,
     "includes: own header"),
    ("src/base/x.h", "#pragma once\n", 1, "a header begins with a comment"),
    ("src/base/x.h", "/* Counts. */\nint x;\n", 1, "no #pragma once"),
])
def test_what_is_not_allowed_is_found(name, text, line, what, tmp_path):
    put(tmp_path, name, text)
    status, output = run("check_source.py", tmp_path)
    assert status == 1
    assert f"{name}:{line}: {what}" in output


@pytest.mark.skipif(shutil.which("clang-format") is None, reason="clang-format is not installed")
def test_another_layout_is_found(tmp_path):
    shutil.copy(TOP / ".clang-format", tmp_path)
    put(tmp_path, "src/base/x.c", "int f(void) { return 1; }\n")
    status, output = run("check_source.py", tmp_path)
    assert status == 1
    assert output.startswith("src/base/x.c:1:")
