"""One Markdown parser for the readers that share it and for the renderer of the demo."""

from __future__ import annotations

from functools import lru_cache

from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.footnote import footnote_plugin

from retrieval.readers.docusaurus.mdx import mdx_plugin
from retrieval.readers.markdown.directives import directives_plugin

DEEPEST_NESTING = 200


@lru_cache
def markdown_parser(*, mdx: bool = True, indented_code: bool = True) -> MarkdownIt:
    """A parser for GitHub's Markdown with directives, footnotes, mathematics and JSX or raw HTML.

    With ``mdx`` modules and ``{expressions}`` are recognised as well. The token types beyond
    markdown-it's own are listed in ``mdx`` and ``directives``.
    """
    md = MarkdownIt("commonmark", {"html": False, "maxNesting": DEEPEST_NESTING})
    md.enable(["table", "strikethrough"])
    md.use(
        dollarmath_plugin,
        allow_labels=False,
        allow_space=False,
        allow_digits=False,
        allow_blank_lines=False,
        double_inline=True,
    )
    md.use(footnote_plugin, inline=False, move_to_end=False, always_match_refs=True)
    md.use(directives_plugin)
    md.use(mdx_plugin, expressions=mdx, modules=mdx)
    if not indented_code:
        md.disable("code")
    return md
