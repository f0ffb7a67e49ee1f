"""A site whose provider would be called over the network, with narrow limits."""

SECRET_KEY = "key-of-a-project-that-is-only-tested-0123456789"
USE_TZ = True
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "django_flashcall"]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
FLASHCALL = {
    "PROVIDERS": {
        "default": {
            "CLASS": "django_flashcall.providers.smsbat.SMSBATProvider",
            "OPTIONS": {"API_KEY": "key", "SENDER": "Shop", "BASE_URL": "https://smsbat.invalid"},
        },
        "texts": {
            "CLASS": "django_flashcall.providers.smsbat.SMSBATProvider",
            "OPTIONS": {"API_KEY": "another", "SENDER": "Shop", "BASE_URL": "https://smsbat.invalid"},
        },
    },
    "CHANNEL_PROVIDERS": {"sms": "texts"},
    "ALLOWED_REGIONS": ["UA"],
    "LIMITS": {"phone": "2/h"},
    "PURPOSES": {
        "signup": {"API": True, "OWNS": True},
        "login": {"COOLDOWN": 60, "TEST_NUMBERS": {"+380501234503": "4821"}},
    },
    "TEST_NUMBERS": {"+380501234503": "4821"},
    "RISK_CHECK": "risk.refuse_all",
}
