"""Tables for people: what a change would do, where a credential is accepted, and what a chain says."""

from rich.table import Table

from mutua_cli import terminal
from mutua_trust import TrustIndex, Verdict
from mutua_trust.bulk import Portability
from mutua_trust.picture import Drawn, said
from mutua_trust.preview import Preview


def impact_table(subject: str, impact: Preview) -> Table:
    title = f"{subject}: {len(impact.changes)} changes" + ("" if impact.complete else " (limit reached)")
    table = Table("", "recogniser", "issuer", "fields", "EQF", title=title)
    for change in impact.changes:
        sign = "becomes automatic" if change.gained else "ceases to be"
        levels = ", ".join(map(str, change.levels))
        table.add_row(sign, change.recogniser, change.issuer, ", ".join(change.fields), levels)
    return table


def portability_table(request: str, found: Portability) -> Table:
    share = f"{len(found.accepted)} of {found.recognisers}"
    title = f"{request}: {share} recognisers accept at version {found.version}"
    table = Table("recogniser", "hops", "chain", title=title)
    for recogniser, verdict in found.accepted.items():
        for chain in [verdict.chain] if verdict.chain else (verdict.chains or {}).values():
            table.add_row(recogniser, str(len(chain)), " > ".join(chain))
    return table


def headline(verdict: Verdict) -> str:
    outcome = "accept" if verdict.accepted else f"review: {verdict.reason}"
    return f"{outcome} (log version {verdict.version})"


def drawn(verdict: Verdict, ends: tuple[str, str], index: TrustIndex) -> list[Drawn]:
    """The chains that the verdict shows: the winners, or the nearest miss with what it fails, or the ends."""
    if verdict.chains:
        shown = [(f"accept: {aspect}", chain) for aspect, chain in verdict.chains.items()]
    else:
        miss = verdict.nearest_miss.chain if verdict.nearest_miss else ()
        barred = f" ({', '.join(verdict.vetoed_by)})" if verdict.vetoed_by else ""
        shown = [(headline(verdict) + barred, verdict.chain or miss)]
    failures = verdict.nearest_miss.failures if verdict.nearest_miss else ()
    failing = {failure.statement: failure.constraints for failure in failures}
    return [
        Drawn(caption, ends, [s for id in chain if (s := index.statement(id)) is not None], failing)
        for caption, chain in shown
    ]


def path_table(verdict: Verdict, drawn: Drawn) -> Table:
    """One column a hop: a chain is short, what its statements say is long."""
    hops = drawn.chain
    titles = (f"{hop.truster} -> {hop.trustee}" for hop in hops)
    table = Table("", *titles, title=drawn.caption if verdict.chains else None)
    for rows in zip(*(said(hop) for hop in hops), strict=True):
        table.add_row(rows[0][0], *(text for _, text in rows))
    if drawn.failing:
        table.add_row("fails", *(", ".join(drawn.failing.get(hop.id, ())) for hop in hops))
    if verdict.vetoed_by:
        table.caption = "barred by distrust: " + ", ".join(verdict.vetoed_by)
    return table


def show(table: Table) -> None:
    terminal.console(markup=False).print(table)
