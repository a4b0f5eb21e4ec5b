"""Formulas in TeX as MathML, which browsers draw by themselves.

What comes of a formula is a tree of lists, ``[tag, *children]``, whose children are texts and such
trees. It holds no attribute, so no address and no style can be said in it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html import unescape
from typing import Any, Final, TypeAlias
from xml.etree.ElementTree import Element

from latex2mathml.converter import convert_to_element

Tree: TypeAlias = list[Any]

LONGEST: Final = 500
DEEPEST: Final = 40

# "$5", "$HOME/$USER" and "${PATH}$" are no formulas, "$n$" and "$x_i = 2$" are.
_SAYS_MATHS = re.compile(r"[\\^_()=+*/<>|-]|^-?[\d.]*[A-Za-z]$")
_ENDS_WHOLE = re.compile(r"[^\W_]$|[)\]}'!|.,]$")
# What would become code, a link or HTML if the formula were read as Markdown.
_REVIVABLE = re.compile(r"`|\](?=[(\[:])|<(?=[A-Za-z/!?])")


def is_formula(tex: str, *, display: bool) -> bool:
    """Whether what stands between dollar signs is a formula; between doubled ones it mostly is."""
    if not tex or len(tex) > LONGEST or tex.count("{") > DEEPEST or _REVIVABLE.search(tex):
        return False
    likely = _SAYS_MATHS.search(tex) and _ENDS_WHOLE.search(tex) and not tex.startswith("{")
    return display or bool(likely)


@lru_cache(maxsize=512)
def mathml(tex: str, *, display: bool) -> Tree | None:
    """The formula's tree below its ``math`` element; ``None`` for TeX that cannot be read."""
    try:
        root = convert_to_element(tex, display="block" if display else "inline")
    except Exception:  # its errors have no class in common
        return None
    return [_tree(child) for child in root]


def _tree(element: Element) -> Tree:
    own = [unescape(element.text)] if element.text else []
    return [element.tag, *own, *map(_tree, element)]
