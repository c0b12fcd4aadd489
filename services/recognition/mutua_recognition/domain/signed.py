"""A statement that its truster has signed: a JSON document with one Data Integrity proof, `eddsa-jcs-2022`.

The proof is checked once, on entry to the log, against the truster's own keys as they were known then; a
statement in the log is never checked again. A key that the document itself brings is evidence of nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from mutua_credentials.identities import same_identity
from mutua_credentials.integrity import Proof, read_proofs, verify_jcs
from mutua_credentials.json_text import Refused as Unreadable
from mutua_credentials.keys import KeyRecord
from mutua_recognition.domain.canonical import Json, digest
from mutua_recognition.domain.flaws import Refused, refused
from mutua_recognition.domain.pins import instant_text

SUITE: Final = "eddsa-jcs-2022"
LEEWAY: Final = timedelta(seconds=60)
"""How far the clock of whoever signs may be ahead."""


@dataclass(frozen=True, slots=True)
class SignedForm:
    """What entered the log. `by` is `truster` or `service`: who holds the key."""

    by: str
    digest: str
    document: Json


def unsecured(document: Json) -> Json:
    """What was stated, without the proof."""
    return {name: value for name, value in document.items() if name != "proof"}


def check_signature(document: Json, keys: Sequence[KeyRecord], now: datetime) -> KeyRecord | Refused:
    """The truster's key that made the proof, or why it proves nothing.

    `keys` are all keys of the truster that are known. Codes beside those of reading proofs (`unsecured`,
    `proof_malformed`, `proof_not_single`, `purpose_wrong`, `proof_expired`, `signature_wrong`, ...):
    `suite_unsupported`, `proof_undated`, `proof_from_the_future`, `key_unknown`, `key_not_in_force`,
    `key_compromised`.
    """
    proofs = read_proofs(document)
    if isinstance(proofs, Unreadable):
        return _not(proofs.code, proofs.found, proofs.expected)
    proof = proofs[0]
    if proof.name != SUITE:
        return _not("suite_unsupported", proof.name[:80], SUITE)
    key = _key_of(proof, keys, now)
    if isinstance(key, Refused):
        return key
    checked = verify_jcs(document, key.jwk, as_of=now)
    return key if isinstance(checked, Proof) else _not(checked.code, checked.found, checked.expected)


def signed_form(document: Json, key: KeyRecord) -> SignedForm:
    """The form under its digest."""
    return SignedForm(key.source, digest(document), document)


def _key_of(proof: Proof, keys: Sequence[KeyRecord], now: datetime) -> KeyRecord | Refused:
    method, created = proof.verification_method, proof.created
    if created is None:
        return _not("proof_undated", "no `created`", "when it was signed")
    if created > now + LEEWAY:
        return _not("proof_from_the_future", instant_text(created), f"not after {instant_text(now)}")
    named = [key for key in keys if same_identity(proof.controller, key.issuer) and key.answers_to(method)]
    if not named:
        fix = "sign with a key that your organisation publishes, or register the key first"
        return _not("key_unknown", method[:200], "a known key of the truster", fix)
    key = next((key for key in named if _in_force(key, created)), None)
    if key is None:
        found = f"{method[:200]} at {instant_text(created)}"
        return _not("key_not_in_force", found, "a key that was in force when it was signed")
    if key.compromised_at is not None:
        # When a proof was made is the signer's own word: after a compromise it cannot be told any more.
        return _not(
            "key_compromised", f"{method[:200]} since {instant_text(key.compromised_at)}", "a sound key"
        )
    return key


def _in_force(key: KeyRecord, created: datetime) -> bool:
    """Proofs are dated in whole seconds: a key counts from the beginning of the second in which it began."""
    start = None if key.valid_from is None else key.valid_from.replace(microsecond=0)
    return replace(key, valid_from=start).in_force_at(created)


def _not(code: str, found: str, expected: str, fix: str | None = None) -> Refused:
    return refused(code, "/proof", found, expected, fix)
