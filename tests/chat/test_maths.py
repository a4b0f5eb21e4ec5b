"""Formulas of the book reach the reader as formulas; money and variables stay what they are."""

from __future__ import annotations

from typing import Any

import pytest

from chat import markdown, maths
from chat.sentences import SentenceSplitter


def formulas(text: str) -> list[tuple[str, bool]]:
    nodes = markdown.inline(text)
    return [(node["text"], node["display"]) for node in nodes if node["type"] == "math"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (r"The state is $x_{k+1} = f(x_k)$.", [(r"x_{k+1} = f(x_k)", False)]),
        (r"Of $n$ nodes, $\{a, b\}$ are *free*.", [("n", False), (r"\{a, b\}", False)]),
        ("$$\n\\frac{a}{b}.\n$$", [(r"\frac{a}{b}.", True)]),
        ("It costs $5 and $10, or $6/month.", []),
        ("Set $HOME and $PATH, or $HOME/$USER, or ${HOME}$.", []),
        ("Run `echo $x_1$`.", []),
    ],
)
def test_what_stands_between_dollar_signs(text: str, found: list[tuple[str, bool]]) -> None:
    assert formulas(text) == found


def test_a_formula_is_a_tree_of_mathml_without_attributes() -> None:
    assert maths.mathml(r"x_i < 2", display=False) == [
        ["mrow", ["msub", ["mi", "x"], ["mi", "i"]], ["mo", "<"], ["mn", "2"]]
    ]
    linked = maths.mathml(r"\href{javascript:alert(1)}{x}", display=False)
    assert "javascript" not in str(linked)


@pytest.mark.parametrize("tex", [r"\frac{", r"\begin{nothing}", "x^", "{" * 30, "}"])
def test_tex_that_cannot_be_read_is_told_as_tex(tex: str) -> None:
    (node,) = markdown.inline(f"$${tex}$$")
    assert node["text"] == tex
    assert node["mathml"] is None or node["mathml"]


@pytest.mark.parametrize(
    "text", ["$<img src=x>$", "$[a](b)^2$", "$`x_1`$", f"$x_{'1' * 600}$", "$" + "{" * 50 + "x_1$"]
)
def test_what_markdown_could_revive_is_no_formula(text: str) -> None:
    assert formulas(text) == []


def test_the_words_of_a_sentence_keep_the_formula_as_it_was_written() -> None:
    text = r"The gain is $K_k = P_k H^T$ and `$HOME` is set."
    splitter = SentenceSplitter()
    (piece,) = [*splitter.feed(text), *splitter.finish()]
    assert piece.text == text
    assert markdown.plain(piece.tree) == text


def test_any_formula_is_read_or_left_as_it_is() -> None:
    """Nothing that a model writes between dollar signs is an error."""
    pieces: list[Any] = [
        "\\frac",
        "{",
        "}",
        "^",
        "_",
        "&",
        "\\\\",
        "\\begin{x}",
        "\\left",
        "(",
        "1",
    ]
    for first in pieces:
        for second in pieces:
            markdown.inline(f"$${first} {second} x$$")
