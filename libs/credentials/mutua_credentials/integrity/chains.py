"""Proof sets and chains: what each proof of a document covers.

Proofs of a set stand side by side and cover the document without any proof. A proof of a chain names the
proofs it builds on (`previousProof`), and covers them too (VC Data Integrity, section 4.3).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from mutua_credentials.integrity.proofs import Proof
from mutua_credentials.json_text import Refused


def without_proof(document: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name != "proof"}


def covered_by(
    document: Mapping[str, Any], proof: Proof, proofs: Sequence[Proof]
) -> dict[str, Any] | Refused:
    """The document as this proof signs it. Code: `previous_missing` where a chain is broken."""
    covered = without_proof(document)
    previous: list[Any] = []
    for name in proof.previous:
        named = [dict(other.members) for other in proofs if other.id == name and other is not proof]
        if len(named) != 1:
            return Refused("previous_missing", f"{len(named)} proofs {name!r}"[:200], "one proof of that id")
        previous += named
    return {**covered, "proof": previous} if previous else covered
