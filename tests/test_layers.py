"""Imports go down only, so that a reader knows where to look and a provider cannot touch a table."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import django_flashcall

PACKAGE = Path(django_flashcall.__file__).parent

LAYERS = [
    {
        "api",
        "web",
        "admin",
        "contrib",
        "management",
        "sandbox",
        "checks",
        "apps",
        "testing",
        "pytest_plugin",
        "provider_contract",
        "decorators",
        "templatetags",
    },
    {"refusals"},
    {"services"},
    {"models", "providers", "channels", "proofs", "signals"},
    {"codes", "phones", "parts"},
    {"conf"},
    {"exceptions", "problems"},
]
"""From the top down; a module imports from its own layer and from those below."""

FORBIDDEN = {
    ("providers", "models"): "a provider never sees a table",
    ("api", "providers"): "a view never sends by itself",
    ("web", "providers"): "a view never sends by itself",
    ("models", "providers"): "a table never sends",
}

QUERIES = {"objects", "filter", "exclude", "annotate", "raw", "cursor"}


def layer(name: str) -> int:
    return next(depth for depth, names in enumerate(LAYERS) if name in names)


def part(path: Path) -> str:
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


def imports(path: Path) -> list[str]:
    """Return the parts of our package that a file imports, wherever in the file."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "django_flashcall":
            assert node.level == 0
            rest = (node.module or "").split(".")[1:]
            found += [rest[0]] if rest else [alias.name for alias in node.names]
        elif isinstance(node, ast.Import):
            found += [alias.name.split(".")[1] for alias in node.names if alias.name.startswith("django_flashcall.")]
    return [name for name in found if not name.startswith("__")]


MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "migrations" not in path.parts and part(path) != "__init__")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_down(path: Path) -> None:
    own = part(path)
    for name in imports(path):
        assert layer(own) <= layer(name), f"{own} imports {name}, which lies above it"
        assert (own, name) not in FORBIDDEN, FORBIDDEN[own, name]


@pytest.mark.parametrize(
    "path", [path for path in MODULES if part(path) in {"api", "web"}], ids=lambda path: str(path.relative_to(PACKAGE))
)
def test_views_write_no_query(path: Path) -> None:
    if path.name == "permissions.py":  # its question is one model method
        return
    names = {node.attr for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Attribute)}
    assert not names & QUERIES


def test_the_walk_sees_the_package() -> None:
    assert {"services", "models", "providers", "api"} <= {part(path) for path in MODULES}
    assert "models" in imports(PACKAGE / "services" / "verifying.py")
