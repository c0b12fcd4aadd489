"""A seeded registry of any size: the same profile, seed and clock give the same bytes.

Names are invented from syllables, hosts end in `.example`, people do not occur. The distributions (85 %
obligatory, few negative, a third without a last day, one report in ten about several programmes) are
assumptions, not measurements.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from .dates import add_years
from .generate_reports import generate_reports
from .invented import (
    COUNTRIES,
    GROUP_NAMES,
    GROUP_TYPES,
    HEADS,
    MIDDLES,
    OUTSIDE,
    TAILS,
)
from .model import (
    Activity,
    ActivityGroup,
    Agency,
    AgencyName,
    AgencyNameVersion,
    Country,
    Dataset,
    EqarDecision,
    FocusCountry,
    Hierarchy,
    Location,
    Provider,
    ProviderIdentifier,
    ProviderLevel,
    ProviderName,
    QaRequirement,
    Report,
    Succession,
)


@dataclass(frozen=True, slots=True)
class Profile:
    agencies: int
    providers: int
    reports: int


PROFILES: Final = {
    "small": Profile(agencies=20, providers=300, reports=3_000),
    "full": Profile(agencies=57, providers=7_600, reports=110_000),
}


def generate(profile: Profile, seed: int, now: datetime) -> tuple[Dataset, Iterator[Report]]:
    """A registry as it could be on the day of `now`. Its reports come one by one: they are many."""
    generator = _Generator(profile, seed, now.date())
    dataset = generator.dataset()
    return dataset, generate_reports(dataset, profile.reports, generator.chance, now.date())


class _Generator:
    def __init__(self, profile: Profile, seed: int, today: date) -> None:
        self.chance = random.Random(f"{seed}:{profile}")  # noqa: S311 (invented data)
        self._profile = profile
        self._today = today

    def dataset(self) -> Dataset:
        countries = self._countries()
        agencies = [self._agency(number) for number in range(1, self._profile.agencies + 1)]
        groups = [
            ActivityGroup(id=number, activity=GROUP_NAMES[number - 1], type=GROUP_TYPES[number - 1])
            for number in range(1, len(GROUP_TYPES) + 1)
        ]
        activities = [self._activity(agency, group) for agency in agencies for group in groups]
        providers = [self._provider(number, agencies) for number in range(1, self._profile.providers + 1)]
        return Dataset(
            countries=countries,
            agencies=agencies,
            activity_groups=groups,
            activities=activities,
            providers=providers,
            hierarchies=self._hierarchies(providers),
            successions=self._successions(providers),
        )

    def _countries(self) -> list[Country]:
        rows = [(*row, True) for row in COUNTRIES] + [(*row, False) for row in OUTSIDE]
        return [
            Country(
                id=number,
                alpha2=alpha2,
                alpha3=alpha3,
                name_english=name,
                ehea_is_member=member,
                external_qaa=1 + number % 3,
                european_approach=1 + number % 2,
                has_full_institution_list=number % 3 != 0,
                qa_requirements=[
                    QaRequirement(
                        requirement="External review", type=1 + number % 3, valid_from=date(2005, 1, 1)
                    )
                ],
            )
            for number, (alpha2, alpha3, name, member) in enumerate(rows, start=1)
        ]

    def _agency(self, number: int) -> Agency:
        home = (number - 1) % len(COUNTRIES) + 1
        acronym = f"QA{number:02d}"
        name = f"Quality Agency {self._place()} {number}"
        start = date(2008, 1, 1) + timedelta(days=self.chance.randrange(3000))
        ended = number % 10 == 0
        until = date(2019, 12, 31) if ended else add_years(self._today, 1 + number % 4)
        focus = sorted({home, *(1 + self.chance.randrange(len(COUNTRIES)) for _ in range(3))})
        return Agency(
            id=number,
            deqar_id=100 + number,
            name_primary=name,
            acronym_primary=acronym,
            names=[
                AgencyName(
                    id=number,
                    versions=[
                        AgencyNameVersion(
                            name=name, name_is_primary=True, acronym=acronym, acronym_is_primary=True
                        )
                    ],
                )
            ],
            is_registered=not ended,
            registration_start=start,
            registration_valid_to=until,
            country=home,
            website_link=f"https://{acronym.lower()}.example",
            reports_link=f"https://{acronym.lower()}.example/reports",
            geographical_focus=2,
            focus_countries=[
                FocusCountry(country=c, is_official=True, is_crossborder=c != home) for c in focus
            ],
            decisions=[EqarDecision(date=start, type=4), EqarDecision(date=add_years(start, 5), type=1)],
        )

    def _activity(self, agency: Agency, group: ActivityGroup) -> Activity:
        return Activity(
            id=agency.id * 10 + group.id,
            agency=agency.id,
            group=group.id,
            activity=group.activity,
            valid_from=agency.registration_start,
        )

    def _provider(self, number: int, agencies: list[Agency]) -> Provider:
        r = self.chance
        other = number % 150 == 0
        country = (
            1 + r.randrange(len(COUNTRIES)) if number % 60 else len(COUNTRIES) + 1 + r.randrange(len(OUTSIDE))
        )
        alpha2 = (*COUNTRIES, *OUTSIDE)[country - 1][0]
        place = self._place()
        host = f"{place.lower()}-{number}.example"
        founded = date(1850 + r.randrange(160), 1 + r.randrange(12), 1 + r.randrange(28))
        name = f"Academy {place}" if other else f"University of {place}"
        identifiers = [ProviderIdentifier(identifier=host, resource="SCHAC", valid_from=date(2012, 1, 1))]
        if not other:
            erasmus = f"{alpha2[:1]:<3}{place[:7].upper():<7}{number % 100:02d}"
            identifiers.append(
                ProviderIdentifier(identifier=erasmus, resource="Erasmus", valid_from=date(1998, 1, 1))
            )
        if number % 7 == 0:
            agency = r.choice(agencies).id
            identifiers.append(
                ProviderIdentifier(identifier=f"L{number}", resource="local identifier", agency=agency)
            )
        names = [ProviderName(official=name, english=name, acronym=f"{place[:1].upper()}{number}")]
        if number % 11 == 0:
            names.append(ProviderName(official=f"College of {place}", valid_to=add_years(founded, 20)))
        return Provider(
            id=number,
            eter_id=None if other or number % 9 == 0 else f"{alpha2}{number:04d}",
            name_primary=name,
            website_link=f"https://{host}",
            founding_date=founded if number % 5 else None,
            is_other_provider=other,
            organization_type=1 if other else None,
            identifiers=identifiers,
            names=names,
            locations=self._locations(number, country, place, founded),
            levels=[]
            if other
            else [
                ProviderLevel(level=level, valid_from=date(2000, 1, 1))
                for level in (2, 3, 4)[: 1 + r.randrange(3)]
            ],
            created_at=datetime(2019, 1, 1, 12) + timedelta(days=number % 900),  # noqa: DTZ001
        )

    def _locations(self, number: int, country: int, place: str, founded: date) -> list[Location]:
        seat = Location(country=country, city=place, verified=number % 40 != 0, valid_from=founded)
        if number % 13:
            return [seat]
        former = Location(
            country=1 + number % len(COUNTRIES),
            city=f"{place} Old Town",
            verified=False,
            valid_from=founded,
            valid_to=add_years(founded, 30),
        )
        return [seat, former]

    def _hierarchies(self, providers: list[Provider]) -> list[Hierarchy]:
        kinds = (2, 3, 1, 5, 7)
        pairs = [(p.id, p.id + 1) for p in providers if p.id % 25 == 3 and p.id + 1 <= len(providers)]
        return [
            Hierarchy(
                id=number,
                parent=parent,
                child=child,
                type=kinds[number % len(kinds)],
                valid_from=date(2010, 9, 1),
            )
            for number, (parent, child) in enumerate(pairs, start=1)
        ]

    def _successions(self, providers: list[Provider]) -> list[Succession]:
        kinds = (2, 3, 4)
        pairs = [(p.id, p.id + 1) for p in providers if p.id % 50 == 17 and p.id + 1 <= len(providers)]
        return [
            Succession(
                id=number,
                source=source,
                target=target,
                type=kinds[number % len(kinds)],
                date=date(2021, 1, 1),
            )
            for number, (source, target) in enumerate(pairs, start=1)
        ]

    def _place(self) -> str:
        r = self.chance
        return r.choice(HEADS) + r.choice(MIDDLES) + r.choice(TAILS)
