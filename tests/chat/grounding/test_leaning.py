"""Which openings lean on the sentence before."""

from __future__ import annotations

import pytest

from chat.grounding.leaning import leans


@pytest.mark.parametrize(
    "text",
    [
        "It also runs at 24 V.",
        "They are opened by the node.",
        "This blocks until the valve is closed.",
        "This node needs no file.",
        "Therefore the pump must not run dry.",
        "For example, the north bed has one.",
        "And it returns the amount of water.",
        "To do this, call the service.",
        "With it you can see the topics.",
        "Because of this, the seals stay cool.",
        "“It’s cooled by the water.",
        "The latter closes at once.",
    ],
)
def test_a_word_for_something_said_before_leans(text: str) -> None:
    assert leans(text)


@pytest.mark.parametrize(
    "text",
    [
        "The pump runs at 24 V.",
        "Italy has no such pump.",
        "To stop the pump, call the service.",
        "`this` is the object itself.",
        "It-support opens the valve.",
        "Thisbe tested the pump.",
        "Run `ros2 topic list`.",
        "Solar panels feed the pump.",
        "",
    ],
)
def test_a_sentence_that_names_its_subject_does_not(text: str) -> None:
    assert not leans(text)
