"""The evidence of a case: everything that it rests on, each found again by its digest.

The ids feed the reverse index from evidence to decisions: `credential:`, `key:`, `status:`, `policy:`,
`provider:`, `report:`, `agency:`, `country:` and `statement:`, each with the id of its own kind behind it.
"""

from collections.abc import Iterator

from mutua_recognition.domain.case import Case
from mutua_recognition.domain.codes import Basis
from mutua_recognition.domain.pins import Evidence


def evidence_of(case: Case, *, hidden: bool) -> tuple[Evidence, ...]:
    """In a fixed order, each once. `hidden`: nothing of the credential's content was looked at."""
    credential = case.request.credential
    found = [Evidence(f"credential:{credential.id}", "credential", credential.digest)]
    found += [Evidence(f"policy:{case.policy.id}", "policy", case.policy.pin.digest)]
    if not hidden:
        found += _of_proof(case)
        found += _of_registry(case)
        found += _of_trust(case)
    return tuple(dict.fromkeys(found))


def _of_proof(case: Case) -> Iterator[Evidence]:
    key, status = case.facts.key, case.facts.status
    if key is not None and key.hash is not None:
        yield Evidence(f"key:{key.id}", "key", key.hash)
    if status is not None:
        yield Evidence(f"status:{status.id}", "status", status.digest)


def _of_registry(case: Case) -> Iterator[Evidence]:
    """Every row that the coverage rule read: any of them, changed, may change the answer."""
    coverage = case.coverage
    for kind, id in coverage.dependencies.ids() if coverage else ():
        row = case.registry.evidence(kind, id)
        if row is not None:
            yield row


def _of_trust(case: Case) -> Iterator[Evidence]:
    verdict = case.trust_verdict if case.policy.basis is Basis.TRUST_CHAIN else None
    if verdict is None:
        return
    chains = [verdict.chain or (), *(verdict.chains or {}).values()]
    if verdict.nearest_miss is not None:
        chains += [verdict.nearest_miss.chain, verdict.vetoed_by or ()]
    for id in (id for chain in chains for id in chain):
        digest = case.trust.digest(id)
        if digest is not None:
            yield Evidence(f"statement:{id}", "statement", digest)
