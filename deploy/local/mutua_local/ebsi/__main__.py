"""`python -m mutua_local.ebsi [PORT]`: the demonstration's registry on loopback, with its control API."""

import sys

import uvicorn

from .app import create_app
from .registry import demo

if __name__ == "__main__":
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8091
    uvicorn.run(create_app(demo(), control=True), host="127.0.0.1", port=port, log_level="warning")
