"""The way from `mutua issue` to the issuer's API: the options that say whose and where it is, once for all
commands of the group.
"""

import inspect
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from mutua_cli import terminal
from mutua_cli.reach import Service, local_stack
from mutua_local import main as local
from mutua_local.errors import StackError


@dataclass(frozen=True, slots=True)
class Way:
    """Where the API is and who calls it: as was said, else the local stack's."""

    client: Annotated[
        str | None, typer.Option("--as", help="Client of the local stack that issues, e.g. lisvik.issuer.")
    ] = None
    url: Annotated[
        str | None, typer.Option("--url", help="Address of the issuer's API.", envvar="MUTUA_ISSUER_URL")
    ] = None
    token: Annotated[str | None, typer.Option("--token", help="Access token.", envvar="MUTUA_TOKEN")] = None
    data: Annotated[
        Path | None, typer.Option("--data", help="Folder of the local stack.", envvar="MUTUA_DATA")
    ] = None

    def place(self) -> tuple[str, str]:
        """Address and token. Raises StackError where nobody is named, or the local stack is not there."""
        if self.url and self.token:
            return self.url, self.token
        if self.client is None and self.token is None:
            raise StackError(
                "NOBODY_NAMED",
                found="neither a client of the local stack nor a token",
                expected="somebody who may issue",
                fix="name a client with --as, e.g. lisvik.issuer, or give --url and --token",
            )
        around = local_stack(self.data)
        token = self.token or local.fetch_token(around, str(self.client))
        return self.url or around.address("issuer-api"), token

    @contextmanager
    def service(self) -> Generator[Service]:
        """The API. What it refuses is shown, and ends the command with 2."""
        try:
            yield Service("issuer", *self.place())
        except StackError as error:
            raise refused(error, terminal.console(stderr=True)) from None


def refused(error: StackError, console: Console) -> typer.Exit:
    """The end of a command, with 2, after the error was shown."""
    for line in error.lines():
        console.print(escape(line), highlight=False, soft_wrap=True)
    return typer.Exit(2)


def at_issuer(act: Callable[..., None]) -> Callable[..., None]:
    """The command of an act: the act's own parameters, and the options of the `Way` that it takes first."""
    _, *own = inspect.signature(act, eval_str=True).parameters.values()
    options = inspect.signature(Way).parameters

    def command(**given: Any) -> None:
        way = Way(**{name: given.pop(name) for name in options})
        act(way, **given)

    command.__doc__ = act.__doc__
    command.__signature__ = inspect.Signature([*own, *options.values()])  # pyright: ignore[reportFunctionMemberAccess] - where Typer looks
    return command
