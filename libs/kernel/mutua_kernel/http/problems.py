"""Problem details (RFC 9457) with stable codes: what was found, what was expected, how to mend it.

Every error of every API has this form. A bug is told as `internal` with an incident number; its trace goes
to the
log only.
"""

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mutua_kernel import telemetry
from mutua_kernel.database import is_infrastructure, is_unstorable
from mutua_kernel.ids import new_id

MEDIA_TYPE = "application/problem+json"
TYPES = "https://mutua.example/problems/"


class FieldProblem(BaseModel):
    """One thing that is wrong with a request's body or parameters."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    path: str
    """JSON pointer, or the parameter's name."""
    code: str
    """Stable code."""
    found: str
    """What was found, without content where it may be personal."""
    expected: str
    """What was expected."""


class ProblemBody(BaseModel):
    """An error as RFC 9457 has it, with Mutua's members."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    type: str = Field(examples=["https://mutua.example/problems/not_found"])
    """URI of the kind of problem."""
    title: str = Field(examples=["Not Found"])
    """Kind of problem in words."""
    status: int = Field(examples=[404])
    """HTTP status."""
    code: str = Field(examples=["not_found"])
    """Stable code: program against this."""
    detail: str
    """What went wrong here."""
    found: str | None = None
    """What was found."""
    expected: str | None = None
    """What was expected."""
    fix: str | None = None
    """What to do next."""
    problems: list[FieldProblem] = Field(default_factory=list)
    """Every single thing that is wrong, where there are several."""


class Problem(Exception):
    """An error for the caller, raised anywhere below a route."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        found: str | None = None,
        expected: str | None = None,
        fix: str | None = None,
        problems: list[FieldProblem] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(f"{code}: {detail}")
        self.headers = headers or {}
        self.body = ProblemBody(
            type=TYPES + code,
            title=HTTPStatus(status).phrase,
            status=status,
            code=code,
            detail=detail,
            found=found,
            expected=expected,
            fix=fix,
            problems=problems or [],
        )

    def response(self) -> JSONResponse:
        """The answer that the caller gets."""
        body = self.body.model_dump(mode="json", exclude_none=True)
        return JSONResponse(body, status_code=self.body.status, media_type=MEDIA_TYPE, headers=self.headers)


def not_found(what: str, fix: str | None = None) -> Problem:
    """Nothing of that id that the caller may see."""
    return Problem(404, "not_found", f"There is no {what} with this id that you may see.", fix=fix)


def install(app: FastAPI) -> None:
    """Makes every error of `app` a problem."""

    @app.exception_handler(Problem)
    async def _problem(_request: Request, error: Problem) -> JSONResponse:  # pyright: ignore[reportUnusedFunction]
        return error.response()

    @app.exception_handler(RequestValidationError)
    async def _invalid(  # pyright: ignore[reportUnusedFunction]
        _request: Request, error: RequestValidationError
    ) -> JSONResponse:
        return invalid(error.errors()).response()

    @app.exception_handler(HTTPException)
    async def _http(_request: Request, error: HTTPException) -> JSONResponse:  # pyright: ignore[reportUnusedFunction]
        code = HTTPStatus(error.status_code).name.lower()
        headers = dict(error.headers or {})
        return Problem(error.status_code, code, str(error.detail), headers=headers).response()

    app.add_middleware(Unbroken)


class Unbroken:
    """Answers a problem where a route raises what no handler knows.

    A handler of `Exception` would be called too, but Starlette raises the exception again behind it, and the
    server drops the connection with whatever waits on it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def watch(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watch)
        except Exception as error:
            if begun or scope["type"] != "http":
                raise
            await unexpected(error).response()(scope, receive, send)


def unexpected(error: Exception) -> Problem:
    """The problem for an exception: broken infrastructure, a text that cannot be stored, or a bug, which is
    logged."""
    log = telemetry.logger("http")
    if is_infrastructure(error):
        log.warning("infrastructure is broken", cause=type(error).__name__)
        return Problem(
            503,
            "unavailable",
            "The service cannot reach its database at the moment; nothing was changed.",
            fix="Try again, with the same Idempotency-Key.",
            headers={"Retry-After": "2"},
        )
    if is_unstorable(error):
        detail = "A text of this request cannot be stored, such as one with the character U+0000."
        return Problem(422, "value_refused", detail, fix="Send printable text.")
    incident = str(new_id())
    log.error("bug", incident=incident, exc_info=error)
    detail = f"Something broke on our side; nothing was changed. Incident {incident}."
    return Problem(500, "internal", detail, fix="Tell the operator the incident's number.")


def invalid(errors: Any) -> Problem:
    """The problem for a body or parameters that do not validate; never repeats the caller's values."""
    problems = [
        FieldProblem(
            path="/" + "/".join(str(part) for part in error["loc"]),
            code=str(error.get("ctx", {}).get("code", error["type"])),
            found=type(error.get("input")).__name__ if error["type"] != "missing" else "nothing",
            expected=str(error["msg"]),
        )
        for error in errors
    ]
    detail = f"{len(problems)} {'things are' if len(problems) != 1 else 'thing is'} wrong with this request."
    return Problem(
        422,
        "invalid_request",
        detail,
        found=problems[0].found if problems else None,
        expected=problems[0].expected if problems else None,
        fix="Mend what `problems` names and send it again.",
        problems=problems,
    )
