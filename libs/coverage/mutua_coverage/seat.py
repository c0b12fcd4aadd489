"""Where a provider has its legal seat on a day, and what that country's system requires."""

from dataclasses import dataclass
from datetime import date

from mutua_contracts.registry import CountryFacts, ProviderFacts
from mutua_coverage.dates import within, within_inclusive
from mutua_coverage.snapshot import Row, Snapshot


@dataclass(frozen=True, slots=True)
class Seat:
    """The country of the legal seat; null where there is none, more than one, or nothing known about it."""

    country: CountryFacts | None
    found: str

    @property
    def in_ehea(self) -> bool | None:
        """Null where it cannot be told."""
        return None if self.country is None else self.country.ehea_member

    def requires_programme_level(self, day: date) -> bool | None:
        """Whether the system asks for quality assurance of each programme on `day`; null where the registry
        tells of no requirement on that day at all.
        """
        required = {
            each.level
            for each in (self.country.qa_requirements if self.country else ())
            if within_inclusive(day, each.valid_from, each.valid_to)
        }
        return required != {"institutional"} if required else None


def seat_of(provider: Row[ProviderFacts] | None, day: date, snapshot: Snapshot) -> Seat:
    """The one country with a verified location on `day`."""
    if provider is None:
        return Seat(None, "provider not in the snapshot")
    codes = sorted(
        {
            place.country
            for place in provider.facts.countries
            if place.verified and within(day, place.valid_from, place.valid_to)
        }
    )
    if len(codes) != 1:
        return Seat(None, f"{provider.id}: verified seats in {', '.join(codes) or 'no country'}")
    country = snapshot.country(codes[0])
    if country is None or country.gone:
        return Seat(None, f"{provider.id}: country {codes[0]} not in the snapshot")
    return Seat(country.facts, f"{provider.id}: seat in {codes[0]}")
