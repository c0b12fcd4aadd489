"""What the SQL views answer: countries, agencies, providers and reports, straight from the truth.

`history` decides whether ended rows are shown; names and identifiers are never filtered. A broken record
raises BrokenRecord where the real server answers with a page of HTML and status 500.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from .codes import (
    ACTIVITY_TYPE,
    ASSESSMENT,
    DECISION,
    DEGREE_OUTCOME,
    EQAR_DECISION_TYPE,
    FLAG,
    GEOGRAPHICAL_FOCUS,
    HIERARCHY_TYPE,
    PERMISSION,
    QA_REQUIREMENT_TYPE,
    QF_EHEA_LEVEL,
    STATUS,
    SUCCESSION_FROM,
    SUCCESSION_TO,
)
from .contributors import contributors
from .dates import VALIDITY_YEARS, add_years, iso
from .documents import activity_reference, organization_type
from .model import (
    Activity,
    ActivityGroup,
    Agency,
    Country,
    EqarDecision,
    FocusCountry,
    HistoryEntry,
    Json,
    Location,
    Programme,
    Provider,
    Report,
)
from .truth import Truth

RowT = TypeVar("RowT")


@dataclass(frozen=True, slots=True)
class View:
    """One request's look at the truth: on which day, under which base address, with history or without."""

    truth: Truth
    today: date
    base: str
    history: bool

    def kept(self, rows: Iterable[RowT], ends: Callable[[RowT], date | None]) -> list[RowT]:
        return [row for row in rows if self.history or (end := ends(row)) is None or end > self.today]

    # countries

    def country_short(self, key: int) -> Json:
        country = self.truth.get(Country, key)
        return {
            "id": country.id,
            "url": f"{self.base}/webapi/v2/browse/countries/{country.id}/",
            "name_english": country.name_english,
            "iso_3166_alpha2": country.alpha2,
            "iso_3166_alpha3": country.alpha3,
        }

    def country_row(self, country: Country, agency_count: int) -> Json:
        return {
            **self.country_short(country.id),
            "external_QAA_is_permitted": PERMISSION[country.external_qaa],
            "european_approach_is_permitted": PERMISSION[country.european_approach],
            "has_full_institution_list": country.has_full_institution_list,
            "ehea_key_commitment": country.key_commitment,
            "eqar_governmental_member_start": iso(country.governmental_member_start),
            "agency_count": agency_count,
        }

    def country(self, country: Country) -> Json:
        """The detail; unlike the list it has neither url nor agency_count."""
        return {
            "id": country.id,
            "name_english": country.name_english,
            "iso_3166_alpha2": country.alpha2,
            "iso_3166_alpha3": country.alpha3,
            "ehea_is_member": country.ehea_is_member,
            "eqar_governmental_member_start": iso(country.governmental_member_start),
            "qa_requirements": [
                {
                    "qa_requirement": row.requirement,
                    "qa_requirement_type": QA_REQUIREMENT_TYPE[row.type],
                    "qa_requirement_note": row.note,
                    "requirement_valid_from": iso(row.valid_from),
                    "requirement_valid_to": iso(row.valid_to),
                }
                for row in self.kept(country.qa_requirements, lambda r: r.valid_to)
            ],
            "qa_requirement_note": country.qa_requirement_note,
            "external_QAA_is_permitted": PERMISSION[country.external_qaa],
            "external_QAA_note": country.external_qaa_note,
            "eligibility": country.eligibility,
            "conditions": country.conditions,
            "recognition": country.recognition,
            "european_approach_is_permitted": PERMISSION[country.european_approach],
            "european_approach_note": country.european_approach_note,
            "has_full_institution_list": country.has_full_institution_list,
            "ehea_key_commitment": country.key_commitment,
            "general_note": country.general_note,
            "qaa_regulations": [
                {
                    "regulation": row.text,
                    "regulation_url": row.url,
                    "regulation_valid_from": iso(row.valid_from),
                    "regulation_valid_to": iso(row.valid_to),
                }
                for row in self.kept(country.regulations, lambda r: r.valid_to)
            ],
            "report_count": self.truth.reports_in_country(country.id),
            "institution_count": self.truth.providers_in_country(country.id),
            "historical_data": self._history(country.history),
        }

    def country_by_reports(self, country: Country, institution_count: int) -> Json:
        providers = [
            p for p in self.truth.every(Provider) if any(x.country == country.id for x in p.locations)
        ]
        return {
            **self.country_short(country.id),
            "ehea_is_member": country.ehea_is_member,
            "has_full_institution_list": country.has_full_institution_list,
            "ehea_key_commitment": country.key_commitment,
            "institution_count": institution_count,
            "institution_total": len(providers),
            "institution_eter": sum(p.eter_id is not None for p in providers),
            "reports_total": self.truth.reports_in_country(country.id),
        }

    def focus_country(self, agency: Agency, focus: FocusCountry) -> Json:
        country = self.truth.get(Country, focus.country)
        return {
            "country_url": f"{self.base}/webapi/v2/browse/countries/{country.id}/",
            "country": country.name_english,
            "country_is_official": focus.is_official,
            "country_is_crossborder": focus.is_crossborder,
            "country_valid_from": iso(focus.valid_from),
            "country_valid_to": iso(focus.valid_to),
            "institution_count": self.truth.providers_in_country(country.id, agency.id),
            "report_count": self.truth.reports_in_country(country.id, agency.id),
            "country_is_ehea": country.ehea_is_member,
        }

    # agencies

    def agency_row(self, agency: Agency) -> Json:
        return {
            "id": agency.id,
            "url": f"{self.base}/webapi/v2/browse/agencies/{agency.id}/",
            "deqar_id": agency.deqar_id,
            "name_primary": agency.name_primary,
            "acronym_primary": agency.acronym_primary,
            "logo": agency.logo,
            "country": self.country_short(agency.country),
            "activities": [self._activity(a) for a in self._activities(agency)],
            "registration_start": iso(agency.registration_start),
            "registration_valid_to": iso(agency.registration_valid_to),
            "registration_note": agency.registration_note,
            "institution_count": self.truth.providers_of(agency.id, "agency"),
            "report_count": len(self.truth.reports_of(agency.id, "agency")),
        }

    def focusing_agency_row(self, agency: Agency, country: int) -> Json:
        focus = next(f for f in agency.focus_countries if f.country == country)
        row = self.agency_row(agency)
        del row["registration_note"]
        return {
            **row,
            "country_is_official": focus.is_official,
            "report_count": self.truth.reports_in_country(country, agency.id),
            "institution_count": self.truth.providers_in_country(country, agency.id),
            "is_registered": agency.is_registered,
        }

    def agency(self, agency: Agency) -> Json:
        """The detail; only here is said whether it is registered, and here names have versions."""
        return {
            "id": agency.id,
            "deqar_id": agency.deqar_id,
            "names": [
                {
                    "id": name.id,
                    "name_versions": [v.model_dump() for v in name.versions],
                    "name_note": name.note,
                    "name_valid_to": iso(name.valid_to),
                }
                for name in agency.names
            ],
            "contact_person": agency.contact_person,
            "is_registered": agency.is_registered,
            "registration_start": iso(agency.registration_start),
            "registration_valid_to": iso(agency.registration_valid_to),
            "registration_note": agency.registration_note,
            "reports_link": agency.reports_link,
            "phone_numbers": agency.phones,
            "address": agency.address,
            "country": self.country_short(agency.country),
            "emails": agency.emails,
            "website_link": agency.website_link,
            "logo": agency.logo,
            "report_count": len(self.truth.reports_of(agency.id, "agency")),
            "institution_count": self.truth.providers_of(agency.id, "agency"),
            "activities": [
                {
                    **self._activity(activity),
                    "report_count": len(self.truth.reports_of(activity.id, "activity")),
                    "institution_count": self.truth.providers_of(activity.id, "activity"),
                }
                for activity in self._activities(agency)
            ],
            "associations": agency.associations,
            "decisions": [
                eqar_decision(d) for d in sorted(agency.decisions, key=lambda d: d.date, reverse=True)
            ],
            "specialisation_note": agency.specialisation_note,
            "description_note": agency.description_note,
            "geographical_focus": GEOGRAPHICAL_FOCUS.get(agency.geographical_focus or 0),
            "historical_data": self._history(agency.history),
        }

    def activity_group(self, group: ActivityGroup) -> Json:
        """The only place that tells an activity's first day."""
        members = [a for a in self.truth.every(Activity) if a.group == group.id]
        return {
            "id": group.id,
            "activity": group.activity,
            "activity_type": ACTIVITY_TYPE[group.type],
            "reports_link": group.reports_link,
            "members": [
                {
                    "id": a.id,
                    "agency": self.truth.get(Agency, a.agency).acronym_primary,
                    "activity_description": a.description,
                    "reports_link": a.reports_link,
                    "activity_valid_from": iso(a.valid_from),
                    "activity_valid_to": iso(a.valid_to),
                }
                for a in members
            ],
        }

    def activity_row(self, activity: Activity) -> Json:
        return {
            "id": activity.id,
            "agency": self.truth.get(Agency, activity.agency).acronym_primary,
            "activity": activity.activity,
            "activity_type": self._activity_type(activity),
            "activity_description": activity.description,
        }

    def _activities(self, agency: Agency) -> list[Activity]:
        own = [a for a in self.truth.every(Activity) if a.agency == agency.id]
        return self.kept(own, lambda a: a.valid_to)

    def _activity(self, activity: Activity) -> Json:
        return {
            "id": activity.id,
            "group_id": activity.group,
            "activity": self.truth.get(ActivityGroup, activity.group).activity,
            "activity_description": activity.description,
            "activity_type": self._activity_type(activity),
            "reports_link": activity.reports_link,
            "activity_valid_to": iso(activity.valid_to),
        }

    def _activity_type(self, activity: Activity) -> str:
        return ACTIVITY_TYPE[self.truth.get(ActivityGroup, activity.group).type]

    # providers

    def provider(self, provider: Provider) -> Json:
        """The detail, the same on the Web API and on Connect; it does not hold the DEQARINST id."""
        return {
            "id": provider.id,
            "eter_id": provider.eter_id,
            "identifiers": [
                {
                    "identifier": i.identifier,
                    "agency": self._agency_text(i.agency),
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
                self._location(place) for place in self.kept(provider.locations, lambda x: x.valid_to)
            ],
            "founding_date": iso(provider.founding_date),
            "closure_date": iso(provider.closure_date),
            "historical_relationships": self._successions(provider.id),
            "hierarchical_relationships": {
                "includes": [
                    self._hierarchy(h.child, h.type, h.valid_from, h.valid_to)
                    for h in self.truth.hierarchies(parent=provider.id)
                ],
                "part_of": [
                    self._hierarchy(h.parent, h.type, h.valid_from, h.valid_to)
                    for h in self.truth.hierarchies(child=provider.id)
                ],
            },
            "meili_filters": self._engine_filters(provider.id),
            "qf_ehea_levels": [
                {
                    "qf_ehea_level": QF_EHEA_LEVEL[level.level],
                    "qf_ehea_level_source": level.source,
                    "qf_ehea_level_source_note": level.source_note,
                    "qf_ehea_level_valid_from": iso(level.valid_from),
                    "qf_ehea_level_valid_to": iso(level.valid_to),
                }
                for level in self.kept(provider.levels, lambda x: x.valid_to)
            ],
            "is_other_provider": provider.is_other_provider,
            "organization_type": organization_type(provider),
            "is_orgreg_alliance": (provider.eter_id or "").startswith("INT"),
            "source_of_information": provider.source_of_information,
            "historical_data": self._history(provider.history),
        }

    def _location(self, place: Location) -> Json:
        return {
            "country": self.country(self.truth.get(Country, place.country)),
            "city": place.city,
            "lat": place.lat,
            "long": place.long,
            "country_source": place.source,
            "country_valid_from": iso(place.valid_from),
            "country_valid_to": iso(place.valid_to),
            "country_verified": place.verified,
        }

    def _relative(self, key: int) -> Json:
        provider = self.truth.get(Provider, key)
        return {
            "id": provider.id,
            "eter_id": provider.eter_id,
            "url": f"{self.base}/webapi/v2/browse/institutions/{provider.id}/",
            "name_primary": provider.name_primary,
            "name_sort": provider.name_sort,
            "website_link": provider.website_link,
            "countries": [
                {
                    "country": self.truth.get(Country, place.country).name_english,
                    "city": place.city,
                    "lat": place.lat,
                    "long": place.long,
                    "country_verified": place.verified,
                }
                for place in self.kept(provider.locations, lambda x: x.valid_to)
            ],
        }

    def _hierarchy(self, relative: int, kind: int | None, since: date | None, until: date | None) -> Json:
        return {
            "institution": self._relative(relative),
            "relationship_type": HIERARCHY_TYPE[kind] if kind else None,
            "valid_from": iso(since),
            "valid_to": iso(until),
        }

    def _successions(self, key: int) -> list[Json]:
        """Each row reads as a sentence: this institution <relationship_type> <institution>."""
        rows = [(s.target, SUCCESSION_TO[s.type], s.date) for s in self.truth.successions(source=key)]
        rows += [(s.source, SUCCESSION_FROM[s.type], s.date) for s in self.truth.successions(target=key)]
        return [
            {"institution": self._relative(other), "relationship_type": kind, "relationship_date": iso(day)}
            for other, kind, day in rows
        ]

    def _engine_filters(self, key: int) -> Json:
        found = contributors(self.truth, key)
        return {
            "reports": [f"institutions.id = {c.provider} OR platforms.id = {c.provider}" for c in found],
            "programmes": [f"report.institutions.id = {c.provider}" for c in found],
        }

    # reports

    def report(self, report: Report) -> Json:
        """The detail: it has no dates of creation or update, and it does not hide high flags."""
        agency = self.truth.get(Agency, report.agency)
        providers = [self.truth.get(Provider, key) for key in report.institutions]
        activities = [self.truth.get(Activity, key) for key in report.activities]
        return {
            "id": report.id,
            "agency_name": agency.name_primary,
            "agency_acronym": agency.acronym_primary,
            "agency_id": agency.id,
            "agency_url": f"{self.base}/webapi/v2/browse/agencies/{agency.id}/",
            "contributing_agencies": [
                {"id": a.id, "name_primary": a.name_primary, "acronym_primary": a.acronym_primary}
                for a in (self.truth.get(Agency, key) for key in report.contributing_agencies)
            ],
            "agency_esg_activity": activities[0].activity if activities else "N/A",
            "agency_esg_activity_type": self._activity_type(activities[0]) if activities else "N/A",
            "agency_esg_activities": [self._report_activity(a) for a in activities],
            "institutions": [report_provider(p) for p in providers],
            "institutions_hierarchical": [row for p in providers for row in self._report_hierarchy(p.id)],
            "institutions_historical": [row for p in providers for row in self._report_history(p.id)],
            "programmes": [self._programme(p) for p in report.programmes],
            "platforms": [report_provider(self.truth.get(Provider, key)) for key in report.platforms],
            "report_valid": self._valid(report),
            "valid_from": iso(report.valid_from),
            "valid_to": iso(report.valid_to),
            "status": STATUS[report.status],
            "decision": DECISION[report.decision],
            "crossborder": self._crossborder(agency, providers),
            "summary": report.summary,
            "report_files": [
                {
                    "id": f.id,
                    "file_display_name": f.display_name,
                    "file": f"{self.base}{f.file}" if f.file else None,
                    "languages": f.languages,
                }
                for f in report.files
            ],
            "report_links": [{"link_display_name": x.display_name, "link": x.link} for x in report.links],
            "local_identifier": report.local_identifier,
            "other_comment": report.other_comment,
            "flag": FLAG[report.flag],
        }

    def _report_activity(self, activity: Activity) -> Json:
        reference = activity_reference(self.truth, activity.id)
        return {
            "id": activity.id,
            "activity": self.truth.get(ActivityGroup, activity.group).activity,
            "activity_description": activity.description,
            "reports_link": activity.reports_link,
            "activity_type": reference["type"],
            "activity_valid_to": iso(activity.valid_to),
        }

    def _report_hierarchy(self, key: int) -> list[Json]:
        rows = [("child", h.child, h.type) for h in self.truth.hierarchies(parent=key)]
        rows += [("parent", h.parent, h.type) for h in self.truth.hierarchies(child=key)]
        return [
            {
                **report_provider(self.truth.get(Provider, other)),
                "relationship": side,
                "relationship_type": HIERARCHY_TYPE[kind] if kind else "N/A",
            }
            for side, other, kind in rows
        ]

    def _report_history(self, key: int) -> list[Json]:
        rows = [("target", s.target, SUCCESSION_TO[s.type], s) for s in self.truth.successions(source=key)]
        rows += [("source", s.source, SUCCESSION_FROM[s.type], s) for s in self.truth.successions(target=key)]
        return [
            {
                **report_provider(self.truth.get(Provider, other)),
                "relationship": side,
                "relationship_type": kind,
                "relationship_date": iso(s.date),
            }
            for side, other, kind, s in rows
        ]

    def _programme(self, programme: Programme) -> Json:
        return {
            "id": programme.id,
            "name_primary": programme.name_primary,
            "programme_names": [
                {"name": n.name, "name_is_primary": n.is_primary, "qualification": n.qualification}
                for n in programme.names
            ],
            "programme_identifiers": [
                {"identifier": i.identifier, "agency": self._agency_text(i.agency), "resource": i.resource}
                for i in programme.identifiers
            ],
            "nqf_level": programme.nqf_level,
            "qf_ehea_level": QF_EHEA_LEVEL[programme.qf_ehea_level] if programme.qf_ehea_level else None,
            "countries": [self.truth.get(Country, key).name_english for key in programme.countries],
            "programme_type": programme.type,
            "degree_outcome": {
                "id": programme.degree_outcome,
                "outcome": DEGREE_OUTCOME[programme.degree_outcome],
            },
            "workload_ects": programme.workload_ects,
            "assessment_certification": ASSESSMENT[programme.assessment] if programme.assessment else None,
            "field_study": programme.field_study,
            "learning_outcomes": [{"learning_outcome_esco": uri} for uri in programme.learning_outcomes],
            "learning_outcome_description": programme.learning_outcome_description,
        }

    def _valid(self, report: Report) -> bool:
        """Already false on the last day, true for a report that has not begun: as the server has it."""
        if report.valid_to is None:
            return report.valid_from > add_years(self.today, -VALIDITY_YEARS)
        return report.valid_to > self.today

    def _crossborder(self, agency: Agency, providers: list[Provider]) -> bool:
        """True only where a focus country is marked so; the index asks another question."""
        marked = {focus.country for focus in agency.focus_countries if focus.is_crossborder}
        return any(place.country in marked for p in providers for place in p.locations)

    def _agency_text(self, key: int | None) -> str | None:
        if key is None:
            return None
        agency = self.truth.get(Agency, key)
        return f"{agency.acronym_primary} - {agency.name_primary}"

    def _history(self, entries: list[HistoryEntry]) -> list[Json]:
        return [
            {
                "field": e.field,
                "record_id": e.record_id,
                "value": e.value,
                "valid_from": iso(e.valid_from),
                "valid_to": iso(e.valid_to),
            }
            for e in self.kept(entries, lambda e: e.valid_to)
        ]


def report_provider(provider: Provider) -> Json:
    return {
        "id": provider.id,
        "deqar_id": provider.deqar_id,
        "name_primary": provider.name_primary,
        "website_link": provider.website_link,
        "is_other_provider": provider.is_other_provider,
    }


def eqar_decision(decision: EqarDecision) -> Json:
    return {
        "decision_date": iso(decision.date),
        "decision_type": EQAR_DECISION_TYPE[decision.type],
        "decision_file": decision.file,
        "decision_file_extra": decision.file_extra,
    }
