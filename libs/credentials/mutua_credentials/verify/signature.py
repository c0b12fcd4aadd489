"""The signature of a token: by a key that the issuer had in force, over everything that was disclosed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from mutua_credentials import jws
from mutua_credentials.json_text import Refused
from mutua_credentials.jws import Jws
from mutua_credentials.keys import KeyNotListed, KeyRecord, KeyUnknown
from mutua_credentials.sdjwt.disclosures import Resolved
from mutua_credentials.sdjwt.token import SdJwt
from mutua_credentials.verify.given import Given
from mutua_credentials.verify.result import (
    Check,
    CheckName,
    Result,
    cut,
    failed,
    instant_text,
    passed,
    unknown,
)

NAME = CheckName.SIGNATURE


def refused_header(jwt: Jws) -> Check | None:
    """What is wrong with a header whatever the key: its algorithm, or a demand that we do not know."""
    refused = jws.refused_header(jwt.header)
    return None if refused is None else failed(NAME, refused.code, refused.found, refused.expected)


def check_signature(
    token: SdJwt,
    issuer: str,
    kid: str | None,
    keys: Sequence[KeyRecord] | KeyNotListed | KeyUnknown,
    resolved: Resolved,
    signed_at: datetime | None,
    given: Given,
) -> tuple[Check, KeyRecord | None]:
    """The check, and the key where one was found. Of several keys the one counts that made the signature."""
    match keys:
        case KeyUnknown():
            return key_unknown(keys, issuer), None
        case KeyNotListed():
            return key_not_listed(keys, kid, issuer), None
        case _:
            verified = [(jws.verifies(token.jwt, one.jwk), one) for one in keys]
            answer, key = next((pair for pair in verified if pair[0] is True), verified[0])
            wrong = _wrong(answer, key, resolved) or not_in_force(key, signed_at, given)
            return wrong or passed(NAME, "verified", evidence=key_evidence(key)), key


def key_unknown(answer: KeyUnknown, issuer: str) -> Check:
    found = f"{answer.code}: {answer.detail}" if answer.detail else answer.code
    return unknown(NAME, "key_not_obtained", found, f"the keys of {issuer}")


def key_not_listed(answer: KeyNotListed, kid: str | None, issuer: str) -> Check:
    evidence = {"source": answer.source, "as_of": instant_text(answer.as_of)}
    return failed(NAME, "key_not_listed", repr(kid)[:200], f"a key of {issuer}", evidence=evidence)


def _wrong(verified: bool | Refused, key: KeyRecord, resolved: Resolved) -> Check | None:
    evidence = key_evidence(key)
    if isinstance(verified, Refused):
        return failed(NAME, verified.code, verified.found, verified.expected, evidence=evidence)
    if not verified:
        return failed(NAME, "signature_wrong", "another signature", "one by this key", evidence=evidence)
    if resolved.unreferenced:
        found = f"{len(resolved.unreferenced)} disclosures without a digest"
        return failed(NAME, "disclosure_not_signed", found, "a digest for each", evidence=evidence)
    return None


def not_in_force(key: KeyRecord, signed_at: datetime | None, given: Given) -> Check | None:
    """Whether the key did not speak for the issuer when it signed.

    The time of signing is the credential's own word. So a key compromised at T casts doubt on everything that
    may have been signed after T, whatever the credential says; only what is known from elsewhere to be older
    is safe.
    """
    evidence = key_evidence(key)
    bounds = [("from", key.valid_from), ("before", key.valid_to)]
    window = " ".join(["signed", *(f"{word} {instant_text(at)}" for word, at in bounds if at is not None)])
    if signed_at is not None and not key.in_force_at(signed_at):
        return failed(NAME, "key_not_in_force", instant_text(signed_at), window, evidence=evidence)
    compromised = key.compromised_at
    if compromised is not None and _matters(compromised, given):
        code = "key_compromised_since" if signed_at is None or signed_at < compromised else "key_compromised"
        result = Result.FAIL if code == "key_compromised" else Result.UNKNOWN
        found, expected = instant_text(signed_at), f"known to be signed before {instant_text(compromised)}"
        return Check(NAME, result, code, found, expected, evidence)
    if signed_at is None and (key.valid_from is not None or key.valid_to is not None):
        return unknown(NAME, "signing_time_missing", "no time of signing", window, evidence=evidence)
    return None


def _matters(compromised: datetime, given: Given) -> bool:
    """Whether the compromise had happened by then, and nothing proves that the credential is older."""
    return compromised <= given.as_of and not (
        given.existed_by is not None and given.existed_by < compromised
    )


def key_evidence(key: KeyRecord) -> Mapping[str, Any]:
    return {"key": cut(f"{key.issuer}#{key.kid}"), "source": key.source, "as_of": instant_text(key.as_of)}
