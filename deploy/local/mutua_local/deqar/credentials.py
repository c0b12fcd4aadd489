"""Connect's verifiable credentials of reports: composed as the real server composes them, and not signed.

They have no status and cannot be revoked; the decision is a claim, so that a negative report makes a valid
credential. A last day that is not set becomes six years. The backend that signs can be away (503).
"""

from typing import Final

from starlette.responses import Response

from .answers import ApiError, json_answer, missing
from .calls import Call
from .codes import ACTIVITY_TYPE, DECISION, QF_EHEA_LEVEL, STATUS
from .dates import end_of_validity, iso
from .model import Activity, ActivityGroup, Agency, Country, Json, Provider, Report
from .truth import Truth

_ISSUER: Final = "did:web:data.deqar.eu"
_DATA: Final = "https://data.deqar.eu"
_DID: Final = "DID-EBSI"
_AWAY: Final = "LETSTRUST_SIGNATORY_API value is not present in the settings"
_OBLIGATORY: Final = 1
COUNTRY: Final = "http://publications.europa.eu/resource/authority/country"
_EUROPASS: Final = "http://data.europa.eu/snb"
ACCREDITATION_TYPES: Final = {
    "institutional": f"{_EUROPASS}/accreditation/003293d2ce",
    "institutional/programme": f"{_EUROPASS}/accreditation/003293d2ce",
    "programme": f"{_EUROPASS}/accreditation/e57dddfcf3",
    "joint programme": f"{_EUROPASS}/accreditation/e57dddfcf3",
}
EQF_LEVELS: Final = {key: f"{_EUROPASS}/eqf/{key + 4}" for key in QF_EHEA_LEVEL}


def deqar_credential(call: Call) -> Response:
    """In DEQAR's own vocabulary; any report has one."""
    report = _asked(call)
    truth = call.truth
    agency = truth.get(Agency, report.agency)
    body = _envelope(report, ["DeqarReport"], [f"{_DATA}/context/v2.jsonld"])
    body["issuer"] = {
        "id": _ISSUER,
        "onBehalfOf": {
            "id": f"{_DATA}/agency/{agency.id}",
            "type": "EqarRegisteredAgency",
            "acronym": agency.acronym_primary,
            "name": agency.name_primary,
            "registrationValidFrom": _moment(iso(agency.registration_start)),
            "registrationExpirationDate": _moment(iso(agency.registration_valid_to)),
        },
    }
    claims = {
        **_claims(call, report, kind_of(truth, report)),
        "accreditationStatus": STATUS[report.status],
        "accreditationActivity": _activity(truth, report).activity,
    }
    providers = [truth.get(Provider, key) for key in report.institutions]
    subjects = [_subject(truth, report, provider, claims) for provider in providers]
    body["credentialSubject"] = subjects[0] if len(subjects) == 1 else subjects
    body["credentialSchema"] = {"id": f"{_DATA}/schema/v1.json", "type": "JsonSchemaValidator2018"}
    return _cached(body)


def ebsi_credential(call: Call) -> Response:
    """A verifiable accreditation: obligatory reports only, about a provider with a DID."""
    report = _asked(call)
    if report.status != _OBLIGATORY:
        detail = "Report is not marked as 'part of obligatory EQA system' and cannot be issued as EBSI VC."
        raise ApiError(404, {"detail": detail})
    provider = call.truth.get(Provider, report.institutions[0])
    did = next((i.identifier for i in provider.identifiers if i.resource == _DID), None)
    if did is None:
        name = f"{provider.deqar_id} ({provider.name_primary})"
        raise ApiError(404, {"detail": f"No DID-EBSI identifier found for {name}"})
    kinds = ["VerifiableAttestation", "VerifiableAccreditation", "DiplomaVerifiableAccreditation"]
    body = _envelope(report, kinds, [])
    body["issuer"], body["issued"] = "did:ebsi:z-simulated-root", body["issuanceDate"]
    kind = ACCREDITATION_TYPES[kind_of(call.truth, report)]
    countries = [call.truth.get(Country, place.country) for place in provider.locations if place.verified]
    claims = _claims(call, report, kind)
    claims["limitJurisdiction"] = [f"{COUNTRY}/{c.alpha3}" for c in countries if c.alpha3]
    claims["limitQFLevel"] = [EQF_LEVELS[level.level] for level in provider.levels]
    body["credentialSubject"] = {"id": did, "authorizationClaims": claims}
    return _cached(body)


def kind_of(truth: Truth, report: Report) -> str:
    return ACTIVITY_TYPE[_activity(truth, report).type]


def _activity(truth: Truth, report: Report) -> ActivityGroup:
    """Of the first activity; a report without one makes the server fail."""
    key = report.activities[0] if report.activities else 0
    return truth.get(ActivityGroup, truth.get(Activity, key).group)


def _asked(call: Call) -> Report:
    if not call.simulator.issues_credentials:
        raise ApiError(503, {"detail": _AWAY})
    report = call.truth.find(Report, call.key)
    if report is None:
        raise missing("Report")
    return report


def _envelope(report: Report, kinds: list[str], contexts: list[str]) -> Json:
    first = _moment(iso(report.valid_from))
    return {
        "@context": ["https://www.w3.org/2018/credentials/v1", *contexts],
        "id": f"{_DATA}/report/{report.id}",
        "type": ["VerifiableCredential", *kinds],
        "issuanceDate": first,
        "validFrom": first,
        "expirationDate": _moment(iso(end_of_validity(report.valid_from, report.valid_to))),
    }


def _claims(call: Call, report: Report, kind: str) -> Json:
    claims: Json = {
        "accreditationType": kind,
        "decision": DECISION[report.decision],
        "report": [f"{call.base}{file.file}" for file in report.files if file.file],
    }
    if report.programmes:
        claims["limitQualification"] = [
            {
                "title": programme.name_primary,
                **({"EQFLevel": QF_EHEA_LEVEL[programme.qf_ehea_level]} if programme.qf_ehea_level else {}),
            }
            for programme in report.programmes
        ]
    return claims


def _subject(truth: Truth, report: Report, provider: Provider, claims: Json) -> Json:
    own = {
        **claims,
        "id": f"{_DATA}/vc/{report.id}/{provider.id}",
        "limitJurisdiction": [f"{_DATA}/country/{p.country}" for p in provider.locations if p.verified],
    }
    if not report.programmes and provider.levels:
        own["limitQFLevel"] = [QF_EHEA_LEVEL[level.level] for level in provider.levels]
    subject: Json = {
        "id": f"{_DATA}/institution/{provider.id}",
        "type": "DeqarInstitution",
        "name": provider.name_primary,
        "identifiers": [
            {"identifier": i.identifier, "resource": i.resource}
            for i in provider.identifiers
            if i.agency is None
        ],
        "location": [
            f"{place.city}, {truth.get(Country, place.country).name_english}"
            if place.city
            else truth.get(Country, place.country).name_english
            for place in provider.locations
        ],
        "authorizationClaims": own,
    }
    optional = {
        "eterID": provider.eter_id,
        "legalName": next((n.official for n in provider.names if n.valid_to is None), None),
        "foundingDate": _moment(iso(provider.founding_date)),
        "dissolutionDate": _moment(iso(provider.closure_date)),
    }
    return {**subject, **{name: value for name, value in optional.items() if value}}


def _moment(day: str | None) -> str | None:
    return f"{day}T00:00:00Z" if day else None


def _cached(body: Json) -> Response:
    answer = json_answer(body)
    answer.headers["cache-control"] = "max-age=86400"
    return answer
