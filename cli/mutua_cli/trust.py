"""`mutua trust`: decide files of requests against files of statements, and look at chains. Needs no server.

Verdicts go to stdout and nothing else does; every error is one JSON line on stderr. The exit code is 0 when
no line was bad, 1 when some were, 2 when nothing could be answered. What draws tables is loaded only to draw.
"""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Annotated

import typer

from mutua_cli.trust_files import (
    Errors,
    first_request,
    load_index,
    opened,
    policies_in,
    request_in,
    with_progress,
    write,
)
from mutua_trust import (
    ASPECTS,
    Aspect,
    Flaw,
    Polarity,
    PolicyBook,
    Request,
    Statement,
    TrustIndex,
)
from mutua_trust.bulk import Kernel, Portability, portability
from mutua_trust.compiled import kernel
from mutua_trust.corpus import LineError, Runner, read_statement
from mutua_trust.danger import report
from mutua_trust.fields import FIELDS, LEAVES
from mutua_trust.picture import dot, svg
from mutua_trust.preview import Preview, preview_publishing, preview_revoking
from mutua_trust.remedies import remedies
from mutua_trust.writing import verdict_to_json

LARGE = 20_000
"""Statements from which on bulk work takes longer than to load the compiled kernel."""

app = typer.Typer(no_args_is_help=True, help="Trust chains: decide, preview, portability, path.")

StatementsFile = Annotated[Path, typer.Option("--statements", help="JSON Lines, one statement a line.")]
RequestsFile = Annotated[Path, typer.Option("--requests", help="JSON Lines, one request a line; - is stdin.")]
PolicyFile = Annotated[
    Path | None, typer.Option("--policy", help="One JSON document; absent: built-in policy.")
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line instead of a table.")]


@app.command()
def decide(
    statements: StatementsFile,
    requests: RequestsFile,
    policy: PolicyFile = None,
    explain: Annotated[bool, typer.Option("--explain", help="Add what each side could do.")] = False,
    budget: Annotated[int | None, typer.Option(min=0, help="Most records examined a request.")] = None,
) -> None:
    """Print one JSON verdict a line, in the order of the requests."""
    errors = Errors()
    policies = policies_in(policy, errors)
    with opened(requests, errors) as asked:
        index = load_index(statements, errors)
        runner = Runner(index, policies, errors, budget, explain)
        for verdict in runner.answer(with_progress(asked, str(requests)), str(requests)):
            write(sys.stdout, verdict)
    errors.done()


@app.command()
def preview(
    statements: StatementsFile,
    like: Annotated[Path, typer.Option(help="A request whose field and level are varied: JSON.")],
    policy: PolicyFile = None,
    publish: Annotated[Path | None, typer.Option(help="Statements to be published: JSON Lines.")] = None,
    revoke: Annotated[list[str] | None, typer.Option(help="Id of a statement to be revoked.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Most decisions a statement.")] = 100_000,
    as_json: AsJson = False,
) -> None:
    """Show what would become automatic, or cease to be, if statements were published or revoked."""
    from mutua_cli.trust_view import impact_table, show

    errors = Errors()
    policies = policies_in(policy, errors)
    sample = first_request(like, errors)
    index = load_index(statements, errors)
    compiled = _kernel(index, policies)
    for subject, impact in _impacts(index, sample, policies, publish, revoke or [], limit, compiled, errors):
        if as_json:
            for change in impact.changes:
                write(sys.stdout, {"change": subject, **asdict(change)})
        else:
            show(impact_table(subject, impact))
    errors.done()


@app.command(name="portability")
def portability_command(
    statements: StatementsFile,
    requests: RequestsFile,
    policy: PolicyFile = None,
    as_json: AsJson = False,
) -> None:
    """Show all recognisers that would accept each credential; the requests' own recognisers are not read."""
    errors = Errors()
    policies = policies_in(policy, errors)
    with opened(requests, errors) as asked:
        index = load_index(statements, errors)
        compiled = _kernel(index, policies)
        for number, line in enumerate(asked, 1):
            if line.strip():
                request = request_in(line, index, str(requests), number, errors)
                if request is not None:
                    found = portability(index, request, policies, compiled)
                    _answer_portability(found, request.id, as_json)
    errors.done()


@app.command()
def path(
    entities: Annotated[list[str], typer.Argument(help="Recogniser, any entities between, issuer.")],
    statements: StatementsFile,
    policy: PolicyFile = None,
    field: Annotated[list[str] | None, typer.Option(help="ISCED-F code.")] = None,
    level: Annotated[int | None, typer.Option(min=1, max=8, help="EQF level.")] = None,
    ects: Annotated[float | None, typer.Option(min=0)] = None,
    assessment: Annotated[str | None, typer.Option()] = None,
    mode: Annotated[str | None, typer.Option()] = None,
    aspect: Annotated[list[Aspect] | None, typer.Option(help="Absent: all three.")] = None,
    award_date: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Absent: today.")] = None,
    decision_date: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Absent: today.")
    ] = None,
    version: Annotated[int | None, typer.Option(min=0, help="Absent: the newest.")] = None,
    max_hops: Annotated[int | None, typer.Option(min=1, max=4, help="Overrides the policy.")] = None,
    as_dot: Annotated[bool, typer.Option("--dot", help="Print the chain for Graphviz.")] = False,
    as_svg: Annotated[bool, typer.Option("--svg", help="Print the chain as SVG.")] = False,
) -> None:
    """Show the chain from one entity to another. What is not asked (field, level, ...) is not looked at."""
    from mutua_cli.trust_view import drawn, headline, path_table, show

    if len(entities) < 2:
        raise typer.BadParameter("a path has at least two entities")
    errors = Errors()
    book = policies_in(policy, errors)
    index = load_index(statements, errors)
    request = Request(
        id="path",
        recogniser=entities[0],
        issuer=entities[-1],
        fields=_leaves(field) if field else frozenset({LEAVES[0]}),
        level=level or 1,
        ects=ects or 0,
        assessment=assessment or "any",
        mode=mode or "any",
        aspects=frozenset(aspect or ASPECTS),
        award_day=_day(award_date),
        decision_day=_day(decision_date),
        version=version,
    )
    asked = {"fields": field, "levels": level, "max_ects": ects, "assessments": assessment, "modes": mode}
    ignored = [dimension for dimension, value in asked.items() if value is None or value == []]
    rules = book.of(entities[0])
    if max_hops is not None:
        rules = replace(rules, max_hops=max_hops)
    verdict = _narrowed(index, entities, ignored).decide(request, rules)
    chains = drawn(verdict, (entities[0], entities[-1]), index)
    if as_dot or as_svg:
        typer.echo((dot if as_dot else svg)(chains), nl=False)
    else:
        typer.echo(headline(verdict))
        for each in chains:
            if each.chain:
                show(path_table(verdict, each))
        for remedy in remedies(verdict, request, rules, index) or []:
            typer.echo(f"- {remedy.party}: {remedy.action}")
    errors.done()


@app.command()
def danger(
    samples: Annotated[int, typer.Option(min=1, help="Random credentials.")] = 300,
    as_svg: Annotated[bool, typer.Option("--svg", help="Print the picture instead of the tables.")] = False,
) -> None:
    """Print what naive transitivity would accept, on a made-up log with the shape of Europe's."""
    tables, drawn = report(samples)
    typer.echo(drawn if as_svg else tables, nl=False)


def _answer_portability(found: Portability, request: str, as_json: bool) -> None:
    if not as_json:
        from mutua_cli.trust_view import portability_table, show

        show(portability_table(request, found))
        return
    for recogniser, verdict in found.accepted.items():
        write(sys.stdout, {"recogniser": recogniser, **verdict_to_json(verdict)})


def _kernel(index: TrustIndex, policies: PolicyBook) -> Kernel | None:
    return kernel(index, policies) if len(index) >= LARGE else None


def _impacts(
    index: TrustIndex,
    like: Request,
    policies: PolicyBook,
    publish: Path | None,
    revoke: Iterable[str],
    limit: int,
    compiled: Kernel | None,
    errors: Errors,
) -> Iterator[tuple[str, Preview]]:
    """Each change on its own, against the log as it is."""
    if publish is not None:
        with opened(publish, errors) as lines:
            for number, line in enumerate(lines, 1):
                read = read_statement(line)
                if isinstance(read, Statement) and read.id in index:
                    read = Flaw("duplicate_id", "id", read.id, "an id that the log does not have")
                if isinstance(read, Statement):
                    yield (
                        f"publish {read.id}",
                        preview_publishing(index, read, like, policies, limit, compiled),
                    )
                else:
                    errors(LineError(read, str(publish), number))
    for id in revoke:
        if id in index:
            yield f"revoke {id}", preview_revoking(index, id, like, policies, limit, compiled)
        else:
            errors(
                LineError(
                    Flaw("unknown_statement", "id", id, "the id of a statement of the log"), "--revoke", None
                )
            )


def _narrowed(index: TrustIndex, entities: list[str], ignored: Iterable[str]) -> TrustIndex:
    """The log without the dimensions that are not asked, and without hops that avoid the named entities."""
    steps = set(pairwise(entities))
    widened = dict.fromkeys(ignored)
    narrowed = TrustIndex(
        replace(statement, scope=replace(statement.scope, **widened) if widened else statement.scope)
        for statement in index
        if len(entities) == 2
        or statement.polarity is Polarity.DISTRUST
        or (statement.truster, statement.trustee) in steps
    )
    narrowed.advance(index.head)
    return narrowed


def _leaves(codes: list[str]) -> frozenset[str]:
    unknown = [code for code in codes if code not in FIELDS]
    if unknown:
        raise typer.BadParameter(f"{unknown[0]} is no ISCED-F 2013 code of 2, 3 or 4 digits")
    return frozenset().union(*(FIELDS[code] for code in codes))


def _day(given: datetime | None) -> date:
    return (given or datetime.now(UTC)).date()
