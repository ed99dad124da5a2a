"""SQL on PostgreSQL by its own client, which shares no code with Muster."""

import csv
import functools
import io
import json
import pathlib
import subprocess
import urllib.parse

from paths import COUNTERPARTS

SECONDS = 120


def folder_of(package, program):
    """Where the package's programs are: as unpacked, so that every machine tests the same, or else
    as installed; None if nowhere."""
    for root in (COUNTERPARTS / package, pathlib.Path("/")):
        found = root.glob(f"usr/lib/postgresql/*/bin/{program}")
        newest = max(found, key=lambda path: int(path.parts[-3]), default=None)
        if newest is not None:
            return newest.parent
    return None


@functools.cache
def client_programs():
    return folder_of("postgresql-client", "psql")


def command(url, *options):
    return [client_programs() / "psql", "-X", "-q", "-t", "-v", "ON_ERROR_STOP=1", "-d", url,
            *options]


def run(url, *options):
    done = subprocess.run(command(url, *options), text=True, capture_output=True, check=False,
                          stdin=subprocess.DEVNULL, timeout=SECONDS)
    assert done.returncode == 0, f"{options}: {done.stderr}"
    return done.stdout


def query(url, statement):
    """Runs SQL of any kind; the rows of its answer, all values being text (NULL: None)."""
    output = run(url, "--csv", "-P", "null=\\N", "-c", statement)
    return [tuple(None if value == "\\N" else value for value in row)
            for row in csv.reader(io.StringIO(output))]


def select(url, statement):
    """The rows of a SELECT, values being text, numbers and None; bytes as PostgreSQL shows them."""
    output = run(url, "-A", "-c", f"SELECT to_json(found) FROM ({statement}) AS found")
    return [tuple(json.loads(line).values()) for line in output.splitlines()]


def with_schema(url, schema):
    """The URL of the same database in which that schema is the one that is looked at."""
    sign = "&" if "?" in url else "?"
    return f"{url}{sign}options={urllib.parse.quote(f'-csearch_path={schema}')}"
