"""A simulator of EBSI's Trusted Issuers Registry (v5) and of the part of the DID registry that it needs.

Start it with `python -m mutua_local.ebsi`, or hold a `Registry` and serve `create_app(registry)` in a test.
"""

from .app import create_app
from .registry import Registry, Revision, demo

__all__ = ["Registry", "Revision", "create_app", "demo"]
