"""Editions: going back to an older one, pruning, and clearing what broke off."""

from __future__ import annotations

import fcntl
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from retrieval import editions as editions_step
from retrieval.editions import prune, rollback
from retrieval.errors import BookNotFound, EditionNotFound, EmbeddingError
from retrieval.index import index
from retrieval.models import Book, Chunk, Edition, Section
from retrieval.search import search
from tests.books import ingest_quietly, write_book

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_book(tmp_path / "robots")


def ingest_version(source: Path, version: int) -> None:
    page = source / "docs/parameters.md"
    page.write_text(f"# Parameters\n\nVersion {version} of the page on parameters.\n")
    ingest_quietly(source)


@pytest.fixture
def four_editions(source: Path) -> Path:
    """The book in four editions; in the words of each stands its number."""
    for version in range(1, 5):
        ingest_version(source, version)
    return source


def live() -> int | None:
    book = Book.objects.select_related("live").get(slug="robots")
    return book.live.number if book.live else None


def numbers() -> list[int]:
    return list(Edition.objects.order_by("number").values_list("number", flat=True))


def shards() -> list[str]:
    folder = settings.RAGBOOK_DATA / "index" / "robots"
    return sorted(path.name for path in folder.iterdir())


def found_text() -> str:
    found = search("robots", "Which version of the page on parameters is this?").passages
    return next(passage.text for passage in found if passage.path == "parameters.md")


def run(command: str, *arguments: str) -> str:
    output = io.StringIO()
    call_command(command, *arguments, stdout=output)
    return output.getvalue().strip()


# ── going back ───────────────────────────────────────────────────────────────────────────────


def test_going_back_switches_readers_to_the_edition_before(four_editions: Path) -> None:
    assert "Version 4" in found_text()
    assert rollback("robots").number == 3
    assert (live(), numbers()) == (3, [1, 2, 3, 4])
    assert "Version 3" in found_text()
    assert rollback("robots").number == 2


def test_any_ready_edition_can_be_gone_to(four_editions: Path) -> None:
    assert "robots: edition 1 is live (3 pages" in run("rollback_book", "robots", "--to", "1")
    assert "Version 1" in found_text()
    assert rollback("robots", 4).number == 4
    assert "Version 4" in found_text()


def test_a_lost_index_is_built_again_before_readers_see_the_edition(
    four_editions: Path,
) -> None:
    first = Edition.objects.get(number=1)
    index().drop(first)
    rollback("robots", 1)
    assert index().exists(first)


@pytest.mark.parametrize(
    ("to", "complaint"),
    [
        ("9", r"robots has no edition 9. Editions to go to: 1, 2, 3\.$"),
        ("4", r"Edition 4 of robots is live already. Editions to go to: 1, 2, 3\.$"),
    ],
)
def test_an_edition_that_is_not_there_is_refused_with_those_that_are(
    four_editions: Path, to: str, complaint: str
) -> None:
    with pytest.raises(CommandError, match=complaint) as refused:
        run("rollback_book", "robots", "--to", to)
    assert refused.value.returncode == 2
    assert live() == 4


def test_without_an_older_edition_there_is_nothing_to_go_back_to(source: Path) -> None:
    ingest_version(source, 1)
    with pytest.raises(EditionNotFound, match=r"no older edition than 1.* Editions to go to: none"):
        rollback("robots")
    with pytest.raises(BookNotFound, match="There is no book 'novels'"):
        rollback("novels")


def test_an_edition_whose_model_is_gone_does_not_go_live(four_editions: Path) -> None:
    Edition.objects.filter(number=3).update(embedding="openai:some-model")
    with pytest.raises(EmbeddingError, match="needs a key"):
        rollback("robots")
    assert live() == 4


def test_an_ingest_after_going_back_embeds_nothing_that_any_edition_holds(
    four_editions: Path,
) -> None:
    rollback("robots", 1)
    result = ingest_quietly(four_editions)
    assert (result.edition, result.embedded, live()) == (5, 0, 5)


# ── pruning ──────────────────────────────────────────────────────────────────────────────────


def test_pruning_keeps_the_newest_and_drops_rows_and_shards_of_the_others(
    four_editions: Path,
) -> None:
    assert run("prune_editions", "robots", "--keep", "2") == (
        "robots: removed 2, 1; kept 4 (live), 3"
    )
    assert (numbers(), shards()) == ([3, 4], ["3", "4"])
    assert set(Chunk.objects.values_list("edition__number", flat=True)) == {3, 4}
    assert set(Section.objects.values_list("edition__number", flat=True)) == {3, 4}
    assert "Version 4" in found_text()


def test_the_live_edition_stays_even_when_it_is_old(four_editions: Path) -> None:
    rollback("robots", 1)
    assert prune("robots", 1).kept == (4, 1)
    assert numbers() == [1, 4]
    assert "Version 1" in found_text()


def test_a_dry_run_only_tells(four_editions: Path) -> None:
    told = run("prune_editions", "--keep", "3", "--dry-run")
    assert told == "robots: would remove 1; kept 4 (live), 3, 2"
    assert (numbers(), shards()) == ([1, 2, 3, 4], ["1", "2", "3", "4"])


def test_every_book_is_pruned_when_none_is_named(four_editions: Path, tmp_path: Path) -> None:
    ingest_quietly(write_book(tmp_path / "other"), slug="other")
    assert run("prune_editions", "--keep", "1").splitlines() == [
        "other: removed nothing; kept 1 (live)",
        "robots: removed 3, 2, 1; kept 4 (live)",
    ]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [(["robots", "--keep", "0"], "--keep must not be below 1"), (["x", "--keep", "1"], "no book")],
)
def test_unusable_input_ends_with_status_2(
    source: Path, arguments: list[str], complaint: str
) -> None:
    ingest_quietly(source)
    with pytest.raises(CommandError, match=complaint) as refused:
        run("prune_editions", *arguments)
    assert refused.value.returncode == 2


def test_an_ingest_keeps_as_many_editions_as_the_setting_says(source: Path, settings: Any) -> None:
    settings.RAGBOOK_KEEP_EDITIONS = 2
    for version in range(1, 5):
        ingest_version(source, version)
    assert (numbers(), shards()) == ([3, 4], ["3", "4"])


# ── what broke off ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("step", ["index", "_delete_rows"])
def test_a_pruning_that_broke_off_is_finished_by_the_next(
    four_editions: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        if step == "index":
            broken.setattr(type(index()), "drop", lambda *_: 1 / 0)
        else:
            broken.setattr(editions_step, "_delete_rows", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            prune("robots", 3)
    assert Edition.objects.get(number=1).state == Edition.State.RETIRED
    assert live() == 4
    prune("robots", 3)
    assert (numbers(), shards()) == ([2, 3, 4], ["2", "3", "4"])


@pytest.fixture
def leftovers(four_editions: Path) -> Iterator[Path]:
    """Folders of an edition without rows, of broken builds, and of one that is being built."""
    folder = settings.RAGBOOK_DATA / "index" / "robots"
    for name in ("77", ".4-broken", ".4-broken-former", ".3-building"):
        (folder / name / "segments").mkdir(parents=True)
    descriptor = os.open(folder / ".3-building", os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    yield four_editions
    os.close(descriptor)


@pytest.mark.parametrize("by", ["ingest", "prune"])
def test_folders_without_an_edition_go_with_the_next_ingest_or_pruning(
    leftovers: Path, by: str
) -> None:
    if by == "ingest":
        assert not ingest_quietly(leftovers).changed
    else:
        prune("robots", 9)
    assert shards() == [".3-building", "1", "2", "3", "4"]
