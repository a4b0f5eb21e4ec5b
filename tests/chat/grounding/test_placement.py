"""Details that stand under another tab, or another command, than the claim names."""

from __future__ import annotations

import pytest

from chat.grounding.judge import LocalJudge
from chat.grounding.labels import Label
from chat.grounding.source import prepare
from chat.verdict import Verdict
from tests.chat.grounding.conftest import passage

TABS = passage(
    "tabs",
    """\
The port can be changed anywhere. The highest port is 65535.

Linux:

By default, the ports from 32768 on are taken. Set another with `export PORT=1`.

macOS:

By default, the ports from 49152 on are taken.

Windows:

Set another with `set PORT=1`.""",
    "Ports",
)
COMMANDS = passage(
    "commands",
    """\
To see how often messages come, measure the rate:

```
tank topic hz /level
```

9 tank topic bw

To see how much comes, measure the bandwidth of the topic:

```
tank topic bw /level
```""",
    "Topics",
    "8 tank topic hz",
)


def reasons(claim: str, question: str = "") -> tuple[str, ...]:
    judgement = LocalJudge([TABS, COMMANDS], question).judge_text(claim)
    return tuple(reason for reason in judgement.reasons if reason.startswith("stands_under:"))


def test_tabs_and_commands_label_what_follows_them() -> None:
    labels = prepare(TABS).labels
    assert labels[0] == Label()
    assert labels[-1] == Label("Windows", is_tab=True)
    assert {label.name for label in prepare(COMMANDS).labels} == {"tank topic hz", "tank topic bw"}


@pytest.mark.parametrize(
    ("claim", "label"),
    [
        ("On Linux, the ports from 49152 on are taken by default.", "macOS"),
        ("On Windows, set another with `export PORT=1`.", "Linux"),
        ("To see how much comes, measure the bandwidth by `tank topic hz`.", "tank topic bw"),
    ],
)
def test_what_the_book_says_of_another_is_never_supported(claim: str, label: str) -> None:
    assert reasons(claim) == (f"stands_under:{label}",)
    assert LocalJudge([TABS, COMMANDS]).judge_text(claim).verdict is not Verdict.SUPPORTED


@pytest.mark.parametrize(
    "claim",
    [
        "On macOS, the ports from 49152 on are taken by default.",
        "On Linux the ports from 32768 on are taken, on macOS those from 49152 on.",
        "The highest port on Linux is 65535.",  # it stands under no tab
        "The ports from 49152 on are taken by default.",  # names no tab
        "To see how much comes, measure the bandwidth by `tank topic bw`.",
    ],
)
def test_what_stands_where_it_should_is_left_alone(claim: str) -> None:
    assert reasons(claim) == ()


def test_a_claim_that_names_no_tab_is_about_that_of_the_question() -> None:
    claim = "The ports from 49152 on are taken by default."
    assert reasons(claim, "Which ports are taken on macOS?") == ()
    assert reasons(claim, "Which ports are taken on Linux?") == ("stands_under:macOS",)


def test_notes_and_examples_are_no_tabs() -> None:
    book = passage("p", "Note:\n\nWater it at 7.\n\nExample:\n\nA bed takes 12 litres.")
    assert set(prepare(book).labels) == {Label()}
