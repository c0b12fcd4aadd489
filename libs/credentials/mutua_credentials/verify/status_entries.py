"""Reading one status reference: the list is obtained, verified like any credential, and its entry looked up.

What cannot be obtained, proven or understood is unknown: a list that nobody signed says nothing, in neither
direction.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

from mutua_credentials.identities import same_identity
from mutua_credentials.json_text import Refused
from mutua_credentials.verify.documents import Document, NotObtained
from mutua_credentials.verify.given import Given, StatusAnswer
from mutua_credentials.verify.result import Result, cut
from mutua_credentials.verify.status_bits import MINIMUM_ENTRIES, bitstring_value, token_value
from mutua_credentials.verify.status_lists import (
    Bitstring,
    TokenList,
    read_bitstring_list,
    read_token_status_list,
)

_LIST_TYPES = {
    "BitstringStatusListEntry": ("BitstringStatusListCredential", "BitstringStatusList"),
    "StatusList2021Entry": ("StatusList2021Credential", "StatusList2021"),
}
_PURPOSES = {"revocation": "revoked", "suspension": "suspended"}
_HARMLESS = frozenset({"message", "refresh"})
_TOKEN_CODES = {1: "revoked", 2: "suspended"}
MAX_SIZE = 8

ListT = TypeVar("ListT", Bitstring, TokenList)


def read_status(reference: Mapping[str, Any], issuer: str, given: Given) -> StatusAnswer:
    """PASS, FAIL (`revoked`, `suspended`) or UNKNOWN, for a W3C entry or an IETF `status_list`."""
    token_list = reference.get("status_list")
    if isinstance(token_list, dict):
        return _token_status(cast("dict[str, Any]", token_list), issuer, given)
    kind = reference.get("type")
    if kind == "1EdTechRevocationList":
        return unknown("list_unsigned", str(kind), "a signed list")
    if not isinstance(kind, str) or kind not in _LIST_TYPES:
        return unknown("status_type_unsupported", repr(kind)[:80], " or ".join(_LIST_TYPES))
    return _bitstring_status(reference, kind, issuer, given)


def unknown(code: str, found: str | None, expected: str, **evidence: Any) -> StatusAnswer:
    """Nobody could tell; the evidence says what was expected."""
    return StatusAnswer(Result.UNKNOWN, code, found, {"expected": expected, **evidence})


def _bitstring_status(reference: Mapping[str, Any], kind: str, issuer: str, given: Given) -> StatusAnswer:
    url, purpose = reference.get("statusListCredential"), reference.get("statusPurpose")
    index, size = _index(reference.get("statusListIndex")), reference.get("statusSize", 1)
    if not isinstance(url, str) or index is None:
        return unknown("status_malformed", repr(reference)[:120], "statusListCredential and statusListIndex")
    if not isinstance(size, int) or isinstance(size, bool) or not 1 <= size <= MAX_SIZE:
        return unknown("status_malformed", f"statusSize {size!r}"[:80], f"1 to {MAX_SIZE}")
    if not isinstance(purpose, str) or (purpose not in _PURPOSES and purpose not in _HARMLESS):
        return unknown("status_purpose_unknown", repr(purpose)[:80], " or ".join(_PURPOSES))
    found = _list(url, given, lambda document: read_bitstring_list(document, *_LIST_TYPES[kind], given))
    if isinstance(found, StatusAnswer):
        return found
    if purpose not in found.purposes:
        return unknown("list_purpose_wrong", ", ".join(found.purposes)[:80], purpose)
    if refused := _foreign(found.issuer, issuer, given):
        return refused
    value = bitstring_value(found.bits, index, size)
    evidence = {"list": cut(url), "index": index, "digest": found.digest, "as_of": found.as_of}
    if value is None:
        return unknown("index_out_of_range", str(index), f"below {len(found.bits) * 8 // size}", **evidence)
    warnings = list(_warnings(reference, found, url))
    evidence |= {"purpose": purpose, "value": value} | ({"warnings": warnings} if warnings else {})
    if value and purpose in _PURPOSES:
        return StatusAnswer(Result.FAIL, _PURPOSES[purpose], f"{purpose}: {value}", evidence)
    return StatusAnswer(Result.PASS, "good", f"{purpose}: {value}", evidence)


def _list(url: str, given: Given, read: Callable[[Document], ListT | Refused]) -> ListT | StatusAnswer:
    """The list at an address, proven, or why nobody could tell."""
    document = given.documents(url, given.as_of)
    if isinstance(document, NotObtained):
        return unknown("list_not_obtained", f"{document.code} {document.detail}", cut(url))
    found = read(document)
    if isinstance(found, Refused):
        return unknown(found.code, found.found, found.expected, list=cut(url))
    return found


def _warnings(reference: Mapping[str, Any], found: Bitstring, url: str) -> list[str]:
    """What is against the rules and common: it is said, and changes nothing."""
    warnings = {
        "list_too_short": len(found.bits) * 8 < MINIMUM_ENTRIES,
        "index_not_text": not isinstance(reference.get("statusListIndex"), str),
        "list_id_differs": found.id is not None and found.id != url,
    }
    return [code for code, holds in warnings.items() if holds]


def _token_status(reference: Mapping[str, Any], issuer: str, given: Given) -> StatusAnswer:
    url, index = reference.get("uri"), _index(reference.get("idx"))
    if not isinstance(url, str) or index is None or isinstance(reference.get("idx"), str):
        return unknown("status_malformed", repr(reference)[:120], "uri and idx")
    found = _list(url, given, lambda document: read_token_status_list(document, url, issuer, given))
    if isinstance(found, StatusAnswer):
        return found
    if refused := _foreign(found.issuer, issuer, given):
        return refused
    return _token_answer(found, index, url)


def _token_answer(found: TokenList, index: int, url: str) -> StatusAnswer:
    value = token_value(found.bits, index, found.size)
    evidence = {"list": cut(url), "index": index, "digest": found.digest, "as_of": found.as_of}
    if value is None:
        entries = len(found.bits) * 8 // found.size
        return unknown("index_out_of_range", str(index), f"below {entries}", **evidence)
    evidence["value"] = value
    if value in _TOKEN_CODES:
        return StatusAnswer(Result.FAIL, _TOKEN_CODES[value], str(value), evidence)
    if value:
        return unknown("status_value_unknown", str(value), "0, 1 or 2", **evidence)
    return StatusAnswer(Result.PASS, "good", "0", evidence)


def _foreign(list_issuer: str, issuer: str, given: Given) -> StatusAnswer | None:
    """A list counts where the issuer itself signed it, or somebody whom the asker named."""
    if any(same_identity(list_issuer, one) for one in (issuer, *given.status_issuers)):
        return None
    return unknown("list_of_another", list_issuer, issuer)


def _index(value: Any) -> int | None:
    """An index: decimal digits, or (against the rules of W3C lists) a number."""
    if isinstance(value, str):
        return int(value) if value.isascii() and value.isdigit() and len(value) <= 12 else None
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
