"""The story of an attempt: each event in its place, and what to tell the person."""

from __future__ import annotations

import re
from typing import Any

import pytest

from django_flashcall import services
from django_flashcall.exceptions import ProviderUnavailable
from django_flashcall.models import Delivery, VerificationAttempt
from django_flashcall.models.clock import DbNow
from django_flashcall.providers import base, memory
from django_flashcall.services import Client
from tests.room.conftest import LOOK, text, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(staff: Any) -> Any:
    return lambda attempt: staff(*LOOK).get(url("change", attempt))


def events(page: Any) -> list[str]:
    return re.findall(r"<strong>([^<]*)</strong>", page.content.decode().partition("flashcall-story")[2])


def test_a_whole_story_is_told_in_its_order(phone: str, user: Any, page: Any, code: Any, wrong: Any, age: Any) -> None:
    client = Client("93.184.216.34", "Browser <b>1</b>")
    attempt = services.request_verification(phone, client=client)
    age(25)
    services.fall_back(attempt.pk, channel="sms")
    arrived = {"status": "delivered", "delivered_at": DbNow(), "cost": "0.85", "currency": "UAH"}
    Delivery.objects.filter(channel="sms").update(**arrived)
    services.verify(attempt.pk, code=wrong(code()))
    services.verify(attempt.pk, code=wrong(code()))
    proof = services.verify(attempt.pk, code=code()).proof
    services.redeem(proof, purpose="signup", user=user)
    shown = page(attempt)
    assert events(shown)[:7] == [
        "Asked for a code",
        "Called",
        "SMS sent",
        "Delivered",
        "A wrong code was entered 2 times",
        "Verified: the right code was entered",
        "The site used the proof",
    ]
    said = text(shown)
    for part in (
        "From the address 93.184.216.34.",
        "25 seconds later",
        "Over SMS, says the provider. It cost 0.85 UAH.",
        "The number is verified. There is nothing left",
    ):
        assert part in said
    assert "<b>1</b>" not in shown.content.decode()


@pytest.mark.parametrize("error", sorted(vars(base)[name] for name in ("REJECTED", "CREDENTIALS", "INVALID_NUMBER")))
def test_why_it_was_refused_is_said_in_words(error: str, phone: str, page: Any) -> None:
    memory.fail("flashcall", error_code=error)
    memory.fail("sms", error_code=error)
    with pytest.raises(Exception):  # noqa: B017  (which one depends on the reason)
        services.request_verification(phone)
    said = text(page(VerificationAttempt.objects.get()))
    assert "No call or message was placed, because the provider" in said and f"because {error}" not in said


def unclear(phone: str) -> None:
    memory.script("flashcall", base.Result(status=base.Status.UNKNOWN, error_code=base.TIMEOUT))
    services.request_verification(phone)


def down(phone: str) -> None:
    memory.fail(error_code=base.CREDENTIALS)
    with pytest.raises(ProviderUnavailable):
        services.request_verification(phone)


ADVICE = {
    unclear: r"It may or may not have been sent, because the provider did not answer in time\.",
    down: r"The provider default does not work: it is tried again in (29|30) seconds\.",
    services.request_verification: "Too many wrong codes for this number, or too many attempts that are still open: it "
    r"may be tried again in .+\. Canceling an open attempt gives back what it has left; wrong codes stay counted\.",
}
"""What happened, to what is said of it where a number may have three wrong codes a day."""


@pytest.mark.parametrize(("happens", "said"), ADVICE.items(), ids=["unclear", "down", "spent"])
def test_what_stands_in_the_way_is_said(happens: Any, said: str, phone: str, page: Any, flashcall: Any) -> None:
    flashcall(LIMITS={"phone_failures": "3/d"})
    happens(phone)
    assert re.search(said, text(page(VerificationAttempt.objects.get())))


def test_a_proof_that_nobody_used_is_told(attempt: VerificationAttempt, code: Any, page: Any) -> None:
    services.verify(attempt.pk, code=code())
    assert "the site has not used it yet" in text(page(attempt))


def test_what_is_offered_next_and_when(attempt: VerificationAttempt, page: Any, age: Any) -> None:
    assert re.search(r"In (19|20) seconds the page offers another way: SMS\.", text(page(attempt)))
    age(21)
    assert "The page offers another way now: SMS." in text(page(attempt))


def test_an_attempt_whose_number_is_kept_no_longer_has_its_story(attempt: VerificationAttempt, page: Any) -> None:
    VerificationAttempt.objects.update(phone_number="••••••••••03", ip_address=None, user_agent="")
    Delivery.objects.update(error_code="")
    assert "From an address that is not known." in text(page(attempt))
