"""What is built and installed: the sdist, the wheel, and a site that has only the wheel."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from django.core.management import call_command

ROOT = Path(__file__).resolve().parent.parent

PLANTED = [
    "templates/flashcall/planted/page.html",
    "templates/flashcall/planted/message.txt",
    "static/flashcall/planted/page.js",
    "locale/xx/LC_MESSAGES/django.mo",
]
"""One file of each kind, so that the rules are proved for files that are still to come."""

HANDSET = """
import django
from django.apps import apps
from django.conf import settings
from django.test import Client
from django.urls import include, path

settings.configure(
    DEBUG=True,
    SECRET_KEY="key-of-a-site-that-has-only-the-wheel",
    ALLOWED_HOSTS=["testserver"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["django_flashcall", "django_flashcall.sandbox"],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
    STATIC_URL="static/",
)
django.setup()
urlpatterns = [path("sandbox/", include("django_flashcall.sandbox.urls"))]
page = Client().get("/sandbox/handset/")
print(apps.get_app_config("flashcall").path, page.status_code)
print(page.content.decode())
"""


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what git would keep, with the planted files."""
    ignored = [Path(pattern).name for pattern in (ROOT / ".gitignore").read_text().split()]
    copy = tmp_path_factory.mktemp("source") / "django-flashcall"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".git", *ignored))
    for name in PLANTED:
        planted = copy / "django_flashcall" / name
        planted.parent.mkdir(parents=True, exist_ok=True)
        planted.touch()
    return copy


@pytest.fixture(scope="module")
def dist(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, and the wheel that was built from that sdist."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--outdir", folder, source)
    return folder


@pytest.fixture(scope="module")
def sdist(dist: Path) -> set[str]:
    """The names in the sdist, without the folder that they all are in."""
    (path,) = dist.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        return {member.name.partition("/")[2] for member in archive.getmembers() if member.isfile()}


@pytest.fixture(scope="module")
def wheel(dist: Path) -> Path:
    (path,) = dist.glob("*.whl")
    return path


def run(*command: str | Path, cwd: Path | None = None) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def names_under(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.slow
def test_the_sdist_has_all_that_git_keeps(source: Path, sdist: set[str]) -> None:
    assert names_under(source) - sdist == {".gitignore"}


@pytest.mark.slow
def test_the_wheel_has_the_whole_package_and_nothing_else(source: Path, wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert names == {f"django_flashcall/{name}" for name in names_under(source / "django_flashcall")}
    assert names > {"django_flashcall/py.typed", *(f"django_flashcall/{name}" for name in PLANTED)}


@pytest.mark.slow
def test_a_site_that_has_only_the_wheel_shows_a_page(wheel: Path, tmp_path: Path) -> None:
    environment = tmp_path / "venv"
    run(sys.executable, "-m", "venv", environment)
    python = environment / "bin" / "python"
    run(python, "-m", "pip", "install", wheel)
    run(python, "-m", "pip", "check")
    installed, _, page = run(python, "-I", "-c", HANDSET, cwd=tmp_path).partition("\n")
    assert installed.startswith(str(environment))
    assert installed.endswith(" 200")
    assert '<input type="tel" name="number"' in page


@pytest.mark.django_db
def test_the_migrations_say_all_that_the_models_say() -> None:
    call_command("makemigrations", check_changes=True, dry_run=True, verbosity=0)
