"""What encloses blocks: tabs and admonitions of each generator, found and named."""

from __future__ import annotations

from collections.abc import Iterator

from bs4.element import Tag

from retrieval.readers.html.elements import LABEL, attribute, classes, plain, remove

# ── tabs ─────────────────────────────────────────────────────────────────────────────────────

TAB_PANELS = (
    "[role=tabpanel], .tabbed-block, .tabbed-content, .sd-tab-content, .sphinx-tabs-panel,"
    " .tab-pane, .vp-code-group > .blocks > *"
)
TABS = "[role=tab], label, .tabs-tab, .nav-link"
TAB_LISTS = "[role=tablist], .tabbed-labels, .tabbed-set > label, .sd-tab-label, .nav-tabs"
CODE_GROUP_TABS = ".vp-code-group > .tabs"


def label_tabs(content: Tag) -> None:
    """Name every tab panel by its tab and take the tabs out of the text."""
    for panel in content.select(TAB_PANELS):
        if not panel.select_one(":scope > .tabbed-block"):
            panel[LABEL] = _tab_of(content, panel)
            del panel["hidden"]
    remove(content.select(f"{TAB_LISTS}, {CODE_GROUP_TABS}"))


def _tab_of(content: Tag, panel: Tag) -> str:
    """The text of the tab that shows a panel.

    That is what the panel names as its label, the tab that names the panel, a label right before
    it, or the tab at the same place.
    """
    return (
        _by_id(content, attribute(panel, "aria-labelledby"))
        or _by_attribute(content, "aria-controls", attribute(panel, "id"))
        or _label_before(panel)
        or _by_place(panel)
    )


def _by_id(content: Tag, tab_id: str) -> str:
    tab = content.find(id=tab_id) if tab_id else None
    return plain(tab) if tab is not None else ""


def _by_attribute(content: Tag, name: str, value: str) -> str:
    tab = content.find(lambda element: attribute(element, name) == value) if value else None
    return plain(tab) if tab is not None else ""


def _label_before(panel: Tag) -> str:
    before = panel.find_previous_sibling()
    return plain(before) if before is not None and before.name == "label" else ""


def _by_place(panel: Tag) -> str:
    """The tab with the panel's number in the nearest element that holds tabs as well."""
    group = panel.parent
    place = len(panel.find_previous_siblings(True))
    while group is not None:
        tabs = [tab for tab in group.select(TABS) if panel not in tab.parents and plain(tab)]
        outside = [tab for tab in tabs if not any(parent is panel for parent in tab.parents)]
        if outside:
            return plain(outside[place]) if place < len(outside) else ""
        group = group.parent
    return ""


# ── admonitions ──────────────────────────────────────────────────────────────────────────────

ADMONITIONS = (
    ".admonition, .theme-admonition, .custom-block, .markdown-alert, .blockquote-tag,"
    " .starlight-aside, .callout, .book-hint, .alert, details[class]"
)
ADMONITION_TITLES = (
    ".admonition-title, [class*=admonitionHeading_], .custom-block-title, .markdown-alert-title,"
    " .blockquote-tag-title, .starlight-aside__title, .callout-title, .callout-header,"
    " .alert-heading, summary"
)
KINDS = frozenset(
    {"abstract", "attention", "bug", "caution", "danger", "error", "example", "failure", "hint"}
    | {"important", "info", "note", "question", "quote", "secondary", "success", "tip", "todo"}
    | {"warning"}
)


def label_admonitions(content: Tag) -> None:
    """Name every admonition by its kind and title and take the title out of the text."""
    for box in content.select(ADMONITIONS):
        kind = next(_kinds(box), "")
        title = box.select_one(ADMONITION_TITLES)
        if box.name == "details" and not kind:
            continue
        box[LABEL] = _admonition_label(kind, plain(title) if title is not None else "")
        remove([title] if title is not None else [])
        if box.name == "details":
            box.name = "div"


def _kinds(box: Tag) -> Iterator[str]:
    """The kinds that the classes name, whole ones first: ``note``, then ``callout-note``."""
    for name in sorted(classes(box), key=lambda name: "-" in name):
        kind = name.replace("--", "-").rpartition("-")[2].lower()
        if kind in KINDS:
            yield kind


def _admonition_label(kind: str, title: str) -> str:
    """ "Note", or "Tip: Title" when the title says more than the kind."""
    if not title or title.casefold() == kind:
        return kind.capitalize()
    return f"{kind.capitalize()}: {title}" if kind else title
