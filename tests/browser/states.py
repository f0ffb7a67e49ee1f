"""The states that the pages can be in, and how a person comes to see them."""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import F
from playwright.sync_api import expect

from django_flashcall import services
from django_flashcall.models import VerificationAttempt
from tests.browser.person import NUMBER, Person
from tests.browser.tour_states import TOUR

State = Callable[[Person, Callable[..., None], Callable[[str], str]], None]


def number(person: Person, age: Callable[..., None], wrong: Callable[[str], str]) -> None:
    person.page.goto("/phone/")


def no_number(person: Person, age: Callable[..., None], wrong: Callable[[str], str]) -> None:
    number(person, age, wrong)
    person.posts("12")
    expect(person.message).not_to_be_empty()


def calling(person: Person, age: Callable[..., None], wrong: Callable[[str], str]) -> None:
    person.asks()
    expect(person.code).to_be_visible()


def wrong_code(person: Person, age: Callable[..., None], wrong: Callable[[str], str]) -> None:
    calling(person, age, wrong)
    person.enters(wrong(person.hears()))
    expect(person.message).not_to_be_empty()


def exhausted(person: Person, age: Callable[..., None], wrong: Callable[[str], str]) -> None:
    calling(person, age, wrong)
    VerificationAttempt.objects.update(checks=F("max_checks"))
    person.page.reload()
    expect(person.message).to_contain_text("Too many wrong codes")


def failed(person: Person, age: Callable[..., None], wrong: Callable[[str], str]) -> None:
    person.asks("+380501230010")
    expect(person.page.get_by_role("heading", name="is not verified yet")).to_be_visible()


def too_soon(person: Person, age: Callable[..., None], wrong: Callable[[str], str]) -> None:
    calling(person, age, wrong)
    number(person, age, wrong)
    person.posts(NUMBER)
    expect(person.page.get_by_role("link", name="Go on and enter the code")).to_be_visible()


def nowhere(person: Person, age: Callable[..., None], wrong: Callable[[str], str]) -> None:
    person.page.goto("/phone/code/unknown/")
    expect(person.page.get_by_role("link", name="Start again")).to_be_visible()


def choice(person: Person, age: Callable[..., None], wrong: Callable[[str], str]) -> None:
    person.page.goto("/phone/for/choice/")
    expect(person.page.get_by_role("group", name="My device cannot take calls")).to_be_visible()


def viber(person: Person, age: Callable[..., None], wrong: Callable[[str], str]) -> None:
    choice(person, age, wrong)
    person.gives(NUMBER, by="Write in Viber")
    expect(person.page.get_by_role("heading", name="We have sent a Viber message")).to_be_visible()


def voice(person: Person, age: Callable[..., None], wrong: Callable[[str], str]) -> None:
    choice(person, age, wrong)
    person.gives(NUMBER, by="Say the code in a call")
    expect(person.page.get_by_text("the 6 digits that you hear")).to_be_visible()


def all_ways(person: Person, age: Callable[..., None], wrong: Callable[[str], str]) -> None:
    calling(person, age, wrong)
    age(40)
    person.page.reload()
    expect(person.button("Use SMS instead")).to_be_visible()


def sms(person: Person, age: Callable[..., None], wrong: Callable[[str], str]) -> None:
    all_ways(person, age, wrong)
    person.button("Use SMS instead").click()
    expect(person.page.get_by_role("heading", name="We have sent an SMS")).to_be_visible()


def expired(person: Person, age: Callable[..., None], wrong: Callable[[str], str]) -> None:
    calling(person, age, wrong)
    age(100)
    person.page.reload()
    expect(person.message).not_to_be_empty()


def canceled(person: Person, age: Callable[..., None], wrong: Callable[[str], str]) -> None:
    calling(person, age, wrong)
    services.cancel(VerificationAttempt.objects.get().pk)
    person.page.reload()


def done(person: Person, age: Callable[..., None], wrong: Callable[[str], str]) -> None:
    number(person, age, wrong)
    person.verifies()
    expect(person.page.get_by_role("heading", name="Your number is verified")).to_be_visible()


def element(person: Person, age: Callable[..., None], wrong: Callable[[str], str]) -> None:
    person.asks(at="/element/?purpose=signup")
    expect(person.code).to_be_visible()


def handset(person: Person, age: Callable[..., None], wrong: Callable[[str], str]) -> None:
    sms(person, age, wrong)
    person.page.goto(f"/sandbox/handset/?number={NUMBER.replace('+', '%2B')}")
    expect(person.page.get_by_text("Incoming call")).to_be_visible()


def handset_list(person: Person, age: Callable[..., None], wrong: Callable[[str], str]) -> None:
    handset(person, age, wrong)
    person.button("Decline").click()


STATES: list[State] = [
    *(number, no_number, too_soon, choice, calling, viber, voice, wrong_code, all_ways, sms),
    *(expired, exhausted, failed, canceled, nowhere, done),
    *(element, handset, handset_list),
    *TOUR,
]
