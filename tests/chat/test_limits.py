"""One limiter for HTTP and sockets, which fails soft and cannot be talked around."""

from __future__ import annotations

from typing import Any

import pytest

from chat.errors import LimitReached
from chat.limits import client_address, spend


def test_the_limit_counts_each_reader_alone() -> None:
    for _ in range(3):
        spend("ask", "alice", "3/h")
    spend("ask", "bob", "3/h")
    with pytest.raises(LimitReached) as refused:
        spend("ask", "alice", "3/h")
    assert 1 <= (refused.value.retry_after or 0) <= 3600
    assert str(refused.value.retry_after) in refused.value.message


def test_with_its_store_down_each_process_counts_for_itself(settings: Any) -> None:
    settings.CACHES = {
        **settings.CACHES,
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        },
    }
    for _ in range(2):
        spend("ask", "carol", "2/h")
    with pytest.raises(LimitReached):
        spend("ask", "carol", "2/h")


@pytest.mark.parametrize(
    ("forwarded", "trusted", "address"),
    [
        ("", 0, "10.0.0.1"),
        ("1.2.3.4", 0, "10.0.0.1"),
        ("1.2.3.4", 1, "1.2.3.4"),
        ("spoofed, 1.2.3.4", 1, "1.2.3.4"),
        ("spoofed, 1.2.3.4, 10.9.9.9", 2, "1.2.3.4"),
        ("1.2.3.4", 2, "10.0.0.1"),
    ],
)
def test_only_what_trusted_proxies_appended_names_the_reader(
    forwarded: str, trusted: int, address: str
) -> None:
    assert client_address("10.0.0.1", forwarded, trusted) == address
