"""Rows of the search-backed lists: the engine's document, reshaped at the time of the request.

Each list reshapes in its own way, and forgets something of its own: that is where three forms of dates,
two forms of degree outcome and the pages that fail as a whole come from. A row that names a deleted agency
or activity raises BrokenRecord, and the page with it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from zlib import crc32

from .dates import instant, plain
from .model import Activity, ActivityGroup, Agency, Json
from .truth import Truth

_CONNECT_FIELDS: Final = (
    "id",
    "deqar_id",
    "eter_id",
    "identifiers",
    "name_primary",
    "names",
    "website_link",
    "is_other_provider",
    "organization_type",
    "founding_date",
    "closure_date",
    "locations",
    "part_of",
    "includes",
    "country",
    "city",
    "date_created",
)


@dataclass(frozen=True, slots=True)
class Rows:
    """`url` is the address of the request itself, `boot` changes the order of unordered sets at every
    restart.
    """

    truth: Truth
    base: str
    url: str
    boot: int

    def report(self, hit: Json) -> Json:
        """A row of `reports/`."""
        if hit["local_identifier"]:
            hit["local_id"] = [hit["local_identifier"]]
        hit["flag_level"] = hit.pop("flag")
        for name in ("valid_from", "valid_to", "valid_to_calculated"):
            hit[name] = instant(hit[name])
        hit["date_created"] = instant(hit.pop("created_at"))
        hit["date_updated"] = instant(hit.pop("updated_at"))
        hit["agency_name"] = self.truth.get(Agency, hit["agency"]["id"]).name_primary
        hit["agency_acronym"] = hit["agency"]["acronym_primary"]
        hit["agency_esg_activity"], hit["agency_esg_activity_type"] = self._activity(hit)
        hit["contributing_agencies"] = [self._contributing(a) for a in hit["contributing_agencies"]]
        for programme in hit["programmes"]:
            programme["degree_outcome"] = programme["degree_outcome"] == 1
        places = [place for provider in hit["institutions"] for place in provider["locations"]]
        hit["country"] = self._unordered(place["country"]["name_english"] for place in places)
        self._files(hit["report_files"])
        return hit

    def institutional(self, hit: Json) -> Json:
        """A row of `reports/institutional/by-institution/`: the institutions' dates are converted here."""
        self._nested_dates(hit)
        for provider in hit["institutions"]:
            for place in provider["locations"]:
                place["country_valid_from"] = instant(place["country_valid_from"])
                place["country_valid_to"] = instant(place["country_valid_to"])
        self._files(hit["report_files"])
        return hit

    def programme(self, hit: Json) -> Json:
        """A row of `reports/programme/by-institution/`: one programme, its report nested, providers as bare
        ids.
        """
        hit["degree_outcome"] = hit["degree_outcome"] == 1
        self._nested_dates(hit["report"])
        self._files(hit["report"]["report_files"])
        return hit

    def institution(self, hit: Json) -> Json:
        """A row of the Web API's `institutions/`: flattened relations, countries as names."""
        self._provider_dates(hit)
        self._display_names(hit)
        hit["qf_ehea_level"] = hit.pop("qf_ehea_levels")
        hit["hierarchical_relationships"] = {
            name: [_flat_relative(relation) for relation in hit.pop(name)] for name in ("part_of", "includes")
        }
        hit["place"] = hit.pop("locations")
        for place in hit["place"]:
            place["country"] = place["country"]["name_english"]
        hit["country"] = self._unordered(place["country"] for place in hit["place"])
        return hit

    def connect(self, hit: Json) -> Json:
        """A row of Connect's `providers/`: `includes` keeps its dates as raw seconds, `part_of` does not."""
        self._provider_dates(hit)
        for relation in hit["part_of"]:
            relation["valid_from"] = plain(relation["valid_from"])
            relation["valid_to"] = plain(relation["valid_to"])
        hit["country"] = self._unordered(place["country"]["name_english"] for place in hit["locations"])
        hit["city"] = self._unordered(place["city"] for place in hit["locations"])
        return {name: hit[name] for name in _CONNECT_FIELDS}

    def _activity(self, hit: Json) -> tuple[str, str]:
        if not hit["agency_esg_activities"]:
            return "N/A", "N/A"
        first = hit["agency_esg_activities"][0]
        group = self.truth.get(ActivityGroup, self.truth.get(Activity, first["id"]).group)
        return group.activity, first["type"]

    def _contributing(self, reference: Json) -> Json:
        agency = self.truth.get(Agency, reference["id"])
        return {
            "agency_id": reference["id"],
            "agency_acronym": reference["acronym_primary"],
            "agency_name": agency.name_primary,
            "agency_url": agency.website_link,
        }

    def _nested_dates(self, report: Json) -> None:
        for name in ("valid_from", "valid_to", "valid_to_calculated", "created_at", "updated_at"):
            report[name] = instant(report[name])

    def _files(self, files: list[Json]) -> None:
        """An absent file becomes the address of the request: joining nothing to it gives itself."""
        for file in files:
            file["file"] = f"{self.base}{file['file']}" if file["file"] else self.url

    def _provider_dates(self, hit: Json) -> None:
        hit["founding_date"] = plain(hit["founding_date"])
        hit["closure_date"] = plain(hit["closure_date"])
        hit["date_created"] = instant(hit.pop("created_at"))
        for name in hit["names"]:
            name["name_valid_to"] = plain(name["name_valid_to"])
        for place in hit["locations"]:
            place["country_valid_from"] = plain(place["country_valid_from"])
            place["country_valid_to"] = plain(place["country_valid_to"])

    def _display_names(self, hit: Json) -> None:
        primary, eter = hit["name_primary"], hit["eter_id"]
        current = [name["name_official"] for name in hit["names"] if name["name_valid_to"] is None]
        official = current[0] if current else primary
        hit["name_select_display"] = f"{primary} ({eter})" if eter else primary
        hit["name_official_display"] = official
        hit["name_display"] = f"{official} / {primary}" if official != primary else primary

    def _unordered(self, values: Iterable[str | None]) -> list[str | None]:
        return sorted(set(values), key=lambda value: crc32(f"{self.boot}:{value}".encode()))


def _flat_relative(relation: Json) -> Json:
    """The relative's own id is lost here: only its DEQARINST id remains."""
    relative = relation["institution"]
    return {
        "deqar_id": relative["deqar_id"],
        "eter_id": relative["eter_id"],
        "name_primary": relative["name_primary"],
        "website_link": relative["website_link"],
        "relationship_type": relation["relationship_type"],
        "valid_from": plain(relation["valid_from"]),
        "valid_to": plain(relation["valid_to"]),
    }
