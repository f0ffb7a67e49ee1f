"""Settings of a site that signs people up and in by allauth, over its pages and its JSON API."""

from tests.settings import *  # noqa: F403
from tests.settings import DATABASES, INSTALLED_APPS, MIDDLEWARE

INSTALLED_APPS = [*INSTALLED_APPS, "allauth", "allauth.account", "allauth.headless"]
MIDDLEWARE = [*MIDDLEWARE, "allauth.account.middleware.AccountMiddleware"]
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
ROOT_URLCONF = "tests.contrib.allauth_urls"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "account_change_phone"
ACCOUNT_ADAPTER = "tests.contrib.allauth_adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"phone", "username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "phone*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGIN_BY_CODE_ENABLED = True  # what the adapter has to withstand
HEADLESS_SERVE_SPECIFICATION = False
CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}  # what allauth limits by

if not DATABASES["default"]["ENGINE"].endswith("sqlite3"):  # a SQLite file is the process's own already
    DATABASES["default"]["TEST"]["NAME"] = f"test_{DATABASES['default']['NAME']}_allauth"
