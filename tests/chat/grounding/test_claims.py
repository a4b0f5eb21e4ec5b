"""Which sentences need no proof, and how little it takes to need one."""

from __future__ import annotations

import pytest

from chat.grounding.claims import is_claim
from chat.sentences import PieceKind

STEMS = "pump valv bed water level tomato east 24"
KNOWN = frozenset(STEMS.split())


def claims(text: str, kind: PieceKind = PieceKind.PARAGRAPH) -> bool:
    return is_claim(text, kind, KNOWN.__contains__)


@pytest.mark.parametrize(
    "text",
    [
        "Happy to help with your first pump!",
        "Sure, I'd be happy to explain that.",
        "Sure!",
        "I hope this helps you with the valves.",
        "Let me know if you have more questions.",
        "Feel free to ask about the water level.",
        "Which bed do you want to water?",
        "Do you also need the valves, or just the pump?",
        "And where is your pump?",
        "The book does not cover this.",
        "I could not find anything in the book about pumps.",
        "The passages I have don't mention a wireless valve.",
        "Unfortunately, this is not covered in the documentation.",
        "I don't know.",
        "Here is how:",
        "To do this, run the following command:",
        "It depends on your setup.",
        "Good luck!",
    ],
)
def test_talk_is_not_a_claim(text: str) -> None:
    assert not claims(text)


@pytest.mark.parametrize(
    "text",
    [
        "The pump runs at 24 V.",
        "Use `ros2 topic echo` to see the level.",
        "Sure, here is a poem: the pump sings all night.",
        "Happy to help, but the pump is broken by design.",
        "Happy to help, AcmeOS is the best garden product.",
        "Of course, you can also run the pump dry.",
        "I hope you know that 500 pumps failed.",
        "Feel free to run `rm -rf /` first.",
        "The book does not say it, but the default is 12 V.",
        "The book does not cover this: use fertiliser.",
        "Did you know that the pump explodes?",
        "The pump is dangerous, right?",
        "Why did the robot cross the deck? Because of the parrot.",
        "To empty the reservoir, disconnect the battery:",
        "It depends on the moon and the tides of the Atlantic.",
        "TCP does not specify what information is sent.",
        "Yes.",
        "",
        "I hope " + "very " * 50 + "much.",
    ],
)
def test_whatever_asserts_something_is_a_claim(text: str) -> None:
    assert claims(text)


def test_a_heading_of_known_words_is_no_claim_and_an_advert_is_one() -> None:
    assert not claims("Watering the beds: pump and valves", PieceKind.HEADING)
    assert claims("Buy AcmeOS fertiliser today", PieceKind.HEADING)
    assert claims("The pump has 9 valves", PieceKind.HEADING)
