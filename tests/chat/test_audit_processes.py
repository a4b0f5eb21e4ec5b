"""The audit as an operator runs it: beside a server, killed and taken up, after a rollback."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import pytest

from benchmarks.servers import ROOT, Server, manage, serving

pytestmark = pytest.mark.database

QUESTION = "What is a node?"
SAID = "A node is a program, or a part of one, that has a name in the ROS graph"

KILLED_AUDIT = """
import os, signal
from chat.audit import audit

def die_after_a_batch(step, done, total):
    if done:
        os.kill(os.getpid(), signal.SIGKILL)

audit("primer", everything=True, progress=die_after_a_batch)
"""


@pytest.fixture
def server(primer_home: Path, tmp_path: Path) -> Iterator[Server]:
    with serving(primer_home, tmp_path) as running:
        yield running


def asked(server: Server, book: str = "primer", question: str = QUESTION) -> dict[str, Any]:
    body = {"book": book, "question": question}
    reply = httpx2.post(f"{server.http}/api/v1/chat", json=body, timeout=60)
    assert reply.status_code == 200, reply.text
    answer: dict[str, Any] = reply.json()
    return answer


def audited(server: Server, *options: str) -> dict[str, Any]:
    report: dict[str, Any] = json.loads(
        manage(server.environment, "audit_grounding", "--json", *options)
    )
    return report


def in_django(server: Server, statements: str) -> str:
    """Run statements in a process beside the server; its standard output."""
    return manage(server.environment, "shell", "--no-imports", "--command", statements)


def without(source: Path, words: str) -> None:
    """Take the sentence that begins with these words out of whatever page has it."""
    for page in source.rglob("*.md*"):
        text = page.read_text("utf-8")
        if words in text:
            before, _, rest = text.partition(words)
            page.write_text(before + rest.partition(".")[2].lstrip(), "utf-8")


def test_a_sentence_taken_out_of_the_book_is_broken_until_it_is_rolled_back(
    server: Server, tmp_path: Path
) -> None:
    answer, other = asked(server), asked(server, question="How do I record a bag?")
    assert SAID in answer["text"]
    source = Path(shutil.copytree(ROOT / "examples" / "primer", tmp_path / "primer"))
    without(source, SAID)
    manage(server.environment, "ingest_book", str(source), "--book", "primer")
    report = audited(server)
    broken = [found for found in report["findings"] if found["kind"] == "broken"]
    assert [found["answer"] for found in broken if SAID in found["sentence"]] == [answer["id"]]
    assert other["id"] not in [found["answer"] for found in report["findings"]]
    assert SAID in broken[0]["old"]["text"]
    assert SAID not in broken[0]["new"]["text"]
    manage(server.environment, "rollback_book", "primer")
    again = audited(server)
    assert (again["answers"], again["broken"], again["findings"]) == (1, 0, [])
    assert audited(server)["answers"] == 0


def test_a_killed_audit_goes_on_while_the_server_answers(server: Server) -> None:
    in_django(server, "from benchmarks import audit; audit.SLUG = 'primer'; audit.say(220)")
    killed = subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "--command", KILLED_AUDIT],
        cwd=ROOT,
        env=dict(server.environment),
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    with ThreadPoolExecutor() as beside:
        auditing = beside.submit(audited, server, "primer", "--resume")
        while not auditing.done():
            assert asked(server)["outcome"] == "quoted"
    report = auditing.result()
    assert report["answers"] >= 220
    assert report["still_supported"] == report["sentences"]
