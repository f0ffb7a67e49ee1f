"""A phone that is called, as django-otp sees it."""

from __future__ import annotations

import logging
from typing import Any

from django.db import models, router, transaction
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django_otp.models import Device

from django_flashcall import services
from django_flashcall.conf import get_config
from django_flashcall.exceptions import FlashcallError, InvalidProof, PhoneTaken
from django_flashcall.models import VerificationAttempt
from django_flashcall.models.fields import E164Field
from django_flashcall.phones import mask
from django_flashcall.services.holdings import Subject

logger = logging.getLogger("django_flashcall")


class FlashCallDevice(Device):  # type: ignore[misc]  # django-otp has no types
    """A phone number that its user proves to hold by a flash call, or by the channels it falls back to.

    The device keeps no code: it names the attempt that was started last, and that attempt judges what is entered, with
    its own limits. An unconfirmed device is proved with the purpose `change_phone`, which makes its user the owner of
    the number; a confirmed one with `login`.
    """

    phone_number = E164Field(_("phone number"))
    attempt = models.ForeignKey(
        VerificationAttempt,
        verbose_name=_("latest attempt"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    class Meta:
        verbose_name = _("flash call device")
        verbose_name_plural = _("flash call devices")

    @classmethod
    def about(cls, subject: Subject) -> models.QuerySet[FlashCallDevice]:
        """Return the devices with a number, or those of a user and with his numbers."""
        wanted = models.Q(phone_number__in=subject.numbers())
        devices: models.QuerySet[FlashCallDevice] = cls._base_manager.using(router.db_for_write(cls))
        return devices.filter(wanted if subject.user is None else wanted | models.Q(user=subject.user))

    @property
    def purpose(self) -> str:
        """The purpose of the attempts that are started for it."""
        return "login" if self.confirmed else "change_phone"

    def generate_challenge(self) -> str:
        """Call the phone when the transaction that asks for it is committed; return what to tell its user.

        A call that is refused, because one was made just now or a limit is reached, is no error: the earlier attempt
        goes on, and the log says why.
        """
        transaction.on_commit(self._start, using=router.db_for_write(type(self)))
        rules = get_config().purpose(self.purpose)
        channel, digits = rules.channels[0], rules.code_length[rules.channels[0]]
        if channel != "flashcall":
            return gettext("We are sending a code to %(phone)s.") % {"phone": mask(self.phone_number)}
        text = ngettext(
            "We are calling %(phone)s. Enter the last digit of the number that called.",
            "We are calling %(phone)s. Enter the last %(digits)d digits of the number that called.",
            digits,
        )
        return text % {"phone": mask(self.phone_number), "digits": digits}

    def verify_token(self, token: Any) -> bool:
        """Judge a code, and use its proof up. A wrong code spends one of the attempt's checks."""
        if self.attempt_id is None:
            return False
        # django-otp holds the device's row in a transaction, which it does not roll back after a wrong code.
        outcome = services.verify(self.attempt_id, code=str(token), user=self.user, durable=False)
        if outcome.proof is None or outcome.attempt is None:
            return False
        purpose, number = outcome.attempt.purpose, self.phone_number
        try:
            services.redeem(outcome.proof, purpose=purpose, phone_number=number, user=self.user)
        except (InvalidProof, PhoneTaken):
            return False
        return True

    def _start(self) -> None:
        try:
            attempt = services.request_verification(self.phone_number, purpose=self.purpose, user=self.user)
        except FlashcallError as error:
            logger.info("A flash call device was not called: %s.", type(error).__name__)
            return
        self.attempt = attempt
        self.save(update_fields=["attempt"])
