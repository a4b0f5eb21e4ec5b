"""The pieces of a streamed answer: complete, in order, and the same however the stream is cut."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat.markdown import is_empty, plain
from chat.sentences import MAX_CODE, Piece, PieceKind, SentenceSplitter
from chat.sentences.borders import MAX_SENTENCE, sentence_spans


def pieces_of(text: str, size: int | None = None) -> list[Piece]:
    splitter = SentenceSplitter()
    size = size or max(len(text), 1)
    pieces = [
        piece
        for start in range(0, len(text), size)
        for piece in splitter.feed(text[start : start + size])
    ]
    return pieces + splitter.finish()


def texts(markdown: str) -> list[str]:
    return [piece.text for piece in pieces_of(markdown)]


def joined(markdown: str) -> str:
    return "".join(piece.lead + piece.text for piece in pieces_of(markdown))


# ── the border of a sentence ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "sentences",
    [
        ["Use ROS 2.", "Then source it."],
        ["Version 2.0 is out.", "It replaces v1.2.3.", "Upgrade."],
        ["Use a tool, e.g. colcon, i.e. the builder.", "Done."],
        ["Ask Dr. Smith vs. Prof. Jones.", "See Fig. 3 and No. 5."],
        ["No.", "It is not supported."],
        ["It takes approx. 5 s, etc. and so on.", "Good."],
        ["It lists topics, nodes, etc.", "Then it stops."],
        ["Edit CMakeLists.txt and package.xml.", "Build again."],
        ["Open https://example.org/a.b?c=d.e for more.", "Close it."],
        ["Wait ... then go on.", "Stop…", "Go."],
        ["Pi is 3.14.", "rclpy is a library."],
        ["J. Smith and John F. Kennedy came.", "It is written in C.", "Fine."],
        ["Is it running?!", "Yes!", "(See the log.)", "Good."],
        ["“Really?” he asked.", 'She said "stop."', "He did."],
        ["`a. b` is code.", "``x ` y. z`` too.", "End."],
        ["A stray \\` is no code.", "It goes on."],
        ["你好。", "再见！", "真的吗？"],
        ["کیا یہ ٹھیک ہے؟", "ہاں۔", "شکریہ۔"],
    ],
)
def test_a_paragraph_is_cut_into_its_sentences(sentences: list[str]) -> None:
    assert texts(" ".join(sentences)) == sentences


def test_ideographic_stops_need_no_space() -> None:
    assert joined("你好。再见！好") == "你好。再见！好"
    assert texts("你好。再见！好") == ["你好。", "再见！", "好"]


def test_citation_marks_belong_to_the_sentence_before_and_are_taken_out() -> None:
    assert texts("First it starts. [1][2] Then [3] it stops.[4] End [1, 2].") == [
        "First it starts.",
        "Then it stops.",
        "End.",
    ]


def test_an_array_index_is_not_a_citation() -> None:
    assert texts("Read data[0] and `ranges[1]`.") == ["Read data[0] and `ranges[1]`."]


def test_bold_that_spans_sentences_is_closed_and_opened_again() -> None:
    assert texts("**One. Two *three. Four*.** Five.") == [
        "**One.**",
        "**Two *three.***",
        "***Four*.**",
        "Five.",
    ]


def test_a_star_that_is_only_a_star_stays_one() -> None:
    assert texts("It is 2 * 3. Use *.txt files. Pass **kwargs") == [
        "It is 2 * 3.",
        "Use *.txt files.",
        "Pass **kwargs",
    ]


def test_a_sentence_without_an_end_is_cut_at_a_space() -> None:
    pieces = pieces_of("word " * 3_000)
    assert [len(piece.text) <= MAX_SENTENCE for piece in pieces] == [True] * len(pieces)
    assert " ".join(piece.text for piece in pieces).split() == ["word"] * 3_000


def test_a_word_without_a_space_is_cut_too() -> None:
    assert "".join(texts("x" * 10_000)) == "x" * 10_000


def test_spans_point_at_the_sentences_of_a_finished_text() -> None:
    text = " It runs, e.g. here.  It stops. "
    assert [text[a:b] for a, b in sentence_spans(text)] == ["It runs, e.g. here.", "It stops."]


# ── blocks ───────────────────────────────────────────────────────────────────────────────────


def test_list_items_keep_their_number_depth_and_sentences() -> None:
    pieces = pieces_of("- One. Two.\n  - Nested\n    goes on.\n3. Third\n\n   Still third.")
    assert [(p.text, p.tree["number"], p.tree["depth"], p.tree["joins"]) for p in pieces] == [
        ("One.", None, 1, False),
        ("Two.", None, 1, True),
        ("Nested goes on.", None, 2, False),
        ("Third", 3, 1, False),
        ("Still third.", None, 1, True),
    ]
    assert [p.lead for p in pieces] == ["- ", " ", "\n   - ", "\n3. ", "\n\n   "]


def test_a_year_at_the_start_of_a_wrapped_line_is_not_a_list() -> None:
    assert texts("It was released in\n2007. Then it grew.") == [
        "It was released in 2007.",
        "Then it grew.",
    ]


def test_every_body_row_of_a_table_is_a_piece_and_its_header_is_one() -> None:
    pieces = pieces_of("| Tool | Use |\n|---|---|\n| `a` | x. y |\n| b \\| c | z |\nAfter.")
    assert [piece.kind for piece in pieces] == [PieceKind.ROW] * 3 + [PieceKind.PARAGRAPH]
    assert [piece.tree.get("header") for piece in pieces] == [True, False, False, None]
    assert plain(pieces[2].tree) == "b | c | z"
    assert joined("| a | b |\n|---|---|\n| 1 | 2 |") == "| a | b |\n|---|---|\n| 1 | 2 |"


def test_pipes_without_a_delimiter_row_are_text() -> None:
    assert texts("|x| is the norm. It is\n|y| too.") == ["|x| is the norm.", "It is |y| too."]


@pytest.mark.parametrize("fence", ["```", "~~~", "`````"])
def test_a_code_block_is_one_piece_with_its_lines_untouched(fence: str) -> None:
    code = "def f():\n\treturn 1.  # a. b\n\n- not a list\n```" if fence == "`````" else "a. b\n\nc"
    pieces = pieces_of(f"Run:\n{fence}python\n{code}\n{fence}\nDone.")
    assert [piece.kind for piece in pieces] == [
        PieceKind.PARAGRAPH,
        PieceKind.CODE,
        PieceKind.PARAGRAPH,
    ]
    assert pieces[1].tree == {"type": "code", "language": "python", "text": code}
    assert pieces[1].text == f"{fence}python\n{code}\n{fence}"


def test_code_that_the_stream_leaves_open_is_one_piece_marked_incomplete() -> None:
    (piece,) = pieces_of("```bash\nros2 run\nros2 to")
    assert (piece.kind, piece.complete, piece.tree["text"]) == (
        PieceKind.CODE,
        False,
        "ros2 run\nros2 to",
    )


def test_code_in_a_list_item_loses_only_the_indent_of_the_item() -> None:
    pieces = pieces_of("1. Run:\n   ```\n   a\n     b\n   ```\n2. Next.\n3. ```\n   c\n   ```")
    assert [plain(piece.tree) for piece in pieces] == ["Run:", "a\n  b", "Next.", "c"]


def test_long_code_is_handed_out_in_parts_that_lose_nothing() -> None:
    lines = [f"line {number}" for number in range(5_000)]
    pieces = pieces_of("```\n" + "\n".join(lines) + "\n```")
    assert len(pieces) > 1
    assert all(len(piece.text) < 2 * MAX_CODE for piece in pieces)
    assert "\n".join(piece.tree["text"] for piece in pieces).split("\n") == lines


def test_quotes_headings_and_rules() -> None:
    pieces = pieces_of("## Head #\n> One.\n> Two\nlazy.\n\n---\nUnder\n=====\n***\n#notahead")
    assert [(piece.kind.value, piece.text) for piece in pieces] == [
        ("heading", "## Head"),
        ("quote", "One."),
        ("quote", "Two lazy."),
        ("heading", "# Under"),
        ("paragraph", "#notahead"),
    ]


def test_inline_code_at_the_start_of_a_line_is_no_fence() -> None:
    assert texts("```ls``` lists. `pwd` prints.") == ["`ls` lists.", "`pwd` prints."]


def test_pieces_without_anything_to_read_are_left_out() -> None:
    assert texts("![a](http://x/y.png)\n\n[1]\n\n...\n\n```\n```\n\n- \n") == []


def test_the_document_can_be_put_together_again() -> None:
    document = "# T\n\nA. B.\n\n- x. y.\n   - z\n\n```sh\nls\n```\n\n> q. r."
    assert joined(document) == document


# ── any cut, any text ────────────────────────────────────────────────────────────────────────

WORDS = (
    "Run it. ROS 2. e.g. v1.2 No. 5 `a. b` ``c`d`` **bold. more** *it* [1] [2][3] word End! why? "
    "… ... 你好。 ہے۔ x.y “q.” (p.) J. Smith etc. | a|b # ## - * + 1. 2) > ` ``` ~~~ --- === \\ "
    "[l](http://x) ![i](y) <b> &lt; \u202e \u200b \x00 \ud800 \t"
)
BREAKS = (
    *(" ", " ", " ", "", "  \n", "\n", "\n\n", "\r\n", "\n- ", "\n  - ", "\n1. ", "\n> ", "\n# "),
    *("\n```\n", "\n| a | b |\n|---|---|\n| ", " |\n"),
)
PROSE = "alpha beta gamma delta. epsilon, Zeta! 7 é 好"
DOCUMENTS = st.lists(
    st.tuples(st.sampled_from(WORDS.split(" ")), st.sampled_from(BREAKS)), max_size=40
).map(lambda parts: "".join(word + separator for word, separator in parts))


@settings(max_examples=300, deadline=None)
@given(DOCUMENTS, st.lists(st.integers(1, 12), min_size=1, max_size=20))
def test_any_cut_of_markdown_gives_the_same_pieces(document: str, sizes: list[int]) -> None:
    splitter, at, pieces = SentenceSplitter(), 0, []
    for number in range(len(document)):
        size = sizes[number % len(sizes)]
        pieces += splitter.feed(document[at : at + size])
        at += size
    assert pieces + splitter.finish() == pieces_of(document) == pieces_of(document, 1)


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters(), max_size=200), st.integers(1, 9))
def test_any_cut_of_any_text_gives_the_same_readable_pieces(text: str, size: int) -> None:
    pieces = pieces_of(text, size)
    assert pieces == pieces_of(text)
    for piece in pieces:
        assert not is_empty(piece.tree)
        piece.text.encode()  # no lone surrogates
        assert "\x00" not in piece.text + piece.lead


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.integers(3_000, 4_700), min_size=1, max_size=4),
    st.sampled_from(".`[*|"),
)
def test_cuts_near_the_size_limits_change_nothing(lengths: list[int], mark: str) -> None:
    text = mark.join("x y" * (length // 3) for length in lengths) + mark * 600
    assert pieces_of(text, 7) == pieces_of(text) == pieces_of(text, 1_023)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(PROSE.split()), max_size=60))
def test_no_word_of_plain_prose_is_lost(words: list[str]) -> None:
    text = "x " + " ".join(words)
    assert joined(text).split() == text.split()


def test_the_work_per_delta_does_not_grow_with_the_stream() -> None:
    def seconds(repeats: int) -> float:
        text = "The talker publishes `std_msgs/String` on a topic, and 10 nodes listen. " * repeats
        best = []
        for _ in range(3):
            begin = time.process_time()
            pieces_of(text, 4)
            best.append(time.process_time() - begin)
        return min(best)

    assert seconds(400) < 6 * seconds(100)
