"""Four eyes: what widens trust or automation takes effect only when a second person has signed it.

People appear as pseudonyms of their tenant. A second signature is refused when it is the first person's,
another tenant's, or late.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from mutua_recognition.domain.flaws import Refused, refused

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed, as a pseudonym of a tenant, and when."""

    person: str
    tenant: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Proposal(Generic[T]):
    """Something that one person proposed. `needs_second` is false only for what narrows."""

    subject: T
    owner: str
    """The tenant that it speaks for."""
    first: Signature
    needs_second: bool
    second: Signature | None = None

    @property
    def released(self) -> bool:
        """Whether everybody who has to has signed."""
        return not self.needs_second or self.second is not None


def propose(subject: T, owner: str, first: Signature, *, needs_second: bool) -> Proposal[T] | Refused:
    """A proposal by somebody of the owner."""
    if first.tenant != owner:
        return refused("not_yours", "/owner", owner, f"your own organisation, {first.tenant}")
    return Proposal(subject, owner, first, needs_second)


def sign(proposal: Proposal[T], second: Signature) -> Proposal[T] | Refused:
    """The proposal with its second signature. Signing again with the same hand changes nothing."""
    if second.tenant != proposal.owner:
        return refused("not_yours", "/owner", proposal.owner, f"your own organisation, {second.tenant}")
    if proposal.second is not None and proposal.second.person == second.person:
        return proposal
    if proposal.released:
        return refused("already_released", "/second", "signed", "a proposal that waits for a signature")
    if second.person == proposal.first.person:
        return refused(
            "same_signer",
            "/second",
            "the person who proposed it",
            "another person",
            "ask a colleague with the role of coordinator to sign",
        )
    return Proposal(proposal.subject, proposal.owner, proposal.first, proposal.needs_second, second)
