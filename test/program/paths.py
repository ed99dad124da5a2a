"""Where things are: the build that is tested, and what tests talk to."""

import os
import pathlib

TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("MUSTER_BUILD", TOP / "build"))
BINARY = BUILD / "muster"
MAIL_SINK = BUILD / "test" / "sink" / "mail-sink"
COUNTERPARTS = TOP / "build" / "counterparts"
