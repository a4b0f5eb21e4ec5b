"""Numbers of a text with their units, so that "10 cm" is "0.1 m" and "half an hour" "30 min"."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

_FROM_TWO: Final = (
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty"
)
_TENS: Final = "thirty forty fifty sixty seventy eighty ninety"
_WORDS: Final = {
    **{word: value for value, word in enumerate(_FROM_TWO.split(), start=2)},
    **{word: 10 * value for value, word in enumerate(_TENS.split(), start=3)},
    "zero": 0,
    "twice": 2,
    "thrice": 3,
    "dozen": 12,
}
_MAGNITUDES: Final = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9}
_FRACTIONS: Final = {"half": 0.5, "quarter": 0.25}


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
_WORD: Final = f"(?:{'|'.join((*_WORDS, *_MAGNITUDES))})"
_WORD_NUMBER = re.compile(
    rf"\b(?<!\d[ -])({_WORD}(?:[ -]{_WORD})*)\b(?:[ -]([a-z]+))?", re.IGNORECASE
)
_FRACTION = re.compile(
    rf"\b({'|'.join(_FRACTIONS)})\b(?:[ -](?:of )?(?:an? )?([a-z]+))?", re.IGNORECASE
)


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
    """Every number of ``text``, digits first, then number words from two on, then fractions."""
    return [
        *map(_from_digits, _NUMBER.finditer(text)),
        *map(_from_words, _WORD_NUMBER.finditer(text)),
        *map(_from_fraction, _FRACTION.finditer(text)),
    ]


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


def _from_words(match: re.Match[str]) -> Number:
    """ "two hundred", "twenty-five", "three dozen": what is larger multiplies, the rest adds."""
    value = 0.0
    for word in re.split("[ -]", match.group(1).lower()):
        if word in _MAGNITUDES or word == "dozen":
            value = (value or 1) * (_MAGNITUDES.get(word) or _WORDS[word])
        else:
            value += _WORDS[word]
    return _with_unit(match.group(1).lower(), value, match.group(2), spelled=True)


def _from_fraction(match: re.Match[str]) -> Number:
    """A part of a unit ("half an hour"), or a share: "half of them" are 50%."""
    word, unit = match.group(1).lower(), match.group(2)
    if unit and is_unit(unit):
        return _with_unit(word, _FRACTIONS[word], unit, spelled=True)
    return Number(word, _FRACTIONS[word] * 100, "share", _FRACTIONS[word], spelled=True)


def _with_unit(text: str, value: float, unit: str | None, *, spelled: bool = False) -> Number:
    name = (unit or "").lower()
    if not spelled and name in _MAGNITUDES:
        return Number(text, value * _MAGNITUDES[name], raw=value)
    known = _UNITS.get(name) or _UNITS.get(name.removesuffix("s")) if name else None
    if known is None:
        return Number(text, value, raw=value, spelled=spelled)
    return Number(text, value * known[1], known[0], raw=value, spelled=spelled)


def _near(one: float | None, other: float | None, tolerance: float) -> bool:
    if one is None or other is None:
        return False
    return abs(one - other) <= tolerance * max(abs(one), abs(other), 1e-12)
