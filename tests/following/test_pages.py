"""Who looks at the page waits: it tells what became of the call, without a tick and without JavaScript."""

from __future__ import annotations

from typing import Any

import pytest

from django_flashcall.models import Delivery
from tests.following.books import Books
from tests.web.browser import Browser

pytestmark = pytest.mark.django_db

FAILED = "The code could not be delivered. Ask for it another way."


@pytest.fixture
def waiting(books: Books, phone: str, age: Any) -> Browser:
    """A page whose call did not arrive, which nobody here knows yet."""
    browser = Browser().open("/phone/proof/signup/").send("phone", phone_number=phone)
    age(6)
    books.write({Delivery.objects.get().pk.hex: "undeliverable"})
    return browser


def test_reloading_the_page_tells_what_became_of_the_call(waiting: Browser, books: Books) -> None:
    assert FAILED not in waiting.page.text
    waiting.reload()
    assert FAILED in waiting.page.text
    assert (books.asked.total(), books.sent) == (1, ["flashcall"])


def test_entering_a_code_waits_for_no_provider(waiting: Browser, books: Books) -> None:
    url, values = waiting.filled_in("code", code="0000")
    assert waiting.client.post(url, values).status_code == 302
    assert books.asked.total() == 0
