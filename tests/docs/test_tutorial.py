"""docs/tutorial.md is done as it says, with nothing but the wheel; so is what docs/reference/testing.md shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.markdown import ROOT, Block, blocks, commands
from tests.docs.reader import FRESH, Reader, ringing

PAGE = ROOT / "docs" / "tutorial.md"
TESTING = ROOT / "docs" / "reference" / "testing.md"
SHOWN_ID = "019aab64-9e5f-7c1e-b1d2-7f3a5c9e0d42"
AGE = "from django_flashcall.testing import let_pass; let_pass(30)"

pytestmark = pytest.mark.slow


def section(title: str) -> list[Block]:
    """Return the blocks below a heading."""
    text = PAGE.read_text()
    begin = text.index(f"\n## {title}\n")
    end = text.find("\n## ", begin + 1)
    return [block for block in blocks(PAGE) if block.text in text[begin:end]]


def shown(found: list[Block]) -> list[str]:
    return [command for block in found for command in commands(block.text)]


def save_files(reader: Reader, found: list[Block]) -> None:
    for block in found:
        if block.path:
            reader.save(block)


def test_every_file_that_is_shown_has_a_name() -> None:
    assert all(block.path for block in blocks(PAGE, "python", "ini"))


def test_a_reader_gets_to_the_end(installed: Path, tmp_path: Path) -> None:
    reader = Reader(tmp_path, installed)
    a_project(reader)
    a_signup(reader)
    a_test(reader)
    another_provider(reader)


def a_project(reader: Reader) -> None:
    found = section("A project")
    typed = shown(found)
    assert typed[:3] == FRESH
    for command in typed[3:5]:
        reader.type(command)
    save_files(reader, found)
    migrate, check = typed[5:]
    reader.type(migrate)
    assert "no issues" in reader.type(check)
    settings = reader.folder / "mysite" / "settings.py"
    right = settings.read_text()
    reader.write("mysite/settings.py", 'FLASHCALL["MAX_CHEKS"] = 3\n', appended=True)
    assert "flashcall.E002" in refused(reader, check)
    settings.write_text(right)


def refused(reader: Reader, command: str) -> str:
    with pytest.raises(AssertionError) as error:
        reader.type(command)
    return str(error.value)


def proof(reader: Reader) -> str:
    """Do what the section on a verified number says, and return the proof."""
    serve, ask, enter = shown(section("A verified number"))
    (rings,) = (block.text for block in section("A verified number") if block.language == "text")
    assert serve == "python manage.py runserver"
    with reader.serving() as lines:
        reader.known[SHOWN_ID] = reader.curl(ask)["id"]
        reader.known['"4821"'] = f'"{ringing(lines, rings)}"'
        return str(reader.curl(enter)["proof"])


def a_signup(reader: Reader) -> None:
    found = section("A signup")
    save_files(reader, found)
    reader.known['"..."'] = f'"{proof(reader)}"'
    (sign_up,) = shown(found)
    (answer,) = (block.text.splitlines()[1] for block in found if block.language == "console")
    with reader.serving():
        assert reader.type(sign_up) == answer
        assert reader.curl(sign_up) == {"username": ["This name is taken."]}
        assert reader.curl(sign_up.replace("taras", "olena")) == {"proof": ["Verify the number again."]}


def a_test(reader: Reader) -> None:
    found = section("A test")
    save_files(reader, found)
    install, test = shown(found)
    reader.type(f"{install} --quiet")
    assert "3 passed" in reader.type(test)
    for number, block in enumerate(blocks(TESTING, "python")):
        reader.write(f"test_reference_{number}.py", block.text)
    reference = reader.type(f"{test} test_reference_*.py")
    assert int(re.findall(r"(\d+) passed", reference)[0]) > 10
    assert "failed" not in reference


def another_provider(reader: Reader) -> None:
    found = section("Another provider")
    save_files(reader, found)
    assert "no issues" in reader.type("python manage.py check")
    assert "no issues" in reader.type("SMSBAT_API_KEY=a-key-that-is-none python manage.py check")
    fall_back, look = shown(found)
    (_, ask, _) = shown(section("A verified number"))
    reader.type(f"python manage.py shell -c '{AGE}'")  # nobody waits for the cooldown
    with reader.serving():
        reader.known[SHOWN_ID] = reader.curl(ask)["id"]
        reader.type(f"python manage.py shell -c '{AGE}'")
        assert reader.curl(fall_back)["channel"] == "sms"
    (line,) = (
        block.text.splitlines()[-1] for block in found if "texts.log" in block.text and block.language == "console"
    )
    assert re.fullmatch(re.escape(line).replace("482175", r"\d{6}"), reader.type(look).strip())
