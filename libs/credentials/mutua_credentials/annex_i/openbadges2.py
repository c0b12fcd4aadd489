"""Open Badges 2.0, read as Annex I: assertion, badge class and issuer where they stand inside each other.

What a badge class or issuer says elsewhere, behind an address, is absent here. The extensions of edubadges
say what Open Badges 2.0 cannot: ECTS, EQF level, study load in hours, learning outcome, institution.
"""

from collections.abc import Callable, Mapping
from typing import Any

from mutua_credentials.annex_i import openbadges_values as values
from mutua_credentials.annex_i.elements import AnnexI
from mutua_credentials.annex_i.found import Found, gather
from mutua_credentials.annex_i.openbadges_values import member
from mutua_credentials.pointers import pointer

_Assertion = Mapping[str, Any]


def read_assertion(assertion: _Assertion) -> AnnexI:
    """The elements of an assertion. Nothing in it is verified here."""
    return gather(values.read_each(_READERS, assertion))


def _extension(assertion: _Assertion, owner: str, name: str) -> tuple[Any, str]:
    """The one value of an extension of the badge class or the issuer, and where it stands."""
    path = {"badge": ("badge",), "issuer": ("badge", "issuer")}[owner]
    holder: Any = assertion
    for step in path:
        holder = member(holder, step)
    key = f"extensions:{name}Extension"
    return member(member(holder, key), name), pointer(*path, key, name)


def _learner(assertion: _Assertion) -> Found | None:
    recipient = assertion.get("recipient")
    if recipient is None:
        return None
    identity = {"scheme": member(recipient, "type"), "value": member(recipient, "identity")}
    return Found({"identifiers": [identity]}, "/recipient", recipient)


def _title(assertion: _Assertion) -> Found | None:
    name = member(assertion.get("badge"), "name")
    return None if name is None else Found(values.text(name, _language(assertion)), "/badge/name", name)


def _language(assertion: _Assertion) -> Any:
    return member(assertion.get("badge"), "@language") or assertion.get("@language")


def _country(assertion: _Assertion) -> Found | None:
    country, source = _extension(assertion, "issuer", "InstitutionCountry")
    return None if country is None else Found({"country": country}, source, country)


def _awarding_body(assertion: _Assertion) -> Found | None:
    issuer = member(assertion.get("badge"), "issuer")
    name = _extension(assertion, "issuer", "InstitutionName")[0] or member(issuer, "name")
    if issuer is None:
        return None
    return Found({} if name is None else {"name": values.text(name)}, "/badge/issuer", issuer)


def _date(assertion: _Assertion) -> Found | None:
    issued = assertion.get("issuedOn")
    return None if issued is None else Found(values.day(issued), "/issuedOn", issued)


def _alignments(assertion: _Assertion) -> values.Alignments:
    return values.alignments(member(assertion.get("badge"), "alignment"), "badge", "alignment")


def _outcomes(assertion: _Assertion) -> Found | None:
    outcome, source = _extension(assertion, "badge", "LearningOutcome")
    if outcome is not None:
        return Found([{"statement": values.text(outcome, _language(assertion))}], source, outcome)
    aligned = values.outcomes(_alignments(assertion), _language(assertion))
    narrative = member(member(assertion.get("badge"), "criteria"), "narrative")
    if aligned is not None or narrative is None:
        return aligned
    statement = values.text(narrative, _language(assertion))
    return Found([{"statement": statement}], "/badge/criteria/narrative", narrative)


def _workload(assertion: _Assertion) -> Found | None:
    ects, ects_source = _extension(assertion, "badge", "ECTS")
    hours, hours_source = _extension(assertion, "badge", "StudyLoad")
    value = {name: _amount(one) for name, one in (("ects", ects), ("hours", hours)) if one is not None}
    if not value:
        return None
    return Found(
        value, ects_source if ects is not None else hours_source, ects if ects is not None else hours
    )


def _amount(number: Any) -> Any:
    """A JSON number as the decimal text that it was."""
    return format(number, "f").rstrip("0").rstrip(".") if isinstance(number, float) else number


def _level(assertion: _Assertion) -> Found | None:
    level, source = _extension(assertion, "badge", "EQF")
    if level is None:
        return values.level(_alignments(assertion))
    whole = int(level) if isinstance(level, float) and level.is_integer() else level
    return Found({"eqf": whole}, source, level)


def _field(assertion: _Assertion) -> Found | None:
    return values.codes(_alignments(assertion), "isced-f")


_READERS: Mapping[str, Callable[[_Assertion], Found | None]] = {
    "learner": _learner,
    "title": _title,
    "country_of_issuer": _country,
    "awarding_body": _awarding_body,
    "date_of_issuing": _date,
    "learning_outcomes": _outcomes,
    "workload": _workload,
    "level": _level,
    "field_of_study": _field,
}
