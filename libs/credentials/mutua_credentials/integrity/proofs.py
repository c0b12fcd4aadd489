"""Reading the proofs of a document: what each says of itself, before anything in it is believed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from mutua_credentials.instants import read_instant, write_instant
from mutua_credentials.integrity.multikey import decode_base58
from mutua_credentials.integrity.suites import DATA_INTEGRITY_PROOF, Suite, suite_name, suite_of, verifies
from mutua_credentials.json_text import Refused, type_name

ASSERTION = "assertionMethod"
MAX_PROOFS = 16
"""More is no credential: each proof costs a canonicalisation."""


@dataclass(frozen=True, slots=True)
class Proof:
    """One proof. `members` are what stands in the document."""

    name: str
    """What it calls its suite."""
    suite: Suite | None
    """None where we do not verify that suite; then nothing but `name` and `members` is read."""
    members: Mapping[str, Any]
    verification_method: str = ""
    purpose: str = ""
    signature: bytes = b""
    created: datetime | None = None
    expires: datetime | None = None
    id: str | None = None
    previous: tuple[str, ...] = ()

    @property
    def options(self) -> dict[str, Any]:
        """All that it signs of itself: its members without `proofValue`."""
        return {name: value for name, value in self.members.items() if name != "proofValue"}

    @property
    def controller(self) -> str:
        """Who holds the method, as far as its URL tells: the part before the fragment."""
        return self.verification_method.partition("#")[0]


def new_options(
    document: Mapping[str, Any],
    suite: str,
    *,
    verification_method: str,
    created: datetime,
    expires: datetime | None,
    purpose: str,
) -> dict[str, Any]:
    """A proof for this document, but for its `proofValue`. Raises ValueError where it has one already."""
    if "proof" in document:
        raise ValueError("found a document with a proof, expected one without")
    options = {
        "type": DATA_INTEGRITY_PROOF,
        "cryptosuite": suite,
        "created": write_instant(created),
        "verificationMethod": verification_method,
        "proofPurpose": purpose,
    }
    return options if expires is None else {**options, "expires": write_instant(expires)}


def check_signature(proof: Proof, hashes: bytes, jwk: Mapping[str, str]) -> Refused | None:
    """What is wrong with a proof over these hashes. Codes: `key_unusable`, `signature_wrong`.

    Raises ValueError for a suite that we do not verify.
    """
    if proof.suite is None:
        raise ValueError(f"found a proof of {proof.name}, expected a suite that we verify")
    verified = verifies(proof.suite, jwk, hashes, proof.signature)
    if isinstance(verified, Refused):
        return verified
    return None if verified else Refused("signature_wrong", "another signature", "one by this key")


def read_proofs(document: Mapping[str, Any]) -> tuple[Proof, ...] | Refused:
    """All proofs of a document.

    Codes: `unsecured` where there is none, `proof_malformed`, `date_malformed`, `proofs_too_many`.
    """
    found = document.get("proof")
    members = cast("list[Any]", found) if isinstance(found, list) else [] if found is None else [found]
    if not members:
        return Refused("unsecured", "no proof", "a proof")
    if len(members) > MAX_PROOFS:
        return Refused("proofs_too_many", f"{len(members)} proofs", f"at most {MAX_PROOFS}")
    proofs: list[Proof] = []
    for member in members:
        if not isinstance(member, dict):
            return Refused("proof_malformed", type_name(member), "an object")
        proof = _read(cast("dict[str, Any]", member))
        if isinstance(proof, Refused):
            return proof
        proofs.append(proof)
    return tuple(proofs)


def _read(members: Mapping[str, Any]) -> Proof | Refused:
    name, suite = suite_name(members), suite_of(members)
    if name is None:
        return Refused("proof_malformed", repr(members.get("type"))[:80], "a type, and a cryptosuite")
    if suite is None:
        return Proof(name, None, members)
    for member in ("verificationMethod", "proofPurpose"):
        if not isinstance(members.get(member), str) or not members[member]:
            return Refused("proof_malformed", f"{member}: {type_name(members.get(member))}", "a text")
    instants = {key: read_instant(members[key]) for key in ("created", "expires") if key in members}
    for member, instant in instants.items():
        if instant is None:
            return Refused("date_malformed", repr(members[member])[:80], f"{member}, with a time zone")
    signature = decode_base58(members.get("proofValue"))
    if signature is None:
        return Refused("proof_malformed", "another proofValue", "proofValue in base58btc, z...")
    previous = _previous(members.get("previousProof"))
    identifier = members.get("id")
    if previous is None or not (identifier is None or isinstance(identifier, str)):
        return Refused("proof_malformed", "id or previousProof", "texts that name proofs")
    return Proof(
        name,
        suite,
        members,
        members["verificationMethod"],
        members["proofPurpose"],
        signature,
        instants.get("created"),
        instants.get("expires"),
        identifier,
        previous,
    )


def _previous(value: Any) -> tuple[str, ...] | None:
    """The proofs that this one builds on, by their ids; None where that is not told in texts."""
    names = cast("list[Any]", value) if isinstance(value, list) else [] if value is None else [value]
    return tuple(names) if all(isinstance(name, str) for name in names) else None
