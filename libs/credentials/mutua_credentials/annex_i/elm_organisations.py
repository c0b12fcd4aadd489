"""Organisations in ELM: who awards, where the issuer is, and what quality assurance stands behind it.

The legal identifiers of an awarding body are taken over with their country, since a number alone names
nobody.
"""

from collections.abc import Iterator
from typing import Any

from mutua_credentials import code_lists
from mutua_credentials.annex_i.elm_nodes import Node, code, identity, one_text, shared_source, texts
from mutua_credentials.annex_i.found import Found, unreadable

_ACCREDITATION = "http://data.europa.eu/snb/evidence-type/c_991b06c6"
_SCHEMES = {
    "deqar": "DEQARINST",
    "deqarinst": "DEQARINST",
    "deqar institution id": "DEQARINST",
    "eter": "ETER",
    "eter id": "ETER",
    "orgreg": "ETER",
    "erasmus": "ERASMUS",
    "erasmus code": "ERASMUS",
    "schac": "SCHAC",
    "schac home organisation": "SCHAC",
    "pic": "EU-PIC",
    "eu-pic": "EU-PIC",
    "vat": "EU-VAT",
    "eu-vat": "EU-VAT",
    "eidas": "EIDAS",
    "ror": "ROR",
}
"""What identifiers' schemes are called in documents, in small letters."""


def country(concept: Node | None) -> str | None:
    """The alpha-2 code of a country concept."""
    named = identity(concept)
    entry = code_lists.get("country").find(named) if named is not None else None
    return entry.code if entry else None


def place_of(agent: Node | None) -> Found | None:
    """M3: the first location with a country, and its region by the last part of its code's address."""
    for location in agent.all("location") if agent is not None else ():
        concept = location.first("address", "countryCode")
        if concept is None:
            continue
        value: dict[str, Any] = {"country": country(concept) or identity(concept) or concept.value}
        region = identity(location.first("spatialCode"))
        if region is not None:
            value["region"] = region.rstrip("/").rpartition("/")[2]
        return Found(value, location.source, location.picked("address", "spatialCode"))
    return None


def awarding_body(claim: Node) -> Found | None:
    """M4: the first body that awards. The sealing issuer is never taken in its stead."""
    body = claim.first("awardedBy", "awardingBody")
    if body is None:
        return None
    value: dict[str, Any] = {"name": name_of(body), "identifiers": [*_identifiers(body)]}
    where = country(body.first("location", "address", "countryCode"))
    if where is not None:
        value["country"] = where
    members = (
        *("legalName", "altLabel", "identifier", "eIDASIdentifier", "vatIdentifier", "taxIdentifier"),
        *("registration", "location", "groupMemberOf"),
    )
    return Found(value, body.source, {"id": body.members.get("id"), **body.picked(*members)})


def name_of(agent: Node) -> Any:
    """Its legal name, else another one that it has."""
    names = (agent.first(member) for member in ("legalName", "altLabel", "prefLabel"))
    return texts(next((name for name in names if name is not None), None))


def _identifiers(body: Node) -> Iterator[dict[str, Any]]:
    for node in body.all("eIDASIdentifier", "notation"):
        yield {"scheme": "EIDAS", "value": node.value}
    for node in body.all("vatIdentifier"):
        notation, where = node.value_of("notation"), country(node.first("spatial"))
        if isinstance(notation, str) and where is not None and not notation.startswith(where):
            notation = where + notation
        yield {"scheme": "EU-VAT", "value": notation}
    for node in body.all("identifier"):
        scheme = one_text(node.first("schemeName"))
        known = _SCHEMES.get(scheme.strip().casefold()) if isinstance(scheme, str) else None
        if known is not None:
            yield {"scheme": known, "value": node.value_of("notation")}


def quality_assurance(root: Node, claim: Node, spec: Node) -> Found | None:
    """M11: accreditations of the specification, of the awarding body, and of evidence of that kind."""
    evidence = [node for node in root.all("evidence") if identity(node.first("dcType")) == _ACCREDITATION]
    found = [
        *spec.all("accreditation"),
        *claim.all("awardedBy", "awardingBody", "accreditation"),
        *(accreditation for node in evidence for accreditation in node.all("accreditation")),
    ]
    if found:
        originals = [node.value for node in found]
        original = originals[0] if len(originals) == 1 else originals
        return Found([_accreditation(node) for node in found], shared_source(found), original)
    if evidence:
        expected = "the accreditation that the evidence speaks of"
        source, original = evidence[0].source, evidence[0].value
        return unreadable("type_of_quality_assurance", source, original, "accreditation_missing", expected)
    return None


def _accreditation(node: Node) -> dict[str, Any]:
    kind = node.first("dcType")
    value: dict[str, Any] = {"type": code("quality-assurance", kind)} if kind is not None else {}
    agency = one_text(name_node) if (name_node := node.first("accreditingAgent", "legalName")) else None
    if agency is not None:
        value["agency"] = agency
    report = node.first("report", "contentURL") or node.first("report")
    address = report.value if report is not None and isinstance(report.value, str) else identity(report)
    if address is not None and address.startswith(("http://", "https://")):
        value["report"] = address
    return value
