"""Qdrant Edge: the engine inside this process, one immutable shard folder for each edition.

A shard is built beside its place, stamped with the size of every file, and renamed into place.
Without a write-ahead log it takes no lock, so any number of processes may read the same folder.
A truncated file makes Edge return fewer hits without a word; the stamp makes it an error.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from threading import Lock
from typing import Any
from uuid import uuid4

import qdrant_edge as qdrant

from retrieval.index.fusion import Ranking, fused
from retrieval.index.interface import Hit, Point, Query, checked, conditions
from retrieval.index.shard import (
    STAMP,
    check_space,
    fill,
    held,
    is_engine_error,
    is_held,
    is_whole,
    missing,
    put_in_place,
    sparse_vector,
    stamp_id,
    writing,
)
from retrieval.models import Edition

OPEN_SHARDS = 16


@dataclass(frozen=True, slots=True)
class _Open:
    """A loaded shard and the stamp file it was loaded under: inode and time of change."""

    shard: Any
    stamp: tuple[int, int]


class EdgeIndex:
    """The shards below one folder: ``<folder>/<book>/<edition number>``. Thread-safe."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._open: OrderedDict[Path, _Open] = OrderedDict()
        self._lock = Lock()

    def build(self, edition: Edition, points: Iterable[Point]) -> None:
        place = self._place(edition)
        scratch = place.with_name(f".{place.name}-{uuid4().hex}")
        try:
            with writing(edition):
                scratch.mkdir(parents=True)
            check_space(scratch, edition)
            with held(scratch):
                fill(scratch, edition, points)
                with writing(edition):
                    put_in_place(place, scratch)
        finally:
            rmtree(scratch, ignore_errors=True)

    def search(self, edition: Edition, query: Query) -> list[Hit]:
        asked = checked(edition, query)
        shard = self._shard(edition)
        try:
            dense, sparse = shard.query_batch(_requests(asked))
        except BaseException as error:
            if not is_engine_error(error):
                raise
            self._distrust(edition)
            raise missing(edition, f"the shard failed ({error})") from error
        return fused(_ranking(dense), _ranking(sparse))

    def exists(self, edition: Edition) -> bool:
        return is_whole(self._place(edition), edition)

    def drop(self, edition: Edition) -> None:
        place = self._place(edition)
        with self._lock:
            self._open.pop(place, None)
        for folder in (place, *place.parent.glob(f".{place.name}-*")):
            rmtree(folder, ignore_errors=True)

    def sweep(self, book: str, editions: Collection[int]) -> None:
        kept = {str(number) for number in editions}
        for folder in (self.folder / book).glob("*"):
            if folder.name not in kept and not is_held(folder):
                rmtree(folder, ignore_errors=True)

    def _place(self, edition: Edition) -> Path:
        return self.folder / edition.book.slug / str(edition.number)

    def _shard(self, edition: Edition) -> Any:
        """The edition's shard, loaded once and again when another process has rebuilt it.

        An evicted shard is closed when the last search that uses it lets it go.
        """
        place = self._place(edition)
        stamp = stamp_id(place)
        with self._lock:
            known = self._open.get(place)
            if known is None or stamp is None or known.stamp != stamp:
                self._open.pop(place, None)
                known = self._open[place] = _Open(_loaded(place, edition), stamp or (0, 0))
            self._open.move_to_end(place)
            while len(self._open) > OPEN_SHARDS:
                self._open.popitem(last=False)
            return known.shard

    def _distrust(self, edition: Edition) -> None:
        """Make a shard that failed count as missing, here and for other processes."""
        place = self._place(edition)
        with self._lock:
            self._open.pop(place, None)
        (place / STAMP).unlink(missing_ok=True)


# ── searching ────────────────────────────────────────────────────────────────────────────────


def _loaded(place: Path, edition: Edition) -> Any:
    if not is_whole(place, edition):
        raise missing(edition, "its folder is missing or damaged")
    try:
        return qdrant.EdgeShard.load(str(place))
    except BaseException as error:
        if not is_engine_error(error):
            raise
        (place / STAMP).unlink(missing_ok=True)
        raise missing(edition, f"the shard cannot be loaded ({error})") from error


def _requests(query: Query) -> Any:
    chosen = _filter(query)
    vectors = (("dense", query.dense.tolist()), ("sparse", sparse_vector(query.sparse)))
    return qdrant.QueryBatchRequest(
        [
            qdrant.QueryRequest(
                limit=query.limit, query=qdrant.Query.Nearest(vector, name), filter=chosen
            )
            for name, vector in vectors
        ]
    )


def _filter(query: Query) -> Any:
    wanted = conditions(query).items()
    must: list[Any] = [
        qdrant.FieldCondition(name, match=qdrant.MatchValue(value)) for name, value in wanted
    ]
    return qdrant.Filter(must=must) if must else None


def _ranking(points: Iterable[Any]) -> Ranking:
    return [(point.id, point.score) for point in points]
