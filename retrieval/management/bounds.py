"""``--fail-under METRIC=VALUE``: the figures that whoever runs a command wants held."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from django.core.management.base import CommandError


class Bound(NamedTuple):
    """A metric and the value than which it may not be worse."""

    metric: str
    value: float


def add_bounds(parser: ArgumentParser, note: str) -> None:
    """Declare the option; ``note`` tells of the command's metrics."""
    parser.add_argument(
        "--fail-under",
        action="append",
        default=[],
        metavar="METRIC=VALUE",
        help=f"Exit with status 1 when the figure is worse; repeatable. {note}",
    )


def read_bounds(texts: Sequence[str], known: Collection[str] = ()) -> list[Bound]:
    """What the option was given. ``known`` is empty where only a run tells its metrics.

    Raises ``CommandError`` (status 2) for text of another form and for a metric not ``known``.
    """
    return [_read(text, known) for text in texts]


def _read(text: str, known: Collection[str]) -> Bound:
    metric, _, value = text.partition("=")
    if known and metric not in known:
        raise _unknown(metric, known)
    try:
        return Bound(metric, float(value))
    except ValueError:
        raise CommandError(
            f"{text!r} is not METRIC=VALUE, such as {metric or 'metric'}=0.9.", returncode=2
        ) from None


def hold(
    bounds: Sequence[Bound],
    figures: Mapping[str, float],
    lower_is_better: Collection[str] = (),
) -> None:
    """Raises ``CommandError``: status 1 for worse figures, 2 for one that the run did not give."""
    for bound in bounds:
        if bound.metric not in figures:
            raise _unknown(bound.metric, figures)
    missed = [bound for bound in bounds if _is_worse(bound, figures, lower_is_better)]
    if missed:
        told = ", ".join(
            f"{bound.metric} is {figures[bound.metric]:.3f}, not {bound.value:g}"
            for bound in missed
        )
        raise CommandError(f"Threshold missed: {told}.", returncode=1)


def _is_worse(bound: Bound, figures: Mapping[str, float], lower_is_better: Collection[str]) -> bool:
    figure = figures[bound.metric]
    return figure > bound.value if bound.metric in lower_is_better else figure < bound.value


def _unknown(metric: str, known: Collection[str]) -> CommandError:
    return CommandError(
        f"There is no metric {metric!r} here. Known: {', '.join(known)}.", returncode=2
    )
