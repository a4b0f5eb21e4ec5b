"""Migrations only expand what the version before uses, so that it serves while they run.

What a release no longer reads may go with the release after it: the operation is then named in
``HARMLESS``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import NOT_PROVIDED, Field

OURS = ("chat", "desk", "retrieval")
RELEASED = {"chat": "0008", "desk": "0007", "retrieval": "0005"}
"""The newest migration of each application in the last release."""

HARMLESS: dict[str, str] = {}
"""Operations that would be refused, such as "chat.0009: Remove field old from answer", and why the
version before bears them: since 0.2 nothing reads that field."""

EXPANDING = (
    migrations.CreateModel,
    migrations.AddIndex,
    migrations.RemoveIndex,  # slower, and as right
    migrations.RunPython,
    migrations.AlterModelOptions,
    migrations.AlterModelManagers,
)
loader = MigrationLoader(None)


def refused(app: str, operations: Iterable[Operation], state: ProjectState) -> list[str]:
    """The operations under which the version that knows ``state`` would fail."""
    made: set[str] = set()
    found = []
    for operation in operations:
        if isinstance(operation, migrations.CreateModel):
            made.add(operation.name_lower)
        elif _table_of(operation) not in made and not _expands(app, operation, state):
            found.append(operation.describe())
    return found


def _expands(app: str, operation: Operation, state: ProjectState) -> bool:
    if isinstance(operation, migrations.AddField):
        return _may_be_left_out(operation.field)
    if isinstance(operation, migrations.AlterField):
        before = state.models[app, operation.model_name_lower].fields[operation.name]
        return _column(before) == _column(operation.field)
    return isinstance(operation, EXPANDING)


def _may_be_left_out(field: Field[Any, Any]) -> bool:
    """Whether who does not know the column may insert a row."""
    return field.many_to_many or field.null or field.db_default is not NOT_PROVIDED


def _column(field: Field[Any, Any]) -> tuple[str, dict[str, Any]]:
    """What the database knows of the field."""
    _, path, _, options = field.deconstruct()
    unknown = {"default", *field.non_db_attrs}
    return path, {name: value for name, value in options.items() if name not in unknown}


def _table_of(operation: Operation) -> str:
    return str(getattr(operation, "model_name", getattr(operation, "name", ""))).lower()


def since_the_release() -> list[tuple[str, str]]:
    return [
        (app, name)
        for app, name in sorted(loader.disk_migrations)
        if app in OURS and name[:4] > RELEASED[app]
    ]


@pytest.mark.parametrize(("app", "name"), since_the_release())
def test_the_version_before_can_serve_meanwhile(app: str, name: str) -> None:
    state = loader.project_state((app, name), at_end=False)
    found = refused(app, loader.disk_migrations[app, name].operations, state)
    assert {f"{app}.{name[:4]}: {said}" for said in found} <= set(HARMLESS)


@pytest.mark.parametrize(
    "operation",
    [
        migrations.RemoveField("book", "title"),
        migrations.DeleteModel("Book"),
        migrations.RenameField("book", "title", "name"),
        migrations.RenameModel("Book", "Volume"),
        migrations.AlterModelTable("Book", "books"),
        migrations.AddField("book", "pages", models.IntegerField(default=0)),
        migrations.AlterField("book", "daily_tokens", models.BigIntegerField()),
        migrations.AddConstraint(
            "book", models.UniqueConstraint(fields=["title"], name="title_unique")
        ),
        migrations.RunSQL("DROP TABLE retrieval_book"),
    ],
    ids=lambda operation: type(operation).__name__,
)
def test_what_would_break_it_is_refused(operation: Operation) -> None:
    found = refused("retrieval", [operation], loader.project_state())
    assert found == [operation.describe()]


def test_what_it_does_not_know_may_come() -> None:
    note: list[tuple[str, Field[Any, Any]]] = [("id", models.BigAutoField(primary_key=True))]
    words = models.CharField(max_length=200, help_text="In other words.")
    assert not refused(
        "retrieval",
        [
            migrations.AlterField("book", "title", words),
            migrations.AddField("book", "pages", models.IntegerField(null=True)),
            migrations.AddField("book", "weight", models.IntegerField(default=0, db_default=0)),
            migrations.CreateModel("Note", note),
            migrations.AddField("note", "text", models.TextField()),
        ],
        loader.project_state(),
    )
