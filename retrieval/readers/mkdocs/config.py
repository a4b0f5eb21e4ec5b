"""What ``mkdocs.yml`` says, loaded without running or importing anything that it names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from retrieval.errors import SourceError

FILE_NAMES = ("mkdocs.yml", "mkdocs.yaml")
# Each of these brings the extensions behind it.
BUNDLES = {
    "extra": ("abbr", "attr_list", "def_list", "footnotes", "md_in_html", "tables"),
    "pymdownx.extra": ("abbr", "attr_list", "def_list", "footnotes", "md_in_html", "tables"),
}


@dataclass(frozen=True, slots=True)
class Tagged:
    """A YAML value with a tag of its own, such as ``!!python/name:…``, kept as data."""

    tag: str
    value: Any


class _Loader(yaml.SafeLoader):
    """YAML as data: every unknown tag becomes ``Tagged``, ``!ENV`` its written default."""


def _tagged(loader: _Loader, suffix: str, node: yaml.Node) -> Tagged:
    del suffix
    return Tagged(str(node.tag), _plain(loader, node))


def _env_default(loader: _Loader, node: yaml.Node) -> Any:
    """The default of ``!ENV [NAME, default]``; what the environment holds is nobody's to quote."""
    value = _plain(loader, node)
    return value[-1] if isinstance(value, list) and len(value) > 1 else None


def _plain(loader: _Loader, node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return node.value


_Loader.add_multi_constructor("!", _tagged)
_Loader.add_multi_constructor("tag:yaml.org,2002:python/", _tagged)
_Loader.add_constructor("!ENV", _env_default)


@dataclass(frozen=True)
class Config:
    """The settings of a site; ``folder`` is where its ``mkdocs.yml`` lies."""

    folder: Path
    values: Mapping[str, Any]
    extensions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def text(self, key: str, default: str = "") -> str:
        """A setting as text; the default for none, or one that only the environment knows."""
        value = self.values.get(key)
        return str(value).strip() if isinstance(value, str | int | float) else default

    @property
    def docs_dir(self) -> Path:
        return self.folder / self.text("docs_dir", "docs")

    @property
    def base_url(self) -> str:
        address = self.text("site_url").rstrip("/")
        return f"{address}/" if address else ""

    @property
    def language(self) -> str:
        theme = self.values.get("theme")
        language = theme.get("language") if isinstance(theme, dict) else None
        return language if isinstance(language, str) else "en"

    @property
    def uses_directory_urls(self) -> bool:
        return self.values.get("use_directory_urls") is not False

    @property
    def extra(self) -> Mapping[str, Any]:
        extra = self.values.get("extra")
        return extra if isinstance(extra, dict) else {}

    @property
    def has_macros(self) -> bool:
        """Whether pages pass through Jinja: mkdocs-macros, or Zensical's extension of that name."""
        named = (*_options_by_name(self.values.get("plugins")), *self.extensions)
        return any(name.rpartition(".")[2] == "macros" for name in named)

    def option(self, extension: str, key: str) -> Any:
        """An option of a Markdown extension, ``None`` if it is not set."""
        return self.extensions.get(extension, {}).get(key)


def find_config(folder: Path) -> Path | None:
    """The ``mkdocs.yml`` of a folder, if there is one."""
    return next((folder / name for name in FILE_NAMES if (folder / name).is_file()), None)


def read_config(path: Path, root: Path) -> Config:
    """The settings of a file and of those that it inherits from.

    Raises ``SourceError`` when one of them cannot be read or lies outside ``root``.
    """
    values = _inherited(path, root, ())
    return Config(path.parent, values, _extensions(values.get("markdown_extensions")))


def _inherited(path: Path, root: Path, heirs: tuple[Path, ...]) -> dict[str, Any]:
    file = path.resolve()
    if not file.is_relative_to(root.resolve()):
        raise SourceError(f"{path} lies outside {root}.", "Give the folder that holds both.")
    if file in heirs:
        raise SourceError(f"{path} inherits from itself.", "Correct its INHERIT.")
    values = _load(path)
    parent = values.pop("INHERIT", None)
    if not isinstance(parent, str):
        return values
    return _merged(_inherited(path.parent / parent, root, (*heirs, file)), values)


def _load(path: Path) -> dict[str, Any]:
    try:
        # The loader is a SafeLoader.
        values = yaml.load(path.read_text(encoding="utf-8-sig"), Loader=_Loader)  # noqa: S506
    except OSError as error:
        reason = error.strerror or "unreadable"
        raise SourceError(f"{path} cannot be read: {reason}.", "Check INHERIT.") from None
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise SourceError(f"{path} is no valid YAML: {error}.", "Correct it.") from None
    if not isinstance(values, dict | None):
        raise SourceError(f"{path} must hold settings such as 'site_name: …'.", "Correct it.")
    return values or {}


def _merged(parent: dict[str, Any], child: dict[str, Any]) -> dict[str, Any]:
    """The child's settings over its parent's; mappings are merged, all else is replaced."""
    merged = dict(parent)
    for key, value in child.items():
        below = merged.get(key)
        if isinstance(below, dict) and isinstance(value, dict):
            merged[key] = _merged(below, value)
        else:
            merged[key] = value
    return merged


def _extensions(stated: Any) -> dict[str, dict[str, Any]]:
    """Each Markdown extension by its short name with its options, those of bundles among them."""
    options = {
        name.removeprefix("markdown.extensions."): values
        for name, values in _options_by_name(stated).items()
    }
    bundled = [inner for name in options for inner in BUNDLES.get(name, ())]
    return {**{name: {} for name in bundled}, **options}


def _options_by_name(stated: Any) -> dict[str, dict[str, Any]]:
    """``[name, {name: options}]`` or ``{name: options}`` as names with options."""
    entries = stated if isinstance(stated, list) else [stated]
    named: dict[str, dict[str, Any]] = {}
    for entry in entries:
        pairs = entry.items() if isinstance(entry, dict) else [(entry, None)]
        for name, options in pairs:
            if isinstance(name, str):
                named[name] = options if isinstance(options, dict) else {}
    return named
