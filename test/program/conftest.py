"""Fixtures of the tests of the whole program."""

import itertools
import os
import signal

import pytest

import kannel as kannel_module
import postfix as postfix_module
import postgres as postgres_module
from desk import NOW, Desk
from gateway import Gateway
from harness import Muster, Sink
from iana import Iana, point_to

TEST_SECONDS = 180  # a test that hangs is ended; @pytest.mark.seconds(N) grants more


def pytest_configure(config):
    config.addinivalue_line("markers", "sanitized: also runs against the build with sanitizers")
    config.addinivalue_line("markers", "seconds(n): may take so long")
    config.addinivalue_line("markers", "sqlite(what): is about this of SQLite's alone")
    config.addinivalue_line("markers", "community: makes communities without the fixture `muster`")


def pytest_collection_modifyitems(config, items):
    """A run on PostgreSQL leaves out what is about SQLite, and what has no community."""
    if "MUSTER_TEST_STORE" not in os.environ:
        return
    chosen = [item for item in items if item.get_closest_marker("sqlite") is None
              and ("muster" in item.fixturenames or item.get_closest_marker("community"))]
    config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
    items[:] = chosen


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item):
    mark = item.get_closest_marker("seconds")
    seconds = mark.args[0] if mark else TEST_SECONDS

    def give_up(*_):
        pytest.fail(f"the test ran for more than {seconds} s")

    previous = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(seconds)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, previous)


@pytest.fixture
def start_sink(tmp_path):
    """A function that starts one more mail sink with the given options."""
    sinks = []
    numbers = itertools.count(1)

    def start(*options, port=0):
        sinks.append(Sink(tmp_path / f"sink{next(numbers)}", *options, port=port))
        return sinks[-1]

    yield start
    for sink in sinks:
        sink.stop()


@pytest.fixture
def sink(start_sink):
    """A mail sink that takes everything and keeps it."""
    return start_sink()


@pytest.fixture
def muster(tmp_path, sink):
    """A new community, whose mail goes to `sink`; nothing of it runs yet."""
    community = Muster(tmp_path / "community", sink.port)
    yield community
    community.stop()


@pytest.fixture
def gateway():
    """An SMS gateway that takes everything."""
    server = Gateway()
    yield server
    server.close()


@pytest.fixture
def kannel():
    """A function that starts a private Kannel, or skips the test where there is none."""
    running = []

    def start(*args):
        reason = kannel_module.why_not()
        if reason is not None:
            pytest.skip(reason)
        running.append(kannel_module.Kannel(*args))
        return running[-1]

    yield start
    for server in running:
        print(server.log())  # pytest shows it when the test failed
        server.close()


@pytest.fixture
def start_postfix():
    """A function that starts a private Postfix, or skips the test where there is none."""
    running = []

    def start(*args, **settings):
        reason = postfix_module.why_not()
        if reason is not None:
            pytest.skip(reason)
        running.append(postfix_module.Postfix(*args, **settings))
        return running[-1]

    yield start
    for one in running:
        one.stop()


@pytest.fixture
def postfix(start_postfix, muster, sink):
    """A Postfix between the members, Muster and the sink."""
    server = start_postfix(muster.lmtp_port, sink.port)
    muster.configure("smtp", "relay", f"127.0.0.1:{server.port}")
    return server


@pytest.fixture
def start_postgres():
    """A function that starts a private PostgreSQL of the test's own, to be stopped and killed; or
    skips the test where there is none."""
    running = []

    def start(**settings):
        reason = postgres_module.why_not()
        if reason is not None:
            pytest.skip(reason)
        running.append(postgres_module.Postgres(**settings))
        return running[-1]

    yield start
    for server in running:
        print(server.log())  # pytest shows it when the test failed
        server.close()


@pytest.fixture
def iana(muster):
    """IANA's two servers, which the community asks."""
    servers = Iana()
    point_to(muster, servers)
    yield servers
    servers.close()


@pytest.fixture
def desk(muster, sink, iana):
    """A community that serves, knows the authorities of .ca and .de, and has no contacts yet."""
    muster.set_clock(NOW)
    iana.add("ca", "de")
    muster.cli("authority", "sync", "ca", "de")
    muster.serve()
    return Desk(muster, sink, iana)
