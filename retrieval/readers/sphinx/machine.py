"""The state machines that docutils starts for nested text, made quicker.

docutils starts a machine for each list, quotation, directive and table cell, and makes all fifteen
states of the grammar for it, of which most text visits two. Making them took half of the time of
reading a book.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from docutils.parsers.rst import states
from docutils.statemachine import State


class LazyMachine(states.NestedStateMachine):
    """Makes a state when the text first comes to it."""

    def add_states(self, state_classes: Iterable[type[State[Any]]]) -> None:
        self.states = _LazyStates(self, state_classes)


class _LazyStates(dict[str, Any]):
    """States by name. One that is made while its machine runs is initialised for that run."""

    def __init__(self, machine: LazyMachine, classes: Iterable[type[State[Any]]]) -> None:
        super().__init__()
        self._machine = machine
        self._classes = {known.__name__: known for known in classes}

    def __missing__(self, name: str) -> Any:
        state = self[name] = self._classes[name](self._machine, self._machine.debug)
        if hasattr(self._machine, "memo"):
            state.runtime_init()
        return state


def use_lazy_machines() -> None:
    """Let docutils start these machines, in the whole process."""
    states.RSTState.nested_sm = LazyMachine
