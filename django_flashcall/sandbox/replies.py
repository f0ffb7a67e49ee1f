"""What the sandbox answers, as SMSBAT documents it."""

from __future__ import annotations

from typing import Any, Final

from django_flashcall.sandbox.exchange import Carried
from django_flashcall.sandbox.messages import FLASH_CALL
from django_flashcall.sandbox.scenarios import scenario

DEFAULT_RING_TTL: Final = 60
"""Seconds."""

TOO_MANY_REQUESTS: Final = {"error": "Too Many Requests", "message": "Rate limit exceeded", "status": 429}
"""The page on rate limits has another shape than that of all other errors."""


def message_list(carried: list[Carried]) -> dict[str, Any]:
    """Return the reply to `POST /bat/messagelist`."""
    return {"messagelistId": carried[0].list_id, "messages": [_taken(one) for one in carried]}


def status(carried: Carried) -> dict[str, Any]:
    """Return the reply to `GET /bat/message/{id}`: the extended one where the message has fallbacks."""
    basic = {
        "messagelistId": carried.list_id,
        "messageId": carried.id,
        "deliverystatus": carried.status,
        "partscount": 1,
        "cost": carried.cost,
    }
    return {**basic, **_extended(carried)} if carried.message.fallbacks else basic


def error(code: str, message: str) -> dict[str, Any]:
    """Return the body of an error."""
    return {"error": {"code": code, "message": message}}


def _taken(carried: Carried) -> dict[str, Any]:
    message = carried.message
    status = "accepted" if carried.accepted else "rejected"
    reply: dict[str, Any] = {"messageId": carried.id, "status": status, "to": message.to}
    if message.customer_id is not None:
        reply["customerMessageId"] = message.customer_id
    if message.type != FLASH_CALL:
        return {**reply, "parts": 1}
    reply["ttl"] = message.ttl or DEFAULT_RING_TTL
    if carried.accepted:
        reply["callerId"] = message.sender
    if carried.accepted and scenario(message.to, message.type).pattern:
        reply["pattern"] = f"***{message.sender[-6:]}"
    return reply


def _extended(carried: Carried) -> dict[str, Any]:
    steps = list(zip((carried.message, *carried.message.fallbacks), carried.statuses, strict=True))
    return {
        "fallbacks": [{"type": step.type, "status": ending} for step, ending in steps[1:]],
        # Its keys are families: viber, not viber_otp.
        "extendedStatuses": {step.type.partition("_")[0]: ending for step, ending in steps},
        "rate": carried.cost,
        "rateAmount": carried.cost,
        "rateCurrency": "USD",
        "billAmount": carried.cost,
        "billCurrency": "USD",
    }
