"""The site's pages, which ask the sandbox over HTTP."""

import re
import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import quote

import pytest
from django.test import override_settings
from django.urls import reverse

from django_flashcall.sandbox.scenarios import BY_LAST_DIGITS
from tests.sandbox.messages import call, sms, viber

ANY = "+380501234503"
PAGE = "/sandbox/handset/"
JSON = f"/sandbox/handset/{ANY}.json"
NUMBERS = "/sandbox/handset/numbers.json"


def providers(*urls):
    entries = {f"number {n}": {"CLASS": "a.Provider", "OPTIONS": {"BASE_URL": url}} for n, url in enumerate(urls)}
    return {"PROVIDERS": entries, "ALLOWED_REGIONS": ["UA"]}


@pytest.fixture
def site(client, settings, sandbox):
    """A client of a site whose provider is the sandbox."""
    settings.FLASHCALL = providers(sandbox.url)
    return client


@pytest.fixture
def closed_url():
    """An address on this machine where nobody listens."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{unused.getsockname()[1]}"


@pytest.fixture
def site_without_sandbox(client, settings, closed_url):
    settings.DEBUG = True
    settings.FLASHCALL = providers(closed_url)
    return client


@pytest.fixture
def other_server():
    """Start a server that answers every GET with the same bytes, and return its address."""
    servers = []

    def serve(body):
        class Answer(BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                pass

        servers.append(HTTPServer(("127.0.0.1", 0), Answer))
        threading.Thread(target=servers[-1].handle_request).start()
        return f"http://127.0.0.1:{servers[-1].server_port}"

    yield serve
    for server in servers:
        server.server_close()


def page(site, number=ANY):
    reply = site.get(PAGE, {"number": number})
    assert reply.status_code == 200
    return reply.content.decode()


def test_the_json_has_what_the_handset_got_and_nothing_else(site, smsbat):
    smsbat.sent(call(ANY))
    smsbat.sent(sms(ANY))
    reply = site.get(JSON)
    assert reply.status_code == 200
    assert reply.json() == {"events": smsbat.events(ANY)}
    text, ring = reply.json()["events"]
    assert (text["type"], text["from"], text["text"]) == ("sms", "Shop", "Your code is 730415.")
    assert (ring["type"], ring["from"], ring["text"]) == ("flashcall", "+380441234821", None)


def test_a_handset_that_got_nothing_has_no_events(site):
    assert site.get(JSON).json() == {"events": []}


def test_the_json_is_where_the_sandbox_promises_it(site):
    assert reverse("flashcall_sandbox:events", args=[ANY]) == JSON
    assert site.get(f"/sandbox/handset/{quote(ANY, safe='')}.json").status_code == 200


@pytest.mark.parametrize("number", ["0501234503", "380501234503", "+38050 123", "+x", "..", "+３80501234503"])
def test_the_json_of_what_is_no_e164_number_is_not_found(site, number):
    reply = site.get(f"/sandbox/handset/{quote(number, safe='')}.json")
    assert reply.status_code == 404
    assert reply.json()["error"] == "not_found"


def test_the_page_shows_calls_and_messages(site, smsbat):
    for message in (call(ANY), sms(ANY), viber(ANY)):
        smsbat.sent(message)
    shown = page(site)
    assert shown.index("Viber") < shown.index("SMS") < shown.index("Missed call")
    for text in ("+380441234821", "Shop", "Your code is 730415.", "Your code: 730415"):
        assert text in shown


def test_the_page_says_that_a_number_is_withheld(site, smsbat):
    smsbat.sent(call("+380501230009"))
    shown = page(site, "+380501230009")
    assert '<p class="event-from">Private number</p>' in shown
    assert ">None<" not in shown


@pytest.mark.parametrize("spelling", ["0501234503", "+380 50 123-45-03", "(050) 123 45 03", "380 501 234 503 "])
def test_the_page_takes_a_number_in_any_spelling(site, smsbat, spelling):
    smsbat.sent(call(ANY))
    assert "+380441234821" in page(site, spelling)


@pytest.mark.parametrize(
    ("number", "problem"),
    [("", "required"), ("12x", "Enter one phone number"), ("112", "short number"), ("+" + "3" * 50, "at most 40")],
)
def test_the_page_says_what_is_wrong_with_a_number(site, number, problem):
    shown = page(site, number)
    assert problem in shown
    assert "data-events" not in shown


def test_the_page_lists_recent_numbers(site, smsbat):
    smsbat.sent(call(ANY))
    shown = site.get(PAGE).content.decode()
    assert 'href="?number=%2B380501234503"' in shown
    assert "data-events" not in shown


def test_at_most_ten_recent_numbers_are_listed(site, smsbat):
    smsbat.post({"messages": [sms(f"+3805012345{n}") for n in range(10, 25)]})
    assert re.findall(r'href="\?number=%2B3805012345(\d\d)"', site.get(PAGE).content.decode()) == [
        str(n) for n in range(24, 14, -1)
    ]


def test_the_numbers_are_json_too_the_latest_first(site, smsbat):
    assert site.get(NUMBERS).json() == {"numbers": []}
    for number in (ANY, "+380671234567", ANY):
        smsbat.sent(call(number))
    assert site.get(NUMBERS).json() == {"numbers": [ANY, "+380671234567"]}


def test_the_page_explains_the_numbers_that_go_wrong(site):
    shown = site.get(PAGE).content.decode()
    for last_digits, scenario in BY_LAST_DIGITS.items():
        assert f"<dt>{last_digits}</dt><dd>{scenario.description}</dd>" in shown


def test_the_page_escapes_what_a_message_says(site, smsbat):
    smsbat.sent(viber(ANY, **{"from": "<i>Shop</i>"}))
    smsbat.sent(sms(ANY, text="<script>alert(1)</script>"))
    shown = page(site)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
    assert "&lt;i&gt;Shop&lt;/i&gt;" in shown
    assert "<script>" not in shown


def test_the_page_has_nothing_that_a_strict_content_policy_forbids(site, smsbat):
    smsbat.sent(call(ANY))
    shown = page(site)
    scripts = re.findall(r"<script([^>]*)>", shown)
    assert len(scripts) == 2
    assert all(" src=" in attributes or 'type="application/json"' in attributes for attributes in scripts)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", shown)
    assert not re.search(r'(?:src|href)="(?:https?:)?//', shown)


def test_the_page_works_without_javascript(site, smsbat):
    smsbat.sent(call(ANY))
    assert re.search(r'<noscript>.*<a href="">Reload</a>.*</noscript>', page(site))


def test_a_screen_reader_hears_what_arrives(site):
    shown = page(site)
    assert re.search(r'role="log" aria-live="polite" aria-label="Calls and messages"', shown)
    assert re.search(r'id="ring"[^>]* role="status"', shown)


@pytest.mark.parametrize("path", [PAGE, JSON, NUMBERS])
def test_replies_are_never_stored(site, path):
    assert site.get(path)["Cache-Control"] == "no-store"


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
@pytest.mark.parametrize("path", [PAGE, JSON, NUMBERS])
def test_pages_can_only_be_got(site, path, method):
    assert getattr(site, method)(path).status_code == 405


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("path", [PAGE, f"{PAGE}?number={quote(ANY)}", JSON, NUMBERS])
def test_with_debug_off_there_are_no_pages(site, settings, path, method):
    settings.DEBUG = False
    assert getattr(site, method)(path).status_code == 404


@pytest.mark.parametrize("path", [PAGE, JSON, NUMBERS])
def test_pages_are_open_where_a_site_demands_a_login(site, settings, path):
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "django.contrib.auth.middleware.LoginRequiredMiddleware"]
    assert site.get(path).status_code == 200


def test_without_a_sandbox_the_page_says_what_to_run(site_without_sandbox, closed_url):
    shown = page(site_without_sandbox)
    port = closed_url.rpartition(":")[2]
    assert f"does not answer at {closed_url}" in shown
    assert f"python -m django_flashcall.sandbox --port {port}" in shown


@pytest.mark.parametrize("path", [JSON, NUMBERS])
def test_without_a_sandbox_the_json_is_unavailable(site_without_sandbox, closed_url, path):
    reply = site_without_sandbox.get(path)
    assert reply.status_code == 503
    assert reply.json()["error"] == "sandbox_down"
    assert closed_url in reply.json()["detail"]
    assert reply["Cache-Control"] == "no-store"


def test_the_first_provider_on_this_machine_is_the_sandbox(site, sandbox, smsbat):
    smsbat.sent(call(ANY))
    urls = ("https://restapi.smsbat.com", "https://127.0.0.1:1", "http://127.0.0.1.example.com", f"{sandbox.url}/")
    with override_settings(FLASHCALL=providers(*urls)):
        assert len(site.get(JSON).json()["events"]) == 1


@pytest.mark.parametrize("flashcall", [{}, providers("https://restapi.smsbat.com"), providers(None)])
def test_a_site_whose_provider_is_elsewhere_is_told_so(site, flashcall):
    with override_settings(FLASHCALL=flashcall):
        assert "BASE_URL" in page(site)
        assert site.get(JSON).status_code == 503


def test_a_proxy_of_the_environment_is_not_asked(site, monkeypatch, closed_url):
    monkeypatch.setenv("HTTP_PROXY", closed_url)
    monkeypatch.setenv("http_proxy", closed_url)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    assert site.get(JSON).status_code == 200


@pytest.mark.parametrize("body", [b"<!DOCTYPE html>", b'{"numbers": []}', b"[]"])
def test_another_server_at_the_address_is_no_sandbox(client, settings, other_server, body):
    settings.DEBUG = True
    settings.FLASHCALL = providers(other_server(body))
    assert client.get(JSON).status_code == 503
