"""Another number: only with the password, the old one is nobody's, and it is told."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail

from django_flashcall import services
from django_flashcall.models import PhoneStatus
from tests.recipes.client import MALLORYS, PASSWORD, Site

pytestmark = pytest.mark.django_db

URL, NEW = "/api/phone/phones/", "+380931234577"


@pytest.fixture
def signed_in(site: Site, olena: Any) -> Site:
    site.show_a_page()
    site.login(username="olena", password=PASSWORD)
    return site


@pytest.fixture
def fresh(signed_in: Site, flashcall_code: Any) -> str:
    """A proof of the new number, as the signed-in client gets it."""
    attempt = signed_in.start(NEW, "change_phone").json()["id"]
    return signed_in.prove(attempt, flashcall_code(attempt))


def numbers(user: Any) -> list[str]:
    return [str(status.phone_number) for status in services.phones_of(user)]


def test_the_password_changes_it(
    signed_in: Site, fresh: str, olena: Any, phone: str, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        reply = signed_in.send(URL, proof=fresh, password=PASSWORD)
    assert (reply.status_code, reply.json()["phone_number"]) == (200, "+380•••••••77")
    assert numbers(olena) == [NEW]
    (letter,) = mail.outbox
    assert letter.to == ["olena@example.com"]
    assert "was +380•••••••03 and is now +380•••••••77" in letter.body
    assert phone not in letter.body


def test_the_old_number_logs_nobody_in(signed_in: Site, fresh: str, phone: str, proof: Any) -> None:
    signed_in.send(URL, proof=fresh, password=PASSWORD)
    stranger = Site()
    assert stranger.send("/api/login/phone/", proof=proof(phone, "phone_login")).status_code == 400
    assert stranger.send("/api/login/phone/", proof=proof(NEW, "phone_login")).json() == {"username": "olena"}
    assert PhoneStatus.objects.get(phone_number=phone).user is None


@pytest.mark.parametrize("password", ["wrong", "", PASSWORD.upper(), PASSWORD + " ", None])
def test_a_session_left_open_changes_nothing(
    signed_in: Site, fresh: str, olena: Any, phone: str, password: str | None
) -> None:
    body = {} if password is None else {"password": password}
    assert signed_in.send(URL, proof=fresh, **body).status_code == 400
    assert numbers(olena) == [phone]
    assert signed_in.send(URL, proof=fresh, password=PASSWORD).status_code == 200  # the proof is unused


def test_a_proof_for_signup_needs_it_too(signed_in: Site, proof: Any, olena: Any, phone: str) -> None:
    assert signed_in.send(URL, proof=proof(NEW, "signup")).status_code == 400
    assert numbers(olena) == [phone]


def test_whoever_guesses_the_password_is_slowed_down(signed_in: Site) -> None:
    replies = [signed_in.send(URL, proof="x", password="wrong") for _ in range(11)]
    assert [reply.status_code for reply in replies] == [400] * 10 + [429]
    assert signed_in.get(URL).status_code == 200


def test_another_users_proof_is_refused(signed_in: Site, olena: Any, mallory: Any, proof: Any, phone: str) -> None:
    reply = signed_in.send(URL, proof=proof(NEW, "change_phone", user=mallory), password=PASSWORD)
    assert reply.json()["error"] == "invalid_proof"
    assert (numbers(olena), numbers(mallory)) == ([phone], [MALLORYS])


def test_a_proof_changes_it_once(signed_in: Site, fresh: str, verified_phone: Any, olena: Any) -> None:
    signed_in.send(URL, proof=fresh, password=PASSWORD)
    verified_phone(olena, "+380501234504")
    assert signed_in.send(URL, proof=fresh, password=PASSWORD).json()["error"] == "invalid_proof"


@pytest.mark.parametrize("purpose", ["login", "transaction", "phone_login"])
def test_a_proof_that_owns_nothing_is_refused(signed_in: Site, olena: Any, proof: Any, purpose: str) -> None:
    reply = signed_in.send(URL, proof=proof(NEW, purpose, user=olena), password=PASSWORD)
    assert reply.json()["error"] == "invalid_proof"


def test_a_number_that_is_taken_leaves_the_old_one(
    signed_in: Site, olena: Any, mallory: Any, proof: Any, phone: str, flashcall: Any
) -> None:
    flashcall(ALLOW_TRANSFER=False)
    reply = signed_in.send(URL, proof=proof(MALLORYS, "change_phone", user=olena), password=PASSWORD)
    assert (reply.status_code, reply.json()["error"]) == (409, "phone_taken")
    assert (numbers(olena), numbers(mallory)) == ([phone], [MALLORYS])


def test_a_forged_request_changes_nothing(signed_in: Site, fresh: str) -> None:
    assert signed_in.post(URL, {"proof": fresh, "password": PASSWORD}, format="json").status_code == 403


def test_nobody_else_gets_there(site: Site, proof: Any) -> None:
    assert site.send(URL, proof=proof(NEW, "signup"), password=PASSWORD).status_code in {401, 403}


def test_the_first_number_is_told_to_nobody(
    site: Site, django_user_model: Any, proof: Any, django_capture_on_commit_callbacks: Any
) -> None:
    user = django_user_model.objects.create_user("taras", "taras@example.com", PASSWORD)
    site.force_authenticate(user)
    with django_capture_on_commit_callbacks(execute=True):
        assert site.send(URL, proof=proof(NEW, "signup"), password=PASSWORD).status_code == 200
    assert (numbers(user), mail.outbox) == ([NEW], [])
