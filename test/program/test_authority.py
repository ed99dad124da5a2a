"""Asking IANA: WHOIS and RDAP servers of the test's own, well-behaved and not."""

import contextlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import time

import pytest

from harness import BUILD, PATIENCE, TOP, wait_until
from iana import Iana, NORMAL, point_to, unused_address

DAY = 86400
NOW = 1_790_000_000
SAMPLES = TOP / "test" / "data" / "iana"


def sync(muster, *tlds, status=0):
    """The rows of a run, by TLD."""
    result = muster.command("authority", "sync", *tlds, "--json")
    assert result.status == status, result
    return {row["tld"]: row for row in json.loads(result.output)}


def contact(muster, tld, place=0):
    return muster.json("authority", "show", tld)["contacts"][place]


def test_what_both_sources_say_is_put_on_file(muster, iana):
    iana.add("xn--p1ai", manager="Пример", name="Анна Пример", ds=2)
    row = sync(muster, "рф")["xn--p1ai"]
    assert (row["outcome"], row["whois"], row["rdap"]) == ("new", "read", "read")
    shown = muster.json("authority", "show", "рф")
    assert (shown["manager"], shown["status"], shown["dnssec"]) == ("Пример", "active", "signed")
    assert (shown["ds_records"], shown["created"]) == (2, "1988-08-05")
    administrative = shown["contacts"][0]
    assert administrative["name"] == "Анна Пример"
    assert administrative["confirmations_to"] == "admin@nic-xn--p1ai.example"
    assert "Анна Пример" in muster.cli("authority", "show", "рф")
    assert iana.asked == [("whois", "xn--p1ai"), ("rdap", "xn--p1ai")]


def test_all_tlds_are_asked_about_in_one_run(muster, iana):
    tlds = [row["tld"] for row in muster.json("tld", "list")]
    iana.add(*tlds)
    iana.add("de", ds=0)
    rows = sync(muster)
    assert len(rows) == 309 and {row["outcome"] for row in rows.values()} == {"new"}
    assert sorted(iana.tlds_asked("whois")) == sorted(iana.tlds_asked("rdap")) == sorted(tlds)
    dnssec = muster.json("tld", "stats", "--dnssec")
    assert dnssec["tlds"]["all"]["all"] | {"percent": 0} == {"signed": 308, "of": 309, "percent": 0}
    assert (dnssec["unsigned"], dnssec["unknown"]) == (["de"], 0)
    assert "308 of 309 (99.7 %)" in muster.cli("tld", "stats", "--dnssec")
    assert "intact: 309 rows" in muster.cli("journal", "verify")


@pytest.mark.parametrize("name", sorted(
    path.name for path in (SAMPLES / "whois").rglob("*.txt")
    if path.stem not in ("notfound", "invalid", "former", "eh")))  # the last two: no delegated TLDs
def test_samples_are_read(muster, iana, name):
    """As the server would send them."""
    path = next((SAMPLES / "whois").rglob(name))
    tld = {"uk-blank-whois": "uk", "be-crlf": "be"}.get(path.stem, path.stem)
    iana.whois = lambda _, connection: connection.sendall(path.read_bytes())
    sample = SAMPLES / "rdap" / f"{tld}.json"
    if sample.exists():
        iana.rdap = lambda _, handler: handler.answer(200, sample.read_bytes())
    row = sync(muster, tld)[tld]
    assert (row["outcome"], row["whois"]) == ("new", "read")
    if sample.exists():
        assert row["rdap"] == "read" and not row["in_doubt"]
        assert muster.json("authority", "show", tld)["differences"] == []


def reset(connection):
    connection.setsockopt(1, 13, b"\1\0\0\0\0\0\0\0")  # SO_LINGER 0: closing breaks it off
    connection.close()


# What WHOIS does with a question, and what is said of that.
WHOIS_FAULTS = {
    "silent": (lambda iana, connection: iana.wait_until_hung_up(connection), "longer than 1 s"),
    "closing": (lambda iana, connection: None, "cut off"),
    "breaking off": (lambda iana, connection: reset(connection), "could not hear"),
    "cut off": (lambda iana, connection: connection.sendall(
        iana.entries["ca"].whois().partition(b"source:")[0]), "cut off"),
    "cut off in the address": (lambda iana, connection: connection.sendall(
        iana.entries["ca"].whois().partition(b".example")[0]), "cut off in line"),
    "huge": (lambda iana, connection: connection.sendall(b"remarks: x\n" * 100000), "more than"),
    "not UTF-8": (lambda iana, connection: connection.sendall(
        iana.entries["ca"].whois().replace(b"Ann", b"\xc4nn")), "not UTF-8"),
    "wrong content": (lambda iana, connection: connection.sendall(
        b"HTTP/1.1 302 Found\r\n\r\n<html></html>\r\n"), "line 1 is no"),
    "another TLD": (lambda iana, connection: connection.sendall(
        iana.entries["fr"].whois()), "about .fr"),
    "another registry": (lambda iana, connection: connection.sendall(
        iana.entries["ca"].whois().replace(b"IANA\n", b"EVIL\n")), "source"),
    "invalid query": (lambda iana, connection: connection.sendall(
        (SAMPLES / "whois" / "invalid.txt").read_bytes()), "Invalid query"),
    "no object": (lambda iana, connection: connection.sendall(
        (SAMPLES / "whois" / "notfound.txt").read_bytes()), "no such name"),
}


def drip(iana, connection):
    """Never quite silent, never done."""
    try:
        while not iana.over.wait(0.05):
            connection.sendall(b"%\n")
    except OSError:
        pass


def send_head(handler, text):
    handler.wfile.write(text)
    handler.wfile.flush()
    handler.close_connection = True


# What RDAP does with a request, and what is said of that.
RDAP_FAULTS = {
    "silent": (lambda iana, handler: iana.wait_until_hung_up(handler.connection), "timed out"),
    "closing": (lambda iana, handler: send_head(handler, b""), "Empty reply"),
    "cut off": (lambda iana, handler: send_head(
        handler, b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"), "remaining"),
    "unfinished JSON": (lambda iana, handler: handler.answer(
        200, iana.entries["ca"].rdap()[:-20]), "cut off"),
    "huge": (lambda iana, handler: handler.answer(200, b" " * 300000), "more than"),
    "endless head": (lambda iana, handler: send_head(
        handler, b"HTTP/1.1 200 OK\r\n" + b"X: " + b"x" * 200000), "Out of memory|Too large"),
    "wrong content": (lambda iana, handler: handler.answer(
        200, b"<html>Log in to the hotel</html>", "text/html"), "no JSON"),
    "another TLD": (lambda iana, handler: handler.answer(
        200, iana.entries["fr"].rdap()), "about .fr"),
    "redirect": (lambda iana, handler: handler.answer(
        302, b"", Location=iana.rdap_url + "fr"), "302: the server sends us elsewhere"),
    "redirect to a file": (lambda iana, handler: handler.answer(
        302, b"", Location="file:///etc/passwd"), "302: the server sends us elsewhere"),
    "busy": (lambda iana, handler: handler.answer(503, b""), "HTTP status 503"),
    "not found": (lambda iana, handler: handler.answer(
        404, (SAMPLES / "rdap" / "error-404.json").read_bytes()), "no such name"),
}


@pytest.mark.sanitized
@pytest.mark.parametrize("fault", WHOIS_FAULTS)
def test_whois_that_misbehaves_leaves_all_as_it_was(muster, iana, fault):
    iana.add("ca", "fr")
    sync(muster, "ca")
    act, reason = WHOIS_FAULTS[fault]
    iana.whois = lambda _, connection: act(iana, connection)
    row = sync(muster, "ca")["ca"]
    assert row["outcome"] == "same" and row["rdap"] == "read"
    assert reason in row["whois"]
    shown = muster.json("authority", "show", "ca")
    assert reason in shown["sources"]["whois"]["failure"]
    assert shown["contacts"][0]["confirmations_to"] == "admin@nic-ca.example"
    assert len(muster.json("journal", "show")) == 1


@pytest.mark.sanitized
@pytest.mark.parametrize("fault", RDAP_FAULTS)
def test_rdap_that_misbehaves_leaves_all_as_it_was(muster, iana, fault):
    iana.add("ca", "fr")
    sync(muster, "ca")
    act, reason = RDAP_FAULTS[fault]
    iana.rdap = lambda _, handler: act(iana, handler)
    row = sync(muster, "ca")["ca"]
    assert row["outcome"] == "same" and row["whois"] == "read"
    assert any(part in row["rdap"] for part in reason.split("|")), row
    assert contact(muster, "ca")["confirmations_to"] == "admin@nic-ca.example"
    assert len(muster.json("journal", "show")) == 1


def test_slow_answer_ends_after_its_time(muster, iana):
    iana.add("ca")
    iana.whois = lambda _, connection: drip(iana, connection)
    began = time.monotonic()
    assert "longer than 1 s" in sync(muster, "ca")["ca"]["whois"]
    assert time.monotonic() - began < PATIENCE / 2


def test_address_that_leads_nowhere_leaves_time_for_the_next(muster, iana):
    """As an IPv6 address does on a host without a way to it."""
    iana.add("ca")
    port = iana.whois_server.server_address[1]
    with contextlib.ExitStack() as stack:
        dead = stack.enter_context(socket.socket(socket.AF_INET6))
        try:
            dead.bind(("::1", port))
        except OSError:
            pytest.skip("no IPv6 on the loopback")
        dead.listen(0)  # and its queue is full: whoever connects hears nothing
        for _ in range(4):
            waiting = stack.enter_context(socket.socket(socket.AF_INET6))
            waiting.setblocking(False)
            waiting.connect_ex(("::1", port))
        muster.configure("iana", "whois", f"*:{port}")  # both of this host's loopback
        muster.configure("iana", "timeout-seconds", "2")
        assert sync(muster, "ca")["ca"]["whois"] == "read"


def test_tlds_are_asked_about_no_faster_than_configured(muster, iana):
    asked_at = []
    iana.add("ca", "fr", "de")
    iana.whois = lambda *_: asked_at.append(time.monotonic()) or NORMAL
    muster.configure("iana", "per-minute", "120")
    sync(muster, "ca", "fr", "de")
    assert asked_at[2] - asked_at[0] > 0.9


def test_nobody_there_keeps_the_old_data_and_says_so(muster, iana):
    iana.add("ca")
    muster.set_clock(NOW)
    sync(muster, "ca")
    muster.configure("iana", "whois", unused_address())
    muster.configure("iana", "rdap", f"http://{unused_address()}/")
    muster.set_clock(NOW + DAY)
    result = muster.command("authority", "sync", "ca")
    assert result.status == 75 and "stays as it was" in result.errors
    shown = muster.json("authority", "show", "ca")
    assert (shown["read"], shown["asked"]) == ("2026-09-21T14:13:20Z", "2026-09-22T14:13:20Z")
    assert "WHOIS was not read when it was last asked" in muster.cli("authority", "show", "ca")
    assert shown["contacts"][0]["confirmations_to"] == "admin@nic-ca.example"


def test_servers_that_are_down_are_left_alone(muster, iana):
    """Nobody waits 309 times for two servers that do not answer."""
    muster.configure("iana", "whois", unused_address())
    muster.configure("iana", "rdap", f"http://{unused_address()}/")
    result = muster.command("authority", "sync", "--json")
    assert result.status == 75 and "5 times in a row" in result.errors
    assert len(json.loads(result.output)) == 5


def test_one_server_that_is_down_is_left_alone(muster, iana):
    tlds = [row["tld"] for row in muster.json("tld", "list", "--region", "NA")]
    iana.add(*tlds)
    iana.whois = lambda _, connection: reset(connection)
    rows = sync(muster, *tlds)
    assert [row["outcome"] for row in rows.values()] == ["new"] * 7
    assert len(iana.tlds_asked("whois")) == 5 and len(iana.tlds_asked("rdap")) == 7
    assert "not asked" in rows[tlds[6]]["whois"]


def test_change_waits_for_the_secretariat(muster, iana):
    iana.add("ca")
    sync(muster, "ca")
    iana.add("ca", name="Bea Example", email="bea@nic-ca.example")
    row = sync(muster, "ca")["ca"]
    assert row["changes"] == ["administrative name", "administrative e-mail"]
    held = contact(muster, "ca")
    assert held["email"] == "bea@nic-ca.example" and held["confirmations_to"] is None
    assert "has not seen it yet" in held["no_confirmations_because"]
    assert contact(muster, "ca", 1)["confirmations_to"] == "tech@nic-ca.example"
    changes = muster.json("authority", "changes")
    assert [(row["field"], row["old"], row["new"]) for row in changes] == [
        ("administrative e-mail", "admin@nic-ca.example", "bea@nic-ca.example"),
        ("administrative name", "Ann Example", "Bea Example")]
    assert muster.json("authority", "seen", ".ca") == [{"tld": "ca", "changes": 2}]
    assert contact(muster, "ca")["confirmations_to"] == "bea@nic-ca.example"
    assert muster.json("authority", "changes") == []
    assert len(muster.json("authority", "changes", "--all")) == 2
    journal = muster.json("journal", "show", "--tld", "ca")
    assert [row["action"] for row in journal] == ["authority.add", "authority.change",
                                                  "authority.seen"]
    assert journal[1]["values"]["old administrative e-mail"] == "admin@nic-ca.example"


def test_forged_whois_brings_no_address_into_use(muster, iana):
    """WHOIS is not encrypted: whoever sits on the way can say anything in its name."""
    entry = iana.add("ca")
    sync(muster, "ca")
    iana.whois = lambda _, connection: connection.sendall(
        entry.whois().replace(b"admin@nic-ca.example", b"eve@evil.example"))
    assert sync(muster, "ca")["ca"]["in_doubt"]
    held = contact(muster, "ca")
    assert (held["trust"], held["email"]) == ("disputed", "admin@nic-ca.example")
    assert held["confirmations_to"] is None
    differences = muster.json("authority", "show", "ca")["differences"]
    assert [(row["field"], row["whois"]) for row in differences] == [
        ("administrative e-mail", "eve@evil.example")]
    muster.cli("authority", "accept", "ca", "--from", "rdap")
    assert contact(muster, "ca")["confirmations_to"] == "admin@nic-ca.example"
    assert not sync(muster, "ca")["ca"]["in_doubt"]


def test_one_source_alone_is_believed_a_day_later(muster, iana):
    entry = iana.add("ca")
    muster.set_clock(NOW)
    sync(muster, "ca")
    entry.email = "bea@nic-ca.example"
    iana.rdap = lambda _, handler: handler.answer(503, b"")
    muster.set_clock(NOW + 7 * DAY)
    sync(muster, "ca")
    held = contact(muster, "ca")
    assert (held["email"], held["candidate"]) == ("admin@nic-ca.example", "bea@nic-ca.example")
    assert held["confirmations_to"] is None
    muster.set_clock(NOW + 7 * DAY + 3600)
    sync(muster, "ca")
    assert contact(muster, "ca")["candidate"] == "bea@nic-ca.example"
    muster.set_clock(NOW + 8 * DAY)
    assert sync(muster, "ca")["ca"]["outcome"] == "changed"
    assert contact(muster, "ca")["email"] == "bea@nic-ca.example"


def test_contacts_are_compared(muster, iana):
    iana.add("ca", name="Jane Doe", email="Jane@NIC-ca.example", phone="+1 (613) 555-0100")
    sync(muster, "ca")
    muster.cli("contact", "add", "ca", "--given", "Jane", "--family", "Doe", "--mobile",
               "+1 613 555 0100", "--primary", "jane@nic-ca.example")
    muster.cli("contact", "add", "ca", "--given", "Joe", "--family", "Roe", "--mobile",
               "+1 613 555 0109", "--primary", "tech@nic-ca.example", "--secondary",
               "joe@mail.example")
    jane, joe = muster.json("authority", "compare", "ca")["contacts"]
    assert [jane[key] for key in ("name_is", "primary_is", "secondary_is", "mobile_is")] == [
        "same as administrative", "same as administrative", None, "same as administrative"]
    assert [joe[key] for key in ("name_is", "primary_is", "secondary_is", "mobile_is")] == [
        "differs", "same as technical", "differs", "differs"]
    assert "same as technical" in muster.cli("authority", "compare", "ca")
    assert muster.command("authority", "compare", "fr").status == 67


def test_terminal_gets_no_control_characters(muster, iana):
    entry = iana.add("ca", name="Ann\x1b[31m \u202eExample")
    assert entry.whois().count(b"\x1b") == 1
    sync(muster, "ca")
    shown = muster.cli("authority", "show", "ca") + muster.cli("authority", "show", "ca", "--json")
    assert "\x1b" not in shown and "\u202e" not in shown


@pytest.fixture
def certificate(tmp_path):
    """A certificate of localhost that nobody signed but itself, with its key."""
    path = tmp_path / "server.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
                    "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", path,
                    "-out", tmp_path / "certificate.pem"], check=True, capture_output=True)
    with open(path, "ab") as file:
        file.write((tmp_path / "certificate.pem").read_bytes())
    return path


def test_rdap_needs_a_certificate_that_fits(muster, certificate, monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    servers = Iana(certificate)
    try:
        servers.add("ca")
        point_to(muster, servers)
        assert "certificate" in sync(muster, "ca")["ca"]["rdap"]
        muster.configure("iana", "ca-file", certificate.with_name("certificate.pem"))
        assert sync(muster, "ca")["ca"]["rdap"] == "read"
        muster.configure("iana", "rdap", servers.rdap_url.replace("localhost", "127.0.0.1"))
        assert "127.0.0.1" in sync(muster, "ca")["ca"]["rdap"]
    finally:
        servers.close()


@pytest.mark.parametrize("url, is_right", [
    ("http://rdap.iana.org/domain/", False), ("http://127.0.0.1:80@evil.example/", False),
    ("http://localhost.evil.example/", False), ("http://127.0.0.1.evil.example/", False),
    ("http://localhost:8080/domain", True), ("http://[::1]/", True),
    ("https://rdap.iana.org/domain/", True)])
def test_plain_http_is_for_the_loopback_only(muster, url, is_right):
    muster.configure("iana", "rdap", url)
    result = muster.command("config", "check")
    assert (result.status == 0) == is_right
    assert is_right or "rdap needs https://" in result.errors


# The worker's run

@pytest.mark.sanitized
def test_worker_asks_by_itself_and_again_when_it_is_due(muster, iana):
    tlds = [row["tld"] for row in muster.json("tld", "list")]
    iana.add(*tlds)
    muster.configure("iana", "sync-days", "7")
    muster.set_clock(NOW)
    daemon = muster.serve()
    daemon.wait_for_output("asked about 309 TLDs: 0 changed, 0 gave no answer")
    assert len(iana.tlds_asked("whois")) == 309
    iana.add("ca", email="bea@nic-ca.example")
    muster.set_clock(NOW + 7 * DAY - 1)
    muster.deliver("x@mail.example", [muster.address("-owner")], b"Subject: wake up\r\n\r\n")
    muster.set_clock(NOW + 7 * DAY)
    muster.deliver("x@mail.example", [muster.address("-owner")], b"Subject: wake up\r\n\r\n")
    daemon.wait_for_output(".ca has another administrative e-mail")
    wait_until(lambda: len(iana.tlds_asked("whois")) == 618, "the second run")
    assert "bea@" not in daemon.output()
    assert len(muster.json("authority", "changes")) == 1


def test_worker_that_cannot_ask_says_so_and_tries_again(muster, iana):
    whois, rdap = iana.whois_address, iana.rdap_url
    iana.add(*[row["tld"] for row in muster.json("tld", "list")])
    muster.configure("iana", "whois", unused_address())
    muster.configure("iana", "rdap", f"http://{unused_address()}/")
    muster.configure("iana", "sync-days", "7")
    muster.set_clock(NOW)
    daemon = muster.serve()
    daemon.wait_for_output("neither WHOIS nor RDAP answered")
    status = muster.command("status")
    assert status.status == 75 and "IANA could not be asked about the TLDs" in status.output
    assert "The last try, at 2026-09-21T14:13:20Z, failed" in status.output
    muster.configure("iana", "whois", whois)
    muster.configure("iana", "rdap", rdap)
    muster.set_clock(NOW + 3600)
    muster.deliver("x@mail.example", [muster.address("-owner")], b"Subject: wake up\r\n\r\n")
    daemon.wait_for_output("asked about 309 TLDs")

    def of_status(key):  # whose exit status tells of roles that are silent in their own time
        return json.loads(muster.command("status", "--json").output)["iana"][key]
    wait_until(lambda: of_status("asked") == "2026-09-21T15:13:20Z", "the end of the run")
    assert of_status("failed") is None


def test_mail_does_not_wait_for_iana(muster, sink, iana):
    iana.whois = lambda _, connection: iana.wait_until_hung_up(connection)
    muster.configure("iana", "timeout-seconds", "30")
    muster.configure("iana", "sync-days", "7")
    muster.serve()
    wait_until(lambda: iana.asked, "the first question")
    muster.deliver("x@mail.example", [muster.address("-owner")],
                   b"From: x@mail.example\r\nSubject: hello\r\n\r\nHello.\r\n")
    sink.wait_for(1)


def test_one_of_several_workers_asks(muster, iana):
    tlds = [row["tld"] for row in muster.json("tld", "list")]
    iana.add(*tlds)
    muster.configure("iana", "sync-days", "7")
    muster.configure("iana", "per-minute", "6000")
    daemon = muster.serve()
    wait_until(lambda: len(iana.asked) > 20, "a run at work")
    second = muster.command("authority", "sync")
    assert second.status == 73 and "being asked already by worker on" in second.errors
    assert muster.json("authority", "sync", "ca")[0]["outcome"] in ("same", "new")
    daemon.wait_for_output("asked about 309 TLDs")


def child_of_worker(muster):
    """The process that asks."""
    children = pathlib.Path(f"/proc/{muster.roles()['worker']}/task").glob("*/children")
    pids = [int(pid) for file in children for pid in file.read_text().split()]
    assert len(pids) == 1
    return pids[0]


def test_run_ends_with_its_worker(muster, iana):
    iana.whois = lambda _, connection: iana.wait_until_hung_up(connection)
    muster.configure("iana", "timeout-seconds", "60")
    muster.configure("iana", "sync-days", "7")
    muster.serve()
    wait_until(lambda: iana.asked, "the first question")
    pid = child_of_worker(muster)
    muster.stop()
    assert not pathlib.Path(f"/proc/{pid}").exists()


def test_run_that_died_begins_anew_where_it_was(muster, iana):
    """Each TLD is a transaction, and those that were not asked for longest come first."""
    tlds = [row["tld"] for row in muster.json("tld", "list")]
    iana.add(*tlds)
    muster.configure("iana", "sync-days", "7")
    muster.configure("iana", "per-minute", "6000")
    muster.set_clock(NOW)
    daemon = muster.serve()
    wait_until(lambda: len(iana.asked) > 100, "a run at work")
    os.kill(child_of_worker(muster), signal.SIGKILL)
    muster.set_clock(NOW + 3600)
    muster.deliver("x@mail.example", [muster.address("-owner")], b"Subject: wake up\r\n\r\n")
    daemon.wait_for_output("asked about 309 TLDs")
    assert "asking IANA died of signal 9" in daemon.output()
    asked = iana.tlds_asked("whois")
    first, second = asked[:-309], asked[-309:]
    assert set(second[:309 - len(first)]).isdisjoint(first[:-1])  # the last may not be on file
    assert "intact: 309 rows" in muster.cli("journal", "verify")


def test_client_program_is_missing(muster, iana, tmp_path):
    """Then RDAP is not asked, and it is said."""
    copy = tmp_path / "bin" / "muster"
    copy.parent.mkdir()
    copy.write_bytes((BUILD / "muster").read_bytes())
    copy.chmod(0o755)
    (tmp_path / "share").symlink_to(TOP / "share")
    (copy.parent / "src").symlink_to(BUILD / "src")  # the driver of the other store
    iana.add("ca")
    done = subprocess.run([copy, "-c", muster.config, "authority", "sync", "ca", "--json"],
                          check=True, capture_output=True)
    row = json.loads(done.stdout)[0]
    assert row["whois"] == "read" and "found no muster-fetch" in row["rdap"]
