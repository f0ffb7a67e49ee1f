"""What goes wrong on a site while people verify their numbers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sentry_sdk
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import OperationalError, connection
from django.test import RequestFactory, override_settings

from django_flashcall import services, signals
from django_flashcall.providers import memory
from django_flashcall.providers.memory import MemoryProvider
from django_flashcall.testing import code_of
from example_project.accounts.models import User

PHONE, OTHER, FROM_A_FORM = "+380501234503", "+380671234599", "+380931237755"
QUOTED = "+380991112233"
NAMES = {"number": PHONE, "another number": OTHER, "number in a form": FROM_A_FORM, "number in a sentence": QUOTED}


class Accidents:
    """Lets each of them happen once, and remembers what must not be told."""

    def __init__(self) -> None:
        self.site, self.requests = get_wsgi_application(), RequestFactory()
        self.secrets = {name: number.removeprefix("+") for name, number in NAMES.items()}
        self.secrets["webhook's secret"] = settings.WEBHOOK_SECRET  # type: ignore[misc]
        self.statuses: list[int] = []

    def happen(self) -> None:
        self.a_risk_check_fails()
        self.a_provider_raises()
        attempt = self.post("/api/phone/verifications/", phone_number=PHONE)["id"]
        self.secrets["code"] = code_of(attempt)
        caller_id = f"+38044{code_of(attempt)}"[-19:]
        self.the_database_fails(attempt, {"code": code_of(attempt)})
        self.the_database_fails(attempt, {"caller_id": caller_id})
        proof = self.a_receiver_fails(attempt)
        self.secrets["proof"] = proof
        self.the_signup_fails(proof)
        self.somebody_reports_it(proof)
        self.a_report_fails()
        self.ask(self.requests.get("/unrelated/", headers={"X-Quoted": QUOTED}))
        self.secrets |= {f"code {place}": message.code.digits for place, message in enumerate(memory.outbox)}

    def post(self, url: str, **body: Any) -> Any:
        return self.ask(self.requests.post(url, json.dumps(body), "application/json"))

    def ask(self, request: Any) -> Any:
        """Send a request through the WSGI application, which Sentry has wrapped, and return the JSON of its answer."""
        answered: dict[str, str] = {}

        def start_response(status: str, headers: list[tuple[str, str]], *error: Any) -> None:
            self.statuses.append(int(status.partition(" ")[0]))
            answered.update(headers)

        reply = self.site(request.environ, start_response)
        content = b"".join(reply)
        reply.close()
        return json.loads(content) if answered["Content-Type"] == "application/json" else None

    def a_risk_check_fails(self) -> None:
        def risk_check(phone_number: Any, **others: Any) -> None:
            raise ZeroDivisionError

        with override_settings(FLASHCALL={**settings.FLASHCALL, "RISK_CHECK": risk_check}):
            self.post("/api/phone/verifications/", phone_number=PHONE)
            form = {"phone_number": FROM_A_FORM, "csrfmiddlewaretoken": "x" * 32}
            self.ask(self.requests.post("/phone/proof/signup/", form, headers={"Cookie": f"csrftoken={'x' * 32}"}))

    def a_provider_raises(self) -> None:
        send = MemoryProvider.send

        def raising(provider: Any, message: Any, *, deadline: float) -> Any:
            send(provider, message, deadline=deadline)
            raise ValueError(f"{message.phone_number} cannot get {message.code.digits}")

        MemoryProvider.send = raising  # type: ignore[method-assign]
        self.post("/api/phone/verifications/", phone_number=OTHER)
        MemoryProvider.send = send  # type: ignore[method-assign]

    def the_database_fails(self, attempt: str, body: dict[str, str]) -> None:
        with updates_fail():
            self.post(f"/api/phone/verifications/{attempt}/verify/", **body)

    def a_receiver_fails(self, attempt: str) -> str:
        def receiver(attempt: Any, **others: Any) -> None:
            raise LookupError

        signals.attempt_verified.connect(receiver)
        proof: str = self.post(f"/api/phone/verifications/{attempt}/verify/", code=code_of(attempt))["proof"]
        signals.attempt_verified.disconnect(receiver)
        return proof

    def the_signup_fails(self, proof: str) -> None:
        create_user = User.objects.create_user

        def failing(*arguments: Any, **values: Any) -> Any:
            raise KeyError("a bug of the site's")

        User.objects.create_user = failing  # type: ignore[method-assign]
        self.post("/accounts/signup/", username="olena", proof=proof)
        User.objects.create_user = create_user  # type: ignore[method-assign]

    def somebody_reports_it(self, proof: str) -> None:
        """Outside of any request, as a task of the site's does."""
        try:
            services.redeem(proof, purpose="signup")
        except ValueError as error:
            sentry_sdk.capture_exception(error)

    def a_report_fails(self) -> None:
        url = f"/api/phone/webhooks/default/{settings.WEBHOOK_SECRET}/"  # type: ignore[misc]
        accepts = MemoryProvider.accepts
        MemoryProvider.accepts = lambda provider, secret: True  # type: ignore[method-assign]
        reported, MemoryProvider.reported = MemoryProvider.reported, lambda provider, body: 1 / 0  # type: ignore
        self.post(url, messageId="4711")
        MemoryProvider.accepts, MemoryProvider.reported = accepts, reported  # type: ignore[method-assign]
        self.post(url, messageId="4711")


@contextmanager
def updates_fail() -> Iterator[None]:
    """Let the database be gone where something is to be changed."""

    def execute(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith("UPDATE"):
            raise OperationalError("the server closed the connection")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(execute):
        yield
