"""The parts of identifiers are found in any spelling, and ordinary words stay alone."""

from __future__ import annotations

from time import perf_counter

import pytest

from retrieval.identifiers import with_parts


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("StaticTransformBroadcaster", "Static Transform Broadcaster"),
        ("lookupTransform()", "lookup Transform"),
        ("ROS_SECURITY_ENABLE", "ROS SECURITY ENABLE"),
        ("tf2_ros::Buffer", "tf2 ros"),
        ("HTTPServer", "HTTP Server"),
        ("__init__.py", "init"),
        ("x_y", ""),
        ("--symlink-install", ""),
        ("An ordinary sentence about nodes, ROS and 3.14.", ""),
        ("Überholte Straße", ""),
        ("", ""),
    ],
)
def test_identifiers_are_followed_by_their_parts(text: str, parts: str) -> None:
    assert with_parts(text) == (f"{text}\n{parts}" if parts else text)


def test_a_long_word_costs_no_more_than_its_length() -> None:
    started = perf_counter()
    with_parts("x" * 200_000)
    assert perf_counter() - started < 5  # quadratic work would take minutes
