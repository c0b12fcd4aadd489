"""A small registry to ask: a university in a country of the EHEA, an agency, and whatever a test adds."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from mutua_contracts.registry import (
    AgencyDecision,
    AgencyFacts,
    AgencyRef,
    CountryFacts,
    Programme,
    ProviderFacts,
    ProviderLocation,
    ProviderName,
    QaRequirement,
    QfLevel,
    RegistryIdentifier,
    Relation,
    ReportFacts,
)
from mutua_coverage import Coverage, Credential, Identifier, MemorySnapshot, Row, covered

AS_OF = datetime(2026, 11, 15, 2, 0, tzinfo=UTC)
DAY = date(2024, 6, 15)
"""The award date, unless a test says otherwise."""

INSIDE, PROGRAMMES, BOTH, OUTSIDE = "XA", "XP", "XB", "XO"
"""Countries: in the EHEA with institutional requirements, with programme level, with both; and outside."""


def name_of(number: int) -> str:
    return f"DEQARINST{number:04d}"


P = name_of(1)


def day(text: str) -> date:
    return date.fromisoformat(text)


def maybe(text: str | None) -> date | None:
    return None if text is None else day(text)


def micro(**changes: Any) -> Programme:
    """A micro-credential's row: Data Literacy, level 6, 5 ECTS, assessed."""
    facts: dict[str, Any] = {
        "names": ("Data Literacy",),
        "type": "micro-credential",
        "level": 6,
        "ects": 5,
        "degree": False,
        "assessment": "assessment",
    }
    return Programme(**{**facts, **changes})


def degree(**changes: Any) -> Programme:
    return micro(**{"type": "full degree", "ects": 180, "degree": True, "assessment": None, **changes})


def local(value: str, agency: str | None = None) -> RegistryIdentifier:
    return RegistryIdentifier(resource="local identifier", value=value, agency=agency)


def identifier(
    scheme: str, value: str, start: str | None = None, end: str | None = None
) -> RegistryIdentifier:
    return RegistryIdentifier(resource=scheme, value=value, valid_from=maybe(start), valid_to=maybe(end))


def seat(
    country: str, start: str | None = None, end: str | None = None, verified: bool = True
) -> ProviderLocation:
    return ProviderLocation(country=country, verified=verified, valid_from=maybe(start), valid_to=maybe(end))


def history(kind: str, other: int, on: str | None) -> Relation:
    return Relation(kind=kind, role="historical", other=name_of(other), on=maybe(on))


def above(kind: str, other: int, start: str | None = None, end: str | None = None) -> Relation:
    """`other` is the parent."""
    return Relation(
        kind=kind, role="parent", other=name_of(other), valid_from=maybe(start), valid_to=maybe(end)
    )


def below(kind: str, other: int) -> Relation:
    """`other` is the child."""
    return Relation(kind=kind, role="child", other=name_of(other))


class World:
    """Facts to be changed before the question is asked. Provider 1 and agency 1 are there from the start."""

    def __init__(self) -> None:
        self.providers: dict[str, Row[ProviderFacts]] = {}
        self.reports: dict[str, Row[ReportFacts]] = {}
        self.agencies: dict[str, Row[AgencyFacts]] = {}
        self.countries: dict[str, Row[CountryFacts]] = {}
        for code, level in ((INSIDE, "institutional"), (PROGRAMMES, "programme"), (BOTH, "both")):
            self.country(code, True, QaRequirement(level=level))
        self.country(OUTSIDE, False)
        self.agency(1)
        self.provider(1)

    def country(self, code: str, ehea: bool, *requirements: QaRequirement, full_list: bool = False) -> None:
        facts = CountryFacts(
            code=code,
            name=code,
            ehea_member=ehea,
            qa_requirements=requirements,
            has_full_institution_list=full_list,
        )
        self.countries[code] = Row(code, facts)

    def agency(
        self,
        number: int,
        start: str | None = "2000-01-01",
        end: str | None = None,
        *,
        decisions: tuple[tuple[str, str], ...] = (),
        registered: bool = True,
        gone: bool = False,
    ) -> None:
        facts = AgencyFacts(
            acronym=f"A{number}",
            name=f"Agency {number}",
            registered_from=maybe(start),
            registered_to=maybe(end),
            registered=registered,
            decisions=tuple(AgencyDecision(kind=kind, on=day(on)) for kind, on in decisions),
        )
        self.agencies[str(number)] = Row(str(number), facts, gone=gone)

    def provider(
        self,
        number: int,
        *,
        seats: tuple[ProviderLocation, ...] | None = None,
        levels: tuple[int | QfLevel, ...] = (6, 7),
        relations: tuple[Relation, ...] = (),
        identifiers: tuple[RegistryIdentifier, ...] = (),
        founded: str | None = None,
        closed: str | None = None,
        other_provider: bool = False,
        gone: bool = False,
    ) -> None:
        facts = ProviderFacts(
            names=(ProviderName(name=f"University {number}", kind="official"),),
            identifiers=identifiers,
            countries=(seat(INSIDE),) if seats is None else seats,
            founded=maybe(founded),
            closed=maybe(closed),
            levels=tuple(each if isinstance(each, QfLevel) else QfLevel(eqf=each) for each in levels),
            other_provider=other_provider,
            relations=relations,
        )
        self.providers[name_of(number)] = Row(name_of(number), facts, gone=gone)

    def report(
        self,
        number: int,
        start: str = "2022-01-01",
        end: str | None = "2027-12-31",
        *,
        of: tuple[int, ...] = (1,),
        kind: str = "institutional",
        decision: str = "positive",
        status: str = "obligatory",
        flag: str = "none",
        agency: int = 1,
        contributing: tuple[int, ...] = (),
        platforms: tuple[int, ...] = (),
        programmes: tuple[Programme, ...] = (),
        gone: bool = False,
        withheld: bool = False,
    ) -> None:
        facts = ReportFacts(
            agency=AgencyRef(id=str(agency), acronym=f"A{agency}"),
            contributing_agencies=tuple(AgencyRef(id=str(each)) for each in contributing),
            providers=tuple(name_of(each) for each in of),
            platforms=tuple(name_of(each) for each in platforms),
            type=kind,
            status=status,
            decision=decision,
            flag=flag,
            valid_from=day(start),
            valid_to=maybe(end),
            programmes=programmes,
        )
        self.reports[str(number)] = Row(
            str(number), facts, gone=gone, withheld=withheld, listed_at=AS_OF, detailed_at=AS_OF
        )

    def snapshot(self) -> MemorySnapshot:
        return MemorySnapshot(
            "snapshot-1",
            AS_OF,
            providers=self.providers,
            reports=self.reports,
            agencies=self.agencies,
            countries=self.countries,
        )

    def ask(self, **asked: Any) -> Coverage:
        return covered(question(**asked), self.snapshot())


def question(
    provider: str | tuple[Identifier, ...] = P,
    on: str | date = DAY,
    *,
    programme: str | tuple[str, ...] = (),
    ids: tuple[str | Identifier, ...] = (),
    level: int | None = 6,
    ects: str | None = "5",
    assessment: str | None = "assessment",
    degree: bool = False,
    alliance: int | None = None,
) -> Credential:
    """A micro-credential of provider 1 at level 6 with 5 ECTS, unless said otherwise."""
    return Credential(
        provider=(Identifier.parse(provider),) if isinstance(provider, str) else provider,
        award_date=day(on) if isinstance(on, str) else on,
        programme_names=(programme,) if isinstance(programme, str) else programme,
        programme_identifiers=tuple(Identifier("", each) if isinstance(each, str) else each for each in ids),
        level=level,
        ects=None if ects is None else Decimal(ects),
        assessment=assessment,
        degree=degree,
        alliance=None if alliance is None else name_of(alliance),
    )
