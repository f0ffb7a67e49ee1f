"""For a host whose clients send a key of their own with each request: those of the suite do."""

from __future__ import annotations

from typing import Any

from tests.api.client import Api


def force_login(api: Api, user: Any) -> None:
    from rest_framework.authtoken.models import Token  # not importable before the apps are loaded

    api.defaults["HTTP_AUTHORIZATION"] = f"Token {Token.objects.get_or_create(user=user)[0].key}"


def logout(api: Api) -> None:
    del api.defaults["HTTP_AUTHORIZATION"]


Api.force_login, Api.logout = force_login, logout
