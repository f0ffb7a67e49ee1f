"""The hosts on which the core of the suite has to pass: each is the site of the suite with one thing changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import django

from tests.hosts import left_out as rightly
from tests.hosts.policy import POLICY

Site = dict[str, Any]
"""A settings module's names."""

WAY = ("start", "verify", "fallback", "status", "phones", "hosts")
"""Of the API, from the first request to the phone that is owned."""
CORE = (
    *(f"tests/api/test_{name}.py" for name in WAY),
    "tests/services/test_redeeming.py",
    "tests/web/test_flow.py",
    "tests/test_query_counts.py",
    "tests/hosts/test_site.py",
)
CALLERS = ("tests/api/test_callers.py", "tests/api/test_document.py", "tests/api/test_bodies.py")
"""Who calls, what is documented to come of it, and bodies of any shape: the business of REST framework's settings."""
SERVICES = ("tests/models", "tests/services", "tests/api/test_idempotency.py", "tests/api/test_atomic_requests.py")
"""What a database has a part in."""
LANGUAGES, HANDSET, ADMIN = "tests/hosts/test_languages.py", "tests/sandbox/test_handset.py", "tests/test_admin.py"
ALL = frozenset({"sqlite", "postgresql", "mysql"})


@dataclass(frozen=True)
class Host:
    """One setting of a host, and what of the suite is run under it."""

    change: Callable[[Site], None]
    tests: tuple[str, ...]
    at_least: int
    """Tests that have to pass: fewer means that they were not found."""
    plugins: tuple[str, ...]
    left_out: Mapping[str, str]
    """Beginnings of the names of tests that this host rightly answers otherwise, and why."""
    vendors: frozenset[str]
    """Databases on which it can be."""


HOSTS: dict[str, Host] = {}


def host(
    *,
    tests: tuple[str, ...] = CORE,
    at_least: int = 250,
    plugins: tuple[str, ...] = (),
    left_out: Mapping[str, str] | None = None,
    vendors: frozenset[str] = ALL,
) -> Callable[[Callable[[Site], None]], Callable[[Site], None]]:
    """Register a host under the name of the function that makes it."""

    def register(change: Callable[[Site], None]) -> Callable[[Site], None]:
        HOSTS[change.__name__] = Host(change, tests, at_least, plugins, {**rightly.LONG, **(left_out or {})}, vendors)
        return change

    return register


# --- numbers, times and languages -------------------------------------------------------------------------------------


@host()
def national_numbers(site: Site) -> None:
    site |= {"PHONENUMBER_DB_FORMAT": "NATIONAL", "PHONENUMBER_DEFAULT_FORMAT": "NATIONAL"}
    site["PHONENUMBER_DEFAULT_REGION"] = "UA"


@host(tests=(*CORE, LANGUAGES), left_out=rightly.SPEAKS_NO_UKRAINIAN)
def no_translation(site: Site) -> None:
    site["USE_I18N"] = False


@host(tests=(*CORE, LANGUAGES), left_out=rightly.SPEAKS_NO_UKRAINIAN)
def one_language(site: Site) -> None:
    site["LANGUAGES"] = [("en", "English")]


@host(tests=(*CORE, LANGUAGES))
def language_with_a_long_code(site: Site) -> None:
    site["LANGUAGES"] = [*site["LANGUAGES"], ("fr-x-one-that-the-site-made-up", "Français")]


# --- requests and addresses -------------------------------------------------------------------------------------------


@host(
    tests=(*CORE, *SERVICES),
    plugins=("rollback",),
    left_out=rightly.ITS_TRANSACTION_BEGINS | rightly.IS_WARNED_ON_SQLITE,
)
def atomic_requests(site: Site) -> None:
    for database in site["DATABASES"].values():
        database["ATOMIC_REQUESTS"] = True


@host(tests=(*CORE, *CALLERS, HANDSET), left_out=rightly.ITS_MIDDLEWARE_READS_THE_USER)
def login_required(site: Site) -> None:
    site["MIDDLEWARE"] = [*site["MIDDLEWARE"], "django.contrib.auth.middleware.LoginRequiredMiddleware"]


@host(tests=(*CORE, HANDSET, ADMIN), plugins=("proxy",), left_out=rightly.IS_BELOW_A_PATH)
def below_a_path(site: Site) -> None:
    site |= {"FORCE_SCRIPT_NAME": "/shop", "APPEND_SLASH": False}


@host(tests=(*CORE, HANDSET, ADMIN))
def strict_content_policy(site: Site) -> None:
    if django.VERSION >= (6, 0):
        site["SECURE_CSP"] = POLICY
        sender = "django.middleware.csp.ContentSecurityPolicyMiddleware"
    else:
        sender = "tests.hosts.policy.policy"
    site["MIDDLEWARE"] = ["tests.hosts.policy.browser", sender, *site["MIDDLEWARE"]]


# --- users ------------------------------------------------------------------------------------------------------------


@host(tests=(*CORE, ADMIN))
def users_of_another_kind(site: Site) -> None:
    apps = [app for app in site["INSTALLED_APPS"] if app != "example_project.accounts"]
    site["INSTALLED_APPS"] = [*apps, "tests.hosts.members"]
    site |= {"AUTH_USER_MODEL": "members.Member", "ROOT_URLCONF": "tests.hosts.urls"}


@host(tests=(*CORE, *CALLERS), plugins=("passwords",), left_out=rightly.ITS_CREDENTIALS_HAVE_A_CHALLENGE)
def passwords_in_each_request(site: Site) -> None:
    _rest_framework(site, DEFAULT_AUTHENTICATION_CLASSES=["rest_framework.authentication.BasicAuthentication"])


@host(tests=(*CORE, *CALLERS), plugins=("keys",), left_out=rightly.ITS_CREDENTIALS_HAVE_A_CHALLENGE)
def keys_in_each_request(site: Site) -> None:
    site["INSTALLED_APPS"] = [*site["INSTALLED_APPS"], "rest_framework.authtoken"]
    _rest_framework(site, DEFAULT_AUTHENTICATION_CLASSES=["rest_framework.authentication.TokenAuthentication"])


# --- Django REST framework --------------------------------------------------------------------------------------------


@host(tests=(*CORE, *CALLERS), left_out=rightly.ITS_THROTTLES_NEED_THE_CACHE)
def closed_rest_framework(site: Site) -> None:
    kinds = ("AnonRateThrottle", "UserRateThrottle", "ScopedRateThrottle")
    _rest_framework(
        site,
        DEFAULT_PERMISSION_CLASSES=["rest_framework.permissions.IsAuthenticated"],
        DEFAULT_THROTTLE_CLASSES=[f"rest_framework.throttling.{kind}" for kind in kinds],
        DEFAULT_THROTTLE_RATES={"anon": "100000/min", "user": "100000/min"},
    )


@host(tests=(*CORE, *CALLERS), left_out=rightly.ITS_VIEWS_HAVE_VERSIONS)
def odd_rest_framework(site: Site) -> None:
    _rest_framework(
        site,
        DEFAULT_RENDERER_CLASSES=["rest_framework.renderers.BrowsableAPIRenderer"],
        DEFAULT_PARSER_CLASSES=["rest_framework.parsers.FormParser"],
        DEFAULT_VERSIONING_CLASS="rest_framework.versioning.URLPathVersioning",
        ALLOWED_VERSIONS=["v1"],
        DEFAULT_METADATA_CLASS=None,
        DEFAULT_PAGINATION_CLASS="rest_framework.pagination.PageNumberPagination",
        PAGE_SIZE=1,
        COERCE_DECIMAL_TO_STRING=False,
        COERCE_BIGINT_TO_STRING=True,
        COMPACT_JSON=False,
        UNICODE_JSON=False,
        STRICT_JSON=False,
        DATETIME_FORMAT="%d.%m.%y",
        NON_FIELD_ERRORS_KEY="everything",
        URL_FORMAT_OVERRIDE="phone_number",
        UNAUTHENTICATED_USER=None,
    )


@host(tests=(*CORE, *CALLERS), plugins=("wrapped_errors",), left_out=rightly.ITS_WORDS_ARE_OTHERS)
def wrapped_errors(site: Site) -> None:
    _rest_framework(site, EXCEPTION_HANDLER="tests.hosts.plugins.wrapped_errors.wrap")


def _rest_framework(site: Site, **changes: Any) -> None:
    site["REST_FRAMEWORK"] = {**site["REST_FRAMEWORK"], **changes}


# --- databases --------------------------------------------------------------------------------------------------------


@host()
def small_keys(site: Site) -> None:
    site["DEFAULT_AUTO_FIELD"] = "django.db.models.AutoField"


@host(tests=("tests/models", "tests/hosts/test_site.py"), at_least=50)
def big_keys(site: Site) -> None:
    site["DEFAULT_AUTO_FIELD"] = "django.db.models.BigAutoField"


@host(left_out=rightly.READS_ELSEWHERE)
def replica_that_is_down(site: Site) -> None:
    site["DATABASES"]["replica"] = {"ENGINE": ""}  # Django's way to have a database that every use of fails
    site["DATABASE_ROUTERS"] = ["tests.hosts.routers.WithReplica"]


@host(tests=(*CORE, *SERVICES), plugins=("every_database",), left_out=rightly.HAS_NOTHING_ON_DEFAULT)
def tables_elsewhere(site: Site) -> None:
    default = site["DATABASES"]["default"]
    name = default["TEST"].get("NAME")
    site["DATABASES"]["phones"] = {**default, "NAME": f"{default['NAME']}_phones", "TEST": {"NAME": f"{name}_phones"}}
    site["DATABASE_ROUTERS"] = ["tests.hosts.routers.OnPhones"]


@host(
    plugins=("every_database", "rollback"),
    left_out=rightly.HAS_NOTHING_ON_DEFAULT | rightly.ITS_TRANSACTION_BEGINS | rightly.IS_WARNED_ON_SQLITE,
)
def tables_elsewhere_in_atomic_requests(site: Site) -> None:
    tables_elsewhere(site)
    site["DATABASES"]["phones"]["ATOMIC_REQUESTS"] = True


@host(tests=(*CORE, *SERVICES), vendors=frozenset({"postgresql", "mysql"}))
def repeatable_read(site: Site) -> None:
    postgresql = site["DATABASES"]["default"]["ENGINE"].endswith("postgresql")
    if postgresql:
        from psycopg import IsolationLevel

        site["DATABASES"]["default"]["TIME_ZONE"] = "Europe/Kyiv"
    level = IsolationLevel.REPEATABLE_READ if postgresql else "repeatable read"
    _options(site, isolation_level=level)


@host(vendors=frozenset({"postgresql"}))
def parameters_bound_by_the_server(site: Site) -> None:
    _options(site, server_side_binding=True)


@host(tests=(*CORE, *SERVICES), vendors=frozenset({"postgresql"}))
def pooled_connections(site: Site) -> None:
    _options(site, pool=True)


def _options(site: Site, **changes: Any) -> None:
    site["DATABASES"]["default"].setdefault("OPTIONS", {}).update(changes)
