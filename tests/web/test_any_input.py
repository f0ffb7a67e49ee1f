"""No form, id, address or header makes an error of the pages: 5xx is only a 503, for a provider or a database.

One thing is left out: a form that claims a charset which is no encoding of text, such as rot13. Django fails to read it
in its own CSRF check, before any view: there is nothing of ours that could answer it.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote, urlencode

import pytest
from django.test import Client
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from django_flashcall.models import Limit, VerificationAttempt
from django_flashcall.providers.base import Message
from tests.web.browser import Browser

few = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

spelled = st.text(alphabet="+-() 0123456789\u0660\uff11\u200e\x00*#;", max_size=45) | st.text(max_size=30)
actions = st.sampled_from(["verify", "deliver", "cancel", "change"]) | st.text(max_size=9)
channels = st.sampled_from(["flashcall", "sms", ""]) | st.text(max_size=9)
forms = st.fixed_dictionaries(
    {},
    optional={
        "phone_number": spelled | st.just("+380671234599"),
        "code": spelled,
        "action": actions,
        "channel": channels,
        "seen": st.text(max_size=9),
        "idempotency_key": st.text(max_size=20),
        "csrfmiddlewaretoken": st.text(max_size=20),
    },
)
header_values = st.text(st.characters(max_codepoint=255, exclude_characters="\0\r\n"), max_size=40)
HEADERS = ["ACCEPT", "ACCEPT_LANGUAGE", "COOKIE", "HOST", "ORIGIN", "REFERER", "USER_AGENT", "X_CSRFTOKEN"]
headers = st.dictionaries(
    st.sampled_from([*(f"HTTP_{name}" for name in HEADERS), "HTTP_X_FORWARDED_FOR", "REMOTE_ADDR"]),
    header_values | st.just("application/json"),
    max_size=3,
)
CHARSETS = ["utf-8", "utf-16", "latin-1", "koi8-u", "x", ""]
FORM_TYPES = ["application/x-www-form-urlencoded", "multipart/form-data", "multipart/form-data; boundary=x"]
content_types = st.builds("{}; charset={}".format, st.sampled_from(FORM_TYPES), st.sampled_from(CHARSETS)) | (
    header_values.filter(lambda text: "charset" not in text.lower())
)
addresses = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
path_parts = st.text(st.characters(exclude_characters="/", exclude_categories=["Cs"]), min_size=1, max_size=30)


@pytest.fixture
def places(waiting: Browser) -> dict[str, str]:
    """The pages that take a form, in a session that waits for a code. Its client sends what has no CSRF proof too."""
    waiting.client.handler.enforce_csrf_checks = False
    return {"number": "/phone/", "proof": "/phone/proof/signup/", "code": waiting.url}


@pytest.mark.parametrize("page", ["number", "proof", "code"])
@few
@given(form=forms, headers=headers)
@example(form={"phone_number": "+380671234599", "code": "1234"}, headers={"REMOTE_ADDR": "2a00:1450::1%eth0"})
def test_no_form_and_no_header(
    waiting: Browser, places: dict[str, str], page: str, form: dict[str, str], headers: dict[str, str]
) -> None:
    for response in (
        waiting.client.post(places[page], urlencode(form, errors="surrogatepass"), FORM_TYPES[0], **headers),
        waiting.client.get(places[page], **headers),
    ):
        assert response.status_code < 500 or response.status_code == 503


@few
@given(page=st.sampled_from(["number", "code"]), data=st.binary(max_size=60), content_type=content_types)
@example(page="code", data=b"code=1234", content_type="application/json")
def test_no_bytes(waiting: Browser, places: dict[str, str], page: str, data: bytes, content_type: str) -> None:
    assert waiting.client.generic("POST", places[page], data, content_type).status_code < 500


@few
@given(page=st.sampled_from(["code", "done", "for", "proof"]), part=path_parts)
def test_no_id_and_no_purpose(db: None, page: str, part: str) -> None:
    client, url = Client(), f"/phone/{page}/{quote(part)}/"
    for response in (client.get(url, follow=True), client.post(url)):
        assert 400 <= response.status_code < 500


@settings(few, max_examples=5)
@given(place=addresses)
@example(place="index")
@example(place="admin:index")
@example(place="//[")
@example(place="/" + "x" * 3000)
def test_no_place_to_go_on_to(db: None, code: Callable[[], str], outbox: list[Message], place: str) -> None:
    Limit.objects.all().delete()
    VerificationAttempt.objects.all().delete()
    browser = Browser(Client()).open(f"/phone/proof/signup/?{urlencode({'next': place})}")
    url, values = browser.filled_in("phone", phone_number="+380501234503")
    page = browser.client.post(url, values)["Location"]
    response = browser.client.post(page, {"code": code()})
    assert response.status_code in {302, 400}
