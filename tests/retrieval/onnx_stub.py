"""A cross-encoder of a few hundred bytes: it counts how often one word stands in a text.

It is a real ONNX model with a real tokenizer, so a test that uses it goes through fastembed and
onnxruntime. The model file is written field by field: the numbers are those of ``onnx.proto``.
"""

from __future__ import annotations

import json
from pathlib import Path

from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.normalizers import Lowercase
from tokenizers.pre_tokenizers import Whitespace

INT64, FLOAT = 7, 1
ATTRIBUTE_INT, ATTRIBUTE_INTS = 2, 7
WORD_ID = 2


def write_cross_encoder(folder: Path, word: str) -> Path:
    """The model's files in the folder; its score is the count of ``word`` in question and text."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(_model())
    tokenizer = Tokenizer(WordLevel({"[PAD]": 0, "[UNK]": 1, word: WORD_ID}, unk_token="[UNK]"))
    tokenizer.normalizer = Lowercase()
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "config.json").write_text(json.dumps({"pad_token_id": 0}))
    settings = {"model_max_length": 512, "pad_token": "[PAD]"}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    return folder


def _model() -> bytes:
    """Sum over a row of (input_ids == WORD_ID)."""
    nodes = [
        _node("Equal", ["input_ids", "word"], "hits"),
        _node("Cast", ["hits"], "counts", _attribute("to", 3, [FLOAT], ATTRIBUTE_INT)),
        _node("ReduceSum", ["counts"], "logits", _attribute("axes", 8, [1], ATTRIBUTE_INTS)),
    ]
    word = _number(1, 1) + _number(2, INT64) + _number(7, WORD_ID) + _text(8, "word")
    graph = b"".join(_bytes(1, node) for node in nodes) + _text(2, "count") + _bytes(5, word)
    graph += _bytes(11, _value("input_ids", INT64)) + _bytes(12, _value("logits", FLOAT))
    return _number(1, 7) + _bytes(7, graph) + _bytes(8, _number(2, 11))


def _node(kind: str, inputs: list[str], output: str, attribute: bytes = b"") -> bytes:
    node = b"".join(_text(1, name) for name in inputs) + _text(2, output) + _text(4, kind)
    return node + (_bytes(5, attribute) if attribute else b"")


def _attribute(name: str, number: int, values: list[int], kind: int) -> bytes:
    return _text(1, name) + b"".join(_number(number, v) for v in values) + _number(20, kind)


def _value(name: str, kind: int) -> bytes:
    sizes = b"".join(_bytes(1, _text(2, size)) for size in ("rows", "columns"))
    return _text(1, name) + _bytes(2, _bytes(1, _number(1, kind) + _bytes(2, sizes)))


# ── the wire format of protocol buffers ──────────────────────────────────────────────────────


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _text(field: int, value: str) -> bytes:
    return _bytes(field, value.encode())


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*encoded, value])
