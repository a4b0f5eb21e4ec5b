"""The environment is read by type, and a wrong value says what is wanted."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from ragbook import env


def test_a_text_is_stripped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NAME", " value\n")
    assert env.text("NAME") == "value"
    assert env.text("ABSENT", "default") == "default"


def test_a_secret_may_stand_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("from file\n")
    monkeypatch.setenv("NAME", "from environment")
    monkeypatch.setenv("NAME_FILE", str(secret))
    assert env.text("NAME") == "from file"


def test_an_unreadable_secret_file_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NAME_FILE", "/nowhere/secret")
    with pytest.raises(ImproperlyConfigured, match="NAME_FILE cannot be read"):
        env.text("NAME")


@pytest.mark.parametrize(("value", "expected"), [("1", True), ("Yes", True), ("off", False)])
def test_a_flag_has_many_spellings(
    monkeypatch: pytest.MonkeyPatch, value: str, expected: bool
) -> None:
    monkeypatch.setenv("NAME", value)
    assert env.flag("NAME", default=not expected) is expected


def test_other_spellings_of_a_flag_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NAME", "maybe")
    with pytest.raises(ImproperlyConfigured, match="NAME must be 1 or 0"):
        env.flag("NAME", default=True)


def test_a_number_must_be_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    assert env.number("ABSENT", 8) == 8
    monkeypatch.setenv("NAME", "8.5")
    with pytest.raises(ImproperlyConfigured, match="NAME must be a whole number"):
        env.number("NAME", 8)


def test_words_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NAME", "a.example, b.example,,")
    assert env.words("NAME") == ["a.example", "b.example"]


@pytest.mark.parametrize("value", ["much", "-1", "inf", "nan"])
def test_an_amount_is_a_number_from_zero_on(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("NAME", "0.25")
    assert env.amount("NAME", 0.0) == 0.25
    monkeypatch.setenv("NAME", value)
    with pytest.raises(ImproperlyConfigured, match="NAME must be a number such as"):
        env.amount("NAME", 0.0)


def test_a_choice_names_what_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    assert env.choice("ABSENT", "low", ("low", "high")) == "low"
    monkeypatch.setenv("NAME", "loud")
    with pytest.raises(ImproperlyConfigured, match="NAME must be one of low, high, not 'loud'"):
        env.choice("NAME", "low", ("low", "high"))


def test_a_databases_address_is_checked_and_never_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    assert env.database("ABSENT", "sqlite:///x") == "sqlite:///x"
    monkeypatch.setenv("NAME", "mysql://reader:secret@db.example.org/ragbook")
    with pytest.raises(ImproperlyConfigured, match="NAME must begin with postgres://") as refused:
        env.database("NAME")
    assert "secret" not in str(refused.value)
