"""Getting a document from an address that a stranger wrote down: an issuer's keys, a status list, a schema.

https only, to public addresses only (every address of a name is checked, and the connection goes to the one
that was checked), no redirects, no proxy, bounded size and time. Whatever goes wrong is a value.
"""

import http.client
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

MAX_BYTES: Final = 16 * 1024 * 1024
SECONDS: Final = 10.0
_CHUNK: Final = 64 * 1024
_OK: Final = 200

Resolve = Callable[[str, int], list[str]]


@dataclass(frozen=True, slots=True)
class Retrieved:
    """The body of an answer with status 200, and its media type."""

    body: bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class NotRetrieved:
    """Why there is none: `url_malformed`, `url_not_https`, `address_refused`, `host_unknown`, `unreachable`,
    `http_status`, `too_large`, `too_slow`.
    """

    code: str
    found: str


def resolve(host: str, port: int) -> list[str]:
    """The addresses of `host`, as the system resolves it."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def retrieve(
    url: str, *, max_bytes: int = MAX_BYTES, seconds: float = SECONDS, resolver: Resolve = resolve
) -> Retrieved | NotRetrieved:
    """Get `url`. It blocks; from asyncio, call it in a thread.

    Neither the system's resolver nor a server that sends a byte now and then knows a deadline, so a thread of
    its own does the waiting, and is left alone where it takes too long.
    """
    answers: queue.SimpleQueue[Retrieved | NotRetrieved] = queue.SimpleQueue()

    def ask() -> None:
        answers.put(_retrieve(url, max_bytes, seconds, resolver))

    threading.Thread(target=ask, name="retrieval", daemon=True).start()
    try:
        return answers.get(timeout=seconds)
    except queue.Empty:
        return NotRetrieved("too_slow", f"more than {seconds:g} s")


def _retrieve(url: str, max_bytes: int, seconds: float, resolver: Resolve) -> Retrieved | NotRetrieved:
    until = time.monotonic() + seconds
    target = _target(url, resolver)
    if isinstance(target, NotRetrieved):
        return target
    host, port, address, path = target
    connection = _Pinned(host, port, address, timeout=seconds)
    try:
        connection.request("GET", path, headers={"Accept": "*/*", "User-Agent": "mutua"})
        answer = connection.getresponse()
        if answer.status != _OK:
            return NotRetrieved("http_status", str(answer.status))
        return _body(answer, max_bytes, until)
    except TimeoutError:
        return NotRetrieved("too_slow", f"more than {seconds:g} s")
    except (OSError, http.client.HTTPException, UnicodeError, ValueError) as error:
        return NotRetrieved("unreachable", f"{type(error).__name__}: {error}"[:200])
    finally:
        connection.close()


def _target(url: str, resolver: Resolve) -> tuple[str, int, str, str] | NotRetrieved:
    """Host, port, checked address and path of a URL."""
    # It loads an HTTP client that only a caller with a network needs.
    from mutua_kernel.outbound import refused_kind

    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or 443
    except ValueError:
        return NotRetrieved("url_malformed", "no URL")
    if parts.scheme != "https":
        return NotRetrieved("url_not_https", f"{parts.scheme or 'no'} scheme"[:40])
    if not host or parts.username is not None or any(ord(one) <= 0x20 or ord(one) >= 0x7F for one in url):
        return NotRetrieved("url_malformed", "no host, a user, or characters that no URL has")
    try:
        addresses = resolver(host, port)
    except (OSError, UnicodeError):
        return NotRetrieved("host_unknown", host[:200])
    for one in addresses:
        kind = refused_kind(ip_address(one.partition("%")[0]))
        if kind is not None:
            return NotRetrieved("address_refused", f"{kind} address of {host}"[:200])
    if not addresses:
        return NotRetrieved("host_unknown", host[:200])
    path = parts.path or "/"
    return host, port, addresses[0], f"{path}?{parts.query}" if parts.query else path


def _body(answer: http.client.HTTPResponse, max_bytes: int, until: float) -> Retrieved | NotRetrieved:
    parts: list[bytes] = []
    size = 0
    while part := answer.read1(_CHUNK):
        parts.append(part)
        size += len(part)
        if size > max_bytes:
            return NotRetrieved("too_large", f"more than {max_bytes} bytes")
        if time.monotonic() > until:
            return NotRetrieved("too_slow", "an answer that does not end")
    return Retrieved(b"".join(parts), answer.headers.get_content_type())


class _Pinned(http.client.HTTPSConnection):
    """A connection to an address that was checked; the certificate is checked against the name."""

    def __init__(self, host: str, port: int, address: str, *, timeout: float) -> None:
        context = ssl.create_default_context()
        super().__init__(host, port, timeout=timeout, context=context)
        self._tls = context
        self._address = address

    def connect(self) -> None:
        plain = socket.create_connection((self._address, self.port), self.timeout)
        self.sock = self._tls.wrap_socket(plain, server_hostname=self.host)
