"""Every block of code on every page can be what it says: it is parsed, and what it imports and calls is there.

Those that can be run are run besides, by the tests of their pages.
"""

from __future__ import annotations

import ast
import configparser
import importlib
import json
import re
import shlex
import shutil
import subprocess
import textwrap
from pathlib import Path
from types import ModuleType

import pytest
from django.core.management import get_commands, load_command_class
from django.template import engines

from tests.docs.markdown import OURS, PAGES, ROOT, Block, blocks, commands, everywhere, title

UNREAD = {
    "kotlin": "needs a compiler and Android's libraries, which no machine of ours has",
    "swift": "needs a compiler and Apple's libraries, which no machine of ours has",
    "text": "is what a program prints",
    "nginx": "is a server's own",
    "cron": "is read by the test of its page",
    "http": "is cut short, and spoken by the tests of the recipes",
    "po": "is read by the test of its page",
    "ini": "is read below",
}
"""Languages that are not read, and why."""
READ = {"python", "pycon", "json", "console", "django", "html", "js", "sh", "toml"}
SITES = {"shop", "mysite", "site"}
"""What sites are called whose modules only they have."""


def test_there_is_no_other_language() -> None:
    found = {block.language for page in PAGES for block in blocks(page) if not block.language.startswith("{")}
    assert found <= READ | UNREAD.keys()


@pytest.mark.parametrize("block", everywhere("python"), ids=str)
def test_python(block: Block) -> None:
    tree = ast.parse(textwrap.dedent(block.text))
    own = SITES | {other.path.split("/")[0] for other in blocks(block.page) if other.path}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                importlib.import_module(alias.name)
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] not in own:
            module = importlib.import_module(node.module)
            for alias in node.names:
                assert exists(module, alias.name), f"{node.module} has no {alias.name}"


def exists(module: ModuleType, name: str) -> bool:
    if hasattr(module, name):
        return True
    try:
        return bool(importlib.import_module(f"{module.__name__}.{name}"))
    except ImportError:
        return False


@pytest.mark.parametrize("block", everywhere("json"), ids=str)
def test_json(block: Block) -> None:
    json.loads(block.text)


@pytest.mark.parametrize("block", everywhere("ini"), ids=str)
def test_ini(block: Block) -> None:
    configparser.ConfigParser(strict=False).read_string(block.text)


@pytest.mark.parametrize("block", everywhere("django", "html"), ids=str)
def test_templates(block: Block) -> None:
    engines["django"].from_string(block.text)


@pytest.mark.parametrize("block", everywhere("js"), ids=str)
def test_javascript(block: Block) -> None:
    node = shutil.which("node")
    assert node, "node is missing, which `make scripts` needs as well"
    subprocess.run([node, "--check", "--input-type=module", "-"], input=block.text, text=True, check=True)


SHOWN = sorted({command for block in everywhere("console", "sh") for command in commands(block.text)})


@pytest.mark.parametrize("command", SHOWN)
def test_commands(command: str) -> None:
    word, *rest = shlex.split(re.split(r" [<>] ", command)[0])
    if word == "make":
        subprocess.run([word, *rest, "--dry-run"], cwd=ROOT, check=True, capture_output=True)
    elif "manage.py" in rest:
        known(*rest[rest.index("manage.py") + 1 :])
    else:
        assert word in {"python", "python3", "pip", "curl", "cat", "pytest", "django-admin", "cd", "export", "."}


def known(name: str, *arguments: str) -> None:
    """Assert that `manage.py` has the command, and that it takes the arguments."""
    command = load_command_class(get_commands()[name], name)
    command.create_parser("manage.py", name).parse_args([*arguments])


@pytest.mark.parametrize("page", OURS, ids=title)
def test_commands_of_the_prose(page: Path) -> None:
    for line in re.findall(r"`manage\.py ([^`]+)`", page.read_text()):
        name, *arguments = shlex.split(line)
        known(name, *(arguments if "--to" not in arguments or len(arguments) > 1 else []))
