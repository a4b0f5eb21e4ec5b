"""Round trips: books built by real generators, read back from the HTML that came out."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from lxml import html

from retrieval.passages import Kind
from retrieval.readers.html.site import HtmlSource
from retrieval.readers.source import Page, Selection
from tests.files import write

ALL = Selection()
TALKER = "import rclpy\n\n\ndef main() -> None:\n    rclpy.init()  # <start> & go"
LISTENER = "ros2 run demo listener \\\n  --ros-args -r chatter:=/talk"
TREE = "workspace/\n├── build/\n└── src/"


def indent(text: str, by: int) -> str:
    return textwrap.indent(text, " " * by)


MKDOCS = {
    "mkdocs.yml": """
site_name: Talking robots
site_url: https://robots.example.org/book/
theme: {name: material, font: false}
nav: [{Start: index.md}, {Nodes: talk/nodes.md}, {About: about.md}]
markdown_extensions:
  - admonition
  - attr_list
  - pymdownx.details
  - pymdownx.superfences
  - pymdownx.tabbed: {alternate_style: true}
  - pymdownx.highlight: {pygments_lang_class: true, linenums: true}
  - toc: {permalink: true}
""",
    "docs/index.md": "# Start\n\nRobots talk.\n\n## Why\n\nThey have to.\n\n## Why\n\nAgain.\n",
    "docs/talk/nodes.md": f"""# Nodes

A node is a process.

## The talker {{#talker}}

```python title="talker.py"
{TALKER}
```

!!! warning "Mind the domain"
    Use one domain.

## The listener

=== "Linux"

    ```bash
{indent(LISTENER, 4)}
    ```

=== "Tree"

    ```
{indent(TREE, 4)}
    ```

### Quality of service

| policy | default |
| --- | --- |
| depth | 10 |
""",
    "docs/about.md": "# About\n\nThe end.\n",
}

SPHINX = {
    "conf.py": 'project = "Talking robots"\nextensions = ["sphinx_tabs.tabs"]\n',
    "index.rst": """
Start
=====

Robots talk.

.. toctree::

   talk/nodes
   about

Why
---

They have to.
""",
    "talk/nodes.rst": f"""
Nodes
=====

A node is a process.

.. _talker:

The talker
----------

.. code-block:: python
   :caption: talker.py
   :linenos:

{indent(TALKER, 3)}

.. warning::

   Use one domain.

The listener
------------

.. tabs::

   .. group-tab:: Linux

      .. code-block:: bash

{indent(LISTENER, 9)}

   .. group-tab:: Tree

      ::

{indent(TREE, 9)}

Quality of service
^^^^^^^^^^^^^^^^^^

.. list-table::
   :header-rows: 1

   * - policy
     - default
   * - depth
     - 10
""",
    "about.rst": "About\n=====\n\nThe end.\n",
}


def build(folder: Path, *arguments: str) -> None:
    subprocess.run([sys.executable, "-m", *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def mkdocs_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write(tmp_path_factory.mktemp("mkdocs"), MKDOCS)
    build(folder, "mkdocs", "build", "--quiet", "--site-dir", "site")
    return folder / "site"


@pytest.fixture(scope="module")
def sphinx_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write(tmp_path_factory.mktemp("sphinx"), SPHINX)
    build(folder, "sphinx", "-q", ".", "site")
    return folder / "site"


@pytest.fixture(params=["mkdocs_site", "sphinx_site"])
def site(request: pytest.FixtureRequest) -> Path:
    return Path(request.getfixturevalue(request.param))


def pages(site: Path) -> dict[str, Page]:
    source = HtmlSource(site)
    return {path: source.read(path) for path in source.paths(ALL)}


def built(site: Path, path: str) -> html.HtmlElement:
    return html.fromstring((site / path).read_bytes())


def nodes_page(site: Path) -> Page:
    return next(page for path, page in pages(site).items() if path.startswith("talk/nodes"))


# ── both generators ──────────────────────────────────────────────────────────────────────────


def test_every_anchor_exists_in_its_built_page(site: Path) -> None:
    anchors = {(path, s.anchor) for path, page in pages(site).items() for s in page.sections}
    ids = {(path, name) for path in pages(site) for name in built(site, path).xpath("//@id")}
    assert {anchor for anchor in anchors if anchor[1]} <= ids
    assert sum(1 for anchor in anchors if anchor[1]) >= 4


def test_every_heading_of_a_built_page_is_a_section(site: Path) -> None:
    for path, page in pages(site).items():
        headings = built(site, path).xpath(
            "//*[self::h1 or self::h2 or self::h3][a/@class='headerlink']"
        )
        titles = [heading.text_content().rstrip("¶").strip() for heading in headings]
        assert [section.title for section in page.sections] == titles


def test_every_code_block_is_verbatim(site: Path) -> None:
    page = nodes_page(site)
    blocks = [(s.title, b) for s in page.sections for b in s.blocks if b.kind is Kind.CODE]
    assert [(title, block.text) for title, block in blocks] == [
        ("The talker", TALKER),
        ("The listener", LISTENER),
        ("The listener", TREE),
    ]
    assert [block.label for _, block in blocks] == ["talker.py", "Linux", "Tree"]
    assert [block.language for _, block in blocks][:2] == ["python", "bash"]
    assert (page.code_blocks, page.tables) == (3, 1)


def test_every_table_and_admonition_comes_through(site: Path) -> None:
    blocks = [block for section in nodes_page(site).sections for block in section.blocks]
    tables = [block.text for block in blocks if block.kind is Kind.TABLE]
    assert tables == ["| policy | default |\n| --- | --- |\n| depth | 10 |"]
    (warning,) = [block for block in blocks if block.label.startswith("Warning")]
    assert warning.text == "Use one domain."


def test_pages_come_in_the_order_of_the_navigation(site: Path) -> None:
    assert [page.title for page in pages(site).values()] == ["Start", "Nodes", "About"]


def test_nothing_of_a_page_is_lost_unsaid(site: Path) -> None:
    """What was not read is furniture that the generators make, and told as such."""
    kinds = {item.kind for page in pages(site).values() for item in page.dropped}
    assert kinds == {"generated page"}


# ── each ─────────────────────────────────────────────────────────────────────────────────────


def test_a_mkdocs_site_says_what_it_is(mkdocs_site: Path) -> None:
    source = HtmlSource(mkdocs_site)
    assert source.layout == "Material for MkDocs"
    assert (source.title, source.base_url, source.language) == (
        "Talking robots",
        "https://robots.example.org/book/",
        "en",
    )
    assert [source.read(path).url for path in source.paths(ALL)] == ["", "talk/nodes/", "about/"]


def test_mkdocs_anchors_are_those_of_the_toc(mkdocs_site: Path) -> None:
    sections = [section for page in pages(mkdocs_site).values() for section in page.sections]
    assert [section.anchor for section in sections] == [
        *("", "why", "why_1"),
        *("", "talker", "the-listener", "quality-of-service"),
        "",
    ]


def test_a_sphinx_site_says_what_it_is(sphinx_site: Path) -> None:
    source = HtmlSource(sphinx_site)
    assert (source.layout, source.title) == ("Sphinx", "Talking robots")
    assert [source.read(path).url for path in source.paths(ALL)] == [
        "",
        "talk/nodes.html",
        "about.html",
    ]
