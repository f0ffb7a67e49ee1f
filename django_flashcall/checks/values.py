"""Values that have to have a certain form."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from django.core.checks import CheckMessage
from django.template.loader import get_template
from django.utils.module_loading import import_string

from django_flashcall.checks.site import Site
from django_flashcall.problems import problem

HOST: Final = re.compile(r"[A-Za-z0-9.-]+", re.ASCII)
HEADER: Final = re.compile(r"[A-Za-z0-9-]+", re.ASCII)


def purposes(site: Site) -> Iterator[CheckMessage]:
    """Judge whether there is anything to verify numbers for."""
    if not site.values["PURPOSES"]:
        yield problem("flashcall.E051", "FLASHCALL['PURPOSES']")


def webotp(site: Site) -> Iterator[CheckMessage]:
    """Judge the host that ends an SMS."""
    host = site.config.webotp_host
    if host is not None and not HOST.fullmatch(host):
        yield problem("flashcall.E052", "FLASHCALL['WEBOTP_HOST']")


def client_addresses(site: Site) -> Iterator[CheckMessage]:
    """Judge where clients' addresses are read from."""
    header = site.config.trusted_client_ip_header
    if header is not None and not HEADER.fullmatch(header):
        yield problem("flashcall.E054", "FLASHCALL['TRUSTED_CLIENT_IP_HEADER']")
    if header is not None and site.config.trusted_proxy_count:
        yield problem("flashcall.E053", "FLASHCALL['TRUSTED_PROXY_COUNT']")


def base_template(site: Site) -> Iterator[CheckMessage]:
    """Judge whether the pages have a template to extend."""
    try:
        get_template(site.config.base_template)
    except Exception as error:  # a template may raise anything
        yield problem("flashcall.E058", "FLASHCALL['BASE_TEMPLATE']", f"Loading it raises {type(error).__name__}.")


def risk_check(site: Site) -> Iterator[CheckMessage]:
    """Judge whether RISK_CHECK is something that can be called."""
    given = site.config.risk_check
    try:
        found = import_string(given) if isinstance(given, str) else given
    except Exception as error:  # an import runs whatever is in the module
        yield problem("flashcall.E055", "FLASHCALL['RISK_CHECK']", f"Importing it raises {type(error).__name__}.")
        return
    if found is not None and not callable(found):
        yield problem("flashcall.E055", "FLASHCALL['RISK_CHECK']")
