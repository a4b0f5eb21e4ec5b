"""Whether a sentence leans on the one before: its subject or its reason stands there.

Told by the opening alone and in English, the cheap side of coreference. A sentence that is taken
for leaning without need has to be proved together with the one before it, and no more.
"""

from __future__ import annotations

import re
from typing import Final

_PRONOUN: Final = r"""(?:it|its|they|their|them|he|she|his|her|this|that|these|those|such|both
    |neither|the\ (?:same|latter|former|others?|first|second|result)|one\ of\ (?:them|these))"""
_CONNECTIVE: Final = r"""(?:also|therefore|thus|hence|consequently|accordingly|so|then
    |otherwise|instead|moreover|furthermore|additionally|likewise|similarly|conversely|however|nevertheless
    |as\ a\ (?:result|consequence)|in\ (?:addition|contrast|turn|that\ case|this\ case)
    |for\ (?:example|instance|this\ reason|that\ reason)|on\ the\ other\ hand|by\ contrast)"""
_PREPOSITION: Final = r"""(?:to|in|with|for|after|before|by|from|of|on|under|without|because\ of
    |during|through|unlike|like|once|when|if|while|since|as)"""

_LEANS: Final = re.compile(
    rf"""[^\w`]* (?:(?:and|but|or|yet)\ )?
    (?: {_PRONOUN} | {_CONNECTIVE} | {_PREPOSITION}\ {_PRONOUN}
      | (?:to\ do|in\ doing|by\ doing|doing)\ (?:so|this|that) )
    \b (?![`'\-_/.]\w)""",
    re.IGNORECASE | re.VERBOSE,
)


def leans(text: str) -> bool:
    """Whether the sentence, given as plain text, opens with a word for something said before."""
    return _LEANS.match(text) is not None
