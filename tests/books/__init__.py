"""A small book of our own for tests that need a real ingest."""

from __future__ import annotations

from pathlib import Path

from retrieval.ingest import IngestResult, ingest
from retrieval.manifest import Manifest
from tests.files import write

PAGES = {
    "docs/nodes.md": """---
title: Nodes
sidebar_position: 1
---

A node is a process that performs computation. Each node has a unique name in the graph.

## Listing nodes

Run this command to see the names of all running nodes:

```bash
ros2 node list
```

The command prints one name per line. It returns after two seconds at the latest.

## Naming nodes

A node name may hold letters, digits and underscores. It must not begin with a digit.
""",
    "docs/topics.md": """---
title: Topics
sidebar_position: 2
---

Topics carry messages from publishers to subscribers. A topic has one message type.

## Quality of service

The default queue depth of a publisher is 10 messages. A reliable subscriber does not receive
messages from a best effort publisher.

| policy | default |
| --- | --- |
| history | keep last |
| depth | 10 |

## Echoing a topic

Use `ros2 topic echo /chatter` to print the messages of the topic `/chatter`.
""",
    "docs/parameters.md": """---
title: Parameters
sidebar_position: 3
---

Parameters configure a node at run time. Each parameter has a name and a value.

## Setting a parameter

```bash
ros2 param set /turtlesim background_r 150
```

The change is lost when the node ends.
""",
}


def write_book(folder: Path) -> Path:
    """The book's source in ``folder``, as a Docusaurus site keeps it."""
    config = 'export default {title: "Robots", url: "https://robots.example.org", baseUrl: "/"};'
    return write(folder, PAGES | {"docusaurus.config.js": config})


def ingest_quietly(
    folder: Path, slug: str = "robots", said: Manifest | None = None
) -> IngestResult:
    return ingest(slug, folder, said or Manifest(), lambda *_: None)
