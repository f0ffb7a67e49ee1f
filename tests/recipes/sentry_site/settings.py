"""As the tests' own, on a database in memory, with long codes, so that none occurs by chance."""

from tests.settings import *  # noqa: F403
from tests.settings import FLASHCALL as OURS
from tests.settings import MIDDLEWARE as OUR_MIDDLEWARE

DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:", "CONN_MAX_AGE": None}}
ROOT_URLCONF = "tests.recipes.sentry_site.urls"
WEBHOOK_SECRET = "webhook-secret-of-this-test-7f3a5c9e0d42"
FLASHCALL = {**OURS, "CODE_LENGTH": {"flashcall": 12, "sms": 12}}
LOGGING_CONFIG = None
MIDDLEWARE = [name for name in OUR_MIDDLEWARE if not name.endswith("CsrfViewMiddleware")]
