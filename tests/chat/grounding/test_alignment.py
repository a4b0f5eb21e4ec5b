"""Which sentences of the passages say what a claim says."""

from __future__ import annotations

import pytest

from chat.grounding.alignment import Alignment
from chat.grounding.features import clauses
from chat.grounding.polarity import compare
from chat.grounding.source import prepare
from chat.grounding.terms import read_terms
from tests.chat.grounding.conftest import PASSAGES, passage

ALIGNMENT = Alignment([prepare(item) for item in PASSAGES])


def window_text(claim: str) -> list[str]:
    best = ALIGNMENT.best_windows(read_terms(claim).terms)[0]
    return [segment.text for segment in ALIGNMENT.segments(best)]


def test_the_best_window_is_as_short_as_it_can_be() -> None:
    assert window_text("The seals of the pump are cooled by water.") == [
        "The pump must never run dry, because its seals are cooled by the water."
    ]


def test_a_claim_over_two_neighbouring_sentences_gets_both() -> None:
    assert window_text(
        "The pump delivers 1,200 litres, must not run dry, and has cooled seals."
    ) == [
        "By default it runs at 24 V and delivers up to 1,200 litres per hour.",
        "The pump must never run dry, because its seals are cooled by the water.",
    ]


def test_synonyms_and_word_forms_count_less_than_the_word() -> None:
    exact, synonym, other = (
        max(ALIGNMENT.coverages(read_terms(text).terms).values(), default=0.0)
        for text in ("publishes", "transmits", "sings")
    )
    assert exact == 1.0 > synonym > other == 0.0


def test_rare_words_weigh_more_and_a_book_may_bring_its_own_rarity() -> None:
    (pump,), (seals,) = read_terms("pump").terms, read_terms("seals").terms
    assert ALIGNMENT.weight(seals) > ALIGNMENT.weight(pump)
    told = Alignment(ALIGNMENT.sources, {"pump": 1.0, "seal": 0.0}.get)
    assert told.weight(pump) > told.weight(seals)


def test_the_heading_of_a_passage_covers_a_little() -> None:
    source = prepare(passage("p", "It opens by itself.", "Garden gate"))
    alignment = Alignment([source])
    terms = read_terms("The gate opens.").terms
    assert 0.5 < alignment.coverage(terms, alignment.best_windows(terms)) < 1.0


def test_clauses_are_cut_at_conjunctions_but_not_into_crumbs() -> None:
    assert clauses("The red pump stops, and the green valve opens the bed") == [
        "The red pump stops",
        "and the green valve opens the bed",
    ]
    assert clauses("Yes, and no") == ["Yes, and no"]


def test_polarity_sees_negation_opposites_and_stronger_words() -> None:
    def clash(claim: str, book: str) -> tuple[bool, bool, int]:
        segments = prepare(passage("p", book)).segments
        found = compare(read_terms(claim), segments)
        return bool(found.negated), bool(found.opposites), found.stronger

    assert clash("It needs a key.", "It needs no key.") == (True, False, 0)
    assert clash("It does not need a key.", "It needs a key.")[0]
    assert clash("It needs no key.", "A key is not needed.") == (False, False, 0)
    assert clash("The level is not set.", "The level is unset.")[0] is False
    assert clash("No, it needs a key.", "It needs a key.")[0] is False
    assert clash("The first value counts.", "The last value counts.") == (False, True, 0)
    assert clash("Only beans grow.", "Beans grow.") == (False, False, 1)
    assert clash("All beans grow.", "Every bean grows.") == (False, False, 0)


@pytest.mark.parametrize(
    ("claim", "book", "exchanged"),
    [
        ("arm32 receives Tier 1 support, and arm64 is Tier 3.",
         "However, arm64 receives Tier 1 support, while arm32 is Tier 3.", True),
        ("The client waits until the server has sent a reply.",
         "The server waits until the client has sent a reply.", True),
        ("The server waits until the client has sent a reply.",
         "The server waits until the client has sent a reply.", False),
        ("To water the bed, open the valve and start the pump.",
         "Open the valve and start the pump to water the bed.", False),
        ("The pump waters the bed.", "The bed has a pump.", False),
    ],
)  # fmt: skip
def test_two_words_in_each_others_place(claim: str, book: str, exchanged: bool) -> None:
    segments = prepare(passage("p", book)).segments
    assert compare(read_terms(claim), segments).exchanged is exchanged


def test_a_negation_in_the_next_sentence_excuses_nothing() -> None:
    book = "Each node has a name in the graph. It does not matter which."
    segments = prepare(passage("p", book)).segments
    assert compare(read_terms("Nodes do not have names."), segments).negated
