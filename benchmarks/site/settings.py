"""A site as `startproject` makes it, with JSON alone, whose limits refuse nothing.

DATABASE_URL names the server; BENCHMARK_DATABASE the database on it.
"""

import os

import dj_database_url

SECRET_KEY = "key-of-the-benchmark-that-signs-nothing-else-0123456789"
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1", "testserver"]
USE_TZ = True
LANGUAGE_CODE = "en"
ROOT_URLCONF = "benchmarks.site.urls"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "rest_framework",
    "django_flashcall",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
}
DATABASES = {"default": dj_database_url.config(conn_max_age=600)}
DATABASES["default"]["NAME"] = os.environ.get("BENCHMARK_DATABASE", "postgres")
DATABASES["default"]["OPTIONS"] = {"server_side_binding": True, "prepare_threshold": 5}

FLASHCALL = {
    "PROVIDERS": {"default": {"CLASS": "benchmarks.site.provider.ForgetfulProvider"}},
    "ALLOWED_REGIONS": ["UA"],
    "TRUSTED_PROXY_COUNT": 1,
    # As many rates as by default, so that as many rows are read, locked and counted.
    "LIMITS": {
        "phone": "100000000/10m, 100000000/d",
        "ip": "100000000/h",
        "prefix": "100000000/h",
        "site": "100000000/h, 100000000/d",
    },
}
