"""Cross-encoders, which read a question together with a passage."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from retrieval.errors import EmbeddingError

if TYPE_CHECKING:
    from fastembed.rerank.cross_encoder import TextCrossEncoder


def cross_encoder(model: str) -> TextCrossEncoder:
    """The reranking model of that name in fastembed, or in that folder of ONNX files.

    Raises:
        EmbeddingError: the model cannot be loaded.
    """
    folder = Path(model).expanduser()
    if folder.is_dir():
        _register_cross_encoder(folder)
        return _text_cross_encoder(str(folder), specific_model_path=str(folder))
    return _text_cross_encoder(model)


def _register_cross_encoder(folder: Path) -> None:
    from fastembed.common.model_description import ModelSource
    from fastembed.rerank.cross_encoder import TextCrossEncoder

    file = next((str(path.relative_to(folder)) for path in sorted(folder.rglob("*.onnx"))), "")
    known = {row["model"].lower() for row in TextCrossEncoder.list_supported_models()}
    if str(folder).lower() not in known:
        source = ModelSource(url=folder.absolute().as_uri())  # must name one
        TextCrossEncoder.add_custom_model(str(folder), source, model_file=file)


def _text_cross_encoder(model: str, **options: Any) -> TextCrossEncoder:
    from fastembed.rerank.cross_encoder import TextCrossEncoder

    try:
        return TextCrossEncoder(model, threads=1, enable_cpu_mem_arena=False, **options)
    except Exception as error:  # fastembed, the hub and onnxruntime share no base class
        raise EmbeddingError(
            f"The reranker {model} cannot be loaded: {error}",
            "Is it one that fastembed knows, and downloaded, or the network reachable?",
        ) from error
