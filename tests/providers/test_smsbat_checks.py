"""What `manage.py check` says of the options of SMSBAT."""

import pytest
from django.core.checks import ERROR, WARNING

from django_flashcall.exceptions import ConfigurationError
from django_flashcall.providers.smsbat import SMSBATProvider
from django_flashcall.providers.smsbat_checks import SMSBAT_CHECKS

RIGHT = {"API_KEY": "0123456789abcdef", "SENDER": "YourApp"}
SECRET = "abcdefghijklmnopqrstuv"
HEX = "0123456789abcdef" * 2


def found(**options):
    """Return the ids of what is found wrong with options, over right ones."""
    return [message.id for message in SMSBATProvider.check({**RIGHT, **options}, alias="default")]


def pool(size):
    return [f"38044{number:07}" for number in range(size)]


FINE = {
    "the least": {},
    "all of them": {
        "BASE_URL": "https://ua.example.com:8443/prefix/",
        "CALLER_IDS": pool(3000),
        "TRUST_REPLY_CALLER_ID": True,
        "DEADLINE": 2.5,
        "MAX_IN_FLIGHT": 1,
        "CODE_AS_INTEGER": False,
    },
    "a sender for each channel": {"SENDER": {"flashcall": "A name of any kind", "sms": "YourApp"}},
    "a phone number for a sender": {"SENDER": "+380441234567"},
    "a key in Latin-1": {"API_KEY": "clé secrète"},
    "loopback by name": {"BASE_URL": "http://localhost:8000"},
    "loopback by number": {"BASE_URL": "http://127.0.0.2:8000/"},
    "loopback of IPv6": {"BASE_URL": "http://[::1]:8000"},
    "a tuple of caller IDs": {"CALLER_IDS": tuple(pool(3000))},
    "a secret": {"WEBHOOK_SECRETS": [SECRET]},
    "two secrets": {"WEBHOOK_SECRETS": (SECRET, SECRET[::-1])},
    "a secret of hex": {"WEBHOOK_SECRETS": [HEX]},
    "a secret that is a UUID": {"WEBHOOK_SECRETS": ["7c9e6679-7425-40de-944b-e07fc1f90ae7"]},
    "a secret of digits": {"WEBHOOK_SECRETS": ["0123456789" * 4]},
    "a voice type": {"VOICE_TYPE": "speechcall"},
    "a Viber template": {"VIBER_TEMPLATE": {"ID": "6c929cef-29b4-4349-bc9d-2a07bdbb6e43"}},
    "languages of Viber": {"VIBER_TEMPLATE": {"LANGUAGES": {"nb": "no", "pt-br": "br", "zh-hans": "zh"}}},
    "parameters of Viber": {
        "VIBER_TEMPLATE": {"PARAMETERS": {"pin": "{code:d}", "name": "My shop", "time": "{minutes}", "hours": 7}}
    },
    "no template of Viber": {"VIBER_TEMPLATE": {"ID": None, "PARAMETERS": {"code": "{code}", "validity": 300}}},
}


@pytest.mark.parametrize("options", FINE.values(), ids=FINE)
def test_nothing_is_wrong_with_right_options(options):
    assert found(**options) == []
    SMSBATProvider({**RIGHT, **options})


UNUSABLE = {
    "an unknown option": ("flashcall.E101", "API_KYE", {"API_KYE": "x"}),
    "an option in lower case": ("flashcall.E101", "deadline", {"deadline": 5}),
    "no key": ("flashcall.E102", "API_KEY", {"API_KEY": ""}),
    "a key of spaces": ("flashcall.E102", "API_KEY", {"API_KEY": "   "}),
    "a key that is None": ("flashcall.E102", "API_KEY", {"API_KEY": None}),
    "a key in bytes": ("flashcall.E102", "API_KEY", {"API_KEY": b"0123456789"}),
    "the documents' key": ("flashcall.E102", "API_KEY", {"API_KEY": "your-api-key"}),
    "a key to be changed": ("flashcall.E102", "API_KEY", {"API_KEY": "<CHANGE_ME>"}),
    "a key with a line break": ("flashcall.E103", "API_KEY", {"API_KEY": "0123456789\n"}),
    "a key with another header": ("flashcall.E103", "API_KEY", {"API_KEY": "0123\r\nX-Evil: 1"}),
    "a key with NUL": ("flashcall.E103", "API_KEY", {"API_KEY": "0123\x00456"}),
    "a key with a space at its end": ("flashcall.E103", "API_KEY", {"API_KEY": "0123456789 "}),
    "a key in Cyrillic": ("flashcall.E103", "API_KEY", {"API_KEY": "таємниця"}),
    "HTTP": ("flashcall.E104", "BASE_URL", {"BASE_URL": "http://restapi.smsbat.com"}),
    "HTTP to a private address": ("flashcall.E104", "BASE_URL", {"BASE_URL": "http://10.0.0.1"}),
    "HTTP to what begins like loopback": ("flashcall.E104", "BASE_URL", {"BASE_URL": "http://127.0.0.1.example.com"}),
    "HTTP to a user named loopback": ("flashcall.E104", "BASE_URL", {"BASE_URL": "http://127.0.0.1@example.com"}),
    "another scheme": ("flashcall.E104", "BASE_URL", {"BASE_URL": "ftp://restapi.smsbat.com"}),
    "no scheme": ("flashcall.E104", "BASE_URL", {"BASE_URL": "restapi.smsbat.com"}),
    "no host": ("flashcall.E104", "BASE_URL", {"BASE_URL": "https://"}),
    "a password": ("flashcall.E104", "BASE_URL", {"BASE_URL": "https://user:password@restapi.smsbat.com"}),
    "a query": ("flashcall.E104", "BASE_URL", {"BASE_URL": "https://restapi.smsbat.com?a=b"}),
    "a fragment": ("flashcall.E104", "BASE_URL", {"BASE_URL": "https://restapi.smsbat.com/#a"}),
    "a space": ("flashcall.E104", "BASE_URL", {"BASE_URL": " https://restapi.smsbat.com"}),
    "a line break": ("flashcall.E104", "BASE_URL", {"BASE_URL": "https://restapi.smsbat.com\n"}),
    "half a bracket": ("flashcall.E104", "BASE_URL", {"BASE_URL": "https://[::1"}),
    "a port of letters": ("flashcall.E104", "BASE_URL", {"BASE_URL": "https://restapi.smsbat.com:https"}),
    "port 0": ("flashcall.E104", "BASE_URL", {"BASE_URL": "https://restapi.smsbat.com:0"}),
    "no address": ("flashcall.E104", "BASE_URL", {"BASE_URL": None}),
    "no sender": ("flashcall.E105", "SENDER", {"SENDER": ""}),
    "a sender of spaces": ("flashcall.E105", "SENDER", {"SENDER": " "}),
    "no senders": ("flashcall.E105", "SENDER", {"SENDER": {}}),
    "an empty sender of a channel": ("flashcall.E105", "SENDER", {"SENDER": {"sms": ""}}),
    "a sender that is a list": ("flashcall.E105", "SENDER", {"SENDER": ["YourApp"]}),
    "one caller ID": ("flashcall.E106", "CALLER_IDS", {"CALLER_IDS": "+380441234567"}),
    "a caller ID with spaces": ("flashcall.E106", "CALLER_IDS", {"CALLER_IDS": ["+380 44 123 45 67"]}),
    "a caller ID in other digits": ("flashcall.E106", "CALLER_IDS", {"CALLER_IDS": ["٣٨٠٤٤١٢٣٤٥٦٧"]}),
    "a caller ID with a line break": ("flashcall.E106", "CALLER_IDS", {"CALLER_IDS": ["380441234567\n"]}),
    "a short caller ID": ("flashcall.E106", "CALLER_IDS", {"CALLER_IDS": ["1234567"]}),
    "a long caller ID": ("flashcall.E106", "CALLER_IDS", {"CALLER_IDS": ["1" * 16]}),
    "a caller ID that is an integer": ("flashcall.E106", "CALLER_IDS", {"CALLER_IDS": [380441234567]}),
    "no list of caller IDs": ("flashcall.E106", "CALLER_IDS", {"CALLER_IDS": None}),
    "no time": ("flashcall.E107", "DEADLINE", {"DEADLINE": 0}),
    "time in the past": ("flashcall.E107", "DEADLINE", {"DEADLINE": -1}),
    "time without end": ("flashcall.E107", "DEADLINE", {"DEADLINE": float("inf")}),
    "time that is not a number": ("flashcall.E107", "DEADLINE", {"DEADLINE": float("nan")}),
    "time as text": ("flashcall.E107", "DEADLINE", {"DEADLINE": "8"}),
    "time that is true": ("flashcall.E107", "DEADLINE", {"DEADLINE": True}),
    "nothing in flight": ("flashcall.E107", "MAX_IN_FLIGHT", {"MAX_IN_FLIGHT": 0}),
    "half a request in flight": ("flashcall.E107", "MAX_IN_FLIGHT", {"MAX_IN_FLIGHT": 0.5}),
    "anything in flight": ("flashcall.E107", "MAX_IN_FLIGHT", {"MAX_IN_FLIGHT": None}),
    "trust as text": ("flashcall.E108", "TRUST_REPLY_CALLER_ID", {"TRUST_REPLY_CALLER_ID": "no"}),
    "integers as a number": ("flashcall.E108", "CODE_AS_INTEGER", {"CODE_AS_INTEGER": 1}),
    "a short secret": ("flashcall.E109", "WEBHOOK_SECRETS", {"WEBHOOK_SECRETS": [SECRET, SECRET[:-1]]}),
    "a secret with a slash": ("flashcall.E109", "WEBHOOK_SECRETS", {"WEBHOOK_SECRETS": [SECRET + "/"]}),
    "one secret": ("flashcall.E109", "WEBHOOK_SECRETS", {"WEBHOOK_SECRETS": SECRET}),
    "a secret that is None": ("flashcall.E109", "WEBHOOK_SECRETS", {"WEBHOOK_SECRETS": [None]}),
    "a secret of little hex": ("flashcall.E109", "WEBHOOK_SECRETS", {"WEBHOOK_SECRETS": [HEX[:31]]}),
    "a secret of few digits": ("flashcall.E109", "WEBHOOK_SECRETS", {"WEBHOOK_SECRETS": ["012345678" * 4]}),
    "a secret of one letter": ("flashcall.E109", "WEBHOOK_SECRETS", {"WEBHOOK_SECRETS": ["x" * 100]}),
    "a secret of hyphens": ("flashcall.E109", "WEBHOOK_SECRETS", {"WEBHOOK_SECRETS": ["-" * 100]}),
    "a template that is a text": ("flashcall.E112", "VIBER_TEMPLATE", {"VIBER_TEMPLATE": "6c929cef"}),
    "a template that is None": ("flashcall.E112", "VIBER_TEMPLATE", {"VIBER_TEMPLATE": None}),
    "an unknown key of a template": ("flashcall.E112", "VIBER_TEMPLATE", {"VIBER_TEMPLATE": {"id": "6c929cef"}}),
    "an empty ID": ("flashcall.E112", "VIBER_TEMPLATE", {"VIBER_TEMPLATE": {"ID": ""}}),
    "an ID with a space": ("flashcall.E112", "VIBER_TEMPLATE", {"VIBER_TEMPLATE": {"ID": "a b"}}),
    "a list of languages": ("flashcall.E112", "VIBER_TEMPLATE", {"VIBER_TEMPLATE": {"LANGUAGES": ["uk"]}}),
    "a language by its name": ("flashcall.E112", "VIBER_TEMPLATE", {"VIBER_TEMPLATE": {"LANGUAGES": {"uk": "мова"}}}),
    "a language that is None": ("flashcall.E112", "VIBER_TEMPLATE", {"VIBER_TEMPLATE": {"LANGUAGES": {"uk": None}}}),
    "no parameters": ("flashcall.E112", "VIBER_TEMPLATE", {"VIBER_TEMPLATE": {"PARAMETERS": {}}}),
    "a list of parameters": ("flashcall.E112", "VIBER_TEMPLATE", {"VIBER_TEMPLATE": {"PARAMETERS": ["{code}"]}}),
    "parameters without the code": (
        "flashcall.E112",
        "VIBER_TEMPLATE",
        {"VIBER_TEMPLATE": {"PARAMETERS": {"pin": "code", "time": "{minutes}"}}},
    ),
    "an unknown placeholder": (
        "flashcall.E112",
        "VIBER_TEMPLATE",
        {"VIBER_TEMPLATE": {"PARAMETERS": {"pin": "{code}", "time": "{hours}"}}},
    ),
    "a placeholder within a text": (
        "flashcall.E112",
        "VIBER_TEMPLATE",
        {"VIBER_TEMPLATE": {"PARAMETERS": {"pin": "{code}", "text": "Code {code}"}}},
    ),
    "a parameter that is a list": (
        "flashcall.E112",
        "VIBER_TEMPLATE",
        {"VIBER_TEMPLATE": {"PARAMETERS": {"pin": "{code}", "time": [7]}}},
    ),
    "a parameter that is infinite": (
        "flashcall.E112",
        "VIBER_TEMPLATE",
        {"VIBER_TEMPLATE": {"PARAMETERS": {"pin": "{code}", "time": float("inf")}}},
    ),
    "a parameter without a name": (
        "flashcall.E112",
        "VIBER_TEMPLATE",
        {"VIBER_TEMPLATE": {"PARAMETERS": {"": "{code}"}}},
    ),
    "a voice type in capitals": ("flashcall.E113", "VOICE_TYPE", {"VOICE_TYPE": "SpeechCall"}),
    "a voice type that is empty": ("flashcall.E113", "VOICE_TYPE", {"VOICE_TYPE": ""}),
    "a voice type that is true": ("flashcall.E113", "VOICE_TYPE", {"VOICE_TYPE": True}),
    "a voice type that is a text message": ("flashcall.E113", "VOICE_TYPE", {"VOICE_TYPE": "sms"}),
}


@pytest.mark.parametrize(("id", "option", "options"), UNUSABLE.values(), ids=UNUSABLE)
def test_an_option_that_cannot_be_used_is_an_error_and_is_refused(id, option, options):
    (message,) = SMSBATProvider.check({**RIGHT, **options}, alias="main")
    assert (message.id, message.level, message.msg) == (id, ERROR, SMSBAT_CHECKS[id])
    assert message.obj == f"FLASHCALL['PROVIDERS']['main']['OPTIONS']['{option}']"
    assert message.hint
    with pytest.raises(ConfigurationError, match=f"'{option}'.*{id}"):
        SMSBATProvider({**RIGHT, **options})


def test_everything_wrong_is_told_at_once():
    assert found(API_KEY="", SENDER="", DEADLINE=0, X=1) == [
        "flashcall.E101",
        "flashcall.E102",
        "flashcall.E105",
        "flashcall.E107",
    ]


def test_without_options_key_and_sender_are_missing():
    ids = [message.id for message in SMSBATProvider.check({}, alias="default")]
    assert ids == ["flashcall.E102", "flashcall.E105"]


SECRETS = {
    "a key": ({"API_KEY": "0123456789\n"}, "0123456789"),
    "a password": ({"BASE_URL": "https://user:0123456789@example.com"}, "0123456789"),
    "a caller ID": ({"CALLER_IDS": ["44 0123456789"]}, "0123456789"),
    "a webhook's secret": ({"WEBHOOK_SECRETS": ["0123456789"]}, "0123456789"),
}


@pytest.mark.parametrize(("options", "secret"), SECRETS.values(), ids=SECRETS)
def test_no_message_shows_a_secret(options, secret):
    (message,) = SMSBATProvider.check({**RIGHT, **options}, alias="default")
    assert secret not in f"{message!r} {message}"
    with pytest.raises(ConfigurationError) as raised:
        SMSBATProvider({**RIGHT, **options})
    assert secret not in repr(raised.value)


def test_a_channel_without_a_sender_is_a_warning():
    (message,) = SMSBATProvider.check({**RIGHT, "SENDER": {"flashcall": "YourApp"}}, alias="default")
    assert (message.id, message.level) == ("flashcall.W101", WARNING)
    assert "'sms'" in message.hint


def test_a_channel_that_others_carry_needs_no_sender(flashcall):
    flashcall(CHANNEL_PROVIDERS={"sms": "other"})
    assert found(SENDER={"flashcall": "YourApp"}) == []


@pytest.mark.parametrize("sender", ["TwelveLetter", "Your App", "Назва", "Your-App", "+12", "App\n"])
def test_a_sender_that_is_not_documented_for_sms_is_a_warning(sender):
    assert found(SENDER=sender) == ["flashcall.W102"]
    assert found(SENDER={"flashcall": "YourApp", "sms": sender}) == ["flashcall.W102"]


def test_a_sender_of_flash_calls_alone_may_be_any(flashcall):
    flashcall(CHANNELS=["flashcall"])
    assert found(SENDER="A name of any kind") == []


@pytest.mark.parametrize(
    ("size", "ids"),
    [
        (1, ["flashcall.E110"]),
        (299, ["flashcall.E110"]),
        (300, ["flashcall.W103"]),
        (2999, ["flashcall.W103"]),
        (3000, []),
    ],
)
def test_a_pool_of_caller_ids_is_judged_by_its_size(size, ids):
    assert found(CALLER_IDS=pool(size)) == ids


def test_a_pool_is_counted_by_the_endings_that_are_the_code():
    alike = [f"38044{number}4821" for number in range(100, 1000)]
    assert found(CALLER_IDS=alike) == ["flashcall.E110"]


def test_a_longer_code_tells_more_endings_apart(flashcall):
    caller_ids = [f"38044{number}4821" for number in range(100, 1000)]
    flashcall(CODE_LENGTH={"flashcall": 7})
    assert found(CALLER_IDS=caller_ids) == ["flashcall.W103"]


def test_more_checks_need_more_endings(flashcall):
    flashcall(MAX_CHECKS=31)
    assert found(CALLER_IDS=pool(3000)) == ["flashcall.E110"]


def test_the_purpose_with_the_weakest_rules_counts(flashcall):
    flashcall(PURPOSES={"transaction": {"MAX_CHECKS": 31}})
    assert found(CALLER_IDS=pool(3000)) == ["flashcall.E110"]


def test_a_pool_that_is_used_for_no_purpose_is_not_judged(flashcall):
    flashcall(CHANNELS=["sms"])
    assert found(CALLER_IDS=pool(1)) == []


def test_caller_ids_that_are_shorter_than_the_code_have_no_endings(flashcall):
    flashcall(CODE_LENGTH={"flashcall": 12})
    assert found(CALLER_IDS=["12345678"]) == ["flashcall.E110"]


def test_the_hint_says_how_many_are_needed():
    (message,) = SMSBATProvider.check({**RIGHT, "CALLER_IDS": pool(5)}, alias="default")
    assert "300 or more" in message.hint


@pytest.mark.parametrize(
    "values", [{"MAX_CHECKS": "many"}, {"CODE_LENGTH": {"flashcall": "four"}}, {"CODE_LENGTH": {"flashcall": 0}}]
)
def test_settings_that_cannot_be_read_are_not_the_providers_to_judge(flashcall, values):
    flashcall(**values)
    assert set(found(CALLER_IDS=pool(5))) <= {"flashcall.E110"}


def test_a_voice_message_needs_a_type_of_the_account(flashcall):
    flashcall(CHANNELS=["flashcall", "voice"])
    (message,) = SMSBATProvider.check(RIGHT, alias="default")
    assert (message.id, message.level) == ("flashcall.E114", ERROR)
    assert found(VOICE_TYPE="speechcall") == []


def test_a_voice_message_of_another_provider_needs_none(flashcall):
    flashcall(CHANNELS=["flashcall", "voice"], CHANNEL_PROVIDERS={"voice": "other"})
    assert found() == []


def test_a_cascade_of_the_provider_rings_with_a_code_of_ours(flashcall):
    flashcall(CASCADE="provider")
    assert found() == []
    (message,) = SMSBATProvider.check({**RIGHT, "CALLER_IDS": pool(3000)}, alias="default")
    assert (message.id, message.level) == ("flashcall.E111", ERROR)


def test_every_check_has_a_test():
    tested = {case[0] for case in UNUSABLE.values()} | {
        "flashcall.E110",
        "flashcall.E111",
        "flashcall.E114",
        "flashcall.W101",
        "flashcall.W102",
        "flashcall.W103",
    }
    assert tested == set(SMSBAT_CHECKS)
