"""Queries that are compiled once run as Django's own do."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.db.models import F
from django.db.models.constants import OnConflict
from django.test.utils import CaptureQueriesContext

from django_flashcall import services
from django_flashcall.models import Delivery, Limit, PhoneStatus, VerificationAttempt
from django_flashcall.models.clock import DbNow, from_now, until
from django_flashcall.models.prepared import Param, Prepared, inserting, updating

pytestmark = pytest.mark.django_db


def by_id() -> Any:
    return VerificationAttempt.objects.filter(pk=Param.of(VerificationAttempt, "id"))


def test_a_select_gives_what_the_orm_gives(attempt: VerificationAttempt, user: Any) -> None:
    VerificationAttempt.objects.update(user=user, ip_address="2a01:4f8::1")
    names = [field.attname for field in VerificationAttempt._meta.concrete_fields]
    prepared = Prepared(lambda: by_id().values_list(*names).query)
    assert prepared.select("default", id=attempt.pk) == [
        VerificationAttempt.objects.filter(pk=attempt.pk).values_list(*names).get()
    ]


def test_a_difference_of_times_is_a_duration(attempt: VerificationAttempt) -> None:
    prepared = Prepared(lambda: by_id().values_list(until("expires_at")).query)
    ((left,),) = prepared.select("default", id=attempt.pk)
    assert timedelta(seconds=80) < left <= timedelta(seconds=90)


def test_an_update_tells_how_many_rows_it_changed(attempt: VerificationAttempt) -> None:
    prepared = Prepared(
        lambda: updating(by_id().filter(checks=Param.of(VerificationAttempt, "checks")), checks=F("checks") + 1)
    )
    assert [prepared.execute("default", id=attempt.pk, checks=seen) for seen in (0, 0, 1)] == [1, 0, 1]


def test_an_insert_writes_what_it_is_given(attempt: VerificationAttempt) -> None:
    given = {"key": "k" * 64, "scope": "s", "label": "", "maximum": 3, "count": 0}
    prepared = Prepared(
        lambda: inserting(Limit, [*given, "period"], ends_at=from_now("ttl"))  # a duration is written by its column
    )
    prepared.execute("default", **given, period=timedelta(hours=1), ttl=timedelta(seconds=60))
    row = Limit.objects.annotate(left=until("ends_at")).get(key="k" * 64)
    assert (row.scope, row.maximum, row.period) == ("s", 3, timedelta(hours=1))
    assert timedelta(seconds=50) < row.left <= timedelta(seconds=60)


A, B, C = (letter * 64 for letter in "abc")


def test_an_insert_of_several_rows_leaves_those_that_are_there(attempt: VerificationAttempt) -> None:
    given = ["key", "scope", "label", "maximum", "count", "period", "ends_at"]
    prepared = Prepared(lambda: inserting(Limit, given, suffixes=(0, 1), on_conflict=OnConflict.IGNORE))
    common = {"scope": "s", "label": "", "count": 0, "period": timedelta(hours=1), "ends_at": attempt.expires_at}
    for first, second, maximum in ((A, B, 1), (B, C, 2)):
        row0 = {f"{name}0": value for name, value in {**common, "key": first, "maximum": maximum}.items()}
        row1 = {f"{name}1": value for name, value in {**common, "key": second, "maximum": maximum}.items()}
        prepared.execute("default", **row0, **row1)
    assert list(Limit.objects.filter(scope="s").order_by("key").values_list("key", "maximum")) == [
        (A, 1),
        (B, 1),
        (C, 2),
    ]


def test_the_clock_is_read_anew_each_time(attempt: VerificationAttempt, age: Any) -> None:
    prepared = Prepared(lambda: by_id().filter(expires_at__gt=DbNow()).values_list("pk").query)
    assert prepared.select("default", id=attempt.pk)
    age(91)
    assert not prepared.select("default", id=attempt.pk)


def test_a_value_is_never_part_of_the_sql(attempt: VerificationAttempt) -> None:
    prepared = Prepared(
        lambda: PhoneStatus.objects.filter(phone_number=Param.of(PhoneStatus, "phone_number")).values_list("pk").query
    )
    assert prepared.select("default", phone_number="' OR 1=1 --%s") == []
    assert prepared.select("default", phone_number="+380501234503") == []


def test_it_is_compiled_once(attempt: VerificationAttempt) -> None:
    built = []

    def build(*shape: Any) -> Any:
        built.append(shape)
        return by_id().values_list("pk").query

    prepared = Prepared(build)
    for shape in ("a", "a", "b", "a"):
        prepared.select("default", shape, id=attempt.pk)
    assert built == [("a",), ("b",)]


def test_a_missing_value_is_told(attempt: VerificationAttempt) -> None:
    with pytest.raises(KeyError):
        Prepared(lambda: by_id().values_list("pk").query).select("default")


def test_the_standing_has_every_column_as_the_orm_reads_it(phone: str, user: Any, age: Any) -> None:
    attempt = services.request_verification(phone, user=user)
    age(20)
    read = services.fall_back(attempt.pk, user=user)
    again = VerificationAttempt.objects.get()
    for field in VerificationAttempt._meta.concrete_fields:
        assert getattr(read, field.attname) == getattr(again, field.attname), field
    assert read.user == get_user_model().objects.get()
    for delivery, row in zip(read.standing.deliveries, Delivery.objects.order_by("id"), strict=True):
        for field in Delivery._meta.concrete_fields:
            assert getattr(delivery, field.attname) == getattr(row, field.attname), field


def test_what_is_captured_is_one_statement(attempt: VerificationAttempt) -> None:
    with CaptureQueriesContext(connection) as captured:
        Prepared(lambda: by_id().values_list("pk").query).select("default", id=attempt.pk)
    assert len(captured) == 1
