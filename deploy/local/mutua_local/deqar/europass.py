"""Connect's export for Europass: every obligatory, not negative, not withheld report of a whole country.

A place that has ended still counts, if it was verified. The review date of a report without a last day is
six calendar years on, with 29 February going to 28 February: another library than that of the Web API. The
`modified` of a report is the oldest entry of its log, which is no signal of change.
"""

from datetime import date
from typing import Final
from xml.etree import ElementTree as ET

from starlette.responses import Response

from .calls import Call
from .codes import DECISION
from .credentials import ACCREDITATION_TYPES, COUNTRY, EQF_LEVELS, kind_of
from .dates import VALIDITY_YEARS
from .languages import LANGUAGES
from .model import Agency, Country, Provider, Report, ReportFile
from .truth import Truth

_AMS: Final = "http://data.europa.eu/snb/model/ap/ams-constraints/"
_SKOS: Final = "http://www.w3.org/2004/02/skos/core#"
_TERMS: Final = "http://purl.org/dc/terms/"
_DATA: Final = "https://data.deqar.eu"
_LANGUAGE: Final = "http://publications.europa.eu/resource/authority/language"
_HEAD: Final = b'<?xml version="1.0" encoding="utf-8"?>\n'
_OBLIGATORY, _NEGATIVE, _NO_DECISION, _HIGH = 1, 3, 4, 3


def accreditations(call: Call) -> Response:
    """Alpha-2 codes are asked for in capitals, alpha-3 codes in any case; sub-systems have none."""
    code = call.path["code"]
    for country in call.truth.every(Country):
        if country.alpha2 == code or country.alpha3 == code.upper():
            return _xml(ET.tostring(_Export(call, country).document()))
    return _xml(b"<detail>No Country matches the given query.</detail>", 404)


def _xml(body: bytes, status: int = 200) -> Response:
    return Response(_HEAD + body, status, media_type="application/xml")


for _prefix, _space in (("", _AMS), ("skos", _SKOS), ("dc", _TERMS)):
    ET.register_namespace(_prefix, _space)


class _Export:
    """One document: accreditations, then the agencies and providers that they name, then places."""

    def __init__(self, call: Call, country: Country) -> None:
        self._base = call.base
        self._truth: Truth = call.truth
        self._country = country
        self._agencies: dict[int, None] = {}
        self._providers: dict[int, None] = {}
        self._places: dict[str, str] = {}

    def document(self) -> ET.Element:
        root = ET.Element(f"{{{_AMS}}}Accreditations", {"xsdVersion": "3.0.0"})
        listed = _add(root, "accreditationReferences")
        agents = _add(root, "agentReferences")
        places = _add(root, "locationReferences")
        for report in self._reports():
            self._accreditation(listed, report)
        for key in self._agencies:
            self._agency(agents, self._truth.get(Agency, key))
        for key in self._providers:
            self._provider(agents, self._truth.get(Provider, key))
        for place, uri in self._places.items():
            address = _add(_add(places, "location", id=place), "address")
            _add(address, "countryCode", uri=uri)
        return root

    def _reports(self) -> list[Report]:
        keys = {
            report
            for provider in self._truth.every(Provider)
            if any(p.verified and p.country == self._country.id for p in provider.locations)
            for report in self._truth.reports_of(provider.id, "institution")
        }
        reports = [self._truth.get(Report, key) for key in sorted(keys)]
        return [r for r in reports if r.status == _OBLIGATORY and r.decision != _NEGATIVE and r.flag != _HIGH]

    def _accreditation(self, listed: ET.Element, report: Report) -> None:
        address = f"{_DATA}/report/{report.id}"
        one = _add(listed, "accreditation", id=address)
        _identifier(one, address, "https://deqar.eu/", issued=report.created_at.isoformat(timespec="seconds"))
        kind = kind_of(self._truth, report)
        _add(one, "type", uri=ACCREDITATION_TYPES[kind])
        _add(one, "title", kind, language="en")
        if report.decision != _NO_DECISION:
            label = DECISION[report.decision]
            decision = _add(one, "decision", uri=f"{_DATA}/decision/{label.replace(' ', '_')}")
            _add(decision, "prefLabel", label, space=_SKOS, language="en")
        for number, file in enumerate(report.files):
            if file.file or file.original_location:
                self._file(one, "supplementaryDocument" if number else "report", file)
        for key in report.institutions:
            self._providers[key] = None
            _add(one, "organisation", idref=f"{_DATA}/institution/{key}")
        for level in self._levels(report):
            _add(one, "limitEQFLevel", uri=EQF_LEVELS[level])
        self._agencies[report.agency] = None
        _add(one, "accreditingAgent", idref=f"{_DATA}/agency/{report.agency}")
        _add(one, "issued", _midnight(report.valid_from))
        _add(one, "reviewDate", _midnight(report.valid_to or _six_years(report.valid_from)))
        if report.valid_to is not None:
            _add(one, "expiryDate", _midnight(report.valid_to))
        if report.other_comment:
            _add(_add(one, "additionalNote"), "noteLiteral", report.other_comment, language="en")
        page = _add(one, "landingPage")
        _add(page, "title", "Report on DEQAR website", language="en")
        _add(page, "contentUrl", address)
        _add(one, "status", "released")
        _add(one, "modified", (report.first_log or report.updated_at).isoformat(timespec="seconds"))

    def _file(self, one: ET.Element, name: str, file: ReportFile) -> None:
        codes = [found for found in LANGUAGES.values() if found.name in file.languages]
        document = _add(one, name)
        language = codes[0].two if codes else "en"
        _add(document, "title", file.display_name or "quality assurance report", language=language)
        for code in codes:
            _add(document, "language", uri=f"{_LANGUAGE}/{code.three.upper()}")
        _add(document, "contentUrl", f"{self._base}{file.file}" if file.file else file.original_location)

    def _levels(self, report: Report) -> list[int]:
        if report.programmes:
            return sorted({p.qf_ehea_level for p in report.programmes if p.qf_ehea_level})
        providers = [self._truth.get(Provider, key) for key in report.institutions]
        return sorted({level.level for provider in providers for level in provider.levels})

    def _agency(self, agents: ET.Element, agency: Agency) -> None:
        address = f"{_DATA}/agency/{agency.id}"
        one = _add(agents, "organisation", id=address)
        _add(one, "legalName", f"{agency.acronym_primary} - {agency.name_primary}", language="en")
        _identifier(one, address, "DEQAR")
        if agency.website_link:
            _add(_add(one, "homepage"), "contentUrl", agency.website_link)
        self._location(one, f"{_DATA}/agency-location", agency.country)

    def _provider(self, agents: ET.Element, provider: Provider) -> None:
        address = f"{_DATA}/institution/{provider.id}"
        one = _add(agents, "organisation", id=address)
        _add(one, "legalName", provider.name_primary, language="en")
        _identifier(one, address, "DEQAR")
        for identifier in provider.identifiers:
            if identifier.agency is None:
                _identifier(one, identifier.identifier, identifier.resource or "")
        if provider.website_link:
            _add(_add(one, "homepage"), "contentUrl", provider.website_link)
        for place in provider.locations:
            self._location(one, f"{address}/location", place.country)

    def _location(self, one: ET.Element, prefix: str, key: int) -> None:
        country = self._truth.get(Country, key)
        place = f"{prefix}/{country.alpha3 or country.alpha2}"
        self._places[place] = f"{COUNTRY}/{country.alpha3 or country.alpha2}"
        _add(one, "location", idref=place)


def _add(
    parent: ET.Element, name: str, text: str | None = None, space: str = _AMS, **facts: str
) -> ET.Element:
    element = ET.SubElement(parent, f"{{{space}}}{name}", facts)
    element.text = text
    return element


def _identifier(parent: ET.Element, notation: str, agency: str, issued: str | None = None) -> None:
    identifier = _add(parent, "identifier")
    _add(identifier, "notation", notation, space=_SKOS)
    _add(identifier, "schemeAgency", agency, language="en")
    if issued is not None:
        _add(identifier, "issued", issued)


def _midnight(day: date) -> str:
    return f"{day.isoformat()}T00:00:00"


def _six_years(day: date) -> date:
    try:
        return day.replace(year=day.year + VALIDITY_YEARS)
    except ValueError:
        return day.replace(year=day.year + VALIDITY_YEARS, day=28)
