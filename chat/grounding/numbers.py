"""Numbers of a text with their units, so that "10 cm" is "0.1 m" and "twelve" is "12"."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

_FROM_TWO: Final = (
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty"
)
_WORDS: Final = {
    **{word: value for value, word in enumerate(_FROM_TWO.split(), start=2)},
    "zero": 0,
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
    "hundred": 100,
    "thousand": 1000,
}


def _units(dimension: str, listed: str) -> dict[str, tuple[str, float]]:
    """Units of one dimension: "km,kilometer=1e3" gives their factor to the base unit."""
    known: dict[str, tuple[str, float]] = {}
    for entry in listed.split():
        names, factor = entry.split("=")
        known.update(dict.fromkeys(names.split(","), (dimension, float(factor))))
    return known


_UNITS: Final = {
    **_units("time", "ns,nanosecond=1e-9 µs,us,μs,microsecond=1e-6 ms,millisecond=1e-3 "
                     "s,sec,second=1 min,minute=60 h,hr,hour=3600 day=86400 week=604800"),
    **_units("length", "nm=1e-9 mm,millimeter,millimetre=1e-3 cm,centimeter,centimetre=1e-2 "
                       "m,meter,metre=1 km,kilometer,kilometre=1e3"),
    **_units("size", "bit=0.125 b,byte=1 kb,kib,kilobyte=1024 mb,mib,megabyte=1048576 "
                     "gb,gib,gigabyte=1073741824 tb,terabyte=1099511627776"),
    **_units("rate", "hz,hertz=1 khz=1e3 mhz=1e6 ghz=1e9"),
    **_units("mass", "mg=1e-6 g,gram=1e-3 kg,kilogram=1"),
    **_units("share", "%,percent=1"),
    **_units("angle", "degree,deg,°=1 radian,rad=57.29577951"),
}  # fmt: skip

_NUMBER = re.compile(
    r"(?:(?<![\w.])|(?<=\bv))(?P<sign>[-−])?"
    r"(?P<digits>\d+(?:[, ]\d{3})+(?!\d)|\d+)(?P<rest>(?:\.\d+)*)"
    r"(?P<exponent>[eE][-+]?\d+)?(?P<gap>[ -]?)(?P<unit>%|°|[A-Za-zµμ]+)?"
)
_ABOUT = re.compile(
    r"\b(?:about|around|approximately|approx\.?|roughly|nearly|almost|circa|some|just under"
    r"|just over|(?:a little|slightly) (?:less|more) than)\s+$",
    re.IGNORECASE,
)
_WORD_NUMBER = re.compile(rf"\b({'|'.join(_WORDS)})\b(?:[ -]([a-z]+))?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Number:
    """A quantity: ``value`` in the base unit of ``dimension`` (empty without a known unit).

    ``text`` is the number as written. Versions such as 1.2.3 have no value and compare by text.
    ``spelled`` says that it was a word, which a book may well have left uncounted; ``about`` that
    it was meant roughly ("nearly 60").
    """

    text: str
    value: float | None
    dimension: str = ""
    raw: float | None = None
    spelled: bool = False
    about: bool = False

    def matches(self, other: Number) -> bool:
        """Whether a source that says ``other`` says this number too."""
        if self.value is None or other.value is None:
            return self.text == other.text
        if self.dimension and other.dimension and self.dimension != other.dimension:
            return False
        tolerance = 0.1 if self.about else 1e-6
        if _near(self.value, other.value, tolerance):
            return True
        return self.dimension != other.dimension and _near(self.raw, other.raw, tolerance)


def is_unit(word: str) -> bool:
    low = word.lower()
    return low in _UNITS or low.removesuffix("s") in _UNITS


def read_numbers(text: str) -> list[Number]:
    """Every number of ``text``, digits first, then number words from two on."""
    found = [_from_digits(match) for match in _NUMBER.finditer(text)]
    for match in _WORD_NUMBER.finditer(text):
        value = float(_WORDS[match.group(1).lower()])
        found.append(_with_unit(match.group(1).lower(), value, match.group(2), spelled=True))
    return found


def _from_digits(match: re.Match[str]) -> Number:
    whole = re.sub(r"[, ]", "", match.group("digits"))
    rest, sign = match.group("rest"), "-" if match.group("sign") else ""
    written = f"{sign}{whole}{rest}"
    if rest.count(".") > 1:
        return Number(written, None)
    value = float(written + (match.group("exponent") or ""))
    number = _with_unit(written, value, match.group("unit"))
    before = match.string[max(0, match.start() - 24) : match.start()]
    return replace(number, about=True) if _ABOUT.search(before) else number


def _with_unit(text: str, value: float, unit: str | None, *, spelled: bool = False) -> Number:
    name = (unit or "").lower()
    known = _UNITS.get(name) or _UNITS.get(name.removesuffix("s")) if name else None
    if known is None:
        return Number(text, value, raw=value, spelled=spelled)
    return Number(text, value * known[1], known[0], raw=value, spelled=spelled)


def _near(one: float | None, other: float | None, tolerance: float) -> bool:
    if one is None or other is None:
        return False
    return abs(one - other) <= tolerance * max(abs(one), abs(other), 1e-12)
