"""Tests with Django's TestCase alone, which are offline where pytest runs them."""

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import TestCase, override_settings

from django_flashcall import services
from django_flashcall.exceptions import DeliveryFailed, RateLimited
from django_flashcall.providers import get_provider, memory
from django_flashcall.testing import code_of, next_result, verified_phone

PHONE = "+380501234503"


@pytest.fixture(scope="module", autouse=True)
def provider_of_the_module():
    return type(get_provider())


class WithWhatTheClassSent(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.user = get_user_model().objects.create_user("olena")
        cls.owned = verified_phone(cls.user)
        cls.attempt = services.request_verification(PHONE)
        next_result("down", channel="flashcall")

    def test_its_codes_are_found(self):
        self.assertEqual(self.owned.user, self.user)
        self.assertEqual(services.verify(self.attempt.pk, code=code_of(self.attempt)).status, "verified")

    def test_the_outbox_begins_empty(self):
        self.assertEqual(memory.outbox, [])
        services.request_verification(PHONE)
        self.assertEqual([message.channel for message in memory.outbox], ["flashcall"])


@override_settings(FLASHCALL={**settings.FLASHCALL, "CHANNELS": ["sms"]})
class WithAnOverrideAndLimits(TestCase):
    flashcall_limits = True

    @classmethod
    def setUpTestData(cls):
        verified_phone(get_user_model().objects.create_user("olena"))

    def test_both_hold(self):
        services.request_verification(PHONE)
        with self.assertRaises(RateLimited):
            services.request_verification(PHONE)
        self.assertEqual([message.channel for message in memory.outbox], ["sms"])


class Broken(TestCase):
    @classmethod
    def setUpTestData(cls):
        for channel in ("flashcall", "sms"):
            memory.fail(channel)
        with pytest.raises(DeliveryFailed):
            services.request_verification(PHONE)

    def test_what_a_class_scripts_is_for_itself(self):
        services.request_verification(PHONE)


class AfterTheBroken(TestCase):
    @classmethod
    def setUpTestData(cls):
        services.request_verification(PHONE)

    def test_nothing_of_it_is_left(self):
        self.assertEqual(len(memory.earlier), 1)


def test_a_module_is_offline(provider_of_the_module):
    assert provider_of_the_module is memory.MemoryProvider
