"""A row of the mirror as one JSON object with stable members, the same in the dump, the feed and the API.

Days are as the registry states them: last days are inclusive. Agencies are called as they are called at the
moment that is asked for, whatever a report's own mention of them says.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

from mutua_contracts.registry import (
    AgencyFacts,
    AgencyRef,
    CountryFacts,
    Programme,
    ProviderFacts,
    RegistryIdentifier,
    ReportFacts,
)
from mutua_deqar_sync.domain import Facts, Kind

Json = dict[str, Any]
Acronyms = Mapping[str, str]

MEMBERS: Final[Mapping[Kind, tuple[str, ...]]] = {
    "agency": ("acronym", "name", "registered_from", "registered_to", "activities", "decisions"),
    "country": ("code", "ehea_member", "qa_requirements", "has_full_institution_list"),
    "provider": (
        "names",
        "identifiers",
        "countries",
        "founded",
        "closed",
        "levels",
        "other_provider",
        "relations",
    ),
    "report": (
        "agency",
        "contributing_agencies",
        "providers",
        "platforms",
        "type",
        "status",
        "decision",
        "flag",
        "valid_from",
        "valid_to",
        "programmes",
        "files",
    ),
}


def facts_of(facts: Facts, acronyms: Acronyms) -> Json:
    """The facts of a row, in the order of `MEMBERS`."""
    match facts:
        case AgencyFacts():
            return _agency(facts)
        case CountryFacts():
            return _country(facts)
        case ProviderFacts():
            return _provider(facts)
        case ReportFacts():
            return _report(facts, acronyms)


def instant(moment: datetime | None) -> str | None:
    """In UTC with `Z`."""
    return moment.isoformat().replace("+00:00", "Z") if moment else None


def _agency(facts: AgencyFacts) -> Json:
    return {
        "acronym": facts.acronym,
        "name": facts.name,
        "registered_from": _day(facts.registered_from),
        "registered_to": _day(facts.registered_to),
        "activities": [each.model_dump(mode="json") for each in facts.activities],
        "decisions": [each.model_dump(mode="json") for each in facts.decisions],
    }


def _country(facts: CountryFacts) -> Json:
    return {
        "code": facts.code,
        "ehea_member": facts.ehea_member,
        "qa_requirements": [each.model_dump(mode="json") for each in facts.qa_requirements],
        "has_full_institution_list": facts.has_full_institution_list,
    }


def _provider(facts: ProviderFacts) -> Json:
    return {
        "names": [{**each.model_dump(mode="json"), "valid_to": _last(each.valid_to)} for each in facts.names],
        "identifiers": [_identifier(each) for each in facts.identifiers],
        "countries": [
            {**each.model_dump(mode="json"), "valid_to": _last(each.valid_to)} for each in facts.countries
        ],
        "founded": _day(facts.founded),
        "closed": _day(facts.closed),
        "levels": [
            {**each.model_dump(mode="json"), "valid_to": _last(each.valid_to)} for each in facts.levels
        ],
        "other_provider": facts.other_provider,
        "relations": [
            {**each.model_dump(mode="json"), "valid_to": _last(each.valid_to)} for each in facts.relations
        ],
    }


def _report(facts: ReportFacts, acronyms: Acronyms) -> Json:
    def called(agency: AgencyRef) -> Json:
        return {"acronym": acronyms.get(agency.id) or agency.acronym, "id": agency.id}

    return {
        "agency": called(facts.agency),
        "contributing_agencies": [called(each) for each in facts.contributing_agencies],
        "providers": list(facts.providers),
        "platforms": list(facts.platforms),
        "type": facts.type,
        "status": facts.status,
        "decision": facts.decision,
        "flag": facts.flag,
        "valid_from": _day(facts.valid_from),
        "valid_to": _day(facts.valid_to),
        "programmes": [_programme(each) for each in facts.programmes],
        "files": [each.model_dump(mode="json") for each in facts.files],
    }


def _programme(programme: Programme) -> Json:
    return {
        "name": programme.names[0] if programme.names else None,
        "identifiers": [
            each.model_dump(mode="json", include={"resource", "value", "agency"})
            for each in programme.identifiers
        ],
        "type": programme.type,
        "level": programme.level,
        "ects": programme.ects,
        "degree": programme.degree,
        "assessment": programme.assessment,
    }


def _identifier(identifier: RegistryIdentifier) -> Json:
    return {**identifier.model_dump(mode="json"), "valid_to": _last(identifier.valid_to)}


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _last(after: date | None) -> str | None:
    """The inclusive last day before the first one that no longer counts."""
    return _day(after - timedelta(days=1)) if after else None
