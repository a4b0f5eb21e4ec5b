"""The widget's script as readers load it: the source without what only its authors read.

There is no build step. Comments stand on lines of their own in ``widget.js``, so dropping them
and the indentation needs no parser, and the script that is served is tested in a browser.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

SOURCE = Path(__file__).parent / "static" / "chat" / "widget.js"

_COMMENT_BLOCK = re.compile(r"^[ \t]*/\*\*.*?\*/[ \t]*$", re.MULTILINE | re.DOTALL)
_TYPE_CAST = re.compile(r"/\*\* @type \{.*?\} \*/ ")
_COMMENT_LINE = re.compile(r"^[ \t]*//.*$", re.MULTILINE)
_MARGIN = re.compile(r"^[ \t]+|\n(?=\n)", re.MULTILINE)


@cache
def script() -> bytes:
    """The script to serve as ``/widget.js``, UTF-8."""
    text = SOURCE.read_text(encoding="utf-8")
    for pattern in (_COMMENT_BLOCK, _TYPE_CAST, _COMMENT_LINE, _MARGIN):
        text = pattern.sub("", text)
    return text.strip().encode() + b"\n"
