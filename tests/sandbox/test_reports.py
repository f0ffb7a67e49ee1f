"""Delivery reports: what the sandbox sends to the site, by itself and on demand."""

import json
import threading
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.test import Client

from django_flashcall.exceptions import ConfigurationError
from django_flashcall.sandbox import server
from django_flashcall.sandbox.reports import LABELS, Kind
from tests.sandbox.conftest import Account
from tests.sandbox.messages import call, sms, viber

ANY = "+380501234503"
NOT_RINGING = "+380501230002"
REJECTED = "+380501230001"
SECRET = "abcdefghijklmnopqrstuv"
PATH = f"/api/phone/webhooks/default/{SECRET}/"
PATIENCE = 10
"""Seconds after which what waits for something has failed."""
HOUR = 3600


class Site:
    """Takes reports as a site does: those with the secret are answered 200, others 404."""

    def __init__(self):
        self.got = []
        self._changed = threading.Condition()
        site = self

        class Webhook(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(200 if self.path == PATH else 404)
                self.send_header("Content-Length", "0")
                self.end_headers()
                with site._changed:
                    site.got.append((self.path, self.headers["Content-Type"], json.loads(body)))
                    site._changed.notify_all()

            def log_message(self, *args):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Webhook)
        self._server.block_on_close = False
        self.url = f"http://127.0.0.1:{self._server.server_port}{PATH}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}).start()

    def wait_for(self, count):
        """Return the bodies of the reports when there are so many, in order of arrival."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.got) >= count, PATIENCE), self.got
            return [body for _, _, body in self.got]

    def close(self):
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def site():
    site = Site()
    yield site
    site.close()


@pytest.fixture
def reporting(smsbat, sandbox, site):
    """The sandbox with an address to report to."""
    sandbox.report_to(site.url)
    return smsbat


def demand(smsbat, phone, kind):
    headers = {"Content-Type": "application/json"}
    return smsbat.http.post(f"{smsbat.url}/handset/{phone}/reports", json.dumps({"kind": kind}), headers=headers)


def sent(smsbat, phone=ANY):
    return smsbat.get(f"/handset/{phone}/reports.json", headers={}).json()["reports"]


def answers(smsbat, phone, count):
    """Return the site's answers when there are so many, oldest first."""
    ends = time.monotonic() + PATIENCE
    while len(reports := sent(smsbat, phone)) < count:
        assert time.monotonic() < ends
        time.sleep(0.01)
    return [report["answer"] for report in reversed(reports)]


def test_a_message_that_arrived_is_reported_as_documented(reporting, site):
    taken = reporting.sent(call(ANY))
    (body,) = site.wait_for(1)
    at = datetime.fromisoformat(body.pop("timestamp"))
    assert abs(datetime.now(UTC) - at) < timedelta(seconds=10)
    assert body == {"messageId": taken["messageId"], "deliverystatus": "delivered", "cost": 0.05}
    assert site.got[0][:2] == (PATH, "application/json")
    assert answers(reporting, ANY, 1) == [200]


def test_a_message_that_did_not_arrive_is_reported(reporting, site):
    reporting.sent(call(NOT_RINGING))
    (body,) = site.wait_for(1)
    assert (body["deliverystatus"], body["cost"]) == ("undeliverable", 0.0)


def test_a_cascade_is_one_report(reporting, site):
    reporting.sent(call(NOT_RINGING, fallbacks=[viber(NOT_RINGING), sms(NOT_RINGING)]))
    reporting.sent(sms(ANY))
    assert [body["deliverystatus"] for body in site.wait_for(2)] == ["delivered", "delivered"]
    assert len(sent(reporting, NOT_RINGING)) <= 1


def test_a_message_that_was_rejected_is_not_reported(reporting, site):
    reporting.sent(call(REJECTED))
    reporting.sent(call(ANY))
    assert [body["deliverystatus"] for body in site.wait_for(1)] == ["delivered"]


def test_the_books_and_the_report_agree(reporting, site):
    for phone in (ANY, NOT_RINGING):
        reporting.sent(call(phone))
    for body in site.wait_for(2):
        books = reporting.status(body["messageId"])
        assert (books["deliverystatus"], books["cost"]) == (body["deliverystatus"], body["cost"])


def test_nothing_is_reported_before_it_has_ended(settings, site):
    settings.DEBUG = True
    with server.start(settles_after=HOUR) as slow, server.start() as quick:
        for sandbox in (slow, quick):
            sandbox.report_to(site.url)
        Account(slow.url).sent(call(ANY))
        after = Account(quick.url).sent(call(ANY))
        assert [body["messageId"] for body in site.wait_for(1)] == [after["messageId"]]


def test_what_is_under_way_is_processing_and_costs_nothing_yet(settings):
    settings.DEBUG = True
    with server.start(settles_after=HOUR) as slow:
        smsbat = Account(slow.url)
        plain, cascade = smsbat.sent(call(ANY)), smsbat.sent(call(ANY, fallbacks=[viber(ANY), sms(ANY)]))
        status = smsbat.status(plain["messageId"])
        assert status["deliverystatus"] == "processing"
        assert "cost" not in status
        status = smsbat.status(cascade["messageId"])
        assert status["extendedStatuses"] == {"flashcall": "processing", "viber": "not_used", "sms": "not_used"}
        assert [step["status"] for step in status["fallbacks"]] == ["not_used", "not_used"]
        # The handset has it all the same: it is the books that are slow.
        assert len(smsbat.events(ANY)) == 2


def test_what_was_under_way_ends(settings, site):
    settings.DEBUG = True
    with server.start(settles_after=0.2) as sandbox:
        sandbox.report_to(site.url)
        smsbat = Account(sandbox.url)
        taken = smsbat.sent(call(NOT_RINGING))
        assert smsbat.status(taken["messageId"])["deliverystatus"] == "processing"
        assert [body["deliverystatus"] for body in site.wait_for(1)] == ["undeliverable"]
        assert smsbat.status(taken["messageId"])["deliverystatus"] == "undeliverable"


def test_a_rejected_message_is_never_under_way(settings):
    settings.DEBUG = True
    with server.start(settles_after=HOUR) as slow:
        smsbat = Account(slow.url)
        assert smsbat.status(smsbat.sent(call(REJECTED))["messageId"])["deliverystatus"] == "undeliverable"


@pytest.fixture
def two_messages(reporting, site):
    """An older message that arrived, and a newer one that did not, after their own reports."""
    phone = "+380501230011"
    older, newer = reporting.sent(viber(phone)), reporting.sent(call(phone))
    site.wait_for(2)
    answers(reporting, phone, 2)
    site.got.clear()
    return phone, older["messageId"], newer["messageId"]


def test_late_is_a_report_of_the_oldest_message(reporting, site, two_messages):
    phone, older, _newer = two_messages
    assert demand(reporting, phone, "late").status_code == 202
    assert [(body["messageId"], body["deliverystatus"]) for body in site.wait_for(1)] == [(older, "delivered")]


def test_twice_is_twice_the_same(reporting, site, two_messages):
    phone, _older, newer = two_messages
    assert demand(reporting, phone, "twice").json() == {"reports": 2}
    first, second = site.wait_for(2)
    assert first == second
    assert (first["messageId"], first["deliverystatus"]) == (newer, "undeliverable")


def test_out_of_order_the_end_comes_first(reporting, site, two_messages):
    phone, _older, newer = two_messages
    demand(reporting, phone, "out_of_order")
    assert [(body["messageId"], body["deliverystatus"]) for body in site.wait_for(2)] == [
        (newer, "undeliverable"),
        (newer, "processing"),
    ]
    assert "cost" not in site.got[1][2]


def test_forged_is_a_lie_with_a_wrong_secret_and_with_the_right_one(reporting, site, two_messages):
    phone, _older, newer = two_messages
    demand(reporting, phone, "forged")
    assert [(body["messageId"], body["deliverystatus"]) for body in site.wait_for(2)] == [(newer, "delivered")] * 2
    wrong, right = (path for path, _, _ in site.got)
    assert right == PATH
    assert wrong != PATH
    assert (wrong.rpartition("/")[0].rpartition("/")[0], len(wrong)) == (PATH[: -len(SECRET) - 2], len(PATH))
    assert answers(reporting, phone, 4)[2:] == [404, 200]
    assert [report["forged"] for report in sent(reporting, phone)] == [False, True, False, False]


def test_unknown_is_an_id_that_nobody_has(reporting, site, two_messages):
    phone, *known = two_messages
    demand(reporting, phone, "unknown")
    (body,) = site.wait_for(1)
    assert body["messageId"] not in known
    assert reporting.get(f"/bat/message/{body['messageId']}").status_code == 404


@pytest.mark.parametrize("body", [{}, {"kind": "lost"}, {"kind": ["late"]}, {"kind": "late", "more": 1}, []])
def test_a_kind_that_there_is_not_is_a_bad_request(reporting, body):
    reporting.sent(call(ANY))
    headers = {"Content-Type": "application/json"}
    reply = reporting.http.post(f"{reporting.url}/handset/{ANY}/reports", json.dumps(body), headers=headers)
    assert reply.status_code == 400


def test_without_a_message_there_is_nothing_to_report(reporting):
    reporting.sent(call(REJECTED))
    assert demand(reporting, REJECTED, "late").status_code == 409


def test_without_an_address_there_is_nobody_to_report_to(smsbat):
    smsbat.sent(call(ANY))
    assert demand(smsbat, ANY, "late").status_code == 409
    assert sent(smsbat) is None


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/webhooks/default/x/",
        "http://example.com/webhooks/default/x/",
        "http://127.0.0.1.example.com/",
        "http://127.0.0.1@example.com/",
        "ftp://127.0.0.1/",
        "http://127.0.0.1/a b",
        "",
    ],
)
def test_nothing_is_reported_to_another_machine(sandbox, url):
    with pytest.raises(ConfigurationError):
        sandbox.report_to(url)


def test_a_site_that_does_not_answer_is_told_as_such(reporting, sandbox, closed_port):
    sandbox.report_to(f"http://127.0.0.1:{closed_port}/")
    reporting.sent(call(ANY))
    assert answers(reporting, ANY, 1) == [None]


@pytest.fixture
def closed_port(site):
    port = int(site.url.split(":")[2].partition("/")[0])
    site.close()
    return port


def test_a_proxy_of_the_environment_is_not_asked(reporting, site, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    reporting.sent(call(ANY))
    site.wait_for(1)


# The handset page.


@pytest.fixture
def page(client, settings, sandbox):
    options = {"CLASS": "a.Provider", "OPTIONS": {"BASE_URL": sandbox.url}}
    settings.FLASHCALL = {"PROVIDERS": {"default": options}, "ALLOWED_REGIONS": ["UA"]}
    return lambda number=ANY: client.get("/sandbox/handset/", {"number": number}).content.decode()


def test_the_page_has_a_button_for_each_kind(reporting, page):
    shown = page()
    for kind, label in LABELS.items():
        assert f'<button name="kind" value="{kind}">{label}</button>' in shown


def test_the_page_says_how_the_site_answered(reporting, page):
    reporting.sent(call(ANY))
    answers(reporting, ANY, 1)
    demand(reporting, ANY, "forged")
    answers(reporting, ANY, 3)
    shown = page()
    for told in ("delivered: 200", "undeliverable (wrong secret): 404", "undeliverable: 200"):
        assert f"<li>{told}</li>" in shown


def test_without_an_address_the_page_says_how_to_give_one(smsbat, page):
    shown = page()
    assert "--reports-to" in shown
    assert "<button name" not in shown


@pytest.mark.parametrize("kind", list(Kind))
def test_a_button_has_reports_sent_and_shows_the_handset_again(reporting, page, client, site, kind):
    reporting.sent(call(ANY))
    answers(reporting, ANY, 1)
    reply = client.post("/sandbox/handset/reports/", {"number": ANY, "kind": kind})
    assert (reply.status_code, reply["Location"]) == (302, "/sandbox/handset/?number=%2B380501234503#reports")
    site.wait_for(2)


@pytest.mark.parametrize("data", [{}, {"number": ANY}, {"kind": "late"}, {"number": "x", "kind": "late"}])
def test_what_is_no_button_is_not_found(page, client, data):
    assert client.post("/sandbox/handset/reports/", data).status_code == 404


def test_a_button_of_another_site_has_nothing_sent(reporting, page):
    stranger = Client(enforce_csrf_checks=True)
    assert stranger.post("/sandbox/handset/reports/", {"number": ANY, "kind": "late"}).status_code == 403


def test_with_debug_off_there_are_no_buttons(reporting, page, client, settings):
    settings.DEBUG = False
    assert client.post("/sandbox/handset/reports/", {"number": ANY, "kind": "late"}).status_code == 404


def test_buttons_are_pressed_and_not_followed(page, client):
    assert client.get("/sandbox/handset/reports/").status_code == 405


def test_without_a_sandbox_the_page_says_so_after_a_button(page, client, sandbox):
    sandbox.stop()
    reply = client.post("/sandbox/handset/reports/", {"number": ANY, "kind": "late"}, follow=True)
    assert "does not answer" in reply.content.decode()
