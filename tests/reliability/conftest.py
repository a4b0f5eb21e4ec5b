"""Real servers to be broken, and the table of what their breaking showed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from benchmarks.fake_model import FakeModel
from benchmarks.servers import Server, free_port, serving
from tests.reliability.results import Results

STEADY = {
    "OPENAI_API_KEY": "test",
    "RAGBOOK_MODEL": "fake",
    "RAGBOOK_LINGER_S": "2",
    "RAGBOOK_ADDRESS_RATE": "1000000/m",
    "RAGBOOK_BOOK_RATE": "1000000/m",
}
Record = Callable[[str, str], None]
RESULTS = Results()


@pytest.fixture(scope="session")
def record() -> Record:
    """``record("T9", "what was found")``: for the table, and for docs/reliability.md."""
    return RESULTS.record


@pytest.fixture(scope="session")
def model_port() -> int:
    return free_port()


@pytest.fixture
async def model(model_port: int) -> AsyncIterator[FakeModel]:
    """The model of these servers: 0.3 s to its first word, an answer of about 2.5 s."""
    async with FakeModel(
        port=model_port, first_token_s=0.3, tokens_per_second=60, tokens=130
    ) as fake:
        yield fake
    assert fake.errors == []


@pytest.fixture(scope="session")
def server(
    primer_home: Path, model_port: int, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """The process that survives; tests start others on its home and break those."""
    folder = tmp_path_factory.mktemp("reliability")
    address = f"http://127.0.0.1:{model_port}/v1"
    with serving(primer_home, folder, "uvicorn", OPENAI_BASE_URL=address, **STEADY) as running:
        yield running


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if config.getoption("--chaos") and RESULTS.rows:
        terminalreporter.section("faults")
        terminalreporter.write_line(RESULTS.as_text())
        RESULTS.write()
