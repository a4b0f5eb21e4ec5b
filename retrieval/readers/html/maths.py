"""Formulas: the TeX that they were written in, out of what each renderer makes of them."""

from __future__ import annotations

import re

from bs4.element import Tag

from retrieval.readers.html.elements import MATHS, attribute, remove

RENDERED = ".katex-display, .katex, mjx-container, math"
WRITTEN = ".math, .arithmatex"
TEX = "annotation[encoding='application/x-tex']"
_DELIMITED = re.compile(r"\\\[(.*)\\\]|\$\$(.*)\$\$|\\\((.*)\\\)|\$(.*)\$", re.DOTALL)


def settle_maths(content: Tag) -> None:
    """Put TeX between dollar signs in place of every formula whose TeX the page still holds."""
    for formula in content.select(f"{RENDERED}, {WRITTEN}"):
        if not formula.decomposed:
            _settle(formula)


def _settle(formula: Tag) -> None:
    tex, displayed = _tex(formula)
    if not tex:
        return
    displayed = displayed or formula.name == "div" or attribute(formula, "display") == "block"
    formula.clear()
    formula.name = "div" if displayed else "span"
    formula[MATHS] = f"$$\n{tex}\n$$" if displayed else f"${tex}$"


def _tex(formula: Tag) -> tuple[str, bool]:
    """The formula's TeX, and whether it stands on lines of its own."""
    annotation = formula.select_one(TEX)
    if annotation is not None:
        return annotation.get_text().strip(), "katex-display" in attribute(formula, "class")
    remove(formula.select(".eqno, .headerlink"))
    if found := _DELIMITED.fullmatch(formula.get_text().strip()):
        block, dollars, inline, dollar = (part or "" for part in found.groups())
        return (block or dollars or inline or dollar).strip(), bool(block or dollars)
    return attribute(formula, "alttext"), False
