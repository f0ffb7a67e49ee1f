"""For a host whose clients send their password with each request: those of the suite do."""

from __future__ import annotations

import base64
from typing import Any

from tests.api.client import Api


def force_login(api: Api, user: Any) -> None:
    user.set_password("in clear")
    user.save()
    credentials = base64.b64encode(f"{user.get_username()}:in clear".encode()).decode()
    api.defaults["HTTP_AUTHORIZATION"] = f"Basic {credentials}"


def logout(api: Api) -> None:
    del api.defaults["HTTP_AUTHORIZATION"]


Api.force_login, Api.logout = force_login, logout
