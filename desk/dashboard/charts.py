"""Columns of stacked parts as coordinates; the template draws them as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 440.0
HEIGHT: Final = 130.0
GAP: Final = 0.22
MOST_LABELS: Final = 7


@dataclass(frozen=True, slots=True)
class Series:
    """A kind of part: ``name`` in the legend, ``tone`` its colour, one value a column."""

    name: str
    tone: str
    values: Sequence[float]


@dataclass(frozen=True, slots=True)
class Part:
    tone: str
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Column:
    """``label`` is below the column, or empty where there is no room for it."""

    x: float
    width: float
    centre: float
    label: str
    told: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Line:
    y: float
    label: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart and the same figures as rows of a table."""

    title: str
    unit: str
    series: tuple[Series, ...]
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]

    @property
    def empty(self) -> bool:
        return not any(value for it in self.series for value in it.values)


def stacked(title: str, names: Sequence[str], *series: Series, unit: str = "") -> Chart:
    """A chart of one column a name. With ``unit`` "%" the columns are as high as 100."""
    top = 100.0 if unit == "%" else _round_up(max(map(sum, _across(series)), default=0))
    step = WIDTH / max(1, len(names))
    every = -(-len(names) // MOST_LABELS)
    return Chart(
        title=title,
        unit=unit,
        series=series,
        columns=tuple(
            Column(
                x=n * step + step * GAP / 2,
                width=step * (1 - GAP),
                centre=(n + 0.5) * step,
                label=name if n % every == 0 else "",
                told=_told(name, series, n, unit),
                parts=tuple(_parts(series, n, top)),
            )
            for n, name in enumerate(names)
        ),
        lines=tuple(Line(HEIGHT * (1 - it), f"{top * it:,.0f}{unit}") for it in (0, 0.5, 1)),
        rows=tuple(
            (name, tuple(_figure(it.values[n], unit) for it in series))
            for n, name in enumerate(names)
        ),
    )


def _across(series: Sequence[Series]) -> list[tuple[float, ...]]:
    return list(zip(*(it.values for it in series), strict=True))


def _parts(series: Sequence[Series], n: int, top: float) -> list[Part]:
    parts, y = [], HEIGHT
    for it in series:
        height = HEIGHT * it.values[n] / top
        y -= height
        if height:
            parts.append(Part(it.tone, y, height))
    return parts


def _told(name: str, series: Sequence[Series], n: int, unit: str) -> str:
    """What appears when the mouse rests on the column."""
    said = [f"{_figure(it.values[n], unit)} {it.name.lower()}" for it in series if it.values[n]]
    return f"{name}: {', '.join(said) or 'nothing'}"


def _round_up(value: float) -> float:
    """The next round number whose half is round too."""
    size = 10 ** (len(str(int(value))) - 1)
    steps = (2, 4, 6, 8, 10) if size == 1 else (1, 2, 4, 6, 8, 10)
    return float(next(step * size for step in steps if step * size >= value))


def _figure(value: float, unit: str) -> str:
    return f"{value:,.0f}{unit}"
