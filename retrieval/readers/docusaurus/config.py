"""What a site's ``docusaurus.config`` says, read as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from retrieval.readers.docusaurus.exports import Value, exported_value, items, mapping

CONFIG_FILES = tuple(f"docusaurus.config.{suffix}" for suffix in ("js", "ts", "mjs", "cjs"))
DOCS_PLUGIN = "content-docs"
CLASSIC_PRESET = "classic"


@dataclass(frozen=True)
class SiteConfig:
    """The settings of a site that decide on its pages; empty for a bare folder of pages."""

    values: dict[str, Value]

    @cached_property
    def title(self) -> str:
        return text(self.values, "title")

    @cached_property
    def base_url(self) -> str:
        """Where the site is published, with a closing slash, or ""."""
        path = "/".join(part for part in text(self.values, "baseUrl").split("/") if part)
        origin = text(self.values, "url").rstrip("/")
        address = "/".join(part for part in (origin, path) if part)
        return f"{address}/" if address else ""

    @cached_property
    def default_language(self) -> str:
        return text(self.values, "i18n", "defaultLocale") or "en"

    @cached_property
    def translations_folder(self) -> Path:
        """The folder of all translations, relative to the site."""
        return Path(text(self.values, "i18n", "path") or "i18n")

    def translations(self, language: str) -> Path:
        """The folder of a language's translations, relative to the site."""
        stated = text(self.values, "i18n", "localeConfigs", language, "path")
        return self.translations_folder / (stated or language)

    @cached_property
    def trailing_slash(self) -> bool | None:
        stated = self.values.get("trailingSlash")
        return stated if isinstance(stated, bool) else None

    @cached_property
    def markdown_format(self) -> str:
        """The syntax of pages that do not state one: "mdx", "md", or "detect" by the suffix."""
        return text(self.values, "markdown", "format") or ("mdx" if self.values else "detect")

    @cached_property
    def keeps_anchor_case(self) -> bool:
        return at(self.values, "markdown", "anchors", "maintainCase") is True

    @cached_property
    def is_version_4(self) -> bool:
        """Whether the site has turned on the behaviour of Docusaurus 4."""
        return at(self.values, "future", "v4") is True

    @cached_property
    def docs(self) -> tuple[dict[str, Value], ...]:
        """The options of each docs plugin: that of the preset first, then the others."""
        return (*self._preset_docs(), *self._docs_plugins()) or ({},)

    def _preset_docs(self) -> Iterator[dict[str, Value]]:
        for name, options in _configured(self.values.get("presets")):
            docs = options.get("docs", {} if name.endswith(CLASSIC_PRESET) else False)
            if docs is not False:
                yield mapping(docs)

    def _docs_plugins(self) -> Iterator[dict[str, Value]]:
        for name, options in _configured(self.values.get("plugins")):
            if name.endswith(DOCS_PLUGIN):
                yield options


def read_config(root: Path) -> SiteConfig:
    """The config of the site at ``root``, empty if there is none."""
    return SiteConfig(mapping(exported_value(read_first(root, CONFIG_FILES))))


def read_first(root: Path, names: Sequence[str]) -> str:
    """The text of the first of the files that exists, or ""."""
    found = next((root / name for name in names if (root / name).is_file()), None)
    return "" if found is None else found.read_text(encoding="utf-8", errors="replace")


def at(values: dict[str, Value], *keys: str) -> Value:
    """The value at the end of a path of keys, or ``None``."""
    *outer, last = keys
    for key in outer:
        values = mapping(values.get(key))
    return values.get(last)


def text(values: dict[str, Value], *keys: str) -> str:
    """The string at the end of a path of keys, or ""."""
    value = at(values, *keys)
    return value if isinstance(value, str) else ""


def _configured(value: Value) -> Iterator[tuple[str, dict[str, Value]]]:
    """The name and options of each preset or plugin: a name alone, or both in an array."""
    for entry in items(value):
        name, *options = [entry] if isinstance(entry, str) else items(entry) or [None]
        if isinstance(name, str):
            yield name, mapping(options[0] if options else None)
