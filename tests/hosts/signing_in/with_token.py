"""For a host whose clients send a key with each request: the clients of the suite do."""

from __future__ import annotations

from typing import Any

from tests.api.client import Api


def force_login(api: Api, user: Any) -> None:
    from rest_framework.authtoken.models import Token

    api.defaults["HTTP_AUTHORIZATION"] = f"Token {Token.objects.get_or_create(user=user)[0].key}"


Api.force_login = force_login
