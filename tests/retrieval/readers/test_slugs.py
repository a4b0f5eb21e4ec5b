"""Heading ids as github-slugger 2.0.0 makes them; the expected values are its own."""

from __future__ import annotations

import pytest

from retrieval.readers.docusaurus.slugs import Slugger, slug


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Publish a distance", "publish-a-distance"),
        ("What's new in 2.0?", "whats-new-in-20"),
        ("C++ & Python", "c--python"),
        ("snake_case stays", "snake_case-stays"),
        ("ros2 topic echo --once", "ros2-topic-echo---once"),
        ("خوش آمدید", "خوش-آمدید"),
        ("Größe und Übung", "größe-und-übung"),
        ("ÇA VA", "ça-va"),
        ("\U0001f680 Launch :rocket:", "-launch-rocket"),
        ("non\u00a0breaking space", "nonbreaking-space"),
        ("a\nb", "ab"),
        ("Ⓐ letter", "ⓐ-letter"),
        ("x² + ½", "x--"),
        ("Ⅳ numerals", "ⅳ-numerals"),
        ("--dashes--", "--dashes--"),
        ("", ""),
    ],
)
def test_a_slug_is_the_one_of_github_slugger(text: str, expected: str) -> None:
    assert slug(text) == expected


def test_a_repeated_heading_gets_a_number() -> None:
    slugger = Slugger()

    assert [slugger.slug("Background") for _ in range(3)] == [
        "background",
        "background-1",
        "background-2",
    ]


def test_a_number_never_collides_with_a_heading_that_already_has_it() -> None:
    slugger = Slugger()

    assert [slugger.slug(text) for text in ("foo", "foo 1", "foo", "foo-1")] == [
        "foo",
        "foo-1",
        "foo-2",
        "foo-1-1",
    ]
