"""Where the sandbox starts, and where it does not."""

import os
import signal
import socket
import struct
import subprocess
import sys

import pytest
import requests

from django_flashcall.exceptions import ConfigurationError
from django_flashcall.sandbox import server
from tests.sandbox.conftest import wait_for_handlers
from tests.sandbox.messages import sms

ANY = "+380501234503"


def port_of(url):
    return int(url.rpartition(":")[2])


@pytest.fixture
def command():
    """Run the command line; without Django settings, unless they are named."""
    processes = []

    def run(*arguments, settings_module=None):
        environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
        if settings_module:
            environment["DJANGO_SETTINGS_MODULE"] = settings_module
        process = subprocess.Popen(
            [sys.executable, "-m", "django_flashcall.sandbox", *arguments],
            env=environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # A shell that runs the tests in the background has them ignore Ctrl-C, and children inherit it.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )
        processes.append(process)
        return process

    yield run
    for process in processes:
        process.kill()
        process.communicate()


def test_it_does_not_start_with_debug_off(settings):
    settings.DEBUG = False
    with pytest.raises(ConfigurationError, match="DEBUG"):
        server.start()


def test_it_listens_on_this_machine_alone(sandbox):
    assert sandbox.url.startswith("http://127.0.0.1:")
    elsewhere = ("127.0.0.2", port_of(sandbox.url))
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(elsewhere, timeout=5)


def test_it_frees_its_port_when_it_stops(settings):
    settings.DEBUG = True
    with server.start() as first:
        port = port_of(first.url)
        with pytest.raises(OSError, match="in use"):
            server.start(port)
    with pytest.raises(requests.ConnectionError):
        requests.get(first.url, timeout=5)
    with server.start(port) as second:
        assert second.url == first.url


def test_it_forgets_everything_when_it_stops(settings, smsbat):
    smsbat.sent(sms(ANY))
    with server.start() as other:
        assert requests.get(f"{other.url}/handsets.json", timeout=5).json() == {"numbers": []}


def test_it_can_be_stopped_twice(settings):
    settings.DEBUG = True
    sandbox = server.start()
    sandbox.stop()
    sandbox.stop()


def test_it_logs_no_number(smsbat, capfd, caplog):
    smsbat.sent(sms(ANY))
    smsbat.events(ANY)
    smsbat.get(f"/handset/{ANY}")
    smsbat.http.put(f"{smsbat.url}/handset/{ANY}.json", timeout=5)
    assert capfd.readouterr() == ("", "")
    assert "4503" not in caplog.text


def test_a_client_that_breaks_off_leaves_no_traceback(smsbat, capfd):
    client = socket.create_connection(("127.0.0.1", port_of(smsbat.url)), timeout=5)
    client.sendall(b"POST /bat/messagelist HTTP/1.0\r\nContent-Length: 100\r\n\r\n{")
    assert smsbat.events(ANY) == []  # connections are taken in turn: by now the server waits for the body
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # closing resets it
    client.close()
    wait_for_handlers()
    assert capfd.readouterr() == ("", "")


def test_the_command_needs_no_settings_and_ends_with_ctrl_c(command):
    process = command("--port", "0")
    line = process.stdout.readline()
    url = next(word.rstrip(":") for word in line.split() if word.startswith("http://127.0.0.1:"))
    assert requests.get(f"{url}/handsets.json", timeout=5).json() == {"numbers": []}
    process.send_signal(signal.SIGINT)
    _out, errors = process.communicate(timeout=10)
    assert (process.returncode, errors) == (0, "")


@pytest.mark.parametrize(
    ("settings_module", "reason"),
    [("tests.settings", "DEBUG"), ("tests.no_such_settings", "no_such_settings")],
)
def test_the_command_refuses_settings_that_have_debug_off_or_do_not_load(command, settings_module, reason):
    process = command("--port", "0", settings_module=settings_module)
    out, errors = process.communicate(timeout=30)
    assert (process.returncode, out) == (1, "")
    assert reason in errors
    assert "Traceback" not in errors


def test_the_command_says_that_its_port_is_taken(command, sandbox):
    process = command("--port", str(port_of(sandbox.url)))
    _out, errors = process.communicate(timeout=10)
    assert process.returncode == 1
    assert "in use" in errors
    assert "Traceback" not in errors


@pytest.mark.parametrize("port", ["65536", "-1", "http"])
def test_the_command_refuses_what_is_no_port(command, port):
    process = command(f"--port={port}")
    _out, errors = process.communicate(timeout=10)
    assert process.returncode == 2
    assert "--port" in errors
    assert "Traceback" not in errors
