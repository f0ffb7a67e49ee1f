"""What a site makes of it in its own views: the mixins, the field, the decorator and the filters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django import forms
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.template import Context, Template
from django.urls import path
from django.views.generic import FormView, View

from django_flashcall import services
from django_flashcall.decorators import phone_verified_required
from django_flashcall.exceptions import InvalidProof
from django_flashcall.models import PhoneStatus, VerificationAttempt
from django_flashcall.web.fields import VerifiedPhoneField
from django_flashcall.web.mixins import PhoneVerifiedRequiredMixin, RedeemPhoneMixin
from tests.urls import urlpatterns
from tests.web.browser import Browser

User = get_user_model()
OTHER = "+380671234599"


class NameForm(forms.Form):
    username = forms.CharField(max_length=20)

    def save(self) -> Any:
        return User.objects.create_user(self.cleaned_data["username"])


class JoinView(RedeemPhoneMixin, FormView):  # type: ignore[type-arg]
    form_class = NameForm
    success_url = "/joined/"
    purpose = "signup"

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        page = "{{ verified_phone }} <form name='join' method='post'>{% csrf_token %}{{ form }}<button></button></form>"
        return HttpResponse(Template(page).render(Context({**context, "csrf_token": "x"})))


class CarelessView(JoinView):
    """Saves, and then fails."""

    def save_with_phone(self, form: Any, phone_number: str) -> Any:
        super().save_with_phone(form, phone_number)
        raise InvalidProof


@phone_verified_required
def guarded(request: HttpRequest) -> HttpResponse:
    return HttpResponse("let in")


class GuardedView(PhoneVerifiedRequiredMixin, View):
    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse("let in")


urlpatterns = [
    path("join/", JoinView.as_view()),
    path("careless/", CarelessView.as_view()),
    path("joined/", lambda request: HttpResponse("joined")),
    path("function/", guarded),
    path("class/", GuardedView.as_view()),
    *urlpatterns,
]


@pytest.fixture(autouse=True)
def own_views(settings: Any) -> None:
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "Csrf" not in name]


def owners() -> dict[str, str]:
    return {str(status.phone_number): status.user.username for status in PhoneStatus.objects.exclude(user=None)}


class TestRedeeming:
    """RedeemPhoneMixin."""

    @pytest.fixture
    def joining(self, browser: Browser, phone: str, code: Callable[[], str]) -> Browser:
        """A browser that shows the site's form after its number was verified."""
        return browser.open("/join/?invited=1").send("phone", phone_number=phone).send("code", code=code())

    def test_whoever_has_no_number_verifies_one_and_comes_back(self, joining: Browser) -> None:
        assert joining.url.startswith("/join/?invited=1&phone=")
        assert "+380•••••••03" in joining.page.text

    def test_form_and_number_are_saved_together(self, joining: Browser, phone: str) -> None:
        joining.send("join", username="taras")
        assert joining.page.text == "joined"
        assert owners() == {phone: "taras"}

    def test_the_proof_is_used_once(self, joining: Browser, phone: str) -> None:
        url, values = joining.filled_in("join", username="taras")
        joining.client.post(url, values)
        again = joining.client.post(url, {**values, "username": "petro"})
        assert again["Location"].startswith("/phone/proof/signup/?next=%2Fjoin%2F")
        assert owners() == {phone: "taras"}

    def test_an_invalid_form_keeps_the_proof(self, joining: Browser, phone: str) -> None:
        joining.send("join", username="x" * 21).send("join", username="taras")
        assert owners() == {phone: "taras"}

    def test_where_the_proof_is_refused_nothing_is_saved(self, joining: Browser) -> None:
        url, values = joining.filled_in("join", username="taras")
        reply = joining.client.post(url.replace("/join/", "/careless/"), values)
        assert "has been used or is too old" in reply.content.decode()
        assert not User.objects.filter(username="taras").exists()

    def test_a_proof_that_is_too_old_is_asked_for_again(self, joining: Browser, age: Callable[..., None]) -> None:
        age(601)
        assert joining.reload().url.startswith("/phone/proof/signup/")

    def test_a_proof_that_is_used_between_the_two_looks(
        self, joining: Browser, monkeypatch: pytest.MonkeyPatch, user: Any
    ) -> None:
        save = NameForm.save

        def save_late(form: NameForm) -> Any:
            (flow,) = joining.client.session["flashcall_flows"].values()
            services.redeem(flow["proof"], purpose="signup", user=user)
            return save(form)

        monkeypatch.setattr(NameForm, "save", save_late)
        joining.send("join", username="taras")
        assert "has been used or is too old" in joining.page.text
        assert not User.objects.filter(username="taras").exists()

    def test_each_tab_saves_the_number_that_it_shows(
        self, joining: Browser, phone: str, code: Callable[[], str]
    ) -> None:
        second = joining.tab().open("/join/?phone=none").send("phone", phone_number=OTHER).send("code", code=code())
        assert "+380•••••••99" in second.page.text
        joining.send("join", username="taras")
        second.send("join", username="petro")
        assert owners() == {phone: "taras", OTHER: "petro"}

    def test_a_form_that_does_not_say_which_of_two_numbers_is_not_saved(
        self, joining: Browser, code: Callable[[], str]
    ) -> None:
        joining.tab().open("/join/?phone=none").send("phone", phone_number=OTHER).send("code", code=code())
        reply = joining.client.post("/join/", {"username": "taras"})
        assert reply.status_code == 302
        assert owners() == {}

    def test_a_form_that_does_not_say_which_is_saved_with_the_only_number(self, joining: Browser, phone: str) -> None:
        joining.client.post("/join/", {"username": "taras"})
        assert owners() == {phone: "taras"}

    def test_a_number_for_another_purpose_is_none(
        self, browser: Browser, user: Any, phone: str, code: Callable[[], str]
    ) -> None:
        browser.client.force_login(user)
        browser.open("/phone/proof/change_phone/").send("phone", phone_number=phone).send("code", code=code())
        assert browser.open("/join/").url.startswith("/phone/proof/signup/")


@pytest.mark.parametrize("page", ["/function/", "/class/"])
class TestGuardedViews:
    """phone_verified_required and PhoneVerifiedRequiredMixin."""

    def test_strangers_sign_in(self, browser: Browser, page: str) -> None:
        assert browser.client.get(page)["Location"] == f"/accounts/login/?next={page}"

    def test_others_verify_a_number_and_are_let_in(
        self, browser: Browser, user: Any, phone: str, code: Callable[[], str], page: str
    ) -> None:
        browser.client.force_login(user)
        browser.open(page).send("phone", phone_number=phone).send("code", code=code())
        assert (browser.url, browser.page.text) == (page, "let in")

    def test_a_number_that_was_blocked_or_lost_does_not_count(self, browser: Browser, user: Any, page: str) -> None:
        PhoneStatus.objects.give(OTHER, user=user, channel="sms")
        PhoneStatus.objects.update(verified_at=None)
        browser.client.force_login(user)
        assert browser.client.get(page)["Location"] == f"/phone/?next=%2F{page.strip('/')}%2F"


class MemberForm(forms.Form):
    username = forms.CharField(max_length=20)
    phone = VerifiedPhoneField(purpose="signup")


class TestTheField:
    """VerifiedPhoneField."""

    @pytest.fixture
    def proof(self, attempt: VerificationAttempt, code: Callable[[], str]) -> str:
        return str(services.verify(attempt.pk, code=code()).proof)

    def test_it_redeems_in_the_transaction_of_the_form(self, proof: str, user: Any, phone: str) -> None:
        form = MemberForm({"username": "olena", "phone": proof})
        assert form.is_valid()
        verified = form.cleaned_data["phone"]
        assert (verified.phone_number, str(verified)) == (phone, "+380•••••••03")
        with transaction.atomic():
            verified.redeem(user=user)
        assert owners() == {phone: "olena"}

    def test_an_invalid_form_uses_nothing_up(self, proof: str, user: Any) -> None:
        assert not MemberForm({"username": "", "phone": proof}).is_valid()
        assert services.redeem(proof, purpose="signup", user=user)

    @pytest.mark.parametrize("given", ["", "forged", "x" * 10_000, "\x00"])
    def test_what_is_no_proof(self, db: None, given: str) -> None:
        assert MemberForm({"username": "olena", "phone": given}).errors["phone"]

    def test_a_used_one(self, proof: str, user: Any) -> None:
        services.redeem(proof, purpose="signup", user=user)
        form = MemberForm({"username": "olena", "phone": proof})
        assert form.errors["phone"] == ["This verification cannot be used here. Verify the number again."]

    def test_one_that_is_too_old(self, proof: str, age: Callable[..., None]) -> None:
        age(601)
        assert MemberForm({"username": "olena", "phone": proof}).errors["phone"]

    @pytest.mark.parametrize("other", [{"purpose": "change_phone"}, {"context": "another"}])
    def test_one_for_something_else(self, proof: str, other: dict[str, str]) -> None:
        field = VerifiedPhoneField(**{"purpose": "signup", **other})
        with pytest.raises(forms.ValidationError):
            field.clean(proof)

    def test_it_may_be_left_out(self, db: None) -> None:
        assert VerifiedPhoneField(required=False).clean("") is None

    def test_neither_proof_nor_number_is_in_its_repr(self, proof: str, phone: str) -> None:
        form = MemberForm({"username": "olena", "phone": proof})
        form.is_valid()
        assert proof not in repr(form.cleaned_data)
        assert phone not in repr(form.cleaned_data)


class TestFilters:
    """{% load flashcall %}."""

    @staticmethod
    def render(text: str, **context: Any) -> str:
        return Template("{% load flashcall %}" + text).render(Context(context))

    def test_has_verified_phone(self, user: Any, phone: str) -> None:
        text = "{% if user|has_verified_phone %}yes{% else %}no{% endif %}"
        assert self.render(text, user=user) == "no"
        PhoneStatus.objects.give(phone, user=user, channel="sms")
        assert self.render(text, user=user) == "yes"
        assert self.render(text, user=AnonymousUser()) == "no"
        assert self.render(text) == "no"

    @pytest.mark.parametrize(
        ("number", "shown"),
        [
            ("+380501234503", "+380 ••• •• •• 03"),
            ("+12125550123", "+1 •• •• •• •• 23"),
            ("+4512345678", "+45 •• •• •• 78"),
            ("nonsense", "•• •• •• ••"),
        ],
    )
    def test_numbers_as_they_are_shown(self, number: str, shown: str) -> None:
        assert self.render("{{ number|masked|spaced }}", number=number) == shown.replace(" ", "\u00a0")

    @pytest.mark.parametrize(("seconds", "shown"), [(0, "0:00"), (5, "0:05"), (65, "1:05"), (300, "5:00")])
    def test_clock(self, seconds: int, shown: str) -> None:
        assert self.render("{{ seconds|clock }}", seconds=seconds) == shown
