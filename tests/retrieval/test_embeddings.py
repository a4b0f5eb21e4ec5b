"""The encoders give vectors whose neighbours mean something, the same ones however texts come."""

from __future__ import annotations

import json
import shutil
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from django.conf import settings as django_settings
from fastembed.sparse.bm25 import Bm25

from retrieval.embeddings import Embedder, SparseVector, embedder, sparse, token_vectors
from retrieval.embeddings.endpoint import OpenAIEmbedder
from retrieval.embeddings.files import verify
from retrieval.embeddings.local import BATCH_TOKENS, batches_by_length
from retrieval.errors import EmbeddingError

QUESTION = "How do I start several nodes at once?"
RELATED = "A launch file starts many nodes together with one command."
UNRELATED = "Let the bread dough rest in a warm place until it has doubled in size."
LONG = "The transform tree connects every frame of the robot with its parent. " * 12


@pytest.fixture(scope="module")
def bundled() -> Embedder:
    return embedder("bundled")


def dot(query: SparseVector, passage: SparseVector) -> float:
    _, ours, theirs = np.intersect1d(query.indices, passage.indices, return_indices=True)
    return float(query.values[ours] @ passage.values[theirs])


class TestBundled:
    def test_says_what_it_is(self, bundled: Embedder) -> None:
        assert (bundled.name, bundled.dimension) == ("bundled", 384)

    def test_related_texts_are_nearer_than_unrelated_ones(self, bundled: Embedder) -> None:
        near, far = bundled.embed_passages([RELATED, UNRELATED]) @ bundled.embed_query(QUESTION)
        assert near > far + 0.3

    def test_every_vector_has_length_one(self, bundled: Embedder) -> None:
        vectors = bundled.embed_passages([RELATED, "", LONG, "Ünïcödé 🤖"])
        assert vectors.shape == (4, 384)
        assert vectors.dtype == np.float32
        assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)

    def test_a_question_and_a_passage_of_the_same_words_have_one_vector(
        self, bundled: Embedder
    ) -> None:
        assert bundled.embed_passages([RELATED])[0] == pytest.approx(
            bundled.embed_query(RELATED), abs=1e-5
        )

    def test_no_texts_give_an_empty_table(self, bundled: Embedder) -> None:
        assert bundled.embed_passages([]).shape == (0, 384)

    def test_vectors_keep_the_order_of_the_texts_and_ignore_their_batch(
        self, bundled: Embedder
    ) -> None:
        texts = [f"{LONG[: 7 * i]} number {i}" for i in range(90)]
        together = bundled.embed_passages(texts)
        alone = np.stack([bundled.embed_query(text) for text in texts])
        assert (together * alone).sum(1).min() > 0.9999

    def test_agrees_with_the_float_model_as_recorded(self) -> None:
        folder = Path(django_settings.RAGBOOK_WEIGHTS) / "all-minilm-l6-v2"
        report = json.loads((folder / "agreement.json").read_text())
        assert report["int8_against_torch"]["mean_cosine"] > 0.997
        assert report["int8_against_torch"]["min_cosine_batched"] > 0.9999

    def test_gives_the_vector_of_the_published_float_model(self, bundled: Embedder) -> None:
        # Computed with the float weights in torch (Reference of weights/minilm/agreement.py).
        expected = [-0.0073, -0.0151, -0.0332, 0.0507, 0.0642, -0.0456, 0.0148, -0.0257, 0.0485]
        found = bundled.embed_query("A node is a process that performs one task.")
        assert found[: len(expected)] == pytest.approx(expected, abs=0.005)

    def test_a_text_that_cannot_be_encoded_fails_the_whole_call(self, bundled: Embedder) -> None:
        with pytest.raises(TypeError):
            bundled.embed_passages([LONG] * 20 + ["\ud800"])

    def test_threads_share_one_model(self, bundled: Embedder) -> None:
        expected = bundled.embed_query(QUESTION)
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(bundled.embed_query, [QUESTION] * 32))
        assert all(np.array_equal(vector, expected) for vector in found)
        assert embedder("bundled") is bundled


class TestTokenVectors:
    def test_each_token_has_its_place_and_a_unit_vector(self) -> None:
        first, second = token_vectors(["tf2 looks up frames", LONG])
        assert [("tf2 looks up frames"[a:b]) for a, b in first.spans] == [
            "t", "f", "2", "looks", "up", "frames",
        ]  # fmt: skip
        assert second.vectors.shape == (len(second.spans), 384)
        assert np.linalg.norm(second.vectors, axis=1) == pytest.approx(1, abs=1e-5)

    def test_a_word_is_nearest_to_the_word_that_means_the_same(self) -> None:
        short, long = token_vectors(["the car stopped", "an automobile halted near the tree"])
        words = ["an automobile halted near the tree"[a:b] for a, b in long.spans]
        car = short.vectors[1] @ long.vectors.T
        assert words[int(car.argmax())] == "automobile"


class TestBatches:
    def test_every_text_is_in_one_batch(self) -> None:
        texts = ["word " * (i * 37 % 400) for i in range(200)]
        assert sorted(i for batch in batches_by_length(texts) for i in batch) == list(range(200))

    def test_padding_stays_within_the_budget(self) -> None:
        texts = ["word " * (i * 37 % 400) for i in range(200)]
        for batch in batches_by_length(texts):
            longest = min(max(len(texts[i]) for i in batch) // 3 + 2, 512)
            assert len(batch) == 1 or longest * len(batch) <= BATCH_TOKENS


class TestUnusable:
    @pytest.mark.parametrize("name", ["", "bundle", "fastembed:", "openai:", "cohere:embed-v3"])
    def test_an_unknown_name_tells_the_known_ones(self, name: str) -> None:
        with pytest.raises(EmbeddingError) as caught:
            embedder(name)
        assert "bundled, fastembed:<model> or openai:<model>" in caught.value.hint

    def test_a_model_fastembed_does_not_know_is_named(self) -> None:
        with pytest.raises(EmbeddingError, match="'nobody/nothing'"):
            embedder("fastembed:nobody/nothing")

    def test_a_damaged_file_is_refused(self, tmp_path: Path, settings: Any) -> None:
        settings.RAGBOOK_WEIGHTS = copied_weights(tmp_path)
        with (tmp_path / "all-minilm-l6-v2" / "tokenizer.json").open("a") as file:
            file.write(" ")
        with pytest.raises(EmbeddingError, match=r"tokenizer\.json is damaged"):
            embedder("bundled")

    def test_a_missing_file_is_named(self, tmp_path: Path, settings: Any) -> None:
        settings.RAGBOOK_WEIGHTS = copied_weights(tmp_path)
        (tmp_path / "all-minilm-l6-v2" / "model.onnx").unlink()
        with pytest.raises(EmbeddingError, match=r"model\.onnx cannot be read") as caught:
            token_vectors(["text"])
        assert "minilm/export.py" in caught.value.hint

    def test_a_folder_without_weights_is_an_error(self, tmp_path: Path, settings: Any) -> None:
        settings.RAGBOOK_WEIGHTS = tmp_path
        with pytest.raises(EmbeddingError, match="SHA256SUMS cannot be read"):
            sparse("en")

    def test_a_folder_without_checksums_is_an_error(self, tmp_path: Path) -> None:
        (tmp_path / "SHA256SUMS").write_text("")
        with pytest.raises(EmbeddingError, match="names no file of bm25"):
            verify(tmp_path, "bm25")


def copied_weights(target: Path) -> Path:
    shutil.copytree(django_settings.RAGBOOK_WEIGHTS, target, dirs_exist_ok=True)
    return target


def test_models_are_loaded_and_used_without_any_connection(
    tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.RAGBOOK_WEIGHTS = tmp_path / "weights"  # a new place, so that all is loaded anew
    settings.RAGBOOK_WEIGHTS.symlink_to(django_settings.BASE_DIR / "weights")
    asked: list[str] = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *rest, **more: asked.append(host))
    monkeypatch.setattr(socket.socket, "connect", lambda self, address: asked.append(address))
    assert embedder("bundled").embed_query(QUESTION).shape == (384,)
    assert sparse("fr").query("le robot").indices.size == 1
    assert asked == []


class TestSparse:
    def test_a_shared_stem_matches_and_strange_words_do_not(self) -> None:
        english = sparse("en")
        query = english.query("launching nodes")
        related, unrelated = english.passages([RELATED, UNRELATED])
        assert dot(query, related) > 0
        assert dot(query, unrelated) == 0

    def test_more_of_a_term_in_less_text_weighs_more(self) -> None:
        english = sparse("en")
        query = english.query("frame")
        once, twice, diluted = english.passages(["frame", "frame frame", "frame " + "robot " * 200])
        assert dot(query, twice) > dot(query, once) > dot(query, diluted)

    def test_a_question_counts_each_term_once(self) -> None:
        query = sparse("en").query("topic topics TOPIC?")
        assert query.values.tolist() == [1.0]
        assert query.indices.dtype == np.uint32

    def test_indices_ascend(self) -> None:
        (passage,) = sparse("en").passages([LONG + RELATED + UNRELATED])
        assert (np.diff(passage.indices.astype(np.int64)) > 0).all()

    @pytest.mark.parametrize("text", ["", "the of and", "!?"])
    def test_text_without_terms_has_an_empty_vector(self, text: str) -> None:
        assert sparse("en").query(text).indices.size == 0
        assert sparse("en").passages([text])[0].indices.size == 0

    def test_the_language_chooses_stems_and_stop_words(self) -> None:
        german = sparse("de-AT")
        assert dot(german.query("die Knoten"), german.passages(["Zwei Knotens"])[0]) > 0
        assert german.query("die und nicht").indices.size == 0
        assert sparse("en").query("die und nicht").indices.size == 3

    @pytest.mark.parametrize(
        ("tag", "name"), [("en", "english"), ("tr", "turkish"), ("el", "greek")]
    )
    def test_terms_and_weights_are_those_of_the_engines_own_model(
        self, tag: str, name: str
    ) -> None:
        folder = str(django_settings.RAGBOOK_WEIGHTS / "bm25")
        model = Bm25("Qdrant/bm25", cache_dir=folder, specific_model_path=folder, language=name)
        strange = (
            "tf2_ros::Buffer _ __ İSTANBUL 10.5 ΑΣ.Β ΟΔΟΣ Straße e\u0301 机器人 ① ½ " + "x" * 41
        )
        texts = [RELATED, UNRELATED, LONG, strange, "".join(map(chr, range(0x2000)))]
        for ours, theirs in zip(sparse(tag).passages(texts), model.raw_embed(texts), strict=True):
            order = np.argsort(theirs.indices)
            assert ours.indices.tolist() == theirs.indices[order].tolist()
            assert ours.values.tolist() == theirs.values[order].astype(np.float32).tolist()

    def test_a_language_without_stop_words_is_stemmed(self) -> None:
        assert sparse("ta").query("the").indices.size == 1

    def test_an_unknown_language_matches_whole_words(self) -> None:
        urdu = sparse("ur")
        (passage,) = urdu.passages(["روبوٹ ایک مشین ہے"])
        assert dot(urdu.query("روبوٹ"), passage) > 0

    def test_one_encoder_serves_all_tags_of_a_language(self) -> None:
        assert sparse("en-GB") is sparse("EN")

    def test_no_stop_word_list_has_upper_case_or_blank_words(self) -> None:
        for path in (Path(django_settings.RAGBOOK_WEIGHTS) / "bm25").glob("*.txt"):
            words = path.read_text("utf-8").splitlines()
            assert len(words) == len(set(words)) > 100, path.name
            assert all(word == word.strip().lower() != "" for word in words), path.name


class EmbeddingsEndpoint(BaseHTTPRequestHandler):
    """An OpenAI-compatible server of three-dimensional vectors: a text's length, its e's, one."""

    requests: ClassVar[list[dict[str, Any]]] = []

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.requests.append(body)
        status, reply = self.answer(body)
        payload = json.dumps(reply).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def answer(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if body["model"] == "refused":
            return 401, {"error": {"message": "Incorrect API key provided"}}
        rows = [
            {"object": "embedding", "index": i, "embedding": [len(text), text.count("e"), 1.0]}
            for i, text in enumerate(body["input"])
        ]
        if body["model"] == "short":
            rows = rows[:1]
        if body["model"] == "empty":
            rows = []
        usage = {"prompt_tokens": 1, "total_tokens": 1}
        rows.reverse()  # the index counts, not the place
        return 200, {"object": "list", "model": body["model"], "data": rows, "usage": usage}

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Keep the test's output clean."""


@pytest.fixture
def endpoint(settings: Any) -> Iterator[list[dict[str, Any]]]:
    """A served endpoint; the requests it got."""
    EmbeddingsEndpoint.requests.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), EmbeddingsEndpoint)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    settings.OPENAI_API_KEY = "test-key"
    settings.OPENAI_BASE_URL = f"http://127.0.0.1:{server.server_port}/v1"
    yield EmbeddingsEndpoint.requests
    server.shutdown()
    thread.join()
    server.server_close()


class TestOpenAI:
    def test_vectors_are_of_unit_length_and_in_order(self, endpoint: list[dict[str, Any]]) -> None:
        model = OpenAIEmbedder("served")
        vectors = model.embed_passages(["eee", "a longer text", ""])
        assert (model.name, model.dimension, vectors.shape) == ("openai:served", 3, (3, 3))
        assert vectors[0] == pytest.approx(np.array([3, 3, 1]) / np.sqrt(19))
        assert model.embed_query("eee") == pytest.approx(vectors[0])
        assert endpoint[1]["input"] == ["eee", "a longer text", " "]

    def test_many_texts_go_in_several_requests(self, endpoint: list[dict[str, Any]]) -> None:
        texts = ["e" * (1 + i % 5) for i in range(150)]
        vectors = OpenAIEmbedder("served").embed_passages(texts)
        assert [len(body["input"]) for body in endpoint] == [1, 64, 64, 22]
        assert vectors[:, 0] / vectors[:, 2] == pytest.approx([len(text) for text in texts])

    def test_long_texts_go_in_smaller_requests(self, endpoint: list[dict[str, Any]]) -> None:
        OpenAIEmbedder("served").embed_passages(["e" * 150_000] * 3)
        assert [len(body["input"]) for body in endpoint] == [1, 1, 1, 1]

    def test_no_texts_ask_for_nothing_but_the_size(self, endpoint: list[dict[str, Any]]) -> None:
        assert OpenAIEmbedder("text-embedding-3-small").embed_passages([]).shape == (0, 1536)
        assert endpoint == []

    @pytest.mark.parametrize(
        ("model", "message"),
        [
            ("refused", "Incorrect API key"),
            ("short", "did not return 2 vectors"),
            ("empty", "failed"),
            ("text-embedding-3-small", "did not return 2 vectors of 1536 numbers"),
        ],
    )
    def test_a_bad_reply_is_an_error(
        self, endpoint: list[dict[str, Any]], model: str, message: str
    ) -> None:
        with pytest.raises(EmbeddingError, match=message):
            OpenAIEmbedder(model).embed_passages(["one", "two"])

    def test_without_a_key_the_way_out_is_told(self) -> None:
        with pytest.raises(EmbeddingError, match="OPENAI_API_KEY"):
            embedder("openai:text-embedding-3-large")
