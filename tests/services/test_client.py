"""Who asks."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import RequestFactory

from django_flashcall.services import Client
from django_flashcall.services.client import _warn_about_proxy


@pytest.fixture(autouse=True)
def not_warned_yet() -> None:
    _warn_about_proxy.cache_clear()


def client(address: str = "", **headers: str) -> Client:
    return Client.from_request(RequestFactory(REMOTE_ADDR=address).get("/", headers=headers))


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("93.184.216.34", "93.184.216.34"),
        ("2a01:4f8:1:2::1", "2a01:4f8:1:2::1"),
        ("::ffff:93.184.216.34", "93.184.216.34"),
    ],
)
def test_a_clients_own_address_is_kept(address: str, kept: str, caplog: Any) -> None:
    assert client(address).ip_address == kept
    assert not caplog.records


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "::1", "10.0.0.7", "172.16.3.4", "192.168.1.1", "100.64.0.1", "169.254.1.1", "fe80::1", "fd00::1",
     "", "nonsense", "93.184.216.34, 10.0.0.1"],
)  # fmt: skip
def test_an_address_that_cannot_be_a_clients_is_a_proxys(address: str, caplog: Any) -> None:
    for _ in range(3):
        assert client(address).ip_bucket is None
    (record,) = caplog.records
    assert "TRUSTED_PROXY_COUNT" in record.message and "TRUSTED_CLIENT_IP_HEADER" in record.message


def test_a_developer_is_told_nothing_of_proxies(settings: Any, caplog: Any) -> None:
    settings.DEBUG = True
    assert client("127.0.0.1").ip_bucket is None
    assert not caplog.records


def test_what_a_header_claims_changes_nothing() -> None:
    spoofed = {"X-Forwarded-For": "8.8.8.8", "X-Real-IP": "8.8.8.8", "Forwarded": "for=8.8.8.8"}
    assert client("93.184.216.34", **spoofed).ip_address == "93.184.216.34"
    assert client("10.0.0.1", **spoofed).ip_address is None


@pytest.mark.parametrize(
    ("proxies", "header", "address"),
    [
        (1, "8.8.8.8, 93.184.216.34", "93.184.216.34"),
        (2, "8.8.8.8, 93.184.216.34, 10.0.0.1", "93.184.216.34"),
        (2, "93.184.216.34", None),
        (1, "", None),
        (1, "8.8.8.8, nonsense", None),
    ],
)
def test_as_many_proxies_are_believed_as_are_declared(
    flashcall: Any, proxies: int, header: str, address: str | None
) -> None:
    flashcall(TRUSTED_PROXY_COUNT=proxies)
    assert client("10.0.0.1", **{"X-Forwarded-For": header}).ip_address == address


def test_a_declared_header_is_believed_alone(flashcall: Any) -> None:
    flashcall(TRUSTED_CLIENT_IP_HEADER="X-Real-IP")
    headers = {"X-Real-IP": "93.184.216.34", "X-Forwarded-For": "8.8.8.8"}
    assert client("10.0.0.1", **headers).ip_address == "93.184.216.34"
    assert client("93.184.216.35", **{"X-Forwarded-For": "8.8.8.8"}).ip_address is None


def test_a_household_of_ipv6_is_one_bucket() -> None:
    assert client("2a01:4f8:1:2::1").ip_bucket == client("2a01:4f8:1:2:a:b:c:d").ip_bucket == "2a01:4f8:1:2::/64"


@pytest.mark.parametrize("agent", ["x" * 1000, "a\x1b[31mb\x7f", "Mozilla/5.0 Привіт"])
def test_a_user_agent_is_cut_and_cleaned(agent: str) -> None:
    kept = client("93.184.216.34", **{"User-Agent": agent}).user_agent
    assert len(kept) <= 255
    assert kept.isprintable()
