"""A site that runs in an event loop: nothing of ours blocks it."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.core.exceptions import SynchronousOnlyOperation
from django.db import connections
from django.test import AsyncClient

from django_flashcall import services
from django_flashcall.models import VerificationAttempt
from django_flashcall.providers.base import Message, Provider, Result, Status

pytestmark = pytest.mark.django_db(transaction=True)

URL = "/api/phone/verifications/"


class Watched(Provider):
    """Notes the threads in which it sends."""

    threads: set[int] = set()

    def send(self, message: Message, *, deadline: float) -> Result:
        self.threads.add(threading.get_ident())
        return Result(status=Status.ACCEPTED)


def test_the_api_calls_the_provider_in_another_thread(phone: str, flashcall: Any) -> None:
    flashcall(PROVIDERS={"default": {"CLASS": f"{__name__}.Watched"}})
    Watched.threads.clear()

    async def ask() -> tuple[int, int]:
        reply = await AsyncClient().post(URL, {"phone_number": phone}, "application/json")
        await sync_to_async(connections.close_all)()  # those of the thread that the view ran in
        return reply.status_code, threading.get_ident()

    status, loop = asyncio.run(ask())
    assert status == 201
    assert VerificationAttempt.objects.get().phone_number == phone
    assert len(Watched.threads) == 1 and loop not in Watched.threads


def test_a_service_that_is_called_in_the_loop_says_so_and_sends_nothing(phone: str, outbox: list[Message]) -> None:
    async def ask() -> None:
        services.request_verification(phone)

    with pytest.raises(SynchronousOnlyOperation):
        asyncio.run(ask())
    assert not outbox
