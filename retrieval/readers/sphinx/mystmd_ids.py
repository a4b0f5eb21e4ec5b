"""The ids that mystmd, the generator of Jupyter Book 2, gives to headings."""

from __future__ import annotations

import re

from docutils import nodes


def use_mystmd_ids(document: nodes.document) -> None:
    """Replaces the ids of all sections but the first one, whose heading is the page's title."""
    taken: set[str] = set()
    for section in list(document.findall(nodes.section))[1:]:
        html_id = _unique(_html_id(_name(section, document)), taken)
        taken.add(html_id)
        section["ids"] = [html_id]


def _name(section: nodes.section, document: nodes.document) -> str:
    """The label before the heading, or its text."""
    labels = [name for name in section["names"] if document.nametypes.get(name)]
    title = section.next_node(nodes.title)
    return labels[-1] if labels else title.astext() if title else ""


def _html_id(name: str) -> str:
    name = re.sub(r"['‘’\"“”]+", "", " ".join(name.split())).lower()
    name = re.sub(r"[^a-z0-9-]", "-", name)
    name = re.sub(r"^(?=[0-9-])", "id-", name)
    return re.sub(r"--+", "-", name).strip("-")


def _unique(html_id: str, taken: set[str]) -> str:
    unique, number = html_id, 0
    while unique in taken:
        number += 1
        unique = f"{html_id}-{number}"
    return unique
