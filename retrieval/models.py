"""The book as rows: the database is the truth, the search index is derived from it."""

from __future__ import annotations

from typing import Any

from django.core.validators import MaxLengthValidator, RegexValidator
from django.db import models

PERSONA_CHARS = 500


class BookQuerySet(models.QuerySet["Book"]):
    def served(self) -> BookQuerySet:
        """Books a reader may ask: published and with a live edition."""
        return self.filter(published=True, live__isnull=False)

    def live_editions(self) -> models.QuerySet[Book, int | None]:
        """The keys of the editions that readers see."""
        return self.filter(live__isnull=False).order_by().values_list("live", flat=True)


class Book(models.Model):
    """A book or documentation site, its settings, and which edition readers see."""

    class Mode(models.TextChoices):
        STRICT = "strict", "Strict: show proved sentences only"
        ANNOTATE = "annotate", "Annotate: show every sentence with its verdict"

    class Code(models.TextChoices):
        BOOK = "book", "Only code that stands in the book"
        MARKED = "marked", "Also code by the model, marked “Not from the book”"

    class Proof(models.TextChoices):
        OFF = "off", "Never"
        LIMITED = "limited", "When more than half of a limit is used"
        ALWAYS = "always", "Always"

    slug = models.CharField(
        max_length=80,
        unique=True,
        validators=[RegexValidator(r"^[a-z0-9]+(?:-[a-z0-9]+)*$", "Use a-z, 0-9 and hyphens.")],
        help_text="Names the book in the widget and in commands, for example ros2-primer.",
    )
    title = models.CharField(max_length=200)
    language = models.CharField(max_length=16, default="en", help_text="BCP 47 tag, such as en.")
    base_url = models.CharField(
        max_length=500,
        blank=True,
        help_text="Where the book is published. Citations link to pages below this address.",
    )
    mode = models.CharField(max_length=10, choices=Mode.choices, default=Mode.STRICT)
    code = models.CharField(
        max_length=10,
        choices=Code.choices,
        default=Code.BOOK,
        help_text="Which code blocks a strict book shows. An annotated one shows and marks all.",
    )
    starter_questions = models.JSONField(default=list, blank=True)
    origins = models.JSONField(
        default=list,
        blank=True,
        help_text='Sites that may embed the widget, as "https://host[:port]". Empty: any site.',
    )
    sharing = models.BooleanField(
        default=False, help_text="Readers may make a read-only link to their conversation."
    )
    proof_of_work = models.CharField(
        max_length=10,
        choices=Proof.choices,
        default=Proof.OFF,
        db_default=Proof.OFF,  # for the version before, which knows no such column
        help_text="Whether a browser must compute for half a second to open a conversation.",
    )
    persona = models.TextField(
        blank=True,
        validators=[MaxLengthValidator(PERSONA_CHARS)],
        help_text="How the answers speak. It changes their tone, never what may be said.",
    )
    daily_tokens = models.PositiveBigIntegerField(
        null=True,
        blank=True,
        help_text="Tokens that a model may read and write for this book in a day (UTC).",
    )
    monthly_tokens = models.PositiveBigIntegerField(
        null=True,
        blank=True,
        help_text="Tokens that a model may read and write for this book in a calendar month (UTC).",
    )
    published = models.BooleanField(default=True)
    live = models.ForeignKey(
        "Edition",
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    created = models.DateTimeField(auto_now_add=True)

    objects = BookQuerySet.as_manager()

    class Meta:
        ordering = ["title"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(mode__in=["strict", "annotate"]), name="book_mode_known"
            ),
            models.CheckConstraint(
                condition=models.Q(code__in=["book", "marked"]), name="book_code_known"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class SectionRule(models.Model):
    """What holds for a part of a book, in every edition: for the sections below a place."""

    class Where(models.TextChoices):
        PAGE = "page", "Pages whose file begins with"
        HEADING = "heading", "Sections whose headings begin with"

    class Rule(models.TextChoices):
        HINTS = "hints", "Hints only: no solutions, and its code is not shown"
        EXCLUDED = "excluded", "Excluded: never found, never quoted"
        CODE_ALLOWED = "code", "Code allowed: code that the book lacks may be shown, marked"

    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="section_rules")
    where = models.CharField(max_length=7, choices=Where.choices, default=Where.PAGE)
    prefix = models.CharField(
        max_length=500,
        help_text="Such as exercises/ for a folder, or Exercises › Solutions for headings.",
    )
    rule = models.CharField(max_length=8, choices=Rule.choices)

    class Meta:
        ordering = ["where", "prefix"]
        constraints = [
            models.UniqueConstraint(
                fields=["book", "where", "prefix", "rule"], name="section_rule_unique"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_where_display()} {self.prefix}"


class EditionQuerySet(models.QuerySet["Edition"]):
    def ready(self) -> EditionQuerySet:
        return self.filter(state=Edition.State.READY)


class Edition(models.Model):
    """One ingested state of a book. Never changed once ready; going live is one switched row."""

    class State(models.TextChoices):
        BUILDING = "building", "Building"
        READY = "ready", "Ready"
        RETIRED = "retired", "Being removed"

    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="editions")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.BUILDING)
    source_format = models.CharField(max_length=20)
    digest = models.CharField(
        max_length=64, help_text="Hash of the sections' text, places and the embedding model."
    )
    fingerprint = models.CharField(
        max_length=64, blank=True, help_text="Hash of the source's files and of what read them."
    )
    embedding = models.CharField(max_length=120)
    dimension = models.PositiveIntegerField()
    page_count = models.PositiveIntegerField(default=0)
    section_count = models.PositiveIntegerField(default=0)
    chunk_count = models.PositiveIntegerField(default=0)
    word_count = models.PositiveIntegerField(default=0)
    report = models.JSONField(default=dict, blank=True)
    created = models.DateTimeField(auto_now_add=True)
    finished = models.DateTimeField(null=True, blank=True)

    objects = EditionQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["book", "number"], name="edition_number_unique"),
        ]
        indexes = [models.Index(fields=["book", "state"], name="edition_book_state")]

    def __str__(self) -> str:
        return f"{self.book_id}/{self.number}"

    @property
    def is_live(self) -> bool:
        return self.book.live_id == self.pk


class Section(models.Model):
    """A heading and its text, at its place in an edition."""

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="sections")
    ordinal = models.PositiveIntegerField(help_text="Reading order within the edition.")
    path = models.CharField(max_length=500)
    url = models.TextField()
    anchor = models.TextField(blank=True)
    title = models.TextField()
    heading_path = models.JSONField(default=list)
    text = models.TextField(blank=True)

    class Meta:
        ordering = ["edition", "ordinal"]
        constraints = [
            models.UniqueConstraint(fields=["edition", "ordinal"], name="section_ordinal_unique"),
        ]
        indexes = [models.Index(fields=["edition", "path"], name="section_edition_path")]

    def __str__(self) -> str:
        return " › ".join(self.heading_path) or self.title


class Chunk(models.Model):
    """The unit of search: a piece of one section, its vector, and its stable key."""

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="chunks")
    section = models.ForeignKey(Section, on_delete=models.CASCADE, related_name="chunks")
    ordinal = models.PositiveIntegerField(help_text="Reading order within the edition.")
    key = models.CharField(
        max_length=40, help_text="Hash of the chunk's text and place; equal across editions."
    )
    kind = models.CharField(
        max_length=5, choices=[("prose", "Prose"), ("code", "Code"), ("table", "Table")]
    )
    text = models.TextField()
    vector = models.BinaryField(help_text="float32, little-endian, unit length.")

    class Meta:
        ordering = ["edition", "ordinal"]
        constraints = [
            models.UniqueConstraint(fields=["edition", "key"], name="chunk_key_unique"),
            models.UniqueConstraint(fields=["edition", "ordinal"], name="chunk_ordinal_unique"),
        ]
        indexes = [models.Index(fields=["key"], name="chunk_key")]

    def __str__(self) -> str:
        return self.key


def heading_line(heading_path: list[Any] | tuple[str, ...]) -> str:
    """The heading path as one line, the way it is embedded and shown."""
    return " › ".join(str(part) for part in heading_path)
