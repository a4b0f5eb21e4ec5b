"""Citations into a MkDocs site: each section's address and anchor exist in the really built pages.

A small Material site full of traps is built by ``mkdocs build`` itself.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from lxml import html

from retrieval.passages import Kind
from retrieval.readers.mkdocs.site import MkDocsSource
from retrieval.readers.source import Page, Selection
from tests.files import write

CONFIG = """
site_name: Traps
site_url: https://traps.example.org/book/
theme:
  name: material
  font: false
plugins: []
exclude_docs: |
  _*.md
  /drafts/
nav:
  - Welcome: index.md
  - Guide:
      - guide/README.md
      - guide/two words.md
  - Elsewhere: https://example.org/
markdown_extensions:
  - abbr
  - admonition
  - attr_list
  - def_list
  - footnotes
  - md_in_html
  - tables
  - toc:
      permalink: true
      %(toc)s
  - pymdownx.betterem
  - pymdownx.blocks.admonition
  - pymdownx.blocks.details
  - pymdownx.blocks.html
  - pymdownx.blocks.tab:
      alternate_style: true
  - pymdownx.caret
  - pymdownx.details
  - pymdownx.emoji:
      emoji_index: !!python/name:material.extensions.emoji.twemoji
      emoji_generator: !!python/name:material.extensions.emoji.to_svg
  - pymdownx.highlight:
      anchor_linenums: true
  - pymdownx.inlinehilite
  - pymdownx.keys
  - pymdownx.mark
  - pymdownx.snippets:
      base_path: [!relative $config_dir]
  - pymdownx.superfences:
      custom_fences:
        - name: mermaid
          class: mermaid
          format: !!python/name:pymdownx.superfences.fence_code_format
  - pymdownx.tabbed:
      alternate_style: true
  - pymdownx.tasklist
  - pymdownx.tilde
"""

PAGES = {
    "docs/index.md": """# Welcome to the *book*

Text.

## Repeated

One.

## Repeated

Two.

## Repeated { #repeated_1 }

Three.

## Repeated_1

Four.

##Without a space

Five.

## With `code()`, <kbd>html</kbd> & "quotes" — dashes

Six.

## Žluťoučký kůň 😀 你好

Seven.

## 你好

Eight.

## :material-check: An icon

Nine.

## Press ++ctrl+c++ or ==mark== ^^this^^ H~2~O

Ten.

## A [link](guide/two words.md){ .x } and ![picture](a.png)

Eleven.

## Snake_case and __init__ and `__main__`

Twelve.

## Closed ##

Thirteen.

## A footnote[^1]

Fourteen.

[^1]: The note.

Underlined
----------

Fifteen.

Two lines
of text
---

Sixteen.

## Ends in C#

Seventeen.

## 1. Numbered: step/one

Eighteen.

## Escaped \\*stars\\* and a \\_line

Nineteen.
""",
    "docs/guide/README.md": """---
title: The guide
---

Before any heading.

!!! note "A note"

    ## Inside an admonition

    Text.

    ??? tip

        ### Deeper

        Text.

=== "Linux"

    ## In a tab

    Text.

=== "Windows"

    ## In a tab

    Text.

/// details | More
    type: warning

## In a generic block

Text.

//// tab | One

### In a generic tab

Text.

////
///

- An item

    ## In an item

    Text.

> ## In a quote
>
> Text.

<div markdown id="taken">

## In markdown HTML

Text.

</div>

## Taken

Text.

<div>

## In raw HTML

</div>

A paragraph with an id.
{ #para }

## Para

Text.

[](){ #spot }

## Spot

Text.

``` { .python .annotate }
# no heading
/// note
x = 1  # (1)!
```

1.  An annotation.

--8<-- "parts/shared.md"

```python
--8<-- "parts/code.py:body"
```

<!--
## In a comment
-->

Term
:   Defined.

    ## In a definition

    Text.

*[HTML]: Hyper Text

## HTML

Text.
""",
    "docs/guide/two words.md": """Author: Nobody
Title: Two words

# Something else

Text.

## Last

Text.
""",
    "docs/guide/index/deep.md": "# Deep\n\nText.\n",
    "docs/more/index.md": "# Index\n\nText.\n",
    "docs/more/README.md": "# Readme\n\nText.\n",
    "docs/_part.md": "# Part\n\nText.\n",
    "docs/drafts/a.md": "# Draft\n\nText.\n",
    "parts/shared.md": "## Shared\n\nText.\n\n## Shared\n\nText.\n",
    "parts/code.py": "# --8<-- [start:body]\n## no heading\n# --8<-- [end:body]\n",
}

SLUGS = [
    "title: Contents",
    "slugify: !!python/object/apply:pymdownx.slugs.slugify {kwds: {case: lower}}",
    "slugify: !!python/name:markdown.extensions.toc.slugify_unicode",
    "separator: _",
]


def build(root: Path, toc: str, *, directory_urls: bool) -> None:
    """Write the site and have MkDocs build it into ``root/site``."""
    config = CONFIG % {"toc": toc} + f"use_directory_urls: {str(directory_urls).lower()}\n"
    write(root, {"mkdocs.yml": config, **PAGES})
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def pages_of(root: Path) -> list[Page]:
    source = MkDocsSource(root)
    return [source.read(path) for path in source.paths(Selection())]


def built(root: Path, url: str) -> Path:
    return (
        root
        / "site"
        / url.replace("%20", " ")
        / ("index.html" if not url or url[-1] == "/" else "")
    )


def article(file: Path) -> html.HtmlElement:
    """What a built page says, without the navigation around it."""
    found = html.fromstring(file.read_bytes()).find(".//article")
    assert isinstance(found, html.HtmlElement)
    return found


def heading_ids(file: Path) -> list[str]:
    """The ids of a built page's headings in document order."""
    ids = [heading.get("id") for heading in article(file).iter("h1", "h2", "h3")]
    return [identifier for identifier in ids if identifier]


@pytest.mark.parametrize("toc", SLUGS)
def test_every_section_opens_where_it_stands_in_the_built_site(tmp_path: Path, toc: str) -> None:
    build(tmp_path, toc, directory_urls=toc != SLUGS[-1])
    pages = pages_of(tmp_path)

    assert len(pages) == 5
    for page in pages:
        anchors = [section.anchor for section in page.sections if section.anchor]
        assert anchors == heading_ids(built(tmp_path, page.url)), page.path


def test_every_page_that_is_built_is_read(tmp_path: Path) -> None:
    build(tmp_path, SLUGS[0], directory_urls=True)
    found = {built(tmp_path, page.url) for page in pages_of(tmp_path)}

    assert found == set((tmp_path / "site").rglob("*.html")) - {tmp_path / "site" / "404.html"}


def test_no_code_of_the_site_is_lost(tmp_path: Path) -> None:
    build(tmp_path, SLUGS[0], directory_urls=True)
    for page in pages_of(tmp_path):
        blocks = [block for section in page.sections for block in section.blocks]
        printed = list(article(built(tmp_path, page.url)).iter("pre"))
        assert sum(block.kind is Kind.CODE for block in blocks) == page.code_blocks == len(printed)
