"""`mutua verify`: is this credential genuine? Ten checks for people, or JSON for programs.

Exit codes: 0 valid, 3 invalid, 4 could not tell, 2 usage or an unreadable file; of many files the worst, in
the order 2, 3, 4, 0.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, NoReturn

import typer

if TYPE_CHECKING:
    from mutua_credentials.verify import Verification
    from mutua_credentials.verify.given import Given

MAX_BYTES: Final = 10 * 1024 * 1024
USAGE: Final = 2
EXIT: Final = {"valid": 0, "invalid": 3, "unknown": 4}
WORST_FIRST: Final = (USAGE, 3, 4, 0)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file that could not be read: what, why, and what to do."""

    reason: str


def verify(
    source: Annotated[str, typer.Argument(metavar="FILE|URL|DIR|-", help="What to verify; - reads it.")],
    as_json: Annotated[bool, typer.Option("--json", help="JSON for programs.")] = False,
    offline: Annotated[bool, typer.Option("--offline", help="Open no connection whatsoever.")] = False,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="RFC3339", help="Verify as of this instant.")
    ] = None,
    documents: Annotated[
        Path | None, typer.Option("--documents", metavar="DIR", help="Folder with a documents.json.")
    ] = None,
    anchors: Annotated[
        list[Path] | None,
        typer.Option("--anchors", metavar="PEM", help="Certificates of CAs and time stamp authorities."),
    ] = None,
    status_issuer: Annotated[
        list[str] | None,
        typer.Option("--status-issuer", metavar="ID", help="Who may sign status lists for others."),
    ] = None,
    nonce: Annotated[str | None, typer.Option("--nonce", help="Demand the holder's proof for this.")] = None,
    audience: Annotated[
        str | None, typer.Option("--audience", help="Whom the holder's proof must be made for.")
    ] = None,
) -> None:
    """Verify a credential: where it comes from, that nobody changed it, and what became of it."""
    given = _given(as_of, documents, anchors or [], status_issuer or [], nonce, audience, offline=offline)
    folder = Path(source) if source != "-" and not _is_url(source) else None
    if folder is not None and folder.is_dir():
        raise typer.Exit(_verify_all(folder, given, as_json=as_json))
    found = _verify_one(source, given)
    if isinstance(found, Unreadable):
        _stop(found.reason)
    from mutua_cli import verify_view

    (verify_view.print_json if as_json else verify_view.print_table)(found)
    raise typer.Exit(EXIT[found.verdict.value])


def _verify_all(folder: Path, given: Given, *, as_json: bool) -> int:
    """Every file below a folder, a line each; the worst exit code."""
    from mutua_cli import verify_view

    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    if not files:
        _stop(f"{folder} holds no files: give a folder of credentials")
    codes: set[int] = set()
    with verify_view.Progress(len(files)) as progress:
        for path in files:
            found = _verify_one(str(path), given)
            if isinstance(found, Unreadable):
                codes.add(USAGE)
                verify_view.print_unreadable(path, found.reason, as_json=as_json)
            else:
                codes.add(EXIT[found.verdict.value])
                verify_view.print_line(path, found, as_json=as_json)
            progress.advance()
    return next(code for code in WORST_FIRST if code in codes)


def _verify_one(source: str, given: Given) -> Verification | Unreadable:
    from mutua_credentials.verify.verification import verify_address

    if _is_url(source):
        return _guarded(source, given, lambda: verify_address(source, given))
    try:
        if source == "-":
            data = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with Path(source).open("rb") as file:
                data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        return Unreadable(f"{source} cannot be read ({error}): check its name and your rights")
    from mutua_credentials.verify.verification import verify_given

    return _guarded(source, given, lambda: verify_given(data, given))


def _guarded(source: str, given: Given, verify_it: Callable[[], Verification]) -> Verification:
    """A fault of ours over one file is said, decides nothing about it, and does not end a run over many."""
    try:
        return verify_it()
    except Exception as error:  # noqa: BLE001 - whatever it is, it says nothing about the credential
        from mutua_credentials.verify.verification import could_not_tell

        fault = f"{type(error).__name__}: {error}"
        typer.echo(f"Error: {source}: a fault of ours, please report it with the file ({fault})", err=True)
        return could_not_tell("internal_error", fault, "an answer", given)


def _given(
    as_of: str | None,
    documents: Path | None,
    anchors: Sequence[Path],
    status_issuers: Sequence[str],
    nonce: str | None,
    audience: str | None,
    *,
    offline: bool,
) -> Given:
    """Everything that the options say, put together."""
    from mutua_cli import verify_documents, verify_fetching
    from mutua_credentials.instants import read_instant
    from mutua_credentials.verify.documents import Documents, FirstOf
    from mutua_credentials.verify.given import Given

    instant = datetime.now(UTC) if as_of is None else read_instant(as_of.strip().upper())
    if instant is None:
        _stop(f"--as-of: found {as_of}, expected an instant with a time zone: 2026-11-23T00:00:00Z")
    cache = verify_fetching.Cache(verify_fetching.cache_folder())
    sources: list[Documents] = [cache, verify_fetching.offline if offline else verify_fetching.Network(cache)]
    contexts = {}
    if documents is not None:
        try:
            supplied = verify_documents.SuppliedDocuments(documents)
        except verify_documents.DocumentsWrong as wrong:
            _stop(f"--documents: {wrong}")
        for warning in supplied.warnings:
            typer.echo(warning, err=True)
        sources.insert(0, supplied)
        contexts = supplied.contexts
    return Given(
        as_of=instant,
        documents=FirstOf(tuple(sources)),
        contexts=contexts,
        anchors=_read_anchors(anchors),
        status_issuers=frozenset(status_issuers),
        nonce=nonce,
        audience=audience,
        # Who names an instant means exactly that; clocks that differ are an excuse for now only.
        leeway=timedelta(seconds=60) if as_of is None else timedelta(0),
    )


def _read_anchors(paths: Sequence[Path]) -> tuple[bytes, ...]:
    if not paths:
        return ()
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    found: list[bytes] = []
    for path in paths:
        try:
            read = x509.load_pem_x509_certificates(path.read_bytes())
        except (OSError, ValueError) as error:
            _stop(f"--anchors: {path} cannot be read ({error}): give certificates in PEM")
        found += [certificate.public_bytes(Encoding.DER) for certificate in read]
    return tuple(found)


def _is_url(source: str) -> bool:
    return source.lower().startswith(("https://", "http://"))


def _stop(reason: str) -> NoReturn:
    """Usage, or something unreadable."""
    typer.echo(f"Error: {reason}", err=True)
    raise typer.Exit(USAGE)
