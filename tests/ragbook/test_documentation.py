"""What a user may set, type or call is documented, and what is documented exists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest
from django.core.management import get_commands
from django.urls import URLPattern, get_resolver

from chat import metrics
from ragbook.api import api
from retrieval.manifest import Manifest
from tests.ragbook.documents import APPS, ROOT, environment_variables, own_commands, tracked_files

README = ROOT / "README.md"
DOCUMENTS = [README, ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
RECORDS = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))
VARIABLES_OF_TESTS = {"RAGBOOK_TEST_DATA", "RAGBOOK_SCREENSHOTS"}
HEADINGS = ["Context", "Decision", "Consequences", "Alternatives"]

# The data folder and the environment are made by running something: not in a fresh clone.
TOP_FOLDERS = {path.name for path in ROOT.iterdir() if path.is_dir()} - {".venv", "var"}

REGISTRIES = re.compile(
    r"https?://[\w.-]*(?:pypi\.|pythonhosted\.|npmjs\.|yarnpkg\.|crates\.io|proxy\.golang)"
    r"|--(?:extra-)?index-url"
)
HOMES = re.compile(r"(?<![\w.$}])/(?:root|home/(?!you\b|user\b|ubuntu\b)\w+|Users/\w+)/")


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def everything() -> str:
    return "\n".join(text(document) for document in DOCUMENTS)


def table_rows(path: Path, heading: str) -> str:
    """The part of a document under one heading."""
    return re.split(rf"^## {heading}$", text(path), flags=re.MULTILINE)[1].split("\n## ")[0]


# ── what there is, is documented ─────────────────────────────────────────────────────────────


def test_every_variable_stands_in_the_readme_and_no_other() -> None:
    told = set(re.findall(r"^\| `([A-Z][A-Z0-9_]+)` \|", table_rows(README, "Environment"), re.M))
    assert told == environment_variables()


def test_the_readme_tells_each_default() -> None:
    rows = dict(
        re.findall(r"^\| `([A-Z0-9_]+)` \| `([^`]+)` \|", table_rows(README, "Environment"), re.M)
    )
    asked = re.findall(
        r'env\.(?:text|number|words|amount)\(\s*"(\w+)", "?([^")]+)"?\)',
        text(ROOT / "ragbook" / "settings.py"),
    )
    assert len(asked) > 8
    for name, default in asked:
        if "BASE_DIR" not in default:
            assert rows[name] == default, name


def test_every_command_stands_in_the_readme_with_an_example() -> None:
    told = re.findall(r"^\| `(\w+)` \| `python manage\.py (\w+)\b", text(README), re.M)
    assert {name for name, _ in told} == own_commands()
    assert all(name == example for name, example in told)


def routes() -> Iterator[str]:
    """ "GET /api/v1/books/{slug}" for every call of the interface, and the plain addresses."""
    for path, operations in api.get_openapi_schema()["paths"].items():
        for method in operations:
            yield f"{method.upper()} {path}"
    for pattern in get_resolver().url_patterns:
        if isinstance(pattern, URLPattern) and str(pattern.pattern):
            yield f"GET /{pattern.pattern}"


def test_every_call_stands_in_the_readme_and_no_other() -> None:
    told = re.findall(r"`((?:GET|POST|DELETE|PUT|PATCH) /[^`]*)`", table_rows(README, "HTTP"))
    assert sorted(told) == sorted(routes())


def test_every_setting_of_a_book_stands_in_the_readme() -> None:
    rows = re.findall(r"^\| (`.+?`) \|", table_rows(README, "Settings of a book"), re.M)
    told = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert told == {field.name for field in fields(Manifest)}


def test_every_metric_stands_in_operations_with_its_labels() -> None:
    rows = re.findall(
        r"^\| `(ragbook_\w+)` \|([^|]*)\|", text(ROOT / "docs" / "operations.md"), re.M
    )
    told = {name: set(re.findall(r"`(\w+)`", labels)) for name, labels in rows}
    ours = {
        metric._name + ("_total" if metric._type == "counter" else ""): set(metric._labelnames)
        for metric in vars(metrics).values()
        if hasattr(metric, "_labelnames")
    }
    assert told == ours


def test_every_event_of_the_log_stands_in_operations() -> None:
    told = table_rows(ROOT / "docs" / "operations.md", "Logs")
    for path in tracked_files():
        if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in APPS:
            for event in re.findall(r'\blog\.\w+\(\s*"(\w+)"', text(path)):
                assert f"`{event}`" in told, f"{event} of {path.relative_to(ROOT)}"


# ── what is documented, there is ─────────────────────────────────────────────────────────────


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_to_files(document: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", text(document)):
        if not target.startswith(("http://", "https://", "mailto:")):
            path, _, fragment = target.partition("#")
            file = (document.parent / path).resolve() if path else document
            assert file.exists(), target
            assert not fragment or fragment in headings(file), target


def headings(path: Path) -> set[str]:
    found = re.findall(r"^#+ (.+)$", text(path), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in found}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_paths_that_are_mentioned_exist(document: Path) -> None:
    mentioned = {
        span.split()[0].partition("::")[0].rstrip(",.:")
        for span in re.findall(r"`([^`\n]+)`", text(document))
        if re.match(r"[\w.-]+/", span)
    }
    for path in mentioned:
        if path.split("/")[0] in TOP_FOLDERS and not re.search(r"[*<{]", path):
            assert (ROOT / path).exists(), path


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_that_are_mentioned_exist(document: Path) -> None:
    for command in re.findall(r"manage\.py (\w+)", text(document)):
        assert command in get_commands(), command


def test_targets_that_are_mentioned_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", text(ROOT / "Makefile"), re.MULTILINE))
    told = set(re.findall(r"(?:`|^)make ([a-z]+)", everything(), re.MULTILINE))
    assert {"demo", "test"} <= told <= targets


def test_variables_that_are_mentioned_exist() -> None:
    told = set(re.findall(r"\b(RAGBOOK_[A-Z0-9_]+?)(?:_FILE)?\b", everything()))
    assert "RAGBOOK_DATA" in told
    assert told <= environment_variables() | VARIABLES_OF_TESTS


# ── decision records ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("record", RECORDS, ids=lambda path: path.stem)
def test_a_record_has_its_four_parts_in_order_and_fits_a_page(record: Path) -> None:
    content = text(record)
    assert content.startswith(f"# {record.name[:4]}. ")
    assert re.findall(r"^## (.+)$", content, re.MULTILINE) == HEADINGS
    assert re.search(r"^Status: (accepted|superseded by \d{4})$", content, re.MULTILINE)
    assert 15 <= len(content.splitlines()) <= 35


def test_records_are_numbered_without_gaps_and_listed_by_their_titles() -> None:
    assert [int(record.name[:4]) for record in RECORDS] == list(range(1, len(RECORDS) + 1))
    listed = re.findall(
        r"^\| \[(\d+)\]\((.+)\) \| (.+) \|$", text(RECORDS[0].parent / "README.md"), re.M
    )
    titles = [(r.name[:4], r.name, text(r).splitlines()[0].partition(". ")[2]) for r in RECORDS]
    assert listed == titles


# ── what must stand nowhere ──────────────────────────────────────────────────────────────────


def prose_and_code() -> Iterator[tuple[Path, str]]:
    for path in tracked_files():
        if path != Path(__file__):
            try:
                yield path.relative_to(ROOT), text(path)
            except UnicodeDecodeError:
                continue


def test_no_file_names_a_package_registry() -> None:
    for path, content in prose_and_code():
        found = REGISTRIES.search(content.replace("--no-emit-index-url", ""))
        assert not found, f"{path}: {found.group()}"


def test_no_file_names_a_home_directory() -> None:
    for path, content in prose_and_code():
        found = HOMES.search(content)
        assert not found, f"{path}: {found.group()}"


def test_the_licence_is_the_one_that_is_declared() -> None:
    licence = text(ROOT / "LICENSE")
    assert licence.split()[:4] == ["Apache", "License", "Version", "2.0,"]
    assert "END OF TERMS AND CONDITIONS" in licence
    assert 'license = "Apache-2.0"' in text(ROOT / "pyproject.toml")


def test_the_changelog_has_a_part_for_the_next_version() -> None:
    assert table_rows(ROOT / "CHANGELOG.md", r"\[Unreleased\]").strip()
