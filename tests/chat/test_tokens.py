"""Tokens open one conversation, and a retry finds the conversation it opened."""

from __future__ import annotations

import uuid

from chat.tokens import conversation_id, token_for, token_hash, token_opens

READER = "203.0.113.7"
LONG_ID = "0b7f8f5e-7a3d-4a53-9d53-1f4d0c1d9a11"


def test_a_token_has_256_bits_and_opens_only_its_conversation() -> None:
    mine, other = uuid.uuid4(), uuid.uuid4()
    assert len(bytes.fromhex(token_for(mine))) == 32
    assert token_opens(token_for(mine), token_hash(token_for(mine)))
    assert not token_opens(token_for(other), token_hash(token_for(mine)))
    assert not token_opens("", token_hash(token_for(mine)))


def test_the_hash_does_not_tell_the_token() -> None:
    token = token_for(uuid.uuid4())
    assert token not in token_hash(token)


def test_a_retry_opens_the_same_conversation() -> None:
    assert conversation_id("primer", "c1", READER) == conversation_id("primer", "c1", READER)
    assert conversation_id("primer", LONG_ID, READER) == conversation_id("primer", LONG_ID, "::1")


def test_a_guessable_client_id_of_another_reader_opens_another_conversation() -> None:
    assert conversation_id("primer", "c1", READER) != conversation_id("primer", "c1", "::1")


def test_questions_without_client_id_and_other_books_do_not_meet() -> None:
    assert conversation_id("primer", "", READER) != conversation_id("primer", "", READER)
    assert conversation_id("primer", LONG_ID, "") != conversation_id("other", LONG_ID, "")
