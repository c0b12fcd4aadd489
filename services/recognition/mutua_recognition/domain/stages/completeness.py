"""S2, completeness: every element of Annex I that the policy requires for this purpose can be read.

What is missing is asked for in one bundle; it is never held against anybody. The learner, withheld on the bus
but sealed by the issuer's signature, is complete.
"""

from collections.abc import Mapping
from typing import Final

from mutua_credentials.annex_i import State
from mutua_recognition.domain.case import Case
from mutua_recognition.domain.codes import Stage
from mutua_recognition.domain.facts import LEARNER
from mutua_recognition.domain.findings import Finding, failed, passed
from mutua_recognition.domain.reasons import Reason, reason

_CODES: Final[Mapping[State, str]] = {
    State.ABSENT: "DOC.MISSING",
    State.WITHHELD: "DOC.WITHHELD",
    State.UNREADABLE: "DOC.UNREADABLE",
}


def completeness(case: Case) -> Finding:
    unclean = [_missing(element, case.content.state(element)) for element in unclean_elements(case)]
    return failed(*unclean) if unclean else passed()


def unclean_elements(case: Case) -> tuple[str, ...]:
    """The required elements that cannot be read, in the order in which the policy names them."""
    return tuple(
        element
        for element in case.policy.required_elements
        if not _clean(element, case.content.state(element))
    )


def _clean(element: str, state: State) -> bool:
    return state is State.PRESENT or (element == LEARNER and state is State.WITHHELD)


def _missing(element: str, state: State) -> Reason:
    return reason(_CODES[state], Stage.S2, "0", subject=f"/{element}", found=state.value, expected="present")
