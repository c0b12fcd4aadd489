"""Stands in for a service in tests of the stack: `migrate` ends at once, the others answer /readyz.

`FAKE_FAILS=migrate` makes the migration fail, `FAKE_FAILS=start` ends a process at once, `FAKE_FAILS=ready`
keeps it unready.
"""

import os
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

FAILS = os.environ.get("FAKE_FAILS", "")


class Readiness(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(503 if FAILS == "ready" else 200)
        self.end_headers()
        self.wfile.write(b"the registry has no snapshot yet" if FAILS == "ready" else b"ready")

    def log_message(self, format: str, *args: object) -> None:
        return


if __name__ == "__main__":
    if FAILS in ("migrate", "start") and (sys.argv[1] == "migrate") == (FAILS == "migrate"):
        sys.exit(f"cannot {sys.argv[1]}")
    if sys.argv[1] != "migrate":
        HTTPServer(("127.0.0.1", int(os.environ["MUTUA_HTTP_PORT"])), Readiness).serve_forever()
