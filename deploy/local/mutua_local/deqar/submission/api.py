"""The endpoints of the Submission API: one report a call, tables, files, and requests for deletion.

A user without an agency makes the real server fail, wherever it asks for the agency. The first version of
the API is closed and says so; legacy mode opens it.
"""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from mutua_local.deqar.answers import json_answer, missing
from mutua_local.deqar.calls import Call, Endpoint
from mutua_local.deqar.model import BrokenRecord, Json, Report, ReportCheck, ReportFile

from .answers import accepted, refused, stored
from .lookups import Lookups
from .older import modernised
from .package import read_file, read_package
from .reading import Field, Invalid, read_object, text, whole
from .table import bodies
from .writing import Duplicate, stored_file, write

_CLOSED = (
    "Submission API v1 endpoints are closed. From April 6, 2026, please use Submission API v2 endpoints."
)
_DELETION = "Deletion was requested."
_HIGH = 3


def _lookups(call: Call, body: Any) -> Lookups:
    if not call.submits:
        raise BrokenRecord("the server asks a user without an agency for the agency")
    return Lookups(call.truth, body, call.simulator.submits_for)


def submit_report(call: Call) -> Response:
    body = call.json
    return json_answer(*_submitted(call, body, update=call.request.method == "PUT"))


def _submitted(call: Call, body: Any, *, update: bool) -> tuple[Any, int]:
    try:
        package = read_package(_lookups(call, body), update=update)
        return accepted(call.truth, write(call.simulator, package)), 200
    except Duplicate as error:
        return error.detail, 400
    except Invalid as error:
        return refused(body, error.detail), 400


def submit_older(call: Call) -> Response:
    """One body or a list of them; a list answers a list, 400 as soon as one was refused."""
    given = call.json
    several = isinstance(given, list)
    answers = [
        _submitted(call, modernised(call.simulator, body), update=False)
        for body in (given if several else [given])
    ]
    status = max(status for _, status in answers) if answers else 200
    return json_answer([answer for answer, _ in answers] if several else answers[0][0], status)


def submit_table(call: Call) -> Response:
    """Always 200: each row has its own outcome."""
    answers: list[Json] = []
    for body in bodies(call.body.decode("utf-8-sig", "replace")):
        answer, status = _submitted(call, body, update="report_id" in body)
        if status == 200:
            answer["submitted_report"] = {"report_id": answer["submitted_report"]["id"]}
        else:
            answer = {"report": body.get("report_id"), **refused({}, answer.get("errors", answer))}
        answers.append(answer)
    return json_answer(answers)


def check_local_identifier(call: Call) -> Response:
    """The report of that agency and identifier; a bare text with status 404 where there is none."""
    lookups = Lookups(call.truth, {}, None)
    fields = {
        "agency": Field(lookups.any_agency, required=True),
        "local_identifier": Field(text(255), required=True),
    }
    try:
        given = read_object(dict(call.request.query_params), fields)
    except Invalid as error:
        return json_answer(error.detail, 400)
    found = call.truth.report_by_local_identifier(given["agency"].id, given["local_identifier"])
    return json_answer("Not Found", 404) if found is None else json_answer(stored(call.truth, found))


def delete_report(call: Call) -> Response:
    """Only a request: the report stays listed, and its flag as it is, until the registry's staff act."""
    if not call.submits:
        raise BrokenRecord("the server asks a user without an agency for the agency")
    report = call.truth.find(Report, call.key)
    if report is None:
        raise missing("Report")
    kept = [check for check in report.checks if check.message != _DELETION]
    request = ReportCheck(level=_HIGH, message=_DELETION)
    call.truth.put(report.model_copy(update={"checks": [*kept, request]}))
    return json_answer(["OK"])


def manage_file(call: Call) -> Response:
    """Files of a stored report. The list is not told of the change."""
    handlers = {"POST": _add_file, "PUT": _change_file, "DELETE": _delete_file}
    try:
        return handlers[call.request.method](call, _lookups(call, call.json))
    except Invalid as error:
        return json_answer(error.detail, 400)


def _add_file(call: Call, lookups: Lookups) -> Response:
    report: Report = read_object(lookups.body, {"report_id": Field(lookups.report, required=True)})[
        "report_id"
    ]
    file = _file(call, lookups.body, report, call.truth.next_file_id())
    call.truth.put(report.model_copy(update={"files": [*report.files, file]}))
    return json_answer("success")


def _change_file(call: Call, lookups: Lookups) -> Response:
    report, old = _stored(call, lookups)
    file = _file(call, lookups.body, report, old.id)
    files = [file if each.id == old.id else each for each in report.files]
    call.truth.put(report.model_copy(update={"files": files}))
    return json_answer("success")


def _delete_file(call: Call, lookups: Lookups) -> Response:
    report, old = _stored(call, lookups)
    if len(report.files) == 1:
        error = "You can't delete the last file of a report. Please submit a new file first."
        return json_answer({"error": error}, 400)
    files = [each for each in report.files if each.id != old.id]
    call.truth.put(report.model_copy(update={"files": files}))
    return json_answer("deleted")


def _file(call: Call, body: Any, report: Report, key: int) -> ReportFile:
    given = read_file(body)
    if "file" not in given and "original_location" not in given:
        raise Invalid({"non_field_errors": ["Either file or original_location URL is required."]})
    acronym = call.view.agency_acronym(report.agency)
    return stored_file(given, key, acronym, call.simulator.clock.now().replace(tzinfo=None))


def _stored(call: Call, lookups: Lookups) -> tuple[Report, ReportFile]:
    key = read_object(lookups.body, {"report_file_id": Field(whole, required=True)})["report_file_id"]
    report = call.truth.report_with_file(key)
    if report is None:
        raise Invalid({"report_file_id": [f'Invalid pk "{key}" - object does not exist.']})
    return report, next(file for file in report.files if file.id == key)


def closed(call: Call) -> Response:
    """The first version of the API: closed for good, but in the shapes of earlier years."""
    older = call.simulator.legacy and call.request.method == "POST"
    if older and call.request.url.path.endswith("/submit/report"):
        return submit_older(call)
    return json_answer({"detail": _CLOSED}, 410)


_WRITES = ("GET", "POST", "PUT", "PATCH", "DELETE")
_V2 = "/submissionapi/v2"
_V1 = "/submissionapi/v1"
ENDPOINTS: Mapping[str, Endpoint] = {
    f"{_V2}/submit/report": Endpoint(submit_report, methods=("POST", "PUT")),
    f"{_V2}/submit/csv": Endpoint(submit_table, methods=("POST",)),
    f"{_V2}/check/local-identifier": Endpoint(check_local_identifier),
    f"{_V2}/manage/report-file": Endpoint(manage_file, methods=("POST", "PUT", "DELETE")),
    f"{_V2}/delete/report/{{key:int}}/": Endpoint(delete_report, methods=("DELETE",)),
    f"{_V1}/submit/report": Endpoint(closed, methods=_WRITES),
    f"{_V1}/submit/csv": Endpoint(closed, methods=_WRITES),
    f"{_V1}/delete/report/{{key:int}}/": Endpoint(closed, methods=_WRITES),
}
