"""What is built and installed: the sdist, the wheel, and a site that has only the wheel."""

from __future__ import annotations

import tarfile
import zipfile
from pathlib import Path

import pytest
from django.core.management import call_command

from tests.wheel import PLANTED, run

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
def sdist(dist: Path) -> set[str]:
    """The names in the sdist, without the folder that they all are in."""
    (path,) = dist.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        return {member.name.partition("/")[2] for member in archive.getmembers() if member.isfile()}


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
def test_a_site_that_has_only_the_wheel_shows_a_page(installed: Path, tmp_path: Path) -> None:
    shown, _, page = run(installed / "bin" / "python", "-I", "-c", HANDSET, cwd=tmp_path).partition("\n")
    assert shown.startswith(str(installed))
    assert shown.endswith(" 200")
    assert '<input type="tel" name="number"' in page


@pytest.mark.django_db
def test_the_migrations_say_all_that_the_models_say() -> None:
    call_command("makemigrations", check_changes=True, dry_run=True, verbosity=0)
