"""What becomes of reStructuredText markup: sections, blocks, code, references, anchors."""

from __future__ import annotations

from pathlib import Path

import pytest

from retrieval.errors import SourceError
from retrieval.passages import Block, Kind
from retrieval.readers.source import Dropped
from tests.retrieval.readers.sphinx_book import SphinxBook, anchors, kinds


class Book(SphinxBook):
    """A Sphinx book of reStructuredText pages."""

    def __init__(self, root: Path) -> None:
        super().__init__(
            root, ".rst", {"conf.py": "project = 'A book'\n", "index.rst": "Home\n====\n"}
        )


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return Book(tmp_path)


# ── sections and anchors ─────────────────────────────────────────────────────────────────────
def test_the_first_title_is_the_top_of_the_page_and_has_no_anchor(book: Book) -> None:
    page = book.page("Title\n=====\n\nText.\n\nPart\n----\n\nMore.\n")
    assert page.title == "Title"
    assert anchors(page) == ["", "part"]
    assert page.sections[1].heading_path == ("Title", "Part")
    assert [section.line for section in page.sections] == [1, 6]


def test_text_before_the_first_title_belongs_to_the_top(book: Book) -> None:
    page = book.page("Before.\n\nTitle\n=====\n\nAfter.\n")
    assert [block.text for block in page.sections[0].blocks] == ["Before.", "After."]


def test_a_page_without_a_title_is_named_after_its_file(book: Book) -> None:
    page = book.page("Only text.\n", "deep/Some-Page.rst")
    assert page.title == "Some-Page"
    assert page.sections[0].heading_path == ("Some-Page",)
    assert page.sections[0].anchor == ""


def test_an_empty_page_is_one_empty_section(book: Book) -> None:
    page = book.page("")
    assert [section.blocks for section in page.sections] == [()]


def test_a_second_top_level_title_stands_under_the_page_title(book: Book) -> None:
    page = book.page("One\n===\n\na\n\nTwo\n===\n\nb\n\nSub\n---\n\nc\n")
    assert [section.heading_path for section in page.sections] == [
        ("One",),
        ("One", "Two"),
        ("One", "Two", "Sub"),
    ]
    assert anchors(page) == ["", "two", "sub"]


def test_heading_levels_follow_each_file_s_own_adornments(book: Book) -> None:
    page = book.page("Title\n~~~~~\n\nPart\n^^^^\n\nDeep\n====\n\nBack\n^^^^\n")
    assert [section.heading_path[1:] for section in page.sections] == [
        (),
        ("Part",),
        ("Part", "Deep"),
        ("Back",),
    ]


def test_repeated_titles_are_numbered_as_sphinx_numbers_them(book: Book) -> None:
    page = book.page("Top\n===\n\nA\n-\n\nSame\n^^^^\n\nB\n-\n\nSame\n^^^^\n\nC\n-\n\nSame\n^^^^\n")
    assert anchors(page) == ["", "a", "same", "b", "id1", "c", "id2"]


def test_numbers_and_symbols_in_front_of_a_title_are_not_in_its_anchor(book: Book) -> None:
    page = book.page(
        "Top\n===\n\n1 Define it\n-----------\n\n2\\ Build\n--------\n\n"
        "``ros2 launch`` & more\n----------------------\n\n中文\n----\n"
    )
    assert anchors(page) == ["", "define-it", "build", "ros2-launch-more", "id1"]
    assert page.sections[3].title == "ros2 launch & more"


def test_a_label_equal_to_its_title_keeps_the_readable_anchor(book: Book) -> None:
    page = book.page("Top\n===\n\n.. _actions:\n\nActions\n-------\n\nx\n")
    assert anchors(page) == ["", "actions"]


def test_footnotes_targets_and_contents_take_ids_before_titles_do(book: Book) -> None:
    page = book.page(
        """\
        Top
        ===

        .. contents::

        See [#]_ and `Setup <https://example.org>`_.

        .. [#] A note.

        Contents
        --------

        Setup
        -----
        """
    )
    # id1 and id2 are the footnote reference and the footnote.
    assert anchors(page) == ["", "id3", "id4"]


def test_described_objects_take_their_names_as_ids(book: Book) -> None:
    page = book.page(
        "Top\n===\n\n.. py:function:: setup()\n\n.. py:class:: Node\n\n   .. py:method:: run()\n\n"
        "Setup\n-----\n\nRun\n---\n"
    )
    assert anchors(page) == ["", "id1", "run"]


def test_a_title_that_skips_a_level_is_reported(book: Book) -> None:
    page = book.page(
        "Top\n===\n\nA\n-\n\nDeep\n^^^^\n\nTop two\n=======\n\nSkips\n^^^^^\n\nText.\n"
    )
    assert "markup error" in kinds(page)
    assert page.sections[-1].blocks[-1].text == "Text."


# ── prose ────────────────────────────────────────────────────────────────────────────────────
def test_a_paragraph_is_one_line_without_markup_but_with_ticked_code(book: Book) -> None:
    text = book.text(
        "Run ``ros2 run`` *now*,\nor **never**; see `docs <https://x.org>`__ and x_y_.\n"
    )
    assert text == "Run `ros2 run` now, or never; see docs and x_y."


def test_inline_code_with_a_backtick_is_fenced_by_two(book: Book) -> None:
    assert book.text("Type ``a`b``.\n") == "Type `` a`b ``."


def test_a_list_is_one_block_with_its_markers(book: Book) -> None:
    text = book.text("- one\n\n  more of one\n- two\n\n  3. three\n  4. four\n\n     * deep\n")
    assert text == "- one\n  more of one\n- two\n  3. three\n  4. four\n    - deep"


def test_code_in_a_list_is_a_block_of_its_own_in_order(book: Book) -> None:
    blocks = book.blocks(
        "1. first\n\n   .. code-block:: bash\n\n      ls -l\n\n   then\n\n2. second\n"
    )
    assert blocks == (
        Block(Kind.PROSE, "1. first"),
        Block(Kind.CODE, "ls -l", "bash"),
        Block(Kind.PROSE, "then\n2. second"),
    )


def test_an_item_indented_too_far_stays_in_its_list(book: Book) -> None:
    assert book.text("- one\n\n     still one\n- two\n") == "- one\n  still one\n- two"


def test_a_definition_keeps_its_term_in_front(book: Book) -> None:
    text = book.text("node\n  A process.\nreasons such as:\n  - speed\n  - size\nc : kind\n  d\n")
    assert text == "node: A process.\nreasons such as:\n  - speed\n  - size\nc (kind): d"


def test_fields_options_and_footnotes_are_named_lines(book: Book) -> None:
    blocks = book.blocks(
        "Text [1]_.\n\n:depth: 3 m\n\n-v, --verbose  say more\n\n.. [1] The note.\n"
    )
    assert [block.text for block in blocks] == [
        "Text [1].",
        "depth: 3 m",
        "`-v, --verbose`: say more",
        "[1] The note.",
    ]


def test_line_blocks_keep_their_lines(book: Book) -> None:
    assert book.text("| one\n|   two\n| three\n") == "one\n  two\nthree"


def test_a_quotation_keeps_who_said_it(book: Book) -> None:
    blocks = book.blocks("He said:\n\n    Less is more.\n\n    -- Mies\n")
    assert [block.text for block in blocks] == ["He said:", "Less is more.", "— Mies"]


def test_a_glossary_has_several_terms_for_one_definition(book: Book) -> None:
    text = book.text(
        ".. glossary::\n\n   API\n   interface : key\n      What *is* called.\n\n   node\n"
    )
    assert text == "API, interface: What is called.\nnode"


# ── labels ───────────────────────────────────────────────────────────────────────────────────
def test_tabs_label_what_they_hold_and_nest(book: Book) -> None:
    blocks = book.blocks(
        """\
        .. tabs::

           .. group-tab:: Linux

              Use apt.

              .. tabs::

                 .. code-tab:: c++

                    int x;

           .. group-tab:: Windows

              Use choco.

        .. tab-set::

           .. tab-item:: One

              Item.
        """
    )
    assert [(block.label, block.text) for block in blocks] == [
        ("Linux", "Use apt."),
        ("Linux / C++", "int x;"),
        ("Windows", "Use choco."),
        ("One", "Item."),
    ]
    assert blocks[1].language == "c++"


def test_admonitions_label_what_they_hold(book: Book) -> None:
    blocks = book.blocks(
        """\
        .. note:: Mind
           the gap.

        .. WARNING::
           :collapsible:

           Hot.

        .. admonition:: By *the* way

           Text.

        .. seealso:: The manual.

        .. dropdown:: More

           Hidden.

        .. sidebar:: Aside

           Beside.
        """
    )
    assert [(block.label, block.text) for block in blocks] == [
        ("Note", "Mind the gap."),
        ("Warning", "Hot."),
        ("By the way", "Text."),
        ("See also", "The manual."),
        ("More", "Hidden."),
        ("Aside", "Beside."),
    ]


def test_version_notes_say_what_changed_when(book: Book) -> None:
    blocks = book.blocks(
        ".. versionadded:: 2.0\n   The flag.\n\n.. deprecated:: 3.1\n\n"
        ".. versionchanged:: 4\n\n   Why.\n"
    )
    assert [(block.label, block.text) for block in blocks] == [
        ("New in version 2.0", "The flag."),
        ("Deprecated since version 3.1", "Deprecated since version 3.1."),
        ("Changed in version 4", "Why."),
    ]


# ── code ─────────────────────────────────────────────────────────────────────────────────────
def test_code_is_verbatim_with_language_and_caption(book: Book) -> None:
    page = book.page(
        ".. code-block:: python\n   :caption: talker.py\n   :unheard-of: yes\n\n"
        "   def f():\n\n       return 'a  b'   # ``x``\n"
    )
    assert page.sections[0].blocks == (
        Block(Kind.CODE, "def f():\n\n    return 'a  b'   # ``x``", "python", "talker.py"),
    )
    assert page.code_blocks == 1


def test_highlight_gives_the_blocks_that_follow_their_language(book: Book) -> None:
    page = book.page(
        "a::\n\n  x\n\n.. highlight:: c\n\nb::\n\n  y\n\n.. code-block::\n\n   z\n\n"
        "Part\n----\n\n::\n\n  w\n\n.. highlight:: none\n\n::\n\n  v\n"
    )
    blocks = [block for section in page.sections for block in section.blocks]
    code = [block for block in blocks if block.kind is Kind.CODE]
    assert [(block.text, block.language) for block in code] == [
        ("x", ""),
        ("y", "c"),
        ("z", "c"),
        ("w", "c"),
        ("v", ""),
    ]


def test_every_form_of_code_is_code(book: Book) -> None:
    page = book.page(
        """\
        .. sourcecode:: bash

           ls

        .. code:: xml

           <a/>

        .. parsed-literal::

           make *all*

        >>> 1 + 1
        2

        .. math:: a = b

        .. graphviz::

           digraph { a -> b }

        .. prompt:: bash

           pip install x

        .. code-block:: c
        """
    )
    assert [(block.language, block.text) for block in page.sections[0].blocks] == [
        ("bash", "ls"),
        ("xml", "<a/>"),
        ("", "make all"),
        ("pycon", ">>> 1 + 1\n2"),
        ("latex", "a = b"),
        ("dot", "digraph { a -> b }"),
        ("console", "pip install x"),
    ]
    assert page.code_blocks == 7


SCRIPT = """\
import os


class Talker:
    @property
    def name(self):
        return "talker"

    def stop(self):
        pass  # END
"""


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("", SCRIPT.rstrip()),
        (":lines: 1,4-5", "import os\nclass Talker:\n    @property"),
        (":lines: 9-\n:dedent:", "def stop(self):\n    pass  # END"),
        (":pyobject: Talker.name\n:dedent: 4", '@property\ndef name(self):\n    return "talker"'),
        (":start-after: return\n:end-before: END", "    def stop(self):"),
        (":start-at: import\n:end-at: class", "import os\n\n\nclass Talker:"),
        (":lines: 1\n:prepend: # top\n:append: # end", "# top\nimport os\n# end"),
    ],
)
def test_literalinclude_takes_the_lines_that_its_options_name(
    book: Book, options: str, expected: str
) -> None:
    book.write("code/talker.py", SCRIPT)
    directive = f".. literalinclude:: /code/talker.py\n:language: python\n{options}".rstrip()
    page = book.page(directive.replace("\n", "\n   ") + "\n", "deep/page.rst")
    assert page.sections[0].blocks == (Block(Kind.CODE, expected, "python"),)


@pytest.mark.parametrize(
    "options", [":start-after: nowhere", ":lines: 9-3", ":lines: x", ":pyobject: Nobody"]
)
def test_a_literalinclude_that_finds_nothing_is_reported(book: Book, options: str) -> None:
    book.write("talker.py", SCRIPT)
    page = book.page(f"Text.\n\n.. literalinclude:: talker.py\n   {options}\n")
    assert [(dropped.kind, dropped.line) for dropped in page.dropped] == [("literalinclude", 3)]
    assert page.code_blocks == 0


def test_options_of_code_are_applied_or_ignored(book: Book) -> None:
    book.write("tabbed.c", "{\n\tint x;\n}\n")
    blocks = book.blocks(
        """\
        .. code-block:: c
           :dedent: 2

             int a;

        .. literalinclude:: tabbed.c
           :tab-width: 2
           :caption:

        .. tabs::

           .. code-tab:: no-such-language

              int b;

        .. math:: e = mc^2
           :label: energy
        """
    )
    assert [(block.language, block.label, block.text) for block in blocks] == [
        ("c", "", "int a;"),
        ("", "tabbed.c", "{\n  int x;\n}"),
        ("no-such-language", "no-such-language", "int b;"),
        ("latex", "", "e = mc^2"),
    ]


def test_a_literalinclude_of_broken_python_is_reported(book: Book) -> None:
    book.write("broken.py", "def (:\n")
    page = book.page(".. literalinclude:: broken.py\n   :pyobject: f\n")
    assert kinds(page) == ["literalinclude"]


# ── tables ───────────────────────────────────────────────────────────────────────────────────
def test_grid_tables_become_pipe_tables_with_spans(book: Book) -> None:
    (block,) = book.blocks(
        """\
        .. table:: Sizes

           +-----+-----+
           | a   | b|c |
           +=====+=====+
           | span      |
           +-----+-----+
           | r   | 1   |
           |     +-----+
           |     | 2   |
           +-----+-----+
        """
    )
    assert block.kind is Kind.TABLE
    assert block.label == "Sizes"
    assert block.text.splitlines() == [
        "| a | b\\|c |",
        "| --- | --- |",
        "| span |  |",
        "| r | 1 |",
        "|  | 2 |",
    ]


def test_list_and_csv_tables_become_pipe_tables(book: Book) -> None:
    book.write("data.csv", "x,y\n")
    blocks = book.blocks(
        """\
        .. list-table:: Commands
           :header-rows: 1
           :theme-option: x

           * - what
             - how
           * - list
             - .. code-block:: bash

                  ls
                  ls -l

        .. csv-table::
           :file: data.csv
        """
    )
    assert [(block.kind, block.label, block.text) for block in blocks] == [
        (Kind.TABLE, "Commands", "| what | how |\n| --- | --- |\n| list | `ls ls -l` |"),
        (Kind.CODE, "", "ls\nls -l"),
        (Kind.TABLE, "", "|  |  |\n| --- | --- |\n| x | y |"),
    ]


def test_tables_are_counted_once_for_the_report(book: Book) -> None:
    page = book.page(
        """\
        = =
        a b
        = =

        .. list-table::

           * - .. list-table::

                  * - a table in a cell

        .. code-block:: text

           +---+
           | a |
           +---+
        """
    )
    assert page.tables == 2


# ── roles and references ─────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("markup", "shown"),
    [
        (":file:`/usr/{name}/x`", "`/usr/name/x`"),
        (":command:`rm` :envvar:`PATH` :kbd:`Ctrl+C`", "`rm` `PATH` `Ctrl+C`"),
        (":guilabel:`&Open` :menuselection:`File --> New`", "Open File ‣ New"),
        (":abbr:`LIFO (last in, first out)`", "LIFO (last in, first out)"),
        (":py:func:`~rclpy.node.spin` :meth:`.stop`", "`spin()` `stop()`"),
        (":cpp:class:`rclcpp::Node` :class:`!Plain`", "`rclcpp::Node` `Plain`"),
        (":class:`the node <rclpy.Node>`", "`the node`"),
        (":pep:`8` and :rfc:`2822#section-1`", "PEP 8 and RFC 2822"),
        (":math:`x^2` and H\\ :sub:`2`\\ O", "$x^2$ and H2O"),
        (":unheard:`of` :some:domain:`Title <target>`", "of Title"),
        ("`default role` and `suffix`:strong:", "default role and suffix"),
        (":raw:`<b>`\\ Text", "Text"),
        (":term:`packages <package>` :download:`f.zip <a/f.zip>`", "packages f.zip"),
    ],
)
def test_a_role_becomes_the_text_that_the_page_shows(book: Book, markup: str, shown: str) -> None:
    assert book.text(markup + "\n") == shown


def test_references_show_the_titles_of_other_pages(book: Book) -> None:
    book.write(
        "deep/other.rst",
        """\
        .. _Top Label:
        .. _second:

        .. redirect-from::

           old/place

        =====================
        The ``other`` *page*
        =====================

        .. _part:

        A :term:`part <x>`
        ------------------

        .. _fig:

        .. figure:: x.png

           The *arm*

        .. table:: Sizes
           :name: sizes

           == ==
           a  b
           == ==
        """,
    )
    text = book.text(
        ":doc:`deep/other`, :doc:`/deep/other.rst`, :doc:`mine <deep/other>`, :ref:`top  label`, "
        ":ref:`second`, :ref:`part`, :ref:`fig`, :ref:`sizes`, :ref:`own <part>`, :ref:`nowhere`, "
        ":doc:`no/page`, :numref:`fig`, :numref:`Figure %s <fig>`\n"
    )
    assert text == (
        "The other page, The other page, mine, The other page, The other page, A part, The arm, "
        "Sizes, own, nowhere, no/page, The arm, Figure"
    )


def test_a_reference_in_a_title_is_resolved_but_its_anchor_is_as_written(book: Book) -> None:
    page = book.page("Top\n===\n\nSee :doc:`index`\n----------------\n\nx\n")
    assert page.sections[1].title == "See Home"
    assert page.sections[1].anchor == "see-index"


# ── what is not text ─────────────────────────────────────────────────────────────────────────
def test_what_is_not_text_is_reported_with_its_line(book: Book) -> None:
    page = book.page(
        """\
        .. redirect-from::

            Old/Page

        Title
        =====

        .. contents:: On this page
           :local:

        .. toctree::

           index

        .. image:: a.png

        .. raw:: html

           <b>bold</b>

        .. a comment

        .. index:: word

        .. meta::
           :description: words

        .. _label:

        Text with |pic|.

        .. |pic| image:: b.png
        """
    )
    assert [block.text for block in page.sections[0].blocks] == ["Text with ."]
    assert sorted((dropped.line, dropped.kind) for dropped in page.dropped) == [
        (1, "redirect-from"),
        (8, "contents"),
        (11, "toctree"),
        (15, "image"),
        (17, "raw html"),
        (21, "comment"),
        (23, "index"),
        (25, "meta"),
        (28, "target"),
        (32, "image"),
    ]


def test_a_figure_keeps_its_caption_and_legend(book: Book) -> None:
    page = book.page(
        ".. figure:: arm.png\n   :figwidth: image\n\n   The *arm*.\n\n   With a legend.\n"
    )
    assert [block.text for block in page.sections[0].blocks] == ["The arm.", "With a legend."]
    assert page.dropped == (Dropped("figure", 1, "arm.png"),)


def test_an_unknown_directive_is_reported_and_its_content_kept(book: Book) -> None:
    page = book.page(
        """\
        Title
        =====

        .. my-box:: spam
           :color: red

           Kept with *markup*.

           .. code-block:: c

              int kept;

        .. my-note:: This is a sentence.

        .. my-video:: abc123
        """
    )
    assert [block.text for block in page.sections[0].blocks] == [
        "Kept with markup.",
        "int kept;",
        "This is a sentence.",
    ]
    assert [(dropped.kind, dropped.line) for dropped in page.dropped] == [
        ("directive:my-box", 4),
        ("directive:my-note", 13),
        ("directive:my-video", 15),
    ]


def test_sections_inside_a_conditional_are_sections_of_the_page(book: Book) -> None:
    page = book.page(
        "Top\n===\n\n.. only:: html\n\n   Part\n   ----\n\n   In part.\n\n"
        "   Deep\n   ^^^^\n\n   x\n\nNext\n----\n\ny\n"
    )
    assert [section.heading_path[1:] for section in page.sections] == [
        (),
        ("Part",),
        ("Part", "Deep"),
        ("Next",),
    ]


def test_metadata_at_the_top_is_not_text(book: Book) -> None:
    page = book.page(":orphan:\n\nTitle\n=====\n\nText.\n")
    assert [block.text for block in page.sections[0].blocks] == ["Text."]
    assert kinds(page) == ["metadata"]


def test_docutils_messages_never_reach_the_text(
    book: Book, capfd: pytest.CaptureFixture[str]
) -> None:
    page = book.page(
        "Title\n=====\n\nAn *open emphasis and |undefined| and missing_.\n\n"
        ".. list-table::\n\n   broken\n"
    )
    assert page.sections[0].blocks[0].text == "An *open emphasis and |undefined| and missing."
    assert len(page.sections[0].blocks) == 1
    assert "markup error" in kinds(page)
    assert capfd.readouterr() == ("", "")


def test_object_descriptions_show_signature_and_content(book: Book) -> None:
    blocks = book.blocks(
        ".. py:module:: robot\n\n.. py:currentmodule:: robot.arm\n\n.. centered:: The *arm*\n\n"
        ".. cpp:function:: int add(int a, int b)\n                  int add(long a)\n\n   Adds.\n\n"
        ".. option:: --force\n\n   Forces.\n"
    )
    assert [block.text for block in blocks] == [
        "The arm",
        "`int add(int a, int b)`",
        "`int add(long a)`",
        "Adds.",
        "`--force`",
        "Forces.",
    ]


# ── files ────────────────────────────────────────────────────────────────────────────────────
def test_an_include_is_read_in_its_place(book: Book) -> None:
    book.write("_part.txt", "skip START\nIncluded *text*.\n\nSub\n---\n\nIn sub.\n\nEND skip\n")
    page = book.page(
        "Top\n===\n\n.. include:: ../_part.txt\n   :start-after: START\n   :end-before: END\n\n"
        "After.\n",
        "deep/page.rst",
    )
    assert anchors(page) == ["", "sub"]
    assert [block.text for block in page.sections[1].blocks] == ["In sub.", "After."]
    assert page.sections[1].line == 1


def test_an_include_may_be_code_or_a_standard_list(book: Book) -> None:
    book.write("a.sh", "ls *\n")
    blocks = book.blocks(
        ".. include:: a.sh\n   :code: bash\n\n.. include:: <isonum.txt>\n\n|copy| us\n"
    )
    assert blocks == (Block(Kind.CODE, "ls *", "bash"), Block(Kind.PROSE, "© us"))


def test_no_file_outside_the_book_is_read(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("SECRET")
    (tmp_path / "book").mkdir()
    book = Book(tmp_path / "book")
    (book.root / "link.txt").symlink_to(tmp_path / "secret.txt")
    page = book.page(
        """\
        .. include:: ../secret.txt

        .. include:: link.txt

        .. include:: /../secret.txt

        .. literalinclude:: ../secret.txt

        .. csv-table::
           :file: ../secret.txt

        .. csv-table::
           :url: file:///etc/hostname

        .. raw:: html
           :file: ../secret.txt

        .. figure:: ../secret.txt
           :figwidth: image
        """
    )
    assert page.sections[0].blocks == ()
    assert kinds(page) == [
        *["file outside the book"] * 5,
        "csv-table from the network",
        "raw html",
        "figure",
    ]


def test_missing_and_circular_includes_are_reported(book: Book) -> None:
    book.write("a.txt", "From a :new:`role`.\n\n.. include:: b.txt\n")
    book.write("b.txt", "From b.\n\n.. include:: a.txt\n\n.. include:: page.rst\n")
    page = book.page(".. include:: a.txt\n\n.. include:: none.txt\n")
    assert [block.text for block in page.sections[0].blocks] == ["From a role.", "From b."]
    assert sorted(kinds(page)) == ["circular include", "circular include", "missing file"]


def test_an_include_takes_the_lines_that_its_options_name(book: Book) -> None:
    book.write("a.txt", "one\n\ntwo\n\nthree\n")
    page = book.page(
        ".. include:: a.txt\n   :start-line: 2\n   :end-line: 3\n\n"
        ".. include:: a.txt\n   :start-after: nowhere\n\n"
        ".. include:: a.txt\n   :start-line: first\n\n"
        ".. include:: a.txt\n   :parser: markdown\n"
    )
    assert [block.text for block in page.sections[0].blocks] == ["two"]
    assert kinds(page) == ["include", "include", "include of another markup"]


def test_a_file_name_that_cannot_exist_is_a_missing_file(book: Book) -> None:
    book.root.joinpath("loop").symlink_to(book.root / "loop")
    page = book.page(f".. include:: {'x' * 5000}\n\n.. include:: loop\n\n.. include:: a\\0b\n")
    assert page.sections[0].blocks == ()
    assert len(page.dropped) == 3


def test_markup_nested_beyond_reason_is_refused(book: Book) -> None:
    with pytest.raises(SourceError, match=r"page\.rst"):
        book.page("- " * 2000 + "x\n")


# ── what a page leaves behind ────────────────────────────────────────────────────────────────
def test_roles_that_a_page_defines_end_with_the_page(book: Book) -> None:
    assert book.text(".. role:: py(code)\n\n.. default-role:: py\n\n:py:`x` `y`\n") == "`x` `y`"
    assert book.text(":py:`x` `y`\n") == "x y"


def test_a_page_reads_the_same_whatever_was_read_before(book: Book) -> None:
    text = ".. odd::\n\n   Text :strange:`role`.\n\n.. |x| replace:: y\n\n|x| [#]_\n\n.. [#] n\n"
    first = book.page(text)
    book.page(".. role:: strange(raw)\n   :format: html\n\n:strange:`z`\n", "other.rst")
    assert book.page(text) == first
