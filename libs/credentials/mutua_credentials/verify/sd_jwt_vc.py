"""The checks of an SD-JWT VC, one function each, in order."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from mutua_credentials import jws
from mutua_credentials.annex_i import AnnexI, normalise
from mutua_credentials.identities import same_identity
from mutua_credentials.json_text import Refused
from mutua_credentials.keys import KeyNotListed, KeyRecord, KeyUnknown
from mutua_credentials.sdjwt.disclosures import Resolved, resolve
from mutua_credentials.sdjwt.token import VCT, SdJwt
from mutua_credentials.verify.given import Given
from mutua_credentials.verify.holder_binding import check_holder_binding
from mutua_credentials.verify.recognise import Recognised
from mutua_credentials.verify.result import Check, CheckName, IssuerFound, Result, Verification, complete
from mutua_credentials.verify.status import check_status

ALGORITHMS = ("ES256", "ES384", "ES512", "PS256", "Ed25519", "EdDSA")


def verify_sd_jwt_vc(recognised: Recognised, given: Given) -> Verification:
    """Run the ten checks; the first of the first four that does not hold ends the run."""
    token = recognised.token
    claims = token.payload
    checks = [Check(CheckName.FORMAT, Result.PASS, "recognised", recognised.securing)]
    resolved = resolve(claims, token.disclosures)
    checks.append(_structure(claims, resolved))
    checks.append(Check(CheckName.CONTEXTS, Result.SKIPPED, "no_contexts"))
    signed_at = instant(claims.get("iat"))
    key: KeyRecord | None = None
    if not checks[1].ends:
        signature, key = _signature(token, resolved, signed_at, given)
        checks.append(signature)
    believed = not any(check.ends for check in checks)
    if believed and key is not None:
        checks += [
            _issuer_binding(claims, key),
            check_holder_binding(token, given),
            _dates(claims, signed_at, given),
            check_status(claims.get("status"), claims["iss"], given.as_of, given.statuses),
            Check(CheckName.SCHEMA, Result.SKIPPED, "no_schema"),
            Check(CheckName.SEAL_LEVEL, Result.SKIPPED, "no_seal"),
        ]
    return Verification(
        format=recognised.format,
        securing=recognised.securing,
        as_of=given.as_of,
        checks=complete(checks),
        digest=token.digest,
        credential_id=_text(claims.get("jti")),
        issued_at=signed_at,
        issuer=IssuerFound(claims["iss"]) if believed else None,
        key=key if believed else None,
        annex_i=_annex_i(resolved) if believed and isinstance(resolved, Resolved) else None,
    )


def instant(numeric_date: Any) -> datetime | None:
    """A NumericDate (RFC 7519) as an instant; None where it is none, or beyond what dates can say."""
    if isinstance(numeric_date, bool) or not isinstance(numeric_date, int | float):
        return None
    try:
        return datetime.fromtimestamp(numeric_date, UTC)
    except (OverflowError, OSError, ValueError):
        return None


def _structure(claims: Mapping[str, Any], resolved: Resolved | Refused) -> Check:
    name = CheckName.STRUCTURE
    for claim in ("iss", "vct"):
        value = claims.get(claim)
        if not isinstance(value, str) or not value.strip() or value.startswith("_:"):
            code = "issuer_missing" if claim == "iss" else "vct_missing"
            return Check(name, Result.FAIL, code, repr(value)[:80], f"{claim}, a text that names something")
    for claim in ("nbf", "exp"):
        if claim in claims and instant(claims[claim]) is None:
            return Check(
                name, Result.FAIL, "date_malformed", repr(claims[claim])[:80], f"{claim}, seconds since 1970"
            )
    if isinstance(resolved, Refused) and resolved.code != "sd_alg_unsupported":
        return Check(name, Result.FAIL, resolved.code, resolved.found, resolved.expected)
    return Check(name, Result.PASS, "well_formed")


def _signature(
    token: SdJwt, resolved: Resolved | Refused, signed_at: datetime | None, given: Given
) -> tuple[Check, KeyRecord | None]:
    """The signature by a key that the issuer had in force, over everything that was disclosed."""
    name, issuer = CheckName.SIGNATURE, token.payload["iss"]
    if isinstance(resolved, Refused):
        return Check(name, Result.UNKNOWN, resolved.code, resolved.found, resolved.expected), None
    alg, kid = token.jwt.header.get("alg"), token.jwt.header.get("kid")
    if alg not in ALGORITHMS:
        return Check(name, Result.FAIL, "alg_not_allowed", repr(alg)[:80], " or ".join(ALGORITHMS)), None
    key = given.keys(issuer, kid if isinstance(kid, str) else None, signed_at)
    match key:
        case KeyUnknown():
            found = f"{key.code}: {key.detail}" if key.detail else key.code
            return Check(name, Result.UNKNOWN, "key_not_obtained", found, f"the keys of {issuer}"), None
        case KeyNotListed():
            evidence = {"source": key.source, "as_of": _instant_text(key.as_of)}
            return Check(
                name, Result.FAIL, "key_not_listed", repr(kid)[:200], f"a key of {issuer}", evidence
            ), None
        case KeyRecord():
            pass
    evidence = _key_evidence(key)
    verified = jws.verifies(token.jwt, key.jwk)
    if isinstance(verified, Refused):
        return Check(name, Result.FAIL, verified.code, verified.found, verified.expected, evidence), None
    if not verified:
        return Check(
            name, Result.FAIL, "signature_wrong", "another signature", "one by this key", evidence
        ), None
    if resolved.unreferenced:
        found = f"{len(resolved.unreferenced)} disclosures without a digest"
        return Check(name, Result.FAIL, "disclosure_not_signed", found, "a digest for each", evidence), None
    return _key_in_force(key, signed_at, given, evidence), key


def _key_in_force(
    key: KeyRecord, signed_at: datetime | None, given: Given, evidence: Mapping[str, Any]
) -> Check:
    """Whether the key spoke for the issuer when it signed.

    The time of signing is the credential's own word. So a key compromised at T casts doubt on everything that
    may have been signed after T, whatever the credential says; only what is known from elsewhere to be older
    is safe.
    """
    name, compromised = CheckName.SIGNATURE, key.compromised_at
    if (
        compromised is not None
        and compromised <= given.as_of
        and not _is_before(given.existed_by, compromised)
    ):
        expected = f"signed before {_instant_text(compromised)}"
        if signed_at is None or signed_at < compromised:
            return Check(
                name, Result.UNKNOWN, "key_compromised_since", "signed before, it says", expected, evidence
            )
        return Check(name, Result.FAIL, "key_compromised", _instant_text(signed_at), expected, evidence)
    bounds = [("from", key.valid_from), ("before", key.valid_to)]
    window = " ".join(["signed", *(f"{word} {_instant_text(at)}" for word, at in bounds if at is not None)])
    if signed_at is None:
        if key.valid_from is None and key.valid_to is None:
            return Check(name, Result.PASS, "verified", evidence=evidence)
        return Check(name, Result.UNKNOWN, "signing_time_missing", "no iat", window, evidence)
    if not key.in_force_at(signed_at):
        return Check(name, Result.FAIL, "key_not_in_force", _instant_text(signed_at), window, evidence)
    return Check(name, Result.PASS, "verified", evidence=evidence)


def _issuer_binding(claims: Mapping[str, Any], key: KeyRecord) -> Check:
    name, evidence = CheckName.ISSUER_BINDING, {"source": key.source, "as_of": _instant_text(key.as_of)}
    if same_identity(key.issuer, claims["iss"]):
        return Check(name, Result.PASS, "key_listed_by_issuer", key.issuer, claims["iss"], evidence)
    return Check(name, Result.FAIL, "key_of_another", key.issuer, claims["iss"], evidence)


def _dates(claims: Mapping[str, Any], signed_at: datetime | None, given: Given) -> Check:
    name, as_of = CheckName.DATES, given.as_of
    expires = instant(claims.get("exp"))
    starts = [at for at in (instant(claims.get("nbf")), signed_at) if at is not None]
    if expires is not None and expires <= as_of:
        return Check(name, Result.FAIL, "expired", _instant_text(expires), f"after {_instant_text(as_of)}")
    if starts and max(starts) > as_of + given.leeway:
        return Check(
            name, Result.FAIL, "not_yet_valid", _instant_text(max(starts)), f"by {_instant_text(as_of)}"
        )
    return Check(name, Result.PASS, "in_force")


def _annex_i(resolved: Resolved) -> AnnexI | None:
    """The elements, where the type says how to read them."""
    return normalise(resolved.claims, resolved.withheld) if resolved.claims["vct"] == VCT else None


def _key_evidence(key: KeyRecord) -> dict[str, Any]:
    return {"key": f"{key.issuer}#{key.kid}", "source": key.source, "as_of": _instant_text(key.as_of)}


def _is_before(known: datetime | None, instant: datetime) -> bool:
    return known is not None and known < instant


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _instant_text(instant: datetime | None) -> str | None:
    return None if instant is None else instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
