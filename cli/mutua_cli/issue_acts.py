"""What else an issuer does with credentials: says what became of them, hands out links, erases, changes
keys."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Annotated, Any, Final

import typer
from rich.markup import escape

from mutua_cli import terminal
from mutua_cli.issue_way import Way, at_issuer
from mutua_cli.reach import Service

Credential = Annotated[str, typer.Argument(help="Its id, urn:uuid:... or the UUID alone.")]

PAGE: Final = 200
LINK_COLUMNS: Final = ("external_id", "learner_id", "credential_id", "status", "holder_url")


def _act(status: str, does: str, reason: str) -> Callable[..., None]:
    """The command that gives a credential this status."""

    def act(
        way: Way,
        credential: Credential,
        reason: Annotated[str, typer.Option(help="Code of the reason.")] = reason,
    ) -> None:
        with way.service() as service:
            told = service.post(
                f"/credentials/{_number(credential)}/status", {"status": status, "reason": reason}
            )
        since = f" since {told['changed_at']}" if told["changed_at"] else " already"
        _say(f"{told['credential_id']} is {told['status']}{since}")

    act.__doc__ = does
    return at_issuer(act)


revoke = _act("revoked", "Revoke a credential, for ever.", "award_withdrawn")
suspend = _act("suspended", "Suspend a credential until further notice.", "under_review")
reinstate = _act("valid", "Take a suspension back.", "review_closed")


@at_issuer
def link(
    way: Way,
    credential: Credential,
    renew: Annotated[
        bool, typer.Option("--renew", help="Make a new one; the old one leads nowhere then.")
    ] = False,
) -> None:
    """Show the holder's link to a credential."""
    with way.service() as service:
        number = _number(credential)
        if renew:
            service.post(f"/credentials/{number}/link", None)
        found = service.get(f"/credentials/{number}")["holder_url"]
    if found is None:
        typer.echo("no link: the learner was erased, or it was issued before there were links (--renew)")
        return
    typer.echo(found)
    if way.url is None:  # hosts of the local stack are names only
        typer.echo(f"here: {service.url}/holder/{found.rpartition('/')[2]}")


@at_issuer
def links(
    way: Way,
    component: Annotated[str | None, typer.Option(help="Only of this component.")] = None,
) -> None:
    """Write the holders' links of all credentials as CSV, to be sent to the learners."""
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(LINK_COLUMNS)
    with way.service() as service:
        for one in _credentials(service, component):
            table.writerow([one[name] or "" for name in LINK_COLUMNS])


@at_issuer
def erase(
    way: Way,
    learner: Annotated[str, typer.Argument(help="The learner's id at the institution.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Erase a learner: what is personal in all their credentials is destroyed, for ever."""
    if not yes:
        typer.confirm("This cannot be undone. Erase this learner?", abort=True)
    with way.service() as service:
        count = service.post("/learners/erasure", {"learner_id": learner})["credentials"]
    _say(f"erased; {count} credentials keep their signed facts only")


@at_issuer
def rotate(
    way: Way,
    institution: Annotated[str, typer.Argument(help="Its id, e.g. DEQARINST7105.")],
    valid_from: Annotated[
        datetime | None, typer.Option("--from", help="When; in five seconds without.")
    ] = None,
) -> None:
    """Make new keys that take over; what the old ones signed stays valid."""
    body = {} if valid_from is None else {"valid_from": _instant(valid_from)}
    with way.service() as service:
        told = service.post(f"/issuers/{institution}/keys", body)
    _show_keys(told)


@at_issuer
def compromised(
    way: Way,
    institution: Annotated[str, typer.Argument(help="Its id, e.g. DEQARINST7105.")],
    kid: Annotated[str, typer.Argument(help="Id of the key.")],
    since: Annotated[datetime, typer.Option(help="From when on others may have held it (UTC).")],
) -> None:
    """Tell everybody that a key was compromised; a new one takes over at once."""
    with way.service() as service:
        told = service.post(
            f"/issuers/{institution}/keys/{kid}/compromise", {"compromised_at": _instant(since)}
        )
    _show_keys(told)


def _credentials(service: Service, component: str | None) -> Iterator[dict[str, Any]]:
    after: str | None = None
    while True:
        page = service.get("/credentials", after=after, component=component, limit=PAGE)
        yield from page["credentials"]
        after = page["next"]
        if after is None:
            return


def _show_keys(told: dict[str, Any]) -> None:
    for key in (*told["keys"], *told["proof_keys"]):
        end = (
            f"compromised since {key['compromised_at']}"
            if key["compromised_at"]
            else key["valid_to"] or "..."
        )
        _say(f"{key['alg']:8} {key['kid']}  {key['valid_from']} to {end}")


def _number(credential: str) -> str:
    return credential.removeprefix("urn:uuid:")


def _instant(at: datetime) -> str:
    return at.replace(tzinfo=at.tzinfo or UTC).isoformat()


def _say(text: str) -> None:
    terminal.console().print(escape(text), highlight=False, soft_wrap=True)
