"""Loads the public data set of the real backend (its own fixtures in YAML) into the simulator.

Fixtures leave out what has a default in the backend's models; so here. Rows of code lists carry nothing
that the simulator does not know. Models and fields that are of no use for the API's answers are passed
over.
"""

from collections import defaultdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import yaml

from .languages import LANGUAGE_NAMES
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
    HistoryEntry,
    Json,
    Location,
    NameVersion,
    Programme,
    ProgrammeName,
    Provider,
    ProviderIdentifier,
    ProviderLevel,
    ProviderName,
    Report,
    ReportFile,
)

_EPOCH: Final = datetime(2019, 1, 1, 12)  # noqa: DTZ001 (records are naive UTC)
_AGENCY_FIELDS: Final = {3: "website_link", 8: "country_is_official", 9: "description_note"}


def load_public_dataset(folder: Path) -> Dataset:
    """`folder` holds `dataset/` and `code-lists/`. Raises FileNotFoundError without the countries."""
    rows = _read([folder / "code-lists" / "country.yaml", *sorted((folder / "dataset").glob("*.yaml"))])
    return Dataset(
        countries=[_country(key, f) for key, f in rows["countries.country"]],
        agencies=[_agency(key, f, rows) for key, f in rows["agencies.agency"]],
        activity_groups=[
            ActivityGroup(id=key, activity=f["activity"].strip(), type=f["activity_type"])
            for key, f in rows["agencies.agencyactivitygroup"]
        ],
        activities=[_activity(key, f) for key, f in rows["agencies.agencyesgactivity"]],
        providers=[_provider(key, f, rows) for key, f in rows["institutions.institution"]],
        reports=[_report(key, f, rows) for key, f in rows["reports.report"]],
    )


class _Rows(defaultdict[str, list[tuple[int, Json]]]):
    """Rows by model, whose name is written in any case."""

    def children(self, model: str, parent: str, key: int) -> list[Json]:
        return [fields for _, fields in self[model] if fields[parent] == key]


def _read(paths: list[Path]) -> _Rows:
    rows = _Rows(list)
    for path in paths:
        for row in yaml.safe_load(path.read_text("utf-8")):
            rows[row["model"].lower()].append((row["pk"], row["fields"]))
    return rows


def _country(key: int, f: Json) -> Country:
    return Country(
        id=key,
        alpha2=f["iso_3166_alpha2"],
        alpha3=f["iso_3166_alpha3"],
        name_english=f["name_english"],
        ehea_is_member=f["ehea_is_member"],
        governmental_member_start=f["eqar_governmental_member_start"],
        external_qaa=f["external_QAA_is_permitted"],
        european_approach=f["european_approach_is_permitted"],
        qa_requirement_note=f["qa_requirement_note"],
        eligibility=f["eligibility"],
        conditions=f["conditions"],
        recognition=f["recognition"],
    )


def _agency(key: int, f: Json, rows: _Rows) -> Agency:
    names = [
        AgencyName(
            id=name_key,
            valid_to=name.get("name_valid_to"),
            versions=[
                AgencyNameVersion.model_validate({k: v for k, v in version.items() if k != "agency_name"})
                for version in rows.children("agencies.agencynameversion", "agency_name", name_key)
            ],
        )
        for name_key, name in rows["agencies.agencyname"]
        if name["agency"] == key
    ]
    return Agency(
        id=key,
        deqar_id=f["deqar_id"],
        name_primary=f["name_primary"],
        acronym_primary=f["acronym_primary"],
        names=names,
        is_registered=f["is_registered"],
        registration_start=f.get("registration_start"),
        registration_valid_to=f.get("registration_valid_to"),
        address=f.get("address", ""),
        country=f["country"],
        website_link=f.get("website_link", ""),
        reports_link=f.get("reports_link", ""),
        description_note=f.get("description_note", ""),
        geographical_focus=f.get("geographical_focus"),
        focus_countries=[
            FocusCountry(
                country=row["country"],
                is_official=row.get("country_is_official", False),
                is_crossborder=row.get("country_is_crossborder", False),
                valid_from=row.get("country_valid_from"),
                valid_to=row.get("country_valid_to"),
            )
            for row in rows.children("agencies.agencyfocuscountry", "agency", key)
        ],
        decisions=[
            EqarDecision(date=row["decision_date"], type=row["decision_type"], file=row.get("decision_file"))
            for row in rows.children("agencies.agencyeqardecision", "agency", key)
        ],
        history=[_history(row) for row in rows.children("agencies.agencyhistoricaldata", "agency", key)],
    )


def _history(row: Json) -> HistoryEntry:
    field = _AGENCY_FIELDS.get(row["field"], str(row["field"]))
    value = str(row["value"])
    return HistoryEntry(
        field=field, record_id=row.get("record_id"), value=value, valid_to=row.get("valid_to")
    )


def _activity(key: int, f: Json) -> Activity:
    return Activity(
        id=key,
        agency=f["agency"],
        group=f["activity_group"],
        activity=f["activity"].strip(),
        local_identifier=f.get("activity_local_identifier", ""),
        valid_from=f.get("activity_valid_from"),
        valid_to=f.get("activity_valid_to"),
    )


def _provider(key: int, f: Json, rows: _Rows) -> Provider:
    return Provider(
        id=key,
        deqar_id=str(f.get("deqar_id") or ""),
        eter_id=f.get("eter_id"),
        name_primary=f["name_primary"],
        website_link=f.get("website_link", ""),
        names=[
            ProviderName(
                official=name["name_official"],
                english=name.get("name_english", ""),
                acronym=name.get("acronym", ""),
                valid_to=name.get("name_valid_to"),
                versions=[
                    NameVersion(name=v["name"])
                    for v in rows.children(
                        "institutions.institutionnameversion", "institution_name", name_key
                    )
                ],
            )
            for name_key, name in rows["institutions.institutionname"]
            if name["institution"] == key
        ],
        identifiers=[
            ProviderIdentifier(
                identifier=row["identifier"],
                resource=row.get("resource"),
                agency=row.get("agency"),
                valid_from=row.get("identifier_valid_from"),
                valid_to=row.get("identifier_valid_to"),
            )
            for row in rows.children("institutions.institutionidentifier", "institution", key)
        ],
        locations=[
            Location(
                country=row["country"],
                city=row.get("city"),
                lat=row.get("lat"),
                long=row.get("long"),
                valid_from=row.get("country_valid_from"),
                valid_to=row.get("country_valid_to"),
                verified=row.get("country_verified", True),
            )
            for row in rows.children("institutions.institutioncountry", "institution", key)
        ],
        levels=[
            ProviderLevel(
                level=row["qf_ehea_level"],
                valid_from=row.get("qf_ehea_level_valid_from"),
                valid_to=row.get("qf_ehea_level_valid_to"),
            )
            for row in rows.children("institutions.institutionqfehealevel", "institution", key)
        ],
        history=[
            _history(row)
            for row in rows.children("institutions.institutionhistoricaldata", "institution", key)
        ],
        created_at=_moment(f.get("created_at")),
    )


def _report(key: int, f: Json, rows: _Rows) -> Report:
    created = _moment(f.get("created_at"))
    return Report(
        id=key,
        agency=f["agency"],
        contributing_agencies=f.get("contributing_agencies", []),
        activities=f["agency_esg_activities"],
        local_identifier=f.get("local_identifier"),
        institutions=f["institutions"],
        status=f["status"],
        decision=f["decision"],
        flag=f.get("flag", 1),
        valid_from=f["valid_from"],
        valid_to=f.get("valid_to"),
        created_at=created,
        updated_at=created,
        files=[
            ReportFile(
                id=file_key, languages=[LANGUAGE_NAMES.get(code, str(code)) for code in row["languages"]]
            )
            for file_key, row in rows["reports.reportfile"]
            if row["report"] == key
        ],
        programmes=[
            Programme(
                id=programme_key,
                name_primary=row["name_primary"],
                countries=row["countries"],
                names=[
                    ProgrammeName(
                        name=n["name"], is_primary=n["name_is_primary"], qualification=n["qualification"]
                    )
                    for n in rows.children("programmes.programmename", "programme", programme_key)
                ],
            )
            for programme_key, row in rows["programmes.programme"]
            if row["report"] == key
        ],
    )


def _moment(value: Any) -> datetime:
    """Fixtures write an instant as text or as a date."""
    if isinstance(value, str):
        return datetime.fromisoformat(value).astimezone(UTC).replace(tzinfo=None)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001 (records are naive UTC)
    return _EPOCH
