"""Annex I written as an Open Badges 3.0 credential, ready to be secured.

Open Badges' own members say what they can, for readers that know nothing else; the whole of Annex I, but for
learner and grade, stands beside them in `annexI` under our published context, so that nothing is lost.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from mutua_credentials import code_lists
from mutua_credentials.annex_i.elements import PERSONAL
from mutua_credentials.annex_i.micro_credential import MicroCredential
from mutua_credentials.annex_i.values import Grade, Identifier
from mutua_credentials.digests import canonical
from mutua_credentials.instants import write_instant
from mutua_credentials.linked_data.allow_list import ANNEX_I, CREDENTIALS_V2

CONTEXTS = (CREDENTIALS_V2, "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json", ANNEX_I)


def write_badge(
    content: MicroCredential,
    *,
    credential_id: str,
    issuer: str,
    valid_from: datetime,
    valid_until: datetime | None = None,
    issuer_name: Mapping[str, str] | None = None,
    issuer_identifiers: Iterable[Identifier] = (),
    achievement_id: str | None = None,
    subject_id: str | None = None,
    status: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """The credential without a proof.

    `issuer_name` and `issuer_identifiers` are those of whoever signs; by default the awarding body's. The
    achievement's id is the same for all who earned it, unless given. Names and identities of the learner
    stand in clear: the credential is for its holder.
    """
    names = issuer_name or content.awarding_body.name
    identifiers = tuple(issuer_identifiers) or content.awarding_body.identifiers
    claims = content.claims()
    language = _language(content.title)
    achievement = _achievement(content, claims, achievement_id or _achievement_id(claims, issuer), language)
    subject: dict[str, Any] = {"type": ["AchievementSubject"], "achievement": achievement}
    if subject_id is not None:
        subject["id"] = subject_id
    subject["identifier"] = list(_identities(content))
    if content.grade is not None:
        subject["result"] = [_result(content.grade, achievement)]
    badge: dict[str, Any] = {
        "@context": list(CONTEXTS),
        "id": credential_id,
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": content.title[language],
        "issuer": _issuer(content, issuer, names, identifiers),
        "validFrom": write_instant(valid_from),
        "awardedDate": f"{content.date_of_issuing.isoformat()}T00:00:00Z",
        "credentialSubject": subject,
    }
    if valid_until is not None:
        badge["validUntil"] = write_instant(valid_until)
    if status:
        badge["credentialStatus"] = [dict(entry) for entry in status]
    return badge


def _language(text: Mapping[str, str]) -> str:
    """The language of single texts: English where there is one, else the first."""
    return "en" if "en" in text else next(iter(text))


def _achievement_id(claims: Mapping[str, Any], issuer: str) -> str:
    of_course = {name: value for name, value in claims.items() if name not in (*PERSONAL, "date_of_issuing")}
    named = canonical([issuer, of_course]).decode("utf-8")
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, named)}"


def _achievement(
    content: MicroCredential, claims: Mapping[str, Any], identifier: str, language: str
) -> dict[str, Any]:
    outcomes = [_single(outcome.statement, language) for outcome in content.learning_outcomes]
    further = content.further_information
    achievement: dict[str, Any] = {
        "id": identifier,
        "type": ["Achievement"],
        "achievementType": "MicroCredential",
        "name": content.title[language],
        "description": _single(further.text, language)
        if further and further.text
        else content.title[language],
        "inLanguage": language,
        "criteria": {"narrative": "\n".join(f"- {outcome}" for outcome in outcomes)},
        "alignment": [*_outcome_alignments(content, identifier, language), *_code_alignments(content)],
        "annexI": {name: value for name, value in claims.items() if name not in PERSONAL},
    }
    if content.component is not None:
        achievement["humanCode"] = content.component
    if content.grade is not None:
        achievement["resultDescription"] = [
            {
                "id": f"{identifier}#result",
                "type": ["ResultDescription"],
                "name": content.grade.scheme or "Grade",
                "resultType": "Result",
            }
        ]
    return achievement


def _single(text: Mapping[str, str], language: str) -> str:
    return text.get(language) or next(iter(text.values()))


def _outcome_alignments(content: MicroCredential, identifier: str, language: str) -> Iterable[dict[str, Any]]:
    for place, outcome in enumerate(content.learning_outcomes, 1):
        alignment: dict[str, Any] = {
            "type": ["Alignment"],
            "targetName": _single(outcome.statement, language),
            "targetUrl": outcome.skills[0] if outcome.skills else f"{identifier}#outcome-{place}",
        }
        if outcome.id is not None:
            alignment["targetCode"] = outcome.id
        yield alignment


def _code_alignments(content: MicroCredential) -> Iterable[dict[str, Any]]:
    """Alignments to EU vocabularies, for readers that do not know our context."""
    eqf = content.level.eqf_level
    coded: list[tuple[code_lists.ListId, Sequence[str]]] = [
        ("eqf", () if eqf is None else (str(eqf),)),
        ("isced-f", content.field_of_study or ()),
        ("assessment", content.type_of_assessment),
        ("participation", content.form_of_participation),
    ]
    for name, codes in coded:
        known = code_lists.get(name)
        for code in codes:
            entry = known.get(code)
            if entry is not None and entry.uri is not None:
                yield {
                    "type": ["Alignment"],
                    "targetName": entry.label,
                    "targetUrl": entry.uri,
                    "targetFramework": known.title,
                    "targetCode": entry.code,
                }


def _identities(content: MicroCredential) -> Iterable[dict[str, Any]]:
    learner = content.learner
    if learner.given_name and learner.family_name:
        yield _identity("name", f"{learner.given_name} {learner.family_name}")
    for identifier in learner.identifiers or ():
        yield _identity(f"ext:{identifier.scheme}", identifier.value)


def _identity(kind: str, value: str) -> dict[str, Any]:
    return {"type": "IdentityObject", "hashed": False, "identityType": kind, "identityHash": value}


def _result(grade: Grade, achievement: Mapping[str, Any]) -> dict[str, Any]:
    described = achievement["resultDescription"][0]["id"]
    return {"type": ["Result"], "resultDescription": described, "value": grade.value}


def _issuer(
    content: MicroCredential, issuer: str, names: Mapping[str, str], identifiers: Iterable[Identifier]
) -> dict[str, Any]:
    address: dict[str, Any] = {
        "type": ["Address"],
        "addressCountryCode": content.country_of_issuer.country,
    }
    if content.country_of_issuer.region is not None:
        address["addressRegion"] = content.country_of_issuer.region
    return {
        "id": issuer,
        "type": ["Profile"],
        "name": names[_language(names)],
        "address": address,
        "otherIdentifier": [
            {
                "type": "IdentifierEntry",
                "identifierType": f"ext:{identifier.scheme}",
                "identifier": identifier.value,
            }
            for identifier in identifiers
        ],
    }
