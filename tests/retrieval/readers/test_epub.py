"""EPUB files: order, titles, text by the HTML reader, and files that are no honest book."""

from __future__ import annotations

import pickle
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from retrieval.errors import SourceError
from retrieval.passages import Kind
from retrieval.readers import open_source
from retrieval.readers.epub import archive
from retrieval.readers.epub.book import EpubSource
from retrieval.readers.source import Selection

ALL = Selection()
CONTAINER = '<container><rootfiles><rootfile full-path="OPS/book.opf"/></rootfiles></container>'
PACKAGE = """<?xml version="1.0"?>
<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/">
 <metadata><dc:title>The
   arm</dc:title><dc:language>de</dc:language></metadata>
 <manifest>
  <item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>
  <item id="one" href="text/one%20a.xhtml" media-type="application/xhtml+xml"/>
  <item id="two" href="text/two.xhtml" media-type="application/xhtml+xml"/>
  <item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/>
  <item id="pic" href="a.png" media-type="image/png"/>
 </manifest>
 <spine><itemref idref="nav"/><itemref idref="two"/><itemref idref="one"/><itemref idref="pic"/>
  <itemref idref="absent"/></spine>
</package>"""
NAV = """<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"><body>
<nav epub:type="landmarks"><a href="text/two.xhtml">No</a></nav>
<nav epub:type="toc"><ol><li><a href="text/two.xhtml">Second&nbsp;first</a><ol><li>
<a href="text/two.xhtml#part">A part</a></li></ol></li></ol></nav></body></html>"""
NCX = """<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/"><navMap><navPoint><navLabel>
<text>Old way</text></navLabel><content src="text/two.xhtml"/></navPoint></navMap></ncx>"""
XHTML = '<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml">%s</html>'
ONE = XHTML % (
    '<head><title/><script src="x.js"/></head><body><a id="page1"/><h1>One</h1><p>First</p>'
    '<section id="code"><h2>Code</h2><pre><code class="language-c">int i;</code></pre></section>'
    "</body>"
)
TWO = XHTML % '<body><p title="a > b / c"/><p>Text of two</p></body>'
FILES = {
    "mimetype": "application/epub+zip",
    "META-INF/container.xml": CONTAINER,
    "OPS/book.opf": PACKAGE,
    "OPS/nav.xhtml": NAV,
    "OPS/text/one a.xhtml": ONE,
    "OPS/text/two.xhtml": TWO,
}


def epub(folder: Path, files: Mapping[str, str | None] | None = None) -> Path:
    """An EPUB with files put over the usual ones; ``None`` leaves one out."""
    path = folder / "arm.epub"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in {**FILES, **(files or {})}.items():
            if text is not None:
                file.writestr(name, text)
    return path


def test_an_epub_is_recognised_and_says_what_it_is(tmp_path: Path) -> None:
    source, mark = open_source(epub(tmp_path))
    assert (source.format, mark) == ("epub", "arm.epub")
    assert (source.title, source.language, source.base_url) == ("The arm", "de", "")


def test_documents_come_in_reading_order_without_their_list(tmp_path: Path) -> None:
    source = EpubSource(epub(tmp_path))
    assert source.paths(ALL) == ["OPS/text/two.xhtml", "OPS/text/one a.xhtml"]
    assert source.paths(Selection(exclude=("**/two*",))) == ["OPS/text/one a.xhtml"]


def test_documents_are_read_as_html_with_their_real_anchors(tmp_path: Path) -> None:
    page = EpubSource(epub(tmp_path)).read("OPS/text/one a.xhtml")
    assert (page.url, page.title, page.code_blocks) == ("OPS/text/one%20a.xhtml", "One", 1)
    assert [(s.anchor, s.heading_path) for s in page.sections] == [
        ("", ("One",)),
        ("code", ("One", "Code")),
    ]
    assert (page.sections[1].blocks[0].kind, page.sections[1].blocks[0].language) == (
        Kind.CODE,
        "c",
    )


def test_the_contents_name_documents_and_not_by_their_parts(tmp_path: Path) -> None:
    assert EpubSource(epub(tmp_path)).read("OPS/text/two.xhtml").title == "Second first"


def test_the_contents_of_older_epubs_count_too(tmp_path: Path) -> None:
    old = PACKAGE.replace('properties="nav"', "")
    source = EpubSource(epub(tmp_path, {"OPS/book.opf": old, "OPS/toc.ncx": NCX}))
    assert source.read("OPS/text/two.xhtml").title == "Old way"


def test_an_epub_without_contents_is_named_by_its_headings(tmp_path: Path) -> None:
    source = EpubSource(epub(tmp_path, {"OPS/nav.xhtml": None}))
    assert source.read("OPS/text/one a.xhtml").title == "One"


def test_a_source_reads_the_same_after_it_was_sent_to_another_process(tmp_path: Path) -> None:
    source = EpubSource(epub(tmp_path))
    path = "OPS/text/two.xhtml"
    assert pickle.loads(pickle.dumps(source)).read(path) == source.read(path)


def test_obfuscated_fonts_are_no_protection(tmp_path: Path) -> None:
    method = '<EncryptionMethod Algorithm="http://www.idpf.org/2008/embedding"/>'
    files = {"META-INF/encryption.xml": f"<encryption>{method}</encryption>"}
    assert EpubSource(epub(tmp_path, files)).title == "The arm"


def test_entities_stay_unread(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("stolen")
    doctype = f'<!DOCTYPE package [<!ENTITY x SYSTEM "file://{secret}">]>'
    package = PACKAGE.replace("<package", f"{doctype}<package").replace("The\n", "The &x;\n")
    assert "stolen" not in EpubSource(epub(tmp_path, {"OPS/book.opf": package})).title


@pytest.mark.parametrize(
    ("files", "complaint"),
    [
        ({"META-INF/container.xml": None}, r"lacks its file META-INF/container\.xml"),
        ({"META-INF/container.xml": "<container/>"}, "names no package file"),
        ({"META-INF/container.xml": ""}, "is no XML"),
        ({"OPS/book.opf": None}, r"lacks its file OPS/book\.opf"),
        ({"OPS/book.opf": "<package/>"}, "names no documents to read"),
        ({"../../evil.xhtml": "x"}, "leads out of it"),
        ({"/etc/evil.xhtml": "x"}, "leads out of it"),
        ({"bomb.xhtml": "0" * 10_000_000}, "packed too tightly"),
        (
            {
                "META-INF/encryption.xml": "<encryption><EncryptionMethod "
                'Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/></encryption>'
            },
            r"is protected \(DRM\).*unprotected file",
        ),
    ],
)
def test_what_is_no_honest_epub_is_a_clear_error(
    tmp_path: Path, files: dict[str, str | None], complaint: str
) -> None:
    with pytest.raises(SourceError, match=complaint):
        EpubSource(epub(tmp_path, files))


@pytest.mark.parametrize("limit", ["MOST_FILES", "LARGEST_WHOLE", "LARGEST_FILE"])
def test_an_archive_beyond_a_limit_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(archive, limit, 2)
    with pytest.raises(SourceError, match="is refused"):
        EpubSource(epub(tmp_path))


def test_a_file_that_is_no_zip_is_a_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "arm.epub"
    path.write_bytes(b"PK no zip")
    with pytest.raises(SourceError, match="is no EPUB"):
        open_source(path)
    with pytest.raises(SourceError, match="is a folder"):
        open_source(tmp_path, "epub")


def test_damage_inside_is_a_clear_error(tmp_path: Path) -> None:
    path = epub(tmp_path)
    data = bytearray(path.read_bytes())
    start = data.index(b"two.xhtml") + len(b"two.xhtml")
    data[start : start + 20] = b"\xff" * 20
    path.write_bytes(bytes(data))
    with pytest.raises(SourceError, match="cannot be unpacked"):
        EpubSource(path).read("OPS/text/two.xhtml")


def test_a_protected_zip_is_told(tmp_path: Path) -> None:
    path = epub(tmp_path)
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1  # the flag of an encrypted entry
    path.write_bytes(bytes(data))
    with pytest.raises(SourceError, match="is protected"):
        EpubSource(path)


def test_an_unknown_document_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="is no document of The arm"):
        EpubSource(epub(tmp_path)).read("OPS/nav.xhtml")
