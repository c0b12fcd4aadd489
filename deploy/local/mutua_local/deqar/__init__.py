"""A simulator of the DEQAR registry: its Web API and Connect API with their oddities, over invented or public
data.

Start it with `python -m mutua_local.deqar`, or hold a `Simulator` and serve `create_app(simulator)` in a
test.
"""

from .app import create_app
from .fixtures import load_public_dataset
from .simulator import Clock, Simulator

__all__ = ["Clock", "Simulator", "create_app", "load_public_dataset"]
