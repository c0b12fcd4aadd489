"""Reading a W3C credential (VCDM 2.0) secured by VC-JOSE: `vc+jwt` and `vc+sd-jwt`.

The body is the payload itself; claims of the JWT that repeat the body must agree with it, and the claims `vc`
and `vp` of the older encoding have no place.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, cast

from mutua_credentials.verify.reading import Reading, malformed, numeric_date
from mutua_credentials.verify.result import Check, CheckName, skipped, unknown

CONTEXT = "https://www.w3.org/ns/credentials/v2"
A_SECOND = timedelta(seconds=1)
"""NumericDates are usually whole seconds, the body's instants need not be."""


def read_w3c_vc(claims: Mapping[str, Any]) -> Reading | Check:
    """Codes where the structure fails: `context_missing`, `type_missing`, `subject_missing`,
    `issuer_missing`, `blank_node`, `old_encoding`, `date_malformed`, `claims_disagree`.
    """
    contexts, issuer = _list(claims.get("@context")), _identifier(claims.get("issuer"))
    if contexts[0] != CONTEXT:
        return malformed("context_missing", contexts[0], f"{CONTEXT} first")
    if "VerifiableCredential" not in _list(claims.get("type")):
        return malformed("type_missing", claims.get("type"), "VerifiableCredential among the types")
    if not all(isinstance(subject, dict) for subject in _list(claims.get("credentialSubject"))):
        return malformed("subject_missing", claims.get("credentialSubject"), "a credentialSubject")
    if issuer is None or not issuer.strip():
        return malformed("issuer_missing", claims.get("issuer"), "an issuer, or its id")
    if any(name.startswith("_:") for name in (issuer, *_identifiers(claims))):
        return malformed("blank_node", "_:", "identifiers that name something")
    if old := [name for name in ("vc", "vp") if name in claims]:
        return malformed("old_encoding", old, "no vc or vp claim in vc+jwt")
    return _reading(claims, issuer)


def _reading(claims: Mapping[str, Any], issuer: str) -> Reading | Check:
    body = {name: _instant(claims[name]) for name in ("validFrom", "validUntil") if name in claims}
    jwt = {name: numeric_date(claims[name]) for name in ("nbf", "exp") if name in claims}
    for name, date in (body | jwt).items():
        if date is None:
            expected = "an instant with a time zone" if name in body else "seconds since 1970"
            return malformed("date_malformed", claims[name], f"{name}, {expected}")
    for name, same in _disagreements(claims, issuer, body, jwt):
        return malformed("claims_disagree", claims[name], f"{name} as in the body: {same}")
    signed_at, identifier = numeric_date(claims.get("iat")), claims.get("id")
    starts, ends = (
        (body.get("validFrom"), jwt.get("nbf"), signed_at),
        (body.get("validUntil"), jwt.get("exp")),
    )
    return Reading(
        issuer=issuer,
        credential_id=identifier if isinstance(identifier, str) else None,
        signed_at=signed_at,
        starts=tuple(date for date in starts if date is not None),
        ends=tuple(date for date in ends if date is not None),
        status=claims.get("credentialStatus"),
        schema=_schema(claims.get("credentialSchema")),
        issuer_name=_name(claims["issuer"]),
    )


def _disagreements(
    claims: Mapping[str, Any],
    issuer: str,
    body: Mapping[str, datetime | None],
    jwt: Mapping[str, datetime | None],
) -> Iterator[tuple[str, Any]]:
    """Claims of the JWT that say otherwise than the body, with what the body says."""
    texts = {"iss": issuer, "sub": _identifier(claims.get("credentialSubject")), "jti": claims.get("id")}
    for name, same in texts.items():
        if name in claims and same is not None and claims[name] != same:
            yield name, same
    for name, repeated in (("nbf", "validFrom"), ("exp", "validUntil")):
        one, other = jwt.get(name), body.get(repeated)
        if one is not None and other is not None and abs(one - other) >= A_SECOND:
            yield name, other.isoformat()


def _schema(schema: Any) -> Check:
    if schema is None:
        return skipped(CheckName.SCHEMA, "no_schema")
    return unknown(CheckName.SCHEMA, "schema_not_read", "a schema is named", "the schema, read")


def _list(value: Any) -> list[Any]:
    """A value that may stand alone or in an array; never empty."""
    return (cast("list[Any]", value) or [None]) if isinstance(value, list) else [value]


def _identifier(value: Any) -> str | None:
    named = cast("dict[str, Any]", value).get("id") if isinstance(value, dict) else value
    return named if isinstance(named, str) else None


def _name(issuer: Any) -> str | None:
    name = cast("dict[str, Any]", issuer).get("name") if isinstance(issuer, dict) else None
    return name if isinstance(name, str) else None


def _identifiers(value: Any) -> Iterator[str]:
    """Every `id` of the document. Depth was bounded when it was read."""
    if isinstance(value, dict):
        for name, member in cast("dict[str, Any]", value).items():
            if name in ("id", "@id") and isinstance(member, str):
                yield member
            yield from _identifiers(member)
    elif isinstance(value, list):
        for item in cast("list[Any]", value):
            yield from _identifiers(item)


def _instant(text: Any) -> datetime | None:
    """An XML Schema dateTimeStamp: an instant with a time zone."""
    if not isinstance(text, str) or "T" not in text:
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    return instant if instant.tzinfo is not None else None
