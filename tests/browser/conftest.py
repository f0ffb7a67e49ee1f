"""A real browser, and the example site with the sandbox, over HTTP."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.handlers.wsgi import WSGIHandler
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from django_flashcall.sandbox import server
from example_project import demo
from example_project import settings as example
from tests.browser.person import Person

HERE = Path(__file__).resolve().parent
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
STRICT = ["tests.hosts.policy.policy", "django.contrib.auth.middleware.LoginRequiredMiddleware"]
CHANNELS = ["flashcall", "viber_otp", "sms", "voice"]
PURPOSES = {"choice": {"API": True, "OWNS": True, "CHANNELS": CHANNELS, "CHANNEL_CHOICE": True}}
"""Besides those of the example."""
HEARD = """
  window.heard = [];
  for (const name of ["flashcall:changed", "flashcall:verified", "flashcall:error"])
    addEventListener(name, (event) => heard.push({ name, ...event.detail }));
  addEventListener("securitypolicyviolation", (event) => console.error(`${event.violatedDirective} forbids it`));
"""
"""Remembers what the element told the page."""


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.fail("There is no chromium here. On Debian install the package chromium.")
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    with sync_playwright() as playwright:
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright's own loop is on the thread of the tests
        running = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield running
        running.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
    if before is not None:
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = before


@pytest.fixture
def strict() -> bool:
    """Whether the site forbids what a site may forbid. A test may say no by its parameters."""
    return True


@pytest.fixture
def site(transactional_db: None, settings: Any, strict: bool) -> Iterator[str]:
    """The address of the running example site."""
    for name in ("MIDDLEWARE", "STATICFILES_DIRS", "LANGUAGES", "LOCALE_PATHS", "LOGIN_URL", "LOGIN_REDIRECT_URL"):
        setattr(settings, name, getattr(example, name))
    settings.DEBUG = True
    settings.ROOT_URLCONF = "tests.browser.site.urls"
    settings.TEMPLATES = [
        {**example.TEMPLATES[0], "DIRS": [*example.TEMPLATES[0]["DIRS"], HERE / "site" / "templates"]}
    ]
    if strict:
        settings.MIDDLEWARE = [*example.MIDDLEWARE, *STRICT]
    with server.start() as sandbox:
        provider = example.FLASHCALL["PROVIDERS"]["default"]
        options = {**provider["OPTIONS"], "BASE_URL": sandbox.url, "DEADLINE": 1, "VOICE_TYPE": "speechcall"}
        settings.FLASHCALL = {
            **example.FLASHCALL,
            "PROVIDERS": {"default": {**provider, "OPTIONS": options}},
            "PURPOSES": {**example.FLASHCALL["PURPOSES"], **PURPOSES},
        }
        with serve() as address:
            yield address


@contextmanager
def serve() -> Iterator[str]:
    running = demo.bind([0])
    running.set_app(StaticFilesHandler(WSGIHandler()))
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield f"http://{demo.LOOPBACK}:{running.server_port}"
    running.shutdown()
    running.server_close()
    thread.join()


@pytest.fixture
def scripts() -> bool:
    """Whether the browser runs JavaScript."""
    return True


@pytest.fixture
def sharpness() -> int:
    """How many pixels of a picture are one of the page's."""
    return 1


@pytest.fixture
def context(browser: Browser, site: str, scripts: bool, sharpness: int) -> Iterator[BrowserContext]:
    made = browser.new_context(
        base_url=site,
        viewport={"width": 360, "height": 740},
        device_scale_factor=sharpness,
        locale="en",
        java_script_enabled=scripts,
    )
    made.set_default_timeout(5_000)
    made.add_init_script(HEARD)
    yield made
    made.close()


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """What the browser complained of; a test takes away what it meant to see, and nothing else may be left."""
    said: list[str] = []
    yield said
    assert not said


@pytest.fixture
def page(context: BrowserContext, complaints: list[str]) -> Iterator[Page]:
    """A page; whatever the content policy forbids, and every error in a script, fails the test."""
    opened = context.new_page()
    watch(opened, complaints)
    return opened


def watch(page: Page, complaints: list[str]) -> None:
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: said.type == "error" and NETWORK not in said.text and complaints.append(said.text))


NETWORK = "Failed to load resource"
"""What the browser says of every refusal; the tests say what they want of those."""


@pytest.fixture
def person(page: Page) -> Person:
    return Person(page)
