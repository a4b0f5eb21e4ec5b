"""The scripted book's pages: plain documentation pages with the widget's one script tag."""

from __future__ import annotations

from html import escape
from string import Template
from urllib.parse import parse_qs

SITE = "A ROS 2 primer"

TOPICS = """
<h1 id="topics">Topics</h1>
<p>Nodes exchange data over topics. A topic is a named channel with one message type, and any
number of nodes may publish to it or subscribe to it.</p>
<h2 id="publishing">Publishing</h2>
<p>A node creates a publisher with <code>create_publisher</code> and gives it the message type, the
topic's name and a quality of service profile.</p>
<pre><code><span>ros2 topic pub</span> <span>/chatter</span> std_msgs/msg/String
ros2 topic echo /chatter</code></pre>
<h2 id="quality-of-service">Quality of service</h2>
<p>A publisher and a subscriber exchange messages only if their profiles are compatible. A
subscriber that asks for <code>reliable</code> delivery receives nothing from a publisher that
offers <code>best_effort</code>, and ROS 2 prints a warning about the incompatible policy when the
two are discovered.</p>
<p>Sensor drivers usually publish with <code>best_effort</code>, because a lost frame is better than
a late one.</p>
<h2 id="inspecting">Inspecting a topic</h2>
<p>The command line shows what a topic carries. With <code>ros2 topic info --verbose</code> you see
every endpoint, its node and its profile.</p>
"""

SERVICES = """
<h1 id="services">Services</h1>
<p>A service answers a request with a response. It suits calls that end soon.</p>
<h2 id="service-or-action">Service or action</h2>
<p>Use an action when the task takes longer than a moment, when its progress matters, or when it
must be possible to cancel it.</p>
"""

BODIES = {"topics": TOPICS, "services": SERVICES}

PAGE = Template("""<!doctype html>
<html lang="$lang" $attributes><head><meta charset="utf-8"><title>$title</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
$style
$script
$again
</head><body $body_attributes>
<nav><b>$site</b><a href="/book/topics$query">Topics</a><a href="/book/services$query">Services</a>
<input aria-label="Search" placeholder="Search"></nav>
<main>$body<div class="filler">$filler</div></main>
</body></html>
""")

FILLER = "<p>The rest of this page is long, as pages of books are.</p>" * 30

BOOK_CSS = """
:root { color-scheme: light; --ink: #22222a; --line: #e6e6ec; --soft: #f6f6f8; --ground: #fff }
[data-theme=dark] { color-scheme: dark; --ink: #dcdce4; --line: #2c2d36; --soft: #1e1f26;
  --ground: #121317 }
body { margin: 0; font: 16px/1.7 system-ui, sans-serif; color: var(--ink);
  background: var(--ground) }
nav { display: flex; gap: 22px; align-items: center; padding: 14px 32px;
  border-bottom: 1px solid var(--line) }
nav a { color: inherit; text-decoration: none; opacity: .75 }
nav input { margin-left: auto; font: inherit; font-size: 14px; padding: 5px 12px; min-width: 0;
  width: 180px; border: 1px solid var(--line); border-radius: 8px; background: var(--soft);
  color: inherit }
main { max-width: 700px; margin: 0 auto; padding: 24px 32px 120px }
h1 { font-size: 34px; letter-spacing: -.02em } h2 { margin-top: 1.8em; font-size: 22px }
code { font-size: .88em; background: var(--soft); border: 1px solid var(--line); border-radius: 5px;
  padding: .1em .35em }
pre { background: var(--soft); border: 1px solid var(--line); border-radius: 10px; overflow: auto;
  padding: 14px 18px } pre code { border: 0; padding: 0 }
.filler { opacity: .55 }
"""


def book_page(name: str, query: str, origin: str) -> tuple[str, str]:
    """A page's HTML and its Content-Security-Policy.

    ``query`` may hold ``html`` and ``body`` (attributes of those elements), ``options`` (of the
    script tag), ``book`` (its slug), ``lang``, ``script`` (another tag in its place), ``again``
    (the script a second time), ``styled`` and ``nosockets`` (the policy names the host alone).
    """
    asked = {key: values[0] for key, values in parse_qs(query, keep_blank_values=True).items()}
    styled = "styled" in asked
    host = origin.removeprefix("http://")
    book, options = escape(asked.get("book", "primer")), asked.get("options", "")
    tag = '<script type="module" src="{}" data-book="{}" {}></script>'
    html = PAGE.substitute(
        title=f"{name.capitalize()} - {SITE}",
        site=SITE,
        lang=escape(asked.get("lang", "en")),
        attributes=asked.get("html", ""),
        body_attributes=asked.get("body", ""),
        script=asked.get("script", tag.format(f"{origin}/widget.js", book, options)),
        again=tag.format(f"{origin}/widget.js?again", book, "") if "again" in asked else "",
        style='<link rel="stylesheet" href="/book.css">' if styled else "",
        query=f"?{query}" if query else "",
        body=BODIES[name],
        filler=FILLER,
    )
    sockets = "" if "nosockets" in asked else f" ws://{host}"
    policy = (
        f"default-src 'none'; script-src {host}; connect-src {host}{sockets}; "
        f"require-trusted-types-for 'script'; report-uri {origin}/csp"
    )
    return html, policy + ("; style-src 'self'" if styled else "")
