"""A micro-credential of Annex I, written as a European Digital Credential (ELM v3), ready to be sealed.

What is written is read back by `elm.read_elm` as the same elements. ELM has no form for "a level does not
apply"; cycles of the QF-EHEA are written as levels of education, by their label, beside their EQF level.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import count
from typing import Any

from mutua_credentials import code_lists
from mutua_credentials.annex_i.micro_credential import MicroCredential
from mutua_credentials.annex_i.values import (
    AwardingBody,
    Identifier,
    Learner,
    LearningOutcome,
    Place,
    QualityAssurance,
    Stackability,
    Workload,
)
from mutua_credentials.instants import write_instant

CONTEXTS = ("https://www.w3.org/2018/credentials/v1", "http://data.europa.eu/snb/model/context/edc-ap")
TYPES = ("VerifiableCredential", "EuropeanDigitalCredential")

_PROFILE = "http://data.europa.eu/snb/credential/e34929035b"
_SCHEMA = "http://data.europa.eu/snb/model/ap/edc-generic-full"
_OF_PROGRAMME = ("programme-licence", "programme-quality-assurance")


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who seals. `organisation_identifier` is that of the seal's certificate, e.g. `VATNO-123456785`: it
    becomes the eIDAS identifier, by which readers tell that the seal is the issuer's own. `country` is that
    of its other legal identifiers.
    """

    id: str
    name: Mapping[str, str]
    country: str
    identifiers: tuple[Identifier, ...] = ()
    homepage: str | None = None
    organisation_identifier: str | None = None


def write(
    content: MicroCredential,
    *,
    credential_id: str,
    issuer: Issuer,
    issued_at: datetime,
    valid_until: datetime | None = None,
) -> dict[str, Any]:
    """The credential, unsecured. Raises ValueError for an instant without a time zone."""
    issued = write_instant(issued_at)
    writer = _Writer(next(iter(content.title)))
    body: dict[str, Any] = {
        "@context": [*CONTEXTS],
        "id": credential_id,
        "type": [*TYPES],
        "credentialProfiles": {"id": _PROFILE, "type": "Concept", "prefLabel": {"en": "Generic"}},
        "credentialSchema": {"id": _SCHEMA, "type": "ShaclValidator2017"},
        "displayParameter": writer.thing("DisplayParameter", title=dict(content.title)),
        "issuer": writer.issuer(issuer, content.country_of_issuer),
        "issued": issued,
        "issuanceDate": issued,
        "validFrom": issued,
        "credentialSubject": writer.subject(content),
    }
    if valid_until is not None:
        body["validUntil"] = body["expirationDate"] = write_instant(valid_until)
    return body


class _Writer:
    """Numbers the things of one document and knows its first language."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._numbers = count(1)

    def thing(self, kind: str, **members: Any) -> dict[str, Any]:
        """A thing with an id of this document; members that are None or empty are left out."""
        stated = {name: value for name, value in members.items() if value not in (None, [], {})}
        return {"id": f"urn:epass:{kind[0].lower()}{kind[1:]}:{next(self._numbers)}", "type": kind, **stated}

    def issuer(self, issuer: Issuer, place: Place) -> dict[str, Any]:
        agent = self.thing(
            "Organisation",
            legalName=dict(issuer.name),
            location=self.location(place.country, place.region),
            homepage=self.page(issuer.homepage),
            **self.identifiers(issuer.identifiers, issuer.country),
        )
        if issuer.organisation_identifier is not None:
            agent["eIDASIdentifier"] = self.legal(issuer.organisation_identifier, None)
        return {**agent, "id": issuer.id}

    def subject(self, content: MicroCredential) -> dict[str, Any]:
        return self.thing("Person", **self.learner(content.learner), hasClaim=self.achievement(content))

    def learner(self, learner: Learner) -> dict[str, Any]:
        national = [one for one in learner.identifiers or () if one.scheme.startswith("national")]
        others = [one for one in learner.identifiers or () if not one.scheme.startswith("national")]
        return {
            "givenName": self.spoken(learner.given_name),
            "familyName": self.spoken(learner.family_name),
            "dateOfBirth": _midnight(learner.birth_date),
            "nationalID": [self.legal(one.value, one.scheme.partition(":")[2] or None) for one in national],
            "identifier": [self.identifier(one.scheme, one.value) for one in others],
        }

    def achievement(self, content: MicroCredential) -> dict[str, Any]:
        awarding_date = _midnight(content.date_of_issuing)
        body = self.awarding_body(content.awarding_body, content.type_of_quality_assurance)
        return self.thing(
            "LearningAchievement",
            title=dict(content.title),
            awardedBy=self.thing("AwardingProcess", awardingBody=body, awardingDate=awarding_date),
            provenBy=self.assessment(content),
            specifiedBy=self.specification(content),
        )

    def awarding_body(self, body: AwardingBody, assured: tuple[QualityAssurance, ...]) -> dict[str, Any]:
        own = [self.accreditation(one) for one in assured if one.type not in _OF_PROGRAMME]
        return self.thing(
            "Organisation",
            legalName=dict(body.name),
            location=self.location(body.country, None) if body.country is not None else None,
            accreditation=own,
            **self.identifiers(body.identifiers, body.country),
        )

    def accreditation(self, assured: QualityAssurance) -> dict[str, Any]:
        agent = self.thing("Organisation", legalName=self.spoken(assured.agency)) if assured.agency else None
        kind = self.concept("quality-assurance", assured.type)
        return self.thing(
            "Accreditation", dcType=kind, accreditingAgent=agent, report=self.page(assured.report)
        )

    def assessment(self, content: MicroCredential) -> dict[str, Any]:
        grade, supervision = content.grade, content.supervision_and_identity_verification
        scheme = (
            self.thing("GradingScheme", title=self.spoken(grade.scheme)) if grade and grade.scheme else None
        )
        kinds = [self.concept("assessment", kind) for kind in content.type_of_assessment]
        return self.thing(
            "LearningAssessment",
            title=dict(content.title),
            grade=self.note(self.spoken(grade.value)) if grade else None,
            idVerification=self.concept("supervision", supervision) if supervision else None,
            specifiedBy=self.thing("LearningAssessmentSpecification", dcType=kinds, gradingScheme=scheme),
        )

    def specification(self, content: MicroCredential) -> dict[str, Any]:
        level, further = content.level, content.further_information
        eqf = level.eqf_level
        cycle, national = level.qf_ehea, level.nqf
        assured = [one for one in content.type_of_quality_assurance if one.type in _OF_PROGRAMME]
        return self.thing(
            "LearningAchievementSpecification" if level.not_applicable else "Qualification",
            title=dict(content.title),
            identifier=self.identifier("component", content.component) if content.component else None,
            eqfLevel=self.concept("eqf", str(eqf)) if eqf is not None else None,
            nqfLevel=self.thing("Concept", prefLabel=self.spoken(national)) if national else None,
            educationLevel=self.concept("qf-ehea", cycle) if cycle is not None else None,
            thematicArea=[self.concept("isced-f", field) for field in content.field_of_study or ()],
            mode=[self.concept("participation", mode) for mode in content.form_of_participation],
            learningOutcome=[self.outcome(one) for one in content.learning_outcomes],
            entryRequirement=self.note(content.prerequisites),
            accreditation=[self.accreditation(one) for one in assured],
            additionalNote=self.note(further.text) if further else None,
            supplementaryDocument=[self.page(link) for link in further.links] if further else None,
            **self.work(content.workload),
            **self.stackability(content.stackability),
        )

    def outcome(self, outcome: LearningOutcome) -> dict[str, Any]:
        skills = [{"id": skill, "type": "Concept"} for skill in outcome.skills]
        named = self.identifier("catalogue", outcome.id) if outcome.id else None
        title = dict(outcome.statement)
        return self.thing("LearningOutcome", title=title, identifier=named, relatedSkill=skills)

    def work(self, work: Workload) -> dict[str, Any]:
        members: dict[str, Any] = {}
        if work.ects is not None:
            point = format(work.ects.normalize(), "f")
            members["creditPoint"] = self.thing(
                "CreditPoint", framework=self.concept("credit", "ects"), point=point
            )
        if work.hours is not None:
            members["volumeOfLearning"] = _duration(work.hours)
        return members

    def stackability(self, stackability: Stackability | None) -> dict[str, Any]:
        if stackability is None:
            return {}
        if stackability.towards is None:
            return {"isPartialQualification": stackability.option == "stackable"}
        whole = self.thing("LearningAchievementSpecification", title=dict(stackability.towards))
        return {"isPartialQualification": True, "isPartOf": whole}

    def location(self, country: str, region: str | None) -> dict[str, Any]:
        address = self.thing("Address", countryCode=_country(country))
        atu = {"id": f"http://publications.europa.eu/resource/authority/atu/{region}", "type": "Concept"}
        return self.thing("Location", address=address, spatialCode=atu if region is not None else None)

    def identifiers(self, identifiers: tuple[Identifier, ...], country: str | None) -> dict[str, Any]:
        """Legal ones in their own members, the others with the name of their scheme."""
        legal = {"EIDAS": "eIDASIdentifier", "EU-VAT": "vatIdentifier"}
        members: dict[str, Any] = {}
        for known in identifiers:
            if known.scheme in legal:
                members[legal[known.scheme]] = self.legal(known.value, country)
            else:
                members.setdefault("identifier", []).append(self.identifier(known.scheme, known.value))
        return members

    def legal(self, notation: str, country: str | None) -> dict[str, Any]:
        return self.thing(
            "LegalIdentifier", notation=notation, spatial=_country(country) if country else None
        )

    def identifier(self, scheme: str, notation: str) -> dict[str, Any]:
        return self.thing("Identifier", schemeName=scheme, notation=notation)

    def concept(self, list_id: code_lists.ListId, code: str) -> dict[str, Any]:
        """A concept of a code list; where the EU vocabulary has none, one of this document with our label."""
        entry = code_lists.get(list_id).get(code)
        label = {"en": entry.label} if entry is not None else None
        concept = self.thing("Concept", prefLabel=label)
        return {**concept, "id": entry.uri} if entry is not None and entry.uri is not None else concept

    def note(self, text: Mapping[str, str] | None) -> dict[str, Any] | None:
        return self.thing("Note", noteLiteral=dict(text)) if text else None

    def page(self, address: str | None) -> dict[str, Any] | None:
        return self.thing("WebResource", contentURL=address) if address else None

    def spoken(self, text: str | None) -> dict[str, str] | None:
        """A text without a language of its own, in that of the document."""
        return {self._language: text} if text else None


def _country(code: str) -> dict[str, Any]:
    entry = code_lists.get("country").find(code)
    label = {"en": entry.label} if entry is not None else {"en": code}
    return {"id": entry.uri if entry is not None else code, "type": "Concept", "prefLabel": label}


def _midnight(day: date | None) -> str | None:
    """ELM knows instants only; midnight UTC is read back as the day."""
    return f"{day.isoformat()}T00:00:00Z" if day is not None else None


def _duration(hours: Decimal) -> str:
    whole, minutes = divmod(round(hours * 60), 60)
    return f"PT{whole}H{minutes}M" if minutes else f"PT{whole}H"
