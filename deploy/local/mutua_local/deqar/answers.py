"""Answers in the forms of the real server: JSON, its several error bodies, and pages of HTML.

A client must be able to tell the JSON 404 of a missing object from the HTML 404 of a missing route, and to
accept an error as an object with `detail`, an object with `error`, a bare array or a bare string.
"""

from typing import Any, Final

import orjson
from starlette.responses import HTMLResponse, Response

_PAGES: Final = {
    404: ("Not Found", "The requested resource was not found on this server."),
    500: ("Server Error (500)", ""),
    502: ("502 Bad Gateway", "nginx"),
    504: ("504 Gateway Time-out", "nginx"),
}


class ApiError(Exception):
    """An error with the body that the server would send."""

    def __init__(self, status: int, body: object) -> None:
        super().__init__(status, body)
        self.status = status
        self.body = body


def bad_request(detail: str) -> ApiError:
    return ApiError(400, {"detail": detail})


def engine_refuses(what: str) -> ApiError:
    return ApiError(
        400, {"error": f"MeilisearchApiError. Error code: invalid_search_filter. Error message: {what}"}
    )


def missing(what: str | None = None) -> ApiError:
    """The JSON 404: the only one that says that an object does not exist."""
    return ApiError(404, {"detail": f"No {what} matches the given query." if what else "Not found."})


def json_answer(body: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(body), status, media_type="application/json")


def html_page(status: int) -> Response:
    title, text = _PAGES[status]
    return HTMLResponse(
        f"<!doctype html>\n<html lang=en>\n<head><title>{title}</title></head>\n"
        f"<body><h1>{title}</h1><p>{text}</p></body>\n</html>\n",
        status,
    )
