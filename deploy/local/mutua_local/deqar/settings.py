"""Configuration of a simulator that runs on its own: arguments of the command line, else the environment."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, CliApp, SettingsConfigDict


class SimulatorSettings(BaseSettings):
    """Environment variables have the prefix MUTUA_DEQAR_, arguments are written as `--index-lag 3`."""

    model_config = SettingsConfigDict(
        env_prefix="MUTUA_DEQAR_",
        cli_kebab_case=True,
        cli_implicit_flags=True,
        use_attribute_docstrings=True,
    )

    host: str = "127.0.0.1"
    """Address to listen on; the control API belongs on loopback only."""
    port: Annotated[int, Field(ge=0, le=65535)] = 8090
    """Port; 0 takes a free one, which is printed."""
    profile: Literal["demo", "small", "full", "empty"] = "demo"
    """What the registry holds."""
    seed: int = 1
    """Seed of the generated profiles."""
    dataset: Path | None = None
    """Folder with the public fixtures (`dataset/`, `code-lists/`); replaces the profile."""
    now: datetime | None = None
    """Fixed time of the registry; without it the machine's clock runs."""
    index_lag: Annotated[float, Field(ge=0)] = 0.0
    """Seconds until a change is seen in lists."""
    token: str | None = None
    """The valid token; without it one is made up and printed."""
    token_file: Path | None = None
    """File to read the valid token from."""
    submit_token: str | None = None
    """The token of the user `submitter`, who writes; without it one is made up and printed."""
    legacy: bool = False
    """Answer in the shapes of earlier years (string ids, scores, addresses of pages)."""
    control: bool = False
    """Whether the control API under /_control/ is served."""


def read_settings(arguments: list[str] | None, program: str) -> SimulatorSettings:
    """Settings from arguments (those of the process where none are given) and environment; ends the process
    with a usage message and code 2 when they are wrong.
    """

    class Named(SimulatorSettings):
        model_config = SettingsConfigDict(cli_prog_name=program)

    Named.__doc__ = SimulatorSettings.__doc__
    try:
        return CliApp.run(Named, cli_args=sys.argv[1:] if arguments is None else arguments)
    except ValidationError as error:
        for wrong in error.errors(include_url=False):
            name = "-".join(str(part) for part in wrong["loc"]).replace("_", "-")
            print(f"{program}: --{name}: {wrong['msg']}", file=sys.stderr)  # noqa: T201
        raise SystemExit(2) from None
