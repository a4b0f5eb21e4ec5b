"""Conversation tokens: whoever holds one may read, continue and erase that conversation.

A token is derived from the conversation's id with the site's secret, so a reader whose first
reply was lost gets the same one again; only its hash is stored.
"""

from __future__ import annotations

import hashlib
import secrets
import uuid

from django.utils.crypto import constant_time_compare, salted_hmac

# A reader's own id of at least this length cannot be guessed and needs no further binding.
UNGUESSABLE = 16


def conversation_id(book: str, client_id: str, address: str) -> uuid.UUID:
    """The id of the conversation that a question without one opens.

    The same reader asking again with the same ``client_id`` gets the same conversation, which
    makes a retry after a lost reply idempotent. Short client ids are bound to the address.
    """
    if not client_id:
        return uuid.uuid4()
    bound_to = "" if len(client_id) >= UNGUESSABLE else address
    digest = salted_hmac(
        "ragbook.conversation", f"{book}\0{client_id}\0{bound_to}", algorithm="sha256"
    )
    return uuid.UUID(bytes=digest.digest()[:16], version=4)


def token_for(conversation: uuid.UUID) -> str:
    """The conversation's bearer token, 256 bit as hexadecimal."""
    return salted_hmac("ragbook.token", str(conversation), algorithm="sha256").hexdigest()


def share_token_for(share: uuid.UUID) -> str:
    """The token in a read-only link, 256 bit as hexadecimal."""
    return salted_hmac("ragbook.share", str(share), algorithm="sha256").hexdigest()


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def token_opens(token: str, stored_hash: str) -> bool:
    return constant_time_compare(token_hash(token), stored_hash)


def new_client_id() -> str:
    return secrets.token_urlsafe(16)
