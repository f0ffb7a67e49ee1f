"""What Django's page for an error shows of us, where a site has left DEBUG on."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import RequestFactory
from django.views.debug import ExceptionReporter

from django_flashcall import phones, services
from django_flashcall.conf import get_config
from django_flashcall.providers.base import Message, Result
from django_flashcall.providers.smsbat import SMSBATProvider

pytestmark = pytest.mark.django_db


class Interrupted(SMSBATProvider):
    """Ends the process as an operator does, whom nobody catches, with all there is among the variables."""

    codes: list[str] = []

    def send(self, message: Message, *, deadline: float) -> Result:
        self.codes.append(message.code.digits)
        config = get_config()
        raise KeyboardInterrupt(f"within {config.request_deadline} s")


# Not as they are, because the page shows the source, too.
KEY = "-".join(["key", "of", "the", "account"])
WEBHOOK = "-".join(["secret", "of", "the", "address", "for", "reports"])


@pytest.mark.parametrize("channel", ["flashcall", "sms"])
def test_no_secret_is_on_it(phone: str, flashcall: Any, settings: Any, channel: str) -> None:
    settings.DEBUG = True
    options = {"API_KEY": KEY, "SENDER": "Shop", "WEBHOOK_SECRETS": [WEBHOOK]}
    provider = {"CLASS": f"{__name__}.Interrupted", "OPTIONS": options}
    flashcall(PROVIDERS={"default": provider}, CODE_LENGTH={"flashcall": 8, "sms": 8})
    with pytest.raises(KeyboardInterrupt) as raised:
        services.request_verification(phones.parse(phone, None), channel=channel)  # as our views do
    ours = raised.tb.tb_next  # this function's own frame has the options
    page = ExceptionReporter(RequestFactory().get("/"), raised.type, raised.value, ours).get_traceback_html()
    for shown in ("request_deadline", "FLASHCALL", "API_KEY", "parcel"):
        assert shown in page
    assert [secret for secret in (KEY, WEBHOOK, *Interrupted.codes, phone) if secret in page] == []
