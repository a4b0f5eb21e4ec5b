"""Books, editions, sections and chunks for tests.

``ChunkFactory`` embeds with the bundled model, so that the neighbours of a text mean something.
"""

from __future__ import annotations

import hashlib
from typing import Any, cast
from uuid import uuid4

import factory

from retrieval.chunking import search_text
from retrieval.embeddings import embedder
from retrieval.models import Book, Chunk, Edition, Section


class BookFactory(factory.django.DjangoModelFactory[Book]):
    class Meta:
        model = Book

    slug = factory.Sequence(lambda n: f"book-{n}")
    title = factory.LazyAttribute(lambda book: book.slug.replace("-", " ").title())
    base_url = "https://books.example.org/"


class EditionFactory(factory.django.DjangoModelFactory[Edition]):
    """A ready edition; ``live=True`` (the default) makes it the one that readers see."""

    class Meta:
        model = Edition
        skip_postgeneration_save = True

    book = factory.SubFactory(BookFactory)
    number = factory.LazyAttribute(lambda edition: edition.book.editions.count() + 1)
    state = Edition.State.READY
    source_format = "docusaurus"
    digest = factory.LazyFunction(lambda: uuid4().hex)
    embedding = "bundled"
    dimension = 384

    @factory.post_generation
    def live(self: Any, create: bool, extracted: bool | None, **kwargs: Any) -> None:
        if extracted is not False:
            self.book.live = self
            self.book.save(update_fields=["live"])


class SectionFactory(factory.django.DjangoModelFactory[Section]):
    class Meta:
        model = Section

    edition = factory.SubFactory(EditionFactory)
    ordinal = factory.LazyAttribute(lambda section: section.edition.sections.count())
    path = "guide/topics.md"
    url = factory.LazyAttribute(lambda section: section.path.removesuffix(".md"))
    heading_path = factory.LazyAttribute(lambda section: [section.title])
    title = "Topics"
    anchor = factory.LazyAttribute(lambda section: section.title.lower().replace(" ", "-"))


class ChunkFactory(factory.django.DjangoModelFactory[Chunk]):
    class Meta:
        model = Chunk

    section = factory.SubFactory(SectionFactory)
    edition = factory.SelfAttribute("section.edition")
    ordinal = factory.LazyAttribute(lambda chunk: chunk.edition.chunks.count())
    kind = "prose"
    text = "A topic carries messages from publishers to subscribers."
    key = factory.LazyAttribute(
        lambda chunk: hashlib.sha1(
            f"{chunk.section.path}{chunk.section.anchor}{chunk.text}".encode()
        ).hexdigest()
    )
    vector = factory.LazyAttribute(lambda chunk: _vector(chunk.section.heading_path, chunk.text))


def _vector(heading_path: list[str], text: str) -> bytes:
    vectors = embedder("bundled").embed_passages([search_text(heading_path, text)])
    return cast("bytes", vectors[0].astype("<f4").tobytes())


def book_of(slug: str, pages: dict[str, dict[str, str]], **book: Any) -> Edition:
    """A live edition: its pages by path, the sections of each by title, one chunk a section."""
    edition = EditionFactory.create(book=BookFactory.create(slug=slug, **book))
    for path, sections in pages.items():
        page_title = next(iter(sections))
        for title, text in sections.items():
            heading_path = [page_title] if title == page_title else [page_title, title]
            section = SectionFactory.create(
                edition=edition, path=path, title=title, heading_path=heading_path, text=text
            )
            ChunkFactory.create(section=section, text=text)
    edition.chunk_count = edition.chunks.count()
    edition.save(update_fields=["chunk_count"])
    return edition
