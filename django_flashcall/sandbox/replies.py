"""What the sandbox answers, as SMSBAT documents it."""

from __future__ import annotations

from typing import Any, Final

from django_flashcall.sandbox.exchange import Carried, DeliveryStatus
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
    """Return the reply to `GET /bat/message/{id}`: the extended one where the message has fallbacks.

    As in the documents' examples, a message that is under way has no cost yet.
    """
    status = carried.ending if carried.settled else DeliveryStatus.PROCESSING
    reply = {
        "messagelistId": carried.list_id,
        "messageId": carried.id,
        "deliverystatus": status,
        "partscount": 1,
    }
    if carried.message.fallbacks:
        reply |= _steps(carried)
    if carried.settled:
        reply |= _costs(carried)
    return reply


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


def _steps(carried: Carried) -> dict[str, Any]:
    types = [step.type for step in (carried.message, *carried.message.fallbacks)]
    under_way = [DeliveryStatus.PROCESSING, *[DeliveryStatus.NOT_USED] * len(carried.message.fallbacks)]
    steps = list(zip(types, carried.endings if carried.settled else under_way, strict=True))
    return {
        "fallbacks": [{"type": type_, "status": status} for type_, status in steps[1:]],
        # Its keys are families: viber, not viber_otp.
        "extendedStatuses": {type_.partition("_")[0]: status for type_, status in steps},
    }


def _costs(carried: Carried) -> dict[str, Any]:
    cost = carried.cost_of(carried.ending)
    if not carried.message.fallbacks:
        return {"cost": cost}
    return {
        "cost": cost,
        "rate": cost,
        "rateAmount": cost,
        "rateCurrency": "USD",
        "billAmount": cost,
        "billCurrency": "USD",
    }
