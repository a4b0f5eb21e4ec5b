"""Docusaurus sites: routes, order, titles, anchors, translations, and the real books."""

from __future__ import annotations

import json
import os
import pickle
import re
from functools import cache
from pathlib import Path

import pytest

from retrieval.errors import SourceError
from retrieval.passages import Kind
from retrieval.readers.docusaurus.docs import Doc, number_prefix
from retrieval.readers.docusaurus.imports import MOST_PARTIALS
from retrieval.readers.docusaurus.sidebars import Category
from retrieval.readers.docusaurus.site import DocusaurusSource
from retrieval.readers.source import Dropped, Page, Selection
from tests.files import write

ALL = Selection()
PRIMER = Path(__file__).parents[3] / "examples" / "primer"

OUTSIDE_DOCS = ("docusaurus.config", "i18n/", "sidebars", "book/", "community", "version", "src/")
CONFIG = """
// title: 'not this one'
import {themes} from 'prism-react-renderer';
const repository = 'https://example.org/repo';
/** @type {import('@docusaurus/types').Config} */
const config = {
  title: 'The book', /* title: 'nor this' */
  url: "https://example.org",
  baseUrl: '/guide/',
  %s
  presets: [['classic', {docs: {sidebarPath: './sidebars.js', %s}, blog: false}]],
  themeConfig: {navbar: {title: 'Navbar', items: [{type: 'docSidebar', label: 'Read'}]}},
};
export default config;
"""


def site(root: Path, pages: dict[str, str], *, config: str = "", docs: str = "") -> Path:
    """A site with the given files; paths without a folder of their own lie in docs/."""
    files = {"docusaurus.config.ts": CONFIG % (config, docs), **pages}
    placed = {
        name if name.startswith(OUTSIDE_DOCS) else f"docs/{name}": text
        for name, text in files.items()
    }
    return write(root, placed)


def read(root: Path, path: str) -> Page:
    return DocusaurusSource(root).read(path)


def url_of(root: Path, path: str) -> str:
    return read(root, path).url


def anchors(page: Page) -> list[str]:
    return [section.anchor for section in page.sections]


# ── the site ─────────────────────────────────────────────────────────────────────────────────


def test_a_folder_with_a_config_is_recognised(tmp_path: Path) -> None:
    assert not DocusaurusSource.recognises(tmp_path)
    assert DocusaurusSource.recognises(site(tmp_path, {"a.md": "A"}))


def test_title_address_and_language_come_from_the_config(tmp_path: Path) -> None:
    root = site(tmp_path, {"a.md": "A"}, config="i18n: {defaultLocale: 'de', locales: ['de']},")
    source = DocusaurusSource(root)

    assert (source.title, source.base_url, source.language) == (
        "The book",
        "https://example.org/guide/",
        "de",
    )
    assert source.format == "docusaurus"


def test_values_behind_environment_variables_and_constants_are_found(tmp_path: Path) -> None:
    site(tmp_path, {"a.md": "A"})
    (tmp_path / "docusaurus.config.ts").write_text(
        "const TITLE = `Mine`;\n"
        "export default {title: TITLE, url: process.env.URL ?? 'https://x.org', baseUrl: '/'}",
        encoding="utf-8",
    )
    source = DocusaurusSource(tmp_path)

    assert (source.title, source.base_url) == ("Mine", "https://x.org/")


def test_a_bare_folder_of_pages_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "page.md").write_text("Set {DISTRO}.", encoding="utf-8")
    source = DocusaurusSource(tmp_path)

    assert (source.title, source.base_url) == (tmp_path.name, "")
    assert source.paths(ALL) == ["sub/page.md"]
    assert source.read("sub/page.md").sections[0].blocks[0].text == "Set {DISTRO}."


def test_docs_may_lie_elsewhere_and_be_served_elsewhere(tmp_path: Path) -> None:
    root = site(tmp_path, {"book/a.md": "A"}, docs="path: 'book', routeBasePath: '/'")

    assert DocusaurusSource(root).paths(ALL) == ["a.md"]
    assert url_of(root, "a.md") == "a"


def test_a_site_without_its_docs_folder_is_a_clear_error(tmp_path: Path) -> None:
    site(tmp_path, {})

    with pytest.raises(SourceError, match=r"has no folder 'docs'"):
        DocusaurusSource(tmp_path)


def test_an_empty_docs_folder_is_a_clear_error(tmp_path: Path) -> None:
    (site(tmp_path, {}) / "docs").mkdir()

    with pytest.raises(SourceError, match="holds no Markdown pages"):
        DocusaurusSource(tmp_path).paths(ALL)


def test_a_source_reads_the_same_after_it_was_sent_to_another_process(tmp_path: Path) -> None:
    source = DocusaurusSource(site(tmp_path, {"a.md": "# A\n\nText."}))

    assert pickle.loads(pickle.dumps(source)).read("a.md") == source.read("a.md")


# ── addresses ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("path", "front_matter", "url"),
    [
        ("intro.md", "", "docs/intro"),
        ("intro.md", "slug: /", "docs/"),
        ("01-talk/02-topics.mdx", "", "docs/talk/topics"),
        ("01-talk/02-topics.mdx", "parse_number_prefixes: false", "docs/01-talk/02-topics"),
        ("talk/topics.md", "id: pubsub", "docs/talk/pubsub"),
        ("talk/topics.md", "slug: pubsub", "docs/talk/pubsub"),
        ("talk/topics.md", "slug: /start/here/", "docs/start/here/"),
        ("talk/topics.md", "slug: ../up", "docs/up"),
        ("talk/topics.md", "slug: ./", "docs/talk/"),
        ("talk/index.md", "", "docs/talk/"),
        ("talk/index.md", "id: start", "docs/talk/"),
        ("talk/index.md", "slug: start", "docs/talk/start"),
        ("talk/README.md", "", "docs/talk/"),
        ("talk/Talk.mdx", "", "docs/talk/"),
        ("01-talk/talk.md", "", "docs/talk/talk"),
        ("index.md", "", "docs/"),
        ("2021-11-note.md", "", "docs/2021-11-note"),
        ("7.0-news.md", "", "docs/7.0-news"),
        ("two words.md", "", "docs/two%20words"),
    ],
)
def test_a_page_has_the_address_that_docusaurus_gives_it(
    tmp_path: Path, path: str, front_matter: str, url: str
) -> None:
    assert url_of(site(tmp_path, {path: f"---\n{front_matter}\n---\n\nText.\n"}), path) == url


@pytest.mark.parametrize(
    ("setting", "urls"),
    [("", ["docs/", "docs/a"]), ("true", ["docs/", "docs/a/"]), ("false", ["docs", "docs/a"])],
)
def test_the_trailing_slash_setting_is_followed(
    tmp_path: Path, setting: str, urls: list[str]
) -> None:
    config = f"trailingSlash: {setting}," if setting else ""
    root = site(tmp_path, {"index.md": "I", "a.md": "A"}, config=config)

    assert [url_of(root, path) for path in ("index.md", "a.md")] == urls


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("01-intro", (1, "intro")),
        ("003 - intro", (3, "intro")),
        ("1. intro", (1, "intro")),
        ("10_intro", (10, "intro")),
        ("2021-11-17-note", (None, "2021-11-17-note")),
        ("7.0-news", (None, "7.0-news")),
        ("2-", (None, "2-")),
        ("intro", (None, "intro")),
    ],
)
def test_a_number_prefix_is_parted_from_a_name(
    name: str, expected: tuple[float | None, str]
) -> None:
    assert number_prefix(name) == expected


# ── selection and order ──────────────────────────────────────────────────────────────────────


def test_positions_come_before_names_within_each_folder(tmp_path: Path) -> None:
    pages = {
        "zebra.md": "---\nsidebar_position: 1\n---\nZ",
        "apple.md": "A",
        "02-second.md": "S",
        "b-folder/one.md": "1",
        "b-folder/_category_.json": '{"position": 1.5, "label": "B"}',
        "10-folder/10-ten.md": "10",
        "10-folder/9-nine.md": "9",
        "c-folder/index.md": "---\nsidebar_position: 3\n---\nC",
        "c-folder/a.md": "CA",
        "d-folder/_category_.yml": "position: 2.5",
        "d-folder/deep/x.md": "X",
    }

    assert DocusaurusSource(site(tmp_path, pages)).paths(ALL) == [
        "zebra.md",
        "b-folder/one.md",
        "02-second.md",
        "d-folder/deep/x.md",
        "c-folder/index.md",
        "c-folder/a.md",
        "10-folder/9-nine.md",
        "10-folder/10-ten.md",
        "apple.md",
    ]


def test_the_sidebar_is_the_tree_of_folders_with_labels(tmp_path: Path) -> None:
    pages = {
        "intro.md": "I",
        "01-talk/_category_.json": '{"label": "Talking"}',
        "01-talk/topics.md": "T",
        "02-more/index.md": "---\ntitle: More of it\n---\nM",
        "02-more/x.md": "X",
        "03-rest/y.md": "Y",
    }
    tree = DocusaurusSource(site(tmp_path, pages)).sidebar(ALL)
    found = [child for child in tree.children if isinstance(child, Category)]

    assert [(category.label, category.folder) for category in found] == [
        ("Talking", "01-talk"),
        ("More of it", "02-more"),
        ("rest", "03-rest"),
    ]
    assert [category.page.path if category.page else "" for category in found] == [
        "",
        "02-more/index.md",
        "",
    ]
    assert [child.path for child in tree.children if isinstance(child, Doc)] == ["intro.md"]


def test_a_hand_written_sidebar_gives_the_order(tmp_path: Path) -> None:
    pages = {
        "a.md": "A",
        "b.md": "B",
        "01-talk/02-topics.md": "T",
        "sidebars.js": "export default {book: ['b', {type: 'category', items: ['talk/topics']}]}",
    }

    assert DocusaurusSource(site(tmp_path, pages)).paths(ALL) == [
        "b.md",
        "01-talk/02-topics.md",
        "a.md",
    ]


def test_hand_written_groups_are_those_of_the_sidebars_file(tmp_path: Path) -> None:
    pages = {
        "a.md": "A",
        "b.md": "B",
        "c.md": "C",
        "unnamed.md": "U",
        "talk/02-y.md": "Y",
        "talk/01-x.md": "X",
        "draft.md": "---\ndraft: true\n---\nD",
        "sidebars.js": """
            const sidebars: SidebarsConfig = {
              one: [
                {type: 'category', label: 'Group', link: {type: 'doc', id: 'b'}, items: [
                  {type: 'ref', id: 'a'}, {type: 'link', label: 'L', href: 'https://x.org'},
                  {Inner: [{type: 'autogenerated', dirName: 'talk'}]},
                ]},
                {type: 'category', label: 'Drafts', link: {type: 'generated-index'},
                 items: ['draft']},
              ],
              two: {Shorthand: ['c', 'gone']},
              three: ['b'],
            };
            export default sidebars;""",
    }
    tree = DocusaurusSource(site(tmp_path, pages)).sidebar(ALL)

    def outline(entry: Category | Doc) -> object:
        if isinstance(entry, Doc):
            return entry.path
        page = entry.page.path if entry.page else ""
        return (entry.label, page, [outline(child) for child in entry.children])

    assert [outline(child) for child in tree.children] == [
        ("Group", "b.md", [("Inner", "", ["talk/01-x.md", "talk/02-y.md"])]),
        ("Shorthand", "", ["c.md"]),
        "b.md",
        "a.md",
        "unnamed.md",
    ]
    assert DocusaurusSource(tmp_path).paths(ALL) == [
        *("b.md", "talk/01-x.md", "talk/02-y.md", "c.md", "a.md", "unnamed.md")
    ]


@pytest.mark.parametrize(
    ("link", "page"),
    [
        ("", "talk/index.md"),
        ("link: {type: doc, id: talk/other}", "talk/other.md"),
        ("link: {type: doc, id: other}", "talk/other.md"),
        ("link: {type: generated-index}", ""),
        ("link: null", ""),
    ],
)
def test_the_page_of_a_folder_is_its_index_or_the_one_that_it_links_to(
    tmp_path: Path, link: str, page: str
) -> None:
    pages = {
        "talk/index.md": "I",
        "talk/other.md": "O",
        "talk/_category_.yml": f"label: Talk\n{link}",
    }
    [category] = DocusaurusSource(site(tmp_path, pages)).sidebar(ALL).children

    assert isinstance(category, Category)
    assert (category.page.path if category.page else "") == page
    assert len(list(category.docs())) == 2


def test_number_prefixes_may_be_meant_as_names(tmp_path: Path) -> None:
    root = site(tmp_path, {"02-a.md": "A", "01-b/10-c.md": "C"}, docs="numberPrefixParser: false")

    assert shown(DocusaurusSource(root)) == {"docs/01-b/10-c": "C", "docs/02-a": "A"}


def test_the_pages_that_the_config_includes_and_excludes_are_followed(tmp_path: Path) -> None:
    options = "include: ['**/*.mdx'], exclude: ['old/**']"
    pages = {"a.md": "A", "b.mdx": "B", "_c.mdx": "C", "old/d.mdx": "D"}

    assert DocusaurusSource(site(tmp_path, pages, docs=options)).paths(ALL) == ["_c.mdx", "b.mdx"]


def test_partials_drafts_and_unlisted_pages_are_left_out(tmp_path: Path) -> None:
    pages = {
        "a.md": "A",
        "_partial.md": "P",
        "_parts/b.md": "B",
        "draft.md": "---\ndraft: true\n---\nD",
        "hidden.md": "---\nunlisted: true\n---\nU",
        "notes.txt": "N",
    }

    assert DocusaurusSource(site(tmp_path, pages)).paths(ALL) == ["a.md"]


def test_of_pages_at_one_address_the_site_shows_the_first(tmp_path: Path) -> None:
    pages = {
        "talk/README.md": "R",
        "talk/index.md": "I",
        "talk/talk.md": "T",
        "a.md": "A",
        "b.md": "---\nslug: /a/\n---\nB",
    }
    source = DocusaurusSource(site(tmp_path, pages))

    assert source.paths(ALL) == ["a.md", "talk/index.md"]
    assert source.paths(Selection(exclude=("**/index.md",))) == ["a.md", "talk/README.md"]


def test_a_selection_takes_and_leaves_pages_by_pattern(tmp_path: Path) -> None:
    root = site(tmp_path, {"a.md": "A", "talk/b.md": "B", "talk/deep/c.md": "C"})
    source = DocusaurusSource(root)

    assert source.paths(Selection(include=("talk/**",))) == ["talk/b.md", "talk/deep/c.md"]
    assert source.paths(Selection(exclude=("talk/*",))) == ["a.md", "talk/deep/c.md"]


def test_a_link_out_of_the_book_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_text("Secret", encoding="utf-8")
    root = site(tmp_path / "site", {"a.md": "A"})
    (root / "docs" / "link.md").symlink_to(tmp_path / "secret.md")
    source = DocusaurusSource(root)

    assert source.paths(ALL) == ["a.md"]
    for path in ("link.md", "../docusaurus.config.ts", "../../secret.md"):
        with pytest.raises(SourceError, match="is not a page of"):
            source.read(path)


# ── translations ─────────────────────────────────────────────────────────────────────────────


def test_a_translation_is_read_only_when_asked_for(tmp_path: Path) -> None:
    translated = "i18n/ur/docusaurus-plugin-content-docs/current/talk/topics.md"
    pages = {
        "a.md": "A",
        "talk/topics.md": "# Topics\n\nText.",
        "talk/_category_.json": '{"label": "Talking"}',
        translated: "# موضوعات\n\nمتن\n\n## مزید جانیں\n\nمتن",
    }
    source = DocusaurusSource(site(tmp_path, pages))

    assert source.paths(ALL) == ["a.md", "talk/topics.md"]
    assert source.paths(Selection(language="ur")) == ["a.md", "talk/topics.md"]
    page = source.read("talk/topics.md")
    assert (source.language, page.url, page.title) == ("ur", "ur/docs/talk/topics", "موضوعات")
    assert anchors(page) == ["", "مزید-جانیں"]
    assert source.paths(Selection(language="en")) == ["a.md", "talk/topics.md"]
    assert source.read("talk/topics.md").url == "docs/talk/topics"


def test_a_page_without_translation_is_shown_in_the_original_language(tmp_path: Path) -> None:
    pages = {
        "a.md": "# Only here\n\nText.",
        "b.md": "B",
        "i18n/ur/docusaurus-plugin-content-docs/current/b.md": "ب",
        "i18n/ur/docusaurus-plugin-content-docs/current/gone.md": "No page of the site.",
    }
    source = DocusaurusSource(site(tmp_path, pages))

    assert source.paths(Selection(language="ur")) == ["a.md", "b.md"]
    page = source.read("a.md")
    assert (page.url, page.title) == ("ur/docs/a", "Only here")


def test_translations_may_lie_elsewhere(tmp_path: Path) -> None:
    pages = {"a.md": "A", "i18n/words/urdu/docusaurus-plugin-content-docs/current/a.md": "ا"}
    config = "i18n: {path: 'i18n/words', localeConfigs: {ur: {path: 'urdu'}}},"
    source = DocusaurusSource(site(tmp_path, pages, config=config))

    assert shown(source, language="ur") == {"ur/docs/a": "ا"}


def test_the_groups_of_a_translation_have_translated_labels(tmp_path: Path) -> None:
    i18n = "i18n/ur/docusaurus-plugin-content-docs"
    labels = {"Hand": "ہاتھ", "talk": "بات", "key": "کلید"}
    messages = {
        f"sidebar.{sidebar}.category.{name}": {"message": label}
        for sidebar in ("book", "rest")
        for name, label in labels.items()
    }
    pages = {
        "a.md": "A",
        "talk/b.md": "B",
        f"{i18n}/current/a.md": "ا",
        f"{i18n}/current.json": json.dumps(messages),
        "sidebars.js": "module.exports = {book: [{type: 'category', label: 'Hand', items: ['a']},"
        " {type: 'category', label: 'Other', key: 'key', items: ['a']}],"
        " rest: [{type: 'autogenerated', dirName: '.'}]}",
    }
    source = DocusaurusSource(site(tmp_path, pages))

    def shown(selection: Selection) -> list[str]:
        tree = source.sidebar(selection)
        return [child.label for child in tree.children if isinstance(child, Category)]

    assert shown(ALL) == ["Hand", "Other", "talk"]
    assert shown(Selection(language="ur")) == ["ہاتھ", "کلید", "بات"]


def test_an_unknown_language_names_the_known_ones(tmp_path: Path) -> None:
    pages = {"a.md": "A", "i18n/ur/docusaurus-plugin-content-docs/current/a.md": "A"}

    with pytest.raises(SourceError, match=r"no translation 'fr'\. There is: en, ur\."):
        DocusaurusSource(site(tmp_path, pages)).paths(Selection(language="fr"))


# ── versions ─────────────────────────────────────────────────────────────────────────────────

VERSIONED = {
    "a.md": "current",
    "new.md": "current",
    "versions.json": '["2.0", "1.0"]',
    "versioned_docs/version-2.0/a.md": "two",
    "versioned_docs/version-1.0/a.md": "one",
}


def shown(source: DocusaurusSource, version: str = "", language: str = "") -> dict[str, str]:
    """The first words of each page of a version, by the page's address."""
    paths = source.paths(Selection(version=version, language=language))
    pages = map(source.read, paths)
    return {page.url: page.sections[0].blocks[0].text for page in pages}


def test_the_latest_released_version_is_the_one_that_a_site_shows(tmp_path: Path) -> None:
    source = DocusaurusSource(site(tmp_path, VERSIONED))

    assert shown(source) == {"docs/a": "two"}
    assert shown(source, "2.0") == {"docs/a": "two"}
    assert shown(source, "1.0") == {"docs/1.0/a": "one"}
    assert shown(source, "current") == {"docs/next/a": "current", "docs/next/new": "current"}


@pytest.mark.parametrize(
    ("options", "version", "pages"),
    [
        ("lastVersion: 'current'", "", {"docs/a": "current", "docs/new": "current"}),
        ("lastVersion: 'current'", "2.0", {"docs/2.0/a": "two"}),
        ("lastVersion: '1.0'", "", {"docs/a": "one"}),
        ("includeCurrentVersion: false", "", {"docs/a": "two"}),
        ("onlyIncludeVersions: ['1.0', 'current']", "", {"docs/a": "one"}),
        ("disableVersioning: true", "", {"docs/a": "current", "docs/new": "current"}),
        ("versions: {'1.0': {path: 'old', label: 'First'}}", "1.0", {"docs/old/a": "one"}),
        ("versions: {'1.0': {path: 'old', label: 'First'}}", "First", {"docs/old/a": "one"}),
        ("versions: {'1.0': {path: 'old', label: 'First'}}", "old", {"docs/old/a": "one"}),
        ("routeBasePath: '/', versions: {current: {path: 'dev'}}", "1.0", {"1.0/a": "one"}),
    ],
)
def test_the_options_of_versions_are_followed(
    tmp_path: Path, options: str, version: str, pages: dict[str, str]
) -> None:
    assert shown(DocusaurusSource(site(tmp_path, VERSIONED, docs=options)), version) == pages


@pytest.mark.parametrize(
    ("options", "version", "known"),
    [
        ("", "3.0", "current, 2.0, 1.0"),
        ("onlyIncludeVersions: ['1.0']", "2.0", "1.0"),
        ("includeCurrentVersion: false", "current", "2.0, 1.0"),
    ],
)
def test_a_version_that_is_not_built_names_those_that_are(
    tmp_path: Path, options: str, version: str, known: str
) -> None:
    source = DocusaurusSource(site(tmp_path, VERSIONED, docs=options))

    with pytest.raises(SourceError, match=rf"no docs version '{version}'\. There is: {known}\."):
        source.paths(Selection(version=version))


@pytest.mark.parametrize(
    ("versions", "complaint"),
    [
        ("{", "versions.json cannot be read"),
        ('{"1.0": 1}', "must hold a list of version names"),
        ('["3.0"]', "has no folder 'versioned_docs/version-3.0'"),
    ],
)
def test_unusable_versions_are_named(tmp_path: Path, versions: str, complaint: str) -> None:
    with pytest.raises(SourceError, match=complaint):
        DocusaurusSource(site(tmp_path, {**VERSIONED, "versions.json": versions}))


def test_a_version_has_its_own_sidebars_and_translations(tmp_path: Path) -> None:
    pages = {
        **VERSIONED,
        "versioned_docs/version-2.0/b.md": "two b",
        "versioned_sidebars/version-2.0-sidebars.json": '{"book": ["b", "a"]}',
        "i18n/ur/docusaurus-plugin-content-docs/version-2.0/a.md": "دو",
    }
    source = DocusaurusSource(site(tmp_path, pages))

    assert list(shown(source).values()) == ["two b", "two"]
    assert shown(source, language="ur") == {"ur/docs/b": "two b", "ur/docs/a": "دو"}


# ── several docs plugins ─────────────────────────────────────────────────────────────────────

COMMUNITY = """plugins: [['@docusaurus/plugin-content-docs', {
    id: 'community', path: './community', routeBasePath: 'people', sidebarPath: './sidebars2.js',
}], 'other-plugin'],"""


def test_the_pages_of_all_docs_plugins_are_taken_with_their_folders(tmp_path: Path) -> None:
    pages = {
        "a.md": "A",
        "community/01-team.md": "Team",
        "community/join.md": "Join",
        "sidebars2.js": "module.exports = {people: ['join', 'team']}",
    }
    source = DocusaurusSource(site(tmp_path, pages, config=COMMUNITY))

    assert source.paths(ALL) == ["docs/a.md", "community/join.md", "community/01-team.md"]
    assert source.paths(Selection(include=("community/*",), exclude=("**/join.md",))) == [
        "community/01-team.md"
    ]
    assert source.read("community/01-team.md").url == "people/team"


def test_each_docs_plugin_has_versions_and_translations_of_its_own(tmp_path: Path) -> None:
    i18n = "i18n/ur/docusaurus-plugin-content-docs-community"
    pages = {
        "a.md": "A",
        "community/team.md": "Team",
        "community_versions.json": '["1.0"]',
        "community_versioned_docs/version-1.0/team.md": "Team one",
        f"{i18n}/version-1.0/team.md": "ٹیم",
    }
    source = DocusaurusSource(site(tmp_path, pages, config=COMMUNITY))

    assert shown(source) == {"docs/a": "A", "people/team": "Team one"}
    assert shown(source, "current") == {"docs/a": "A", "people/next/team": "Team"}
    assert shown(source, language="ur") == {"ur/docs/a": "A", "ur/people/team": "ٹیم"}


def test_a_site_may_have_no_docs_but_those_of_plugins(tmp_path: Path) -> None:
    (tmp_path / "docusaurus.config.js").write_text(
        "module.exports = {presets: [['classic', {docs: false}]], plugins: "
        "[[require.resolve('@docusaurus/plugin-content-docs'), {path: 'book'}]]}"
    )
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "a.md").write_text("A")

    assert shown(DocusaurusSource(tmp_path)) == {"docs/a": "A"}


# ── pages ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("source", "title", "paths"),
    [
        ("---\ntitle: Front\n---\n\nText.\n\n# Head\n\nMore.", "Front", ["Front", "Front/Head"]),
        ("---\ntitle: Use `x`\n---\n\n# Use `x`\n\nText.", "Use x", ["Use x"]),
        ("import A from 'a'\n\n# Head *one*\n\nText.\n", "Head one", ["Head one"]),
        ("---\ntitle: 2024\n---\nText.", "2024", ["2024"]),
        ("Text only.", "topics", ["topics"]),
    ],
)
def test_the_title_is_the_front_matters_or_the_first_heading_or_the_name(
    tmp_path: Path, source: str, title: str, paths: list[str]
) -> None:
    page = read(site(tmp_path, {"02-topics.mdx": source}), "02-topics.mdx")

    assert page.title == title
    assert ["/".join(section.heading_path) for section in page.sections] == paths


def test_front_matter_and_lines_are_kept_apart(tmp_path: Path) -> None:
    page = read(
        site(tmp_path, {"a.md": "\ufeff---\r\ntitle: A\r\n---\r\n\r\n## B\r\n\r\nText.\r\n"}),
        "a.md",
    )

    assert [(s.heading_path, s.line, s.blocks[0].text) for s in page.sections] == [
        (("A", "B"), 5, "Text.")
    ]


def test_broken_front_matter_is_reported_and_the_page_still_read(tmp_path: Path) -> None:
    page = read(site(tmp_path, {"a.md": "---\nid: x\ntitle: A: b: c\n---\n# A\n\nText."}), "a.md")

    assert (page.title, page.sections[0].blocks[0].text) == ("A", "Text.")
    assert page.dropped == (Dropped("front matter", 3, "mapping values are not allowed here"),)


def test_a_rule_at_the_top_is_no_front_matter(tmp_path: Path) -> None:
    page = read(site(tmp_path, {"a.md": "---\nSome words.\n---\n\nText."}), "a.md")

    assert [section.title for section in page.sections] == ["Some words."]


def test_a_page_that_is_not_utf_8_says_so(tmp_path: Path) -> None:
    root = site(tmp_path, {"a.md": "A"})
    (root / "docs" / "x.md").write_bytes(b"caf\xe9")

    with pytest.raises(SourceError, match=r"x\.md is not UTF-8 \(byte 3\)"):
        DocusaurusSource(root).paths(ALL)
    assert DocusaurusSource(root).paths(Selection(exclude=("x.md",))) == ["a.md"]


def test_a_missing_page_says_so(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"b\.md cannot be read: No such file"):
        read(site(tmp_path, {"a.md": "A"}), "b.md")


def test_anchors_are_those_that_docusaurus_gives(tmp_path: Path) -> None:
    headings = {
        "# Title": "",
        "## Title": "title-1",
        "## With `code` and **bold _nested_**": "with-code-and-bold-nested",
        "## A [link](x.md) and ![alt text](x.png)": "a-link-and-alt-text",
        "## Explicit *em* {#other_id}": "other_id",
        "## Comment {/* #cid and more */}": "cid",
        "## No id {/* plain */}": "no-id--plain-",
        "## Hello {name}": "hello-name",
        "## Same": "same",
        "### Same": "same-1",
        "#### Same {#same}": "same",
        "##### Same": "same-2",
        "###### C++ & <b>C#</b> 🚀": "c--c-",
        "## خوش آمدید": "خوش-آمدید",
        "# Later": "",
    }
    source = "\n\n".join(f"{heading}\n\nText." for heading in headings)

    assert anchors(read(site(tmp_path, {"a.mdx": source}), "a.mdx")) == list(headings.values())


def test_anchors_keep_their_case_if_the_site_says_so(tmp_path: Path) -> None:
    config = "markdown: {anchors: {maintainCase: true}},"
    source = "## Hello World\n\nText.\n\n## Hello World\n\nText.\n"

    assert anchors(read(site(tmp_path, {"a.md": source}, config=config), "a.md")) == [
        "Hello-World",
        "Hello-World-1",
    ]


def test_an_explicit_id_is_no_part_of_the_heading(tmp_path: Path) -> None:
    source = "## One *two* {#a}\n\nT\n\n## Three {/* #b */}\n\nT\n\n## {#c}\n\nT"
    page = read(site(tmp_path, {"a.mdx": source}), "a.mdx")

    assert [section.heading_path[1:] for section in page.sections] == [("One two",), ("Three",), ()]


@pytest.mark.parametrize(("config", "anchor"), [("", "title-"), ("future: {v4: true},", "mine")])
def test_an_id_in_an_html_comment_counts_since_version_4(
    tmp_path: Path, config: str, anchor: str
) -> None:
    root = site(tmp_path, {"a.md": "## Title <!-- #mine -->\n\nText."}, config=config)

    assert anchors(read(root, "a.md")) == [anchor]


@pytest.mark.parametrize(
    ("path", "config", "front_matter", "text"),
    [
        ("a.md", "", "", "Set first."),
        ("a.md", "markdown: {format: 'detect'},", "", "Set {X} first."),
        ("a.mdx", "markdown: {format: 'detect'},", "", "Set first."),
        ("a.mdx", "", "mdx: {format: md}", "Set {X} first."),
    ],
)
def test_the_syntax_of_a_page_is_the_one_that_the_site_sets(
    tmp_path: Path, path: str, config: str, front_matter: str, text: str
) -> None:
    source = f"---\n{front_matter}\n---\n\nSet {{X}} first."
    page = read(site(tmp_path, {path: source}, config=config), path)

    assert " ".join(page.sections[0].blocks[0].text.split()) == text


def test_a_heading_element_with_an_id_is_a_heading(tmp_path: Path) -> None:
    source = (
        "## Above\n\nOne.\n\n<h3 id='mine' className='x'>Its `own` *words*</h3>\n\nTwo.\n\n"
        "<h2>No id</h2>\n\nThree.\n"
    )
    page = read(site(tmp_path, {"a.mdx": source}), "a.mdx")

    assert [(s.anchor, s.title, len(s.blocks)) for s in page.sections] == [
        ("above", "Above", 1),
        ("mine", "Its own words", 3),
    ]


def test_indented_code_counts_in_markdown_pages(tmp_path: Path) -> None:
    page = read(
        site(tmp_path, {"a.md": "Text\n\n    x = 1\n\n    y = 2\n\n- a\n\n    b\n"}), "a.md"
    )
    blocks = [block for section in page.sections for block in section.blocks]

    assert [block.text for block in blocks if block.kind is Kind.CODE] == ["x = 1\n\ny = 2"]
    assert page.code_blocks == 1


def test_code_blocks_are_counted_apart_from_the_parser(tmp_path: Path) -> None:
    source = (
        "```py\na\n```\n\n<!--\n```\nno\n```\n-->\n\n- x\n\n  ~~~~\n  ```\n  ~~~~\n\n```\n\n```\n"
    )
    page = read(site(tmp_path, {"a.mdx": source}), "a.mdx")

    assert page.code_blocks == 2


# ── imports ──────────────────────────────────────────────────────────────────────────────────


def blocks_of(page: Page) -> list[tuple[str, str, str, str]]:
    """Anchor, language, label and text of each block of a page."""
    return [
        (section.anchor, block.language, block.label, block.text)
        for section in page.sections
        for block in section.blocks
    ]


def test_a_partial_becomes_text_at_its_place_with_anchors_of_its_own(tmp_path: Path) -> None:
    pages = {
        "talk/a.mdx": "import Setup, {toc} from '../_setup.mdx';\n"
        "import Hi from '@site/docs/_hi.md';\n\n"
        '## Setup\n\nBefore.\n\n<Setup />\n\n<Hi name="turtle" />\n\n## Setup\n\nAfter.\n',
        "_setup.mdx": "import Deep from './deep/_deep.mdx'\n\nFirst.\n\n## Setup\n\n<Deep/>\n",
        "deep/_deep.mdx": "```py\nx = 1\n```\n",
        "_hi.md": "---\ntitle: No\n---\nHi {props.name}, {props.other}.\n",
    }
    page = read(site(tmp_path, pages), "talk/a.mdx")

    assert blocks_of(page) == [
        ("setup", "", "", "Before."),
        ("setup", "", "", "First."),
        ("setup", "py", "", "x = 1"),
        ("setup", "", "", "Hi turtle, ."),
        ("setup-1", "", "", "After."),
    ]
    assert page.code_blocks == 1
    assert page.dropped == (Dropped("expression", 10, "props.other"),)


def test_the_code_of_an_imported_file_is_shown(tmp_path: Path) -> None:
    pages = {
        "a.mdx": "import talker from '!!raw-loader!@site/src/talker.py';\n"
        "import Widget from '!!raw-loader!./widget';\n\n"
        '<CodeBlock language="python" title="talker.py">{talker}</CodeBlock>\n\n'
        "<CodeBlock>\n  {Widget}\n</CodeBlock>\n",
        "src/talker.py": "import rclpy\n\nrclpy.init()\n",
        "widget.tsx": "<b>w</b>",
    }
    page = read(site(tmp_path, pages), "a.mdx")

    assert blocks_of(page) == [
        ("", "python", "talker.py", "import rclpy\n\nrclpy.init()"),
        ("", "", "", "<b>w</b>"),
    ]
    assert page.code_blocks == 2


@pytest.mark.parametrize(
    "path", ["../../secret.md", "@site/../secret.md", "./link.md", "./_gone.md", "pkg/_part.md"]
)
def test_an_import_from_elsewhere_is_left_out(tmp_path: Path, path: str) -> None:
    (tmp_path / "secret.md").write_text("Secret", encoding="utf-8")
    source = (
        f"import Part from '{path}'\nimport code from '!!raw-loader!{path}'\n\n"
        "Text.\n\n<Part/>\n\n<CodeBlock>{code}</CodeBlock>\n"
    )
    root = site(tmp_path / "site", {"a.mdx": source})
    (root / "docs" / "link.md").symlink_to(tmp_path / "secret.md")
    page = read(root, "a.mdx")

    assert blocks_of(page) == [("", "", "", "Text.")]
    assert [item.kind for item in page.dropped] == ["jsx:Part", "jsx:CodeBlock"]


def test_partials_that_import_each_other_end(tmp_path: Path) -> None:
    pages = {
        "a.mdx": "import Part from './_b.mdx'\n\n<Part/>\n",
        "_b.mdx": "import Page from '../docs/a.mdx'\nimport Part from './_b.mdx'\n\n"
        "B.\n\n<Page/>\n\n<Part/>\n",
    }
    page = read(site(tmp_path, pages), "a.mdx")

    assert blocks_of(page) == [("", "", "", "B.")]


def test_partials_that_multiply_are_bounded(tmp_path: Path) -> None:
    depth = 12
    pages = {
        f"_{n}.mdx": f"import Next from '../docs/_{n + 1}.mdx'\n\n<Next/>\n\n<Next/>\n"
        for n in range(depth)
    }
    pages |= {f"_{depth}.mdx": "Text.", "a.mdx": "import First from './_0.mdx'\n\n<First/>\n"}
    page = read(site(tmp_path, pages), "a.mdx")

    assert 0 < len(blocks_of(page)) < MOST_PARTIALS
    assert {item.kind for item in page.dropped} == {"jsx:Next"}


def test_lists_of_links_are_no_text(tmp_path: Path) -> None:
    source = (
        "import DocCardList from '@theme/DocCardList'\n\nText.\n\n<TOCInline toc={toc} />\n\n"
        "<DocCardList />\n\n```mermaid\ngraph LR\n```\n"
    )
    page = read(site(tmp_path, {"a.mdx": source}), "a.mdx")

    assert blocks_of(page) == [("", "", "", "Text."), ("", "mermaid", "", "graph LR")]
    assert [item.kind for item in page.dropped] == ["jsx:TOCInline", "jsx:DocCardList"]


# ── real books ───────────────────────────────────────────────────────────────────────────────

DATA = os.environ.get("RAGBOOK_TEST_DATA", "")
BOOKS = [("physical-ai-textbook", ""), ("physical-ai-textbook", "ur"), ("physical-ai-mdx", "")]
LEFTOVERS = re.compile(
    r"</?[A-Z]\w*[\s>]|^\s*(?:import|export) .*from|^sidebar_position:|^:::|\{/\*|</?div", re.M
)


@cache
def real_book(name: str, language: str) -> list[Page]:
    return read_book(name, language)


def read_book(name: str, language: str) -> list[Page]:
    if name != "primer" and not DATA:
        pytest.skip("RAGBOOK_TEST_DATA does not name the folder of the real books")
    source = DocusaurusSource(PRIMER if name == "primer" else Path(DATA) / "books" / name)
    return [source.read(path) for path in source.paths(Selection(language=language))]


real_books = pytest.mark.parametrize(("name", "language"), [*BOOKS, ("primer", "")])


@pytest.mark.data
@real_books
def test_no_code_block_of_a_real_book_is_lost(name: str, language: str) -> None:
    for page in real_book(name, language):
        blocks = [block for section in page.sections for block in section.blocks]
        assert sum(block.kind is Kind.CODE for block in blocks) == page.code_blocks, page.path


@pytest.mark.data
@real_books
def test_no_section_of_a_real_book_is_empty_and_no_markup_is_left_in_its_prose(
    name: str, language: str
) -> None:
    for page in real_book(name, language):
        assert page.sections, page.path
        for section in page.sections:
            assert section.blocks
            for block in section.blocks:
                assert block.text.strip()
                assert block.kind is not Kind.PROSE or not LEFTOVERS.search(
                    re.sub(r"`[^`]*`", "", block.text)
                ), (page.path, block.text)


@pytest.mark.data
def test_python_imports_of_a_real_book_survive_in_its_code() -> None:
    code = [
        block.text
        for page in real_book("physical-ai-mdx", "")
        for section in page.sections
        for block in section.blocks
        if block.kind is Kind.CODE
    ]

    assert sum("import numpy as np" in text for text in code) >= 16


@pytest.mark.data
def test_the_translation_of_a_real_book_is_left_out_unless_asked_for() -> None:
    english, urdu = (real_book("physical-ai-textbook", language) for language in ("", "ur"))

    assert not any(page.url.startswith("ur/") for page in english)
    assert all(page.url.startswith("ur/") for page in urdu)
    assert urdu[0].title.startswith("جسمانی مصنوعی ذہانت")
    assert (len(english), len(urdu)) == (33, 33)
