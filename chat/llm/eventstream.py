"""Server-sent events out of bytes that arrive in any slices (WHATWG HTML, section 9.2)."""

from __future__ import annotations

from chat.llm.faults import Fault, model_error

BOM = b"\xef\xbb\xbf"


class EventStream:
    """Collects the ``data`` of each event; names, ids, retries and comments are passed over.

    Lines are decoded only when whole, so a slice may end inside a character.
    """

    def __init__(self, *, line_limit: int = 256 * 1024) -> None:
        self._line_limit = line_limit
        self._tail = b""
        self._data: list[str] = []
        self._after_cr = False
        self._first_line = True

    def feed(self, chunk: bytes) -> list[str]:
        """The data of the events that ``chunk`` completes.

        Raises ModelError (oversized, malformed) for an endless line or bytes that are not UTF-8.
        """
        events = []
        for line in self._lines(chunk):
            if line:
                self._take(line)
            elif self._data:
                events.append(self._event())
        return events

    def finish(self) -> list[str]:
        """The event whose lines are whole but whose closing blank line was never sent."""
        return [self._event()] if self._data else []

    def _lines(self, chunk: bytes) -> list[bytes]:
        if not chunk:
            return []
        if self._after_cr and chunk.startswith(b"\n"):
            chunk = chunk[1:]  # the second half of a CRLF that was cut in two
        self._after_cr = chunk.endswith(b"\r")
        text = self._tail + chunk
        lines = text.splitlines()
        self._tail = b"" if text.endswith((b"\n", b"\r")) or not lines else lines.pop()
        if len(self._tail) > self._line_limit:
            raise model_error(Fault.OVERSIZED, "an event line without end")
        return lines

    def _take(self, line: bytes) -> None:
        if self._first_line:
            line = line.removeprefix(BOM)
            self._first_line = False
        if not line.startswith(b"data"):
            return
        name, _, value = line.partition(b":")
        if name == b"data":
            self._data.append(_decoded(value.removeprefix(b" ")))

    def _event(self) -> str:
        data = "\n".join(self._data)
        self._data.clear()
        return data


def _decoded(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError as error:
        raise model_error(Fault.MALFORMED, "an event is not UTF-8") from error
