"""Settings of a site that uses what django_flashcall.contrib joins us with."""

from tests.settings import *  # noqa: F403
from tests.settings import DATABASES, INSTALLED_APPS, MIDDLEWARE

INSTALLED_APPS = [
    *INSTALLED_APPS,
    "django_otp",
    "django_otp.plugins.otp_static",
    "django_otp.plugins.otp_totp",
    "two_factor",
    "django_flashcall.contrib.otp",
]
MIDDLEWARE = [*MIDDLEWARE, "django_otp.middleware.OTPMiddleware"]
ROOT_URLCONF = "tests.contrib.urls"
LOGIN_URL = "two_factor:login"
LOGIN_REDIRECT_URL = "two_factor:profile"

if not DATABASES["default"]["ENGINE"].endswith("sqlite3"):  # a SQLite file is the process's own already
    DATABASES["default"]["TEST"]["NAME"] = f"test_{DATABASES['default']['NAME']}_contrib"
