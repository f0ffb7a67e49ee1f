"""A strict content security policy, and a browser's part in it."""

from __future__ import annotations

from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

from django.http import HttpRequest, HttpResponse

OWN = ["script-src", "style-src", "img-src", "connect-src", "form-action"]
POLICY = {"default-src": ["'none'"], **{name: ["'self'"] for name in OWN}}
HEADER = "; ".join(f"{name} {' '.join(sources)}" for name, sources in POLICY.items())


class _Page(HTMLParser):
    """Collects what the policy forbids."""

    def __init__(self) -> None:
        super().__init__()
        self.forbidden: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        inline = tag == "style" or (tag == "script" and "src" not in attributes)
        elsewhere = [attributes.get(name, "") for name in ("src", "href", "action")]
        if (
            (inline and attributes.get("type") != "application/json")
            or any(name == "style" or name.startswith("on") for name in attributes)
            or any("//" in url.partition("?")[0] or url.startswith(("data:", "javascript:")) for url in elsewhere)
            or tag in {"iframe", "object", "embed", "base", "audio", "video"}
        ):
            self.forbidden.append(self.get_starttag_text() or tag)


def policy(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware that sends the policy, as hosts did by hand before Django 6.0."""

    def respond(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", HEADER)
        return response

    return respond


def browser(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware that fails on a page of which a browser would block a part."""

    def respond(request: HttpRequest) -> Any:
        response = get_response(request)
        assert response.headers["Content-Security-Policy"] == HEADER
        page = _Page()
        if response.headers.get("Content-Type", "").startswith("text/html"):
            page.feed(response.content.decode())
        assert not page.forbidden
        return response

    return respond
