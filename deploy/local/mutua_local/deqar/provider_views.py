"""A provider in detail, the same on the Web API and on Connect, straight from the truth."""

from datetime import date

from .codes import HIERARCHY_TYPE, QF_EHEA_LEVEL, SUCCESSION_FROM, SUCCESSION_TO
from .contributors import Contributor, contributors
from .country_views import country_detail
from .dates import iso, unix
from .model import Country, Json, Location, Provider
from .provider_documents import organization_type
from .view import View


def provider_detail(view: View, provider: Provider) -> Json:
    """The detail, the same on the Web API and on Connect; it does not hold the DEQARINST id."""
    return {
        "id": provider.id,
        "eter_id": provider.eter_id,
        "identifiers": [
            {
                "identifier": i.identifier,
                "agency": view.agency_text(i.agency),
                "resource": i.resource,
                "identifier_valid_from": iso(i.valid_from),
                "identifier_valid_to": iso(i.valid_to),
            }
            for i in provider.identifiers
        ],
        "website_link": provider.website_link,
        "names": [
            {
                "name_official": name.official,
                "name_official_transliterated": name.transliterated,
                "name_english": name.english,
                "name_versions": [v.model_dump() for v in name.versions],
                "acronym": name.acronym,
                "name_source_note": name.source_note,
                "name_valid_to": iso(name.valid_to),
            }
            for name in provider.names
        ],
        "countries": [
            _location(view, place) for place in view.kept(provider.locations, lambda x: x.valid_to)
        ],
        "founding_date": iso(provider.founding_date),
        "closure_date": iso(provider.closure_date),
        "historical_relationships": _successions(view, provider.id),
        "hierarchical_relationships": {
            "includes": [
                _hierarchy(view, h.child, h.type, h.valid_from, h.valid_to)
                for h in view.truth.hierarchies(parent=provider.id)
            ],
            "part_of": [
                _hierarchy(view, h.parent, h.type, h.valid_from, h.valid_to)
                for h in view.truth.hierarchies(child=provider.id)
            ],
        },
        "meili_filters": _engine_filters(view, provider.id),
        "qf_ehea_levels": [
            {
                "qf_ehea_level": QF_EHEA_LEVEL[level.level],
                "qf_ehea_level_source": level.source,
                "qf_ehea_level_source_note": level.source_note,
                "qf_ehea_level_valid_from": iso(level.valid_from),
                "qf_ehea_level_valid_to": iso(level.valid_to),
            }
            for level in view.kept(provider.levels, lambda x: x.valid_to)
        ],
        "is_other_provider": provider.is_other_provider,
        "organization_type": organization_type(provider),
        "is_orgreg_alliance": (provider.eter_id or "").startswith("INT"),
        "source_of_information": provider.source_of_information,
        "historical_data": view.kept_history(provider.history),
    }


def _location(view: View, place: Location) -> Json:
    return {
        "country": country_detail(view, view.truth.get(Country, place.country)),
        "city": place.city,
        "lat": place.lat,
        "long": place.long,
        "country_source": place.source,
        "country_valid_from": iso(place.valid_from),
        "country_valid_to": iso(place.valid_to),
        "country_verified": place.verified,
    }


def _relative(view: View, key: int) -> Json:
    provider = view.truth.get(Provider, key)
    return {
        "id": provider.id,
        "eter_id": provider.eter_id,
        "url": f"{view.base}/webapi/v2/browse/institutions/{provider.id}/",
        "name_primary": provider.name_primary,
        "name_sort": provider.name_sort,
        "website_link": provider.website_link,
        "countries": [
            {
                "country": view.truth.get(Country, place.country).name_english,
                "city": place.city,
                "lat": place.lat,
                "long": place.long,
                "country_verified": place.verified,
            }
            for place in view.kept(provider.locations, lambda x: x.valid_to)
        ],
    }


def _hierarchy(view: View, relative: int, kind: int | None, since: date | None, until: date | None) -> Json:
    return {
        "institution": _relative(view, relative),
        "relationship_type": HIERARCHY_TYPE[kind] if kind else None,
        "valid_from": iso(since),
        "valid_to": iso(until),
    }


def _successions(view: View, key: int) -> list[Json]:
    """Each row reads as a sentence: this institution <relationship_type> <institution>."""
    rows = [(s.target, SUCCESSION_TO[s.type], s.date) for s in view.truth.successions(source=key)]
    rows += [(s.source, SUCCESSION_FROM[s.type], s.date) for s in view.truth.successions(target=key)]
    return [
        {"institution": _relative(view, other), "relationship_type": kind, "relationship_date": iso(day)}
        for other, kind, day in rows
    ]


def _engine_filters(view: View, key: int) -> Json:
    """The engine's filters of the by-institution lists, as the detail gives them away."""
    own, *others = contributors(view.truth, key)
    reports, programmes = ("{}s.id", ""), ("{}s", "report.")
    return {
        name: [
            *(f"{field.format(role)} = {own.provider}" for role in own.roles),
            *(_engine_filter(each, field, prefix) for each in others),
        ]
        for name, (field, prefix) in (("reports", reports), ("programmes", programmes))
    }


def _engine_filter(contributor: Contributor, field: str, prefix: str) -> str:
    named = [f"{field.format(role)} = {contributor.provider}" for role in contributor.roles]
    parts = [named[0] if len(named) == 1 else f"( {' OR '.join(named)} )"]
    if contributor.since:
        parts.append(f"{prefix}valid_to_calculated >= {unix(contributor.since)}")
    if contributor.until:
        parts.append(f"{prefix}valid_from <= {unix(contributor.until)}")
    return " AND ".join(parts)
