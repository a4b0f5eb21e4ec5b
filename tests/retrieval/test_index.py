"""The promises of the index, kept by both engines alike."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytest_django import DjangoAssertNumQueries
from qdrant_client import QdrantClient

from retrieval import index as index_package
from retrieval.embeddings import SparseVector
from retrieval.errors import IndexUnavailable
from retrieval.index import Hit, Index, IndexMissing, Point, Query, chapter_of, index, rebuild
from retrieval.index.edge import EdgeIndex
from retrieval.index.fusion import fused
from retrieval.index.server import ServerIndex, connection
from retrieval.models import Book, Edition
from tests.retrieval.factories import book_of

DIMENSION = 8


def edition_of(slug: str, number: int = 1, points: int = 3, digest: str = "one") -> Edition:
    """An edition that needs no database."""
    book = Book(slug=slug, language="en")
    return Edition(
        book=book,
        number=number,
        dimension=DIMENSION,
        embedding="bundled",
        chunk_count=points,
        digest=digest,
    )


def unit(*values: float) -> np.ndarray[Any, np.dtype[np.float32]]:
    vector = np.zeros(DIMENSION, np.float32)
    vector[: len(values)] = values
    return np.asarray(vector / np.linalg.norm(vector), np.float32)


def sparse(**terms: float) -> SparseVector:
    ids = sorted((sum(map(ord, term)), weight) for term, weight in terms.items())
    return SparseVector(
        np.array([term for term, _ in ids], np.uint32),
        np.array([weight for _, weight in ids], np.float32),
    )


def point(chunk_id: int, path: str = "guide/nodes.md", *values: float, **terms: float) -> Point:
    return Point(chunk_id, path, chapter_of(path), unit(*(values or (1.0,))), sparse(**terms))


def query(*values: float, limit: int = 10, **terms: float) -> Query:
    return Query(unit(*values), sparse(**terms), limit)


POINTS = [
    point(1, "guide/nodes.md", 1.0, 0.0, node=2.0),
    point(2, "guide/topics.md", 0.7, 0.7, topic=2.0),
    point(3, "extra/intro.md", 0.0, 1.0, topic=1.0, node=0.5),
]


@pytest.fixture(params=["edge", "server"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Index]:
    if request.param == "edge":
        yield EdgeIndex(tmp_path / "index")
        return
    client = QdrantClient(":memory:")
    yield ServerIndex(lambda: client)
    client.close()


# The server engine's double says that payload indexes do nothing in it.
pytestmark = pytest.mark.filterwarnings("ignore:Payload indexes have no effect:UserWarning")


def ids(hits: list[Hit]) -> list[int]:
    return [hit.chunk_id for hit in hits]


def test_the_nearest_and_best_matching_point_comes_first(engine: Index) -> None:
    edition = edition_of("robots")
    engine.build(edition, POINTS)
    hits = engine.search(edition, query(1.0, 0.0, node=1.0))
    assert ids(hits) == [1, 3, 2] or ids(hits) == [1, 2, 3]
    assert hits[0].dense == pytest.approx(1.0, abs=1e-5)
    assert hits[0].sparse == pytest.approx(2.0)
    assert hits[0].score == pytest.approx(1.0)


def test_both_engines_give_equal_hits(tmp_path: Path) -> None:
    client = QdrantClient(":memory:")
    edition = edition_of("robots", points=40)
    rng = np.random.default_rng(7)
    points = [
        Point(n, f"p{n % 5}.md", "", unit(*rng.random(DIMENSION)), sparse(**{f"t{n % 7}": 1.0 + n}))
        for n in range(1, 41)
    ]
    asked = query(*rng.random(DIMENSION), t1=1.5, t3=0.5, limit=20)
    engines: list[Index] = [EdgeIndex(tmp_path), ServerIndex(lambda: client)]
    found = []
    for engine in engines:
        engine.build(edition, points)
        found.append(engine.search(edition, asked))
    client.close()
    assert ids(found[0]) == ids(found[1])
    assert [h.score for h in found[0]] == pytest.approx([h.score for h in found[1]], abs=1e-4)


def test_a_search_can_be_confined_to_a_page_or_a_chapter(engine: Index) -> None:
    edition = edition_of("robots")
    engine.build(edition, POINTS)
    asked = query(1.0, 1.0, topic=1.0)
    assert ids(engine.search(edition, replace(asked, path="guide/topics.md"))) == [2]
    assert set(ids(engine.search(edition, replace(asked, chapter="guide")))) == {1, 2}
    assert engine.search(edition, replace(asked, path="no/such.md")) == []


def test_no_book_and_no_edition_ever_sees_the_points_of_another(engine: Index) -> None:
    robots, older, other = edition_of("robots", 2, 1), edition_of("robots", 1, 1), edition_of("x")
    engine.build(robots, [point(10, "a.md", 1.0, word=1.0)])
    engine.build(older, [point(11, "a.md", 1.0, word=1.0)])
    engine.build(other, [point(12, "a.md", 1.0, word=1.0)])
    asked = query(1.0, word=1.0)
    assert ids(engine.search(robots, asked)) == [10]
    assert ids(engine.search(older, asked)) == [11]
    assert ids(engine.search(other, asked)) == [12]


def test_building_again_replaces_what_was_there(engine: Index) -> None:
    edition = edition_of("robots")
    engine.build(edition, POINTS)
    assert len(engine.search(edition, query(1.0))) == 3
    smaller = edition_of("robots", points=1)
    engine.build(smaller, POINTS[1:2])
    assert ids(engine.search(smaller, query(1.0))) == [2]
    assert engine.exists(smaller)


def test_a_dropped_edition_is_missing_and_dropping_it_again_does_nothing(engine: Index) -> None:
    edition = edition_of("robots")
    assert not engine.exists(edition)
    engine.drop(edition)
    engine.build(edition, POINTS)
    assert engine.exists(edition)
    engine.drop(edition)
    assert not engine.exists(edition)
    with pytest.raises(IndexMissing):
        engine.search(edition, query(1.0))


def test_a_sweep_forgets_all_editions_of_a_book_but_those_named(engine: Index) -> None:
    editions = [edition_of("robots", number) for number in (1, 2, 3)]
    other = edition_of("novels", 1)
    for chunk_id, edition in enumerate((*editions, other), 1):
        engine.build(edition, [point(chunk_id), point(chunk_id + 10), point(chunk_id + 20)])
    engine.sweep("robots", {2})
    assert [engine.exists(edition) for edition in editions] == [False, True, False]
    assert engine.exists(other)
    engine.sweep("nothing-of-this-name", set())


def test_an_edition_that_was_never_built_is_missing(engine: Index) -> None:
    with pytest.raises(IndexMissing):
        engine.search(edition_of("nowhere"), query(1.0))


def test_a_vector_that_is_not_finite_or_of_another_size_is_refused(engine: Index) -> None:
    edition = edition_of("robots")
    engine.build(edition, POINTS)
    with pytest.raises(IndexUnavailable, match="not finite"):
        engine.search(edition, replace(query(1.0), dense=np.full(DIMENSION, np.nan, np.float32)))
    with pytest.raises(IndexUnavailable, match="dimensions"):
        engine.search(edition, replace(query(1.0), dense=np.ones(3, np.float32)))


def test_points_are_read_in_batches_and_all_arrive(engine: Index) -> None:
    edition = edition_of("robots", points=600)
    engine.build(edition, (point(n, "a.md", 1.0, n / 600, word=1.0) for n in range(1, 601)))
    assert engine.exists(edition)
    assert ids(engine.search(edition, query(1.0, 1.0, limit=1)))[0] == 600


def test_a_query_without_known_words_is_answered_by_nearness_alone(engine: Index) -> None:
    edition = edition_of("robots")
    engine.build(edition, POINTS)
    nothing = SparseVector(np.array([], np.uint32), np.array([], np.float32))
    hits = engine.search(edition, replace(query(0.0, 1.0), sparse=nothing))
    assert ids(hits) == [3, 2, 1]


# ── Edge ─────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def edge(tmp_path: Path) -> EdgeIndex:
    return EdgeIndex(tmp_path / "index")


def shard_of(edge: EdgeIndex) -> Path:
    return edge.folder / "robots" / "1"


def test_every_truncated_or_deleted_file_is_noticed(edge: EdgeIndex) -> None:
    edition = edition_of("robots")
    edge.build(edition, POINTS)
    files = [path for path in shard_of(edge).rglob("*") if path.is_file() and path.stat().st_size]
    assert len(files) > 20
    for file in files:
        whole = file.read_bytes()
        file.write_bytes(whole[: len(whole) // 2])
        assert not edge.exists(edition), file
        file.unlink()
        assert not EdgeIndex(edge.folder).exists(edition), file
        file.write_bytes(whole)
    assert edge.exists(edition)


def test_a_config_that_the_engine_cannot_read_means_the_index_is_missing(edge: EdgeIndex) -> None:
    edition = edition_of("robots")
    edge.build(edition, POINTS)
    config = shard_of(edge) / "edge_config.json"
    config.write_text("{" * config.stat().st_size)
    with pytest.raises(IndexMissing, match="cannot be loaded"):
        edge.search(edition, query(1.0))
    assert not edge.exists(edition)


def test_a_panic_inside_the_engine_means_the_index_is_missing(edge: EdgeIndex) -> None:
    edition = edition_of("robots")
    edge.build(edition, POINTS)
    flags = next(shard_of(edge).rglob("vector_storage-dense/deleted/status.dat"))
    stamp = shard_of(edge) / "stamp.json"
    flags.write_bytes(b"")
    told = json.loads(stamp.read_text())
    told["sizes"][str(flags.relative_to(shard_of(edge)))] = 0
    stamp.write_text(json.dumps(told))  # damage that the stamp does not show
    with pytest.raises(IndexMissing):
        edge.search(edition, query(1.0))
    assert not edge.exists(edition)


def test_an_index_of_other_content_under_the_same_number_is_missing(edge: EdgeIndex) -> None:
    edge.build(edition_of("robots", digest="one"), POINTS)
    with pytest.raises(IndexMissing):
        edge.search(edition_of("robots", digest="two"), query(1.0))


def test_a_large_book_is_searched_by_a_graph_and_finds_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(7)
    size = 1_200
    edition = edition_of("robots", points=size)
    points = [
        Point(n, f"p{n % 5}.md", "", unit(*rng.normal(size=DIMENSION)), sparse(t1=1.0 + n))
        for n in range(1, size + 1)
    ]
    plain, graph = EdgeIndex(tmp_path / "plain"), EdgeIndex(tmp_path / "graph")
    plain.build(edition, points)
    monkeypatch.setattr("retrieval.index.shard.GRAPH_FROM", size)
    graph.build(edition, points)

    asked = query(*rng.normal(size=DIMENSION), t1=1.5, limit=10)
    assert ids(graph.search(edition, asked)) == ids(plain.search(edition, asked))


def test_a_shard_rebuilt_by_another_process_is_opened_anew(edge: EdgeIndex) -> None:
    edition = edition_of("robots")
    edge.build(edition, POINTS)
    assert len(edge.search(edition, query(1.0))) == 3
    EdgeIndex(edge.folder).build(edition, POINTS[:1])
    assert ids(edge.search(edition, query(1.0))) == [1]


def test_a_failed_build_leaves_the_former_index_and_no_scrap(edge: EdgeIndex) -> None:
    edition = edition_of("robots")
    edge.build(edition, POINTS)

    def broken() -> Iterator[Point]:
        yield POINTS[0]
        raise RuntimeError("the source broke")

    with pytest.raises(RuntimeError, match="the source broke"):
        edge.build(edition, broken())
    assert len(edge.search(edition, query(1.0))) == 3
    assert [path.name for path in (edge.folder / "robots").iterdir()] == ["1"]


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "index").write_text("a file, not a folder")
    with pytest.raises(IndexUnavailable, match="could not be written"):
        EdgeIndex(tmp_path / "index").build(edition_of("robots"), POINTS)


def test_a_point_that_the_engine_refuses_is_told(edge: EdgeIndex) -> None:
    short = replace(POINTS[0], dense=np.ones(3, np.float32))
    with pytest.raises(IndexUnavailable, match="could not be written"):
        edge.build(edition_of("robots"), [short])


def test_scraps_of_a_killed_build_go_with_the_edition(edge: EdgeIndex) -> None:
    edition = edition_of("robots")
    edge.build(edition, POINTS)
    scrap = edge.folder / "robots" / ".1-killed"
    scrap.mkdir()
    edge.drop(edition)
    assert not scrap.exists()


def test_only_a_few_shards_stay_open(edge: EdgeIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retrieval.index.edge.OPEN_SHARDS", 2)
    editions = [edition_of("robots", number) for number in range(1, 5)]
    for edition in editions:
        edge.build(edition, POINTS)
    for edition in editions * 2:
        assert len(edge.search(edition, query(1.0))) == 3
        assert len(edge._open) <= 2


def test_many_threads_search_while_editions_come_and_go(edge: EdgeIndex) -> None:
    edition = edition_of("robots")
    edge.build(edition, POINTS)
    failures: list[BaseException] = []

    def ask() -> None:
        try:
            for _ in range(100):
                assert len(edge.search(edition, query(1.0, 0.5, node=1.0))) == 3
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for number in range(2, 6):
        passing = edition_of("robots", number)
        edge.build(passing, POINTS)
        edge.search(passing, query(1.0))
        edge.drop(passing)
    for thread in threads:
        thread.join()
    assert failures == []


# ── the server ───────────────────────────────────────────────────────────────────────────────


class Faulty(BaseHTTPRequestHandler):
    """A Qdrant server that answers everything in one wrong way."""

    status = 500
    body = b"{}"
    headers_to_send: dict[str, str] = {}

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(self.status)
        for name, value in self.headers_to_send.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_PUT(self) -> None:
        self._answer()

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def faulty() -> Iterator[Callable[..., Index]]:
    servers: list[HTTPServer] = []

    def start(status: int, body: bytes = b"{}", **headers: str) -> Index:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        fault = {"status": status, "body": body, "headers_to_send": named}
        server = HTTPServer(("127.0.0.1", 0), type("Fault", (Faulty,), fault))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return ServerIndex(connection(f"http://127.0.0.1:{server.server_port}", ""))

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("status", "body", "headers"),
    [
        (500, b"{}", {}),
        (503, b"<html>", {}),
        (429, b'{"status": {"error": "slow down"}}', {"Retry_After": "3"}),
        (429, b"{}", {"Retry_After": "soon"}),
        (429, b"{}", {}),
        (200, b"not json", {}),
        (200, b'{"result": 5}', {}),
    ],
)
def test_every_wrong_answer_of_a_server_means_unavailable(
    faulty: Callable[..., Index], status: int, body: bytes, headers: dict[str, str]
) -> None:
    engine, edition = faulty(status, body, **headers), edition_of("robots")
    for call in (
        lambda: engine.search(edition, query(1.0)),
        lambda: engine.exists(edition),
        lambda: engine.build(edition, POINTS),
    ):
        with pytest.raises(IndexUnavailable, match="no usable answer") as caught:
            call()
        assert not isinstance(caught.value, IndexMissing)


def test_a_server_without_the_collection_means_missing(faulty: Callable[..., Index]) -> None:
    engine = faulty(404, b'{"status": {"error": "Not found: Collection"}}')
    with pytest.raises(IndexMissing):
        engine.search(edition_of("robots"), query(1.0))
    assert not engine.exists(edition_of("robots"))


def test_a_server_that_is_not_there_means_unavailable() -> None:
    engine = ServerIndex(connection("http://127.0.0.1:1", ""))
    with pytest.raises(IndexUnavailable, match="QDRANT_URL"):
        engine.search(edition_of("robots"), query(1.0))


def test_editions_of_one_model_share_a_collection_and_other_models_have_their_own() -> None:
    client = QdrantClient(":memory:")
    engine = ServerIndex(lambda: client)
    openai = edition_of("more")
    openai.embedding = "openai:text-embedding-3-small"
    for edition in (edition_of("robots"), edition_of("more", 2), openai):
        engine.build(edition, POINTS)
    names = {collection.name for collection in client.get_collections().collections}
    client.close()
    assert names == {"chunks2_bundled_8", "chunks2_openai-text-embedding-3-small_8"}


def test_a_collection_is_spread_as_told_and_has_a_graph_for_each_book(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The local client takes the server's options, of the same types, and leaves them unused."""
    client = QdrantClient(":memory:")
    made: dict[str, Any] = {}
    create = client.create_collection

    def watched(name: str, **options: Any) -> bool:
        made.update(options)
        return create(name, **options)

    monkeypatch.setattr(client, "create_collection", watched)
    indexed: dict[str, Any] = {}
    monkeypatch.setattr(
        client,
        "create_payload_index",
        lambda _, field, schema, **__: indexed.update({field: schema}),
    )
    ServerIndex(lambda: client, shards=6, replicas=2).build(edition_of("robots"), POINTS)
    client.close()
    assert (made["shard_number"], made["replication_factor"]) == (6, 2)
    assert (made["hnsw_config"].m, made["hnsw_config"].payload_m) == (0, 16)
    assert [field for field, schema in indexed.items() if schema.enable_hnsw is not False] == [
        "book"
    ]
    assert indexed["book"].is_tenant


# ── fusion, chapters, and the rows ───────────────────────────────────────────────────────────


def test_a_hit_of_one_ranking_that_is_far_ahead_stays_on_top() -> None:
    dense = [(n, 0.5 - n / 1000) for n in range(1, 60)]
    hits = fused(dense, [(99, 20.0), (1, 1.0)])
    assert ids(hits)[:2] == [1, 99]
    assert hits[1].dense is None


def test_two_passages_that_differ_little_are_not_driven_apart() -> None:
    near, far = fused([(1, 0.51), (2, 0.50)], [])
    assert near.score - far.score < 0.03


def test_equal_hits_keep_one_order() -> None:
    assert ids(fused([(7, 0.5), (3, 0.5)], [(3, 1.0), (7, 1.0)])) == [3, 7]
    assert fused([], []) == []


@pytest.mark.parametrize(
    ("path", "chapter"),
    [
        ("Tutorials/Launch/Basics.rst", "Tutorials/Launch"),
        ("Tutorials/Topics/Topics.rst", "Tutorials"),
        ("guide/topics/index.md", "guide"),
        ("guide/README.md", ""),
        ("intro.md", ""),
    ],
)
def test_a_chapter_is_the_folder_that_holds_the_page(path: str, chapter: str) -> None:
    assert chapter_of(path) == chapter


@pytest.mark.django_db
def test_an_index_is_rebuilt_from_rows_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retrieval.index.BATCH", 2)
    pages = {f"guide/p{n}.md": {f"Page {n}": f"Text number {n}."} for n in range(5)}
    edition = book_of("robots", pages)
    rebuild(edition)
    assert index().exists(edition)
    points = list(index_package.points(edition))
    assert [point.path for point in points] == sorted(pages)
    assert {point.chapter for point in points} == {"guide"}
    hits = index().search(edition, Query(points[3].dense, points[3].sparse, 10))
    assert ids(hits)[0] == points[3].chunk_id


@pytest.mark.django_db
def test_a_batch_of_chunks_is_one_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    pages = {f"p{n}.md": {f"Page {n}": f"Text number {n}."} for n in range(5)}
    edition = book_of("robots", pages)

    with django_assert_num_queries(2):  # the second one finds that there are no more
        assert len(list(index_package.points(edition))) == 5


@pytest.mark.django_db
def test_the_settings_choose_the_engine(settings: Any) -> None:
    assert isinstance(index(), EdgeIndex)
    assert index() is index()
    settings.QDRANT_URL = "http://127.0.0.1:6333"
    assert isinstance(index(), ServerIndex)
