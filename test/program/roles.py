"""The roles of a running `muster serve`, seen from outside."""

import os
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
    except FileNotFoundError:
        return ""  # it has just ended


def wait_for_roles(daemon, wanted):
    return wait_until(lambda: set(roles := roles_of(daemon)) == wanted and roles,
                      lambda: f"{wanted}, there are {roles_of(daemon)}:\n{daemon.output()}")


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return name_of(pid) != "" and "Z" not in pathlib.Path(f"/proc/{pid}/stat").read_text().split()[2]
