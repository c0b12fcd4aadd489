"""Reports of a seeded registry, one by one because they are many: about its providers, by its agencies."""

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from .dates import add_years
from .invented import FIELDS, KINDS, SUBJECTS
from .model import (
    Agency,
    Dataset,
    Programme,
    ProgrammeIdentifier,
    ProgrammeName,
    Provider,
    Report,
    ReportFile,
)


def generate_reports(dataset: Dataset, count: int, chance: random.Random, today: date) -> Iterator[Report]:
    generator = _ReportGenerator(count, chance, today)
    for number in range(1, count + 1):
        yield generator.report(number, dataset.agencies, dataset.providers)


class _ReportGenerator:
    def __init__(self, count: int, chance: random.Random, today: date) -> None:
        self._count = count
        self._random = chance
        self._today = today
        self._programme_id = 0
        self._file_id = 0

    def report(self, number: int, agencies: list[Agency], providers: list[Provider]) -> Report:
        r = self._random
        agency = agencies[min(int(r.expovariate(3.0) * len(agencies)), len(agencies) - 1)]
        provider = providers[min(int(r.expovariate(2.5) * len(providers)), len(providers) - 1)]
        kind = r.choices((1, 2, 3, 4), weights=(35, 50, 5, 10))[0]
        others = [p.id for p in r.sample(providers, 2)] if kind == 3 else []
        valid_from = self._today - timedelta(days=r.randrange(10 * 365))
        created = datetime(2019, 1, 1, 12) + timedelta(days=number * 2500 // self._count)  # noqa: DTZ001
        status = 2 if provider.is_other_provider or r.random() < 0.15 else 1
        return Report(
            id=number,
            agency=agency.id,
            contributing_agencies=[agencies[number % len(agencies)].id] if number % 40 == 0 else [],
            activities=[agency.id * 10 + kind],
            local_identifier=f"{agency.acronym_primary}-{number}" if number % 4 else "",
            institutions=list(dict.fromkeys([provider.id, *others])),
            programmes=[] if kind == 1 else self._programmes(agency, provider),
            status=status,
            decision=r.choices((1, 2, 3, 4), weights=(80, 14, 1, 5))[0],
            flag=r.choices((1, 2, 3), weights=(96, 3, 1))[0],
            valid_from=valid_from,
            valid_to=None if r.random() < 0.33 else add_years(valid_from, r.choice((5, 6, 8))),
            created_at=created,
            updated_at=created + timedelta(days=r.randrange(200)) if number % 6 == 0 else created,
            files=[self._file(agency, created, number)],
        )

    def _programmes(self, agency: Agency, provider: Provider) -> list[Programme]:
        r = self._random
        found: list[Programme] = []
        for _ in range(r.choices((1, 2, 6), weights=(90, 7, 3))[0]):
            self._programme_id += 1
            key = self._programme_id
            name = f"{r.choice(SUBJECTS)} {r.choice(KINDS)} {key % 97}"
            short = provider.is_other_provider or key % 30 == 0
            found.append(
                Programme(
                    id=key,
                    name_primary=name,
                    names=[
                        ProgrammeName(name=name, is_primary=True, qualification="" if short else "Master")
                    ],
                    identifiers=[ProgrammeIdentifier(identifier=f"P{key}", agency=agency.id)],
                    nqf_level="level 6",
                    qf_ehea_level=2 + key % 3,
                    countries=[provider.locations[0].country],
                    degree_outcome=2 if short else 1,
                    workload_ects=r.choice((3, 5, 10, 59, 60)) if short else r.choice((120, 180, None)),
                    assessment=(1 + key % 3) if short else None,
                    field_study=f"http://data.europa.eu/esco/isced-f/{r.choice(FIELDS)}",
                )
            )
        return found

    def _file(self, agency: Agency, created: datetime, number: int) -> ReportFile:
        """One file in twenty was never downloaded: it has no address."""
        self._file_id += 1
        name = f"/reports/{agency.acronym_primary}/{created:%Y%m%d_%H%M}_report_{number}.pdf"
        return ReportFile(
            id=self._file_id,
            display_name=f"Report {number}",
            file=name if number % 20 else None,
            languages=["English"],
        )
