"""The proxies' configurations that we hand out, run by the proxies themselves where there are any.

Behind each stands a server that tells what it was sent, and ends a stream only when it is told to:
a proxy that held events back would wait for ever.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvicorn
import websockets.sync.client

from benchmarks.servers import free_port
from tests.ragbook.documents import ROOT

GUIDE = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
PATIENCE_S = 20
NGINX = """
daemon off; pid {home}/nginx.pid; error_log {home}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {home}/body; proxy_temp_path {home}/proxy; fastcgi_temp_path {home}/f;
    uwsgi_temp_path {home}/u; scgi_temp_path {home}/s;
    {snippet}
}}
"""


@dataclass(frozen=True)
class Proxy:
    """A running proxy, and the port of what stands behind it."""

    address: str
    port: int


class Behind:
    """An application that shows what reached it."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            await self._echo(receive, send)
        elif scope["path"] == "/stream":
            await self._stream(send)
        else:
            if scope["path"] == "/go":
                self.gate.set()
            headers = {name.decode(): value.decode() for name, value in scope["headers"]}
            await _start(send, b"application/json")
            await send({"type": "http.response.body", "body": json.dumps(headers).encode()})

    async def _echo(self, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            await send({"type": "websocket.send", "text": message["text"]})

    async def _stream(self, send: Any) -> None:
        await _start(send, b"text/event-stream")
        await send({"type": "http.response.body", "body": b"data: first\n\n", "more_body": True})
        await self.gate.wait()
        await send({"type": "http.response.body", "body": b"data: last\n\n"})


async def _start(send: Any, kind: bytes) -> None:
    headers = [(b"content-type", kind)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})


@pytest.fixture
def behind() -> Iterator[int]:
    """The port of the application."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(Behind(), lifespan="off", ws="websockets-sansio", log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    yield int(listener.getsockname()[1])
    server.should_exit = server.force_exit = True
    thread.join(timeout=5)
    listener.close()


@pytest.fixture(params=["nginx", "caddy", "compose"])
def proxy(request: pytest.FixtureRequest, behind: int, tmp_path: Path) -> Iterator[Proxy]:
    binary = "nginx" if request.param == "nginx" else "caddy"
    if not shutil.which(binary):
        pytest.skip(f"{binary} is not installed")
    port = free_port()
    file = tmp_path / "configuration"
    file.write_text(_configuration(request.param, port, behind, tmp_path), encoding="utf-8")
    with _running(binary, file, port):
        yield Proxy(f"127.0.0.1:{port}", port)


def _configuration(kind: str, port: int, behind: int, home: Path) -> str:
    """What is handed out, on a free port without TLS, and before our application."""
    if kind == "nginx":
        snippet = _snippet("nginx").replace("443 ssl http2", f"127.0.0.1:{port}")
        snippet = re.sub(r"\n +ssl_certificate.*", "", snippet).replace(":8000;", f":{behind};")
        return NGINX.format(home=home, snippet=snippet)
    if kind == "caddy":
        site = _snippet("caddyfile").replace("127.0.0.1:8000", f"127.0.0.1:{behind}")
        site = site.replace("ask.example.org", f"http://127.0.0.1:{port}")
    else:
        site = (ROOT / "examples" / "proxy" / "Caddyfile").read_text(encoding="utf-8")
        site = site.replace("{$SITE_ADDRESS}", f"http://127.0.0.1:{port}")
        site = site.replace("dynamic a web 8000", f"dynamic a 127.0.0.1 {behind}")
    return "{\n\tadmin off\n}\n" + site


def _snippet(kind: str) -> str:
    [snippet] = re.findall(rf"```{kind}\n(.*?)```", GUIDE, re.DOTALL)
    return str(snippet)


@contextmanager
def _running(binary: str, file: Path, port: int) -> Iterator[None]:
    command = {
        "nginx": ["nginx", "-p", str(file.parent), "-c", str(file)],
        "caddy": ["caddy", "run", "--adapter", "caddyfile", "--config", str(file)],
    }[binary]
    log = file.with_suffix(".log")
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=output, env=os.environ | {"HOME": str(file.parent)}
        )
    try:
        _wait(process, port, log)
        yield
    finally:
        process.terminate()
        process.wait(10)


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail(log.read_text(encoding="utf-8"))


def test_it_passes_on_what_a_reader_does(proxy: Proxy) -> None:
    with websockets.sync.client.connect(f"ws://{proxy.address}/ws/chat/x/", proxy=None) as reader:
        reader.send("heard")
        assert reader.recv(timeout=PATIENCE_S) == "heard"
    with httpx2.Client(base_url=f"http://{proxy.address}", timeout=PATIENCE_S) as client:
        with client.stream("GET", "/stream") as stream:
            lines = stream.iter_lines()
            assert next(lines) == "data: first"
            client.get("/go")
            assert "data: last" in list(lines)
        sent = client.get("/", headers={"X-Forwarded-For": "203.0.113.9"}).json()
        assert sent["x-forwarded-for"].split(",")[-1].strip() == "127.0.0.1"
        assert sent["x-forwarded-proto"] == "http"
        assert sent["host"].startswith("127.0.0.1")
        assert client.get("/metrics").status_code == 404
