"""Settings of a site that combines the mixins with Django's own `ModelAdmin`."""

from tests.settings import *  # noqa: F403
from tests.settings import DATABASES

ROOT_URLCONF = "tests.themes.urls"
MODEL_ADMIN = "django.contrib.admin.ModelAdmin"

if not DATABASES["default"]["ENGINE"].endswith("sqlite3"):  # a SQLite file is the process's own already
    DATABASES["default"]["TEST"]["NAME"] = f"test_{DATABASES['default']['NAME']}_themes"
