"""What becomes of a message when the connection, the answer's transfer or the server fails."""

import gzip
import itertools
import os
import socket
import subprocess
import sys
import threading
import time

import pytest

from django_flashcall.providers import base
from django_flashcall.providers.base import Status
from tests.providers.conftest import API_KEY, EXPIRED, UNSIGNED, trusting
from tests.providers.outcomes import rejected, unknown, unreachable
from tests.providers.server import PATIENCE, accepted, http

SHORT = 0.5
"""Seconds of a deadline that is meant to end."""
LATE = 0.4
"""Seconds by which a busy machine may miss it."""


@pytest.fixture
def crowded_port():
    """A port whose queue of connections is full, so that another one waits in vain."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        waiting = [socket.socket() for _ in range(3)]
        for client in waiting:
            client.setblocking(False)
            client.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]
        for client in waiting:
            client.close()


@pytest.fixture
def silent_port():
    """A port that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.fixture
def closed_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = listener.getsockname()
    return address[1]


def test_a_name_that_does_not_resolve_is_unreachable(provider_of, flash_call):
    provider = provider_of(BASE_URL="https://nowhere.invalid")
    assert provider.send(flash_call, deadline=PATIENCE) == unreachable(base.CONNECTION)


def test_a_look_up_that_takes_for_ever_is_unreachable_before_the_deadline(
    provider_of, flash_call, monkeypatch, request
):
    over = threading.Event()
    request.addfinalizer(over.set)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *name, **hints: over.wait(PATIENCE) and [])
    provider = provider_of(BASE_URL="https://slow.invalid")
    started = time.monotonic()
    assert provider.send(flash_call, deadline=1) == unreachable(base.CONNECTION)
    assert time.monotonic() - started < 1


@pytest.mark.parametrize("dead", [socket.AF_INET6, socket.AF_INET])
def test_an_address_that_is_dead_gives_way_to_the_other_familys(smsbat, provider_of, flash_call, monkeypatch, dead):
    port = int(smsbat.url.rpartition(":")[2])
    look_up = socket.getaddrinfo
    nowhere = (socket.AF_INET6, "::1") if dead == socket.AF_INET6 else (socket.AF_INET, "127.0.0.2")
    here = (socket.AF_INET6 if dead == socket.AF_INET else socket.AF_INET, "127.0.0.1")

    def both(host, *rest, **hints):
        if host != "localhost":
            return look_up(host, *rest, **hints)
        return [(family, socket.SOCK_STREAM, 6, "", (address, port)) for family, address in (nowhere, here)]

    monkeypatch.setattr(socket, "getaddrinfo", both)
    provider = provider_of(BASE_URL=f"http://localhost:{port}")
    assert provider.send(flash_call, deadline=PATIENCE).status is Status.ACCEPTED


def test_a_closed_port_is_unreachable(provider_of, closed_port, flash_call):
    provider = provider_of(BASE_URL=f"http://127.0.0.1:{closed_port}")
    assert provider.send(flash_call, deadline=PATIENCE) == unreachable(base.CONNECTION)


def test_a_connection_that_is_never_taken_is_unreachable_before_the_deadline(provider_of, crowded_port, flash_call):
    provider = provider_of(BASE_URL=f"http://127.0.0.1:{crowded_port}")
    started = time.monotonic()
    assert provider.send(flash_call, deadline=1) == unreachable(base.CONNECTION)
    assert time.monotonic() - started < 1


def test_a_tls_handshake_without_an_answer_is_unreachable_before_the_deadline(provider_of, silent_port, flash_call):
    provider = provider_of(BASE_URL=f"https://127.0.0.1:{silent_port}")
    started = time.monotonic()
    assert provider.send(flash_call, deadline=1) == unreachable(base.CONNECTION)
    assert time.monotonic() - started < 1


def test_a_certificate_that_nobody_signed_is_unreachable(provider_of, unsigned_smsbat, flash_call):
    provider = provider_of(BASE_URL=unsigned_smsbat.url)
    assert provider.send(flash_call, deadline=PATIENCE) == unreachable(base.CONNECTION)
    assert unsigned_smsbat.requests == []


def test_whom_the_environment_trusts_does_not_count(provider_of, unsigned_smsbat, flash_call, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", os.fspath(UNSIGNED))
    provider = provider_of(BASE_URL=unsigned_smsbat.url)
    assert provider.send(flash_call, deadline=PATIENCE) == unreachable(base.CONNECTION)


def test_a_certificate_that_has_expired_is_unreachable(provider_of, expired_smsbat, flash_call):
    provider = trusting(provider_of(BASE_URL=expired_smsbat.url), EXPIRED)
    assert provider.send(flash_call, deadline=PATIENCE) == unreachable(base.CONNECTION)
    assert expired_smsbat.requests == []


def test_a_connection_that_is_not_made_is_tried_twice(provider_of, unsigned_smsbat, flash_call):
    provider_of(BASE_URL=unsigned_smsbat.url).send(flash_call, deadline=PATIENCE)
    assert len(unsigned_smsbat.connected) == 2


def test_nothing_leaves_after_the_deadline(smsbat, provider, flash_call):
    assert provider.send(flash_call, deadline=0) == unreachable(base.CONNECTION)
    assert smsbat.requests == []


whole = http(accepted())
head, _, body = whole.partition(b"\r\n\r\n")


def said(data, then):
    """Return an act that says `data` and goes on with the method that `then` names."""

    def act(connection):
        connection.say(data)
        getattr(connection, then)()

    return act


def dripped(before, data):
    def act(connection):
        connection.say(before)
        connection.drip(itertools.chain(data, itertools.repeat(data[-1])))

    return act


TIMED_OUT = {
    "no answer": lambda connection: connection.hold(),
    "half a status line": said(b"HTTP/1.1 2", "hold"),
    "half the headers": said(head[:40], "hold"),
    "half the body": said(whole[:-20], "hold"),
    "a shorter body than announced": said(http(accepted(), length=1000), "hold"),
    "half a chunk": said(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n{", "hold"),
    "a dripping status line": dripped(b"", b"HTTP/1.1 200 " + b"O" * 200),
    "dripping headers": dripped(b"HTTP/1.1 200 OK\r\n", b"X-Drip: " + b"x" * 200),
    "a dripping body": dripped(b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n", b'{"messages": [' + b" "),
    "a dripping chunk size": dripped(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"20;" + b"x"),
    "a slow beginning and no more": lambda connection: (connection.drip(whole[:22]), connection.hold()),
    "endless interim answers": dripped(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 50),
}


@pytest.fixture(params=["plain", "tls"])
def peers(request, provider_of, flash_call):
    """A server and a provider that talks to it, in the clear or over TLS."""
    if request.param == "plain":
        server = request.getfixturevalue("smsbat")
        return server, provider_of()
    server = request.getfixturevalue("unsigned_smsbat")
    provider = trusting(provider_of(BASE_URL=server.url), UNSIGNED)
    # A short deadline is no time for a busy machine to shake hands: that has tests of its own.
    assert provider.send(flash_call, deadline=PATIENCE).status is Status.ACCEPTED
    server.requests.clear()
    return server, provider


@pytest.mark.parametrize("act", TIMED_OUT.values(), ids=TIMED_OUT)
def test_an_answer_that_is_not_there_at_the_deadline_leaves_the_message_unknown(peers, flash_call, act):
    server, provider = peers
    server.plays(act)
    started = time.monotonic()
    assert provider.send(flash_call, deadline=SHORT) == unknown(base.TIMEOUT)
    assert time.monotonic() - started < SHORT + LATE
    assert len(server.requests) == len(server.connected) == 1


LOST = {
    "a reset in place of an answer": lambda connection: connection.reset(),
    "no answer and a hang-up": lambda connection: connection.hang_up(),
    "a reset within the body": said(whole[:-20], "reset"),
    "a hang-up within the headers": said(head[:40], "hang_up"),
    "a shorter body than announced": said(http(accepted(), length=1000), "hang_up"),
    "a hang-up within a chunk": said(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n{", "hang_up"),
    "no chunk size": said(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n", "hang_up"),
    "no HTTP": said(b"220 mail.example ESMTP ready\r\n\r\n", "hang_up"),
    "a status that is no number": said(b"HTTP/1.1 abc OK\r\n\r\n", "hang_up"),
    "a header of 100 KiB": said(http(accepted(), headers=["X-Long: " + "x" * 100_000]), "hang_up"),
    "a thousand headers": said(http(accepted(), headers=[f"X-{n}: {n}" for n in range(1000)]), "hang_up"),
}


@pytest.mark.parametrize("act", LOST.values(), ids=LOST)
def test_an_answer_that_breaks_off_leaves_the_message_unknown(smsbat, provider, flash_call, act):
    smsbat.plays(act)
    assert provider.send(flash_call, deadline=PATIENCE) == unknown(base.CONNECTION_LOST)
    assert len(smsbat.requests) == 1


bomb = gzip.compress(b'{"messages": [' + b" " * 50_000_000 + b"]}")
UNREADABLE = {
    "a longer body than announced": http(accepted(), length=10),
    "a body of a gigabyte, of which 100 KB are there": http(body[:-1] + b" " * 100_000, length=10**9),
    "100 KB of spaces after the JSON": http(body + b" " * 100_000),
    "a compressed body": http(gzip.compress(body), headers=["Content-Encoding: gzip"]),
    "a compressed body that grows to 50 MB": http(bomb, headers=["Content-Encoding: gzip"]),
}


@pytest.mark.parametrize("answer", UNREADABLE.values(), ids=UNREADABLE)
def test_an_answer_that_is_too_long_or_packed_leaves_the_message_unknown(smsbat, provider, flash_call, answer):
    smsbat.plays(said(answer, "hold"))
    assert provider.send(flash_call, deadline=PATIENCE) == unknown(base.MALFORMED_ANSWER)


SENDING = """
import sys
from pathlib import Path
from django_flashcall.codes import Code
from django_flashcall.providers.base import Message
from django_flashcall.providers.smsbat import SMSBATProvider

def peak():
    # Not ru_maxrss, which begins with what the process that started this one had.
    (line,) = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1])

url, key, number, patience = sys.argv[1:]
provider = SMSBATProvider({"API_KEY": key, "SENDER": "YourApp", "BASE_URL": url})
message = Message(id="0" * 32, channel="flashcall", phone_number=number, code=Code("482175"), ttl=60)
for _ in range(2):  # what is imported and pooled at first is not counted
    before = peak()
    result = provider.send(message, deadline=float(patience))
print(result.status, result.error_code, peak() - before)
"""
"""A process that sends twice, and tells what the second time cost it at its most, in KiB."""


def test_a_bomb_of_50_megabytes_costs_less_than_two(smsbat, flash_call):
    smsbat.answers(accepted())
    smsbat.plays(said(http(bomb, headers=["Content-Encoding: gzip"]), "hold"))
    command = [sys.executable, "-c", SENDING, smsbat.url, API_KEY, flash_call.phone_number, str(PATIENCE)]
    sent = subprocess.run(command, check=True, capture_output=True, text=True)
    status, error_code, kibibytes = sent.stdout.split()
    assert (status, error_code) == (Status.UNKNOWN, base.MALFORMED_ANSWER)
    assert int(kibibytes) < 2 * 1024


@pytest.mark.parametrize("status", [500, 502, 503, 504, 599])
def test_a_server_error_leaves_the_message_unknown_and_is_not_asked_again(smsbat, provider, flash_call, status):
    smsbat.answers({"error": "Service Unavailable"}, status=status, headers=["Retry-After: 1"])
    assert provider.send(flash_call, deadline=PATIENCE) == unknown(base.SERVER_ERROR)
    assert len(smsbat.requests) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("to", ["{}/elsewhere", "https://[", "//\udce9", "gopher://x", "/" + "x" * 10])
def test_a_redirect_is_not_followed(smsbat, provider, flash_call, status, to):
    location = to.format(smsbat.url).encode("utf-8", "surrogateescape").decode("latin-1")
    smsbat.answers(accepted(), status=status, headers=[f"Location: {location}"])
    result = provider.send(flash_call, deadline=PATIENCE)
    assert result == rejected(base.REDIRECTED)
    assert len(smsbat.requests) == 1


def test_the_body_of_a_redirect_is_read_no_further_than_any_other(smsbat, provider, flash_call):
    smsbat.plays(said(http(bomb, status=307, headers=["Location: /", "Content-Encoding: gzip"]), "hold"))
    started = time.monotonic()
    assert provider.send(flash_call, deadline=PATIENCE).error_code == base.REDIRECTED
    assert time.monotonic() - started < 1


def test_the_proxies_and_passwords_of_the_environment_are_not_used(
    smsbat, provider_of, flash_call, monkeypatch, tmp_path, closed_port
):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", os.fspath(netrc))
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{closed_port}")
    monkeypatch.setenv("no_proxy", "")
    assert provider_of().send(flash_call, deadline=PATIENCE).status is Status.ACCEPTED
    assert "Authorization" not in smsbat.requests[0].headers


def test_the_deadline_of_the_options_holds_where_it_is_the_shorter(smsbat, provider_of, flash_call):
    smsbat.plays(lambda connection: connection.hold())
    started = time.monotonic()
    assert provider_of(DEADLINE=SHORT).send(flash_call, deadline=60) == unknown(base.TIMEOUT)
    assert time.monotonic() - started < SHORT + LATE
