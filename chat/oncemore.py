"""One more try for work whose database connection was lost under it.

A serverless Postgres that falls asleep, a failover and a restart close every connection. The pool
opens new ones and checks them when they are lent; what is lost after that check is met here, before
a reader has got anything.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import structlog
from django.db import InterfaceError, OperationalError, connection

log = structlog.get_logger(__name__)

SHUT_DOWN = ("57P01", "57P02", "57P03")
"""SQLSTATEs of a server that ends its sessions, crashed, or is not up yet."""
CONNECTION = "08"

P = ParamSpec("P")
T = TypeVar("T")


def once_more(work: Callable[P, T]) -> Callable[P, T]:
    """The unit of work, begun again when its connection was lost, once.

    Only for units that may be done twice. A database that cannot be reached at all, and one that is
    locked, have been waited for already.
    """

    @wraps(work)
    def patient(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return work(*args, **kwargs)
        except (OperationalError, InterfaceError) as error:
            if connection.in_atomic_block or not _was_lost(error):
                raise
            log.info("connection_lost", work=work.__name__)
            connection.close()
            return work(*args, **kwargs)

    return patient


def _was_lost(error: Exception) -> bool:
    """Whether Postgres, or the way to it, ended the session; SQLite's errors have no state."""
    cause = error.__cause__
    state = getattr(cause, "sqlstate", "")
    if state is None:  # no word from the server
        return type(cause).__name__ != "PoolTimeout"
    return state in SHUT_DOWN or state.startswith(CONNECTION)
