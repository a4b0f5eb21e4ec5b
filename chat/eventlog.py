"""The events of one running answer, and the readers who follow them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable

from chat.events import Event, ends


class EventLog:
    """An append-only list that any number of followers read from the beginning.

    ``abandoned`` is called when nobody has followed an unfinished log for ``linger`` seconds.
    """

    def __init__(self, linger: float, abandoned: Callable[[], None]) -> None:
        self._events: list[Event] = []
        self._grown = asyncio.Event()
        self._followers = 0
        self._linger = linger
        self._abandoned = abandoned
        self._timer: asyncio.TimerHandle | None = None

    @property
    def ended(self) -> bool:
        return bool(self._events) and ends(self._events[-1])

    def publish(self, event: Event) -> None:
        self._events.append(event)
        if self.ended:
            self._stop_waiting()
        grown, self._grown = self._grown, asyncio.Event()
        grown.set()

    async def follow(self, after: int = -1) -> AsyncGenerator[Event, None]:
        """Every event, but sentences only beyond ordinal ``after``; returns after the end."""
        self._arrive()
        try:
            position = 0
            while True:
                for event in self._events[position:]:
                    position += 1
                    if getattr(event, "ordinal", after + 1) > after:
                        yield event
                    if ends(event):
                        return
                if position == len(self._events):
                    await self._grown.wait()
        finally:
            self._leave()

    def expect_followers(self) -> None:
        """Nobody follows now: give the log up unless somebody comes in time."""
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._linger, self._abandoned)

    def _arrive(self) -> None:
        self._followers += 1
        self._stop_waiting()

    def _leave(self) -> None:
        self._followers -= 1
        if not self._followers and not self.ended:
            self.expect_followers()

    def _stop_waiting(self) -> None:
        """Somebody follows again, or there is nothing left to abandon."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
