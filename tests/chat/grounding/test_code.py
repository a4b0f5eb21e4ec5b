"""Code and commands compared with the book's, token by token."""

from __future__ import annotations

import pytest

from chat.grounding.code import checkable_lines, normalised, occurs, stands_in
from chat.grounding.source import prepare
from tests.chat.grounding.conftest import PASSAGES, passage

SOURCES = [prepare(item) for item in PASSAGES]


@pytest.mark.parametrize(
    ("line", "bare"),
    [
        ("  $ ls   -l ", "ls -l"),
        (">>> print(1)  # one", "print(1)"),
        ("x = 1 // half", "x = 1"),
        ("url = 'http://x'", "url = 'http://x'"),
    ],
)
def test_prompts_comments_and_spacing_do_not_count(line: str, bare: str) -> None:
    assert normalised(line) == bare


def test_only_lines_that_say_something_are_checked() -> None:
    code = "# note\n\n#include <a>\n// x\nint main() {\n}\ncmd \\\n  --flag"
    assert list(checkable_lines(code)) == ["#include <a>", "int main() {", "cmd --flag"]


@pytest.mark.parametrize(
    "span",
    [
        "valve_1",
        "open_valve()",
        "--dry-run",
        "ros2 service call",
        "ros2 launch garden_bringup garden.launch.py bed:=<name>",
        "ros2 service call <service> std_srvs/srv/Trigger",
        "garden.launch.py",
        "python",
        "…",
    ],
)
def test_inline_code_that_stands_in_the_book(span: str) -> None:
    assert stands_in(span, SOURCES, frozenset())


@pytest.mark.parametrize(
    "span",
    [
        "valve_12",
        "valve",
        "--dry",
        "ros2 service list",
        "ros2 launch garden_bringup garden.launch.py --debug",
        "Ros2 Service Call",
    ],
)
def test_inline_code_that_does_not(span: str) -> None:
    assert stands_in(span, SOURCES, frozenset()) == (span == "valve")


def test_words_of_the_question_may_fill_the_books_placeholders() -> None:
    sources = [prepare(passage("p", "Run `ros2 run <package> <executable>` there."))]
    asked = frozenset({"my_robot", "driver"})
    assert stands_in("ros2 run my_robot driver", sources, asked)
    assert not stands_in("ros2 run my_robot other", sources, asked)
    assert not stands_in("ros2 run my_robot --driver", sources, asked | {"--driver"})


def test_a_listed_sub_command_belongs_to_its_tool() -> None:
    sources = [prepare(passage("p", "The `ros2` tool has:\n\n- `doctor`: Checks.\n- `wtf`: Same."))]
    assert stands_in("ros2 wtf", sources, frozenset())
    assert not stands_in("ros2 fix", sources, frozenset())


def test_a_name_inside_a_longer_name_does_not_occur() -> None:
    assert occurs("/pose", "at /turtle/pose now")
    assert occurs("bus", "a bus.")
    assert not occurs("bus", "a busy robust bus_stop")
    assert not occurs("--dry", "use --dry-run")
