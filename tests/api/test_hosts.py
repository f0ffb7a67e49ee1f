"""What a host has set for its own views neither closes nor breaks ours."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.core.cache.backends.base import BaseCache
from rest_framework import permissions, versioning
from rest_framework.authentication import SessionAuthentication
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.throttling import AnonRateThrottle

from django_flashcall.api import views
from django_flashcall.api.views import FlashcallView
from django_flashcall.models import VerificationAttempt
from tests.api.client import Api
from tests.api.stage import PHONE, Stage

pytestmark = pytest.mark.django_db

ADDRESS = "91.198.36.14"


@pytest.mark.parametrize("name", ["VerificationsView", "VerificationView", "VerifyView", "FallbackView"])
def test_what_counts_is_out_of_atomic_requests_on_every_database(name: str, settings: Any) -> None:
    view = getattr(views, name).as_view()
    assert set(settings.DATABASES) <= view._non_atomic_requests


@pytest.fixture
def host(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Change the host's REST_FRAMEWORK, and what DRF has read of it at import."""

    def change(**values: Any) -> None:
        settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, **values}
        for name, attribute in [
            ("DEFAULT_PERMISSION_CLASSES", "permission_classes"),
            ("DEFAULT_AUTHENTICATION_CLASSES", "authentication_classes"),
            ("DEFAULT_THROTTLE_CLASSES", "throttle_classes"),
            ("DEFAULT_PARSER_CLASSES", "parser_classes"),
            ("DEFAULT_RENDERER_CLASSES", "renderer_classes"),
            ("DEFAULT_VERSIONING_CLASS", "versioning_class"),
        ]:
            monkeypatch.setattr("rest_framework.views.APIView." + attribute, getattr(api_settings, name))

    return change


def test_a_default_permission_does_not_close_the_door(api: Api, stage: Stage, host: Callable[..., None]) -> None:
    host(DEFAULT_PERMISSION_CLASSES=["rest_framework.permissions.IsAuthenticated"])
    attempt_id = stage.aged(20)
    assert api.status(attempt_id).status_code == 200
    assert api.fallback(attempt_id).status_code == 201
    assert api.verify(attempt_id, code=stage.code()).status_code == 200
    assert api.cancel(attempt_id).status_code == 409
    assert FlashcallView.permission_classes == [permissions.AllowAny]


def test_a_default_permission_does_not_open_the_numbers(api: Api, host: Callable[..., None]) -> None:
    host(DEFAULT_PERMISSION_CLASSES=["rest_framework.permissions.AllowAny"])
    assert api.phones().status_code == api.own("x").status_code == 403


def test_parsers_renderers_and_versions_of_the_host_are_not_ours(
    api: Api, host: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    host(
        DEFAULT_PARSER_CLASSES=["rest_framework.parsers.FormParser"],
        DEFAULT_RENDERER_CLASSES=["rest_framework.renderers.BrowsableAPIRenderer"],
        DEFAULT_VERSIONING_CLASS="rest_framework.versioning.NamespaceVersioning",
    )
    monkeypatch.setattr(versioning.NamespaceVersioning, "allowed_versions", ["v1"])
    assert api.start(PHONE).status_code == 201


@pytest.mark.parametrize("purpose", ["signup", "change_phone"])
def test_a_host_whose_anonymous_user_is_none(api: Api, host: Callable[..., None], purpose: str) -> None:
    host(UNAUTHENTICATED_USER=None)
    response = api.start(PHONE, purpose=purpose)
    assert response.status_code == (201 if purpose == "signup" else 400)
    assert api.phones().status_code == 403


def problem_json(error: Exception, context: Any) -> Response:
    return Response({"detail": f"{type(error).__name__} in the host's own words"}, status=400)


def test_a_malformed_body_is_told_in_the_hosts_words_and_a_refusal_in_ours(
    api: Api, started: str, host: Callable[..., None], code: Callable[[], str], wrong: Callable[[str], str]
) -> None:
    host(EXCEPTION_HANDLER=f"{__name__}.problem_json")
    verify = f"verifications/{started}/verify/"
    for data, error in [
        (b"{", "ParseError"),
        (b"x" * 20_000, "ParseError"),
        (b"{}", "ValidationError"),
        (b'{"code": "12"}', "ValidationError"),
    ]:
        assert api.send(verify, data).body == {"detail": f"{error} in the host's own words"}
    assert api.verify(started, code=wrong(code())).body["error"] == "invalid_code"
    assert api.start("112").body["error"] == "destination_not_allowed"
    assert api.status("x").body["error"] == "not_found"


@pytest.mark.parametrize("scope", ["flashcall_request", "flashcall_verify", "flashcall_status"])
def test_each_scope_throttles_only_what_it_is_for(
    api: Api, stage: Stage, throttled: Callable[..., None], scope: str
) -> None:
    attempt_id = stage.started()
    throttled(scope)
    api.defaults["REMOTE_ADDR"] = ADDRESS
    asked = {
        "flashcall_request": [lambda: api.start("112"), lambda: api.fallback(attempt_id, channel="pigeon")],
        "flashcall_verify": [lambda: api.verify(attempt_id, code="12"), lambda: api.verify("x", code="1234")],
        "flashcall_status": [lambda: api.status(attempt_id), lambda: api.cancel("x")],
    }
    for other, calls in asked.items():
        first, second = (call() for call in calls)
        assert first.status_code != 429
        assert (second.status_code == 429) == (other == scope)
    assert api.defaults.pop("REMOTE_ADDR")


def test_a_throttled_request_says_when(api: Api, throttled: Callable[..., None]) -> None:
    throttled("flashcall_status")
    api.defaults["REMOTE_ADDR"] = ADDRESS
    api.status("x")
    response = api.status("x")
    assert response.case == ("flashcall_status", 429, None)
    assert 3590 <= int(response.headers["Retry-After"]) <= 3600


def test_without_a_rate_nothing_is_throttled(api: Api) -> None:
    api.defaults["REMOTE_ADDR"] = ADDRESS
    assert {api.status("x").status_code for _ in range(200)} == {404}


@pytest.mark.parametrize(
    ("address", "forwarded_for", "status"),
    [
        (ADDRESS, "8.8.8.8", 429),
        ("91.198.36.15", ADDRESS, 404),
        ("2a00:1450::1", "", 404),
        ("127.0.0.1", ADDRESS, 404),
        ("10.1.2.3", ADDRESS, 404),
    ],
)
def test_who_is_throttled_is_who_the_limits_count(
    api: Api, throttled: Callable[..., None], address: str, forwarded_for: str, status: int
) -> None:
    throttled("flashcall_status")
    for client in (ADDRESS, "10.1.2.3"):
        api.get("/api/phone/verifications/x/", REMOTE_ADDR=client)
    again = api.get("/api/phone/verifications/x/", REMOTE_ADDR=address, HTTP_X_FORWARDED_FOR=forwarded_for)
    assert again.status_code == status


def test_neighbours_in_an_ipv6_network_are_one_client_and_users_are_each_their_own(
    api: Api, user: Any, stranger: Any, throttled: Callable[..., None]
) -> None:
    throttled("flashcall_status")
    answers = [
        api.get("/api/phone/verifications/x/", REMOTE_ADDR=address).status_code
        for address in ("2a00:1450:1:2::1", "2a00:1450:1:2:ffff::9", "2a00:1450:1:2::1%eth0", "2a00:1450:1:3::1")
    ]
    assert answers == [404, 429, 429, 404]
    for caller in (user, stranger):
        api.force_login(caller)
        assert [api.status("x").status_code for _ in range(2)] == [404, 429]


def test_the_hosts_own_throttles_stay(api: Api, host: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    cache.clear()
    monkeypatch.setattr(AnonRateThrottle, "rate", "1/hour", raising=False)
    host(DEFAULT_THROTTLE_CLASSES=["rest_framework.throttling.AnonRateThrottle"])
    assert [api.status("x").status_code for _ in range(2)] == [404, 429]
    cache.clear()


class CacheThatIsDown(BaseCache):
    """Fails whatever is asked of it."""

    def __init__(self, location: str, parameters: dict[str, Any]) -> None:
        super().__init__(parameters)

    def get(self, *args: Any, **kwargs: Any) -> Any:
        raise ConnectionError("The cache is down.")

    add = set = touch = delete = clear = get


def test_a_cache_that_is_down_lets_nothing_more_through(
    api: Api, phone: str, settings: Any, flashcall: Callable[..., None], age: Any
) -> None:
    settings.CACHES = {"default": {"BACKEND": f"{__name__}.CacheThatIsDown"}}
    api.defaults["REMOTE_ADDR"] = ADDRESS
    flashcall(LIMITS={"phone": "2/h"})
    answers = []
    for _ in range(4):
        answers.append(api.start(phone).status_code)
        age(30)
    assert answers == [201, 201, 429, 429]


def test_a_zone_in_a_proxys_header_is_no_part_of_the_address(api: Api, flashcall: Callable[..., None]) -> None:
    flashcall(TRUSTED_CLIENT_IP_HEADER="X-Real-IP")
    api.credentials(HTTP_X_REAL_IP="2a00:1450::1%" + "z" * 200)
    assert api.start(PHONE).status_code == 201
    assert VerificationAttempt.objects.get().ip_address == "2a00:1450::1"


def test_sessions_need_their_csrf_proof(user: Any, phone: str, host: Callable[..., None]) -> None:
    host(DEFAULT_AUTHENTICATION_CLASSES=["rest_framework.authentication.SessionAuthentication"])
    api = Api(enforce_csrf_checks=True)
    assert api.start(phone).status_code == 201
    api.force_login(user)
    response = api.own("x")
    assert response.case == ("flashcall_own_phone", 403, None)
    assert "CSRF" in json.dumps(response.body)
    assert SessionAuthentication in FlashcallView.authentication_classes
