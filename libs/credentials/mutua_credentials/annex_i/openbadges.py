"""Open Badges 3.0 and Comprehensive Learner Records 2.0, read as Annex I.

Open Badges have no place for the level, the unit of credits, the type of assessment and more. Where a badge
carries our own element `annexI` under its context, that is read; else only what a badge can say: a level by
alignment to an EQF address, and credits never as ECTS, since their unit is nowhere written.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from mutua_credentials.annex_i import openbadges_values as values
from mutua_credentials.annex_i.elements import ELEMENTS, PERSONAL, AnnexI
from mutua_credentials.annex_i.found import Found, gather, unreadable
from mutua_credentials.annex_i.openbadges_values import member
from mutua_credentials.linked_data.allow_list import ANNEX_I
from mutua_credentials.pointers import pointer

OF_ACHIEVEMENT = frozenset(ELEMENTS) - {"learner", "country_of_issuer", "awarding_body", "date_of_issuing"}
"""The elements that a record of several achievements has several of."""

_Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Badge:
    """A credential and the one achievement that it is about; `held` holds its results and credits."""

    document: Mapping[str, Any]
    subject: Mapping[str, Any]
    subject_path: _Path
    held: Mapping[str, Any]
    held_path: _Path
    achievement: Mapping[str, Any]
    achievement_path: _Path

    @property
    def language(self) -> Any:
        return self.achievement.get("inLanguage")

    @property
    def alignments(self) -> values.Alignments:
        return values.alignments(self.achievement.get("alignment"), *self.achievement_path, "alignment")

    def of_achievement(self, name: str) -> tuple[Any, str]:
        return self.achievement.get(name), pointer(*self.achievement_path, name)


def read_badge(document: Mapping[str, Any]) -> AnnexI:
    """The elements of an Open Badges 3.0 credential. Nothing in it is verified here."""
    subject, path = _first(document.get("credentialSubject"), "credentialSubject")
    achievement, at = _first(subject.get("achievement"), *path, "achievement")
    return gather(_found(_Badge(document, subject, path, subject, path, achievement, at)))


def read_record(document: Mapping[str, Any]) -> AnnexI:
    """The elements of a CLR 2.0 credential: as of a badge where it is about one achievement only."""
    subject, path = _first(document.get("credentialSubject"), "credentialSubject")
    try:
        achievements = list(_achievements(subject, path))
        count = len(achievements)
    except values.TooMany as many:
        achievements, count = [], many.count
    held, held_path, achievement, at = achievements[0] if count == 1 else ({}, path, {}, path)
    found = _found(_Badge(document, subject, path, held, held_path, achievement, at))
    if count > 1:
        expected = "one achievement: each of several has its own"
        for name in OF_ACHIEVEMENT - {"title"}:
            found[name] = unreadable(name, pointer(*path), count, "several_achievements", expected)
    return gather(found)


def _achievements(
    subject: Mapping[str, Any], path: _Path
) -> Iterator[tuple[Mapping[str, Any], _Path, Mapping[str, Any], _Path]]:
    """Each achievement of a record, with the subject that holds its results: those that the record asserts
    itself, and those of the credentials in it.
    """
    for achievement, at in values.objects(subject.get("achievement"), *path, "achievement"):
        yield subject, path, achievement, at
    for credential, at in values.objects(subject.get("verifiableCredential"), *path, "verifiableCredential"):
        held, held_path = _first(credential.get("credentialSubject"), *at, "credentialSubject")
        for achievement, place in values.objects(held.get("achievement"), *held_path, "achievement"):
            yield held, held_path, achievement, place


def _first(value: Any, *path: str) -> tuple[Mapping[str, Any], _Path]:
    """The only one, or the first of the first few."""
    few = cast("list[Any]", value)[: values.MAX_ITEMS] if isinstance(value, list) else value
    return next(iter(values.objects(few, *path)), ({}, path))


def _found(badge: _Badge) -> dict[str, Found | None]:
    return {**values.read_each(_READERS, badge), **_own(badge)}


def _own(badge: _Badge) -> dict[str, Found | None]:
    """What our own element says; it goes before what Open Badges can say of the same. It names nobody."""
    own, contexts = badge.achievement.get("annexI"), badge.document.get("@context")
    if not isinstance(own, dict) or not isinstance(contexts, list) or ANNEX_I not in contexts:
        return {}
    source = (*badge.achievement_path, "annexI")
    return {
        name: Found(own[name], pointer(*source, name), own[name])
        for name in ELEMENTS
        if name not in PERSONAL and own.get(name) is not None
    }


def _learner(badge: _Badge) -> Found | None:
    """Identities as they stand; what is hashed stays hashed, and says so by its value (`sha256$...`)."""
    named: list[dict[str, Any]] = []
    identities = badge.subject.get("identifier")
    for identity, _ in values.objects(identities, *badge.subject_path, "identifier"):
        kind = identity.get("identityType")
        scheme = kind.removeprefix("ext:") if isinstance(kind, str) else kind
        named.append({"scheme": scheme, "value": identity.get("identityHash")})
    named += [
        {"scheme": name, "value": badge.subject[name]}
        for name in ("id", "name")
        if badge.subject.get(name) is not None
    ]
    original = {name: badge.subject[name] for name in ("id", "identifier", "name") if name in badge.subject}
    if not named:
        return None
    return Found({"identifiers": named}, pointer(*badge.subject_path), original)


def _title(badge: _Badge) -> Found | None:
    name, source = badge.of_achievement("name")
    if name is None:
        name, source = badge.document.get("name"), pointer("name")
    return None if name is None else Found(values.text(name, badge.language), source, name)


def _country(badge: _Badge) -> Found | None:
    address = member(badge.document.get("issuer"), "address")
    country = member(address, "addressCountryCode") or member(address, "addressCountry")
    if country is None:
        return None
    place = {"country": country}
    if member(address, "addressRegion") is not None:
        place["region"] = member(address, "addressRegion")
    return Found(place, pointer("issuer", "address"), address)


def _awarding_body(badge: _Badge) -> Found | None:
    issuer = badge.document.get("issuer")
    if issuer is None:
        return None
    others = values.identifiers(member(issuer, "otherIdentifier"), "issuer", "otherIdentifier")
    value: dict[str, Any] = {"identifiers": others}
    if member(issuer, "name") is not None:
        value["name"] = values.text(member(issuer, "name"))
    if country := member(member(issuer, "address"), "addressCountryCode"):
        value["country"] = country
    return Found(value, pointer("issuer"), issuer)


def _date(badge: _Badge) -> Found | None:
    for name in ("awardedDate", "validFrom", "issuanceDate"):
        if badge.document.get(name) is not None:
            return Found(values.day(badge.document[name]), pointer(name), badge.document[name])
    return None


def _outcomes(badge: _Badge) -> Found | None:
    aligned = values.outcomes(badge.alignments, badge.language)
    criteria, source = badge.of_achievement("criteria")
    narrative = member(criteria, "narrative")
    if aligned is not None or narrative is None:
        return aligned
    return Found([{"statement": values.text(narrative, badge.language)}], f"{source}/narrative", narrative)


def _workload(badge: _Badge) -> Found | None:
    """Credits, if any: they have no unit, so they are no workload in our terms."""
    earned = badge.held.get("creditsEarned")
    original, source = (
        (earned, pointer(*badge.held_path, "creditsEarned"))
        if earned is not None
        else badge.of_achievement("creditsAvailable")
    )
    if original is None:
        return None
    return unreadable("workload", source, original, "unit_missing", "credits with a unit, or hours")


def _level(badge: _Badge) -> Found | None:
    return values.level(badge.alignments)


def _aligned(name: str) -> Callable[[_Badge], Found | None]:
    return lambda badge: values.codes(badge.alignments, name)


def _grade(badge: _Badge) -> Found | None:
    """The value of the one result; among several nobody says which is the grade."""
    path = (*badge.held_path, "result")
    results = [
        (result, at) for result, at in values.objects(badge.held.get("result"), *path) if "value" in result
    ]
    if not results:
        return None
    if len(results) > 1:
        originals = [result for result, _ in results]
        return unreadable("grade", pointer(*path), originals, "several_results", "one result")
    result, at = results[0]
    grade: dict[str, Any] = {"value": result["value"]}
    for description, _ in values.objects(badge.achievement.get("resultDescription")):
        named = description.get("name")
        if isinstance(named, str) and description.get("id") == result.get("resultDescription", ""):
            grade["scheme"] = named
    return Found(grade, pointer(*at), result)


def _further(badge: _Badge) -> Found | None:
    links = [
        evidence["id"]
        for evidence, _ in values.objects(badge.document.get("evidence"))
        if isinstance(evidence.get("id"), str) and evidence["id"].startswith(("https://", "http://"))
    ]
    return Found({"links": links}, pointer("evidence"), badge.document.get("evidence")) if links else None


def _field(badge: _Badge) -> Found | None:
    aligned = values.codes(badge.alignments, "isced-f")
    field, source = badge.of_achievement("fieldOfStudy")
    return aligned if aligned is not None or field is None else Found([field], source, field)


def _component(badge: _Badge) -> Found | None:
    code, source = badge.of_achievement("humanCode")
    return None if code is None else Found(code, source, code)


_READERS: Mapping[str, Callable[[_Badge], Found | None]] = {
    "learner": _learner,
    "title": _title,
    "country_of_issuer": _country,
    "awarding_body": _awarding_body,
    "date_of_issuing": _date,
    "learning_outcomes": _outcomes,
    "workload": _workload,
    "level": _level,
    "type_of_assessment": _aligned("assessment"),
    "form_of_participation": _aligned("participation"),
    "grade": _grade,
    "further_information": _further,
    "field_of_study": _field,
    "component": _component,
}
