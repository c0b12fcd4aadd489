"""Who and what the story is about: six invented universities, their courses, and whom they rely on.

Names, seats and identifiers of the universities are those of the registry simulator's profile `demo`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from mutua_local.deqar.demo import demo_dataset
from mutua_local.tenants import TENANTS, Tenant

OFFICE: Final = "varnland-enic"
OFFICE_COUNTRY: Final = "SE"
"""The country whose recognisers the office is granted to see."""

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class University:
    """A university as the registry knows it."""

    tenant: Tenant
    country: str
    country_name: str
    identifiers: tuple[tuple[str, str], ...]
    report_ends: date | None

    @property
    def short(self) -> str:
        return self.tenant.short

    @property
    def id(self) -> str:
        return self.tenant.id

    @property
    def name(self) -> str:
        return self.tenant.name

    @property
    def city(self) -> str:
        """Its name where there is little room."""
        return self.tenant.short.title()

    def registration(self) -> Json:
        """What it registers with as an issuer."""
        return {
            "iss": f"https://{self.tenant.host}",
            "names": {"en": self.name},
            "country": self.country,
            "identifiers": [{"scheme": scheme, "value": value} for scheme, value in self.identifiers],
        }


@dataclass(frozen=True, slots=True)
class Course:
    """A course of a university, and how many of its awards the CSV holds."""

    issuer: str
    code: str
    title: str
    outcome: str
    field: str
    ects: str
    awards: int

    def component(self) -> Json:
        """Its description with every element of Annex I."""
        return {
            "code": self.code,
            "content": {
                "title": {"en": self.title},
                "learning_outcomes": [{"id": "LO1", "statement": {"en": self.outcome}}],
                "workload": {"ects": self.ects},
                "level": {"eqf": 6},
                "type_of_assessment": ["written-examination"],
                "form_of_participation": ["blended"],
                "type_of_quality_assurance": [{"type": "institutional-quality-assurance"}],
                "supervision_and_identity_verification": "supervised-onsite-with-id",
                "field_of_study": [self.field],
            },
        }


DATA = Course(
    "lisvik", "LIS-DAT-010", "Data literacy", "Explains what a sample can and cannot show", "0542", "5", 120
)
CYBER = Course(
    "ruskola",
    "RUS-CYB-020",
    "Security of small devices",
    "Finds the weak points of a device",
    "0612",
    "4",
    70,
)
WOUND = Course(
    "ruskola", "RUS-NUR-030", "Wound care at home", "Chooses a dressing and gives reasons", "0913", "3", 20
)
OCEAN = Course(
    "corvelo", "COR-OCE-005", "Ocean data for coastal towns", "Reads tide and wave records", "0532", "6", 70
)
MAPS = Course("corvelo", "COR-MAP-007", "Reading old maps", "Dates a map by its signs", "0222", "2", 25)
LABORATORY = Course(
    "elbowo", "ELB-STA-011", "Statistics for laboratories", "Plans a series of measurements", "0542", "5", 15
)
COURSES: Final = (DATA, CYBER, WOUND, OCEAN, MAPS, LABORATORY)


@dataclass(frozen=True, slots=True)
class Reliance:
    """One statement of trust; `depth` is how many further hops the truster lets it travel."""

    truster: str
    trustee: str
    depth: int
    fields: tuple[str, ...] = ()
    evidence: str = "agreement:2026"

    def statement(self, trustee: str) -> Json:
        """What is sent: the truster is whoever sends it."""
        scope: Json = {"eqf": [5, 6, 7], "max_ects": "30"}
        if self.fields:
            scope["isced_f"] = list(self.fields)
        return {
            "trustee": trustee,
            "scope": scope,
            "depth": self.depth,
            "assurance": 2,
            "covers_awards": {"from": "2020-01-01"},
            "evidence": [self.evidence],
        }


DIRECT = Reliance("astervik", "lisvik", 1, evidence="agreement:boreal-2026")
RELIANCES: Final = (
    DIRECT,
    Reliance("lisvik", "ruskola", 0, ("06",), evidence="agreement:boreal-2026"),
    Reliance("astervik", "elbowo", 0, evidence="agreement:joint-laboratory"),
    Reliance("brennau", "corvelo", 0, evidence="agreement:meridian-2026"),
    Reliance("corvelo", "lisvik", 0, evidence="agreement:coast-to-coast"),
)

ALLIANCES: Final = {
    "boreal": ("astervik", "lisvik", "ruskola"),
    "meridian": ("brennau", "corvelo", "elbowo"),
}

RULES: Final = {
    "astervik": {"alliance": "alliance:boreal"},
    "brennau": {"alliance": "alliance:meridian", "components": [OCEAN.code]},
    "corvelo": {"issuers": ["DEQARINST7105"], "components": [DATA.code]},
}
"""Standing rules: what each recogniser wants evaluated before anybody asks."""


def tenant(short: str) -> Tenant:
    """The organisation of this short name."""
    return next(each for each in TENANTS if each.short == short)


def universities() -> dict[str, University]:
    """The six of the story, by short name."""
    dataset = demo_dataset()
    countries = {country.id: country for country in dataset.countries}
    ends = {id: report.valid_to for report in dataset.reports for id in report.institutions}
    providers = {f"DEQARINST{provider.id}": provider for provider in dataset.providers}
    found: dict[str, University] = {}
    for short in dict.fromkeys(member for members in ALLIANCES.values() for member in members):
        known = tenant(short)
        provider = providers[known.id]
        country = countries[provider.locations[0].country]
        schemes = {"Erasmus": "ERASMUS", "SCHAC": "SCHAC"}
        identifiers = [("ETER", provider.eter_id)] if provider.eter_id else []
        identifiers += [
            (schemes[one.resource], one.identifier) for one in provider.identifiers if one.resource in schemes
        ]
        found[short] = University(
            known, country.alpha2, country.name_english, tuple(identifiers), ends.get(provider.id)
        )
    return found


def award_day() -> date:
    """The day of all awards: a month ago, and while the reports of the registry's profile last."""
    return min(datetime.now(UTC).date() - timedelta(days=30), date(2028, 10, 1))


def awards_csv(courses: Iterable[Course], *, first: int = 1) -> str:
    """The CSV of a university's awards, as `mutua issue` takes it."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(
        ["external_id", "learner_id", "component", "date_of_issuing", "given_name", "family_name", "grade"]
    )
    for course in courses:
        writer.writerows(_rows(course, first))
    return text.getvalue()


def _rows(course: Course, first: int) -> Iterator[list[str]]:
    day = award_day().isoformat()
    for number in range(first, first + course.awards):
        learner = f"{course.code}-{number:04}"
        yield [f"{day}-{learner}", learner, course.code, day, f"Given{number:04}", f"Family{number:04}", "B"]
