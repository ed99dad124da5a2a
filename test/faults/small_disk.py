"""A file system of some megabytes, in memory, that a test fills up."""

import contextlib
import pathlib
import subprocess

BLOCK = 1 << 16


class Skip(Exception):
    """The scenario is not possible here; the text says why."""


class SmallDisk:
    """Needs root. close() takes it away with all that is in it."""

    def __init__(self, folder, megabytes):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir()
        self.filler = self.folder / "filler"
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "faults",
                                  self.folder], capture_output=True, text=True, check=False)
        if mounted.returncode != 0:
            raise Skip(f"no file system of its own: {mounted.stderr.strip()}")

    def fill(self):
        """To the last byte."""
        with contextlib.suppress(OSError), open(self.filler, "ab", buffering=0) as file:
            while True:
                file.write(b"\0" * BLOCK)

    def free(self):
        self.filler.unlink()

    def close(self):
        subprocess.run(["umount", "--lazy", self.folder], check=False)
