"""The roles of a running `muster serve`, seen from outside."""

import pathlib

from harness import wait_until

ROLES = {"lmtp", "worker", "courier"}


def children_of(pid):
    return [int(child)
            for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def roles_of(daemon):
    """The roles that run: {name: process number}."""
    return {name_of(pid): pid for pid in children_of(daemon.pid)}


def name_of(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/comm").read_text().strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""  # it has just ended


def wait_for_roles(daemon, wanted):
    return wait_until(lambda: set(roles := roles_of(daemon)) == wanted and roles,
                      lambda: f"{wanted}, there are {roles_of(daemon)}:\n{daemon.output()}")


def is_alive(pid):
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(") ")[2][0] not in "XZ"
