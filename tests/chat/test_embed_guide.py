"""docs/embed.md says of the widget what is there, and all of it."""

from __future__ import annotations

import re
from pathlib import Path

from chat import widget

GUIDE = (Path(__file__).parents[2] / "docs" / "embed.md").read_text(encoding="utf-8")
MODULES = sorted((widget.HOME / "widget").rglob("*.js"))
CODE = "\n".join(path.read_text(encoding="utf-8") for path in [widget.SOURCE, *MODULES])
OPTIONS = (widget.HOME / "widget" / "options.js").read_text(encoding="utf-8")


def section(heading: str) -> str:
    return GUIDE.split(f"\n## {heading}\n")[1].split("\n## ")[0]


def rows(heading: str) -> list[list[str]]:
    """The cells of each row in the tables below a heading."""
    lines = re.findall(r"^\| (.+) \|$", section(heading), re.MULTILINE)
    return [line.split(" | ") for line in lines if not line.startswith("-")]


def defaults() -> dict[str, str]:
    [listed] = re.findall(r"^const DEFAULTS = \{\n(.*?)^\};", OPTIONS, re.MULTILINE | re.DOTALL)
    return dict(re.findall(r'^  (\w+): "(.*)",$', listed, re.MULTILINE))


def test_the_table_has_every_attribute_with_its_default() -> None:
    told = {row[0]: row[1] for row in rows("Options")[1:]}
    assert list(told) == [f"`data-{name}`" for name in defaults()]
    for name, default in defaults().items():
        if default:
            assert told[f"`data-{name}`"] == f"`{default}`"


def test_the_table_has_every_choice() -> None:
    [listed] = re.findall(r"^const CHOICES = \{\n(.*?)^\};", OPTIONS, re.MULTILINE | re.DOTALL)
    told = {row[0]: " ".join(row[1:]) for row in rows("Options")}
    for name, choices in re.findall(r"^  (\w+): \[(.+)\],$", listed, re.MULTILINE):
        for choice in re.findall(r'"([^"]+)"', choices):
            assert f"`{choice}`" in told[f"`data-{name}`"], (name, choice)


def test_every_part_and_property_is_told_and_no_other() -> None:
    parts = set(re.findall(r'\bpart: "([\w-]+)"', CODE))
    properties = set(re.findall(r"--ragbook-\w+", CODE))
    [told] = re.findall(
        r"^From the page's own style sheet.*?:\n\n", section("Options"), re.M | re.S
    )
    assert set(re.findall(r"`([\w-]+)`", told)) == (
        parts | properties | {"ragbook-widget", "ragbook-ask"}
    )


def test_every_event_and_call_is_told_and_no_other() -> None:
    [events] = re.findall(r"^const EVENTS = \[(.*?)\];", CODE, re.MULTILINE)
    [calls] = re.findall(r"^  const api = \{\n(.*?)^  \};", CODE, re.MULTILINE | re.DOTALL)
    told = [row[0] for row in rows("From your own scripts")]
    assert set(re.findall(r"`ragbook\.(\w+)\(", "\n".join(told))) == set(
        re.findall(r"^    (\w+):", calls, re.MULTILINE)
    )
    names = [cell for cell in told if cell.startswith("`") and "ragbook." not in cell]
    assert re.findall(r"`(\w+)`", " ".join(names)) == re.findall(r'"(\w+)"', events)
