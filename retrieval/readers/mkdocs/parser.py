"""The Markdown parser of a MkDocs site: markdown-it with the site's syntax."""

from __future__ import annotations

from functools import lru_cache

from markdown_it import MarkdownIt
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.footnote import footnote_plugin

from retrieval.readers.docusaurus.mdx import mdx_plugin
from retrieval.readers.markdown.parser import DEEPEST_NESTING
from retrieval.readers.mkdocs.anchors import keep_heading_texts
from retrieval.readers.mkdocs.attributes import take_out_attributes, take_out_inline_attributes
from retrieval.readers.mkdocs.blocks import blocks_plugin
from retrieval.readers.mkdocs.code import plain_code, plain_code_spans
from retrieval.readers.mkdocs.html import html_plugin
from retrieval.readers.mkdocs.inline import inline_plugin


@lru_cache
def site_parser(extensions: frozenset[str]) -> MarkdownIt:
    """A parser for the pages of a site with these Markdown extensions.

    What would be text without its extension is parsed only with it; what nobody writes by chance,
    such as ``!!! note``, always is.
    """
    md = MarkdownIt("commonmark", {"html": False, "maxNesting": DEEPEST_NESTING})
    md.enable(["table", "strikethrough"])
    md.use(footnote_plugin, inline=False, move_to_end=False, always_match_refs=True)
    md.use(deflist_plugin)
    if "pymdownx.arithmatex" in extensions:
        md.use(dollarmath_plugin, allow_labels=False, allow_space=False, allow_digits=False)
    md.use(mdx_plugin, expressions=False, modules=False)
    md.use(
        blocks_plugin,
        sane_headings="pymdownx.saneheaders" in extensions,
        attribute_lists="attr_list" in extensions,
    )
    md.use(inline_plugin, extensions)
    md.use(html_plugin, markdown_inside="md_in_html" in extensions)
    md.core.ruler.after("block", "plain_code", plain_code)
    md.core.ruler.after("inline", "heading_texts", keep_heading_texts)
    if "pymdownx.inlinehilite" in extensions:
        md.core.ruler.push("plain_code_spans", plain_code_spans)
    if "attr_list" in extensions:
        md.core.ruler.after("block", "attributes", take_out_attributes)
        md.core.ruler.after("inline", "inline_attributes", take_out_inline_attributes)
    return md
