"""What docs/pages.md shows of the element alone is a page that hands its form the proof."""

from __future__ import annotations

from typing import Any

import pytest
from django.template import engines
from playwright.sync_api import Page, expect

from django_flashcall import services
from tests.browser.person import NUMBER, Person
from tests.docs.markdown import ROOT, blocks

pytestmark = pytest.mark.slow

PAGE = ROOT / "docs" / "pages.md"
ELEMENT = next(block.text for block in blocks(PAGE, "html") if "<flash-call" in block.text)
(SCRIPT,) = (block.text for block in blocks(PAGE, "js"))
FORM = next(block.text for block in blocks(PAGE, "python") if "SubscribeForm" in block.text)


def test_the_form_gets_a_proof_that_it_can_redeem(page: Page, person: Person, user: Any) -> None:
    known: dict[str, Any] = {}
    exec(FORM, known)
    form = f'<form method="post" name="subscribe">{known["SubscribeForm"]()}</form>'
    shown = engines["django"].from_string(ELEMENT).render()
    html = f'<!DOCTYPE html><html lang="en">{shown}{form}<script type="module">{SCRIPT}</script></html>'
    page.route("**/subscribe/", lambda route: route.fulfill(content_type="text/html", body=html))
    page.goto("/subscribe/")
    page.get_by_label("Phone number").fill(NUMBER)
    person.button("Continue").click()
    expect(person.code).to_be_visible()
    person.enters(person.hears())
    expect(page.get_by_text(f"{NUMBER} is verified.")).to_be_visible()
    filled = known["SubscribeForm"]({"proof": page.locator("[name=proof]").input_value()})
    assert filled.is_valid(), filled.errors
    filled.save(user)
    assert [phone.phone_number for phone in services.phones_of(user)] == [NUMBER]
