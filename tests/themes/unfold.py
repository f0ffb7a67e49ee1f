"""Settings of a site whose admin has the theme of django-unfold."""

from tests.themes.plain import *  # noqa: F403
from tests.themes.plain import INSTALLED_APPS

INSTALLED_APPS = ["unfold", *INSTALLED_APPS]
MODEL_ADMIN = "unfold.admin.ModelAdmin"
