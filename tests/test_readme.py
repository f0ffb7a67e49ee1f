"""README.md is done as it says, from an empty folder to a user with a verified phone, with nothing but the wheel."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests import test_docs_channels
from tests.browser import screenshots
from tests.docs.markdown import README, blocks, commands
from tests.docs.reader import FRESH, Reader, ringing, wrong

TEXT = README.read_text()
START, _, REST = TEXT.partition("## Pages")
PLACED = re.findall(r"^At the end of `([^`]+)`:\n\n```python\n(.*?)^```", START, re.DOTALL | re.MULTILINE)
EXCHANGES = re.findall(r"^\$ (curl [^\n]*)\n(\{\n.*?\n\})$", START, re.DOTALL | re.MULTILINE)
VARYING = {"id", "expires_at", "expires_in", "next_channel_in", "resend_in", "proof"}

SHELL = """
import doctest
runner = doctest.DocTestRunner()
runner.run(doctest.DocTestParser().get_doctest({text!r}, {{}}, "README.md", None, 0))
raise SystemExit(runner.failures or not runner.tries)
"""


def test_it_is_short() -> None:
    assert len(TEXT.splitlines()) < 180


def test_its_images_are_there() -> None:
    images = re.findall(r'<img src="([^"]+)"', TEXT)
    assert sorted(images) == sorted(f"docs/{name}.png" for name in screenshots.SHOWN.values())
    assert all((README.parent / image).read_bytes().startswith(b"\x89PNG") for image in images)


def test_one_line_leads_to_the_tables_that_are_made_from_the_code() -> None:
    tables = {f"docs/reference/{name}.md" for name in ("settings", "errors", "checks", "signals")}
    assert any(tables <= set(re.findall(r"\((\S+)\)", line)) for line in TEXT.splitlines())


@pytest.fixture
def reader(installed: Path, tmp_path: Path) -> Reader:
    return Reader(tmp_path, installed)


@pytest.mark.slow
def test_a_reader_has_a_user_with_a_verified_phone(reader: Reader) -> None:
    begin, run, *_ = (commands(block.text) for block in blocks(README, "console"))
    assert begin[:3] == FRESH
    for command in begin[3:]:
        reader.type(command)
    for name, text in PLACED:
        reader.write(name, text, appended=True)
    migrate, serve = run
    assert "Applying flashcall.0001_initial... OK" in reader.type(migrate)
    assert "no issues" in reader.type("python manage.py check --fail-level WARNING")
    assert serve == "python manage.py runserver"
    proof = verify(reader)
    (shell,) = blocks(README, "pycon")
    reader.write("shell.py", SHELL.format(text=shell.text.replace("...", proof, 1)))
    reader.type("python manage.py shell -c 'exec(open(\"shell.py\").read())'")
    add_the_rest(reader)


def verify(reader: Reader) -> str:
    """Send the three requests that are shown, hold the answers against those that are shown, and return the proof."""
    (rings,) = (block.text for block in blocks(README, "text"))
    with reader.serving() as lines:
        replies = []
        assert len(EXCHANGES) == 3
        for command, shown in EXCHANGES:
            reply, expected = reader.curl(command), json.loads(shown)
            assert {**expected, **{key: reply[key] for key in VARYING & expected.keys()}} == reply
            if not replies:
                code = ringing(lines, rings)
                reader.known |= {expected["id"]: reply["id"], '"4821"': f'"{code}"', '"4822"': f'"{wrong(code)}"'}
            replies.append(reply)
    return str(replies[-1]["proof"])


def add_the_rest(reader: Reader) -> None:
    """Add the pages, and SMSBAT, and have Django look at it."""
    pages, provider = (block.text for block in blocks(README, "python") if block.text in REST)
    reader.write("mysite/urls.py", pages, appended=True)
    assert "no issues" in reader.type("python manage.py check --fail-level WARNING")
    (page,) = re.findall(r"^Open (http\S+) ", REST, re.MULTILINE)
    with reader.serving():
        assert '<form name="phone"' in reader.type(f"curl --silent --show-error {page}")
    reader.write("mysite/settings.py", provider, appended=True)
    shown = next(block.text for block in blocks(README, "console") if "flashcall_check" in block.text)
    export, check, call = commands(shown)
    reader.known["python manage.py"] = f"{export.replace('...', 'a-key-that-is-none')} && python manage.py"
    assert "no issues" in reader.type(f"{check} --fail-level WARNING")
    assert "--to" in reader.type(f"{call.partition(' --to')[0]} --help")  # a real call is not for a test


def test_the_documentation_asks_the_provider_no_less() -> None:
    asked = REST.partition("**Ask the provider first**")[2].partition("## ")[0]
    assert "(docs/channels.md#what-to-ask-the-provider)" in asked
    questions = " ".join(question for question, _ in test_docs_channels.questions())
    assert set(re.findall(r"`\w+`", asked)) <= set(re.findall(r"`\w+`", questions))
