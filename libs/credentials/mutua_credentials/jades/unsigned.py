"""What was added to a seal later (`etsiU` of ETSI TS 119 182-1): time stamps, certificates, revocation data.

Nothing signs these members, so they are only ever evidence that is judged by itself.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from mutua_credentials import json_text, jws
from mutua_credentials.jades.envelope import Seal
from mutua_credentials.json_text import Refused

MAX_ITEMS = 64
MAX_TOKENS = 16
"""Time stamps of one seal that are looked at."""
_HOLDERS = ("tstVD", "anyValData")
"""Members that hold certificates and revocation data: of time stamps, and of anything (edition 1.2.1)."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """A time-stamp token and the text that it should cover."""

    place: str
    """`adoTst`, `sigTst` or `arcTst`."""
    token: Any
    covers: tuple[str, ...] | None
    """The text in parts, since it may be large; None where it would need a canonicalisation that EDC does not
    use.
    """


@dataclass(frozen=True, slots=True)
class Unsigned:
    """The readable members of `etsiU`, in their order."""

    stamps: tuple[Stamp, ...]
    certificates: tuple[Any, ...]
    lists: tuple[Any, ...]
    answers: tuple[Any, ...]

    @property
    def has_validation_data(self) -> bool:
        return bool(self.certificates or self.lists or self.answers)


def read_unsigned(seal: Seal) -> Unsigned:
    """Read `adoTst` of the protected header and everything of `etsiU`."""
    items = list(_items(seal.unprotected.get("etsiU")))
    stamps = [Stamp("adoTst", token, (seal.payload_text,)) for token in _tokens(seal.header.get("adoTst"))]
    found: dict[str, list[Any]] = {"x509Cert": [], "crlVals": [], "ocspVals": []}
    for position, (_, members) in enumerate(items):
        stamps += [Stamp("sigTst", token, (seal.signature_text,)) for token in _tokens(members.get("sigTst"))]
        if "arcTst" in members:
            archived = _archived(seal, items[:position])
            stamps += [Stamp("arcTst", token, archived) for token in _tokens(members["arcTst"])]
        for holder in (members, *(_object(members.get(name)) for name in _HOLDERS)):
            for entry in _objects(holder.get("xVals")):
                found["x509Cert"].append(_object(entry.get("x509Cert")).get("val"))
            for kind in ("crlVals", "ocspVals"):
                entries = _objects(_object(holder.get("rVals")).get(kind))
                found[kind] += [entry.get("val") for entry in entries]
    return Unsigned(
        stamps=tuple(stamps[:MAX_TOKENS]),
        certificates=tuple(found["x509Cert"]),
        lists=tuple(found["crlVals"]),
        answers=tuple(found["ocspVals"]),
    )


def _items(value: Any) -> Iterator[tuple[str | None, Mapping[str, Any]]]:
    """Each member with its text, where it is written as base64url; EDC always does so."""
    for item in cast("list[Any]", value)[:MAX_ITEMS] if isinstance(value, list) else []:
        if isinstance(item, str):
            decoded = jws.decode(item)
            read = Refused("", "", "") if decoded is None else json_text.read(decoded)
            yield item, _object(None if isinstance(read, Refused) else read.value)
        else:
            yield None, _object(item)


def _archived(seal: Seal, before: list[tuple[str | None, Mapping[str, Any]]]) -> tuple[str, ...] | None:
    """What an archive time stamp covers: payload, protected header, signature, and all members before it."""
    texts = [text for text, _ in before]
    if None in texts:
        return None
    return (
        *(seal.payload_text, ".", seal.protected_text, ".", seal.signature_text, "."),
        *cast("list[str]", texts),
    )


def _tokens(container: Any) -> list[Any]:
    """The tokens of a time-stamp container; one that holds none counts as one that cannot be read."""
    if container is None:
        return []
    return [entry.get("val") for entry in _objects(_object(container).get("tstTokens"))] or [None]


def _objects(value: Any) -> list[Mapping[str, Any]]:
    return [_object(entry) for entry in cast("list[Any]", value)] if isinstance(value, list) else []


def _object(value: Any) -> Mapping[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
