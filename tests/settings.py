"""Settings of the test suite. DATABASE_URL chooses the database; SQLite in a file where it is not set."""

import os
import tempfile
from pathlib import Path

import dj_database_url

SECRET_KEY = "key-of-the-tests-that-signs-nothing-else-0123456789"
DEBUG = False
ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
USE_TZ = True
TIME_ZONE = "Europe/Kyiv"
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("uk", "Українська")]
ROOT_URLCONF = "tests.urls"
STATIC_URL = "static/"
AUTH_USER_MODEL = "accounts.User"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "django_flashcall",
    "django_flashcall.sandbox",
    "example_project.accounts",
    "example_project.tour",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
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
MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}  # Django 6.1 wants to be told
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# A file, with Django's default options: threads need connections of their own, and memory has only one.
SQLITE_FILE = Path(tempfile.gettempdir()) / f"flashcall-tests-{os.getpid()}.sqlite3"
DATABASES = {"default": dj_database_url.config(default=f"sqlite:///{SQLITE_FILE}")}
DATABASES["default"].setdefault("TEST", {})
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["TEST"]["NAME"] = str(SQLITE_FILE)

REST_FRAMEWORK = {"DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema"}
SPECTACULAR_SETTINGS = {"OAS_VERSION": "3.1.1"}

FLASHCALL = {
    "PROVIDERS": {"default": {"CLASS": "django_flashcall.providers.memory.MemoryProvider"}},
    "ALLOWED_REGIONS": ["UA"],
}
