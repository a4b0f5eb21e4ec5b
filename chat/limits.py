"""Rate limits, one limiter for HTTP and WebSocket: django-ratelimit's counting, failing soft.

Its decorator cannot serve asynchronous views or sockets, and an unreachable store would turn
every request into an error. So only its counter is used, and when the shared store is down each
process counts for itself until it is back.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import structlog
from django.core.cache import caches
from django_ratelimit.core import _split_rate, get_usage

from chat.errors import LimitReached

log = structlog.get_logger(__name__)


def spend(group: str, who: str, rate: str) -> float:
    """Count one event of ``who`` against ``rate`` ("20/m"); the share of it that is used now.

    Raises ``LimitReached`` beyond the whole.
    """
    try:
        usage = get_usage(None, group=group, key=lambda *_: who, rate=rate, increment=True)
    except Exception as error:
        log.warning("limit_store_down", error=type(error).__name__)
        usage = _count_here(group, who, rate)
    if usage["should_limit"]:
        wait = max(1, usage["time_left"])
        raise LimitReached(f"Too many questions. Please wait {wait} s.", retry_after=wait)
    return float(usage["count"] / usage["limit"])


def is_first(event: str, seconds: int) -> bool:
    """Whether nobody has told of the event for so long; of two at once, one is the first."""
    try:
        return caches["default"].add(event, 1, seconds)
    except Exception as error:
        log.warning("limit_store_down", error=type(error).__name__)
        return caches["local"].add(event, 1, seconds)


def _count_here(group: str, who: str, rate: str) -> dict[str, int | bool]:
    """The same count in this process alone."""
    limit, period = _split_rate(rate)
    window = int(time.time() // period)
    key = f"limit:{group}:{who}:{window}"
    cache = caches["local"]
    count = 1 if cache.add(key, 1, period + 5) else cache.incr(key)
    left = (window + 1) * period - int(time.time())
    return {"count": count, "limit": limit, "should_limit": count > limit, "time_left": left}


def client_address(peer: str, forwarded_for: str, trusted_proxies: int) -> str:
    """The reader's address: the entry that the outermost trusted proxy appended.

    With no trusted proxy the header is ignored, since anybody may send it.
    """
    hops: Sequence[str] = [hop.strip() for hop in forwarded_for.split(",") if hop.strip()]
    if trusted_proxies < 1 or len(hops) < trusted_proxies:
        return peer
    return hops[-trusted_proxies]
