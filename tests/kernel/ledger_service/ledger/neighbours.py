"""What a service has around it, small and in this process: who signs people in, and where traces are sent."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span


class Neighbours:
    """An OpenID Connect issuer and an OTLP/HTTP receiver behind one address."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self._key = ECKey.generate_key("P-256", {"kid": "test"})
        self.address = "https://sign-in.example"

    def bearer(self, tenant: str, *roles: str) -> dict[str, str]:
        """The header of somebody of `tenant` with `roles`."""
        claims = {
            "iss": self.address,
            "sub": "somebody",
            "aud": "mutua",
            "exp": int(time.time()) + 3600,
            "tenant": tenant,
            "roles": list(roles),
        }
        return {"Authorization": f"Bearer {jwt.encode({'alg': 'ES256', 'kid': 'test'}, claims, self._key)}"}

    def answer(self, path: str) -> dict[str, Any]:
        """The documents by which tokens are checked."""
        if path == "/jwks":
            return {"keys": [{**self._key.as_dict(private=False), "alg": "ES256", "use": "sig"}]}
        return {"issuer": self.address, "jwks_uri": f"{self.address}/jwks"}

    def transport(self) -> httpx.MockTransport:
        """For an API in this process."""
        return httpx.MockTransport(lambda request: httpx.Response(200, json=self.answer(request.url.path)))

    def take(self, body: bytes) -> None:
        """Keeps the spans of one export."""
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            for scope in resource.scope_spans:
                self.spans += scope.spans

    def names_in(self, trace_id: str) -> set[str]:
        """The names of the spans of a trace."""
        return {span.name for span in self.spans if span.trace_id.hex() == trace_id}


@contextmanager
def listening() -> Iterator[Neighbours]:
    """Neighbours at an address on loopback, for processes of their own."""
    neighbours = Neighbours()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(json.dumps(neighbours.answer(self.path)).encode(), "application/json")

        def do_POST(self) -> None:
            neighbours.take(self.rfile.read(int(self.headers["content-length"])))
            self._answer(b"", "application/x-protobuf")

        def _answer(self, body: bytes, kind: str) -> None:
            self.send_response(200)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: the test's own output is read by people."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    neighbours.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield neighbours
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
