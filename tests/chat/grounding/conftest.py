"""A small book about a garden robot, and judges that have read it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chat.grounding.judge import LocalJudge
from chat.sentences import Piece, SentenceSplitter
from chat.verdict import Judgement
from retrieval.passages import Kind, Passage

PUMP = """\
The pump node publishes the water level on the `/tank/level` topic every 5 seconds. By default it \
runs at 24 V and delivers up to 1,200 litres per hour. The pump must never run dry, because its \
seals are cooled by the water.

To stop the pump by hand, run:

```bash
ros2 service call /pump/stop std_srvs/srv/Trigger
```

The node is written in Python and needs no configuration file."""

VALVES = """\
Each bed has its own valve, which opens when the soil is too dry.

| Bed | Valve | Crop |
|-----|-------|------|
| North | `valve_1` | Tomatoes |
| South | `valve_2` | Beans |

- `open_valve`: Opens the valve for a given number of minutes.
- `close_valve`: Closes the valve at once and returns the amount of water used.

Valves are synchronous: a call to `open_valve` blocks until the valve has been closed again. \
Nina Okafor tested the valves in Lagos."""

START = """\
Install the packages and start everything with one command:

```bash
# once for each terminal
source install/setup.bash
ros2 launch garden_bringup garden.launch.py bed:=north \\
  use_sim:=false
```

Replace the bed with `ros2 launch garden_bringup garden.launch.py bed:=<name>`. The `--dry-run` \
flag shows what would be watered, but opens no valve."""


def passage(key: str, text: str, *heading: str, kind: Kind = Kind.PROSE) -> Passage:
    return Passage(
        key=key,
        book="garden",
        edition=1,
        path=f"{key}.md",
        url=f"/{key}",
        anchor="",
        heading_path=heading,
        kind=kind,
        text=text,
    )


PASSAGES = (
    passage("pump", PUMP, "The garden robot", "The pump"),
    passage("valves", VALVES, "The garden robot", "Valves"),
    passage("start", START, "The garden robot", "Starting the robot"),
)

QUESTION = "How do I water the east bed?"


@pytest.fixture
def judge() -> LocalJudge:
    return LocalJudge(PASSAGES, QUESTION)


@pytest.fixture
def says(judge: LocalJudge) -> Callable[[str], Judgement]:
    """Judge Markdown that makes exactly one piece."""

    def judged(markdown: str) -> Judgement:
        return judge.judge(piece_of(markdown))

    return judged


def piece_of(markdown: str) -> Piece:
    splitter = SentenceSplitter()
    pieces = [*splitter.feed(markdown), *splitter.finish()]
    assert len(pieces) == 1, [piece.text for piece in pieces]
    return pieces[0]
