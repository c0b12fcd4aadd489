"""`mutua registry`: a mirror of DEQAR that works alone, what it says, and a simulator to try it on.

`sync` ends 0 when the mirror is complete, 3 when it is complete but for rows that are named, 4 when the
registry could not be read or too much had vanished from it; 2 is wrong usage. Whatever happens, what was
mirrored before stays.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit

import typer
from rich.console import Console

from mutua_cli import terminal
from mutua_cli.registry_data import has_mirror, is_named, mirror_at

app = typer.Typer(no_args_is_help=True, help=__doc__.splitlines()[0] if __doc__ else None)

WRONG_USAGE: Final = 2
FAILED: Final = 4

Data = Annotated[
    Path | None,
    typer.Option("--data", help="Folder of the mirror; MUTUA_DATABASE_URL can name a server instead."),
]
Url = Annotated[
    str | None, typer.Option("--url", help="The running service, which is asked where no mirror is named.")
]
AsOf = Annotated[str | None, typer.Option("--as-of", help="A day or an instant: as it was known then.")]
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]
KindName = Literal["agency", "provider", "report", "country"]


@app.command()
def sync(
    source: Annotated[str, typer.Option("--from", help="Address of the registry, e.g. https://host.")],
    data: Data = None,
    token_file: Annotated[Path | None, typer.Option(help="File with the token of the Web API.")] = None,
    full: Annotated[
        bool, typer.Option("--full", help="Read every detail anew, and try every id that no list shows.")
    ] = False,
    rate: Annotated[
        float,
        typer.Option(
            min=0,
            help="Requests a second at most, 0 without limit; also says how many details are read again.",
        ),
    ] = 2.0,
    accept_loss: Annotated[
        bool, typer.Option("--accept-loss", help="The registry really has lost so many rows.")
    ] = False,
) -> None:
    """Read the registry into the mirror.

    Every run reads all lists, the detail of each row that is new, looks changed or was missed, and again,
    those first that were read longest ago, as many details as half an hour allows at the rate: 3 600 at 2 a
    second, at most 20 000. A registry up to that size is read as a whole each time; in a larger one an edit
    that never reaches a list shows some runs later, or with --full. A first run of the whole registry
    (110 000 reports) takes about 17 hours at 2 a second; what an interrupted run has read is kept.

    Ends 0 when the mirror is complete, 3 when it is complete but for rows that are named, 4 when the registry
    could not be read or too much has vanished (the last good data stays), 2 for wrong usage.
    """
    from mutua_cli import registry_sync

    _need_place(data)
    parts = urlsplit(source)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise typer.BadParameter(f"found {source!r}, expected http://... or https://...", param_hint="--from")
    token = _token(token_file)
    with mirror_at(data) as place:
        code = registry_sync.run(
            place, source, token, full=full, rate=rate, accept_loss=accept_loss, console=_console()
        )
    raise typer.Exit(code)


@app.command()
def dump(
    data: Data = None,
    kind: Annotated[KindName | None, typer.Option(help="Only rows of this kind.")] = None,
    as_of: AsOf = None,
    form: Annotated[Literal["json", "csv"], typer.Option("--format", help="csv needs a kind.")] = "json",
    url: Url = None,
) -> None:
    """Print the mirror: JSON lines, sorted by kind and id."""
    from mutua_cli import registry_read

    if form == "csv" and kind is None:
        raise typer.BadParameter(
            "found no kind, expected one: its facts are the columns", param_hint="--kind"
        )
    known = _moment(as_of)
    with registry_read.reader(_given(data), url) as reader:
        raise typer.Exit(reader.dump(kind, known, form, sys.stdout.buffer, _console()))


@app.command()
def status(data: Data = None, as_json: AsJson = False, url: Url = None) -> None:
    """How old the mirror is, what it holds, and what could not be read."""
    from mutua_cli import registry_print, registry_read

    with registry_read.reader(_given(data), url) as reader:
        registry_print.print_status(reader.status(), as_json=as_json)


@app.command()
def diff(
    day1: Annotated[str, typer.Argument(help="A day (its end) or an instant.")],
    day2: Annotated[str, typer.Argument(help="A later one.")],
    data: Data = None,
    as_json: AsJson = False,
    url: Url = None,
) -> None:
    """What changed between two days, as we learned of it."""
    from mutua_cli import registry_print, registry_read

    before, after = _moment(day1), _moment(day2)
    if after < before:
        raise typer.BadParameter(f"found {day2!r}, expected a day after {day1!r}", param_hint="DAY2")
    with registry_read.reader(_given(data), url) as reader:
        registry_print.print_changes(reader.changes(before, after), as_json=as_json)


@app.command()
def show(
    id: Annotated[str, typer.Argument(help="DEQARINST7105, report:97101, agency:71, country:14 or 97101.")],
    data: Data = None,
    url: Url = None,
) -> None:
    """A row with everything that was ever known of it, as JSON."""
    from mutua_cli import registry_print, registry_read

    with registry_read.reader(_given(data), url) as reader:
        found = reader.show(id)
    if not found:
        _console().print(f"no row {id} in the mirror", highlight=False, markup=False)
        raise typer.Exit(1)
    for row in found:
        registry_print.print_json(row)


@app.command()
def coverage(
    provider: Annotated[
        list[str],
        typer.Option(
            help="DEQARINST7105, any other identifier of the registry, or scheme:value; may be repeated."
        ),
    ],
    award_date: Annotated[str, typer.Option(help="Day of the award, YYYY-MM-DD.")],
    programme: Annotated[list[str] | None, typer.Option(help="Title of the programme.")] = None,
    identifier: Annotated[
        list[str] | None, typer.Option(help="An agency's local identifier of the programme.")
    ] = None,
    level: Annotated[int | None, typer.Option(min=1, max=8, help="EQF level.")] = None,
    ects: Annotated[float | None, typer.Option(min=0, help="Workload in ECTS credits.")] = None,
    assessment: Annotated[
        Literal["assessment", "attendance", "none"] | None, typer.Option(help="What is certified.")
    ] = None,
    degree: Annotated[bool, typer.Option("--degree", help="It is a full degree.")] = False,
    alliance: Annotated[str | None, typer.Option(help="Alliance in whose provision it was awarded.")] = None,
    as_of: AsOf = None,
    data: Data = None,
    as_json: AsJson = False,
    url: Url = None,
) -> None:
    """Whether the registry's reports covered a credential on the day of its award."""
    from mutua_cli import registry_print, registry_read

    query: dict[str, Any] = {
        "provider": provider,
        "award_date": award_date,
        "programme": programme or [],
        "identifier": identifier or [],
        "level": level,
        "ects": None if ects is None else str(ects),
        "assessment": assessment,
        "degree": degree,
        "alliance": alliance,
    }
    _check_question(query)
    known = _moment(as_of)
    with registry_read.reader(_given(data), url) as reader:
        registry_print.print_coverage(reader.coverage(query, known), as_json=as_json)


@app.command(
    add_help_option=False, context_settings={"ignore_unknown_options": True, "allow_extra_args": True}
)
def simulate(ctx: typer.Context) -> None:
    """Serve a simulated DEQAR that can be changed and broken while a client reads it."""
    from mutua_local.deqar.main import main

    main(ctx.args, "mutua registry simulate")


def _need_place(data: Path | None) -> None:
    if not is_named(data):
        raise typer.BadParameter("found no folder for the mirror, expected one", param_hint="--data")


def _given(data: Path | None) -> Path | None:
    """The folder, where one is named and holds a mirror."""
    if data is not None and not has_mirror(data):
        raise typer.BadParameter(
            f"found no mirror in {data}, expected one; `mutua registry sync` makes it", param_hint="--data"
        )
    return data


def _token(file: Path | None) -> str | None:
    if file is None:
        return None
    try:
        return file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise typer.BadParameter(
            f"found {error}, expected a file with a token", param_hint="--token-file"
        ) from error


def _moment(text: str | None) -> Any:
    if text is None:
        return None
    from mutua_deqar_sync.views.dump import moment

    try:
        return moment(text)
    except ValueError as error:
        raise typer.BadParameter(f"found {text!r}, expected a day YYYY-MM-DD or an instant") from error


def _check_question(query: dict[str, Any]) -> None:
    from mutua_deqar_sync.views.question import question

    try:
        question(query)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def _console() -> Console:
    return terminal.console(stderr=True)
