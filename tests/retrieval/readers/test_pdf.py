"""PDF files, written here line by line: headings, paragraphs, code, and what is no text."""

from __future__ import annotations

import pickle
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from retrieval.errors import SourceError
from retrieval.passages import Block, Kind
from retrieval.readers import open_source
from retrieval.readers.pdf.book import PdfSource
from retrieval.readers.source import Page, Selection

ALL = Selection()
LEADING = 14
TEXT, MONO = "F1", "F2"
FULL = "This line of the book is set over the whole width of the page, word after word"

Printed = tuple[float, float, float, str, str]
"""A line: x, y, size, font, text."""


def column(
    *texts: str, top: float = 700, left: float = 72, size: float = 10, font: str = TEXT
) -> list[Printed]:
    """Lines under each other; an empty text leaves room."""
    heights = (top - LEADING * number for number in range(len(texts)))
    return [(left, y, size, font, text) for y, text in zip(heights, texts, strict=True) if text]


def pdf(
    folder: Path,
    *pages: Sequence[Printed],
    outline: Sequence[tuple[str, int]] = (),
    title: str = "",
    trailer: str = "",
) -> Path:
    """A PDF of these pages; ``outline`` holds titles with their page from 1."""
    first = 5
    kids = " ".join(f"{first + 2 * number} 0 R" for number in range(len(pages)))
    outlines = first + 2 * len(pages)
    objects = [
        f"<< /Type /Catalog /Pages 2 0 R /Outlines {outlines} 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>",
    ]
    for number, lines in enumerate(pages):
        objects.append(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 3 0 R "
            f"/F2 4 0 R >> >> /Contents {first + 2 * number + 1} 0 R >>"
        )
        drawn = "\n".join(
            f"BT /{f} {s} Tf {x} {y} Td ({_escaped(t)}) Tj ET" for x, y, s, f, t in lines
        )
        objects.append(f"<< /Length {len(drawn)} >>\nstream\n{drawn}\nendstream")
    objects.append(f"<< /Type /Outlines /First {outlines + 1} 0 R >>" if outline else "<< >>")
    for number, (name, page) in enumerate(outline):
        following = f"/Next {outlines + number + 2} 0 R" if number + 1 < len(outline) else ""
        target = first + 2 * (page - 1)
        objects.append(
            f"<< /Title ({name}) /Parent {outlines} 0 R {following} /Dest [{target} 0 R /Fit] >>"
        )
    objects.append(f"<< /Title ({title}) >>")
    path = folder / "arm book.pdf"
    path.write_bytes(_file(objects, f"/Info {len(objects)} 0 R {trailer}"))
    return path


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def _file(objects: Sequence[str], trailer: str) -> bytes:
    data = b"%PDF-1.7\n"
    places = []
    for number, text in enumerate(objects, start=1):
        places.append(len(data))
        data += f"{number} 0 obj\n{text}\nendobj\n".encode("latin-1")
    rows = "".join(f"{place:010} 00000 n \n" for place in places)
    table = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{rows}"
    head = f"trailer << /Size {len(objects) + 1} /Root 1 0 R {trailer} >>"
    return data + f"{table}{head}\nstartxref\n{len(data)}\n%%EOF".encode()


def read(path: Path) -> Page:
    return PdfSource(path).read(path.name)


def texts(page: Page) -> list[str]:
    return [block.text for section in page.sections for block in section.blocks]


# ── the file ─────────────────────────────────────────────────────────────────────────────────


def test_a_pdf_is_recognised_and_says_what_it_is(tmp_path: Path) -> None:
    path = pdf(tmp_path, column("Text."), title="The arm")
    source, mark = open_source(path)
    assert (source.format, source.title, mark) == ("pdf", "The arm", "arm book.pdf")
    assert source.paths(ALL) == ["arm book.pdf"]
    assert source.paths(Selection(exclude=("*.pdf",))) == []


def test_a_title_that_names_a_file_is_none(tmp_path: Path) -> None:
    large = column("The robot arm", top=740, size=24)
    path = pdf(tmp_path, large + column(FULL, FULL), title="Microsoft Word - arm.docx")
    assert PdfSource(path).title == "The robot arm"
    path = pdf(tmp_path, column(FULL))
    assert PdfSource(path).title == "arm book"


def test_each_printed_page_has_its_anchor(tmp_path: Path) -> None:
    page = read(pdf(tmp_path, column("One."), column("Two.")))
    assert (page.path, page.url) == ("arm book.pdf", "arm%20book.pdf")
    assert [(s.anchor, s.heading_path) for s in page.sections] == [
        ("page=1", ("arm book", "Page 1")),
        ("page=2", ("arm book", "Page 2")),
    ]


def test_a_source_reads_the_same_after_it_was_sent_to_another_process(tmp_path: Path) -> None:
    path = pdf(tmp_path, column("Text."))
    assert pickle.loads(pickle.dumps(PdfSource(path))).read(path.name) == read(path)


# ── headings ─────────────────────────────────────────────────────────────────────────────────


def test_the_outline_names_the_sections(tmp_path: Path) -> None:
    path = pdf(
        tmp_path,
        column("Preface text.", "", "1  Set up", "", "Plug it in."),
        column("It moves.", "", "Use and", "care", "", "Be kind."),
        column("Pictures follow."),
        outline=[("Set up", 1), ("Use and care", 2), ("Appendix", 3)],
    )
    assert [(s.anchor, s.heading_path[1:], texts_of(s.blocks)) for s in read(path).sections] == [
        ("page=1", (), ["Preface text."]),
        ("page=1", ("Set up",), ["Plug it in."]),
        ("page=2", ("Set up",), ["It moves."]),
        ("page=2", ("Use and care",), ["Be kind."]),
        ("page=3", ("Appendix",), ["Pictures follow."]),
    ]


def texts_of(blocks: Sequence[Block]) -> list[str]:
    return [block.text for block in blocks]


def test_without_an_outline_larger_type_names_the_sections(tmp_path: Path) -> None:
    path = pdf(
        tmp_path,
        column("Chapter", top=740, size=20)
        + column(*[FULL] * 4)
        + column("Part of it", top=620, size=14)
        + column(*[FULL] * 4, top=600),
    )
    paths = [section.heading_path for section in read(path).sections]
    assert paths == [("Chapter",), ("Chapter", "Part of it")]


def test_type_that_is_large_everywhere_names_nothing(tmp_path: Path) -> None:
    slides = column("Large words of a slide", "and further large words", size=20)
    page = read(pdf(tmp_path, slides + column(FULL, top=500)))
    assert [s.heading_path[1:] for s in page.sections] == [("Page 1",)]


# ── paragraphs ───────────────────────────────────────────────────────────────────────────────


def test_lines_are_joined_to_paragraphs(tmp_path: Path) -> None:
    path = pdf(tmp_path, column(FULL, "and ends here.", "", FULL, "and ends too.", f"    {FULL}"))
    assert texts(read(path)) == [f"{FULL} and ends here.", f"{FULL} and ends too.", FULL]


def test_divided_words_are_whole_again(tmp_path: Path) -> None:
    path = pdf(
        tmp_path,
        column(
            "The controller is well-known here, and the mani-", "pulator is a well-", "known one."
        ),
    )
    assert texts(read(path)) == [
        "The controller is well-known here, and the manipulator is a well-known one."
    ]


def test_a_paragraph_goes_on_over_the_page(tmp_path: Path) -> None:
    path = pdf(tmp_path, column(FULL), column("and goes on.", "", "Another one."))
    assert [(s.anchor, texts_of(s.blocks)) for s in read(path).sections] == [
        ("page=1", [f"{FULL} and goes on."]),
        ("page=2", ["Another one."]),
    ]


def test_items_of_a_list_stay_apart(tmp_path: Path) -> None:
    path = pdf(tmp_path, column("Steps:", "1. Plug it in and wait for the", "green light", "2. Go"))
    assert texts(read(path)) == ["Steps:", "1. Plug it in and wait for the green light", "2. Go"]


def test_monospaced_lines_are_code_with_their_indent(tmp_path: Path) -> None:
    code = [
        *column("def move():", font=MONO, top=680),
        *column("return 1", font=MONO, top=666, left=72 + 4 * 6),
        *column("move()", font=MONO, top=638),
    ]
    page = read(pdf(tmp_path, [*column("Run:"), *code, *column("Done.", top=610)]))
    assert page.sections[0].blocks == (
        Block(Kind.PROSE, "Run:"),
        Block(Kind.CODE, "def move():\n    return 1\n\nmove()"),
        Block(Kind.PROSE, "Done."),
    )
    assert page.code_blocks == 1


# ── what is no text ──────────────────────────────────────────────────────────────────────────


def test_running_heads_and_page_numbers_are_taken_out_and_told(tmp_path: Path) -> None:
    beasts = ["Ants", "Bees", "Cats", "Dogs", "Eels", "Foxes"]
    pages = [
        [
            *column("The arm, second edition" if number % 2 else f"Chapter {number}", top=760),
            *column(f"{beast} begin the page", FULL, FULL, f"{beast} end it."),
            *column(str(number + 10), top=40),
        ]
        for number, beast in enumerate(beasts, start=1)
    ]
    page = read(pdf(tmp_path, *pages))
    assert texts(page) == [f"{b} begin the page {FULL} {FULL} {b} end it." for b in beasts]
    heads = [item for item in page.dropped if item.kind == "running head"]
    assert len(heads) == 12
    assert (heads[0].line, heads[0].detail) == (1, "The arm, second edition")


def test_large_titles_of_chapters_are_no_running_heads(tmp_path: Path) -> None:
    pages = [
        column(f"Chapter {number}", top=740, size=20) + column(*[FULL] * 5) for number in (1, 2, 3)
    ]
    titles = [section.heading_path[-1] for section in read(pdf(tmp_path, *pages)).sections]
    assert titles == ["Chapter 1", "Chapter 2", "Chapter 3"]


def test_lines_of_the_contents_are_told(tmp_path: Path) -> None:
    page = read(pdf(tmp_path, column("1 Set up . . . . . . . . 3", "Text.")))
    assert texts(page) == ["Text."]
    assert [item.kind for item in page.dropped] == ["contents line"]


# ── what cannot be read ──────────────────────────────────────────────────────────────────────


def test_pages_that_are_pictures_are_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"holds no text: its pages are pictures.*OCR"):
        PdfSource(pdf(tmp_path, []))


def test_an_encrypted_file_is_a_clear_error(tmp_path: Path) -> None:
    key = "0" * 64
    rules = f"<< /Filter /Standard /V 1 /R 2 /P -4 /O <{key}> /U <{key}> >>"
    path = pdf(tmp_path, column("Text."), trailer=f"/Encrypt {rules} /ID [<00><00>]")
    with pytest.raises(SourceError, match="is encrypted with a password"):
        PdfSource(path)


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", b"<html>"])
def test_what_is_no_pdf_is_a_clear_error(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "arm.pdf"
    path.write_bytes(data)
    with pytest.raises(SourceError, match="is no PDF that can be read"):
        open_source(path)


def test_a_folder_is_no_pdf(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="is a folder"):
        open_source(tmp_path, "pdf")


def test_another_path_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"other\.pdf is not"):
        PdfSource(pdf(tmp_path, column("Text."))).read("other.pdf")


# ── a real one ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.browser
def test_what_a_browser_prints_is_read_back(tmp_path: Path) -> None:
    browser = shutil.which("chromium")
    if browser is None:
        pytest.skip("chromium is not installed")
    page = tmp_path / "arm.html"
    page.write_text(
        "<title>The arm</title><h1>Arm</h1><p>It has six joints and a gripper, and each of them "
        "can be moved alone or together with others in one motion of the whole arm.</p>"
        "<h2>Code</h2><pre>def f(x):\n    return x\n</pre><h2>End</h2><p>Done.</p>"
    )
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer"]
    target = f"--print-to-pdf={tmp_path / 'arm.pdf'}"
    subprocess.run([browser, *options, target, page.as_uri()], check=True, capture_output=True)
    source = PdfSource(tmp_path / "arm.pdf")
    assert source.title == "The arm"
    assert [
        (s.heading_path[-1], block.kind, block.text)
        for s in source.read("arm.pdf").sections
        for block in s.blocks
    ] == [
        (
            "Arm",
            Kind.PROSE,
            "It has six joints and a gripper, and each of them can be moved alone or together with "
            "others in one motion of the whole arm.",
        ),
        ("Code", Kind.CODE, "def f(x):\n    return x"),
        ("End", Kind.PROSE, "Done."),
    ]
