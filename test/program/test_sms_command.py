"""The command that tries the SMS gateway, against a gateway of the test's own and a real Kannel."""

import json
import socket

import pytest

from gateway import cut_off, endless

NUMBER = "+44 1632 960001"
REFUSED, LATER = 69, 75
PASSWORD = "p&w =1"


def set_up(muster, url, **settings):
    muster.configure("sms", "url", url)
    for key, value in settings.items():
        muster.configure("sms", key.replace("_", "-"), value)


def with_password(muster):
    file = muster.directory / "sms-password"
    file.write_text(f"{PASSWORD}\n")
    muster.configure("sms", "password-file", file)


def try_it(muster, number=NUMBER):
    result = muster.command("sms", "test", number, "--json")
    return result.status, json.loads(result.output)


def test_the_gateway_gets_number_and_text(muster, gateway):
    muster.configure("community", "name", "Нет & <да>")
    set_up(muster, gateway.url("&d={digits}"))
    assert try_it(muster) == (0, {"gateway": f"http://127.0.0.1:{gateway.port}/...",
                                  "outcome": "sent", "reply": "HTTP status 202",
                                  "answer": "0: Accepted for delivery"})
    assert gateway.sent == [{"to": ["+441632960001"], "d": ["441632960001"],
                             "text": ["This is a test by Нет & <да>."]}]
    assert "The gateway took it: HTTP status 202" in muster.cli("sms", "test", NUMBER)


@pytest.mark.parametrize("answer, outcome, reply", [
    ((500, b"oops"), "deferred", "HTTP status 500"),
    ((503, b""), "deferred", "HTTP status 503"),
    ((429, b""), "deferred", "HTTP status 429"),
    ((403, b"no"), "refused", "HTTP status 403"),
    ((302, b"", ("Location", "/send?to=%2B1&text=x")), "refused", "sends us elsewhere"),
    (endless, "uncertain", "more than 262144 bytes"),
    (cut_off, "uncertain", ""),
    (lambda handler: None, "uncertain", ""),
    ("hang", "uncertain", "timed out"),
    ((200, b"ERR 301: no credit"), "deferred", "does not match [sms] success"),
], ids=["500", "503", "429", "403", "redirect", "huge", "cut-off", "closed", "hang", "wrong-body"])
def test_what_a_gateway_does_is_told(muster, gateway, answer, outcome, reply):
    set_up(muster, gateway.url(), timeout_seconds=1, success="^0:")
    if answer == "hang":
        gateway.answers = gateway.hang
    else:
        gateway.answers = answer if callable(answer) else lambda _: answer
    status, document = try_it(muster)
    assert status == (REFUSED if outcome == "refused" else LATER)
    assert document["outcome"] == outcome and reply in document["reply"], document
    assert len(gateway.asked) == 1  # no redirect was followed


def test_of_a_gateway_that_is_not_there_nothing_went_out(muster):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        set_up(muster, f"http://127.0.0.1:{probe.getsockname()[1]}/?to={{to}}&text={{text}}")
        status, document = try_it(muster)
        assert (status, document["outcome"]) == (LATER, "deferred")


def test_the_password_is_shown_nowhere(muster, gateway):
    with_password(muster)
    set_up(muster, gateway.url("&key=k3y&password={password}"))
    gateway.answers = lambda handler: (200, handler.path.encode())
    shown = muster.cli("sms", "test", NUMBER) + muster.cli("config", "show")
    assert gateway.sent[0]["password"] == [PASSWORD]
    assert "repeats the password" in shown
    for secret in PASSWORD, "p%26w", "k3y":
        assert secret not in shown
    muster.configure("sms", "url", gateway.url("&key=k3y&x={y}"))
    result = muster.command("config", "check")
    assert result.status != 0 and "k3y" not in result.errors + result.output


def test_without_a_gateway_there_is_nothing_to_try(muster):
    result = muster.command("sms", "test", NUMBER)
    assert result.status == 65 and "there is no gateway" in result.errors
    assert muster.command("sms", "test", "960001").status == 65


def test_kannel_takes_it(muster, kannel):
    muster.configure("community", "name", "Нет & co")
    with_password(muster)
    server = kannel(PASSWORD)
    set_up(muster, server.url, success="^[03]:")
    status, document = try_it(muster)
    assert (status, document["answer"]) == (0, "0: Accepted for delivery")
    assert server.wait_for(1) == [("+441632960001", "This is a test by Нет & co.")]


def test_kannel_refuses_another_password(muster, kannel):
    with_password(muster)
    set_up(muster, kannel("other").url)
    status, document = try_it(muster)
    assert (status, document["outcome"]) == (REFUSED, "refused")
    assert document["answer"] == "Authorization failed for sendsms"
