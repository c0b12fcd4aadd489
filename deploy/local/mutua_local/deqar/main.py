"""A simulated registry on its own, from the command line, until it is told to stop.

`main` is what `python -m mutua_local.deqar` and `mutua registry simulate` run. Wrong usage ends with 2,
before anything listens.
"""

import socket
import sys
from datetime import UTC

import uvicorn

from .app import create_app
from .fixtures import load_public_dataset
from .settings import SimulatorSettings, read_settings
from .simulator import Clock, Simulator


def build(settings: SimulatorSettings) -> Simulator:
    """The simulator that the settings describe, seeded and indexed."""
    now = settings.now
    simulator = Simulator(clock=Clock(now.replace(tzinfo=UTC) if now and now.tzinfo is None else now))
    if settings.token_file is not None:
        simulator.token = settings.token_file.read_text("utf-8").strip()
    elif settings.token is not None:
        simulator.token = settings.token
    if settings.submit_token is not None:
        simulator.submit_token = settings.submit_token
    simulator.legacy = settings.legacy
    simulator.indexer.lag = settings.index_lag
    if settings.dataset is not None:
        simulator.load(load_public_dataset(settings.dataset))
    else:
        simulator.seed(settings.profile, settings.seed)
    return simulator


def main(arguments: list[str] | None = None, program: str = "python -m mutua_local.deqar") -> None:
    """Serve until SIGINT or SIGTERM. `arguments` are those of the process where none are given; `program` is
    what the help calls it.
    """
    settings = read_settings(arguments, program)
    simulator = build(settings)
    with socket.create_server((settings.host, settings.port)) as listener:
        address = f"http://{settings.host}:{listener.getsockname()[1]}"
        shown = "" if settings.token or settings.token_file else f" token={simulator.token}"
        shown += "" if settings.submit_token else f" submit-token={simulator.submit_token}"
        print(f"registry simulator ready: {address}{shown}", file=sys.stderr, flush=True)  # noqa: T201
        config = uvicorn.Config(
            create_app(simulator, control=settings.control), log_level="warning", access_log=False
        )
        uvicorn.Server(config).run(sockets=[listener])
    simulator.close()
