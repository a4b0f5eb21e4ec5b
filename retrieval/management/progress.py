"""A progress bar for long work: on a terminal a bar, into a pipe nothing."""

from __future__ import annotations

from types import TracebackType
from typing import Any, TextIO

from tqdm import tqdm


class ProgressBar:
    """Called with a phase, how many are done and how many there are; one bar a phase."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._bar: tqdm[Any] | None = None
        self._phase = ""

    def __call__(self, phase: str, done: int, total: int) -> None:
        if phase != self._phase:
            self._close()
            self._phase = phase
            self._bar = tqdm(
                desc=f"{phase:<10}",
                total=total,
                file=self._stream,
                disable=not self._stream.isatty(),
                dynamic_ncols=True,
                mininterval=0.1,
            )
        if self._bar is not None:
            self._bar.update(done - self._bar.n)

    def __enter__(self) -> ProgressBar:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._close()

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None
