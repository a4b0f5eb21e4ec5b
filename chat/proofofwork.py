"""Proof of work: opening a conversation costs the reader's browser a little computing.

A reader pays about half a second, once; a program that opens conversations by the thousand pays
for each. The challenges are ALTCHA's (https://altcha.org, its second version): signed and
self-contained, so that nothing is stored before one is solved, and no third party is asked.
"""

from __future__ import annotations

import secrets
import time
from typing import Any

import altcha
from django.conf import settings
from django.utils.crypto import salted_hmac

from chat import limits
from chat.errors import ProofRequired
from retrieval.models import Book

LIFETIME_S = 600
ALGORITHM = "PBKDF2/SHA-256"
ROUNDS = 2_000
"""Of one try: about 0.6 ms, in a browser as in OpenSSL, since neither computes it in a script."""

PRESSURE = 0.5
"""From this share of a limit on, books that want proofs only under pressure want them."""


def challenge(book: Book) -> dict[str, Any]:
    """A challenge for a conversation with the book, as ALTCHA's JSON.

    Its solution is the one number between ``RAGBOOK_PROOF_WORK`` and twice as many that gives the
    wanted key: no reader is unlucky for long. Making it costs one try, checking it none.
    """
    least = settings.RAGBOOK_PROOF_WORK
    made: dict[str, Any] = altcha.create_challenge(
        algorithm=ALGORITHM,
        cost=ROUNDS,
        counter=least + secrets.randbelow(least),
        expires_at=int(time.time()) + LIFETIME_S,
        data=_bound_to(book),
        hmac_secret=_key("challenge"),
        hmac_key_secret=_key("solution"),
    ).to_dict()
    return made


def demand(book: Book, pressure: float, proof: str) -> None:
    """Take the proof of a question that opens a conversation, where the book wants one.

    ``pressure`` is the share of a limit that is used up. A proof is taken once, by the book that
    its challenge was made for. Raises ``ProofRequired``.
    """
    if is_wanted(book, pressure) and not _is_good(book, proof):
        raise ProofRequired("Solve a challenge of this book first, and send its proof.")


def is_wanted(book: Book, pressure: float) -> bool:
    wanted = book.proof_of_work
    return wanted == Book.Proof.ALWAYS or (wanted == Book.Proof.LIMITED and pressure > PRESSURE)


def _is_good(book: Book, proof: str) -> bool:
    checked = altcha.verify_solution(proof, _key("challenge"), hmac_key_secret=_key("solution"))
    if not checked.verified:
        return False
    solved = altcha.Payload.from_base64(proof).challenge.parameters
    return solved.data == _bound_to(book) and limits.is_first(f"proof:{solved.nonce}", LIFETIME_S)


def _bound_to(book: Book) -> dict[str, str]:
    return {"book": book.slug}


def _key(purpose: str) -> str:
    return salted_hmac("ragbook.proof_of_work", purpose, algorithm="sha256").hexdigest()
