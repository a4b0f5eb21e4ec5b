"""Typed reading of the environment. Every name may also be given as NAME_FILE, a file's path."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off", ""}
DATABASES = ("postgres://", "postgresql://", "sqlite:///")


def text(name: str, default: str = "") -> str:
    """The variable, or the content of the file that ``NAME_FILE`` names; empty is as if unset."""
    path = os.environ.get(f"{name}_FILE")
    if not path:
        return os.environ.get(name, "").strip() or default
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ImproperlyConfigured(f"{name}_FILE cannot be read: {error}") from error


def flag(name: str, *, default: bool) -> bool:
    value = text(name, "1" if default else "0").lower()
    if value in TRUE:
        return True
    if value in FALSE:
        return False
    raise ImproperlyConfigured(f"{name} must be 1 or 0, not {value!r}.")


def number(name: str, default: int) -> int:
    value = text(name, str(default))
    try:
        return int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.") from None


def amount(name: str, default: float) -> float:
    value = text(name, str(default))
    try:
        result = float(value)
    except ValueError:
        result = -1.0
    if not 0.0 <= result < float("inf"):
        raise ImproperlyConfigured(f"{name} must be a number such as 0.25, not {value!r}.")
    return result


def choice(name: str, default: str, known: Collection[str]) -> str:
    value = text(name, default)
    if value not in known:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(known)}, not {value!r}.")
    return value


def database(name: str, default: str = "") -> str:
    """A database's address, which is not repeated in an error: it holds a password."""
    value = text(name, default)
    if value and not value.startswith(DATABASES):
        raise ImproperlyConfigured(f"{name} must begin with {' or '.join(DATABASES)}.")
    return value


def words(name: str, default: str = "") -> list[str]:
    """A comma-separated list."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]
