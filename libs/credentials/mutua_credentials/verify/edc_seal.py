"""The seal of a European Digital Credential, as checks: who sealed it, since when that is proven, how well.

The signature shows that header and payload are what the certificate's holder sealed; only the path to an
anchor and the organization identifier say that this holder is the issuer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from mutua_credentials import jades
from mutua_credentials.jades import certificates
from mutua_credentials.jades.ladder import Ladder
from mutua_credentials.jades.organisations import legal_identifiers, read_written
from mutua_credentials.json_text import Refused
from mutua_credentials.verify.edc import awarding_bodies, is_by_mandate
from mutua_credentials.verify.given import Given
from mutua_credentials.verify.reading import Reading
from mutua_credentials.verify.recognise import Recognised
from mutua_credentials.verify.result import Check, CheckName, Result, failed, instant_text, passed, unknown
from mutua_credentials.verify.securing import COVERED, Secured

_BINDING_ORDER = ("seal_of_issuer", "certificate_revoked")
"""Where a credential has several seals, which of their bindings stands: the first of these, then the unknown
ones, then seals of others.
"""
_EXPECTED = "a seal by a certificate of the issuer that leads to an anchor"


@dataclass(frozen=True, slots=True)
class _Judged:
    signed: jades.Signed
    ladder: Ladder
    binding: Check


def secure_jades(found: Recognised, _reading: Reading, given: Given) -> Secured:
    """Codes of the signature: `unsecured`, `verified`, and those of `jades.check_signature`."""
    sealed = cast("jades.Sealed", found.document)
    signatures = [jades.check_signature(seal) for seal in sealed.seals]
    signature = _signature(signatures)
    if signature.result is not Result.PASS:
        return Secured(COVERED, signature)
    issuer = sealed.body.get("issuer")
    agent = cast("dict[str, Any]", issuer) if isinstance(issuer, dict) else {}
    anchors = jades.read_anchors(given.anchors)
    mandate = is_by_mandate(sealed.body)
    judged: list[_Judged] = []
    for seal, signed in zip(sealed.seals, signatures, strict=True):
        if isinstance(signed, jades.Signed):
            ladder = jades.climb(seal, signed, agent, anchors, given.as_of, given.existed_by)
            about = {"sealed_by_mandate": mandate, "awarding_body": _awarding_body(sealed.body, signed)}
            judged.append(_Judged(signed, ladder, _issuer_binding(ladder, about)))
    first = min(judged, key=lambda one: _rank(one.binding))
    return Secured(
        contexts=COVERED,
        signature=signature,
        issuer_binding=first.binding,
        seal_level=_seal_level(first.ladder),
        sealed_by_mandate=mandate,
        signed_at=first.signed.claimed_at,
    )


def _signature(signatures: list[jades.Signed | Refused]) -> Check:
    """Every seal must verify: one that does not says that something was changed."""
    if not signatures:
        return failed(CheckName.SIGNATURE, "unsecured", "no signature", "a seal")
    evidence = {"seals": [_seal_evidence(signed) for signed in signatures]}
    for signed in signatures:
        if isinstance(signed, Refused):
            code, found = signed.code, signed.found
            return failed(CheckName.SIGNATURE, code, found, signed.expected, evidence=evidence)
    return passed(CheckName.SIGNATURE, "verified", evidence=evidence)


def _seal_evidence(signed: jades.Signed | Refused) -> Mapping[str, Any]:
    if isinstance(signed, Refused):
        return {"result": "fail", "code": signed.code}
    return {
        "result": "pass",
        "alg": signed.alg,
        "certificate": certificates.name(signed.certificate),
        "organisation": certificates.organisation(signed.certificate),
        "claimed_at": instant_text(signed.claimed_at),
    }


def _issuer_binding(ladder: Ladder, about: Mapping[str, Any]) -> Check:
    """Codes: `seal_of_issuer`; fail: `organisation_of_another`, `certificate_revoked`; unknown:
    `organisation_not_stated`, `issuer_not_identified`, `anchor_unknown`, `certificate_not_in_force`,
    `revocation_unknown`.
    """
    name, organisation, path = CheckName.ISSUER_BINDING, ladder.organisation, ladder.path
    evidence = {
        "organisation": organisation.detail,
        "path": path.detail,
        "chain": [certificates.name(certificate) for certificate in path.chain],
        "proven_at": instant_text(ladder.proven_at),
        **about,
    }
    if organisation.result == "fail":
        return failed(name, organisation.code, organisation.detail, _EXPECTED, evidence=evidence)
    if path.code == "revoked":
        return failed(name, "certificate_revoked", path.detail, _EXPECTED, evidence=evidence)
    if organisation.result == "unknown":
        return unknown(name, organisation.code, organisation.detail, _EXPECTED, evidence=evidence)
    if path.code == "not_in_force":
        expected = "a certificate in force, or a trusted time stamp from when it was"
        return unknown(name, "certificate_not_in_force", path.detail, expected, evidence=evidence)
    if path.code != "good":
        return unknown(name, path.code, path.detail, _EXPECTED, evidence=evidence)
    return passed(name, "seal_of_issuer", organisation.detail, evidence=evidence)


def _awarding_body(body: Mapping[str, Any], signed: jades.Signed) -> str:
    """Whether who awards is who sealed: `seal_holder`, `another`, or `not_told` where that has no legal
    identifier. Trust in an awarding body never follows from another's seal.
    """
    own = read_written(certificates.organisation(signed.certificate) or "")
    known = [identifier for agent in awarding_bodies(body) for identifier in legal_identifiers(agent)]
    if own is None or not known:
        return "not_told"
    return "seal_holder" if any(own.matches(identifier) for identifier in known) else "another"


def _rank(binding: Check) -> int:
    if binding.code in _BINDING_ORDER:
        return _BINDING_ORDER.index(binding.code)
    return len(_BINDING_ORDER) + (binding.result is Result.FAIL)


def _seal_level(ladder: Ladder) -> Check:
    """Codes: `baseline_b`, `baseline_t`, `baseline_lt`, `baseline_lta`; fail: that of a broken time stamp;
    unknown: that of an unproven one, or `validation_data_incomplete`.
    """
    name, evidence = CheckName.SEAL_LEVEL, _level_evidence(ladder)
    looks, proven = f"looks like level {ladder.shape}", f"level {ladder.level}"
    broken = ladder.broken_stamp()
    if broken is not None:
        place, stamp = broken
        return failed(name, stamp.code, f"{place}: {stamp.detail}", "time stamps that fit", evidence=evidence)
    if ladder.shape == ladder.level:
        return passed(name, f"baseline_{ladder.level.lower()}", proven, evidence=evidence)
    code = next(
        (rung.code for rung in ladder.rungs() if rung.result == "unknown"), "validation_data_incomplete"
    )
    return unknown(name, code, f"{looks}, {proven} is proven", looks, evidence=evidence)


def _level_evidence(ladder: Ladder) -> Mapping[str, Any]:
    stated = ladder.qualification
    return {
        "level": ladder.level,
        "timestamps": [
            {"place": place, "at": instant_text(stamp.at), "result": stamp.standing.value, "code": stamp.code}
            for place, stamp in ladder.stamps
        ],
        "qualification": None
        if stated is None
        else {
            "stated": stated.seal,
            "qualified_certificate": stated.qualified,
            "qualified_device": stated.device,
            "types": list(stated.types),
            "confirmed_by_trusted_list": None,
        },
    }
