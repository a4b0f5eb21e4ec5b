"""Qdrant Edge: the engine inside this process, one immutable shard folder for each edition.

A shard is built beside its place, stamped with the size of every file, and renamed into place.
Without a write-ahead log it takes no lock, so any number of processes may read the same folder.
A truncated file makes Edge return fewer hits without a word; the stamp makes it an error.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import disk_usage, rmtree
from threading import Lock
from typing import Any
from uuid import uuid4

import qdrant_edge as qdrant

from retrieval.embeddings import SparseVector
from retrieval.errors import IndexUnavailable
from retrieval.index.fusion import Ranking, fused
from retrieval.index.interface import (
    FORMAT,
    Hit,
    IndexMissing,
    Point,
    Query,
    batches,
    checked,
    conditions,
)
from retrieval.models import Edition

STAMP = "stamp.json"
OPEN_SHARDS = 16
GRAPH_FROM = 20_000
"""From how many chunks on a graph (HNSW) is built over the vectors: comparing with every vector
takes 4 ms there and 20 ms at 100,000, the graph under 1 ms, but building it takes minutes."""
SPACE_BASE = 4 << 20
SPACE_OF_POINT = 2_048
"""Bytes a shard and its journal take, beside the vectors: 1 kB a point was measured."""


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
            with _writing(edition):
                scratch.mkdir(parents=True)
            _check_space(scratch, edition)
            with _held(scratch):
                _fill(scratch, edition, points)
                with _writing(edition):
                    _replace(place, scratch)
        finally:
            rmtree(scratch, ignore_errors=True)

    def search(self, edition: Edition, query: Query) -> list[Hit]:
        asked = checked(edition, query)
        shard = self._shard(edition)
        try:
            dense, sparse = shard.query_batch(_requests(asked))
        except BaseException as error:
            if not _is_engine_error(error):
                raise
            self._distrust(edition)
            raise _missing(edition, f"the shard failed ({error})") from error
        return fused(_ranking(dense), _ranking(sparse))

    def exists(self, edition: Edition) -> bool:
        return _is_whole(self._place(edition), edition)

    def drop(self, edition: Edition) -> None:
        place = self._place(edition)
        with self._lock:
            self._open.pop(place, None)
        for folder in (place, *place.parent.glob(f".{place.name}-*")):
            rmtree(folder, ignore_errors=True)

    def sweep(self, book: str, editions: Collection[int]) -> None:
        kept = {str(number) for number in editions}
        for folder in (self.folder / book).glob("*"):
            if folder.name not in kept and not _is_held(folder):
                rmtree(folder, ignore_errors=True)

    def _place(self, edition: Edition) -> Path:
        return self.folder / edition.book.slug / str(edition.number)

    def _shard(self, edition: Edition) -> Any:
        """The edition's shard, loaded once and again when another process has rebuilt it.

        An evicted shard is closed when the last search that uses it lets it go.
        """
        place = self._place(edition)
        stamp = _stamp_id(place)
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


# ── building ─────────────────────────────────────────────────────────────────────────────────


def _check_space(folder: Path, edition: Edition) -> None:
    """The engine writes through memory maps: on a full disk the system would end the process."""
    vectors = edition.chunk_count * edition.dimension * 4
    needed = SPACE_BASE + edition.chunk_count * SPACE_OF_POINT + 2 * vectors
    free = disk_usage(folder).free
    if free < needed:
        raise IndexUnavailable(
            f"The index of {edition.book.slug} needs about {needed >> 20} MB, and {free >> 20} MB "
            f"are free in {folder.parent}.",
            "Make room, or set RAGBOOK_DATA to another disk.",
        )


def _fill(folder: Path, edition: Edition, points: Iterable[Point]) -> None:
    with _writing(edition):
        shard = _empty_shard(folder, edition.dimension)
    count = 0
    for batch in batches(points):
        with _writing(edition):
            shard.update(qdrant.UpdateOperation.upsert_points([_stored(p) for p in batch]))
        count += len(batch)
    with _writing(edition):
        shard.flush()
        if count >= GRAPH_FROM:
            shard.optimize()
        shard.close()
        _settle(folder)
        _stamp(folder, edition, count)
        for path in [*_files(folder), folder]:
            _sync(path)


def _empty_shard(folder: Path, dimension: int) -> Any:
    shard = qdrant.EdgeShard.create(str(folder), _config(dimension))
    for field in ("path", "chapter"):
        keyword = qdrant.PayloadSchemaType.Keyword
        shard.update(qdrant.UpdateOperation.create_field_index(field, keyword))
    return shard


def _settle(folder: Path) -> None:
    """Load the shard once: the engine then folds its journals away, and readers write nothing."""
    qdrant.EdgeShard.load(str(folder)).close()


def _config(dimension: int) -> Any:
    """Unit vectors, so the dot product is the cosine. One thread: searches hold the GIL anyway."""
    return qdrant.EdgeConfig(
        vectors={"dense": qdrant.EdgeVectorParams(size=dimension, distance=qdrant.Distance.Dot)},
        sparse_vectors={"sparse": qdrant.EdgeSparseVectorParams()},
        wal_enabled=False,
        max_search_threads=1,
    )


def _stored(point: Point) -> Any:
    return qdrant.Point(
        point.chunk_id,
        {"dense": point.dense.tolist(), "sparse": _sparse(point.sparse)},
        {"path": point.path, "chapter": point.chapter},
    )


def _sparse(vector: SparseVector) -> Any:
    return qdrant.SparseVector(vector.indices.tolist(), vector.values.tolist())


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Tell sweepers that the folder is being built; the system lets it go when the process dies."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _is_held(folder: Path) -> bool:
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


def _replace(place: Path, scratch: Path) -> None:
    """Put the built shard in its place; a former one is moved away first, then removed."""
    former = scratch.with_name(f"{scratch.name}-former")
    if place.exists():
        place.rename(former)
    scratch.rename(place)
    rmtree(former, ignore_errors=True)
    _sync(place.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# ── the stamp ────────────────────────────────────────────────────────────────────────────────


def _stamp(folder: Path, edition: Edition, count: int) -> None:
    sizes = {str(file.relative_to(folder)): file.stat().st_size for file in _files(folder)}
    stamp = {"format": FORMAT, "digest": edition.digest, "points": count, "sizes": sizes}
    (folder / STAMP).write_text(json.dumps(stamp), encoding="utf-8")


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def _is_whole(place: Path, edition: Edition) -> bool:
    """Whether the folder holds this edition and every file has the size it was built with."""
    try:
        stamp = json.loads((place / STAMP).read_text(encoding="utf-8"))
        sizes = stamp["sizes"].items()
        built = (stamp["format"], stamp["digest"])
        return built == (FORMAT, edition.digest) and all(
            (place / name).stat().st_size == size for name, size in sizes
        )
    except (OSError, ValueError, LookupError):
        return False


def _stamp_id(place: Path) -> tuple[int, int] | None:
    try:
        status = (place / STAMP).stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns


# ── searching ────────────────────────────────────────────────────────────────────────────────


def _loaded(place: Path, edition: Edition) -> Any:
    if not _is_whole(place, edition):
        raise _missing(edition, "its folder is missing or damaged")
    try:
        return qdrant.EdgeShard.load(str(place))
    except BaseException as error:
        if not _is_engine_error(error):
            raise
        (place / STAMP).unlink(missing_ok=True)
        raise _missing(edition, f"the shard cannot be loaded ({error})") from error


def _requests(query: Query) -> Any:
    chosen = _filter(query)
    vectors = (("dense", query.dense.tolist()), ("sparse", _sparse(query.sparse)))
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


# ── errors ───────────────────────────────────────────────────────────────────────────────────


def _is_engine_error(error: BaseException) -> bool:
    """Edge raises plain ``Exception``; a Rust panic arrives as a ``BaseException`` of its own."""
    return isinstance(error, Exception) or type(error).__name__ == "PanicException"


def _missing(edition: Edition, why: str) -> IndexMissing:
    return IndexMissing(f"The index of {edition.book.slug} cannot be used: {why}.", "Ingest again.")


@contextmanager
def _writing(edition: Edition) -> Iterator[None]:
    """A full or read-only disk, told by the system or by the engine, as our error."""
    try:
        yield
    except BaseException as error:
        if not _is_engine_error(error):
            raise
        raise IndexUnavailable(
            f"The index of {edition.book.slug} could not be written: {error}",
            "Is the data folder writable, and is there space left?",
        ) from error
