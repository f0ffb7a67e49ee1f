"""What is read as a phone number, which numbers a site sends to, and how they are shown."""

import copy
import json
import pickle
import string

import phonenumbers
import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from django_flashcall import phones
from django_flashcall.exceptions import DestinationNotAllowed
from django_flashcall.phones import E164, Destination

unhurried = settings(deadline=None)
anything = st.none() | st.booleans() | st.integers() | st.floats() | st.binary() | st.lists(st.text(), max_size=2)
number_like = st.text("0123456789+ -()./,;x*#٤４\u202a\n", max_size=42)
default_regions = st.sampled_from([None, "UA", "US", "DE", "GL", "IT", "001", "XX", ""])
ukrainian_mobiles = st.builds(
    str.__add__,
    st.sampled_from(["39", "50", "63", "67", "73", "93", "99"]),
    st.text(string.digits, min_size=7, max_size=7),
)

MOBILE = frozenset({"mobile", "fixed_line_or_mobile"})
UKRAINE = frozenset({"UA"})


@pytest.fixture
def phone() -> E164:
    return E164("+380501234503")


# parse: what is read


@pytest.mark.parametrize(
    "typed",
    [
        "+380501234503",
        "380501234503",
        "00380501234503",
        "0501234503",
        "501234503",
        " +380 50 123 45 03 ",
        "+380 (50) 123-45-03",
        "(+380) 50 1234503",
        "050.123.45.03",
        "050/1234503",
        "+380\u00a050\u2009123\u202f45\u300003",
        "+380‑50–123—45−03",
        "\u202a+380 50 123 45 03\u202c",
        "\u200e+380501234503\u200f",
        "\ufeff+38050\u200b123\u2060450\u00ad3",
        "+３８０５０１２３４５０３",
        "+380 (0) 50 123 45 03",
    ],
)
def test_one_number_is_read_the_same_in_all_its_spellings(typed):
    assert phones.parse(typed, "UA") == Destination(E164("+380501234503"), "UA", "mobile")


@pytest.mark.parametrize(
    ("typed", "region", "line_type"),
    [
        ("+380501234503", "UA", "mobile"),
        ("+380441234567", "UA", "fixed_line"),
        ("+380800123456", "UA", "toll_free"),
        ("+380900212345", "UA", "premium_rate"),
        ("+380892123456", "UA", "voip"),
        ("+12015550123", "US", "fixed_line_or_mobile"),
        ("+14165550123", "CA", "fixed_line_or_mobile"),
        ("+18762101234", "JM", "mobile"),
        ("+79161234567", "RU", "mobile"),
        ("+77011234567", "KZ", "mobile"),
        ("+447400123456", "GB", "mobile"),
        ("+447012345678", "GB", "personal_number"),
        ("+443001234567", "GB", "uan"),
        ("+447640123456", "GB", "pager"),
        ("+41840123456", "CH", "shared_cost"),
        ("+41860791234567", "CH", "voicemail"),
        ("+870773111632", "001", "mobile"),
        ("+881612345678", "001", "mobile"),
        ("+979123456789", "001", "premium_rate"),
    ],
)
def test_a_number_has_a_region_and_a_line_type(typed, region, line_type):
    assert phones.parse(typed, None) == Destination(E164(typed), region, line_type)


def test_every_line_type_that_libphonenumber_knows_has_a_word():
    known = {phonenumbers.PhoneNumberType.to_string(value).lower() for value in phonenumbers.PhoneNumberType.values()}

    assert set(phones.LINE_TYPES.values()) == known


@pytest.mark.parametrize("typed", ["+299221234", "+376312345", "+298211234"])
def test_a_country_whose_full_numbers_have_six_digits_is_a_destination(typed):
    assert phones.parse(typed, None).number == typed


@unhurried
@given(
    national=ukrainian_mobiles,
    before=st.sampled_from(["+380", "380", "00380", "0", "", "+380 (", "(0"]),
    gap=st.sampled_from(["", " ", "-", "\u00a0", "‑", ".", ") ", "/"]),
    wrap=st.sampled_from([("", ""), (" ", " "), ("\u202a", "\u202c"), ("\u2068", "\u2069")]),
    keyboard=st.sampled_from([{}, str.maketrans(string.digits, "０１２３４５６７８９")]),
)
def test_any_ukrainian_mobile_is_one_number_in_every_spelling(national, before, gap, wrap, keyboard):
    typed = f"{wrap[0]}{before}{national[:2]}{gap}{national[2:5]}{gap}{national[5:]}{wrap[1]}".translate(keyboard)

    assert phones.parse(typed, "UA") == Destination(E164(f"+380{national}"), "UA", "mobile")


@unhurried
@given(ukrainian_mobiles)
def test_a_number_that_was_read_is_read_again_as_itself(national):
    destination = phones.parse(f"0{national}", "UA")

    assert phones.parse(destination.number, None) == destination
    assert phones.parse(destination, None) is destination


# parse: what is refused


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "+",
        "+380501234503\x00",
        "+38050\x001234503",
        "+380501234503\n",
        "+380501234503\r\nTo: +380501234504",
        "\t+380501234503",
        "+38050123450\x7f3",
        "0800-FLOWERS",
        "tel:+380501234503",
        "tel:0501234503;phone-context=+380",
        "0501234503;phone-context=evil.example",
        "+380501234503;ext=12",
        "+380501234503 x12",
        "+380501234503 ext. 12",
        "+380501234503,,123",
        "+380501234503#",
        "*#06#",
        "#31#+380501234503",
        "*100*0501234503#",
        "0671234567, 0501234503",
        "0671234567 0501234503",
        "0671234567/0501234503",
        "call 0501234503",
        "0501234503 Mum",
        "++380501234503",
        "380+501234503",
        "+380+501234503",
        "＋380501234503",
        "80501234503",
        "810380501234503",
        "050123450",
        "05012345033",
        "+380111111111",
        "+999501234503",
        "+0501234503",
        "[0501234503]",
        "0501234503'--",
        pytest.param("+٣٨٠٥٠١٢٣٤٥٠٣", id="arabic-indic"),
        pytest.param("+३८०५०१२३४५०३", id="devanagari"),
        pytest.param("+𝟑𝟖𝟎𝟓𝟎𝟏𝟐𝟑𝟒𝟓𝟎𝟑", id="mathematical"),
        pytest.param("+38050123450³", id="superscript"),
        pytest.param("+38050123450③", id="circled"),
        pytest.param("+38050123450Ⅲ", id="roman"),
        pytest.param("+380501234503\u2062", id="a-mark-that-no-address-book-adds"),
        pytest.param("+380501234503\ud800", id="surrogate"),
        None,
        True,
        380501234503,
        b"+380501234503",
        ["+380501234503"],
        {"phone_number": "+380501234503"},
    ],
)
def test_what_is_not_one_phone_number_is_refused(typed):
    assert refusal_of(typed) == "invalid_phone_number"


def test_a_long_text_is_refused_before_it_is_read():
    assert phones.parse("+380501234503".ljust(40), "UA").number == "+380501234503"
    assert refusal_of("+380501234503".ljust(41)) == "invalid_phone_number"
    assert refusal_of("+380501234503" * 1_000_000) == "invalid_phone_number"


def test_a_national_number_needs_a_default_region():
    assert refusal_of("0501234503", default_region=None) == "invalid_phone_number"
    assert refusal_of("0501234503", default_region="US") == "invalid_phone_number"


@pytest.mark.parametrize("typed", ["+4980012345678901", "+49800123456789012"])
def test_a_number_of_more_than_the_15_digits_of_e164_is_refused(typed):
    assert phonenumbers.is_valid_number(phonenumbers.parse(typed))

    assert refusal_of(typed) == "invalid_phone_number"


@pytest.mark.parametrize("typed", ["0501234503 Mum", "+999501234503", "+380111111111", "1" * 41])
def test_a_refusal_shows_the_format_and_not_the_input(typed):
    with pytest.raises(ValidationError) as error:
        phones.parse(typed, "UA")

    assert error.value.messages == ["Enter one phone number with its country code, for example +380 50 123 45 67."]
    assert error.value.__cause__ is None


@pytest.mark.parametrize("default_region", ["UA", None])
@pytest.mark.parametrize(
    "typed",
    [
        "101",
        "102",
        "103",
        "104",
        "112",
        "911",
        "1",
        "12345",
        "0112",
        "00112",
        "+380112",
        "+380 1 04",
        "+112",
        "+911",
        "+999123",
    ],
)
def test_a_short_number_is_no_destination(typed, default_region):
    with pytest.raises(DestinationNotAllowed) as error:
        phones.parse(typed, default_region)

    assert error.value.reason == "short_number"


def test_a_number_of_7_digits_is_no_short_one():
    assert refusal_of("+3801234567") == "invalid_phone_number"
    with pytest.raises(DestinationNotAllowed):
        phones.parse("+380123456", None)


def refusal_of(typed, default_region="UA"):
    with pytest.raises(ValidationError) as error:
        phones.parse(typed, default_region)
    return error.value.code


@unhurried
@given(st.text() | number_like | anything, default_regions)
def test_whatever_is_typed_is_a_destination_or_refused(typed, default_region):
    try:
        destination = phones.parse(typed, default_region)
    except (ValidationError, DestinationNotAllowed):
        return
    assert phones.E164_NUMBER.fullmatch(destination.number)
    assert destination.line_type in phones.LINE_TYPES.values()
    assert destination.region in {*phonenumbers.SUPPORTED_REGIONS, phones.NON_GEOGRAPHIC}


@unhurried
@given(st.characters(), st.integers(0, 13))
def test_no_character_within_a_number_makes_it_another(character, place):
    typed = "+380501234503"[:place] + character + "+380501234503"[place:]
    try:
        number = phones.parse(typed, None).number
    except (ValidationError, DestinationNotAllowed):
        return
    assert number == "+380501234503" or character in string.digits + "０１２３４５６７８９"


# refuse_unless_allowed


@pytest.mark.parametrize(
    ("typed", "regions"),
    [
        ("+380501234503", UKRAINE),
        ("+380501234503", None),
        ("+12015550123", None),
        ("+12015550123", frozenset({"UA", "US"})),
        ("+881612345678", frozenset({"001"})),
    ],
)
def test_a_listed_region_and_line_type_are_allowed(typed, regions):
    phones.refuse_unless_allowed(phones.parse(typed, None), regions=regions, line_types=MOBILE)


@pytest.mark.parametrize(
    ("typed", "regions"),
    [
        ("+48501234567", UKRAINE),
        ("+77011234567", frozenset({"RU"})),
        ("+18762101234", frozenset({"US"})),
        ("+380501234503", frozenset()),
    ],
)
def test_a_region_that_is_not_listed_is_refused(typed, regions):
    assert reason_of(typed, regions) == "region"


@pytest.mark.parametrize(
    "typed",
    [
        "+870773111632",
        "+881612345678",
        "+8823421234",
        "+883510012345",
        "+878101234567890",
        "+979123456789",
        "+80812345678",
    ],
)
def test_a_number_of_no_country_is_refused_unless_listed_by_its_own_word(typed):
    every_type = frozenset(phones.LINE_TYPES.values())

    assert reason_of(typed, None, every_type) == "region"
    assert reason_of(typed, UKRAINE, every_type) == "region"
    phones.refuse_unless_allowed(phones.parse(typed, None), regions=frozenset({"001"}), line_types=every_type)


@pytest.mark.parametrize(
    "typed", ["+380441234567", "+380800123456", "+380900212345", "+380892123456", "+447012345678", "+41860791234567"]
)
def test_a_line_type_that_is_not_listed_is_refused(typed):
    assert reason_of(typed, None) == "line_type"


def test_no_line_type_is_allowed_where_none_is_listed():
    assert reason_of("+380501234503", UKRAINE, frozenset()) == "line_type"


def reason_of(typed, regions, line_types=MOBILE):
    with pytest.raises(DestinationNotAllowed) as error:
        phones.refuse_unless_allowed(phones.parse(typed, None), regions=regions, line_types=line_types)
    return error.value.reason


# mask, prefix


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("+380501234503", "+380•••••••03"),
        ("+12015550123", "+1••••••••23"),
        ("+447911123456", "+44••••••••56"),
        ("+299221234", "+299••••34"),
        ("+6834012", "+683••12"),
        ("+683012", "+683•12"),
        ("+68312", "••••••"),
        ("+38050", "••••••"),
        ("", ""),
        ("0501234503", "••••••••••"),
        ("380501234503", "••••••••••••"),
        ("+380 50 123 45 03", "•••••••••••••••••"),
        ("+380501234503\n", "••••••••••••••"),
        ("+999501234503", "•••••••••••••"),
        ("+٣٨٠٥٠١٢٣٤٥٠٣", "•••••••••••••"),
        ("nobody", "••••••"),
    ],
)
def test_a_number_is_shown_by_its_country_and_last_two_digits(number, masked):
    assert phones.mask(number) == masked


@unhurried
@given(st.text() | number_like | ukrainian_mobiles.map("+380".__add__))
def test_a_mask_is_as_long_as_the_number_and_masked_again_shows_nothing(number):
    masked = phones.mask(number)

    assert len(masked) == len(number)
    assert phones.mask(masked) == "•" * len(number)


def test_a_number_that_is_no_longer_kept_is_its_last_two_digits(phone):
    assert phones.reduce(phone) == "•••••••03"
    assert phones.mask(phones.reduce(phone)) == "•••••••03"


def test_the_prefix_is_the_number_less_its_last_four_digits(phone):
    assert phones.prefix(phone) == "+38050123"


# E164


def test_the_repr_of_a_number_is_masked(phone):
    holders = [phone, [phone], {"phone_number": phone}, Destination(phone, "UA", "mobile")]

    for shown in [*map(repr, holders), str(holders), f"{phone!r}"]:
        assert "E164(+380•••••••03)" in shown
        assert "50123" not in shown


def test_a_copied_or_pickled_number_is_still_masked(phone):
    for kept in [copy.copy(phone), copy.deepcopy(phone), pickle.loads(pickle.dumps(phone))]:
        assert kept == phone
        assert repr(kept) == repr(phone)


def test_a_number_is_a_string_to_everything_else(phone):
    assert phone == "+380501234503"
    assert hash(phone) == hash("+380501234503")
    assert f"{phone}" == "+380501234503"
    assert type(str(phone)) is str
    assert json.dumps({"phone_number": phone}) == '{"phone_number": "+380501234503"}'


def test_a_destination_does_not_change(phone):
    with pytest.raises(AttributeError):
        Destination(phone, "UA", "mobile").number = E164("+380501234504")


@pytest.mark.django_db
def test_the_database_takes_a_number_as_text(phone):
    with connection.cursor() as cursor:
        cursor.execute("SELECT CAST(%s AS CHAR(16)), %s IN ('+380501234503')", [phone, phone])
        stored, is_found = cursor.fetchone()

    assert stored.strip() == "+380501234503"
    assert is_found
