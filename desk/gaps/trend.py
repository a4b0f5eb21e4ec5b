"""How a gap's questions come in, in words and as a small chart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 64
HEIGHT: Final = 20
GAP: Final = 3


@dataclass(frozen=True, slots=True)
class Bar:
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Trend:
    """``tone`` is bad when the questions become more. Bars are in a field of WIDTH by HEIGHT."""

    word: str
    words: str
    tone: str
    bars: tuple[Bar, ...]


def trend(weeks: Sequence[int]) -> Trend:
    """The trend of counts by week, the latest last."""
    word, tone = _direction(weeks)
    return Trend(word, _told(weeks), tone, tuple(_bars(weeks)))


def _direction(weeks: Sequence[int]) -> tuple[str, str]:
    *earlier, latest = weeks or [0]
    usual = sum(earlier) / len(earlier) if earlier else 0.0
    if not any(weeks):
        return "Quiet", "quiet"
    if latest and not any(earlier):
        return "New", "warn"
    if latest >= usual + max(1.0, usual / 2):
        return "Rising", "bad"
    if latest <= usual - max(1.0, usual / 2):
        return "Falling", "good"
    return "Steady", "quiet"


def _told(weeks: Sequence[int]) -> str:
    if not any(weeks):
        return f"nobody asked in the last {len(weeks)} weeks"
    return f"{', '.join(map(str, weeks))} questions in the last {len(weeks)} weeks"


def _bars(weeks: Sequence[int]) -> list[Bar]:
    """A column a week; an empty week is a line on the ground."""
    width = (WIDTH - GAP * (len(weeks) - 1)) / max(1, len(weeks))
    most = max(weeks, default=0) or 1
    heights = [max(1.5, round(HEIGHT * count / most, 1)) for count in weeks]
    return [
        Bar(x=n * (width + GAP), y=HEIGHT - height, width=width, height=height)
        for n, height in enumerate(heights)
    ]
