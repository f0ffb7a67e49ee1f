"""Settings of the storm's site. The environment gives DATABASE_URL, STORM_PROVIDER and STORM_SITE_LIMIT."""

import os

import dj_database_url

SECRET_KEY = "key-of-the-storm-that-signs-nothing-else-0123456789"
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1"]
USE_TZ = True
LANGUAGE_CODE = "en"
ROOT_URLCONF = "tests.storm.site.urls"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "rest_framework",
    "django_flashcall",
    "tests.storm.site",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

DATABASES = {"default": dj_database_url.config(conn_max_age=600)}
DATABASES["default"] |= {"NAME": "storm", "ATOMIC_REQUESTS": True}

FLASHCALL = {
    "PROVIDERS": {
        "default": {
            "CLASS": "django_flashcall.providers.smsbat.SMSBATProvider",
            "OPTIONS": {
                "API_KEY": "key-of-the-storm",
                "SENDER": "Storm",
                "BASE_URL": os.environ.get("STORM_PROVIDER", "http://127.0.0.1:1"),
            },
        }
    },
    "ALLOWED_REGIONS": ["UA"],
    "TRUSTED_PROXY_COUNT": 1,
    # All others are the defaults. This is what so many people in a minute need, and a little less than is asked for.
    "LIMITS": {"site": os.environ.get("STORM_SITE_LIMIT", "1000/h")},
    "PURPOSES": {
        "signup": {"API": True, "OWNS": True},
        "login": {},
        # Codes that expire while the storm lasts.
        "hurry": {"API": True, "TTL": {"flashcall": 2, "sms": 4}, "COOLDOWN": 1, "FALLBACK_AFTER": 1},
    },
}
