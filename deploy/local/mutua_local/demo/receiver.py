"""The office's own receiver of webhooks: it believes nothing whose signature it has not checked.

It follows Standard Webhooks as any office would, by the standard alone: `v1a` is Ed25519 over
`id.timestamp.body` with the key that the endpoint showed when it was made.
"""

from __future__ import annotations

import base64
import binascii
import json
import threading
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

TOLERANCE = 300.0
"""Seconds by which a timestamp may differ from now: older ones may be repeats of an eavesdropper."""
PREFIX = "whpk_"


def public_key(text: str) -> Ed25519PublicKey:
    """The key of an endpoint, `whpk_` and base64. Raises ValueError for anything else."""
    if not text.startswith(PREFIX):
        raise ValueError(f"found {text[:5]!r}, expected {PREFIX!r}")
    return Ed25519PublicKey.from_public_bytes(base64.b64decode(text.removeprefix(PREFIX), validate=True))


def is_genuine(key: Ed25519PublicKey, headers: Mapping[str, str], body: bytes, now: float) -> bool:
    """Whether one of the signatures is the key's, over this very body, at about this time."""
    stamp = headers.get("webhook-timestamp", "")
    if not stamp.isdigit() or abs(now - int(stamp)) > TOLERANCE:
        return False
    content = f"{headers.get('webhook-id', '')}.{stamp}.".encode() + body
    for one in headers.get("webhook-signature", "").split():
        version, _, encoded = one.partition(",")
        if version != "v1a":
            continue
        try:
            key.verify(base64.b64decode(encoded, validate=True), content)
        except (InvalidSignature, binascii.Error):
            continue
        return True
    return False


@dataclass
class Receiver:
    """What arrived. An event that comes again has the same id and is kept once."""

    address: str
    key: Ed25519PublicKey | None = None
    events: dict[str, Any] = field(default_factory=dict[str, Any])
    refused: int = 0
    last: tuple[dict[str, str], bytes] | None = None
    """Headers and body of the last genuine delivery."""

    def take(self, headers: Mapping[str, str], body: bytes) -> int:
        """The status that a delivery is answered with."""
        if self.key is None or not is_genuine(self.key, headers, body, time.time()):
            self.refused += 1
            return 401
        self.events[headers["webhook-id"]] = json.loads(body)
        self.last = dict(headers), body
        return 204

    def refuses_a_forgery(self) -> bool:
        """Whether the last delivery would have been refused with one byte changed."""
        if self.key is None or self.last is None:
            return False
        headers, body = self.last
        forged = body.replace(b"RECOGNISED", b"RECOGNIZED") if b"RECOGNISED" in body else body + b" "
        return not is_genuine(self.key, headers, forged, time.time())


@contextmanager
def receiving() -> Generator[Receiver]:
    """A receiver that listens on a free loopback port until the end of the block."""
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 60

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            with lock:
                status = receiver.take({name.lower(): value for name, value in self.headers.items()}, body)
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: the demo tells what arrives."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128  # with the usual 5 a sender of many at once is kept waiting for seconds

    server = Server(("127.0.0.1", 0), Handler)
    receiver = Receiver(f"http://127.0.0.1:{server.server_address[1]}/mutua")
    thread = threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
