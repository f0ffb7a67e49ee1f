"""`<flash-call>` on a site that has a JSON API and no pages of ours."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import APIResponse, BrowserContext, Page, Route, expect

from django_flashcall import services
from django_flashcall.models import Delivery, VerificationAttempt
from tests.browser.person import NUMBER, READS_SMS, Person

pytestmark = pytest.mark.slow

ELEMENT = "/element/?purpose=signup"
CALLING = "We are calling +380•••••••03. You need not answer. Enter the last 4 digits"
CHANGES = "heard.filter((event) => event.name === 'flashcall:changed').length"
"""In the browser: how often the page was told how the attempt stands."""


@pytest.mark.parametrize("strict", [False, True])
def test_from_the_first_click_to_the_proof(page: Page, person: Person, user: Any, strict: bool) -> None:
    person.asks(at=ELEMENT)
    expect(page.get_by_text(CALLING)).to_be_visible()
    expect(person.code).to_be_focused()
    person.enters(person.hears())
    expect(page.get_by_text(f"{NUMBER} is verified.")).to_be_visible()
    (verified,) = person.told("verified")
    attempt = services.redeem(verified["proof"], purpose="signup", phone_number=NUMBER, user=user)
    assert str(attempt.pk) == verified["id"]


def test_the_keyboard_alone_is_enough(page: Page, person: Person) -> None:
    page.goto("/element/")
    page.keyboard.press("Tab")
    page.keyboard.type(NUMBER)
    page.keyboard.press("Enter")
    expect(person.code).to_be_focused()
    page.keyboard.type("1")
    page.keyboard.press("Enter")
    expect(person.message).to_contain_text("not a code of this verification")
    code = person.hears()
    page.keyboard.type(code)  # the wrong digits are selected, so that they go
    expect(person.code).to_have_value(code)
    page.keyboard.press("Tab")
    expect(person.button("Confirm")).to_be_focused()
    page.keyboard.press("Space")
    expect(page.get_by_text("is verified.")).to_be_focused()


@pytest.mark.parametrize("spelling", ["{}", " +{}{}{} ", "（０４４） {}"])
def test_the_whole_number_that_called_may_be_pasted(page: Page, person: Person, spelling: str) -> None:
    person.asks(at=ELEMENT)
    expect(person.code).to_be_visible()
    caller = person.got()[0]["from"]
    spelled = {"{}": caller, " +{}{}{} ": f" {caller[:4]} ({caller[4:6]}) {caller[6:]} "}
    person.enters(spelled.get(spelling, caller.replace("+", "＋")))
    expect(page.get_by_text("is verified.")).to_be_visible()


def test_the_number_of_somebody_else_is_the_servers_to_judge(page: Page, person: Person) -> None:
    person.asks(at=ELEMENT)
    expect(person.code).to_be_visible()
    last = person.hears()
    person.enters(f"+38044123{int(last) % 9000 + 1000 if last != '1000' else 1001}")
    expect(person.message).to_have_text("That is not the right code. Attempts left: 2.")


def test_a_wrong_code_is_told_on_the_same_page(page: Page, person: Person, wrong: Callable[[str], str]) -> None:
    person.asks(at=ELEMENT)
    expect(person.code).to_be_visible()
    page.evaluate("window.same = true")
    for left in (2, 1):
        person.enters(wrong(person.hears()))
        expect(person.message).to_have_text(f"That is not the right code. Attempts left: {left}.")
        expect(person.code).to_have_attribute("aria-invalid", "true")
        expect(person.code).to_be_focused()
    assert page.evaluate("window.same")
    person.enters(person.hears())
    expect(page.get_by_text("is verified.")).to_be_visible()


def test_after_three_wrong_codes_one_starts_again(page: Page, person: Person, wrong: Callable[[str], str]) -> None:
    person.asks(at=ELEMENT)
    expect(person.code).to_be_visible()
    for left in (2, 1, 0):
        person.enters(wrong(person.hears()))
        expect(person.code).to_have_count(1 if left else 0)
        expect(person.message).to_contain_text("That is not the right code.")
    expect(page.get_by_text("Too many wrong codes. Start again.")).to_be_visible()
    person.button("Change number").click()
    expect(page.get_by_label("Phone number")).to_be_focused()


def test_a_double_click_makes_one_call(page: Page, person: Person) -> None:
    asked: list[str] = []
    page.on("request", lambda request: request.method == "POST" and asked.append(request.url))
    page.goto("/element/")
    page.get_by_label("Phone number").fill(NUMBER)
    person.button("Continue").dblclick()
    expect(person.code).to_be_visible()
    assert len(asked) == 1
    assert len(person.got()) == 1


@pytest.mark.parametrize("lost", [1, 2])
def test_a_reply_that_is_lost_makes_no_second_call(page: Page, person: Person, lost: int) -> None:
    left = [lost]

    def lose(route: Route) -> None:
        if left[0]:
            left[0] -= 1
            route.fetch()  # it comes to the server
            route.abort()
        else:
            route.continue_()

    page.route("**/verifications/", lose)
    person.asks(at=ELEMENT)
    expect(person.code).to_be_visible(timeout=10_000)
    assert len(person.got()) == 1
    assert VerificationAttempt.objects.count() == 1


def test_a_request_without_any_answer_is_repeated_by_hand_with_the_same_key(page: Page, person: Person) -> None:
    keys: list[str] = []

    def lose(route: Route) -> None:
        keys.append(route.request.headers["idempotency-key"])
        route.fetch()
        route.abort()

    page.route("**/verifications/", lose)
    page.clock.install()
    person.asks(at=ELEMENT)
    for tries in (1, 2):
        while len(keys) < tries:
            page.wait_for_timeout(20)
        page.clock.fast_forward(3_000)
    expect(person.message).to_have_text("The site does not answer. Check your connection and try again.")
    assert person.told("error")[-1]["error"] == "no_answer"
    page.unroute("**/verifications/")
    person.button("Continue").click()
    expect(person.code).to_be_visible()
    assert len(keys) == 3
    assert len({*keys}) == 1
    assert len(person.got()) == 1


def test_offline_is_said_and_goes_on_by_itself(page: Page, person: Person, context: BrowserContext) -> None:
    page.clock.install()
    person.asks(at=ELEMENT)
    expect(person.code).to_be_visible()
    code = person.hears()
    context.set_offline(True)
    expect(person.message).to_contain_text("You are offline.")
    person.enters(code)
    page.clock.fast_forward(10_000)
    expect(person.message).to_contain_text("You are offline.")
    assert not person.told("verified")
    context.set_offline(False)
    expect(page.get_by_text("is verified.")).to_be_visible()


def test_a_reload_goes_on_with_the_same_attempt(page: Page, person: Person) -> None:
    person.asks(at=ELEMENT)
    expect(person.code).to_be_visible()
    page.reload()
    expect(page.get_by_text(CALLING)).to_be_visible()
    person.enters(person.hears())
    expect(page.get_by_text("is verified.")).to_be_visible()
    assert VerificationAttempt.objects.count() == 1
    page.reload()
    expect(page.get_by_label("Phone number")).to_be_visible()


def test_another_tab_has_an_attempt_of_its_own(page: Page, person: Person, context: BrowserContext) -> None:
    person.asks(at=ELEMENT)
    expect(person.code).to_be_visible()
    other = Person(context.new_page())
    other.asks("+380671234567", at=ELEMENT)
    expect(other.code).to_be_visible()
    for somebody, number in ((person, NUMBER), (other, "+380671234567")):
        somebody.enters(somebody.hears(number))
        expect(somebody.page.get_by_text(f"{number} is verified.")).to_be_visible()


def test_the_number_can_be_changed(page: Page, person: Person) -> None:
    person.asks(at=ELEMENT)
    person.button("Change number").click()
    expect(page.get_by_label("Phone number")).to_be_focused()
    assert VerificationAttempt.objects.get().status == "canceled"


def test_another_way_is_offered_when_it_is_due(page: Page, person: Person, age: Callable[..., None]) -> None:
    page.clock.install()
    person.asks(at=ELEMENT)
    expect(person.code).to_be_visible()
    expect(person.button("Use SMS instead")).to_be_hidden()
    age(21)
    page.clock.fast_forward(21_000)
    expect(person.button("Use SMS instead")).to_be_visible()
    expect(person.voice).to_have_text("Use SMS instead")
    person.button("Use SMS instead").click()
    expect(page.get_by_text("We have sent a code to +380•••••••03. Enter its 6 digits")).to_be_visible()
    assert [event["type"] for event in person.got()] == ["sms", "flashcall"]
    person.enters(person.hears())
    expect(page.get_by_text("is verified.")).to_be_visible()


def test_where_there_is_no_other_way_each_resend_is_spoken_of(
    page: Page, person: Person, settings: Any, age: Callable[..., None]
) -> None:
    settings.FLASHCALL = {**settings.FLASHCALL, "CHANNELS": ["flashcall"]}
    page.clock.install()
    person.asks(at=ELEMENT)
    expect(person.code).to_be_visible()
    for _ in range(2):
        expect(person.voice).to_be_empty()
        age(31)
        page.clock.fast_forward(31_000)
        expect(person.voice).to_have_text("Ask for another code")
        person.button("Ask for another code").click()


def test_a_voice_is_told_to_be_listened_to(page: Page, person: Person) -> None:
    page.goto("/element/")
    attempt = services.request_verification(NUMBER, purpose="choice", channel="voice")
    page.goto(f"/element/?attempt={attempt.pk}")
    expect(page.get_by_text("We are calling +380•••••••03. Answer, enter the 6 digits that you hear,")).to_be_visible()
    person.enters(person.hears()[:6])  # it is said twice
    expect(page.get_by_text("is verified.")).to_be_visible()


def test_after_an_sms_the_late_call_still_counts(page: Page, person: Person, age: Callable[..., None]) -> None:
    page.clock.install()
    person.asks(at=ELEMENT)
    expect(person.code).to_be_visible()
    code = person.hears()
    age(21)
    page.clock.fast_forward(21_000)
    person.button("Use SMS instead").click()
    expect(page.get_by_text("6 digits")).to_be_visible()
    person.enters(code)
    expect(page.get_by_text("is verified.")).to_be_visible()


def test_a_code_expires_and_another_is_asked_for(page: Page, person: Person, age: Callable[..., None]) -> None:
    page.clock.install()
    person.asks(at=ELEMENT)
    expect(page.get_by_role("timer")).to_have_text(re.compile("1:(30|2[89])"))
    old = person.hears()
    age(95)
    page.clock.fast_forward(95_000)
    expect(page.get_by_text("The code has expired. Ask for another.").first).to_be_visible()
    expect(person.voice).to_have_text("The code has expired. Ask for another.")
    person.enters(old)
    expect(person.message).to_have_text("The code has expired. Ask for another.")
    person.button("Ask for another code").click()
    expect(page.get_by_role("timer")).to_have_text(re.compile("1:(30|2[89])"))
    person.enters(person.hears())
    expect(page.get_by_text("is verified.")).to_be_visible()


def test_the_clock_of_the_computer_says_nothing(page: Page, person: Person) -> None:
    page.clock.install(time="2001-01-01T00:00:00Z")
    person.asks(at=ELEMENT)
    expect(page.get_by_role("timer")).to_have_text(re.compile("1:(30|2[89])"))


def test_the_status_is_asked_for_six_times_at_most(page: Page, person: Person, age: Callable[..., None]) -> None:
    asked: list[str] = []
    page.on(
        "request", lambda request: request.method == "GET" and "/verifications/" in request.url and asked.append("")
    )
    # The browser's window may come to the front while we look, and then it asks as well.
    page.add_init_script("addEventListener('focus', (event) => event.stopImmediatePropagation())")
    page.clock.install(time="2030-01-01T00:00:00Z")
    page.goto(ELEMENT)
    page.clock.pause_at("2030-01-01T01:00:00Z")
    began = time.monotonic()
    person.gives(NUMBER)
    expect(person.code).to_be_visible()
    times = []
    for second in range(5, 100, 5):
        before = len(asked)
        age(5)
        page.clock.run_for(5_000)
        times += [second] * (len(asked) - before)
        page.wait_for_function(f"polls => {CHANGES} === 1 + polls", arg=len(asked))  # each has its answer
    drift = 3 + time.monotonic() - began  # the server's clock goes on too
    assert times == [pytest.approx(second, abs=drift) for second in (5, 10, 20, 30, 90)]
    for _ in range(5):
        page.clock.run_for(4_000)
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_load_state("networkidle")
    assert len(asked) == 6


def test_a_window_that_lay_beside_another_asks_on_focus(page: Page, person: Person) -> None:
    """It was visible all along, so nothing else tells that somebody is back. Here no time passes."""
    page.clock.install(time="2030-01-01T00:00:00Z")
    page.goto(ELEMENT)
    page.clock.pause_at("2030-01-01T01:00:00Z")
    person.gives(NUMBER)
    expect(person.code).to_be_visible()
    services.cancel(VerificationAttempt.objects.get().pk)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.method))
    page.evaluate("() => { for (let i = 0; i < 9; i += 1) dispatchEvent(new Event('focus')); }")
    expect(page.get_by_text("was canceled.")).to_be_visible()
    assert asked == ["GET"]


def test_a_call_that_failed_is_learnt_of_by_asking(page: Page, person: Person) -> None:
    page.clock.install()
    person.asks(at=ELEMENT)
    expect(person.code).to_be_visible()
    Delivery.objects.update(status=Delivery.Status.UNDELIVERABLE)
    page.clock.fast_forward(5_000)
    expect(page.get_by_text("The code could not be delivered.")).to_be_visible()
    expect(person.button("Use SMS instead")).to_be_visible()


@pytest.mark.parametrize("settled", ["verified", "canceled"])
def test_what_another_tab_did_is_learnt_of_by_asking(page: Page, person: Person, settled: str) -> None:
    person.asks(at=ELEMENT)
    expect(person.code).to_be_visible()
    attempt = VerificationAttempt.objects.get()
    if settled == "verified":
        services.verify(attempt.pk, code=person.hears())
    else:
        services.cancel(attempt.pk)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(person.code).to_have_count(0)
    expect(page.get_by_text({"verified": "is verified.", "canceled": "was canceled."}[settled])).to_be_visible()


def test_a_browser_that_reads_sms_fills_the_code_in(page: Page, person: Person, age: Callable[..., None]) -> None:
    page.add_init_script(READS_SMS)
    page.clock.install()
    person.asks(at=ELEMENT)
    expect(person.code).to_be_visible()
    age(21)
    page.clock.fast_forward(21_000)
    person.button("Use SMS instead").click()
    expect(page.get_by_text("6 digits")).to_be_visible()
    assert page.evaluate("asked") == ['{"transport":["sms"]}']
    page.evaluate("code => arrive(code)", person.hears())
    expect(page.get_by_text("is verified.")).to_be_visible()


@pytest.mark.parametrize(
    ("number", "sentence", "offered"),
    [
        ("+380501230010", "The code could not be delivered. Try another way.", "Change number"),
        ("+14155550100", "We do not send codes to such numbers.", "Continue"),
        ("12x", "Enter one phone number with its country code, for example", "Continue"),
    ],
)
def test_a_refusal_says_what_to_do(page: Page, person: Person, number: str, sentence: str, offered: str) -> None:
    person.asks(number, at=ELEMENT)
    expect(person.message).to_contain_text(sentence)
    expect(person.button(offered)).to_be_visible()


def test_a_status_that_comes_late_takes_nothing_back(page: Page, person: Person, wrong: Callable[[str], str]) -> None:
    late: list[tuple[Route, APIResponse]] = []
    person.asks(at=ELEMENT)
    expect(person.code).to_be_visible()
    page.route(re.compile("/verifications/[^/]+/$"), lambda route: late.append((route, route.fetch())))
    person.enters(wrong(person.hears()))
    expect(person.message).to_contain_text("That is not the right code.")
    person.enters(person.hears())
    expect(page.get_by_text("is verified.")).to_be_visible()
    ((route, pending),) = late
    assert pending.json()["status"] == "pending"
    with page.expect_response(route.request.url):
        route.fulfill(response=pending)
    page.evaluate("() => new Promise((done) => setTimeout(done))")
    expect(page.get_by_text("is verified.")).to_be_visible()
    expect(person.code).to_have_count(0)


def test_an_attempt_that_the_site_started_is_gone_on_with(page: Page, person: Person, user: Any) -> None:
    page.goto("/element/")
    attempt = services.request_verification(NUMBER, purpose="transaction", context="order 1")
    page.goto(f"/element/?attempt={attempt.pk}")
    person.enters(person.hears())
    expect(page.get_by_text("is verified.")).to_be_visible()
    assert services.redeem(person.told("verified")[0]["proof"], purpose="transaction", context="order 1")


def test_a_signed_in_user_is_known_by_the_csrf_header(
    page: Page, person: Person, user: Any, context: BrowserContext, client: Any, site: str
) -> None:
    client.force_login(user)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": site}
    context.add_cookies([cookie, {"name": "csrftoken", "value": "a" * 32, "url": site}])
    page.goto("/element/?purpose=change_phone")
    page.get_by_label("Phone number").fill(NUMBER)
    person.button("Continue").click()
    expect(person.code).to_be_visible()
    assert VerificationAttempt.objects.get().user == user


def test_the_page_speaks_its_own_language(page: Page, person: Person, context: BrowserContext, site: str) -> None:
    context.add_cookies([{"name": "django_language", "value": "uk", "url": site}])
    page.goto("/element/")
    page.get_by_label("Номер телефону").fill(NUMBER)
    person.button("Продовжити").click()
    expect(page.get_by_text("Введіть останні 4 цифри номера")).to_be_visible()
    page.get_by_label("Код", exact=True).fill("1")
    person.button("Підтвердити").click()
    expect(person.message).to_have_text(re.compile("[а-яі]{3}"))


def test_the_server_answers_in_the_language_of_the_page(page: Page, person: Person) -> None:
    def translate(route: Route) -> None:
        shown = route.fetch()
        route.fulfill(response=shown, body=shown.text().replace('lang="en"', 'lang="uk-UA"'))

    page.route("**/element/", translate)
    page.goto("/element/")
    page.get_by_label("Номер телефону").fill("+14155550100")
    person.button("Продовжити").click()
    expect(person.message).to_have_text("На такі номери ми не надсилаємо кодів.")


def test_texts_can_be_changed_by_the_page(page: Page, person: Person) -> None:
    page.goto("/element/")
    page.evaluate("""() => {
      const element = document.createElement("flash-call");
      const texts = document.createElement("script");
      texts.type = "application/json";
      texts.textContent = JSON.stringify({ start: "Ring me" });
      element.append(texts);
      element.setAttribute("endpoint", "/api/phone");
      document.querySelector("flash-call").replaceWith(element);
    }""")
    page.get_by_label("Phone number").fill(NUMBER)
    person.button("Ring me").click()
    expect(person.code).to_be_visible()


def test_a_site_that_is_down_for_a_moment_loses_no_attempt(page: Page, person: Person) -> None:
    person.asks(at=ELEMENT)
    expect(person.code).to_be_visible()
    page.clock.install()
    page.route("**/verifications/*/", lambda route: route.abort())
    page.reload()
    for _ in range(3):
        expect(person.message).to_contain_text("The site does not answer.")
        page.clock.fast_forward(4_000)
        page.wait_for_load_state("networkidle")
    page.unroute("**/verifications/*/")
    page.clock.fast_forward(4_000)
    person.enters(person.hears())
    expect(page.get_by_text("is verified.")).to_be_visible()


def test_an_answer_that_is_no_json_is_told(page: Page, person: Person) -> None:
    page.route("**/verifications/", lambda route: route.fulfill(status=502, content_type="text/html", body="<h1>502"))
    person.asks(at=ELEMENT)
    expect(person.message).to_have_text("Something went wrong. Reload the page and try again.")
    assert person.told("error")[-1]["error"] == "invalid"
