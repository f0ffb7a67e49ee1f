"""Redeeming a proof."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q

from django_flashcall import codes, phones, proofs
from django_flashcall.conf import Purpose, get_config, secrets
from django_flashcall.exceptions import DestinationNotAllowed, InvalidProof, PhoneTaken
from django_flashcall.models import PhoneStatus, VerificationAttempt, transactions
from django_flashcall.models.clock import DbNow
from django_flashcall.proofs import Proof
from django_flashcall.services.finding import signed_in
from django_flashcall.signals import phone_transferred, phone_verified


def redeem(
    proof: object, *, purpose: str, phone_number: object = None, user: Any = None, context: str = ""
) -> VerificationAttempt:
    """Use a proof up and return its attempt, whose `phone_number` is what was verified.

    Call it inside the transaction of what the proof is for: if that is rolled back, the proof is unused again. It
    counts only for `purpose`, for `context`, for the user the attempt was started for (or for `user`, where it was
    started for nobody), and for `phone_number` where one is given. For a purpose that owns, `user` becomes the owner
    of the number.

    Raises InvalidProof, never saying why; PhoneTaken where another user owns the number and ALLOW_TRANSFER is off;
    ValueError where the purpose owns and there is no user to own.
    """
    user = signed_in(user)
    rules = get_config().purpose(purpose)
    if rules.owns and user is None:
        raise ValueError(f"The purpose {purpose!r} makes a user the owner of the number: pass user.")
    return _redeem(proof, [rules], phone_number, user, context)


def discard(proof: object, *, purpose: str, context: str = "") -> None:
    """Use a proof up for nothing, so that nobody owns the number by it.

    For answers that must look like those to a signup that was made. Raises InvalidProof, also for a proof of an attempt
    that was started for a user.
    """
    attempts = VerificationAttempt.objects.using(transactions.database()).filter(pk=proofs.read(proof).attempt_id)
    rules = get_config().purpose(purpose)
    if attempts.redeemable([rules]).filter(_bound(None, None, context)).update(redeemed_at=DbNow()) == 0:
        raise InvalidProof


def own_phone(proof: object, *, user: Any) -> PhoneStatus:
    """Redeem a proof of any purpose that owns, make `user` the owner of its number, and return the number's status.

    Raises InvalidProof and PhoneTaken.
    """
    owning = [purpose for purpose in get_config().purposes.values() if purpose.owns]
    attempt = _redeem(proof, owning, None, user, "")
    return PhoneStatus.objects.using(transactions.database()).get(phone_number=attempt.phone_number)


def proven(proof: object, *, purpose: str, context: str = "") -> VerificationAttempt:
    """Return the attempt of a proof that is unused and in age, in one SELECT; its `phone_number` is what was verified.

    For showing the number before it is redeemed. Nothing is used up, and for whom it counts is judged by `redeem`
    alone. Raises InvalidProof.
    """
    attempts = VerificationAttempt.objects.using(transactions.database()).filter(pk=proofs.read(proof).attempt_id)
    rules = get_config().purpose(purpose)
    attempt = attempts.redeemable([rules]).filter(context_digest__in=_context_digests(context)).first()
    if attempt is None:
        raise InvalidProof
    return attempt


def phones_of(user: Any) -> list[PhoneStatus]:
    """Return the verified numbers of a user, the latest first."""
    return list(PhoneStatus.objects.using(transactions.database()).for_user(user).order_by("-verified_at"))


def owner_of(phone_number: str) -> Any:
    """Return the user who owns a number in E.164 form, in one SELECT; None for nobody."""
    statuses = PhoneStatus.objects.using(transactions.database()).verified().filter(phone_number=phone_number)
    found = statuses.select_related("user").first()
    return found and found.user


def _redeem(
    proof: object, purposes: list[Purpose], phone_number: object, user: Any, context: str
) -> VerificationAttempt:
    """Redeem a proof of one of `purposes`, which all own or all do not."""
    allow_transfer, using = get_config().allow_transfer, transactions.database()
    use_up = partial(_use_up, proofs.read(proof), purposes, _bound(phone_number, user, context), user, using)
    # Without a savepoint, two statements less, where nothing below raises inside the block.
    attempt = transactions.run(use_up, using, savepoint=not allow_transfer)
    if attempt is None:
        raise InvalidProof
    return attempt


def _use_up(proof: Proof, purposes: list[Purpose], bound: Q, user: Any, using: str) -> VerificationAttempt | None:
    """Mark the proof as used and return its attempt; None if it cannot be used here. Raises PhoneTaken."""
    attempts = VerificationAttempt.objects.using(using).filter(pk=proof.attempt_id)
    changes = {"redeemed_at": DbNow()} | ({} if user is None else {"user": user})
    if attempts.redeemable(purposes).filter(bound).update(**changes) == 0:
        return None
    attempt = attempts.get()
    if purposes[0].owns:
        _own(attempt, proof.channel, user, using)
    return attempt


def _bound(phone_number: object, user: Any, context: str) -> Q:
    """Return the condition that attempt and caller agree on everything else that the proof is bound to."""
    bound = Q(user__isnull=True) | Q(user=user) if user else Q(user__isnull=True)
    bound &= Q(context_digest__in=_context_digests(context))
    if phone_number is None:
        return bound
    try:
        number = phones.parse(phone_number, get_config().default_region()).number
    except (ValidationError, DestinationNotAllowed):
        raise InvalidProof from None
    return bound & Q(phone_number=number)


def _context_digests(context: str) -> list[str]:
    return [codes.digest(key, "context", context) for key in secrets()] if context else [""]


def _own(attempt: VerificationAttempt, channel: str, user: Any, using: str) -> None:
    """Give the attempt's number to `user`. Raises PhoneTaken."""
    statuses, number = PhoneStatus.objects.using(using), attempt.phone_number
    previous = None
    if not statuses.insert(number, user=user, channel=channel):
        previous = statuses.lock(number)
        if previous not in {None, user.pk} and not get_config().allow_transfer:
            raise PhoneTaken
        statuses.give(number, user=user, channel=channel)
    transaction.on_commit(lambda: _tell(attempt, previous), using=using)


def _tell(attempt: VerificationAttempt, previous_user: Any) -> None:
    phone_verified.send_robust(sender=VerificationAttempt, attempt=attempt)
    if previous_user is not None and previous_user != attempt.user_id:
        phone_transferred.send_robust(sender=VerificationAttempt, attempt=attempt, previous_user=previous_user)
