"""Reading a W3C credential, VCDM 1.1 or 2.0, whatever secures it: what all profiles of it have in common."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, cast

from mutua_credentials.instants import read_instant
from mutua_credentials.linked_data.allow_list import CREDENTIALS_V1, CREDENTIALS_V2
from mutua_credentials.verify.formats import listed
from mutua_credentials.verify.reading import Reading, malformed
from mutua_credentials.verify.result import Check

_BLANK = re.compile(r"_:\S*")
_STARTS, _ENDS = ("validFrom", "issuanceDate"), ("validUntil", "expirationDate")


def read_w3c(body: Mapping[str, Any]) -> Reading | Check:
    """Codes where the structure fails: `context_missing`, `type_missing`, `subject_missing`,
    `issuer_missing`, `id_malformed`, `blank_node`, `date_malformed`.
    """
    contexts, types = listed(body.get("@context")), listed(body.get("type", body.get("@type")))
    subjects, issuer = listed(body.get("credentialSubject")), identifier(body.get("issuer"))
    if not contexts or contexts[0] not in (CREDENTIALS_V1, CREDENTIALS_V2):
        found = contexts[0] if contexts else contexts
        return malformed("context_missing", found, f"{CREDENTIALS_V2} or {CREDENTIALS_V1} first")
    if "VerifiableCredential" not in types:
        return malformed("type_missing", body.get("type"), "VerifiableCredential among the types")
    if not subjects or not all(isinstance(subject, dict) for subject in subjects):
        return malformed("subject_missing", body.get("credentialSubject"), "a credentialSubject")
    if issuer is None or not issuer.strip():
        return malformed("issuer_missing", body.get("issuer"), "an issuer, or its id")
    named = body.get("id")
    if not (named is None or isinstance(named, str)):
        return malformed("id_malformed", named, "an id, a text")
    for blank in blank_nodes(body):
        return malformed("blank_node", blank, "identifiers that name something")
    return _reading(body, issuer)


def _reading(body: Mapping[str, Any], issuer: str) -> Reading | Check:
    dates = {name: read_instant(body[name]) for name in (*_STARTS, *_ENDS) if body.get(name) is not None}
    for name, date in dates.items():
        if date is None:
            return malformed("date_malformed", body[name], f"{name}, an instant with a time zone")
    starts, ends = _known(dates, _STARTS), _known(dates, _ENDS)
    return Reading(
        issuer=issuer,
        credential_id=body.get("id"),
        signed_at=starts[0] if starts else None,
        starts=starts,
        ends=ends,
        status=body.get("credentialStatus"),
        schema=body.get("credentialSchema"),
        issuer_name=_name(body["issuer"]),
    )


def _known(dates: Mapping[str, datetime | None], names: tuple[str, ...]) -> tuple[datetime, ...]:
    return tuple(date for name in names if (date := dates.get(name)) is not None)


def identifier(value: Any) -> str | None:
    """The id of something that stands there as its id alone, or as an object."""
    named = cast("dict[str, Any]", value).get("id") if isinstance(value, dict) else value
    return named if isinstance(named, str) else None


def blank_nodes(value: Any) -> Iterator[str]:
    """Every text of the document that is a name valid in this document only: `_:b0`."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            if item.startswith("_:") and _BLANK.fullmatch(item):
                yield item
        elif isinstance(item, dict):
            waiting += cast("dict[str, Any]", item)
            waiting += cast("dict[str, Any]", item).values()
        elif isinstance(item, list):
            waiting += cast("list[Any]", item)


def _name(issuer: Any) -> str | None:
    name = cast("dict[str, Any]", issuer).get("name") if isinstance(issuer, dict) else None
    return name if isinstance(name, str) else None
