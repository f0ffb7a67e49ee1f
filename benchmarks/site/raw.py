"""What the app does, as one would write it for one site: its statements by cursor, in its transactions.

It has the app's serializers, answers and provider, and the limits, the granted checks and the record of the delivery;
no choice of settings, channels, purposes, providers, databases or users, no retry, no signals, no idempotency.
"""

from __future__ import annotations

import hmac
import math
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import get_language
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from benchmarks.site import raw_sql
from benchmarks.site.provider import ForgetfulProvider
from django_flashcall import codes
from django_flashcall.api.serializers import RequestSerializer, VerifySerializer
from django_flashcall.models.ids import uuid7
from django_flashcall.phones import Destination, mask
from django_flashcall.providers.base import Message, Status

PROVIDER = ForgetfulProvider({})
MAX_CHECKS, PHONE_FAILURES = 3, 9
PERIOD = timedelta(minutes=10)
ROUNDS = 5
STRANGERS = raw_sql.ALLOWED * 9 // 10


class RequestView(APIView):
    def post(self, request: Request) -> Response:
        serializer = RequestSerializer(data=request.data, context={"request": request})
        serializer.is_valid(raise_exception=True)
        destination = serializer.validated_data["phone_number"]
        address = request.META["HTTP_X_FORWARDED_FOR"].rpartition(",")[2].strip()
        keys = limit_keys(destination.number, address)
        for _ in range(ROUNDS):
            wait = refused(keys, destination.number)
            if wait is not None:
                return Response({"error": "rate_limited", "retry_after": wait}, status=429)
            message = open_attempt(keys, destination, address, request.headers.get("User-Agent", "")[:255])
            if message is not None:
                break
        else:
            return Response({"error": "rate_limited", "retry_after": 1}, status=429)
        attempt_id, delivery_id, parcel = message
        result = PROVIDER.send(parcel, deadline=15)
        if result.status is not Status.ACCEPTED:
            return Response({"error": "delivery_failed"}, status=503)
        with connection.cursor() as cursor:
            digest = digest_of("code", attempt_id.hex, parcel.code.digits)
            cursor.execute(raw_sql.SETTLE, [result.provider_message_id, digest, delivery_id])
            cursor.execute(raw_sql.STANDING, [attempt_id])
            return Response(as_json(cursor.fetchone()), status=201)


class VerifyView(APIView):
    def post(self, request: Request, attempt_id: uuid.UUID) -> Response:
        serializer = VerifySerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        entered = codes.tidy(serializer.validated_data["code"])
        with connection.cursor() as cursor:
            cursor.execute(raw_sql.STANDING, [attempt_id])
            row = cursor.fetchone()
            if row is None:
                return Response({"error": "not_found"}, status=404)
            status, checks, max_checks, digest, left = row[1], row[4], row[5], row[8], row[11]
            if status != "pending" or checks == max_checks or left <= timedelta(0):
                return Response({"error": "expired"}, status=410)
            if entered is None or len(entered) != row[9]:
                return Response({"code": ["This is not a code of this verification."]}, status=400)
            if hmac.compare_digest(digest, digest_of("code", attempt_id.hex, entered)):
                raise NotImplementedError("Only wrong codes are measured.")
            cursor.execute(raw_sql.SPEND_CHECK, [attempt_id, checks])
            if cursor.rowcount != 1:
                return Response({"error": "exhausted"}, status=410)
        body = {
            "error": "invalid_code",
            "detail": "That is not the right code.",
            "checks_left": max_checks - checks - 1,
        }
        return Response(body, status=400)


def digest_of(*parts: str) -> str:
    return hmac.digest(settings.SECRET_KEY.encode(), "\n".join(parts).encode(), "sha256").hex()


def limit_keys(number: str, address: str) -> dict[str, str]:
    """Return the scopes that are counted, by the key of their rows, and in the order of these."""
    values = [number, number, number, address, number[:-4], "", ""]
    keys = {digest_of(scope, value): scope for scope, value in zip(raw_sql.SCOPES, values, strict=True)}
    return dict(sorted(keys.items()))


def refused(keys: dict[str, str], number: str) -> int | None:
    """Return the seconds for which the request is refused, or None."""
    with connection.cursor() as cursor:
        cursor.execute(raw_sql.READ, [number, number, *keys, digest_of("breaker", "default")])
        rows = cursor.fetchall()
    for key, count, left, _owner, blocked in rows:
        if blocked or (key in keys and left > timedelta(0) and count >= allowed(keys[key])):
            return math.ceil(left.total_seconds())
    return None


def taken(keys: dict[str, str]) -> bool:
    """Count a use of each limit. False where one is used up."""
    values: list[Any] = []
    for key, scope in keys.items():
        period = timedelta(seconds=30) if scope.startswith("cooldown") else PERIOD
        values += [key, scope.partition(" ")[0], allowed(scope), period, period]
    strangers = [part for key, scope in keys.items() if scope.startswith("site") for part in (key, STRANGERS)]
    with connection.cursor() as cursor:
        cursor.execute(raw_sql.TAKE, [*values, *strangers])
        return cursor.rowcount == len(keys)


def allowed(scope: str) -> int:
    return 1 if scope.startswith("cooldown") else raw_sql.ALLOWED


def open_attempt(
    keys: dict[str, str], destination: Destination, address: str, agent: str
) -> tuple[uuid.UUID, uuid.UUID, Message] | None:
    """Write an attempt and its delivery, and return their ids and the message; None where a limit is used up."""
    with transaction.atomic(), connection.cursor() as cursor:
        attempt_id, delivery_id, code = uuid7(), uuid7(), codes.make(4)
        digests = digest_of("phone", destination.number), digest_of("code", attempt_id.hex, code.digits)
        start = [attempt_id, destination.number, digests[0], destination.region, get_language()]
        cursor.execute(raw_sql.ADD_ATTEMPT, [*start, MAX_CHECKS, address, agent])
        cursor.execute(raw_sql.ADD_DELIVERY, [delivery_id, attempt_id, digests[1]])
        if not taken(keys):
            transaction.set_rollback(True)
            return None
        cursor.execute(raw_sql.GRANT, [attempt_id, destination.number])
        checks = PHONE_FAILURES - granted(cursor.fetchall())
        if checks < 1:
            transaction.set_rollback(True)
            return None
        if checks < MAX_CHECKS:
            cursor.execute(raw_sql.LEAVE_CHECKS, [checks, attempt_id])
    parcel = Message(
        id=delivery_id.hex, channel="flashcall", phone_number=destination.number, code=code, ttl=60, language="en"
    )
    return attempt_id, delivery_id, parcel


def granted(rows: Iterable[tuple[Any, ...]]) -> int:
    """Return the checks of a number that its attempts have used or may still use, back to the last success."""
    total = 0
    for status, checks, max_checks, left, can_continue in rows:
        if status == "verified":
            break
        is_open = status == "pending" and checks < max_checks and max(left, can_continue) > timedelta(0)
        total += max_checks if is_open else checks
    return total


def as_json(row: tuple[Any, ...]) -> dict[str, Any]:
    attempt_id, status, purpose, number, checks, max_checks, channel, _status, _digest, length, age, left, *_rest = row
    return {
        "id": str(attempt_id),
        "status": status,
        "purpose": purpose,
        "phone_number": mask(number),
        "channel": channel,
        "code_length": length,
        "code_lengths": [length],
        "expires_at": datetime.now(UTC) + left,
        "expires_in": round(left.total_seconds()),
        "checks_left": max_checks - checks,
        "next_channel": "sms",
        "next_channel_in": math.ceil(max(20 - age.total_seconds(), 0)),
        "resend_in": math.ceil(max(30 - age.total_seconds(), 0)),
    }
