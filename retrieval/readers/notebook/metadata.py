"""What the metadata of a notebook and of its cells say: the language, what is not to be shown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Set
from typing import Any

# Kernels are called after their language and often a version; these two are not.
KERNELS = {"ipython": "python", "ir": "r"}


def language_named(kernel: str) -> str:
    """The language of a kernel or lexer by its name: "python" for ``python3`` or ``ipython3``."""
    name = re.sub(r"[-\d.]+$", "", kernel.strip().lower())
    return KERNELS.get(name, name)


def kernel_language(metadata: Mapping[str, Any]) -> str:
    """The language of a notebook's code, from what its kernel wrote into it; "" when unknown."""
    for part, key in (
        ("language_info", "name"),
        ("kernelspec", "language"),
        ("kernelspec", "name"),
    ):
        told = metadata.get(part)
        if isinstance(told, Mapping) and isinstance(told.get(key), str):
            return language_named(told[key])
    return ""


def tags_in(written: object) -> frozenset[str]:
    """Cell tags as a list has them, or as a directive's option writes them (``[a, b]``)."""
    tags: Iterable[object] = written if isinstance(written, list) else ()
    if isinstance(written, str):
        tags = re.findall(r"[\w-]+", written)
    return frozenset(str(tag).replace("_", "-") for tag in tags)


def removed_cell(tags: Set[str]) -> str:
    """The tag that keeps the whole cell off the page, or ""."""
    return "remove-cell" if "remove-cell" in tags else ""


def removed_input(tags: Set[str]) -> str:
    """The tag that keeps the cell's code off the page, or "". A hidden input is only folded up."""
    return removed_cell(tags) or ("remove-input" if "remove-input" in tags else "")


def removed_output(tags: Set[str]) -> str:
    """The tag that keeps the cell's outputs off the page, or ""."""
    return removed_cell(tags) or ("remove-output" if "remove-output" in tags else "")
