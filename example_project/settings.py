"""Settings of the example site.

The environment gives DATABASE_URL, SANDBOX_URL, SECRET_KEY, WEBHOOK_SECRETS and, with 1, DEBUG.
"""

import os
from pathlib import Path

import dj_database_url
import django
from django.core.management.utils import get_random_secret_key

HERE = Path(__file__).resolve().parent

DEBUG = os.environ.get("DEBUG") == "1"
SECRET_KEY = os.environ.get("SECRET_KEY") or get_random_secret_key()
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
ROOT_URLCONF = "example_project.urls"
STATIC_URL = "static/"
STATICFILES_DIRS = [HERE / "static"]
AUTH_USER_MODEL = "accounts.User"
AUTH_PASSWORD_VALIDATORS = [{"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"}]
DATABASES = {"default": dj_database_url.config(default=f"sqlite:///{HERE / 'db.sqlite3'}")}

LANGUAGE_CODE = "en"
LOCALE_PATHS = [HERE / "locale"]
LANGUAGES = [("en", "English"), ("uk", "Українська")]
TIME_ZONE = "Europe/Kyiv"
USE_TZ = True

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [HERE / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "example_project.accounts",
    "example_project.recipes",
    "example_project.tour",
]
# Mail is printed where the site runs.
if django.VERSION >= (6, 1):
    MAILERS = {"default": {"BACKEND": "django.core.mail.backends.console.EmailBackend"}}
else:
    EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"

LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "profile"

# --- What django-flashcall adds ---------------------------------------------------------------------------------------

INSTALLED_APPS += [
    "rest_framework",
    "drf_spectacular",  # only for the OpenAPI document
    "django_flashcall",
    "django_flashcall.sandbox",
]
REST_FRAMEWORK = {"DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema"}
SPECTACULAR_SETTINGS = {"TITLE": "Example site", "VERSION": "1", "OAS_VERSION": "3.1.1"}

FLASHCALL = {
    "PROVIDERS": {
        "default": {
            "CLASS": "django_flashcall.providers.smsbat.SMSBATProvider",
            "OPTIONS": {
                "API_KEY": "key-for-the-sandbox",
                "SENDER": "Example",
                "BASE_URL": os.environ.get("SANDBOX_URL", "http://127.0.0.1:8025"),
                "WEBHOOK_SECRETS": os.environ.get("WEBHOOK_SECRETS", "").split(),
            },
        }
    },
    "CHANNELS": ["flashcall", "sms"],
    "BASE_TEMPLATE": "base.html",
    "ALLOWED_REGIONS": ["UA"],
    "PURPOSES": {
        "signup": {"API": True, "OWNS": True},
        "change_phone": {"API": True, "OWNS": True},
        "login": {},
        "transaction": {},
        "phone_login": {"API": True, "TEST_NUMBERS": {}},
    },
    # Everybody who tries the example has the same few numbers and the same address.
    "LIMITS": {"phone": "50/h", "prefix": "1000/h"},
}
