"""Disclosures: made when issuing, put back into their places when reading (RFC 9901, sections 4.2 and 7.1).

Resolving refuses what RFC 9901 says to refuse: digests that occur twice, reserved or already taken names,
disclosures of the wrong kind for their place. Disclosures that no digest refers to are reported: they are not
signed.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from mutua_credentials import json_text, jws
from mutua_credentials.digests import canonical
from mutua_credentials.json_text import MAX_DEPTH, Refused
from mutua_credentials.pointers import pointer

SD_ALG = "sha-256"
"""The hash we issue with."""

HASHES = ("sha-256", "sha-384", "sha-512", "sha3-256", "sha3-384", "sha3-512")
"""The hashes (IANA names) that we verify."""

RESERVED = frozenset({"_sd", "...", "_sd_alg"})
NEVER_DISCLOSED = frozenset({"iss", "nbf", "exp", "cnf", "vct", "vct#integrity", "status"})
"""Claims that an SD-JWT VC must hold in clear at its top level."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """The payload with its disclosures in place.

    `withheld` counts digests without a disclosure by the JSON Pointer of the object or array that holds them;
    `paths` tells where each disclosure went; `unreferenced` are disclosures that no digest covers.
    """

    claims: Mapping[str, Any]
    withheld: Mapping[str, int]
    paths: Mapping[str, str]
    unreferenced: tuple[str, ...]


def make(name: str, value: Any, salt: str) -> str:
    """The disclosure of one object member, as it is attached."""
    return jws.encode(canonical([salt, name, value]))


def digest(disclosure: str, algorithm: str = SD_ALG) -> str:
    """The digest by which the payload refers to a disclosure."""
    hashed = hashlib.new(
        algorithm.replace("sha-", "sha").replace("sha3-", "sha3_"), disclosure.encode("ascii")
    )
    return jws.encode(hashed.digest())


def resolve(payload: Mapping[str, Any], disclosures: Iterable[str]) -> Resolved | Refused:
    """Put disclosures into their places.

    Codes of refusal: `sd_alg_unsupported` (could not tell), `disclosure_malformed`, `disclosure_twice`,
    `digest_twice`, `name_reserved`, `name_taken`, `disclosure_misplaced`, `sd_malformed`, `too_deep`.
    """
    algorithm = payload.get("_sd_alg", SD_ALG)
    if algorithm not in HASHES:
        return Refused("sd_alg_unsupported", repr(algorithm)[:80], " or ".join(HASHES))
    by_digest: dict[str, tuple[str, list[Any]]] = {}
    for disclosure in disclosures:
        parts = _read(disclosure)
        if isinstance(parts, Refused):
            return parts
        hashed = digest(disclosure, algorithm)
        if hashed in by_digest:
            return Refused("disclosure_twice", "the same disclosure twice", "each disclosure once")
        by_digest[hashed] = (disclosure, parts)
    walk = _Walk(by_digest)
    try:
        claims = walk.object({name: value for name, value in payload.items() if name != "_sd_alg"}, (), 1)
    except _Broken as broken:
        return broken.refused
    unreferenced = tuple(text for text, _ in by_digest.values() if text not in walk.paths)
    return Resolved(claims, walk.withheld, walk.paths, unreferenced)


def _read(disclosure: str) -> list[Any] | Refused:
    data = jws.decode(disclosure)
    if data is None:
        return Refused(
            "disclosure_malformed", "characters outside base64url, or padding", "unpadded base64url"
        )
    match json_text.read(data):
        case Refused() as refused:
            return Refused("disclosure_malformed", f"{refused.code}: {refused.found}", refused.expected)
        case json_text.Json(value=[str(), str(), _] | [str(), _] as parts):
            return cast("list[Any]", parts)
        case json_text.Json(value=other):
            return Refused(
                "disclosure_malformed", json_text.type_name(other), "[salt, name, value] or [salt, value]"
            )


class _Broken(Exception):
    def __init__(self, code: str, found: str, expected: str) -> None:
        super().__init__(code)
        self.refused = Refused(code, found, expected)


@dataclass
class _Walk:
    """One pass over payload and disclosures; depth is bounded, since disclosures nest inside each other."""

    by_digest: Mapping[str, tuple[str, list[Any]]]
    withheld: dict[str, int] = field(default_factory=dict[str, int])
    paths: dict[str, str] = field(default_factory=dict[str, str])
    seen: set[str] = field(default_factory=set[str])

    def value(self, value: Any, path: tuple[str, ...], depth: int) -> Any:
        if depth > MAX_DEPTH:
            raise _Broken("too_deep", f"more than {MAX_DEPTH} levels", f"at most {MAX_DEPTH} levels")
        if isinstance(value, dict):
            return self.object(cast("dict[str, Any]", value), path, depth + 1)
        if isinstance(value, list):
            return self.array(cast("list[Any]", value), path, depth + 1)
        return value

    def object(self, members: Mapping[str, Any], path: tuple[str, ...], depth: int) -> dict[str, Any]:
        if "..." in members:
            raise _Broken(
                "sd_malformed", f"'...' outside an array at {pointer(*path)}", "'...' in arrays only"
            )
        hashes = members.get("_sd", [])
        if not isinstance(hashes, list) or not all(isinstance(one, str) for one in cast("list[Any]", hashes)):
            raise _Broken("sd_malformed", f"_sd at {pointer(*path)}", "an array of digests")
        found = {
            name: self.value(value, (*path, name), depth) for name, value in members.items() if name != "_sd"
        }
        for hashed in cast("list[str]", hashes):
            disclosed = self._take(hashed, path)
            if disclosed is None:
                continue
            text, parts = disclosed
            if len(parts) != 3:
                raise _Broken(
                    "disclosure_misplaced", "an array element's disclosure in _sd", "[salt, name, value]"
                )
            name = cast("str", parts[1])
            if name in RESERVED or (not path and name in NEVER_DISCLOSED):
                raise _Broken("name_reserved", f"a disclosure named {name!r}", "a name that may be disclosed")
            if name in found:
                raise _Broken("name_taken", f"{pointer(*path, name)[:200]} twice", "each claim once")
            self.paths[text] = pointer(*path, name)
            found[name] = self.value(parts[2], (*path, name), depth)
        return found

    def array(self, items: list[Any], path: tuple[str, ...], depth: int) -> list[Any]:
        found: list[Any] = []
        for item in items:
            here = (*path, str(len(found)))
            if not isinstance(item, dict) or "..." not in item:
                found.append(self.value(item, here, depth))
                continue
            hashed = cast("dict[str, Any]", item)["..."]
            if len(cast("dict[str, Any]", item)) != 1 or not isinstance(hashed, str):
                raise _Broken("sd_malformed", f"a placeholder at {pointer(*here)}", 'only {"...": digest}')
            disclosed = self._take(hashed, path)
            if disclosed is None:
                continue
            text, parts = disclosed
            if len(parts) != 2:
                raise _Broken("disclosure_misplaced", "a member's disclosure in an array", "[salt, value]")
            self.paths[text] = pointer(*here)
            found.append(self.value(parts[1], here, depth))
        return found

    def _take(self, hashed: str, path: tuple[str, ...]) -> tuple[str, list[Any]] | None:
        if hashed in self.seen:
            raise _Broken(
                "digest_twice", f"one digest twice, at {pointer(*path) or 'the top'}", "each digest once"
            )
        self.seen.add(hashed)
        disclosed = self.by_digest.get(hashed)
        if disclosed is None:
            where = pointer(*path)
            self.withheld[where] = self.withheld.get(where, 0) + 1
        return disclosed
