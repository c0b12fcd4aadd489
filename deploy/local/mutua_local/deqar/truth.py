"""The registry's SQL truth, as its views ask for it: look-ups, and the counters that they show.

Details are always answered from here. Nothing here knows about the search index; whoever changes a record
says so to the indexer, or does not, when a silent drift is wanted. Not shared between threads.
"""

from .model import Agency, Provider, Report
from .records import Records, RecordT, Role

_BY_AGENCY = """ and report in
    (select report from link where role in ('agency', 'contributing') and target = ?)"""


class Truth(Records):
    """The database."""

    def provider_by_deqar_id(self, deqar_id: str) -> Provider | None:
        return self._first(
            Provider, "select body from provider where body ->> 'deqar_id' = ? order by id", deqar_id
        )

    def provider_by_eter(self, eter_id: str) -> Provider | None:
        return self._first(
            Provider, "select body from provider where body ->> 'eter_id' = ? order by id", eter_id
        )

    def provider_by_identifier(self, resource: str, identifier: str) -> Provider | None:
        """The first that has it, silently, also where several do: as the backend does."""
        query = """select body from provider where id = (select provider from identifier
            where identifier = ? and resource = ? order by rowid limit 1)"""
        return self._first(Provider, query, identifier, resource)

    def providers_with(self, resource: str, identifier: str, agency: int | None) -> list[int]:
        """Every provider that has it; with an agency, only where it is that agency's own."""
        query = "select distinct provider from identifier where identifier = ? and resource = ?"
        found = self._ints(query, identifier, resource)
        if agency is None:
            return found
        wanted = (identifier, resource, agency)
        return [
            key
            for key in found
            if wanted in {(i.identifier, i.resource, i.agency) for i in self.get(Provider, key).identifiers}
        ]

    def report_by_local_identifier(self, agency: int, local_identifier: str) -> Report | None:
        query = """select body from report where id in
            (select report from link where role = 'agency' and target = ?)
            and body ->> 'local_identifier' = ?"""
        row = self._sql.execute(query, (agency, local_identifier)).fetchone()
        return Report.model_validate_json(row[0]) if row else None

    def report_with_file(self, key: int) -> Report | None:
        query = """select report.body from report, json_each(report.body, '$.files') as file
            where file.value ->> 'id' = ?"""
        row = self._sql.execute(query, (key,)).fetchone()
        return Report.model_validate_json(row[0]) if row else None

    def next_file_id(self) -> int:
        return self._next_within_reports("$.files")

    def next_programme_id(self) -> int:
        return self._next_within_reports("$.programmes")

    def _next_within_reports(self, path: str) -> int:
        query = """select coalesce(max(part.value ->> 'id'), 0) + 1
            from report, json_each(report.body, ?) as part"""
        return self._ints(query, path)[0]

    def resources(self) -> list[str]:
        return [row[0] for row in self._sql.execute("select distinct resource from identifier order by 1")]

    def agency_by_acronym(self, acronym: str) -> Agency | None:
        return self._first(Agency, "select body from agency where body ->> 'acronym_primary' = ?", acronym)

    # counters that the API shows

    def reports_in_country(self, country: int, agency: int | None = None) -> int:
        """Rows of the join, so a report counts once for each location: as the backend counts."""
        query = """select count(*) from place
            join link on link.target = place.provider and role = 'institution' where country = ?"""
        if agency is not None:
            query += _BY_AGENCY
            return self._ints(query, country, agency)[0]
        return self._ints(query, country)[0]

    def providers_in_country(self, country: int, agency: int | None = None) -> int:
        """Providers with a location there and a report (of the agency, where one is named)."""
        query = """select count(distinct place.provider) from place
            join link on link.target = place.provider and role = 'institution' where country = ?"""
        if agency is not None:
            query += _BY_AGENCY
            return self._ints(query, country, agency)[0]
        return self._ints(query, country)[0]

    def placed_providers(self, country: int, *, with_eter: bool = False) -> int:
        """Providers with a location there, ended ones too."""
        query = """select count(distinct provider) from place join provider on provider.id = place.provider
            where country = ? and (? or body ->> 'eter_id' is not null)"""
        return self._ints(query, country, int(not with_eter))[0]

    def providers_shown(self, high_flag: int) -> list[int]:
        """Providers of reports without that flag."""
        query = """select distinct target from link join report on report.id = link.report
            where role = 'institution' and body ->> 'flag' <> ? order by target"""
        return self._ints(query, high_flag)

    def providers_of(self, target: int, *roles: Role) -> int:
        marks = ",".join("?" * len(roles))
        query = f"""select count(distinct target) from link where role = 'institution'
            and report in (select report from link where target = ? and role in ({marks}))"""  # noqa: S608
        return self._ints(query, target, *roles)[0]

    def _first(self, record: type[RecordT], query: str, *parameters: str) -> RecordT | None:
        row = self._sql.execute(query + " limit 1" if "limit" not in query else query, parameters).fetchone()
        return record.model_validate_json(row[0]) if row else None
