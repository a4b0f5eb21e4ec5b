"""What configs and sidebars export, read as text."""

from __future__ import annotations

import pytest

from retrieval.readers.docusaurus.exports import Value, exported_value

CONFIG = """
import {themes} from 'prism-react-renderer'; // {not: 'this'}
const BASE = '/base/';
const shared = {editUrl: 'https://x.org/edit', tags: ['a', "b"]};
const config: Config = {
  title: 'It\\'s', /* title: 'no' */
  "tagline": `T`,
  'baseUrl': BASE,
  trailingSlash: false,
  favicon: null,
  url: process.env['SITE'] ?? 'https://x.org',
  edit: shared.editUrl,
  presets: [[require.resolve('@docusaurus/preset-classic'), {docs: {...shared, path: 'book'}}]],
  plugins: [function plugin() { return {name: 'p'}; }, async () => ({name: 'q'}), 'r'],
  onBrokenLinks(link) { return {title: 'no'}; },
  shared,
  count: 3,
  theme: themes.github,
} satisfies Config;
export default config;
"""


def test_an_exported_object_is_read_with_the_names_that_it_uses() -> None:
    shared: Value = {"editUrl": "https://x.org/edit", "tags": ["a", "b"]}

    assert exported_value(CONFIG) == {
        "title": "It's",
        "tagline": "T",
        "baseUrl": "/base/",
        "trailingSlash": False,
        "favicon": None,
        "url": "https://x.org",
        "edit": "https://x.org/edit",
        "presets": [
            [
                "@docusaurus/preset-classic",
                {"docs": {"editUrl": "https://x.org/edit", "tags": ["a", "b"], "path": "book"}},
            ]
        ],
        "plugins": [None, {"name": "q"}, "r"],
        "shared": shared,
        "count": None,
        "theme": None,
    }


@pytest.mark.parametrize(
    "source",
    [
        "export default {a: ['b']}",
        "export default {a: ['b']} as Config;",
        "module.exports = {a: ['b']};",
        "/** @type {Config} */\nmodule.exports = ({a: ['b']})",
        "const c = {a: ['b']}\n\nmodule.exports = c",
        "export default defineConfig({a: ['b']})",
        "export default async function make() { const x = {}; return {a: ['b']}; }",
        "export default () => { if (x) { return {}; } return {a: ['b']}; }",
        "function make() { return {a: ['b']}; }\nmodule.exports = make;",
        '{"a": ["b"]}',
    ],
)
def test_every_way_to_export_is_understood(source: str) -> None:
    assert exported_value(source) == {"a": ["b"]}


def test_the_last_of_two_entries_counts() -> None:
    assert exported_value("module.exports = {a: 'b', ...{a: 'c', d: 'e'}}") == {"a": "c", "d": "e"}


@pytest.mark.parametrize(
    "source", ["", "const a = a; export default a", "export default", "export default {{", "]})"]
)
def test_what_cannot_be_told_is_nothing(source: str) -> None:
    assert not exported_value(source)
