#!/usr/bin/python3
"""Checks that includes point down only: a folder of src/ is a layer (ARCHITECTURE.md), and some
libraries have one home. Prints file:line: what; exit status 1 if there is anything to print.
Usage: tools/check_layers.py [TOP]
"""

import pathlib
import re
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent

# What each layer stands on; what those stand on is meant as well. web and cli never see each other.
LAYERS = {
    "base": [],
    "fetch": ["base"],
    "store": ["base"],
    "mail": ["base"],
    "queue": ["store", "mail"],
    "directory": ["queue"],
    "committee": ["directory"],
    "membership": ["committee"],
    "alert": ["directory"],
    "web": ["membership", "alert"],
    "cli": ["membership", "alert"],
    "daemon": ["web", "cli"],
}
HOMES = {"gmime/": "mail", "curl/": "fetch", "sqlite3.h": "store", "libpq-fe.h": "store"}
INCLUDE = re.compile(r'\s*#\s*include\s*([<"])([^>"]+)')


def reach(layer):
    return {layer}.union(*map(reach, LAYERS[layer]))


def fault(layer, bracket, header):
    """What is wrong with an include in a file of the layer, or None."""
    if bracket == "<":
        home = next((home for name, home in HOMES.items() if header.startswith(name)), layer)
        return None if home == layer else f"<{header}> is included in src/{home} only"
    folder = header.rpartition("/")[0]
    if folder not in LAYERS:
        return f'"{header}" names no layer'
    return None if folder in reach(layer) else f'{layer} must not include "{header}"'


def main(top):
    faults = []
    for path in sorted(top.glob("src/**/*.[ch]")):
        name, layer = path.relative_to(top), path.parent.name
        if layer not in LAYERS or path.parent.parent != top / "src":
            faults.append(f"{name}:1: src/{layer} is no layer")
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            include = INCLUDE.match(line)
            what = include and fault(layer, *include.groups())
            if what:
                faults.append(f"{name}:{number}: {what}")
    print("\n".join(faults), end="\n" if faults else "")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else TOP))
