"""Addresses: which of them belong to a site, and whether a machine is a private one."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import quote, urldefrag, urlsplit

from retrieval.errors import SourceError

PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Origin:
    """What two addresses share when they are of one site: scheme, host and port."""

    scheme: str
    host: str
    port: int


def is_address(location: object) -> bool:
    """Whether a book's location is an address rather than a path."""
    return str(location).lower().startswith(("http://", "https://"))


def origin_of(address: str) -> Origin:
    """The origin of an address. Raises ``SourceError`` for one that is no web address."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError as error:
        raise SourceError(f"{address!r} is no address: {error}.") from error
    if parts.scheme not in PORTS or not parts.hostname:
        raise SourceError(f"{address!r} is no web address.", "Give one such as https://host/docs/.")
    if parts.username or parts.password:
        raise SourceError("The address holds a name or password.", "Give it without them.")
    return Origin(parts.scheme, parts.hostname, port or PORTS[parts.scheme])


def folder_of(address: str) -> str:
    """The address up to its last slash, without query and fragment: what its pages stand below."""
    parts = urlsplit(address)
    path, _, page = parts.path.rpartition("/")
    is_page = "." in page or not page
    folder = f"{path}/" if is_page else f"{parts.path}/"
    return f"{parts.scheme}://{parts.netloc}{folder}"


def page_path(address: str, base: str) -> str:
    """The path of a page in its book: "guide/index.html" for ``base`` + "guide/"."""
    path = urldefrag(address).url.removeprefix(base)
    return f"{path}index.html" if not path or path.endswith("/") else path


def tidied(address: str) -> str:
    """The address without its fragment and with what may not stand in one escaped."""
    return quote(urldefrag(address).url, safe="%/:=&?~#+!$,;'@()*[]")


def is_private(host: str, port: int) -> bool:
    """Whether every machine of this name is private or local. Raises ``SourceError`` if unknown."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise SourceError(f"There is no host {host}: {error}.", "Check the address.") from error
    return not any(is_public(str(entry[4][0])) for entry in found)


def is_public(machine: str) -> bool:
    """Whether an IP address is one of the public internet."""
    address = ipaddress.ip_address(machine.partition("%")[0])
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_global)
