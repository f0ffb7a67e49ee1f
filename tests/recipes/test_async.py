"""docs/recipes/async.md, over the real asynchronous handlers."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.contrib.auth import get_user_model
from django.core.asgi import get_asgi_application
from django.core.exceptions import SynchronousOnlyOperation
from django.db import connection, connections, transaction
from django.test import AsyncClient
from django.urls import path

from django_flashcall import services
from django_flashcall.models import PhoneStatus, VerificationAttempt
from django_flashcall.providers.base import Message, Provider, Result, Status
from tests.recipes.pages import Page

pytestmark = pytest.mark.django_db(transaction=True)

VIEWS, TEST = Page("async").own()
PHONE = "+380501234503"


@pytest.fixture(autouse=True)
def views(settings: Any) -> dict[str, Any]:
    """The views of the page, served."""
    known: dict[str, Any] = {"__name__": "shop.views", "get_user_model": get_user_model}
    exec(VIEWS, known)
    settings.ROOT_URLCONF = (
        path("async/call-me/", known["call_me"]),
        path("async/check/<str:attempt_id>/", known["check"]),
        path("async/sign-up/", known["sign_up"]),
    )
    return known


def in_a_loop(work: Callable[[], Any]) -> Any:
    """Run a coroutine function in a loop of its own, and close what its thread has left of the database."""

    async def run() -> Any:
        try:
            return await work()
        finally:
            await sync_to_async(connections.close_all)()

    return asyncio.run(run())


def test_the_test_that_is_shown(flashcall_outbox: list[Message]) -> None:
    known: dict[str, Any] = {"pytest": pytest}
    exec(TEST, known)
    in_a_loop(lambda: known["test_signup"](AsyncClient(), flashcall_outbox))
    assert [status.phone_number for status in PhoneStatus.objects.filter(user__username="taras")] == [PHONE]


def test_it_works_where_requests_are_transactions(
    flashcall_outbox: list[Message], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)
    test_the_test_that_is_shown(flashcall_outbox)


def test_a_wrong_code_stays_counted(flashcall_code: Any, wrong: Any) -> None:
    attempt = services.request_verification(PHONE)
    guess = {"code": wrong(flashcall_code(attempt))}
    reply = in_a_loop(lambda: AsyncClient().post(f"/async/check/{attempt.pk}/", guess))
    assert (reply.status_code, reply.json()) == (400, {"error": "invalid_code", "checks_left": 2})


def test_a_used_proof_takes_the_user_back(proof: Any, stranger: Any) -> None:
    used = proof(PHONE, "signup")
    services.redeem(used, purpose="signup", user=stranger)
    reply = in_a_loop(lambda: AsyncClient().post("/async/sign-up/", {"username": "taras", "proof": used}))
    assert (reply.status_code, reply.json()) == (400, {"error": "invalid_proof"})
    assert not get_user_model().objects.filter(username="taras").exists()


def test_a_refusal_is_answered() -> None:
    reply = in_a_loop(lambda: AsyncClient().post("/async/call-me/", {"phone_number": "+12025550123"}))
    assert (reply.status_code, reply.json()) == (400, {"error": "not_sent"})


def test_in_the_loop_itself_a_service_raises_and_sends_nothing(flashcall_outbox: list[Message]) -> None:
    async def call() -> None:
        services.request_verification(PHONE)

    with pytest.raises(SynchronousOnlyOperation):
        asyncio.run(call())
    assert not flashcall_outbox and not VerificationAttempt.objects.exists()


@pytest.mark.parametrize("service", ["request_verification", "fall_back", "verify"])
def test_the_durable_rule_holds_in_the_thread(service: str) -> None:
    started = services.request_verification(PHONE)
    arguments = {"request_verification": (["+380501234504"], {}), "fall_back": ([started.pk], {})}
    given, named = arguments.get(service, ([started.pk], {"code": "1234"}))

    @sync_to_async
    def in_a_transaction() -> None:
        with transaction.atomic():
            getattr(services, service)(*given, **named)

    with pytest.raises(RuntimeError, match="non_atomic_requests"):
        in_a_loop(in_a_transaction)


class Meeting(Provider):
    """Answers only when two requests are with it at the same time."""

    both = threading.Barrier(2)
    threads: dict[int, Any] = {}

    def send(self, message: Message, *, deadline: float) -> Result:
        self.threads[threading.get_ident()] = connections["default"]
        self.both.wait(10)
        return Result(status=Status.ACCEPTED)


def test_a_call_holds_up_its_own_request_and_closes_its_connection(flashcall: Any) -> None:
    """Under ASGI, as a server runs it: each request has its own thread, which Django tidies up."""
    flashcall(PROVIDERS={"default": {"CLASS": f"{__name__}.Meeting"}})
    Meeting.threads.clear()

    async def both() -> list[int]:
        return await asyncio.gather(*(asgi("/async/call-me/", phone_number=f"+38050123450{last}") for last in (3, 4)))

    assert asyncio.run(both()) == [201, 201]
    assert len(Meeting.threads) == 2
    assert threading.get_ident() not in Meeting.threads
    assert [used.connection for used in Meeting.threads.values()] == [None, None]


async def asgi(url: str, **form: str) -> int:
    """Post a form to the ASGI application and return the status of its answer, once the request has ended."""
    body = urlencode({**form, "csrfmiddlewaretoken": "x" * 32}).encode()
    headers = {
        "content-type": "application/x-www-form-urlencoded",
        "content-length": str(len(body)),
        "cookie": f"csrftoken={'x' * 32}",
        "host": "testserver",
    }
    encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "http_version": "1.1", "method": "POST", "path": url, "query_string": b""}
    application = ApplicationCommunicator(get_asgi_application(), {**scope, "headers": encoded})
    await application.send_input({"type": "http.request", "body": body})
    start = await application.receive_output(10)
    await application.receive_output(10)
    await application.wait(10)
    status: int = start["status"]
    return status


def test_any_thread_leaves_its_connection_open(flashcall: Any) -> None:
    """Why `thread_sensitive` is left as it is."""
    left: list[Any] = []

    def request() -> None:
        services.request_verification(PHONE)
        left.append(connections["default"])

    asyncio.run(_in_any_thread(request))
    assert left[0].connection is not None
    left[0].inc_thread_sharing()
    left[0].close()
    left[0].dec_thread_sharing()


async def _in_any_thread(work: Callable[[], None]) -> None:
    await sync_to_async(work, thread_sensitive=False)()
