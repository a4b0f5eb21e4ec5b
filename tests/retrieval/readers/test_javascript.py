"""The JavaScript that stands in book sources: brackets, literals and comments."""

from __future__ import annotations

import pytest

from retrieval.readers.docusaurus.javascript import closing_brace, is_comment, literal


@pytest.mark.parametrize(
    "expression",
    [
        "{}",
        "{a: {b: [1, 2], c: f(3)}}",
        "{'}' + \"}\" + `}`}",
        r"{'it\'s }'}",
        "{`a ${`b ${'}'}`} c`}",
        r"{`\`}`}",
        "{/* } */ a}",
        "{a // }\n}",
        "{<p>don't</p>}",
        "{<a href='http://x'>http://x</a>}",
    ],
)
def test_a_bracket_is_closed_by_its_own_partner(expression: str) -> None:
    assert closing_brace(f"x{expression} }}", 1) == len(expression) + 1


@pytest.mark.parametrize("expression", ["{", "{`", "{`${", "{/*", "{ // }", "{('}'"])
def test_a_bracket_without_a_partner_has_none(expression: str) -> None:
    assert closing_brace(expression, 0) is None


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        (" 'a' ", "a"),
        ('"a"', "a"),
        ("`a\nb`", "a\nb"),
        (r"'it\'s \u00e9 \n'", "it's é \n"),
        ("`${a}`", None),
        ("'a' + 'b'", None),
        ("a", None),
        ("", None),
    ],
)
def test_only_a_plain_string_is_a_literal(expression: str, value: str | None) -> None:
    assert literal(expression) == value


@pytest.mark.parametrize(
    ("expression", "expected"), [(" /* a */ ", True), ("/* a */ b", False), ("a", False)]
)
def test_a_comment_holds_nothing_else(expression: str, expected: bool) -> None:
    assert is_comment(expression) is expected
