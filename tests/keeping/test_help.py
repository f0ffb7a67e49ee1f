"""What the commands say of themselves, and how they end where they are asked wrongly."""

from __future__ import annotations

import pytest
from django.core.management import execute_from_command_line

ENDS = {
    "flashcall_purge": "It ends with 0, also where time was too short for all of it, with 1 if the database fails, and "
    "with 2 where the arguments are wrong.",
    "flashcall_erase": "It ends with 0 when it is done, with 1 after an error, with 2 where the arguments are wrong, "
    "and with 3 where nothing is held.",
    "flashcall_export": "It ends with 0 when it is done, with 1 after an error, with 2 where the arguments are wrong, "
    "and with 3 where nothing is held.",
}
OPTIONS = {
    "flashcall_purge": ["--seconds SECONDS"],
    "flashcall_erase": ["- reads it from standard input", "--user NAME", "--user-id ID", "--no-input"],
    "flashcall_export": ["- reads it from standard input", "--user NAME", "--user-id ID"],
}


@pytest.mark.parametrize("command", ENDS)
def test_the_help_says_what_can_be_asked_and_how_it_ends(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        execute_from_command_line(["manage.py", command, "--help"])
    said = " ".join(capsys.readouterr().out.split())
    assert ended.value.code == 0
    for words in (ENDS[command], *OPTIONS[command], "--dry-run", "--json"):
        assert words in said


@pytest.mark.parametrize("command", ENDS)
@pytest.mark.parametrize("wrongly", ["--nonsense", "--seconds=soon"])
def test_wrong_arguments_end_it_with_two(command: str, wrongly: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        execute_from_command_line(["manage.py", command, wrongly])
    assert ended.value.code == 2
    assert wrongly.partition("=")[0] in capsys.readouterr().err
