"""A shard folder of Qdrant Edge: filled, stamped with the size of every file, put in its place."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import disk_usage, rmtree
from typing import Any

import qdrant_edge as qdrant

from retrieval.embeddings import SparseVector
from retrieval.errors import IndexUnavailable
from retrieval.index.interface import FORMAT, IndexMissing, Point, batches
from retrieval.models import Edition

STAMP = "stamp.json"
GRAPH_FROM = 20_000
"""From how many chunks on a graph (HNSW) is built over the vectors: comparing with every vector
takes 4 ms there and 20 ms at 100,000, the graph under 1 ms, but building it takes minutes."""
SPACE_BASE = 4 << 20
SPACE_OF_POINT = 2_048
"""Bytes a shard and its journal take, beside the vectors: 1 kB a point was measured."""


# ── building ─────────────────────────────────────────────────────────────────────────────────


def check_space(folder: Path, edition: Edition) -> None:
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


def fill(folder: Path, edition: Edition, points: Iterable[Point]) -> None:
    """Write the points in batches, settle and stamp the shard. Raises ``IndexUnavailable``."""
    with writing(edition):
        shard = _empty_shard(folder, edition.dimension)
    count = 0
    for batch in batches(points):
        with writing(edition):
            shard.update(qdrant.UpdateOperation.upsert_points([_stored(p) for p in batch]))
        count += len(batch)
    with writing(edition):
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
        {"dense": point.dense.tolist(), "sparse": sparse_vector(point.sparse)},
        {"path": point.path, "chapter": point.chapter},
    )


def sparse_vector(vector: SparseVector) -> Any:
    """As the engine takes it."""
    return qdrant.SparseVector(vector.indices.tolist(), vector.values.tolist())


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Tell sweepers that the folder is being built; the system lets it go when the process dies."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def is_held(folder: Path) -> bool:
    """Whether a living process is building the folder."""
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


def put_in_place(place: Path, scratch: Path) -> None:
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


def is_whole(place: Path, edition: Edition) -> bool:
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


def stamp_id(place: Path) -> tuple[int, int] | None:
    """The inode and the time of change of the stamp, ``None`` without one."""
    try:
        status = (place / STAMP).stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns


# ── errors ───────────────────────────────────────────────────────────────────────────────────


def is_engine_error(error: BaseException) -> bool:
    """Edge raises plain ``Exception``; a Rust panic arrives as a ``BaseException`` of its own."""
    return isinstance(error, Exception) or type(error).__name__ == "PanicException"


def missing(edition: Edition, why: str) -> IndexMissing:
    """The error that makes a caller build the index again."""
    return IndexMissing(f"The index of {edition.book.slug} cannot be used: {why}.", "Ingest again.")


@contextmanager
def writing(edition: Edition) -> Iterator[None]:
    """A full or read-only disk, told by the system or by the engine, as our error."""
    try:
        yield
    except BaseException as error:
        if not is_engine_error(error):
            raise
        raise IndexUnavailable(
            f"The index of {edition.book.slug} could not be written: {error}",
            "Is the data folder writable, and is there space left?",
        ) from error
