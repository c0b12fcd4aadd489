"""Tokens: `get_token` gives the one of an account, `get_new_token` replaces it; neither is ever shown
elsewhere.
"""

from urllib.parse import parse_qs

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from .answers import html_page, json_answer
from .simulator import READER, SUBMITTER, Simulator


def account_routes(simulator: Simulator) -> list[Route]:
    async def get_token(request: Request) -> Response:
        """Takes a form or JSON; a failure is 401, unlike anywhere else."""
        fields = _fields(request.headers.get("content-type", ""), await request.body())
        name = fields.get("username")
        if name not in (READER, SUBMITTER) or fields.get("password") != name:
            message = "Unable to log in with provided credentials."
            return json_answer({"state": "error", "errorMessage": message}, 401)
        return json_answer({"state": "success", "token": simulator.token_of(name), "account": name})

    async def get_new_token(request: Request) -> Response:
        """Without a token the real server fails."""
        token = request.headers.get("authorization", "").split()[1:]
        account = simulator.account(token[0]) if len(token) == 1 else None
        if account is None:
            return html_page(500)
        return json_answer({"state": "success", "token": simulator.rotate_token(account)})

    return [
        Route("/accounts/get_token/", get_token, methods=["POST"]),
        Route("/accounts/get_new_token/", get_new_token, methods=["GET", "POST"]),
    ]


def _fields(kind: str, body: bytes) -> dict[str, str]:
    try:
        if kind.startswith("application/json"):
            loaded = orjson.loads(body)
            return {str(k): str(v) for k, v in loaded.items()} if isinstance(loaded, dict) else {}
        return {name: values[-1] for name, values in parse_qs(body.decode()).items()}
    except (orjson.JSONDecodeError, UnicodeDecodeError):
        return {}
