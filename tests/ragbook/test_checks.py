"""A wrong setting is told at start, with an id and the way out; a right one is not mentioned."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core import checks as django_checks
from django.core.management.base import SystemCheckError

from ragbook import checks

ROOT = Path(__file__).resolve().parents[2]

NEON = "ep-quiet-lake-1.eu-central-1.aws.neon.tech"
NEON_POOLED = "ep-quiet-lake-1-pooler.eu-central-1.aws.neon.tech"


def ids() -> list[str | None]:
    """What the checks of this module say of the settings."""
    ours = [check for check in django_checks.registry.registry.get_checks() if _is_ours(check)]
    return [message.id for check in ours for message in check(app_configs=None, databases=None)]


def _is_ours(check: Any) -> bool:
    return bool(check.__module__ == "ragbook.checks")


def neon(host: str, **options: str) -> dict[str, Any]:
    return {"default": {"HOST": host, "OPTIONS": options}}


def test_the_default_settings_are_right(settings: Any) -> None:
    assert ids() == []


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ({"DEBUG": True, "ALLOWED_HOSTS": ["books.example.org"]}, ["ragbook.E001"]),
        ({"DEBUG": True, "ALLOWED_HOSTS": ["*"]}, ["ragbook.E001"]),
        ({"DEBUG": True, "ALLOWED_HOSTS": ["localhost", "[::1]"]}, []),
        ({"RAGBOOK_ADDRESS_RATE": "many"}, ["ragbook.E002"]),
        ({"RAGBOOK_CONVERSATION_RATE": "30/m or so"}, ["ragbook.E002"]),
        ({"RAGBOOK_CONVERSATION_RATE": "0/m"}, ["ragbook.E002"]),
        ({"RAGBOOK_CONVERSATION_RATE": "5/10s"}, []),
        ({"RAGBOOK_JUDGE": "oracle"}, ["ragbook.E003"]),
        ({"RAGBOOK_JUDGE": "llm"}, ["ragbook.E009"]),
        ({"RAGBOOK_JUDGE": "both"}, ["ragbook.E009"]),
        ({"RAGBOOK_JUDGE": "both", "OPENAI_API_KEY": "k"}, []),
        ({"RAGBOOK_JUDGE_S": 0}, ["ragbook.E004"]),
        ({"RAGBOOK_JUDGE_TOKENS": 10}, ["ragbook.E004"]),
        ({"RAGBOOK_LOG_FORMAT": "xml"}, ["ragbook.E003"]),
        ({"RAGBOOK_DEADLINE_S": 0}, ["ragbook.E004"]),
        ({"RAGBOOK_LINGER_S": -1}, ["ragbook.E004"]),
        ({"RAGBOOK_LINGER_S": 0}, []),
        ({"DB_POOL_SIZE": 0}, ["ragbook.E004"]),
        ({"RAGBOOK_PROOF_WORK": 0}, ["ragbook.E004"]),
        ({"RAGBOOK_QDRANT_SHARDS": 0}, ["ragbook.E004"]),
        ({"RAGBOOK_HTTPS": True}, ["ragbook.W004"]),
        ({"RAGBOOK_HTTPS": True, "RAGBOOK_TRUSTED_PROXIES": 1}, []),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "collector:4318"}, ["ragbook.E011"]),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}, []),
        ({"RAGBOOK_SOURCES": ["books/mine"]}, ["ragbook.E010"]),
        ({"RAGBOOK_SOURCES": ["/srv/books/*", "https://docs.example.org/"]}, []),
        ({"REDIS_URL": "localhost:6379"}, ["ragbook.E005"]),
        ({"REDIS_URL": "rediss://cache:6380/0"}, []),
        ({"OPENAI_BASE_URL": "api.openai.com/v1"}, ["ragbook.E006"]),
        ({"OPENAI_BASE_URL": "http://[::1"}, ["ragbook.E006"]),
        ({"OPENAI_BASE_URL": "http://127.0.0.1:9000/v1", "OPENAI_API_KEY": "k"}, []),
        ({"OPENAI_BASE_URL": "http://models.example/v1", "OPENAI_API_KEY": "k"}, ["ragbook.W002"]),
        ({"OPENAI_BASE_URL": "http://models.example/v1"}, []),
    ],
)
def test_each_wrong_setting_has_its_id(
    settings: Any, names: dict[str, Any], told: list[str]
) -> None:
    settings.SECRET_KEY_FROM_ENV = True
    for name, value in names.items():
        setattr(settings, name, value)
    assert ids() == told


def test_a_public_host_wants_a_secret_key_of_its_own(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["books.example.org"]
    settings.SECRET_KEY_FROM_ENV = False
    assert ids() == ["ragbook.W001"]
    settings.SECRET_KEY_FROM_ENV = True
    assert ids() == []


@pytest.mark.parametrize(
    ("database", "unpooled", "told"),
    [
        (neon(NEON), "", ["ragbook.E007"]),
        (neon(NEON, sslmode="prefer"), "", ["ragbook.E007"]),
        (neon(NEON, sslmode="require"), "", []),
        (neon(NEON_POOLED, sslmode="require"), "", ["ragbook.W003"]),
        (neon(NEON_POOLED, sslmode="verify-full"), "postgres://set", []),
        (neon(NEON, sslmode="require"), f"postgres://{NEON_POOLED}/x", ["ragbook.W003"]),
        (neon("db.internal"), "", []),
    ],
)
def test_neon_is_used_encrypted_and_migrated_directly(
    monkeypatch: pytest.MonkeyPatch, database: dict[str, Any], unpooled: str, told: list[str]
) -> None:
    monkeypatch.setattr(django_settings, "DATABASES", database)
    monkeypatch.setattr(django_settings, "DATABASE_URL_UNPOOLED", unpooled)
    assert [message.id for message in checks.neon_is_used_as_it_wants()] == told


def test_a_data_folder_that_cannot_be_made_is_told(settings: Any, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("in the way")
    settings.RAGBOOK_DATA = file / "data"
    assert ids() == ["ragbook.E008"]


def test_every_message_shows_a_way_out(
    settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings.DEBUG = True
    settings.ALLOWED_HOSTS = ["*"]
    settings.SECRET_KEY_FROM_ENV = False
    settings.RAGBOOK_ADDRESS_RATE = settings.RAGBOOK_JUDGE = settings.REDIS_URL = "wrong"
    settings.RAGBOOK_DEADLINE_S = 0
    settings.OPENAI_BASE_URL = "wrong"
    monkeypatch.setattr(django_settings, "DATABASES", neon(NEON_POOLED))
    settings.RAGBOOK_DATA = tmp_path / "file" / "data"
    (tmp_path / "file").write_text("in the way")
    messages = [
        message
        for check in django_checks.registry.registry.get_checks()
        if _is_ours(check)
        for message in check(app_configs=None, databases=None)
    ]
    assert len(messages) == len({message.id for message in messages}) == 10
    assert all(message.hint for message in messages)


def test_a_server_refuses_to_start_on_an_error(settings: Any) -> None:
    settings.RAGBOOK_JUDGE = "oracle"
    with pytest.raises(SystemCheckError, match=r"ragbook\.E003"):
        checks.refuse_wrong_settings()


def test_a_server_starts_in_spite_of_a_warning(
    settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.ALLOWED_HOSTS = ["books.example.org"]
    settings.SECRET_KEY_FROM_ENV = False
    checks.refuse_wrong_settings()


def run_check(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-W", "error::ResourceWarning", "manage.py", "check", *arguments],
        cwd=ROOT,
        env=kept | variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_an_empty_environment_passes_every_check(tmp_path: Path) -> None:
    done = run_check(RAGBOOK_DATA=str(tmp_path))
    assert "no issues (0 silenced)" in done.stdout, done.stderr
    assert done.stderr == ""


def test_production_settings_pass_the_checks_for_deployment(tmp_path: Path) -> None:
    done = run_check(
        "--deploy",
        "--fail-level=WARNING",
        RAGBOOK_DATA=str(tmp_path),
        SECRET_KEY="a-key-for-this-test-" + "0123456789abcdefghijklmnopqrstuvwxyz",
        ALLOWED_HOSTS="books.example.org",
        RAGBOOK_HTTPS="1",
        RAGBOOK_TRUSTED_PROXIES="1",
        DATABASE_URL="postgres://reader:secret@db.example.org/ragbook?sslmode=require",
        QDRANT_URL="https://index.example.org:6333",
        QDRANT_API_KEY="key",
        REDIS_URL="rediss://cache.example.org:6380/0",
        OPENAI_API_KEY="key",
    )
    assert done.returncode == 0, done.stderr
    assert "no issues (0 silenced)" in done.stdout


def test_a_wrong_setting_stops_the_command_line(tmp_path: Path) -> None:
    done = run_check(RAGBOOK_DATA=str(tmp_path), RAGBOOK_DEADLINE_S="0")
    assert done.returncode == 1
    assert "(ragbook.E004) RAGBOOK_DEADLINE_S=0 is out of range." in done.stderr
    assert "HINT: Choose a number from 5 to 600." in done.stderr
