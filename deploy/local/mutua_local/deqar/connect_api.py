"""The Connect API: every provider, with or without reports, and without a token; Europass and credentials.

Only the list of activities asks for a token, and fails for a user without an agency.
"""

from collections.abc import Mapping

from starlette.responses import Response

from .agency_views import activity_row
from .answers import json_answer
from .calls import Call, Endpoint
from .credentials import deqar_credential, ebsi_credential
from .europass import accreditations
from .index import Search
from .lists import CONNECT_FACETS, CONNECT_ORDERING, Listing
from .model import Activity, BrokenRecord
from .web_api import institution, institution_by_eter, institution_by_identifier, resources


def providers(call: Call) -> Response:
    return _providers(call, heis_only=False)


def institutions(call: Call) -> Response:
    return _providers(call, heis_only=True)


def _providers(call: Call, *, heis_only: bool) -> Response:
    clauses = call.filters.providers(heis_only=heis_only)
    text = "" if call.params.text("search_field") else call.params.text("query")
    search = Search("institutions", clauses, text, call.params.ordering(CONNECT_ORDERING))
    return json_answer(call.listed(Listing(search, CONNECT_FACETS, call.rows.connect)))


def activities(call: Call) -> Response:
    """Those of the agencies for which the user may submit."""
    if not call.submits:
        raise BrokenRecord("the server asks a user without an agency for the agency")
    allowed = call.simulator.submits_for
    rows = [
        activity_row(call.view, activity)
        for activity in call.truth.every(Activity)
        if allowed is None or activity.agency in allowed
    ]
    return json_answer(call.paged(sorted(rows, key=lambda row: (row["agency"], row["id"]))))


_CONNECT = "/connectapi/v1"
ENDPOINTS: Mapping[str, Endpoint] = {
    f"{_CONNECT}/providers/": Endpoint(providers, public=True),
    f"{_CONNECT}/institutions/": Endpoint(institutions, public=True),
    f"{_CONNECT}/providers/{{key:int}}": Endpoint(institution, public=True),
    f"{_CONNECT}/providers/by-eter/{{eter_id}}": Endpoint(institution_by_eter, public=True),
    f"{_CONNECT}/providers/by-identifier/{{resource}}/{{identifier}}": Endpoint(
        institution_by_identifier, public=True
    ),
    f"{_CONNECT}/providers/resources/": Endpoint(resources, public=True),
    f"{_CONNECT}/activities/": Endpoint(activities),
    f"{_CONNECT}/europass/accreditations-v2/{{code}}/": Endpoint(accreditations, public=True),
    f"{_CONNECT}/letstrust/vc/issue/{{key:int}}": Endpoint(deqar_credential, public=True),
    f"{_CONNECT}/letstrust/ebsi-vc/issue/{{key:int}}": Endpoint(ebsi_credential, public=True),
}
