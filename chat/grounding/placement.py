"""Whether a claim's details stand under the tab or command that the claim names.

What the book says of Linux proves nothing about Windows, nor `ros2 topic bw` about `ros2 topic hz`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from chat.grounding.code import occurs
from chat.grounding.labels import Label, begins
from chat.grounding.source import Segment, Source
from chat.grounding.terms import Terms


def misplaced(
    claim: Terms, said: tuple[str, str], sources: Sequence[Source], near: Segment | None
) -> tuple[str, ...]:
    """The labels under which details of the claim stand instead of those that it names.

    ``said`` are the claim's text and the question, which names a tab for claims that name none.
    ``near`` is the sentence that is nearest to the claim.
    """
    return tuple(
        dict.fromkeys((*_other_tabs(claim, said, sources), *_other_command(claim, sources, near)))
    )


def _other_tabs(claim: Terms, said: tuple[str, str], sources: Sequence[Source]) -> Iterator[str]:
    """The tab of each detail that stands under other tabs only."""
    tabs = {label for source in sources for label in source.labels if label.is_tab}
    by_text = ({tab for tab in tabs if _names(text, tab.name)} for text in said)
    named = next(filter(None, by_text), set[Label]())
    for under in _labels_of_details(claim, sources) if named else ():
        if under and all(label.is_tab and label not in named for label in under):
            yield min(under).name


def _labels_of_details(claim: Terms, sources: Sequence[Source]) -> Iterator[set[Label]]:
    """For each number and piece of code of the claim the labels under which it stands."""
    labelled = [
        pair for source in sources for pair in zip(source.labels, source.segments, strict=True)
    ]
    for detail in (*claim.spans, *claim.identifiers):
        yield {label for label, segment in labelled if occurs(detail, segment.text)}
    for number in claim.numbers:
        yield {
            label
            for label, segment in labelled
            if any(number.matches(other) for other in segment.terms.numbers)
        }


def _other_command(claim: Terms, sources: Sequence[Source], near: Segment | None) -> Iterator[str]:
    """The command under which the nearest segment stands, if the claim is about another."""
    labels = {label for source in sources for label in source.labels}
    commands = {label.name for label in labels if label.name and not label.is_tab}
    named = {name for name in commands if any(begins(span, name) for span in claim.spans)}
    if near is None or not named or any(name in near.text for name in named):
        return
    label = _label_of(near, sources)
    if label.name and not label.is_tab and label.name not in named:
        yield label.name


def _label_of(wanted: Segment, sources: Sequence[Source]) -> Label:
    return next(
        label
        for source in sources
        for label, segment in zip(source.labels, source.segments, strict=True)
        if segment is wanted
    )


def _names(text: str, name: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE) is not None
