"""Tests as a site writes them with Django's TestCase."""

from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import TestCase, override_settings

from django_flashcall import services
from django_flashcall.exceptions import RateLimited, Refused
from django_flashcall.models import PhoneStatus
from django_flashcall.providers import memory
from django_flashcall.testing import FlashcallMixin, code_of, next_result, proof, verified_phone

PHONE = "+380501234503"
OF_THE_TEXTS = settings.FLASHCALL["PROVIDERS"]["texts"]


class WithoutLimits(FlashcallMixin, TestCase):
    """Django's runner has it last."""

    def test_a_code(self):
        self.assertEqual((self.flashcall_outbox, memory.earlier), ([], []))
        attempt = services.request_verification(PHONE)
        self.assertEqual(services.verify(attempt.pk, code=code_of(attempt)).status, "verified")
        services.request_verification(PHONE)
        self.assertEqual(len(self.flashcall_outbox), 2)

    def test_a_proof_and_an_owner(self):
        user = get_user_model().objects.create_user("olena")
        self.assertEqual(verified_phone(user).user, user)
        self.assertEqual(services.redeem(proof(), purpose="signup", user=user).user, user)


class WithLimits(FlashcallMixin, TestCase):
    flashcall_limits = True

    def test_they_hold(self):
        services.request_verification(PHONE)
        with self.assertRaises(RateLimited):
            services.request_verification(PHONE)


class WithWhatTheClassSent(FlashcallMixin, TestCase):
    flashcall_limits = True

    @classmethod
    def setUpTestData(cls):
        cls.user = get_user_model().objects.create_user("olena")
        verified_phone(cls.user)
        cls.attempt = services.request_verification(PHONE)
        next_result("down")

    def test_the_class_is_offline_and_its_codes_are_found(self):
        self.assertEqual(PhoneStatus.objects.for_user(self.user).count(), 1)
        self.assertEqual(services.verify(self.attempt.pk, code=code_of(self.attempt)).status, "verified")

    test_they_are_found_in_the_next_test_too = test_the_class_is_offline_and_its_codes_are_found

    def test_each_test_begins_with_an_empty_outbox_and_unspent_limits(self):
        self.assertEqual(self.flashcall_outbox, [])
        services.request_verification(PHONE)
        self.assertEqual([message.channel for message in self.flashcall_outbox], ["flashcall"])

    test_so_does_the_next = test_each_test_begins_with_an_empty_outbox_and_unspent_limits


@override_settings(FLASHCALL={**settings.FLASHCALL, "CHANNELS": ["sms"]})
class WithAnOverrideOfBeforehand(FlashcallMixin, TestCase):
    """What the decorators read is the site's own FLASHCALL, as at import nothing is offline."""

    @classmethod
    def setUpTestData(cls):
        verified_phone(get_user_model().objects.create_user("olena"))

    def send_some(self):
        for _ in range(3):
            services.request_verification(PHONE)
        return [message.channel for message in self.flashcall_outbox]

    def test_only_what_the_classes_override_changes_counts(self):
        self.assertEqual(self.send_some(), ["sms"] * 3)

    @override_settings(FLASHCALL={**settings.FLASHCALL, "CHANNELS": ["flashcall"]})
    def test_only_what_the_tests_override_changes_counts(self):
        self.assertEqual(self.send_some(), ["flashcall"] * 3)

    @override_settings(FLASHCALL={**settings.FLASHCALL, "LIMITS": {"phone": "1/h"}})
    def test_a_limit_that_it_changes_holds(self):
        services.request_verification(PHONE)
        with self.assertRaises(RateLimited):
            services.request_verification(PHONE)

    @override_settings(FLASHCALL={**settings.FLASHCALL, "PROVIDERS": {"default": OF_THE_TEXTS}})
    def test_a_provider_under_another_name_is_no_other(self):
        self.assertEqual(self.send_some(), ["flashcall"] * 3)


class WithASettingOfItsOwn(FlashcallMixin, TestCase):
    def change(self, **values):
        return self.settings(FLASHCALL={**settings.FLASHCALL, **values})

    def test_a_limit(self):
        with self.change(COOLDOWN=30):  # as it is where nothing sets it
            services.request_verification(PHONE)
            with self.assertRaises(RateLimited):
                services.request_verification(PHONE)

    def test_the_sites_risk_check(self):
        with self.change(RISK_CHECK="risk.refuse_all"), self.assertRaises(Refused):
            services.request_verification(PHONE)

    def test_a_provider(self):
        sent = []
        provider = {
            "CLASS": "django_flashcall.providers.function.FunctionProvider",
            "OPTIONS": {"SEND": lambda channel, phone_number, text: sent.append(channel)},
        }
        with self.change(PROVIDERS={"texts": provider}, CHANNELS=["sms"]):
            services.request_verification(PHONE)
        self.assertEqual((sent, self.flashcall_outbox), (["sms"], []))
