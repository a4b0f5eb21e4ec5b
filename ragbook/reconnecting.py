"""How soon Postgres is tried again after its connections were lost.

psycopg's pool begins with a second and doubles it, also between the checks of one connection after
the other that it kept. After a restart under load all of them are lost: eight checks take longer
than a reader waits. These pauses sum up to two seconds for eight, and come to about a third of the
time for which the database has been away.
"""

from __future__ import annotations

from psycopg_pool.base import AttemptWithBackoff

FIRST_PAUSE_S = 0.1
GROWTH = 1.3


def reconnect_soon() -> None:
    """For every pool of this process. The pool has no option for it."""
    AttemptWithBackoff.INITIAL_DELAY = FIRST_PAUSE_S
    AttemptWithBackoff.DELAY_BACKOFF = GROWTH
