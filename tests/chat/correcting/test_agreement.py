"""Questions that sound alike: which of them ask the same thing."""

from __future__ import annotations

import pytest

from chat.correcting.agreement import agree
from retrieval.search import token_vectors

SAME = [
    ("How do I list nodes?", "How do I list nodes?"),
    ("How do I list all running nodes?", "How can I show the running nodes?"),
    ("How do I delete a node?", "How can I remove a node?"),
    ("Which files does a ROS 2 package need?", "What files are needed for a package?"),
    ("Does rosdep run on macOS?", "Can I use rosdep on macOS?"),
    (
        "How do I keep colcon from building a package?",
        "How can I prevent colcon from building a package?",
    ),
    (
        "Is a best effort publisher compatible with a reliable subscription?",
        "Is a reliable subscription compatible with a best effort publisher?",
    ),
]
DIFFERENT = [
    ("How do I create a node?", "How do I delete a node?"),
    ("How do I list nodes?", "How do I list topics?"),
    ("Which numbers are safe?", "Which numbers are not safe?"),
    ("What do I lose with --symlink-install?", "What do I lose without --symlink-install?"),
    ("How deep is a queue of 10 messages?", "How deep is a queue of 100 messages?"),
    ("What if two subscribers are there?", "What if three subscribers are there?"),
    ("Why does `ros2 param set` fail?", "Why does `ros2 param get` fail?"),
    ("What does Enforce mean in ROS 2?", "What does Permissive mean in ROS 2?"),
    ("Does it run on ROS 1?", "Does it run on ROS 2?"),
    ("Does tf2 keep static transforms?", "Why does tf2 keep static transforms?"),
    ("When is an action better instead of a service?", "Is a service better instead of an action?"),
    ("Until when is Jazzy supported?", "Since when is Jazzy supported?"),
    (
        "Is a best effort publisher compatible with a reliable subscription?",
        "Is a reliable publisher compatible with a best effort subscription?",
    ),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_one_question_may_be_put_in_several_ways(one: str, other: str) -> None:
    assert agree(one, other, token_vectors)
    assert agree(other, one, token_vectors)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_a_single_word_makes_another_question(one: str, other: str) -> None:
    assert not agree(one, other, token_vectors)
    assert not agree(other, one, token_vectors)
