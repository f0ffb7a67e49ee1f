"""A browser without JavaScript: it follows links and redirects, and sends the forms that a page has."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

from django.test import Client


@dataclass
class Form:
    """A form of a page, with what it would send."""

    name: str
    action: str
    values: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)
    inputs: dict[str, dict[str, str]] = field(default_factory=dict)
    """The attributes of what can be filled in."""


class Page(HTMLParser):
    """What a person sees of a page, and its forms and links."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: dict[str, Form] = {}
        self.links: list[str] = []
        self.buttons: dict[tuple[str, str], str] = {}
        self.words: list[str] = []
        self.element: dict[str, str] = {}
        self._form: Form | None = None
        self._button: tuple[str, str] | None = None
        self.feed(html)
        self.text = " ".join("".join(self.words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag == "flash-call":
            self.element = attributes
        elif tag == "a":
            self.links.append(attributes["href"])
        elif tag == "form" and attributes["method"] == "post":
            self._form = Form(attributes.get("name", ""), attributes.get("action", ""))
            self.forms[self._form.name] = self._form
        elif self._form and tag == "input" and "name" in attributes:
            self._form.values[attributes["name"]] = attributes.get("value", "")
            self._form.inputs[attributes["name"]] = attributes
        elif self._form and tag == "button":
            self._button = (attributes.get("name", ""), attributes.get("value", ""))
            self._form.buttons.append(self._button)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "button":
            self._button = None

    def handle_data(self, data: str) -> None:
        self.words.append(data)
        if self._button:
            self.buttons[self._button] = self.buttons.get(self._button, "") + data


class Browser:
    """One person's browser. Its tabs share the session."""

    def __init__(self, client: Client | None = None) -> None:
        self.client = client or Client(enforce_csrf_checks=True)
        self.url = ""
        self.status = 0
        self.page = Page("")
        self.response: Any = None

    def tab(self) -> Browser:
        """Open another tab."""
        return Browser(self.client)

    def tab_of(self, page: Page, url: str) -> Browser:
        """Open another tab that shows a page already."""
        tab = self.tab()
        tab.page, tab.url = page, url
        return tab

    def open(self, url: str) -> Browser:
        """Open a URL and follow where it leads."""
        return self._show(url, self.client.get(url))

    def reload(self) -> Browser:
        """Ask for the page's URL again."""
        return self.open(self.url)

    def send(self, form: str, *, press: tuple[str, str] | None = None, **typed: str) -> Browser:
        """Send a form of the page with what was typed, by pressing one of its buttons."""
        url, values = self.filled_in(form, press=press, **typed)
        return self._show(url, self.client.post(url, values))

    def filled_in(self, form: str, *, press: tuple[str, str] | None = None, **typed: str) -> tuple[str, dict[str, str]]:
        """Return where a form would be sent, and what."""
        sent = self.page.forms[form]
        assert typed.keys() <= sent.values.keys(), f"{form} asks for {list(sent.values)}"
        pressed = press or next(iter(sent.buttons))
        assert pressed in sent.buttons, f"{form} has the buttons {sent.buttons}"
        values = {**sent.values, **typed, **({pressed[0]: pressed[1]} if pressed[0] else {})}
        return urljoin(self.url, sent.action or self.url), values

    def _show(self, url: str, response: Any) -> Browser:
        for _ in range(5):
            self.url, self.response, self.status = url, response, response.status_code
            if response.status_code not in {301, 302, 303}:
                break
            url = urljoin(url, response["Location"])
            response = self.client.get(url)
        self.page = Page(response.content.decode())
        return self
