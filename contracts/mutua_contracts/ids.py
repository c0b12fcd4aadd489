"""Derived identifiers: the same cause gives the same id, which makes every replay harmless.

Event ids are UUIDv7 and made by whoever states the fact; ids of effects are uuid5 of
their cause.
"""

from uuid import UUID, uuid5

MUTUA = UUID("5b1f7c1e-7f0e-5c0a-9a55-6d7574756121")
"""Namespace of every derived id."""


def _derive(*parts: str) -> UUID:
    # Lengths first, so that no two different lists of parts read alike.
    return uuid5(MUTUA, "".join(f"{len(part)}:{part}" for part in parts))


def request_id(credential_id: str, recogniser: str, purpose: str, target: str | None) -> UUID:
    """Id of a request: one per (credential, recogniser, purpose, target or none)."""
    return _derive("request", credential_id, recogniser, purpose, target or "")


def decision_id(request: UUID, cause: str) -> UUID:
    """Id of a decision: one per (request, cause)."""
    return _derive("decision", str(request), cause)


def effect_id(cause: str, subject: str) -> UUID:
    """Id of any other effect: one per (cause, subject)."""
    return _derive("effect", cause, subject)
