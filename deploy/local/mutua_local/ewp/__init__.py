"""A simulator of the EWP registry: one public catalogue with validators.

Start it with `python -m mutua_local.ewp`, or hold a `Network` and serve `create_app(network)` in a test.
"""

from .app import create_app
from .network import Host, Network, demo

__all__ = ["Host", "Network", "create_app", "demo"]
