"""What a code is, how it is read out of what people and networks write, and what is kept of it."""

import copy
import hmac
import pickle
import re
import secrets
import string
import uuid

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from django_flashcall import codes
from django_flashcall.codes import Code, UnusablePattern

unhurried = settings(deadline=None)
digits = st.text(string.digits, min_size=1, max_size=12)
separators = st.text(codes.SPACES + codes.DASHES + codes.INVISIBLE_MARKS + "./()", max_size=2)
anything = st.none() | st.booleans() | st.integers() | st.floats() | st.binary() | st.lists(st.text(), max_size=2)
pattern_like = st.text("0123456789*+ ٤４", max_size=24)

NOT_DIGITS_TO_US = [
    pytest.param("٤٨٢١", id="arabic-indic"),
    pytest.param("४८२१", id="devanagari"),
    pytest.param("𝟒𝟖𝟐𝟏", id="mathematical"),
    pytest.param("²³¹¹", id="superscript"),
    pytest.param("④⑧②①", id="circled"),
    pytest.param("Ⅷ", id="roman"),
]


@pytest.fixture
def attempt_id() -> uuid.UUID:
    return uuid.UUID("01890a5d-ac96-774b-bcce-b302099a8057")


# Code


@pytest.mark.parametrize("show", [repr, str, "{}".format, "%s".__mod__, lambda code: f"{[code]}"])
def test_a_code_is_never_shown(show):
    assert "4821" not in show(Code("4821"))
    assert "Code(••••)" in show(Code("4821"))


def test_a_code_has_no_dict_for_a_debugger_to_show():
    with pytest.raises(TypeError):
        vars(Code("4821"))


def test_a_code_has_its_digits_and_their_number():
    code = Code("048217")

    assert code.digits == "048217"
    assert len(code) == 6


def test_a_code_does_not_change():
    code = Code("4821")

    with pytest.raises(AttributeError):
        code.digits = "1111"
    assert code == pickle.loads(pickle.dumps(code)) == copy.deepcopy(code)


@pytest.mark.parametrize(
    "digits",
    ["", "4821\n", " 4821", "48a1", "-4821", "4" * 13, "４８２１", 4821, None, b"48", ["4"], *NOT_DIGITS_TO_US],
)
def test_a_code_is_1_to_12_ascii_digits_and_the_error_does_not_show_them(digits):
    with pytest.raises(ValueError, match=re.escape("A code is 1 to 12 ASCII digits.")) as error:
        Code(digits)

    assert error.value.args == ("A code is 1 to 12 ASCII digits.",)
    assert error.value.__cause__ is None


# make


@pytest.mark.parametrize("length", [1, 4, 6, 12])
def test_a_new_code_has_the_length_asked_for_and_does_not_begin_with_0(length):
    for _ in range(200):
        code = codes.make(length)

        assert len(code) == length
        assert code.digits[0] in "123456789"


def test_new_codes_take_every_value_between_the_smallest_and_the_largest(monkeypatch):
    asked = []
    monkeypatch.setattr(secrets, "randbelow", lambda below: asked.append(below) or below - 1)
    assert codes.make(4).digits == "9999"

    monkeypatch.setattr(secrets, "randbelow", lambda below: 0)
    assert codes.make(4).digits == "1000"
    assert asked == [9000]


@pytest.mark.parametrize("length", [-1, 0, 13])
def test_no_code_has_such_a_length(length):
    with pytest.raises(ValueError, match="1 to 12 digits"):
        codes.make(length)


# tidy


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("4821", "4821"),
        (" 4821 ", "4821"),
        ("48 21", "4821"),
        ("482-193", "482193"),
        ("482–193", "482193"),
        *((f"482{mark}193", "482193") for mark in "‐‑‒—―−/()\u00ad\ufeff"),
        ("482\u00a0193", "482193"),
        ("482\u2009193", "482193"),
        ("4821.", "4821"),
        ("\u202a4821\u202c", "4821"),
        ("4\u200b8\ufeff21", "4821"),
        ("４８２１", "4821"),
        ("0821", "0821"),
        ("1 2 3 4 5 6 7 8 9 0 1 2", "123456789012"),
    ],
)
def test_separators_and_full_width_digits_are_read_as_a_person_means_them(typed, read):
    assert codes.tidy(typed) == read


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "-4821",
        " −4821",
        "+4821",
        "4821\n",
        "4821\r\n",
        "\t4821",
        "48\x0021",
        "4821a",
        "0x10",
        "1e3",
        "1_000",
        "4,821",
        "*4821#",
        "4821;",
        "1234567890123",
        "' OR 1=1 --",
        *NOT_DIGITS_TO_US,
    ],
)
def test_what_is_no_code_is_refused_and_not_guessed_at(typed):
    assert codes.tidy(typed) is None


@pytest.mark.parametrize("typed", [None, True, 4821, 4821.0, b"48", ["4821"], {"code": "4821"}])
def test_only_text_is_read_as_a_code(typed):
    assert codes.tidy(typed) is None


def test_a_long_text_is_refused_before_it_is_read():
    assert codes.tidy("4821".ljust(40)) == "4821"
    assert codes.tidy("4821".ljust(41)) is None
    assert codes.tidy("4821" * 2_500_000) is None


@unhurried
@given(st.text() | st.text("0123456789 -.４٤", max_size=20) | anything)
def test_whatever_is_typed_reads_as_a_possible_code_or_as_nothing(typed):
    read = codes.tidy(typed)

    assert read is None or Code(read).digits == read


@unhurried
@given(digits, st.lists(separators, min_size=12, max_size=12))
def test_a_code_is_read_whatever_separates_its_digits(code, between):
    typed = "".join(digit + mark for digit, mark in zip(code, between, strict=False))

    assert codes.tidy(typed) == (code if len(typed) <= codes.TYPED_LENGTH else None)


# tail


@pytest.mark.parametrize(
    "caller_id",
    [
        "+380441234821",
        "380441234821",
        "00380441234821",
        "0441234821",
        "441234821",
        "1234821",
        "4821",
        "+380 44 123-48-21",
        "+380 (44) 123-48-21",
        "(044) 123 48 21",
        "044.123.48.21",
        "+380‑44‑123‑48‑21",
        "\u202a+380441234821\u202c",
        "+３８０４４１２３４８２１",
    ],
)
def test_the_tail_is_the_same_in_every_form_of_a_caller_id(caller_id):
    assert codes.tail(caller_id, 4) == Code("4821")


@pytest.mark.parametrize("length", [1, 4, 6, 12])
def test_the_tail_has_the_length_asked_for(length):
    assert codes.tail("+380441234821", length) == Code("380441234821"[-length:])


def test_the_tail_keeps_its_zeros():
    assert codes.tail("+380441230001", 4) == Code("0001")


@pytest.mark.parametrize(
    "caller_id",
    [
        "",
        "821",
        "unknown",
        "anonymous",
        "Dad 4821",
        "tel:+380441234821",
        "+380441234821x12",
        "+380441234821,4822",
        "380+441234821",
        "++380441234821",
        "+380441234821\n",
        "+3804412\x0034821",
        "***4821",
        "*#06#4821",
        "0" * 18,
        "+380441234821".ljust(21),
        *NOT_DIGITS_TO_US,
        None,
        380441234821,
        b"48",
        ["+380441234821"],
    ],
)
def test_what_is_not_one_plausible_number_has_no_tail(caller_id):
    assert codes.tail(caller_id, 4) is None


def test_a_caller_id_of_20_characters_is_the_longest_that_is_read():
    assert codes.tail("+380441234821".ljust(20), 4) == Code("4821")
    assert codes.tail("4821" * 2_500_000, 4) is None


@unhurried
@given(
    national=st.text(string.digits, min_size=9, max_size=9),
    before=st.sampled_from(["+380", "380", "00380", "0", ""]),
    length=st.integers(1, 9),
    gap=st.sampled_from(["", "-", " ", "\u00a0", "."]),
)
def test_any_caller_id_has_one_tail_in_all_its_forms(national, before, length, gap):
    spaced = f"{before}{gap}{national[:2]}{gap}{national[2:]}"

    assert codes.tail(spaced, length) == Code(national[-length:])


@unhurried
@given(st.text() | st.text("0123456789+ -٤４", max_size=22) | anything, st.integers(1, 12))
def test_whatever_calls_has_a_tail_of_that_length_or_none(caller_id, length):
    code = codes.tail(caller_id, length)

    assert code is None or len(code) == length


# check_pattern


@pytest.mark.parametrize(
    ("pattern", "caller_id", "length", "code"),
    [
        ("***456789", "+380123456789", 6, "456789"),
        ("***456789", "+380123456789", 4, "6789"),
        ("***456789", None, 4, "6789"),
        ("+38044***4821", "+380441234821", 4, "4821"),
        ("+38044***4821", "00380441234821", 4, "4821"),
        ("+38044***4821", "0441234821", 4, "4821"),
        ("+4930***4821", "0301234821", 4, "4821"),
        ("030***4821", "+49301234821", 4, "4821"),
        ("380*****4821", "+380 44 123-48-21", 4, "4821"),
        ("+380441234821", "+380441234821", 4, "4821"),
        ("4*2*0321", None, 4, "0321"),
        ("821", None, 3, "821"),
    ],
)
def test_the_digits_that_a_pattern_opens_at_its_end_are_the_code(pattern, caller_id, length, code):
    assert codes.check_pattern(pattern, caller_id=caller_id, length=length) == Code(code)


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "**",
        "21",
        "*" * 21,
        "4" * 21,
        "+" + "4" * 21,
        "***4821\n",
        "***48 21",
        "***-4821",
        "4821+",
        "++4821",
        ".*4821",
        "(a+)+4821",
        "[0-9]{4}",
        "***４８２１",
        "＊＊＊4821",
        "***٤٨٢١",
        None,
        4821,
        4821.0,
        b"***48",
        ["***4821"],
    ],
)
def test_what_is_not_made_of_digits_and_asterisks_is_no_pattern(pattern):
    assert reason_of(pattern) == "not_a_pattern"


@pytest.mark.parametrize("pattern", ["***", "*" * 20, "***821", "4821*", "48*21", "+38044123****", "+***", "+821"])
def test_a_pattern_that_hides_part_of_the_code_is_unusable(pattern):
    assert reason_of(pattern) == "opens_too_few_digits"


@pytest.mark.parametrize(
    "caller_id",
    [
        pytest.param("+380441234822", id="another-tail"),
        pytest.param("+380449994821", id="another-digit-before-the-tail"),
        pytest.param("+381441234821", id="another-country"),
        pytest.param("821", id="too-short"),
        pytest.param("5821", id="short"),
        pytest.param("", id="empty"),
        pytest.param("anonymous", id="withheld"),
        pytest.param("+380441234821" * 2, id="too-long"),
    ],
)
def test_a_pattern_that_contradicts_the_caller_id_is_unusable(caller_id):
    assert reason_of("+380**1234821", caller_id=caller_id) == "contradicts_caller_id"


def test_a_zero_before_the_tail_does_not_hide_a_contradiction():
    assert reason_of("***0821", caller_id="5821") == "contradicts_caller_id"
    assert reason_of("***5821", caller_id="0821") == "contradicts_caller_id"


def test_an_unusable_pattern_is_not_shown():
    with pytest.raises(UnusablePattern) as error:
        codes.check_pattern("***4821", caller_id="+380441239999", length=4)

    assert str(error.value) == "Unusable pattern: contradicts_caller_id."
    assert "4821" not in repr(error.value)
    assert "9999" not in repr(error.value)


@unhurried
@given(st.text() | pattern_like | anything, st.none() | st.text(max_size=22) | pattern_like, st.integers(1, 12))
def test_any_pattern_opens_a_code_or_is_unusable(pattern, caller_id, length):
    try:
        code = codes.check_pattern(pattern, caller_id=caller_id, length=length)
    except UnusablePattern as error:
        assert error.reason in {"not_a_pattern", "opens_too_few_digits", "contradicts_caller_id"}
    else:
        assert pattern.endswith(code.digits)
        assert len(code) == length
        assert caller_id is None or codes.tail(caller_id, length) == code


@unhurried
@given(st.text(string.digits, min_size=12, max_size=12), st.sets(st.integers(0, 7)), st.integers(1, 4))
def test_a_number_with_digits_hidden_before_its_tail_agrees_with_itself(number, hidden, length):
    pattern = "".join("*" if place in hidden else digit for place, digit in enumerate(number))

    assert codes.check_pattern(f"+{pattern}", caller_id=f"+{number}", length=length) == Code(number[-length:])


def reason_of(pattern, caller_id=None):
    with pytest.raises(UnusablePattern) as error:
        codes.check_pattern(pattern, caller_id=caller_id, length=4)
    return error.value.reason


# digest, code_digest, matches


def test_a_digest_is_hmac_sha256_in_hex():
    assert re.fullmatch(r"[0-9a-f]{64}", codes.digest("key", "phone", "+380501234503"))


def test_a_digest_stays_the_same_from_release_to_release():
    written = "dc746d713b35b5c879509a37f6210fc3359bec20297ac4e83753fde95a45507b"

    assert codes.digest("key", "phone", "+380501234503") == written

    written = "963c6392c932e7733c9665d04fbb3ba7bfdc50ec042501f5aa877b64f02974ae"
    assert codes.digest("secret", "limit", "phone", "5/10m", "+380501234503") == written

    written = "9087eab6307e30e83d85c3bd084017853c4a84c88bf4f5023f7b197e87acaf33"
    assert codes.code_digest("secret", "0199f0a1-7c3e-7d21-9b5a-3f1e2d4c5b6a", Code("4821")) == written


uses = st.tuples(st.sampled_from(["key", "other key"]), st.sampled_from(["phone", "code"]))
parts = st.lists(st.text(st.sampled_from("a1:?\x00\ud800\udfff"), max_size=4), max_size=4)


@unhurried
@given(uses, parts, uses, parts)
def test_digests_are_equal_only_for_the_same_key_use_and_parts(one, its_parts, other, other_parts):
    same = (one, its_parts) == (other, other_parts)

    assert (codes.digest(*one, *its_parts) == codes.digest(*other, *other_parts)) == same


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (["ab", "c"], ["a", "bc"]),
        (["abc"], ["abc", ""]),
        (["abc", ""], ["", "abc"]),
        (["1:a"], ["a"]),
        ([], [""]),
        (["\ud800"], ["?"]),
        (["\ud800"], ["\udfff"]),
    ],
)
def test_parts_that_read_alike_have_digests_of_their_own(one, other):
    assert codes.digest("key", "limit", *one) != codes.digest("key", "limit", *other)


def test_a_key_may_be_bytes_as_the_secret_key_of_a_site_may():
    assert codes.digest(b"key", "phone", "x") == codes.digest("key", "phone", "x")


def test_the_digest_of_a_code_depends_on_key_attempt_and_digits(attempt_id):
    digest = codes.code_digest("key", attempt_id, Code("4821"))

    assert digest == codes.code_digest("key", attempt_id, Code("4821"))
    assert digest != codes.code_digest("other", attempt_id, Code("4821"))
    assert digest != codes.code_digest("key", uuid.uuid4(), Code("4821"))
    assert digest != codes.code_digest("key", attempt_id, Code("4822"))
    assert digest != codes.code_digest("key", attempt_id, Code("04821"))


def test_the_digest_of_a_code_is_the_same_in_every_spelling_of_the_attempts_id(attempt_id):
    digest = codes.code_digest("key", attempt_id, Code("4821"))

    assert digest == codes.code_digest("key", attempt_id.hex, Code("4821"))
    assert digest == codes.code_digest("key", str(attempt_id).upper(), Code("4821"))


def test_the_right_digest_matches_wherever_it_stands(attempt_id):
    stored = codes.code_digest("key", attempt_id, Code("4821"))
    wrong = codes.code_digest("key", attempt_id, Code("4822"))

    assert codes.matches(stored, [stored])
    assert codes.matches(stored, [stored, wrong])
    assert codes.matches(stored, iter([wrong, stored]))
    assert not codes.matches(stored, [wrong])
    assert not codes.matches(stored, [])
    assert not codes.matches(stored, [stored[:-1], stored.upper(), ""])


def test_every_candidate_is_compared_in_constant_time_after_one_has_matched(monkeypatch):
    compared = []
    compare_digest = hmac.compare_digest

    def spy(one, other):
        compared.append((one, other))
        return compare_digest(one, other)

    monkeypatch.setattr(hmac, "compare_digest", spy)

    assert codes.matches("aa", ["aa", "bb", "cc"])
    assert compared == [(b"aa", b"aa"), (b"aa", b"bb"), (b"aa", b"cc")]


@unhurried
@given(st.text(st.characters()), st.lists(st.text(st.characters()), max_size=3))
def test_no_text_breaks_the_comparison(stored, candidates):
    assert codes.matches(stored, candidates) == (stored in candidates)
    assert not codes.matches(stored, ["\ud800"])
    assert codes.matches("\ud800", ["\ud800"])
