"""Sentences taken apart: words, numbers with units, identifiers and names."""

from __future__ import annotations

import pytest

from chat.grounding.numbers import Number, read_numbers
from chat.grounding.terms import is_code_shaped, read_keys, read_terms


def only(text: str) -> Number:
    (number,) = read_numbers(text)
    return number


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("10 cm", "0.1 m"),
        ("30 seconds", "30s"),
        ("256 KB", "262144 bytes"),
        ("1,200 litres", "1200 litres"),
        ("1 kHz", "1000 Hz"),
        ("five seconds", "5 s"),
        ("twelve", "12"),
        ("twice", "2 times"),
        ("a dozen", "12"),
        ("twenty-five", "25"),
        ("two hundred metres", "0.2 km"),
        ("three million", "3,000,000"),
        ("1.5 million", "1,500,000"),
        ("half an hour", "30 min"),
        ("a quarter of a second", "250 ms"),
        ("half of them", "50%"),
        ("v1.2.3", "1.2.3"),
        ("24 V", "24"),
        ("5%", "5 percent"),
        ("nearly 60 times", "59.2 times"),
        ("1e-3", "0.001"),
    ],
)
def test_the_same_quantity_written_in_another_way(claim: str, source: str) -> None:
    assert only(claim).matches(only(source))


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("10 cm", "10 m"),
        ("5 seconds", "5 metres"),
        ("60 times", "59.2 times"),
        ("-30", "30"),
        ("1.2.3", "1.2.4"),
        ("2.0", "20"),
        ("twenty-five", "20"),
        ("two hundred", "100"),
        ("half an hour", "0.5 min"),
        ("1.5 million", "1.5"),
    ],
)
def test_another_quantity(claim: str, source: str) -> None:
    assert not only(claim).matches(only(source))


def test_numbers_inside_names_are_no_numbers() -> None:
    assert [number.text for number in read_numbers("ros2 int32 tf2 at 7 Hz, one by one")] == ["7"]


CODE = (
    "snake_case CamelCase camelCase std::vector --flag -r key:=value file.py CMakeLists.txt "
    "~/.bashrc /tank/level a/b/c ros2 int32 f() https://x.org/y MAX_SIZE .bashrc"
)
PROSE = "water Water and/or e.g i.e kHz 24 real-time V can't 10cm"


@pytest.mark.parametrize("token", CODE.split())
def test_tokens_that_are_shaped_like_code(token: str) -> None:
    assert is_code_shaped(token)


@pytest.mark.parametrize("token", PROSE.split())
def test_tokens_that_are_not(token: str) -> None:
    assert not is_code_shaped(token)


def test_names_are_capitals_inside_a_sentence_and_acronyms() -> None:
    terms = read_terms("Ask Nina Okafor in Lagos. The DDS of Rust-Lang: Use it, says I. 5 kHz")
    assert terms.names == ("Nina", "Okafor", "Lagos", "DDS", "Rust-Lang")


def test_inline_code_is_kept_apart_and_still_has_terms() -> None:
    terms = read_terms("Run `ros2 topic hz` on my_robot now.")
    assert terms.spans == ("ros2 topic hz",)
    assert terms.identifiers == ("my_robot",)
    assert {"ros2", "topic", "hz", "my_robot"} <= {term.key for term in terms.terms}


def test_forms_of_a_word_share_a_key() -> None:
    assert read_keys("publishes published") == read_keys("publishing") == {"publish"}
    assert read_keys("the of and") == frozenset()


def test_a_negation_reaches_its_own_clause_only() -> None:
    terms = read_terms("It does not open the valve, but waters the bed. No, it opens.")
    negated = {term.key for term in terms.terms if term.negated}
    assert negated == {"open", "valv"}


def test_names_between_slashes_are_each_a_name() -> None:
    assert read_terms("It runs on Ubuntu/Windows, and over TCP/IP.").names == (
        "Ubuntu", "Windows", "TCP", "IP",
    )  # fmt: skip


def test_keys_pressed_together_are_one_identifier() -> None:
    assert read_terms("Then press Ctrl+C or Ctrl+Alt+T, as in C++.").identifiers == (
        "Ctrl+C", "Ctrl+Alt+T",
    )  # fmt: skip
