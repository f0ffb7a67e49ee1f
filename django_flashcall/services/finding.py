"""Which attempt is meant, and whether it is the caller's."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model

from django_flashcall.conf import Purpose, get_config
from django_flashcall.exceptions import AttemptNotFound
from django_flashcall.models import Standing, VerificationAttempt, transactions
from django_flashcall.models.ids import parse_id


def get_attempt(attempt_id: object, *, user: Any = None) -> VerificationAttempt:
    """Return an attempt with its `standing`, in one SELECT. Raises AttemptNotFound."""
    return find(attempt_id, user=user)[0].attempt


def find(attempt_id: object, *, user: Any, lock: bool = False) -> tuple[Standing, Purpose]:
    """Return the standing of an attempt that `user` may continue, and its purpose. Raises AttemptNotFound.

    Unknown, malformed and another user's are one answer, whatever state the attempt is in.
    """
    parsed = parse_id(attempt_id)
    standing = Standing.by_id(parsed, transactions.database(), lock=lock) if parsed else None
    rules = get_config().purposes.get(standing.attempt.purpose) if standing else None
    if standing is None or rules is None or not _may_continue(standing.attempt, rules, signed_in(user)):
        raise AttemptNotFound
    return standing, rules


def signed_in(user: Any) -> Any:
    """Return the user, or None for nobody and for an anonymous one."""
    return user if user is not None and user.is_authenticated else None


def person(attempt: VerificationAttempt, user: Any) -> Any:
    """Return the user for whom the attempt goes on: its own, or the one who has signed in since; None for nobody."""
    user = signed_in(user)
    if attempt.user_id is None or attempt.belongs_to(user):
        return user
    # `attempt.user` would be read where the site's router sends reads: a replica may not have a new user yet.
    return get_user_model()._base_manager.using(transactions.database()).get(pk=attempt.user_id)


def _may_continue(attempt: VerificationAttempt, rules: Purpose, user: Any) -> bool:
    """A signed-in caller's attempt is his alone; one without a user is anybody's who has its id.

    Where the site's own code starts the attempt and hands out its id, as for the second step of a login, the caller
    cannot be signed in yet: there the id is enough, unless another user is signed in.
    """
    if attempt.user_id is None or attempt.belongs_to(user):
        return True
    return user is None and not rules.api
