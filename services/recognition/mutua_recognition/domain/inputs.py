"""The inputs of an evaluation as they are stored, by hash; and its replay from them to the same bytes.

Small things stand in the inputs themselves; the policy and the registry's rows stand beside them as bodies
under their digests, because thousands of decisions share them. The trust log is append-only, so its version
is enough.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import ValidationError

from mutua_recognition.domain.canonical import Json, canonical, digest, read, write
from mutua_recognition.domain.case import Case
from mutua_recognition.domain.content import Content, MachineOutcome
from mutua_recognition.domain.evaluation import evaluate
from mutua_recognition.domain.facts import Facts
from mutua_recognition.domain.flaws import Refused, refused
from mutua_recognition.domain.mandates import Mandate
from mutua_recognition.domain.pins import Pin
from mutua_recognition.domain.policy import PolicyBundle
from mutua_recognition.domain.registry import Change, Registry, read_row, row_json
from mutua_recognition.domain.request import Dates, Request
from mutua_recognition.domain.rule_set import RULES
from mutua_recognition.domain.trust import TrustView

INPUTS: Final = "mutua.inputs/1"

Bodies = Mapping[str, Json]
"""Bodies of evidence by their digest."""


@dataclass(frozen=True, slots=True)
class RegistryInputs:
    """The registry's moment, and the digests of the rows that the answer rests on."""

    pin: Pin
    as_of: datetime | None
    caught_up: bool
    candidates: tuple[str, ...]
    rows: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything that went in, in its stored form."""

    inputs: str
    rules: Pin
    facts: Facts
    request: Request
    policy: str
    """Digest of the bundle."""
    mandate: Mandate | None
    trust: Pin
    registry: RegistryInputs
    dates: Dates


def inputs_to_json(case: Case) -> Json:
    """What to store under the digest of its canonical form; `bodies_of` is stored beside it."""
    registry = case.registry
    rows = tuple(registry.digest(row) for row in _rows_around(case))
    return write(
        Inputs(
            inputs=INPUTS,
            rules=RULES,
            facts=case.facts,
            request=case.request,
            policy=case.policy.pin.digest,
            mandate=case.mandate,
            trust=case.trust.pin,
            registry=RegistryInputs(
                registry.pin, registry.as_of, registry.caught_up, registry.candidates, rows
            ),
            dates=case.dates,
        )
    )


def bodies_of(case: Case) -> dict[str, Json]:
    """The bodies that the inputs name, by digest: the policy and the rows of the registry that were read."""
    bodies = {case.policy.pin.digest: write(case.policy)}
    return bodies | {case.registry.digest(row): row_json(row) for row in _rows_around(case)}


def inputs_from_json(data: bytes | Json, bodies: Bodies, trust: TrustView) -> Case | Refused:
    """The case of stored inputs. `trust` must be a view at the very version of the log that they name.

    Codes: those of reading, `rules_differ`, `trust_differs`, `evidence_missing`, `evidence_changed`.
    """
    inputs = read(Inputs, data)
    if isinstance(inputs, Refused):
        return inputs
    if inputs.rules != RULES:
        return refused("rules_differ", "/rules", _named(inputs.rules), f"what runs here: {_named(RULES)}")
    if inputs.trust != trust.pin:
        return refused("trust_differs", "/trust", trust.pin, f"the log at version {inputs.trust.version}")
    for name in (inputs.policy, *inputs.registry.rows):
        if name not in bodies:
            return refused("evidence_missing", "/evidence", name, "a body under this digest")
        if digest(bodies[name]) != name:
            return refused("evidence_changed", "/evidence", digest(bodies[name]), name)
    return _case(inputs, bodies, trust)


def replay(data: bytes | Json, bodies: Bodies, trust: TrustView) -> Content[MachineOutcome] | Refused:
    """The content again, from stored inputs and evidence: byte for byte what was recorded."""
    case = inputs_from_json(data, bodies, trust)
    return case if isinstance(case, Refused) else evaluate(case)


def inputs_bytes(case: Case) -> bytes:
    """The canonical form of the inputs: what is stored, and what its digest names."""
    return canonical(inputs_to_json(case))


def _named(rules: Pin) -> str:
    """One version of the rules may pin lists of codes that have grown since."""
    return f"{rules.digest} ({rules.version})"


def _rows_around(case: Case) -> tuple[Change, ...]:
    return case.registry.rows_around(case.coverage.dependencies) if case.coverage else ()


def _case(inputs: Inputs, bodies: Bodies, trust: TrustView) -> Case | Refused:
    policy = read(PolicyBundle, bodies[inputs.policy])
    if isinstance(policy, Refused):
        return policy
    try:
        rows = [read_row(bodies[name]) for name in inputs.registry.rows]
    except (KeyError, ValidationError) as error:
        return refused("evidence_unreadable", "/registry/rows", type(error).__name__, "rows of the registry")
    known = inputs.registry
    registry = Registry(known.pin, known.as_of, rows, caught_up=known.caught_up, candidates=known.candidates)
    return Case(inputs.facts, inputs.request, policy, inputs.mandate, trust, registry, inputs.dates)
