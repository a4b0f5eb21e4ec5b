"""The example of a gate for a book's repository uses commands and flags that there are."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from django.core.management import get_commands, load_command_class

from tests.ragbook.documents import ROOT

WORKFLOW: dict[str, Any] = yaml.safe_load(
    (ROOT / "examples" / "ci" / "golden-questions.yml").read_text(encoding="utf-8")
)
STEPS: list[dict[str, Any]] = WORKFLOW["jobs"]["answers"]["steps"]


def commands() -> Iterator[list[str]]:
    """What is run of ours, each as its words, up to a pipe."""
    for step in STEPS:
        for line in step.get("run", "").splitlines():
            if "manage.py" in line:
                yield shlex.split(re.split(r"[|>]", line)[0])


@pytest.mark.parametrize("words", list(commands()), ids=lambda words: words[2])
def test_every_command_and_flag_is_one_of_ours(words: list[str]) -> None:
    python, script, name, *arguments = words
    assert (python, script) == ("python", "ragbook/manage.py")
    command = load_command_class(get_commands()[name], name)
    parser = command.create_parser("manage.py", name)
    parsed = vars(parser.parse_args(arguments))
    assert not parsed.get("unknown")


def test_the_pull_request_is_held_against_what_is_there() -> None:
    asked = [words for words in commands() if words[2] == "evaluate_book"]
    assert len(asked) == 2
    assert "--json" in asked[0]
    assert asked[1][asked[1].index("--against") + 1] == "before.json"
    assert asked[1][asked[1].index("--fail-under") + 1] == "broken=0"


def test_the_workflow_may_only_read_and_ends() -> None:
    assert WORKFLOW["permissions"] == {"contents": "read"}
    assert WORKFLOW["jobs"]["answers"]["timeout-minutes"] <= 30
    triggers = next(value for key, value in WORKFLOW.items() if key in ("on", True))
    assert triggers == {"pull_request": None}  # YAML reads "on" as true
