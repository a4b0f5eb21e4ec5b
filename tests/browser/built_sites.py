"""A small book as five generators publish it, with the widget put in as docs/embed.md says.

What a guide says is copied out of it to the letter; only HOST and SLUG are filled in.
"""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from tests.books.generators import build_docusaurus, install_docusaurus, run
from tests.files import write

GUIDE = Path(__file__).parents[2] / "docs" / "embed.md"

QUESTION = "How do I see the names of all running nodes?"
PROOF = "prints one name per line"

INDEX = """\
# Robots

A robot is a set of programs that work together. Start with the page about nodes.
"""
NODES = """\
# Nodes

Every node is a process of its own, and nodes talk over topics.

## Which nodes are running

Run `ros2 node list` to see the names of all running nodes. The command prints one name per line.

```bash
ros2 node list
```
"""


@dataclass(frozen=True)
class Site:
    """A book's source, and the folder of the site that was built from it."""

    source: Path
    built: Path


Builder = Callable[[Path, dict[str, str], str], Site]
"""Makes a site in a folder from the guide's snippets, to be published at an address."""


def snippets(generator: str, host: str, slug: str) -> dict[str, str]:
    """The guide's snippets by the file that each belongs in."""
    guide = GUIDE.read_text(encoding="utf-8").split(f"\n### {generator}\n")[1]
    guide = re.split(r"\n##", guide)[0].replace("https://HOST", host).replace("SLUG", slug)
    return dict(
        re.findall(r"^In (?:`([^`\n]+)`|.+)[^\n`]*:\n\n```\w+\n(.*?)```", guide, re.M | re.S)
    )


@dataclass
class Publication:
    """An address on a free loopback port, and the folder that is served there."""

    address: str
    folder: Path


@contextmanager
def published(folder: Path) -> Iterator[Publication]:
    """A publication that may begin before there is anything in its folder."""
    publication = Publication("", folder)

    class Handler(SimpleHTTPRequestHandler):
        def translate_path(self, path: str) -> str:
            self.directory = str(publication.folder)
            return super().translate_path(path)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Nothing: a test's output is about the test."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        publication.address = f"http://localhost:{server.server_port}/"
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield publication
        server.shutdown()
        thread.join()


# ── generators ───────────────────────────────────────────────────────────────────────────────


def mkdocs(folder: Path, guide: dict[str, str], address: str) -> Site:
    config = (
        f"site_name: Robots\nsite_url: {address}\nplugins: []\n{guide['mkdocs.yml']}"
        "  font: false\n  features: [navigation.instant]\n"
    )
    pages = {"docs/index.md": INDEX, "docs/nodes.md": NODES}
    write(folder, pages | guide | {"mkdocs.yml": config})
    run(folder, sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir", "site")
    return Site(folder, folder / "site")


def sphinx(folder: Path, guide: dict[str, str], address: str) -> Site:
    config = f'project = "Robots"\nextensions = ["myst_parser"]\n{guide["conf.py"]}'
    index = f"{INDEX}\n```{{toctree}}\nnodes\n```\n"
    write(folder / "source", {"conf.py": config, "index.md": index, "nodes.md": NODES})
    run(folder, sys.executable, "-m", "sphinx", "-q", "-b", "html", "source", "site")
    return Site(folder / "source", folder / "site")


def mdbook(folder: Path, guide: dict[str, str], address: str) -> Site:
    """As mdBook builds it where it is installed; else pages like those that it builds."""
    summary = "# Summary\n\n- [Robots](index.md)\n- [Nodes](nodes.md)\n"
    pages = {"src/SUMMARY.md": summary, "src/index.md": INDEX, "src/nodes.md": NODES}
    write(folder, pages | guide | {"book.toml": '[book]\ntitle = "Robots"\n'})
    if shutil.which("mdbook"):
        run(folder, "mdbook", "build")
    else:
        head = guide["theme/head.hbs"]
        for name, body in BODIES.items():
            write(folder / "book", {f"{name}.html": MDBOOK_PAGE.format(head=head, body=body)})
    return Site(folder, folder / "book")


def plain(folder: Path, guide: dict[str, str], address: str) -> Site:
    for name, body in BODIES.items():
        write(folder / "site", {f"{name}.html": PLAIN_PAGE.format(head=guide[""], body=body)})
    return Site(folder / "site", folder / "site")


def docusaurus(folder: Path, guide: dict[str, str], address: str) -> Site:
    """Only where RAGBOOK_TEST_NPM asks for it: an installation takes minutes."""
    install_docusaurus(folder.parent)
    config = DOCUSAURUS % {"url": address.rstrip("/"), "scripts": guide["docusaurus.config.js"]}
    front = {"docs/index.md": f"---\nslug: /\n---\n{INDEX}", "docs/nodes.md": NODES}
    write(folder, front | guide | {"docusaurus.config.js": config})
    build_docusaurus(folder)
    return Site(folder, folder / "build")


GENERATORS: dict[str, Builder] = {
    "MkDocs Material": mkdocs,
    "Sphinx": sphinx,
    "mdBook": mdbook,
    "Plain HTML": plain,
    "Docusaurus": docusaurus,
}

# ── pages ────────────────────────────────────────────────────────────────────────────────────

BODIES = {
    "index": """<h1 id="robots"><a class="header" href="#robots">Robots</a></h1>
<p>A robot is a set of programs that work together. Start with <a href="nodes.html">Nodes</a>.</p>
""",
    "nodes": """<h1 id="nodes"><a class="header" href="#nodes">Nodes</a></h1>
<p>Every node is a process of its own, and nodes talk over topics.</p>
<h2 id="which-nodes-are-running"><a class="header" href="#which-nodes-are-running">Which nodes are
running</a></h2>
<p>Run <code class="hljs">ros2 node list</code> to see the names of all running nodes. The command
prints one name per line.</p>
<pre><code class="language-bash hljs">ros2 node list
</code></pre>
""",
}

MDBOOK_PAGE = """<!DOCTYPE HTML>
<html lang="en" class="navy sidebar-visible" dir="ltr">
<head><meta charset="UTF-8"><title>Robots</title>
<style>.navy {{ background: #161923; color: #bcbdd0 }}</style>
{head}</head>
<body><div id="mdbook-body-container"><div id="mdbook-page-wrapper" class="page-wrapper">
<div id="mdbook-menu-bar" class="menu-bar sticky"><h1 class="menu-title">Robots</h1></div>
<div id="mdbook-content" class="content"><main>{body}</main></div>
</div></div></body></html>
"""

PLAIN_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Robots</title>
{head}</head><body><main>{body}</main></body></html>
"""

DOCUSAURUS = """
export default {
  title: "Robots",
  url: "%(url)s",
  baseUrl: "/",
  onBrokenLinks: "ignore",
  %(scripts)s
  presets: [["classic", {
    docs: { routeBasePath: "/", sidebarPath: undefined },
    blog: false,
    theme: { customCss: "./src/css/custom.css" },
  }]],
};
"""
