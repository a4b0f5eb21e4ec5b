"""The book's own words: verbatim, complete, in order, and for the question that was asked."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from contextlib import aclosing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from chat import llm
from chat.grounding.terms import read_keys
from chat.prompts import REFUSAL, Prompt
from chat.quoting import MOST_CODE_BLOCKS, MOST_WORDS, KeptVectors, QuotingModel, quote
from chat.quoting.units import read_units
from chat.sentences import PieceKind, SentenceSplitter
from retrieval.passages import Kind, Passage

DOCKING = """\
The rover docks by itself when its battery falls below 20 percent. This threshold is a parameter. \
The dock has two contacts. Set the threshold like this:

```bash
ros2 param set /battery dock_below 0.3
```

Before it drives, the rover lifts its arm."""

LAMP = """\
The lamp has these modes:

- `off` saves the battery.
- `dim` lights the next metre.
- `bright` lights ten metres.

Linux:

```bash
ros2 service call /lamp rover_msgs/srv/SetLamp "{mode: dim}"
```

Windows:

```bat
call lamp.bat dim
```"""

COMMANDS = """\
| Command | Does |
| --- | --- |
| `rover dock` | drive to the dock |
| `rover wake` | switch the sensors on |
| `rover halt` | stop all wheels |"""


def passage(text: str, *heading: str, kind: Kind = Kind.PROSE) -> Passage:
    path = heading or ("Rover",)
    return Passage(f"k{hash(text)}", "rover", 1, "a.md", "/a", "a", path, kind, text)


DEFINITION = "A dock is a place to rest."

BOOK = [
    passage(DOCKING, "Rover", "Docking"),
    passage(LAMP, "Rover", "The lamp"),
    passage(COMMANDS, "Rover", "Commands", kind=Kind.TABLE),
]


def answer(question: str, passages: Sequence[Passage] = BOOK) -> str:
    return "".join(quote(question, passages, vectors=word_vectors))


def word_vectors(texts: Sequence[str]) -> NDArray[np.float32]:
    """Unit vectors of word counts: texts with words in common are near each other."""
    vocabulary = sorted({key for text in texts for key in read_keys(text)})
    counts = [[float(key in read_keys(text)) for key in vocabulary] for text in texts]
    rows = np.array(counts, dtype=np.float32).reshape(len(texts), -1)
    lengths = np.sqrt((rows * rows).sum(axis=1, keepdims=True))
    return np.asarray(rows / np.maximum(lengths, 1e-6), dtype=np.float32)


def spaced(text: str) -> str:
    return " ".join(text.split())


def assert_verbatim(text: str, passages: Sequence[Passage]) -> None:
    """Each piece that a reader would be shown stands in some passage."""
    splitter = SentenceSplitter()
    known = [spaced(each.text) for each in passages]
    for piece in splitter.feed(text) + splitter.finish():
        assert any(spaced(piece.text) in book for book in known), piece.text


def test_the_answer_begins_with_the_sentence_that_answers() -> None:
    assert answer("When does the rover dock by itself?").startswith(
        "The rover docks by itself when its battery falls below 20 percent."
    )


def test_a_sentence_that_points_back_brings_the_one_before() -> None:
    said = answer("Is the threshold a parameter?")
    assert "falls below 20 percent. This threshold is a parameter." in said


def test_a_sentence_that_points_at_nothing_is_not_quoted() -> None:
    lonely = [passage("It was painted red in the factory."), passage("The dock is blue.")]
    assert answer("Which colour was it painted?", lonely) == "The dock is blue."


def test_how_to_brings_the_command_with_its_lead_in() -> None:
    said = answer("How do I set the threshold?")
    assert "Set the threshold like this:\n\n```bash\nros2 param set /battery" in said


def test_a_lead_in_never_stands_without_what_it_announces() -> None:
    alone = [passage("The dock is blue. Run this command:")]
    assert answer("Which command do I run?", alone) == "The dock is blue."


def test_a_list_stays_a_list_with_its_lead_in() -> None:
    said = answer("Which modes does the lamp have?")
    assert "The lamp has these modes:\n\n- `off` saves the battery.\n- `dim` lights" in said


def test_code_keeps_the_name_of_its_tab() -> None:
    said = answer("How do I call the lamp service on Linux?", [BOOK[1], BOOK[0]])
    assert "Linux:\n\n```bash\nros2 service call /lamp" in said


def test_a_row_brings_the_header_and_not_the_other_rows() -> None:
    said = answer("What stops all wheels?")
    assert "| Command | Does |\n| --- | --- |\n| `rover halt` | stop all wheels |" in said
    assert "rover wake" not in said


def test_a_table_whose_columns_are_asked_about_is_quoted_whole() -> None:
    table = (
        "| Question | Topic | Service |\n| --- | --- | --- |\n"
        "| Answer? | no | yes |\n| Many? | yes | no |"
    )
    said = answer("Topic or service?", [passage(table, "Choice", kind=Kind.TABLE)])
    assert said.count("\n") == 3


def test_a_single_item_is_written_as_a_sentence() -> None:
    glossary = "- Dock: the place where the rover rests.\n- Lamp: the light on its front."
    assert answer("What is a dock?", [passage(glossary, "Glossary")]).startswith("Dock: the place")


def test_what_is_prefers_a_definition() -> None:
    said = answer("What is a dock?", [passage("The dock needs power."), passage(DEFINITION)])
    assert said.startswith(DEFINITION)


def test_the_same_words_are_not_quoted_twice() -> None:
    twice = [passage("The dock is blue.", "A"), passage("The dock is blue.", "B")]
    assert answer("Is the dock blue?", twice) == "The dock is blue."


def test_an_answer_keeps_within_its_room() -> None:
    long = [
        passage("\n\n".join(f"Dock {n} is blue and {word} wide." for n in range(40)), word)
        for word in ("one", "two", "three")
    ]
    code = [passage("Dock it:\n\n```bash\ndock\n```\n\n" * 6, "Code")]
    said = answer("How do I dock?", [*long, *code])
    assert len(said.split()) < MOST_WORDS + 20
    assert said.count("```") <= 2 * MOST_CODE_BLOCKS


def test_page_talk_is_quoted_last() -> None:
    talk = passage("In this tutorial you will learn about the dock. The dock has two contacts.")
    assert answer("What about the dock?", [talk]).startswith("The dock has two contacts.")


@pytest.mark.parametrize("passages", [[], [passage("")], [passage("# Only a heading")]])
def test_without_anything_to_quote_it_says_so(passages: list[Passage]) -> None:
    assert answer("What is a dock?", passages) == REFUSAL


def test_it_works_without_vectors() -> None:
    said = "".join(quote("How many contacts does the dock have?", BOOK))
    assert said.startswith("The dock has two contacts.")


WORDS = st.sampled_from(
    ["The dock", "is blue.", "This", "runs:", "\n\n", "- item", "\n", "```\ncode\n```", "| a |",
     "1. step", "`x_y`", "*so*", "Linux:", "| --- |", "A dock is a place."]
)  # fmt: skip


@given(st.lists(WORDS, max_size=30), st.sampled_from(["How do I dock?", "What is blue?", ""]))
def test_whatever_the_passage_every_quote_is_verbatim(words: list[str], question: str) -> None:
    passages = [passage(" ".join(words).replace(" \n", "\n").replace("\n ", "\n"))]
    said = answer(question, passages)
    if said != REFUSAL:
        units = {spaced(unit.text) for unit in read_units(0, passages[0])}
        splitter = SentenceSplitter()
        for piece in splitter.feed(said) + splitter.finish():
            if piece.kind in (PieceKind.PARAGRAPH, PieceKind.CODE):
                assert any(spaced(piece.text) in unit for unit in units), piece.text


async def test_it_writes_as_a_model_does_and_costs_nothing() -> None:
    model = QuotingModel("When does the rover dock?", BOOK, vectors=word_vectors)
    run = llm.run(Prompt("", [{"role": "user", "content": "…"}]), model, deadline_s=5)
    async with aclosing(run.deltas()) as deltas:
        text = "".join([delta async for delta in deltas])
    assert text.startswith("The rover docks by itself")
    assert run.usage == llm.Usage(0, 0, estimated=False)
    assert run.model == "quote"


def test_a_sentence_that_was_encoded_lately_is_not_encoded_again() -> None:
    encoded: list[str] = []

    def encode(texts: Sequence[str]) -> NDArray[np.float32]:
        encoded.extend(texts)
        return np.array([[len(text), 1.0] for text in texts], np.float32)

    kept = KeptVectors(encode, most=3)
    assert kept(["dock", "a lamp", "a lamp"]).tolist() == [[4, 1], [6, 1], [6, 1]]
    assert kept(["arm", "dock", "a lamp"]).tolist() == [[3, 1], [4, 1], [6, 1]]
    assert encoded == ["dock", "a lamp", "arm"]
    kept(["wheels"])  # now one of the three has gone
    kept(["dock", "a lamp", "arm"])
    assert len(encoded) == 5


@pytest.mark.data
def test_real_passages_are_quoted_verbatim() -> None:
    folder = os.environ.get("RAGBOOK_TEST_DATA")
    if not folder:
        pytest.skip("RAGBOOK_TEST_DATA names no folder with the real books")
    file = Path(folder) / "grounding" / "ros2_sentences_dev.jsonl"
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    asked = {row["question"]: row["passages"] for row in rows}
    assert len(asked) > 20
    for question, found in asked.items():
        passages = [passage(one["text"], *one["heading_path"]) for one in found]
        assert_verbatim(answer(question, passages), passages)
