"""`mutua parked` and `mutua why` against a service that answers what it is told to."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from mutua_cli.main import app

EVENT: dict[str, Any] = {
    "id": 7,
    "consumer": "credentials",
    "topic": "mutua.credential",
    "key": "urn:uuid:1",
    "partition": 3,
    "position": 41,
    "event_id": None,
    "reason": "unreadable",
    "detail": "found [no JSON], expected an event",
    "attempts": 1,
    "parked_at": "2026-11-23T03:00:00Z",
}
GOLDEN = Path(__file__).parents[1] / "recognition" / "domain" / "golden"
RECORD: dict[str, Any] = json.loads((GOLDEN / "direct.json").read_text())
DECISION = RECORD["act"]["decision_id"]


class Service:
    """Answers by method and path; remembers what it was asked."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, Any]] = {}
        self.asked: list[tuple[str, Any, dict[str, str]]] = []
        self.url = ""

    def answer(self, method: str, path: str, body: Any, headers: dict[str, str]) -> tuple[int, Any]:
        self.asked.append((f"{method} {path}", body, headers))
        problem = {"code": "not_found", "detail": "There is none.", "fix": "Look again."}
        return self.answers.get(f"{method} {path}", (404, problem))


@pytest.fixture
def service() -> Iterator[Service]:
    service = Service()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            raw = self.rfile.read(int(self.headers.get("content-length", "0")))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, body = service.answer(self.command, self.path, json.loads(raw) if raw else None, headers)
            told = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        do_POST = do_GET

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield service
    server.shutdown()
    server.server_close()
    thread.join()


def run(service: Service, *arguments: str) -> Any:
    return CliRunner().invoke(app, [*arguments, "--url", service.url, "--token", "secret"])


def test_parked_events_are_listed_over_all_pages(service: Service) -> None:
    first = [{**EVENT, "id": number} for number in range(1, 3)]
    path = "GET /operations/parked?reason=unreadable&after={}&limit=500"
    service.answers[path.format(0)] = 200, {"events": first, "next": 2}
    service.answers[path.format(2)] = 200, {"events": [EVENT], "next": None}
    result = run(service, "parked", "ls", "recognition", "--reason", "unreadable", "--json")
    assert result.exit_code == 3
    assert [one["id"] for one in json.loads(result.stdout)] == [1, 2, 7]
    assert service.asked[0][2]["authorization"] == "Bearer secret"
    # Brackets in what was found are text and no mark-up.
    service.answers["GET /operations/parked?after=0&limit=500"] = 200, {"events": [EVENT], "next": None}
    assert "found [no" in run(service, "parked", "ls", "recognition").stdout


def test_nothing_parked_is_0(service: Service) -> None:
    service.answers["GET /operations/parked?after=0&limit=500"] = 200, {"events": [], "next": None}
    result = run(service, "parked", "ls", "recognition")
    assert (result.exit_code, result.stdout) == (0, "nothing is parked in recognition\n")


@pytest.mark.parametrize(
    ("raw", "encoded", "shown"),
    [('{"id": [1]}', "", '"id": ['), ("no [b]JSON", "", "no [b]JSON"), (None, "/w==", "/w==")],
)
def test_a_parked_event_is_shown_with_its_bytes(
    service: Service, raw: str | None, encoded: str, shown: str
) -> None:
    event = {**EVENT, "raw": raw, "raw_base64": encoded}
    service.answers["GET /operations/parked/7"] = 200, event
    result = run(service, "parked", "show", "recognition", "7")
    assert result.exit_code == 0, result.output
    assert "found [no JSON], expected an event" in result.stdout
    assert shown in result.stdout


def test_redrive_names_what_and_has_its_effect_once(service: Service) -> None:
    service.answers["POST /operations/parked/redrive"] = 202, {"keys": 2}
    assert "2 keys" in run(service, "parked", "redrive", "notifier", "--reason", "unreadable").stdout
    _, body, headers = service.asked[-1]
    assert body == {"key": None, "reason": "unreadable", "all": False}
    assert headers["idempotency-key"]
    nothing = run(service, "parked", "redrive", "notifier")
    assert nothing.exit_code == 2
    assert len(service.asked) == 1


def test_an_address_needs_a_service(service: Service) -> None:
    assert run(service, "parked", "ls").exit_code == 2
    assert service.asked == []


def test_why_tells_a_record(service: Service) -> None:
    service.answers[f"GET /decisions/{DECISION}"] = 200, RECORD
    service.answers[f"GET /decisions/{DECISION}/statements"] = 200, []
    assert "Recognised in full" in run(service, "why", DECISION).stdout
    assert json.loads(run(service, "why", DECISION, "--json").stdout) == RECORD


def test_a_refusal_of_a_service_is_told_with_what_to_do(service: Service) -> None:
    result = run(service, "why", DECISION)
    assert result.exit_code == 1
    assert str(result.exception).startswith("not_found: found There is none.")
    assert "Look again." in str(result.exception)
