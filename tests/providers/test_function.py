"""The provider that is a site's own function."""

import pytest

from django_flashcall.exceptions import ConfigurationError
from django_flashcall.providers import base
from django_flashcall.providers.base import Result, Status
from django_flashcall.providers.function import FUNCTION_CHECKS, FunctionProvider, NotPlaced

given = []


def carry(channel, number, text):
    given.append((channel, number, text))


@pytest.fixture
def delivered():
    """What `carry` was given."""
    given.clear()
    return given


def failing_with(error):
    def fail(channel, number, text):
        raise error

    return FunctionProvider({"SEND": fail})


def test_the_function_gets_channel_number_and_text(sms, delivered):
    FunctionProvider({"SEND": carry}).send(sms, deadline=5)
    assert delivered == [("sms", "+380501234503", "Your code: 482175")]


def test_the_text_of_a_flash_call_is_its_digits(flash_call, delivered):
    FunctionProvider({"SEND": carry}).send(flash_call, deadline=5)
    assert delivered == [("flashcall", "+380501234503", "482175")]


def test_the_function_may_be_a_dotted_path(sms, delivered):
    assert FunctionProvider({"SEND": f"{__name__}.carry"}).send(sms, deadline=5).status is Status.ACCEPTED
    assert len(delivered) == 1


@pytest.mark.parametrize("answer", [None, True])
def test_none_or_true_is_acceptance(sms, answer):
    assert FunctionProvider({"SEND": lambda *_: answer}).send(sms, deadline=5) == Result(status=Status.ACCEPTED)


def test_false_is_a_rejection(sms):
    result = FunctionProvider({"SEND": lambda *_: False}).send(sms, deadline=5)
    assert result == Result(status=Status.REJECTED, error_code=base.REJECTED)


def test_an_exception_leaves_the_message_unknown_and_is_logged_by_its_type(sms, caplog):
    result = failing_with(LookupError("482175 to +380501234503")).send(sms, deadline=5)
    assert result == Result(status=Status.UNKNOWN, error_code=base.RAISED)
    (record,) = caplog.records
    assert record.getMessage() == "The site's function raised LookupError."
    assert record.exc_info is None


def test_not_placed_is_a_rejection(sms):
    result = failing_with(NotPlaced("482175")).send(sms, deadline=5)
    assert result == Result(status=Status.REJECTED, error_code=base.REJECTED)


def test_other_channels_than_its_own_never_reach_the_function(flash_call, sms, delivered):
    provider = FunctionProvider({"SEND": carry, "CHANNELS": ["sms"]})
    assert provider.channels == frozenset({"sms"})
    assert provider.send(flash_call, deadline=5).error_code == base.UNSUPPORTED_CHANNEL
    assert delivered == []
    assert provider.send(sms, deadline=5).status is Status.ACCEPTED


@pytest.mark.parametrize("options", [{}, {"SEND": "nowhere.send"}, {"SEND": "send"}, {"SEND": ""}, {"SEND": 1}])
def test_what_is_no_function_is_told_by_the_check_and_refused(options):
    (found,) = FunctionProvider.check(options, alias="own")
    assert found.id in FUNCTION_CHECKS
    assert found.hint
    assert "own" in str(found)
    with pytest.raises(ConfigurationError, match="SEND"):
        FunctionProvider(options)


def test_a_function_is_fine_for_the_check():
    assert FunctionProvider.check({"SEND": f"{__name__}.carry"}, alias="default") == []
