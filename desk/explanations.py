"""What the codes of the judge and of the machine mean, for people who do not program."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from chat.verdict import Outcome, Verdict

Tone = Literal["good", "warn", "bad", "quiet"]


@dataclass(frozen=True, slots=True)
class Meaning:
    """A word with a colour beside it, and the sentence that explains it."""

    label: str
    tone: Tone
    words: str


VERDICTS: Final[dict[str, Meaning]] = {
    Verdict.SUPPORTED: Meaning("Supported", "good", "The passage beside it says the same."),
    Verdict.PARTLY: Meaning("Partly", "warn", "The book says a part of this, but not all of it."),
    Verdict.UNSUPPORTED: Meaning(
        "Unsupported", "bad", "Nothing in the passages proves this sentence."
    ),
    Verdict.CONTRADICTED: Meaning(
        "Contradicted", "bad", "The book seems to say the opposite of this sentence."
    ),
    Verdict.NOT_A_CLAIM: Meaning(
        "Not a claim", "quiet", "It says nothing about the subject, so there is nothing to prove."
    ),
    Verdict.UNCHECKED: Meaning("Unchecked", "quiet", "Nobody has checked this yet."),
}

# The verdict on an answer is that of the worst sentence which its reader saw.
ANSWER_VERDICTS: Final[dict[str, Meaning]] = {
    Verdict.SUPPORTED: Meaning(
        "Supported", "good", "The book proves every sentence that the reader saw."
    ),
    Verdict.PARTLY: Meaning(
        "Partly", "warn", "The reader saw a sentence that the book proves only in part."
    ),
    Verdict.UNSUPPORTED: Meaning(
        "Unsupported", "bad", "The reader saw a sentence that the book does not prove."
    ),
    Verdict.CONTRADICTED: Meaning(
        "Contradicted", "bad", "The reader saw a sentence that the book seems to contradict."
    ),
    Verdict.NOT_A_CLAIM: Meaning(
        "Not a claim", "quiet", "Nothing that the reader saw says anything about the subject."
    ),
    Verdict.UNCHECKED: Meaning("Unchecked", "quiet", "Nothing was there to check."),
}

OUTCOMES: Final[dict[str, Meaning]] = {
    Outcome.RUNNING: Meaning("Running", "quiet", "The answer is being written right now."),
    Outcome.ANSWERED: Meaning("Answered", "good", "The answer was written and checked."),
    Outcome.QUOTED: Meaning("Quoted", "good", "The answer is made of the book's own sentences."),
    Outcome.REFUSED: Meaning(
        "Refused", "warn", "The book did not answer this, so the reader got the nearest sections."
    ),
    Outcome.STOPPED: Meaning("Stopped", "quiet", "The reader stopped the answer."),
    Outcome.INTERRUPTED: Meaning("Interrupted", "bad", "The server stopped before the end."),
    Outcome.FAILED: Meaning("Failed", "bad", "Something went wrong; the reader was told so."),
}

# What a later edition made of a sentence, by the codes of ``Finding.Kind``.
FINDINGS: Final[dict[str, Meaning]] = {
    "still_supported": Meaning(
        "Still supported",
        "good",
        "The passage changed, and the book proves the sentence as before.",
    ),
    "weaker": Meaning(
        "Weaker", "warn", "The passage changed, and the book proves the sentence less than before."
    ),
    "broken": Meaning("Broken", "bad", "The book as it is now does not prove this sentence."),
    "repaired": Meaning(
        "Repaired", "good", "The book did not prove this sentence before, and now it does."
    ),
}

# Where a review stands, by the codes of ``desk.review.State``.
STATES: Final[dict[str, Meaning]] = {
    "open": Meaning("Open", "warn", "Nobody has taken it yet."),
    "claimed": Meaning("Claimed", "quiet", "An editor is looking at it."),
    "approved": Meaning("Approved", "good", "The answer is right, or was rightly cut."),
    "corrected": Meaning("Corrected", "good", "Readers who ask this get the editors’ answer."),
    "rejected": Meaning("Rejected", "bad", "The answer is wrong, and there is no better one."),
    "expired": Meaning(
        "Expired", "warn", "The book has changed, so readers no longer get the correction."
    ),
}

# Why something is in the queue, by the codes of ``desk.review.Why``.
WHYS: Final[dict[str, Meaning]] = {
    "thumb": Meaning("Thumb down", "bad", "The reader said that the answer did not help."),
    "withheld": Meaning(
        "Left out", "warn", "Sentences were left out, because nothing in the passages proves them."
    ),
    "unproved": Meaning(
        "Not proved", "bad", "The reader saw a sentence that the passages do not prove."
    ),
    "broken": Meaning(
        "Book changed", "bad", "An audit found a sentence that the book no longer proves."
    ),
    "expired": Meaning(
        "Correction expired", "warn", "A passage that a correction stands on has changed or gone."
    ),
    "other": Meaning("Flagged", "quiet", "An editor flagged the answer."),
}

_REASONS: Final = {
    "number_missing": "The number “{}” does not stand in the passages.",
    "identifier_missing": "The command or technical name “{}” does not stand in the passages.",
    "name_missing": "The name “{}” does not stand in the passages.",
    "code_line_missing": "This line of code does not stand in the passages: “{}”.",
    "argument_changed": "The book's own line of code has something else in place of “{}”.",
    "stands_under": "The book says this of “{}”, and the sentence of something else.",
    "negation": "One of the two says “not” where the other does not: the sentence or the book.",
    "opposite": "The sentence uses a word that means the opposite of the book's word.",
    "exchanged": "The sentence exchanges two things of the book.",
    "leans_on_withheld": "It leans on a sentence that was withheld, and is not proved without it.",
    "model_judge": "The language model that judges doubtful sentences decided this.",
    "not_covered": "The passages do not say this.",
    "no_passage": "No passage was found that could prove this.",
}

_ERRORS: Final = {
    "interrupted": "The server stopped before the answer was complete.",
    "deadline": "The answer took too long.",
    "internal": "Something went wrong inside the server; its log says what.",
    "search_unavailable": "The book could not be searched.",
    "model_unavailable": "The language model failed or broke off.",
}


def meaning(code: str, meanings: dict[str, Meaning]) -> Meaning:
    """What a verdict or an outcome means; one from a newer version stands for itself."""
    return meanings.get(code) or Meaning(code, "quiet", "")


def explain_reason(code: str) -> str:
    """A judge's reason, such as ``number_missing:1847``, as a sentence; unknown ones unchanged."""
    name, _, detail = code.partition(":")
    words = _REASONS.get(name, "")
    if not words or ("{}" in words) is not bool(detail):
        return code
    return words.replace("{}", detail)


def explain_error(code: str) -> str:
    """Why an answer failed, as a sentence; unknown codes unchanged."""
    return _ERRORS.get(code, code)
