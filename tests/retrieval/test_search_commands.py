"""What ``search_book`` and ``evaluate_retrieval`` print, and the status they end with."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from retrieval.index import rebuild
from tests.retrieval.factories import book_of
from tests.retrieval.test_evaluate import PAGES, gold, line, written

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _robots() -> None:
    rebuild(book_of("robots", PAGES))


def run(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def status(*arguments: str) -> tuple[int, str]:
    with pytest.raises(CommandError) as caught:
        call_command(*arguments, stdout=StringIO())
    return caught.value.returncode, str(caught.value)


@pytest.fixture
def questions(tmp_path: Path) -> str:
    off_topic = {"question": "Who won the football World Cup?", "gold": [], "expect": "refuse"}
    lines = [line(), line(id="q2", kind="off_topic", **off_topic)]
    return str(written(tmp_path, *lines))


def test_search_lists_passages_with_place_and_text() -> None:
    told = run("search_book", "robots", "How do I list running nodes?", "--limit", "2")
    first, second, summary = told.rstrip().split("\n\n")
    assert first.startswith(" 1. Nodes › Listing  [prose, ")
    assert "https://books.example.org/nodes#listing" in first
    assert "Run `ros2 node list` to list the running nodes." in first
    assert second.startswith(" 2. ")
    assert summary.startswith("2 passages in ")


def test_search_as_json_is_one_object() -> None:
    told = json.loads(run("search_book", "robots", "What is a node?", "--json"))
    assert told["passages"][0]["rank"] == 1
    assert told["passages"][0]["heading_path"] == ["Nodes"]
    assert set(told) == {"query", "answerable", "retrieve_ms", "passages"}


@pytest.mark.parametrize(
    "arguments", [("nowhere", "node"), ("robots", " "), ("robots", "node", "--limit", "0")]
)
def test_search_of_unusable_input_ends_with_2(arguments: tuple[str, ...]) -> None:
    assert status("search_book", *arguments)[0] == 2


def test_an_evaluation_prints_a_row_for_each_kind_and_one_for_all(questions: str) -> None:
    lines = run("evaluate_retrieval", "robots", questions).splitlines()
    assert lines[0].split()[:3] == ["n", "sec@1", "sec@5"]
    assert [text.split()[0] for text in lines[1:4]] == ["fact", "off_topic", "all"]
    assert lines[1].split()[1:3] == ["1", "1.000"]
    assert lines[2].split()[1:3] == ["1", "-"]
    assert "search p50" in lines[-1]


def test_an_evaluation_as_json_is_one_object(questions: str) -> None:
    told = json.loads(run("evaluate_retrieval", "robots", questions, "--json"))
    assert told["metrics"]["section_recall@5"] == 1
    assert told["by_kind"]["off_topic"]["refusal_recall"] == 1
    assert [outcome["id"] for outcome in told["outcomes"]] == ["q1", "q2"]
    assert told["unfound_evidence"] == []
    first = told["outcomes"][0]
    assert first["standings"] == [{"final": 1, "dense": 1, "sparse": 2}]
    assert first["found"][0] == "https://books.example.org/nodes#nodes"


def test_a_report_is_written_where_it_is_asked_for(questions: str, tmp_path: Path) -> None:
    report = tmp_path / "report.html"
    run("evaluate_retrieval", "robots", questions, "--report", str(report))
    assert "What is a node?" in report.read_text("utf-8")
    nowhere = ("--report", str(tmp_path / "none" / "report.html"))
    code, message = status("evaluate_retrieval", "robots", questions, *nowhere)
    assert (code, "cannot be written" in message) == (2, True)


def test_evidence_that_is_nowhere_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, line(id="lost", gold=[gold("nodes.md", "no such words")]))
    assert "no section of the edition: lost" in run("evaluate_retrieval", "robots", str(path))


def test_only_the_first_questions_are_asked_on_request(questions: str) -> None:
    told = json.loads(run("evaluate_retrieval", "robots", questions, "--json", "--limit", "1"))
    assert told["metrics"]["questions"] == 1


def test_a_met_threshold_is_silent_and_a_missed_one_ends_with_1(questions: str) -> None:
    run("evaluate_retrieval", "robots", questions, "--fail-under", "recall@5=1")
    missed = ("--fail-under", "mrr=0.5", "--fail-under", "recall@5=1.1")
    code, message = status("evaluate_retrieval", "robots", questions, *missed)
    assert (code, message) == (1, "Threshold missed: section_recall@5 is 1.000, not 1.1.")


@pytest.mark.parametrize(
    "extra", [("--fail-under", "speed=1"), ("--fail-under", "recall@5"), ("--limit", "0")]
)
def test_an_unknown_metric_and_an_empty_limit_end_with_2(
    questions: str, extra: tuple[str, ...]
) -> None:
    assert status("evaluate_retrieval", "robots", questions, *extra)[0] == 2


def test_an_unusable_file_ends_with_2_and_names_the_line(tmp_path: Path) -> None:
    path = str(written(tmp_path, line(), "{"))
    code, message = status("evaluate_retrieval", "robots", path)
    assert code == 2
    assert "line 2" in message


def test_an_unknown_book_ends_with_2(questions: str) -> None:
    assert status("evaluate_retrieval", "nowhere", questions)[0] == 2


def test_no_progress_bar_is_drawn_when_piped(
    questions: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run("evaluate_retrieval", "robots", questions)
    assert "Searching" not in capsys.readouterr().err
