"""Data Integrity proofs: whether the proofs inside a JSON-LD credential hold, and whose they are.

Every proof of a suite that we verify must hold; proofs of other suites are only reported. Contexts are looked
at where a proof covers RDF: a term that they do not define would not be signed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from mutua_credentials.integrity.chains import covered_by
from mutua_credentials.integrity.jcs import check_jcs
from mutua_credentials.integrity.proofs import ASSERTION, Proof, check_signature, read_proofs
from mutua_credentials.integrity.suites import SUITES, hash_name
from mutua_credentials.json_text import Refused
from mutua_credentials.keys import KeyAnswer, KeyNotListed, KeyRecord, KeyUnknown
from mutua_credentials.linked_data.allow_list import UNKNOWN_CONTEXT, refused_contexts
from mutua_credentials.linked_data.pool import COULD_NOT_TELL, Algorithm
from mutua_credentials.verify.given import Given
from mutua_credentials.verify.issuer_binding import bind
from mutua_credentials.verify.key_finding import find_key
from mutua_credentials.verify.reading import Reading
from mutua_credentials.verify.recognise import Recognised
from mutua_credentials.verify.result import (
    Check,
    CheckName,
    Result,
    failed,
    instant_text,
    passed,
    skipped,
    unknown,
)
from mutua_credentials.verify.securing import COVERED, Secured
from mutua_credentials.verify.signature import key_not_listed, key_unknown, not_in_force

NAME = CheckName.SIGNATURE
_SUPPORTED = " or ".join(SUITES)
_NOTHING_COVERED = skipped(CheckName.CONTEXTS, "no_proof_over_rdf")


@dataclass(frozen=True, slots=True)
class _Made:
    """A proof of a suite that we verify, with what is needed to check it."""

    proof: Proof
    signed_at: datetime | None
    key: KeyAnswer
    covered: dict[str, Any] | Refused

    @property
    def covered_document(self) -> dict[str, Any]:
        return {} if isinstance(self.covered, Refused) else self.covered

    @property
    def configured_options(self) -> dict[str, Any]:
        """The proof's options under the contexts of the document."""
        return {**self.proof.options, "@context": self.covered_document.get("@context")}

    @property
    def over_rdf(self) -> bool:
        return self.proof.suite is not None and self.proof.suite.canonical == "rdfc"

    @property
    def algorithm(self) -> Algorithm:
        return hash_name(self.key.jwk) if isinstance(self.key, KeyRecord) else "sha256"


def secure_integrity(found: Recognised, reading: Reading, given: Given) -> Secured:
    """Contexts, signature and issuer binding of a credential with proofs, or without any (`unsecured`)."""
    proofs = read_proofs(found.body)
    if isinstance(proofs, Refused):
        answer = unknown if proofs.code == "proofs_too_many" else failed
        return Secured(_NOTHING_COVERED, answer(NAME, proofs.code, proofs.found, proofs.expected))
    made = [_make(proof, proofs, found.body, reading, given) for proof in proofs if proof.suite]
    others = [proof.name for proof in proofs if proof.suite is None]
    if not made:
        found_suites = "+".join(others)[:200]
        return Secured(_NOTHING_COVERED, unknown(NAME, "suite_unsupported", found_suites, _SUPPORTED))
    hashes = _hashes(made, given)
    contexts = _contexts(hashes, made)
    if contexts.ends:
        return Secured(contexts, skipped(NAME, "not_reached"))
    checks = [_check(one, _hash_of(hashes, place), given) for place, one in enumerate(made)]
    signature = _worst(checks, made, others)
    if signature.result is not Result.PASS:
        return Secured(contexts, signature)
    return _bound(contexts, signature, made, reading, given)


def _make(
    proof: Proof, proofs: Sequence[Proof], body: Mapping[str, Any], reading: Reading, given: Given
) -> _Made:
    signed_at = proof.created or reading.signed_at
    key = find_key(reading.issuer, proof.verification_method, signed_at, given)
    return _Made(proof, signed_at, key, covered_by(body, proof, proofs))


def _hashes(made: Sequence[_Made], given: Given) -> list[bytes | None] | Refused:
    """What each proof over RDF signs; None for the others. One question for each hash algorithm."""
    over_rdf = [place for place, one in enumerate(made) if one.over_rdf and isinstance(one.covered, dict)]
    for place in over_rdf:
        # A proof is read under the document's contexts: one of its own would go unsigned.
        if refused := refused_contexts(made[place].proof.members, given.contexts):
            return refused
    found: list[bytes | None] = [None] * len(made)
    algorithms: set[Algorithm] = {made[place].algorithm for place in over_rdf}
    for algorithm in algorithms:
        places = [place for place in over_rdf if made[place].algorithm == algorithm]
        # Proofs that build on the same ones cover the same document: it is canonicalised once.
        documents = {made[place].proof.previous: made[place].covered_document for place in places}
        options = [made[place].configured_options for place in places]
        hashes = given.hashes([*documents.values(), *options], given.contexts, algorithm)
        if isinstance(hashes, Refused):
            return hashes
        covered = dict(zip(documents, hashes, strict=False))
        for place, configured in zip(places, hashes[len(documents) :], strict=True):
            found[place] = configured + covered[made[place].proof.previous]
    return found


def _hash_of(hashes: list[bytes | None] | Refused, place: int) -> bytes | Refused | None:
    return hashes if isinstance(hashes, Refused) else hashes[place]


def _contexts(hashes: list[bytes | None] | Refused, made: Sequence[_Made]) -> Check:
    """Whether every term is defined by a context that is known."""
    name = CheckName.CONTEXTS
    if not any(one.over_rdf for one in made):
        return COVERED
    if not isinstance(hashes, Refused):
        return passed(name, "every_term_defined")
    if hashes.code in COULD_NOT_TELL:
        return skipped(name, "not_examined")  # the signature check says why
    if hashes.code == UNKNOWN_CONTEXT:
        return unknown(name, hashes.code, hashes.found, hashes.expected)
    return failed(name, hashes.code, hashes.found, hashes.expected)


def _check(one: _Made, hashes: bytes | Refused | None, given: Given) -> Check:
    """One proof. Its purpose disqualifies it whoever made it; that it has ended counts only once it is known
    to say so.
    """
    proof, key = one.proof, one.key
    if proof.purpose != ASSERTION:
        return failed(NAME, "purpose_wrong", proof.purpose[:80], ASSERTION)
    if isinstance(one.covered, Refused):
        return failed(NAME, one.covered.code, one.covered.found, one.covered.expected)
    match key:
        case KeyUnknown():
            return key_unknown(key, proof.controller)
        case KeyNotListed():
            return key_not_listed(key, proof.verification_method, proof.controller)
        case KeyRecord():
            if one.over_rdf and isinstance(hashes, Refused):
                return unknown(NAME, hashes.code, hashes.found, hashes.expected)
            wrong = (
                check_signature(proof, hashes, key.jwk)
                if isinstance(hashes, bytes)
                else check_jcs(one.covered, proof, key.jwk)
            )
            if wrong:
                return failed(NAME, wrong.code, wrong.found, wrong.expected)
            if proof.expires is not None and proof.expires <= given.as_of:
                expected = f"after {instant_text(given.as_of)}"
                return failed(NAME, "proof_expired", instant_text(proof.expires), expected)
            return not_in_force(key, one.signed_at, given) or passed(NAME, "verified")


def _worst(checks: Sequence[Check], made: Sequence[_Made], others: Sequence[str]) -> Check:
    """The worst of the proofs, with what became of each."""
    worst = min(checks, key=lambda check: (Result.FAIL, Result.UNKNOWN, Result.PASS).index(check.result))
    proofs = [
        {
            "suite": one.proof.name,
            "method": one.proof.verification_method,
            "created": instant_text(one.proof.created),
            "result": check.result.value,
            "code": check.code,
        }
        for one, check in zip(made, checks, strict=True)
    ]
    return replace(worst, evidence={**worst.evidence, "proofs": proofs, "suites_not_verified": list(others)})


def _bound(
    contexts: Check, signature: Check, made: Sequence[_Made], reading: Reading, given: Given
) -> Secured:
    """Whose the proofs are: one by the issuer suffices, since all of them hold."""
    bindings = [
        (bind(reading.issuer, one.key, one.signed_at, given), one)
        for one in made
        if isinstance(one.key, KeyRecord)
    ]
    order = (Result.PASS, Result.FAIL, Result.UNKNOWN)
    binding, one = min(bindings, key=lambda pair: order.index(pair[0].result))
    key = one.key if isinstance(one.key, KeyRecord) else None
    return Secured(contexts, signature, issuer_binding=binding, key=key, signed_at=one.proof.created)
