"""What a login by allauth goes through of ours."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from allauth.account import views  # noqa: F401  (first: the next line alone would be a circular import)
from allauth.account.stages import LoginStage

from django_flashcall.contrib.allauth.fields import ProvenNumber
from django_flashcall.exceptions import InvalidProof


class PretendedSignupStage(LoginStage):  # type: ignore[misc]  # allauth has no types
    """Uses the proof up where allauth only pretends a signup, because the e-mail address has an account already.

    Else whoever sends the same signup twice could tell: after a real one the proof is used.
    """

    key = "flashcall_pretended_signup"

    def handle(self) -> tuple[Any, bool]:
        if self.login.user is None and isinstance(self.login.phone, ProvenNumber):
            with suppress(InvalidProof):
                self.login.phone.verified.discard()
        return None, True
