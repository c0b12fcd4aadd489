"""How much, at which level and towards what, as ELM states it: credits and hours, EQF and national levels,
stackability.
"""

from typing import Any

from mutua_credentials import code_lists
from mutua_credentials.annex_i.elm_nodes import Node, code, hours, identity, one_text, texts
from mutua_credentials.annex_i.found import Found, unreadable


def workload(claim: Node, spec: Node) -> Found | None:
    """M7: credits received, else those of the specification, only where they are ECTS; and hours."""
    credits_ = [*claim.all("creditReceived")] or [*spec.all("creditPoint")]
    volume = spec.first("volumeOfLearning")
    original = {**claim.picked("creditReceived"), **spec.picked("creditPoint", "volumeOfLearning")}
    if not original:
        return None
    source = (credits_[0] if credits_ else volume or spec).source
    value: dict[str, Any] = {}
    ects = next((node for node in credits_ if _is_ects(node)), None)
    if ects is not None:
        value["ects"] = ects.value_of("point")
    worked = hours(volume.value) if volume is not None else None
    if worked is not None:
        value["hours"] = worked
    if value:
        return Found(value, source, original)
    if credits_:
        return unreadable(
            "workload", source, original, "credit_framework_unknown", "credits of the framework ECTS"
        )
    return unreadable("workload", source, original, "duration_odd", "a duration in hours, such as PT60H")


def _is_ects(credit: Node) -> bool:
    framework = credit.first("framework")
    return framework is not None and code("credit", framework) == "ects"


def level(spec: Node) -> Found | None:
    """M8: an EQF level counts only where the specification is a Qualification, as ELM has it."""
    stated, national, cycle = [*spec.all("eqfLevel")], spec.first("nqfLevel"), _cycle(spec)
    original = spec.picked("eqfLevel", "nqfLevel", *(("educationLevel",) if cycle else ()))
    if not original:
        return None
    source = (stated[0] if stated else national or spec).source
    if stated and not spec.is_a("Qualification"):
        return unreadable(
            "level", source, original, "not_a_qualification", "an EQF level of a Qualification only"
        )
    value: dict[str, Any] = {}
    codes = {code("eqf", concept) for concept in stated}
    if len(codes) > 1:
        return unreadable("level", source, original, "contradiction", "one EQF level")
    if codes:
        written = codes.pop()
        value["eqf"] = int(written) if written in {str(number) for number in range(1, 9)} else written
    if cycle is not None:
        value["qf_ehea"] = cycle
    if national is not None:
        value["nqf"] = one_text(national.first("prefLabel")) or identity(national)
    return Found(value, source, original)


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
    if partial is None or not isinstance(partial.value, bool):
        return None
    return Found({"option": "stackable" if partial.value else "standalone"}, partial.source, partial.value)
