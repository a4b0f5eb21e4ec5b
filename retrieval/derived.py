"""Files of the data folder that only spare time: whole in their place, or not there."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from uuid import uuid4


def put(place: Path, parts: Iterable[bytes]) -> None:
    """Write the file and put it in its place at once, or leave the place as it is.

    A full disk is no error: whoever misses the file makes again what it would have held.
    """
    scratch = place.with_name(f"{place.name}.{uuid4().hex}")
    with suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        with scratch.open("wb") as file:
            file.writelines(parts)
        scratch.replace(place)
        return
    with suppress(OSError):
        scratch.unlink()
