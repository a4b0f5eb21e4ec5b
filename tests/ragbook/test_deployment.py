"""The image and the compose file, held against the project they ship; no engine is needed."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import yaml
from django.conf import settings
from django.core.management import get_commands

from benchmarks.servers import free_port
from tests.ragbook.documents import ROOT, environment_variables

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("web", "worker", "migrate")
Started: TypeAlias = tuple["subprocess.Popen[bytes]", dict[str, str]]
THEIR_OWN = {"PATH", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"}


def instructions() -> Iterator[tuple[str, str]]:
    """The Dockerfile's instructions with their arguments, continued lines joined."""
    for line in DOCKERFILE.replace("\\\n", " ").splitlines():
        if line and not line.startswith("#"):
            name, _, rest = line.strip().partition(" ")
            yield name, " ".join(rest.split())


def arguments(name: str) -> list[str]:
    return [rest for instruction, rest in instructions() if instruction == name]


def ignored_by_the_build(path: str) -> bool:
    rules = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    return "*" in rules and f"!{path}" not in rules


# ── the image ────────────────────────────────────────────────────────────────────────────────


def test_what_is_copied_exists_and_is_sent_to_the_build() -> None:
    copied = [
        path
        for rest in arguments("COPY")
        if not rest.startswith("--from")
        for path in rest.split()[:-1]
    ]
    assert {"ragbook", "chat", "retrieval", "weights", "templates", "manage.py"} <= set(copied)
    for path in copied:
        assert (ROOT / path).exists(), path
        assert not ignored_by_the_build(path), path


def test_every_package_is_installed_by_its_hash() -> None:
    assert "--require-hashes -r requirements.lock" in " ".join(arguments("RUN"))
    assert "--hash=sha256:" in (ROOT / "requirements.lock").read_text(encoding="utf-8")


def test_the_image_runs_as_an_ordinary_user_that_owns_the_data_folder() -> None:
    user = arguments("USER")[-1]
    assert user.split(":")[0].isdigit()
    assert int(user.split(":")[0]) > 0
    names = [name for name, _ in instructions()]
    assert names.index("USER") < names.index("CMD")
    assert arguments("VOLUME") == ["/data"]
    assert "RAGBOOK_DATA=/data" in arguments("ENV")[-1]


def test_the_python_of_the_image_is_the_projects() -> None:
    base = arguments("FROM")[0]
    assert re.match(r"python:3\.11\.\d+-slim-\w+ AS base$", base)
    assert 'requires-python = ">=3.11"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_the_server_command_is_one_that_uvicorn_takes() -> None:
    program, application, *options = json.loads(arguments("CMD")[-1])
    assert (program, application) == ("uvicorn", "ragbook.asgi:application")
    told = subprocess.run(
        [sys.executable, "-m", "uvicorn", "--help"], capture_output=True, text=True, check=True
    ).stdout
    for option in options:
        if option.startswith("--"):
            assert re.search(rf"{option}\b", told), option
    assert options[options.index("--ws-max-size") + 1] == "65536"


def test_the_health_check_runs_a_module_of_ours() -> None:
    command = json.loads(arguments("HEALTHCHECK")[0].partition("CMD ")[2])
    assert command == ["python", "-m", "ragbook.probe"]


def test_the_probe_fails_without_a_server() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ragbook.probe"],
        cwd=ROOT,
        env={**os.environ, "PORT": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("no answer: ")


@contextmanager
def the_images_server(folder: Path, **variables: str) -> Iterator[Started]:
    """The image's own command on a free port; its output is in ``folder/log`` afterwards."""
    port = free_port()
    environment = {"PATH": os.environ["PATH"], "PYTHONUNBUFFERED": "1", "PORT": str(port)}
    environment |= {"RAGBOOK_DATA": str(folder), "SECRET_KEY": "x" * 50} | variables
    command = json.loads(arguments("CMD")[-1])
    command[command.index("0.0.0.0")] = "127.0.0.1"
    command[command.index("8000")] = str(port)
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", *command], cwd=ROOT, env=environment, stdout=log, stderr=log
        )
        try:
            yield server, environment
        finally:
            server.terminate()
            server.wait(20)


def probe(environment: dict[str, str]) -> int:
    return subprocess.run(
        [sys.executable, "-m", "ragbook.probe"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        check=False,
    ).returncode


@pytest.mark.server
@pytest.mark.timeout(120)
def test_the_images_command_serves_and_each_of_its_lines_is_json(tmp_path: Path) -> None:
    public = {"ALLOWED_HOSTS": ".example.org", "RAGBOOK_HTTPS": "1"}
    with the_images_server(tmp_path, **public) as (server, environment):
        while probe(environment) and server.poll() is None:
            time.sleep(0.2)
        assert server.poll() is None
    assert server.returncode in (0, -signal.SIGTERM)
    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    events = [line["event"] for line in lines]
    assert "request_finished" in events
    assert any(event.startswith("Uvicorn running") for event in events)


@pytest.mark.server
@pytest.mark.timeout(120)
def test_the_images_command_refuses_wrong_settings(tmp_path: Path) -> None:
    with the_images_server(tmp_path, RAGBOOK_DEADLINE_S="0") as (server, _):
        assert server.wait(60) != 0
    assert "(ragbook.E004) RAGBOOK_DEADLINE_S=0" in (tmp_path / "log").read_text()


def test_the_image_holds_no_secret_and_sets_only_known_variables() -> None:
    named = re.findall(r"\b([A-Z][A-Z_]+)=", " ".join(arguments("ENV") + arguments("RUN")))
    assert set(named) - THEIR_OWN <= environment_variables()
    assert not re.search(r"SECRET_KEY|API_KEY|PASSWORD", " ".join(arguments("ENV")))


def test_static_files_are_collected_without_a_data_folder(tmp_path: Path) -> None:
    folder = tmp_path / "never-made"
    done = subprocess.run(
        [sys.executable, "manage.py", "collectstatic", "--no-input", "--dry-run"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "SECRET_KEY": "x", "RAGBOOK_DATA": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert not folder.exists()


# ── compose ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("service", OURS)
def test_compose_sets_only_variables_that_the_settings_read(service: str) -> None:
    assert set(SERVICES[service]["environment"]) <= environment_variables()


def test_migrations_go_past_a_pooler() -> None:
    assert "DATABASE_URL_UNPOOLED" in SERVICES["migrate"]["environment"]
    assert "DATABASE_URL_UNPOOLED" not in SERVICES["web"]["environment"]
    condition = SERVICES["web"]["depends_on"]["migrate"]["condition"]
    assert condition == "service_completed_successfully"


def test_our_commands_exist() -> None:
    for service in ("migrate", "worker"):
        python, script, command, *_ = SERVICES[service]["command"]
        assert (python, script) == ("python", "manage.py")
        assert command in get_commands()


def test_the_worker_has_what_the_web_has() -> None:
    assert SERVICES["worker"]["environment"] == SERVICES["web"]["environment"]
    assert SERVICES["worker"]["volumes"] == SERVICES["web"]["volumes"]


@pytest.mark.parametrize("service", SERVICES)
def test_each_service_is_limited_and_watched(service: str) -> None:
    described = SERVICES[service]
    limits = described["deploy"]["resources"]["limits"]
    assert {"cpus", "memory"} <= set(limits)
    watched_by_image = service == "web"
    assert "healthcheck" in described or watched_by_image


@pytest.mark.parametrize("service", OURS)
def test_our_services_cannot_change_themselves(service: str) -> None:
    described = SERVICES[service]
    assert described["read_only"] is True
    assert described["cap_drop"] == ["ALL"]
    assert described["volumes"] == ["data:/data"]


def test_volumes_are_declared() -> None:
    used = {
        volume.split(":")[0]
        for service in SERVICES.values()
        for volume in service.get("volumes", [])
        if not volume.startswith("./")
    }
    assert used == set(COMPOSE["volumes"])


def test_only_the_proxy_is_open_to_the_world() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]
    assert {port.split(":")[0] for port in SERVICES["proxy"]["ports"]} == {"80", "443"}


def test_the_proxy_stands_before_every_web_process() -> None:
    [mounted] = [one for one in SERVICES["proxy"]["volumes"] if one.startswith("./")]
    caddyfile = (ROOT / mounted.split(":")[0]).read_text(encoding="utf-8")
    command = json.loads(arguments("CMD")[-1])
    port = command[command.index("--port") + 1]
    assert f"dynamic a web {port} {{" in caddyfile
    assert set(re.findall(r"{\$(\w+)}", caddyfile)) == set(SERVICES["proxy"]["environment"])
    assert SERVICES["proxy"]["depends_on"] == {"web": {"condition": "service_healthy"}}
    assert caddyfile.count("{") == caddyfile.count("}")


def snippets() -> list[tuple[str, str]]:
    """Every configuration of a proxy that we hand out, with its kind."""
    guide = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
    ours = (ROOT / "examples/proxy/Caddyfile").read_text(encoding="utf-8")
    return [*re.findall(r"```(caddyfile|nginx)\n(.*?)```", guide, re.DOTALL), ("caddyfile", ours)]


NEEDED = {
    "caddyfile": ["respond /metrics 404", "flush_interval -1", "reverse_proxy"],
    "nginx": [
        "location = /metrics { return 404; }",
        "proxy_buffering off;",
        "proxy_http_version 1.1;",
        "proxy_set_header Upgrade $http_upgrade;",
        "proxy_set_header Connection $connection_upgrade;",
        "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;",
        "proxy_set_header X-Forwarded-Proto $scheme;",
    ],
}


@pytest.mark.parametrize(("kind", "snippet"), snippets())
def test_a_proxy_passes_sockets_and_events_on_and_keeps_metrics_inside(
    kind: str, snippet: str
) -> None:
    assert not [line for line in NEEDED[kind] if line not in snippet]


def test_no_proxy_gives_up_an_answer_before_its_deadline() -> None:
    [nginx] = [snippet for kind, snippet in snippets() if kind == "nginx"]
    patience = re.search(r"proxy_read_timeout (\d+)s;", nginx)
    assert patience
    assert int(patience[1]) > settings.RAGBOOK_DEADLINE_S


def test_without_the_advisories_the_audit_says_so_and_fails_nothing() -> None:
    done = subprocess.run(
        ["make", "--assume-old=.venv/dev", "audit", "ADVISORIES=http://127.0.0.1:1"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "cannot be reached" in done.stdout
    assert "make audit" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_no_image_is_called_latest() -> None:
    images = [rest.split()[0] for rest in arguments("FROM")] + [
        service["image"] for service in SERVICES.values()
    ]
    stages = {rest.split()[2] for rest in arguments("FROM") if " AS " in rest}
    for image in set(images) - stages:
        name, colon, tag = image.rpartition(":")
        assert name, image
        assert colon, image
        assert tag != "latest"
        assert re.search(r"\d", tag), image


def test_secrets_are_required_and_none_has_a_default() -> None:
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    for name in ("SECRET_KEY", "POSTGRES_PASSWORD", "ALLOWED_HOSTS"):
        assert re.search(rf"\$\{{{name}:\?", text), name
        assert not re.search(rf"\$\{{{name}(:-|-|\}})", text), name
    assert "${OPENAI_API_KEY:-}" in text


# ── both and the documentation ───────────────────────────────────────────────────────────────


def test_the_version_of_the_image_is_the_projects() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    version = re.search(r'^version = "(.+)"', project, re.MULTILINE)
    assert version
    assert {SERVICES[service]["image"] for service in OURS} == {f"ragbook:{version[1]}"}


def test_the_guide_starts_the_server_as_the_image_does() -> None:
    guide = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8").replace("\\\n", " ")
    line = next(line for line in guide.splitlines() if "uvicorn ragbook.asgi" in line)
    in_guide = set(shlex.split(line))
    in_image = set(json.loads(arguments("CMD")[-1]))
    assert in_image - in_guide <= {"uvicorn", "0.0.0.0", "--no-server-header"}
