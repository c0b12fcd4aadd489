"""The Connect API: every provider, with or without reports, and without a token."""

from collections.abc import Mapping

from starlette.responses import Response

from .answers import json_answer
from .calls import Call, Endpoint
from .index import Search
from .lists import CONNECT_FACETS, CONNECT_ORDERING, Listing
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
}
