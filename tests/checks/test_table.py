"""For each thing that may be wrong, a FLASHCALL that has it."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.checks import Error, Warning

from django_flashcall.problems import PROBLEMS
from tests.checks import site
from tests.checks.site import HEALTHY, MEMORY, provider, told

PAGER = {"TTL": {"pager": 60}, "CODE_LENGTH": {"pager": 6}}
CASCADE = {"CASCADE": "provider", "CODE_LENGTH": {"flashcall": 6}}

WRONG = [
    # Keys and kinds
    ({"CHANELS": ["sms"]}, "flashcall.E002", "FLASHCALL['CHANELS']"),
    ({7: ["sms"]}, "flashcall.E002", "FLASHCALL[7]"),
    ({"LIMITS": {"phones": "1/h"}}, "flashcall.E002", "FLASHCALL['LIMITS']['phones']"),
    ({"TTL": {"sns": 60}}, "flashcall.E002", "FLASHCALL['TTL']['sns']"),
    ({"CODE_LENGTH": {"sns": 6}}, "flashcall.E002", "FLASHCALL['CODE_LENGTH']['sns']"),
    ({"CHANNEL_PROVIDERS": {"sns": "default"}}, "flashcall.E002", "FLASHCALL['CHANNEL_PROVIDERS']['sns']"),
    ({"PURPOSES": {"pay": {"OWN": True}}}, "flashcall.E002", "FLASHCALL['PURPOSES']['pay']['OWN']"),
    ({"PURPOSES": {"pay": {"LIMITS": {}}}}, "flashcall.E002", "FLASHCALL['PURPOSES']['pay']['LIMITS']"),
    (
        {"PROVIDERS": {"default": {"CLASS": MEMORY, "OPTION": {}}}},
        "flashcall.E002",
        "FLASHCALL['PROVIDERS']['default']['OPTION']",
    ),
    ({"PROVIDERS": {"default": {"CLASS": 3}}}, "flashcall.E003", "FLASHCALL['PROVIDERS']['default']['CLASS']"),
    (
        {"PROVIDERS": {"default": {"CLASS": MEMORY, "OPTIONS": []}}},
        "flashcall.E003",
        "FLASHCALL['PROVIDERS']['default']['OPTIONS']",
    ),
    ({"PROVIDERS": {"default": MEMORY}}, "flashcall.E003", "FLASHCALL['PROVIDERS']['default']"),
    ({"PROVIDERS": {"My provider": {"CLASS": MEMORY}}}, "flashcall.E003", "FLASHCALL['PROVIDERS']"),
    ({"CASCADE": "site"}, "flashcall.E003", "FLASHCALL['CASCADE']"),
    ({"CHANNELS": "sms"}, "flashcall.E003", "FLASHCALL['CHANNELS']"),
    ({"CHANNELS": ["SMS"]}, "flashcall.E003", "FLASHCALL['CHANNELS']"),
    ({"ALLOWED_REGIONS": "UA"}, "flashcall.E003", "FLASHCALL['ALLOWED_REGIONS']"),
    ({"MAX_CHECKS": True}, "flashcall.E003", "FLASHCALL['MAX_CHECKS']"),
    ({"REQUEST_DEADLINE": float("nan")}, "flashcall.E003", "FLASHCALL['REQUEST_DEADLINE']"),
    ({"REQUEST_DEADLINE": 10**400}, "flashcall.E003", "FLASHCALL['REQUEST_DEADLINE']"),
    ({"LIMITS": {"phone": "5 per hour"}}, "flashcall.E003", "FLASHCALL['LIMITS']['phone']"),
    ({"LIMITS": {"phone": "0/h"}}, "flashcall.E003", "FLASHCALL['LIMITS']['phone']"),
    ({"LIMITS": {"phone": 5}}, "flashcall.E003", "FLASHCALL['LIMITS']['phone']"),
    ({"TTL": {"sms": "300"}}, "flashcall.E003", "FLASHCALL['TTL']['sms']"),
    ({"CHANNEL_PROVIDERS": {"sms": None}}, "flashcall.E003", "FLASHCALL['CHANNEL_PROVIDERS']['sms']"),
    ({"PURPOSES": {"pay": {"TTL": {"sms": None}}}}, "flashcall.E003", "FLASHCALL['PURPOSES']['pay']['TTL']['sms']"),
    ({"PURPOSES": {"pay": {"API": "yes"}}}, "flashcall.E003", "FLASHCALL['PURPOSES']['pay']['API']"),
    ({"PURPOSES": {"pay": None}}, "flashcall.E003", "FLASHCALL['PURPOSES']['pay']"),
    ({"PURPOSES": {"change-phone": {}}}, "flashcall.E003", "FLASHCALL['PURPOSES']"),
    ({"PURPOSES": {"a" * 33: {}}}, "flashcall.E003", "FLASHCALL['PURPOSES']"),
    ({"PURPOSES": {"1st": {}}}, "flashcall.E003", "FLASHCALL['PURPOSES']"),
    ({"PURPOSES": {"pay\n": {}}}, "flashcall.E003", "FLASHCALL['PURPOSES']"),
    *(
        ({"TEST_NUMBERS": value}, "flashcall.E003", "FLASHCALL['TEST_NUMBERS']")
        for value in (
            ["+380501234503"],
            {380501234503: "4821"},
            {"0501234503": "4821"},
            {"+380501234503\n": "4821"},
            {"+380501234503": 4821},
            {"+380501234503": "482"},
            {"+380501234503": "482175021"},
            {"+380501234503": "48 21"},
            {"+380501234503": "４８２１"},
        )
    ),
    # Destinations
    ({"ALLOWED_REGIONS": []}, "flashcall.W012", "FLASHCALL['ALLOWED_REGIONS']"),
    ({"ALLOWED_LINE_TYPES": []}, "flashcall.W012", "FLASHCALL['ALLOWED_LINE_TYPES']"),
    ({"ALLOWED_REGIONS": ["UA", "UK"]}, "flashcall.E013", "FLASHCALL['ALLOWED_REGIONS']"),
    ({"ALLOWED_REGIONS": ["001"]}, "flashcall.E013", "FLASHCALL['ALLOWED_REGIONS']"),
    ({"ALLOWED_LINE_TYPES": ["mobil"]}, "flashcall.E014", "FLASHCALL['ALLOWED_LINE_TYPES']"),
    ({"ALLOWED_LINE_TYPES": ["unknown"]}, "flashcall.E014", "FLASHCALL['ALLOWED_LINE_TYPES']"),
    ({"TEST_NUMBERS": {"+380501234503": "4821"}}, "flashcall.W057", "FLASHCALL['TEST_NUMBERS']"),
    (
        {"PURPOSES": {"login": {"TEST_NUMBERS": {"+380501234503": "4821"}}}},
        "flashcall.W057",
        "FLASHCALL['PURPOSES']['login']['TEST_NUMBERS']",
    ),
    # Providers and channels
    ({"PROVIDERS": {"default": {}}}, "flashcall.E021", "FLASHCALL['PROVIDERS']['default']"),
    (provider("Nothing"), "flashcall.E022", "FLASHCALL['PROVIDERS']['default']['CLASS']"),
    ({"PROVIDERS": {"default": {"CLASS": "..x"}}}, "flashcall.E022", "FLASHCALL['PROVIDERS']['default']['CLASS']"),
    (provider("told"), "flashcall.E023", "FLASHCALL['PROVIDERS']['default']['CLASS']"),
    (provider("Mapping"), "flashcall.E023", "FLASHCALL['PROVIDERS']['default']['CLASS']"),
    (provider("Particular"), "flashcall.E024", "FLASHCALL['PROVIDERS']['default']['OPTIONS']"),
    (provider("Careless"), "flashcall.E024", "FLASHCALL['PROVIDERS']['default']['OPTIONS']"),
    ({"CHANNELS": []}, "flashcall.E025", "FLASHCALL['CHANNELS']"),
    ({"CHANNELS": ["sms", "sms"]}, "flashcall.E025", "FLASHCALL['CHANNELS']"),
    ({"PURPOSES": {"pay": {"CHANNELS": []}}}, "flashcall.E025", "FLASHCALL['PURPOSES']['pay']['CHANNELS']"),
    ({"PROVIDERS": {}}, "flashcall.E026", "FLASHCALL['PROVIDERS']['default']"),
    ({"CHANNEL_PROVIDERS": {"sms": "other"}}, "flashcall.E026", "FLASHCALL['PROVIDERS']['other']"),
    ({"CHANNEL_PROVIDERS": {"voice": "other"}}, "flashcall.E026", "FLASHCALL['PROVIDERS']['other']"),
    (provider("OnlySMS"), "flashcall.E027", "FLASHCALL['PROVIDERS']['default']"),
    ({"CHANNELS": ["flashcall", "pager"], **PAGER}, "flashcall.E029", "FLASHCALL['CHANNELS']"),
    (
        {"PURPOSES": {"pay": {"CHANNELS": ["pager"]}}, **PAGER},
        "flashcall.E029",
        "FLASHCALL['PURPOSES']['pay']['CHANNELS']",
    ),
    ({"PURPOSES": {"pay": {}}, "WEBOTP_HOST": f"{'x' * 23}.example.com"}, "flashcall.W030", "FLASHCALL['CHANNELS']"),
    # What becomes of a code
    ({"AUTO_FALLBACK": True, **provider("Silent")}, "flashcall.W064", "FLASHCALL['AUTO_FALLBACK']"),
    ({"CHANNELS": ["sms"], "AUTO_FALLBACK": True}, "flashcall.W064", "FLASHCALL['AUTO_FALLBACK']"),
    (
        {**provider("Silent"), "PURPOSES": {"pay": {"AUTO_FALLBACK": True}}},
        "flashcall.W064",
        "FLASHCALL['PURPOSES']['pay']['AUTO_FALLBACK']",
    ),
    # Numbers
    ({"CODE_LENGTH": {"sms": 3}}, "flashcall.E031", "FLASHCALL['CODE_LENGTH']['sms']"),
    ({"CODE_LENGTH": {"sms": 9}}, "flashcall.E031", "FLASHCALL['CODE_LENGTH']['sms']"),
    (
        {"PURPOSES": {"pay": {"CODE_LENGTH": {"sms": 9}}}},
        "flashcall.E031",
        "FLASHCALL['PURPOSES']['pay']['CODE_LENGTH']['sms']",
    ),
    ({"MAX_CHECKS": 0}, "flashcall.E032", "FLASHCALL['MAX_CHECKS']"),
    ({"MAX_CHECKS": 11}, "flashcall.W033", "FLASHCALL['MAX_CHECKS']"),
    ({"PURPOSES": {"pay": {"MAX_CHECKS": 11}}}, "flashcall.W033", "FLASHCALL['PURPOSES']['pay']['MAX_CHECKS']"),
    ({"LIMITS": {"phone_failures": ""}}, "flashcall.W035", "FLASHCALL['LIMITS']['phone_failures']"),
    ({"LIMITS": {"phone_failures": "91/d"}}, "flashcall.W035", "FLASHCALL['LIMITS']['phone_failures']"),
    ({"LIMITS": {"phone_failures": "4/h"}}, "flashcall.W035", "FLASHCALL['LIMITS']['phone_failures']"),
    ({"LIMITS": {"phone_failures": "91/30d"}}, "flashcall.W035", "FLASHCALL['LIMITS']['phone_failures']"),
    ({"TTL": {"sms": 29}}, "flashcall.E036", "FLASHCALL['TTL']['sms']"),
    ({"TTL": {"sms": 601}}, "flashcall.E036", "FLASHCALL['TTL']['sms']"),
    ({"RING_TTL": 0}, "flashcall.E037", "FLASHCALL['RING_TTL']"),
    ({"RING_TTL": 59}, "flashcall.W038", "FLASHCALL['RING_TTL']"),
    ({"TTL": {"flashcall": 59}}, "flashcall.W039", "FLASHCALL['TTL']"),
    ({"COOLDOWN": -1}, "flashcall.E040", "FLASHCALL['COOLDOWN']"),
    ({"COOLDOWN": 86401}, "flashcall.E040", "FLASHCALL['COOLDOWN']"),
    ({"FALLBACK_AFTER": -1}, "flashcall.E041", "FLASHCALL['FALLBACK_AFTER']"),
    ({"FALLBACK_AFTER": 90}, "flashcall.W042", "FLASHCALL['FALLBACK_AFTER']"),
    ({"PURPOSES": {"pay": {"FALLBACK_AFTER": 90}}}, "flashcall.W042", "FLASHCALL['PURPOSES']['pay']['FALLBACK_AFTER']"),
    ({"REQUEST_DEADLINE": 0}, "flashcall.E043", "FLASHCALL['REQUEST_DEADLINE']"),
    ({"REQUEST_DEADLINE": 121}, "flashcall.E043", "FLASHCALL['REQUEST_DEADLINE']"),
    ({"PROOF_MAX_AGE": 0}, "flashcall.E044", "FLASHCALL['PROOF_MAX_AGE']"),
    ({"PROOF_MAX_AGE": 3601}, "flashcall.E044", "FLASHCALL['PROOF_MAX_AGE']"),
    ({"PROOF_MAX_AGE": 601}, "flashcall.W045", "FLASHCALL['PROOF_MAX_AGE']"),
    ({"TRUSTED_PROXY_COUNT": 101}, "flashcall.E047", "FLASHCALL['TRUSTED_PROXY_COUNT']"),
    ({"TRUSTED_PROXY_COUNT": -1}, "flashcall.E047", "FLASHCALL['TRUSTED_PROXY_COUNT']"),
    # Purposes and the rest
    ({"PURPOSES": {}}, "flashcall.E051", "FLASHCALL['PURPOSES']"),
    ({"BASE_TEMPLATE": "nowhere.html"}, "flashcall.E058", "FLASHCALL['BASE_TEMPLATE']"),
    ({"WEBOTP_HOST": "https://a.io"}, "flashcall.E052", "FLASHCALL['WEBOTP_HOST']"),
    ({"WEBOTP_HOST": "example.com\n"}, "flashcall.E052", "FLASHCALL['WEBOTP_HOST']"),
    # The provider's cascade
    (
        {
            "CHANNEL_PROVIDERS": {"sms": "own"},
            **CASCADE,
            "PROVIDERS": {"default": {"CLASS": MEMORY}, "own": {"CLASS": MEMORY}},
        },
        "flashcall.E061",
        "FLASHCALL['CHANNELS']",
    ),
    ({**provider("Plain"), **CASCADE}, "flashcall.E061", "FLASHCALL['CHANNELS']"),
    ({"CASCADE": "provider"}, "flashcall.E062", "FLASHCALL['CODE_LENGTH']"),
    (
        {**CASCADE, "PURPOSES": {"pay": {"CODE_LENGTH": {"sms": 8}}}},
        "flashcall.E062",
        "FLASHCALL['PURPOSES']['pay']['CODE_LENGTH']",
    ),
    ({**CASCADE, "CHANNELS": ["flashcall", "viber_otp", "sms"]}, "flashcall.E063", "FLASHCALL['TTL']"),
    (
        {"TRUSTED_PROXY_COUNT": 1, "TRUSTED_CLIENT_IP_HEADER": "CF-Connecting-IP"},
        "flashcall.E053",
        "FLASHCALL['TRUSTED_PROXY_COUNT']",
    ),
    ({"TRUSTED_CLIENT_IP_HEADER": "HTTP_X_REAL_IP"}, "flashcall.E054", "FLASHCALL['TRUSTED_CLIENT_IP_HEADER']"),
    ({"RISK_CHECK": "tests.nowhere.check"}, "flashcall.E055", "FLASHCALL['RISK_CHECK']"),
    ({"RISK_CHECK": f"{site.__name__}.HEALTHY"}, "flashcall.E055", "FLASHCALL['RISK_CHECK']"),
]
"""What is written into a healthy FLASHCALL, and the one thing that is told of it: its id and its place."""

TOGETHER = [
    ({"CHANNELS": ["pager"]}, {"flashcall.E028", "flashcall.E029"}),
    ({"CHANNELS": ["pager"], "TTL": {"pager": 60}}, {"flashcall.E028", "flashcall.E029"}),
    ({"CHANNELS": ["pager"], "CODE_LENGTH": {"pager": 6}}, {"flashcall.E028", "flashcall.E029"}),
    ({"CODE_LENGTH": {"sms": -(10**9)}}, {"flashcall.E031", "flashcall.E034", "flashcall.W035"}),
    ({"CODE_LENGTH": {"flashcall": 400, "sms": 400}}, {"flashcall.E031"}),
    ({"MAX_CHECKS": 91}, {"flashcall.W033", "flashcall.E034"}),
    ({"MAX_CHECKS": 32768}, {"flashcall.E032", "flashcall.E034"}),
    ({"RING_TTL": 91}, {"flashcall.W038", "flashcall.W039"}),
    ({"RING_TTL": 121}, {"flashcall.E037", "flashcall.W039"}),
    ({"FALLBACK_AFTER": 601}, {"flashcall.E041", "flashcall.W042"}),
    ({"RETENTION_DAYS": 0}, {"flashcall.E046"}),
    ({"RETENTION_DAYS": 36501}, {"flashcall.E046"}),
    ({"HISTORY_DAYS": 0}, {"flashcall.E048"}),
    ({"HISTORY_DAYS": 36501}, {"flashcall.E048"}),
    ({"TEST_NUMBERS": {"+48501234567": "4821"}}, {"flashcall.E056", "flashcall.W057"}),
    ({"TEST_NUMBERS": {"+380441234567": "4821"}}, {"flashcall.E056", "flashcall.W057"}),
    ({"TEST_NUMBERS": {"+380111111111": "4821"}}, {"flashcall.E056", "flashcall.W057"}),
    ({"PURPOSES": {"pay": {"TEST_NUMBERS": {"+3800501234503": "4821"}}}}, {"flashcall.E056", "flashcall.W057"}),
    # What cannot be read is not judged any further, by what it would be without it.
    ({"CHANNELS": "sms", **provider("OnlySMS")}, {"flashcall.E003"}),
    ({"CHANNELS": "sms", "PROVIDERS": {}, "CHANNEL_PROVIDERS": {"sms": "own"}}, {"flashcall.E003"}),
    ({"CODE_LENGTH": [], "TTL": {"pager": 60}, "CHANNELS": ["pager"]}, {"flashcall.E003", "flashcall.E029"}),
    ({"CODE_LENGTH": [], "MAX_CHECKS": 91}, {"flashcall.E003", "flashcall.W033"}),
    ({"CODE_LENGTH": [], "LIMITS": {"phone_failures": "91/d"}}, {"flashcall.E003"}),
    ({"TTL": [], "RING_TTL": 91}, {"flashcall.E003", "flashcall.W038"}),
    ({"TTL": [], "FALLBACK_AFTER": 90}, {"flashcall.E003"}),
]
"""The same, where several things are told."""

RIGHT = [
    {},
    {"ALLOWED_REGIONS": "*"},
    {"ALLOWED_REGIONS": {"UA", "PL"}, "ALLOWED_LINE_TYPES": ("mobile", "voip")},
    {"CODE_LENGTH": {"flashcall": 8}, "MAX_CHECKS": 10, "COOLDOWN": 0, "FALLBACK_AFTER": 0, "REQUEST_DEADLINE": 0.5},
    {"RING_TTL": 90},
    {"RING_TTL": 90, "TTL": {"flashcall": 600, "sms": 30}, "PROOF_MAX_AGE": 600},
    {"LIMITS": {"phone": "", "region": "10000/d", "phone_failures": "3/h, 90/d"}},
    {"PURPOSES": {"pay": {"API": True, "CHANNELS": ("sms",), "CODE_LENGTH": {"sms": 8}, "TTL": {"sms": 60}}}},
    {"CHANNELS": ["sms"], "FALLBACK_AFTER": 600},
    {"CHANNELS": ["sms"], **provider("OnlySMS")},
    provider("Particular", OPTIONS={"REGION": "eu"}),
    {"RISK_CHECK": f"{site.__name__}.refuse_all"},
    {"RISK_CHECK": site.refuse_all},
    {"TRUSTED_CLIENT_IP_HEADER": "CF-Connecting-IP"},
    {"TRUSTED_PROXY_COUNT": 2},
    {"WEBOTP_HOST": "example.com"},
    {"TEST_NUMBERS": {}, "PURPOSES": {"pay": {"TEST_NUMBERS": {}}}},
    {"AUTO_FALLBACK": True, "PURPOSES": {"pay": {"AUTO_FALLBACK": True}}},
    {"CHANNELS": ["flashcall", "viber_otp", "sms", "voice"]},
    CASCADE,
    {**CASCADE, "CHANNELS": ["flashcall", "viber_otp", "sms"], "TTL": {"flashcall": 60, "viber_otp": 240}},
    {**CASCADE, "CHANNELS": ["sms"], **provider("Plain")},
]


@pytest.mark.parametrize("change", RIGHT, ids=repr)
def test_what_is_right_is_not_complained_of(change: dict[Any, Any]) -> None:
    assert told(HEALTHY | change) == []


@pytest.mark.parametrize(
    ("change", "id", "place"), WRONG, ids=[f"{id[10:]} {change!r}"[:70] for change, id, _ in WRONG]
)
def test_what_is_wrong_is_told_once_and_where(change: dict[Any, Any], id: str, place: str) -> None:
    (message,) = told(HEALTHY | change)
    assert (message.id, message.obj, message.msg) == (id, place, PROBLEMS[id].title)
    assert isinstance(message, Error if id.startswith("flashcall.E") else Warning)
    assert message.hint.endswith(PROBLEMS[id].hint)


def test_test_numbers_are_nothing_to_warn_of_while_the_site_is_developed(settings: Any) -> None:
    settings.DEBUG = True
    assert told(HEALTHY | {"TEST_NUMBERS": {"+380501234503": "4821", "+380671234567": "482175"}}) == []


def test_a_test_number_is_told_masked() -> None:
    messages = told(HEALTHY | {"TEST_NUMBERS": {"+48501234567": "4821"}})
    assert "+48•••••••67" in "".join(message.hint for message in messages)
    assert not [message for message in messages if "501234567" in repr(message) or "4821" in repr(message)]


@pytest.mark.parametrize(("change", "ids"), TOGETHER, ids=repr)
def test_each_of_several_things_is_told(change: dict[Any, Any], ids: set[str]) -> None:
    assert {message.id for message in told(HEALTHY | change)} == ids


def test_every_problem_of_the_table_is_told_by_some_test() -> None:
    elsewhere = {"flashcall.E001", "flashcall.E006", "flashcall.W007", "flashcall.E011"}
    assert {id for _, id, _ in WRONG}.union(elsewhere, *(ids for _, ids in TOGETHER)) == PROBLEMS.keys()
