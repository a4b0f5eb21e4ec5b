"""How far a model may run ahead of its reader."""

from __future__ import annotations

import asyncio


class Room(asyncio.Semaphore):
    """Places for deltas that were not read yet: the model takes one each, the reader frees it."""

    def __init__(self, places: int) -> None:
        super().__init__(places)
        self._places = places

    async def emptied(self) -> None:
        """Wait until the reader has read everything; then nothing more may be sent."""
        for _ in range(self._places):
            await self.acquire()
