"""How much, at which level and towards what, as ELM states it: credits and hours, EQF and national levels,
stackability.
"""

from typing import Any

from mutua_credentials import code_lists
from mutua_credentials.annex_i.elm_nodes import Node, code, hours, identity, one_text, texts
from mutua_credentials.annex_i.found import Found, unreadable


def workload(claim: Node, spec: Node) -> Found | None:
    """M7: credits received, else those of the specification, only where they are ECTS; and hours."""
    received = [*claim.all("creditReceived")]
    place = _received(claim, spec) if received else spec.place_of("creditPoint", "volumeOfLearning")
    if place is None:
        return None
    credits_, volume = received or [*spec.all("creditPoint")], spec.value_of("volumeOfLearning")
    ects = next((node for node in credits_ if _is_ects(node)), None)
    worked = hours(volume)
    value: dict[str, Any] = {}
    if ects is not None:
        value["ects"] = ects.value_of("point")
    if worked is not None:
        value["hours"] = worked
    if value:
        return Found(value, *place)
    if credits_:
        return unreadable("workload", *place, "credit_framework_unknown", "credits of the framework ECTS")
    return unreadable("workload", *place, "duration_odd", "a duration in hours, such as PT60H")


def _received(claim: Node, spec: Node) -> tuple[str, Any]:
    """The place of credits that the claim states, and of hours that its specification does."""
    original = claim.picked("creditReceived")
    volume = spec.picked("volumeOfLearning")
    return claim.source, {**original, "specifiedBy": volume} if volume else original


def _is_ects(credit: Node) -> bool:
    framework = credit.first("framework")
    return framework is not None and code("credit", framework) == "ects"


def level(spec: Node) -> Found | None:
    """M8: an EQF level counts only where the specification is a Qualification, as ELM has it."""
    stated, national, cycle = [*spec.all("eqfLevel")], spec.first("nqfLevel"), _cycle(spec)
    place = spec.place_of("eqfLevel", "nqfLevel", *(("educationLevel",) if cycle else ()))
    if place is None:
        return None
    if stated and not spec.is_a("Qualification"):
        return unreadable("level", *place, "not_a_qualification", "an EQF level of a Qualification only")
    value: dict[str, Any] = {}
    codes = {code("eqf", concept) for concept in stated}
    if len(codes) > 1:
        return unreadable("level", *place, "contradiction", "one EQF level")
    if codes:
        written = codes.pop()
        value["eqf"] = int(written) if written in {str(number) for number in range(1, 9)} else written
    if cycle is not None:
        value["qf_ehea"] = cycle
    if national is not None:
        value["nqf"] = one_text(national.first("prefLabel")) or identity(national)
    return Found(value, *place)


def _cycle(spec: Node) -> str | None:
    """ELM has no list of QF-EHEA cycles; a level of education may be one by its label."""
    cycles = (code("qf-ehea", concept) for concept in spec.all("educationLevel"))
    return next((cycle for cycle in cycles if cycle in code_lists.get("qf-ehea")), None)


def stackability(claim: Node, spec: Node) -> Found | None:
    """O15: part of something, or entitling to it, is stackable; a whole by its own word stands alone."""
    for node, member in (
        (spec, "isPartOf"),
        (spec, "entitlesTo"),
        (claim, "entitlesTo"),
        (claim, "isPartOf"),
    ):
        towards = node.first(member)
        if towards is not None:
            value: dict[str, Any] = {"option": "stackable"}
            title = texts(towards.first("title") or towards.first("specifiedBy", "title"))
            if title is not None:
                value["towards"] = title
            return Found(value, towards.source, towards.value)
    partial = spec.first("isPartialQualification")
    if partial is None:
        return None
    if not isinstance(partial.value, bool):
        return unreadable("stackability", partial.source, partial.value, "not_boolean", "true or false")
    return Found({"option": "stackable" if partial.value else "standalone"}, partial.source, partial.value)
