import json
import threading

import pytest
import requests

from django_flashcall.sandbox import server

KEY = {"X-Authorization-Key": "any"}


class Account:
    """A client of SMSBAT, with an API key."""

    def __init__(self, url):
        self.url = url
        self.http = requests.Session()
        self.http.trust_env = False

    def post(self, body, *, headers=KEY, timeout=5):
        headers = {"Content-Type": "application/json", **headers}
        return self.http.post(f"{self.url}/bat/messagelist", json.dumps(body), headers=headers, timeout=timeout)

    def send(self, message, **kwargs):
        return self.post({"messages": [message]}, **kwargs)

    def sent(self, message):
        """Send a message that is taken, and return its part of the reply."""
        reply = self.send(message)
        assert reply.status_code == 200
        (taken,) = reply.json()["messages"]
        return taken

    def get(self, path, *, headers=KEY):
        return self.http.get(f"{self.url}{path}", headers=headers, timeout=5)

    def status(self, message_id):
        reply = self.get(f"/bat/message/{message_id}")
        assert reply.status_code == 200
        return reply.json()

    def events(self, phone):
        reply = self.get(f"/handset/{phone}.json", headers={})
        assert reply.status_code == 200
        return reply.json()["events"]


def wait_for_handlers():
    """Return when the server has nothing left to do."""
    for thread in threading.enumerate():
        if "process_request_thread" in thread.name:
            thread.join(5)
            assert not thread.is_alive()


@pytest.fixture
def sandbox(settings):
    settings.DEBUG = True
    with server.start() as running:
        yield running


@pytest.fixture
def smsbat(sandbox):
    account = Account(sandbox.url)
    with account.http:
        yield account
