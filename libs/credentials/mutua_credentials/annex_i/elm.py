"""The European Learning Model v3, read as a micro-credential of Annex I.

The credential's first LearningAchievement is read, with the specification behind it. Who awards is told by
`awardedBy`, never by who sealed. What has no translation is unreadable with its reason.
"""

from collections.abc import Mapping
from typing import Any

from mutua_credentials.annex_i import elm_organisations, elm_work
from mutua_credentials.annex_i.elements import AnnexI
from mutua_credentials.annex_i.elm_nodes import Node, code, identity, note, one_text, shared_source, texts
from mutua_credentials.annex_i.found import Found, gather
from mutua_credentials.pointers import pointer


def read_elm(body: Mapping[str, Any]) -> AnnexI:
    """Every element of Annex I in a credential whose content is ELM v3."""
    root = Node(body)
    subject = root.first("credentialSubject") or Node({})
    claim = _achievement(subject)
    spec = claim.first("specifiedBy") or Node({}, (*claim.path, "specifiedBy"))
    return gather(
        {
            "learner": _learner(subject),
            "title": _title(root, claim, spec),
            "country_of_issuer": elm_organisations.place_of(root.first("issuer")),
            "awarding_body": elm_organisations.awarding_body(claim),
            "date_of_issuing": _date_of_issuing(root, claim),
            "learning_outcomes": _learning_outcomes(spec),
            "workload": elm_work.workload(claim, spec),
            "level": elm_work.level(spec),
            "type_of_assessment": _codes("assessment", [*claim.all("provenBy", "specifiedBy", "dcType")]),
            "form_of_participation": _participation(claim, spec),
            "type_of_quality_assurance": elm_organisations.quality_assurance(root, claim, spec),
            "prerequisites": _note(spec.first("entryRequirement")),
            "supervision_and_identity_verification": _supervision(claim),
            "grade": _grade(claim),
            "stackability": elm_work.stackability(claim, spec),
            "further_information": _further_information(claim, spec),
            "field_of_study": _codes("isced-f", [*spec.all("thematicArea")]),
            "component": _component(spec),
        }
    )


def _achievement(subject: Node) -> Node:
    claims = [*subject.all("hasClaim")]
    achievements = (claim for claim in claims if claim.is_a("LearningAchievement"))
    return next(achievements, claims[0] if claims else Node({}, (*subject.path, "hasClaim")))


_LEARNER = ("givenName", "familyName", "fullName", "dateOfBirth", "nationalID", "identifier")


def _learner(subject: Node) -> Found | None:
    place = subject.place_of(*_LEARNER)
    if place is None:
        return None
    value: dict[str, Any] = {
        "given_name": one_text(subject.first("givenName")),
        "family_name": one_text(subject.first("familyName")),
        "birth_date": _birth_date(subject.first("dateOfBirth")),
        "identifiers": _learner_identifiers(subject) or None,
    }
    return Found({name: said for name, said in value.items() if said is not None}, *place)


def _birth_date(node: Node | None) -> str | None:
    """The day, where it is written as one. Midnight of somewhere, written in UTC, tells no day."""
    written = node.value if node is not None else None
    if not isinstance(written, str):
        return None
    day, _, time = written.partition("T")
    return day if not time or time.startswith("00:00:00") else None


def _learner_identifiers(subject: Node) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for node in subject.all("nationalID"):
        country = elm_organisations.country(node.first("spatial"))
        scheme = f"national:{country}" if country else "national"
        found.append({"scheme": scheme, "value": node.value_of("notation")})
    for node in subject.all("identifier"):
        scheme = one_text(node.first("schemeName")) or "local"
        found.append({"scheme": scheme, "value": node.value_of("notation")})
    return found


def _title(root: Node, claim: Node, spec: Node) -> Found | None:
    titles = (claim.first("title"), spec.first("title"), root.first("displayParameter", "title"))
    title = next((node for node in titles if node is not None), None)
    return Found(texts(title), title.source, title.value) if title is not None else None


def _date_of_issuing(root: Node, claim: Node) -> Found | None:
    """M5 is the day of the award, where it is told apart from that of sealing; as its writer counts days."""
    dates = (
        claim.first("awardedBy", "awardingDate"),
        *(root.first(name) for name in ("issued", "issuanceDate", "validFrom")),
    )
    date = next((node for node in dates if node is not None), None)
    if date is None:
        return None
    day = date.value.partition("T")[0] if isinstance(date.value, str) else date.value
    return Found(day, date.source, date.value)


def _learning_outcomes(spec: Node) -> Found | None:
    outcomes = [*spec.all("learningOutcome")]
    if outcomes:
        source = pointer(*spec.path, "learningOutcome")
        return Found([_outcome(node) for node in outcomes], source, spec.members["learningOutcome"])
    summary = spec.first("learningOutcomeSummary")
    return (
        Found([{"statement": note(summary)}], summary.source, summary.value) if summary is not None else None
    )


def _outcome(node: Node) -> dict[str, Any]:
    notation = node.first("identifier", "notation")
    named = identity(node) if notation is None else notation.value
    skills = [
        skill
        for member in ("relatedESCOSkill", "relatedSkill")
        for concept in node.all(member)
        if (skill := identity(concept)) is not None and skill.startswith(("http://", "https://"))
    ]
    value: dict[str, Any] = {"statement": texts(node.first("title")), "skills": [*dict.fromkeys(skills)]}
    if named is not None and not str(named).startswith("urn:epass:"):  # counted anew in each
        value["id"] = named
    return value


def _participation(claim: Node, spec: Node) -> Found | None:
    own = [*spec.all("mode")]
    return _codes("participation", own or [*claim.all("influencedBy", "specifiedBy", "mode")])


def _codes(list_id: Any, concepts: list[Node]) -> Found | None:
    """The codes of several concepts, each once, in their order."""
    if not concepts:
        return None
    codes = [*dict.fromkeys(code(list_id, concept) for concept in concepts)]
    originals = [concept.value for concept in concepts]
    return Found(codes, shared_source(concepts), originals[0] if len(originals) == 1 else originals)


def _supervision(claim: Node) -> Found | None:
    concept = claim.first("provenBy", "idVerification")
    return Found(code("supervision", concept), concept.source, concept.value) if concept is not None else None


def _grade(claim: Node) -> Found | None:
    grade = claim.first("provenBy", "grade")
    if grade is None:
        return None
    value: dict[str, Any] = {"value": one_text(grade.first("noteLiteral"))}
    scheme = claim.first("provenBy", "specifiedBy", "gradingScheme", "title")
    if scheme is not None:
        value["scheme"] = one_text(scheme)
    return Found(value, grade.source, grade.value)


def _note(node: Node | None) -> Found | None:
    return Found(note(node), node.source, node.value) if node is not None else None


def _further_information(claim: Node, spec: Node) -> Found | None:
    """Notes, supplementary documents, home pages: of the specification, else of the claim."""
    members = ("additionalNote", "supplementaryDocument", "homepage")
    for node in (spec, claim):
        place = node.place_of(*members)
        if place is None:
            continue
        value: dict[str, Any] = {}
        said = [note(entry) for entry in node.all("additionalNote")]
        if said:
            value["text"] = _joined(said)
        links = [page.value for member in members[1:] for page in node.all(member, "contentURL")]
        if links:
            value["links"] = [*dict.fromkeys(link for link in links if isinstance(link, str))]
        return Found(value, *place)
    return None


def _joined(notes: list[Any]) -> Any:
    """Several notes as lines of one, language by language."""
    if len(notes) == 1 or not all(isinstance(said, dict) for said in notes):
        return notes[0]
    lines: dict[str, list[str]] = {}
    for said in notes:
        for language, line in said.items():
            lines.setdefault(language, []).append(str(line))
    return {language: "\n".join(spoken) for language, spoken in lines.items()}


def _component(spec: Node) -> Found | None:
    notation = spec.first("identifier", "notation")
    return Found(notation.value, notation.source, notation.value) if notation is not None else None
