"""What a reader's browser loads of the widget, gzipped.

    python -m benchmarks.widget_size

Every reader loads the script with its styles and the words of one language; the rest is loaded
when it is first needed.
"""

from __future__ import annotations

import gzip

from chat import widget


def gzipped(body: bytes) -> int:
    return len(gzip.compress(body, 9))


def sizes() -> dict[str, int]:
    """Bytes gzipped of ``widget.js`` and of each part that is loaded by itself."""
    parts = {f"{name}.js": gzipped(widget.part(name) or b"") for name in widget.parts()}
    return {"widget.js": gzipped(widget.script()), **parts}


def main() -> None:
    measured = sizes()
    for name, size in measured.items():
        print(f"{size:7,} B  {name}")
    for folder in widget.LAZY:
        of_folder = sum(size for name, size in measured.items() if name.startswith(folder))
        print(f"{of_folder:7,} B  all of {folder}/")


if __name__ == "__main__":
    main()
