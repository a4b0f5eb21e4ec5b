"""``python -m ragbook.probe``: is the server in this container alive? For the image's HEALTHCHECK.

It names one of the allowed hosts, since Django refuses a request that calls it by another name.
"""

from __future__ import annotations

import sys
from http.client import HTTPConnection, HTTPException

from ragbook import env

PATH = "/api/v1/health/live"
TIMEOUT_S = 3.0


def main() -> int:
    """0 when the server on ``PORT`` (8000) says that it lives, else 1."""
    connection = HTTPConnection("127.0.0.1", env.number("PORT", 8000), timeout=TIMEOUT_S)
    try:
        connection.request("GET", PATH, headers={"Host": _host()})
        status = connection.getresponse().status
    except (OSError, HTTPException) as error:
        print(f"no answer: {error}", file=sys.stderr)  # noqa: T201
        return 1
    finally:
        connection.close()
    return 0 if status == 200 else 1


def _host() -> str:
    first = next(iter(env.words("ALLOWED_HOSTS")), "localhost")
    return "localhost" if first == "*" else first.removeprefix(".")


if __name__ == "__main__":
    raise SystemExit(main())
