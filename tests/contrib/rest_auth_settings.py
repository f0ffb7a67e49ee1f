"""Settings of a site that signs people up and in by dj-rest-auth. REST_AUTH_MODE says what a login answers."""

import os

from tests.settings import *  # noqa: F403
from tests.settings import DATABASES, INSTALLED_APPS, MIDDLEWARE

MODE = os.environ.get("REST_AUTH_MODE", "token")

INSTALLED_APPS = [
    *INSTALLED_APPS,
    "rest_framework.authtoken",
    "dj_rest_auth",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "dj_rest_auth.registration",
]
MIDDLEWARE = [*MIDDLEWARE, "allauth.account.middleware.AccountMiddleware"]
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
ROOT_URLCONF = "tests.contrib.rest_auth_urls"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*", "password2*"]
CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}  # what allauth limits by
SIMPLE_JWT = {"SIGNING_KEY": "key-of-the-tests-that-signs-nothing-else-0123456789"}

REST_AUTH = {
    "LOGIN_SERIALIZER": "django_flashcall.contrib.dj_rest_auth.serializers.LoginSerializer",
    "REGISTER_SERIALIZER": "django_flashcall.contrib.dj_rest_auth.registration.RegisterSerializer",
    "SESSION_LOGIN": MODE == "session",
    "USE_JWT": MODE == "jwt",
    "JWT_AUTH_HTTPONLY": False,
}
if MODE != "token":
    REST_AUTH["TOKEN_MODEL"] = None

CLASSES = {
    "session": "rest_framework.authentication.SessionAuthentication",
    "token": "rest_framework.authentication.TokenAuthentication",
    "jwt": "dj_rest_auth.jwt_auth.JWTCookieAuthentication",
}
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [CLASSES[MODE]],
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}

if not DATABASES["default"]["ENGINE"].endswith("sqlite3"):  # a SQLite file is the process's own already
    DATABASES["default"]["TEST"]["NAME"] = f"test_{DATABASES['default']['NAME']}_rest_auth"
