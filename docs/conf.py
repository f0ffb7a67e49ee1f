"""Sphinx's settings, for `make docs`. Nothing here, and nothing that is built, asks the network."""

from typing import Any

import django
from django.conf import settings
from pygments.lexers.special import TextLexer

settings.configure(
    SECRET_KEY="signs nothing: modules are only read",
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "rest_framework", "django_flashcall"],
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
)
django.setup()

import django_flashcall  # noqa: E402

project = "django-flashcall"
release = django_flashcall.__version__
extensions = ["myst_parser", "sphinx.ext.autodoc"]
smartquotes = False

html_theme = "furo"
html_title = f"django-flashcall {release}"
html_show_copyright = False
html_static_path = ["_static"]
html_css_files = ["tables.css"]

myst_enable_extensions = ["html_image"]
myst_heading_anchors = 3

# Docstrings are plain text, in which `...` is code.
default_role = "code"
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
python_use_unqualified_type_names = True


def hand_out(app: Any, page: str, source: list[str]) -> None:
    """Hand SECURITY.md out as a file: it is no page of these, and a relative link leads to it in the repository."""
    source[0] = source[0].replace("](../SECURITY.md)", "](path:../SECURITY.md)")


def setup(app: Any) -> None:
    """Show as it is a line of cron, and requests and answers that are cut short."""
    for language in ("cron", "http"):
        app.add_lexer(language, TextLexer)
    app.connect("source-read", hand_out)
