"""The OpenAPI (Swagger 2.0) documents that each API publishes, made from the routes that are really served.

They name paths, methods and parameters. As with the real ones, do not build a client from them alone: they
say nothing of the envelopes, and advertise an ordering that the server refuses (`programme_sort`).
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import yaml
from starlette.responses import HTMLResponse, Response

from .answers import json_answer
from .calls import Call, Endpoint, Handler
from .model import Json

_PAGE: Final = ("limit", "offset")
_REPORT_FILTERS: Final = (
    "agency",
    "agency_id",
    "activity_group",
    "activity_group_id",
    "status",
    "status_id",
    "decision",
    "decision_id",
    "language",
    "language_id",
    "cross_border",
    "valid_on",
)
_PLACE: Final = ("country", "country_id")
_PARAMETERS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "/browse/countries/": (
            "external_qaa",
            "european_approach",
            "eqar_governmental_member",
            "ordering:name_english,agency_count",
        ),
        "/browse/countries/by-agency-focus/": ("history", *_PAGE),
        "/browse/countries/by-reports/": ("history",),
        "/browse/agencies/": ("registered", "ordering:name_primary,acronym_primary", *_PAGE),
        "/browse/agencies/based-in/": ("history", "registered", *_PAGE),
        "/browse/agencies/focusing-to/": ("history", "registered", *_PAGE),
        "/browse/agencies/activities/": _PAGE,
        "/browse/institutions/": (
            "query",
            *_PLACE,
            "agency",
            "agency_id",
            "activity",
            "activity_id",
            "activity_type",
            "activity_type_id",
            "status",
            "status_id",
            "qf_ehea_level",
            "qf_ehea_level_id",
            "crossborder",
            "other_provider",
            "ordering:name_sort,founding_date,closure_date,country",
            *_PAGE,
        ),
        "/browse/reports/": (
            "query",
            *_PLACE,
            *_REPORT_FILTERS,
            "activity",
            "activity_id",
            "activity_type",
            "activity_type_id",
            "flag",
            "active",
            "year",
            "other_provider_covered",
            "degree_outcome",
            "ordering:institution_programme_sort,agency,country,activity,flag,valid_from,valid_to_calculated,"
            "date_created,date_updated",
            *_PAGE,
        ),
        "/browse/reports/institutional/by-institution/": (
            *_REPORT_FILTERS,
            "ordering:valid_from,valid_to_calculated,date_created,date_updated",
            *_PAGE,
        ),
        "/browse/reports/programme/by-institution/": (
            "query",
            *_REPORT_FILTERS,
            "qf_ehea_level",
            "degree_outcome",
            "ordering:programme_sort,valid_from,valid_to_calculated,date_created,date_updated",
            *_PAGE,
        ),
        "/providers/": (
            "query",
            *_PLACE,
            "search_field",
            "other_provider",
            "ordering:name_sort,founding_date,closure_date,country,deqar_id,eter_id",
            *_PAGE,
        ),
        "/institutions/": (
            "query",
            *_PLACE,
            "search_field",
            "ordering:name_sort,founding_date,closure_date,country,deqar_id,eter_id",
            *_PAGE,
        ),
        "/activities/": _PAGE,
        "/europass/accreditations-v2/": ("check",),
        "/check/local-identifier": ("agency", "local_identifier"),
    }
)
_BOOLEANS: Final = frozenset(
    {"cross_border", "crossborder", "other_provider", "other_provider_covered", "degree_outcome", "active"}
)
_DETAIL: Final = re.compile(r"/\{\w+\}/?$")
_TITLES: Final = (("/webapi/v2", "DEQAR - Web API", "v2"), ("/connectapi/v1", "DEQAR - Connect API", "v1"))
_SUBMISSION: Final = ("/submissionapi/v2", "DEQAR - Submission API", "v2")


def documents(endpoints: Mapping[str, Endpoint]) -> dict[str, Endpoint]:
    """Endpoints of the documents and their pages; all are public."""
    found: dict[str, Endpoint] = {}
    for base, title, version in (*_TITLES, _SUBMISSION):
        own = {p.removeprefix(base): e for p, e in endpoints.items() if p.startswith(base)}
        document = _document(base, title, version, own)
        found[f"{base}/swagger.json"] = Endpoint(_as_json(document), public=True)
        found[f"{base}/swagger.yaml"] = Endpoint(_as_yaml(document), public=True)
        for page in ("swagger", "redoc"):
            found[f"{base}/{page}/"] = Endpoint(_as_page(title, base), public=True)
    return found


def _document(base: str, title: str, version: str, endpoints: Mapping[str, Endpoint]) -> Json:
    return {
        "swagger": "2.0",
        "info": {"title": title, "version": version},
        "basePath": base,
        "consumes": ["application/json"],
        "produces": ["application/json"],
        "securityDefinitions": {"Bearer": {"type": "apiKey", "name": "Authorization", "in": "header"}},
        "security": [{"Bearer": []}],
        "paths": {_path(path): _operations(path, endpoint) for path, endpoint in sorted(endpoints.items())},
        "definitions": {},
    }


def _path(path: str) -> str:
    return path.replace("{key:int}", "{id}")


def _operations(path: str, endpoint: Endpoint) -> Json:
    shown = _path(path)
    steps = [
        {"name": n, "in": "path", "required": True, "type": "string"} for n in re.findall(r"{(\w+)}", shown)
    ]
    operations: Json = {"parameters": steps}
    for method in endpoint.methods:
        operation: Json = {
            "operationId": _identity(method, shown),
            "parameters": [_parameter(name) for name in _parameters(path)] if method == "GET" else [_BODY],
            "responses": {"200": {"description": ""}},
            "tags": [shown.strip("/").split("/", 1)[0]],
        }
        if endpoint.public:
            operation["security"] = []
        operations[method.lower()] = operation
    return operations


_BODY: Final = {"name": "data", "in": "body", "required": True, "schema": {"type": "object"}}


def _parameters(path: str) -> tuple[str, ...]:
    """A detail of an institution or agency takes `history`; lists have parameters of their own."""
    path = _path(path)
    if path in _PARAMETERS:
        return _PARAMETERS[path]
    listed = _DETAIL.sub("/", path)
    if listed.endswith(("by-institution/", "by-agency-focus/", "based-in/", "focusing-to/", "-v2/")):
        return _PARAMETERS[listed]
    return ("history",) if _DETAIL.search(path) and "vc/" not in path else ()


def _parameter(spec: str) -> Json:
    name, _, values = spec.partition(":")
    parameter: dict[str, Any] = {"name": name, "in": "query", "required": False, "type": "string"}
    if values:
        parameter["enum"] = [sign + value for value in values.split(",") for sign in ("", "-")]
    elif name in _PAGE:
        parameter["type"] = "integer"
    elif name in _BOOLEANS:
        parameter["enum"] = ["true", "false"]
    return parameter


def _identity(method: str, path: str) -> str:
    action = {"GET": "read" if "{" in path else "list", "POST": "create", "PUT": "update"}.get(
        method, "delete"
    )
    return "_".join([*re.findall(r"\w+", path.replace("-", "_")), action])


def _as_json(document: Json) -> Handler:
    def show(_call: Call) -> Response:
        return json_answer(document)

    return show


def _as_yaml(document: Json) -> Handler:
    text = yaml.safe_dump(document, sort_keys=False)

    def show(_call: Call) -> Response:
        return Response(text, media_type="application/yaml")

    return show


def _as_page(title: str, base: str) -> Handler:
    link = f'<a href="{base}/swagger.json">swagger.json</a>'
    page = f"<!doctype html>\n<title>{title}</title>\n<h1>{title}</h1>\n{link}\n"

    def show(_call: Call) -> Response:
        return HTMLResponse(page)

    return show
