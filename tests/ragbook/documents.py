"""What the project says of itself, read from its sources: variables, commands, calls, files."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

from django.core.management import get_commands

ROOT = Path(__file__).resolve().parents[2]
APPS = ("desk", "ragbook", "chat", "retrieval")
READERS = {"amount", "text", "flag", "number", "words", "choice", "database"}


def environment_variables() -> set[str]:
    """The names that ``ragbook/settings.py`` asks ``ragbook.env`` for."""
    tree = ast.parse((ROOT / "ragbook" / "settings.py").read_text(encoding="utf-8"))
    return {
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "env"
        and node.func.attr in READERS
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    }


def own_commands() -> set[str]:
    """The management commands of our apps."""
    return {name for name, app in get_commands().items() if app in APPS}


def tracked_files() -> list[Path]:
    """Every file of the repository that git knows and that is there."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def rows(document: str, number: str) -> list[list[str]]:
    """The cells of each row of docs/``document`` whose first one matches ``number``."""
    lines = (ROOT / "docs" / document).read_text(encoding="utf-8").splitlines()
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in lines
        if re.match(rf"\| {number}", line)
    ]


def source_of_test(named: str) -> str:
    """The file that holds the test `` `path::name` ``. Raises AssertionError when it does not."""
    path, name = named.strip("`").split("::")
    source = (ROOT / path).read_text(encoding="utf-8")
    assert re.search(rf"^\s*(?:async )?def {name}\(", source, re.MULTILINE), named
    return source
