"""The network behind the command: what is refused, what is kept, and for which instants a copy answers."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from mutua_cli import verify_fetching
from mutua_cli.verify_fetching import FRESH, Cache, Network
from mutua_credentials.verify import Document, NotObtained
from mutua_kernel import retrieval
from mutua_kernel.retrieval import NotRetrieved, Retrieved, retrieve

URL = "https://univ-lisvik.example/.well-known/did.json"
NOW = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def data(found: Document | NotObtained) -> bytes | str:
    return found.data if isinstance(found, Document) else found.code


class TestCache:
    def test_a_copy_answers_for_the_time_in_which_it_was_seen(self, tmp_path: Path) -> None:
        cache = Cache(tmp_path)
        cache.keep(URL, b"one", NOW)
        cache.keep(URL, b"one", NOW + DAY)
        cache.keep(URL, b"two", NOW + 2 * DAY)
        assert data(cache(URL, NOW)) == b"one"
        assert data(cache(URL, NOW + DAY / 2)) == b"one"
        assert data(cache(URL, NOW + DAY + FRESH)) == b"one"
        assert data(cache(URL, NOW + 1.5 * DAY)) == "not_cached"
        assert data(cache(URL, NOW + 2 * DAY)) == b"two"
        assert data(cache(URL, NOW - DAY)) == "not_cached"
        assert data(cache("https://univ-lisvik.example/other", NOW)) == "not_cached"

    @pytest.mark.parametrize("broken", [b"", b"[]", b'{"copies":7}', b'{"copies":[7,{}]}'])
    def test_a_broken_cache_is_none(self, tmp_path: Path, broken: bytes) -> None:
        cache = Cache(tmp_path)
        cache.keep(URL, b"one", NOW)
        next(tmp_path.rglob("copies.json")).write_bytes(broken)
        assert data(cache(URL, NOW)) == "not_cached"
        cache.keep(URL, b"two", NOW)
        assert data(cache(URL, NOW)) == b"two"

    def test_a_folder_that_cannot_be_written(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("x")
        Cache(tmp_path / "file").keep(URL, b"one", NOW)


class TestNetwork:
    def test_once_in_a_run_and_kept(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        asked: list[str] = []

        def get(url: str, **_: Any) -> Retrieved:
            asked.append(url)
            return Retrieved(b"one", "application/json")

        monkeypatch.setattr(retrieval, "retrieve", get)
        cache = Cache(tmp_path)
        network = Network(cache, lambda: NOW)
        assert data(network(URL, NOW)) == data(network(URL, None)) == b"one"
        assert asked == [URL]
        assert data(cache(URL, NOW)) == b"one"

    def test_what_could_not_be_fetched(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(retrieval, "retrieve", lambda url, **_: NotRetrieved("http_status", "404"))
        assert data(Network(Cache(tmp_path))(URL, NOW)) == "http_status"
        assert list(tmp_path.iterdir()) == []

    def test_a_network_that_is_not_there_is_given_up(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked: list[str] = []

        def get(url: str, **_: Any) -> NotRetrieved:
            asked.append(url)
            return NotRetrieved("too_slow", "")

        clock = iter(range(0, 10_000, 8))
        monkeypatch.setattr(retrieval, "retrieve", get)
        monkeypatch.setattr(verify_fetching.time, "monotonic", lambda: float(next(clock)))
        network = Network(Cache(tmp_path), lambda: NOW)
        answers = [data(network(f"{URL}?{number}", NOW)) for number in range(5)]
        assert answers == ["too_slow"] * 3 + ["network_given_up"] * 2
        assert len(asked) == 3


class TestRetrieve:
    @pytest.mark.parametrize(
        ("url", "addresses", "code"),
        [
            ("http://univ-lisvik.example/", ["203.0.114.1"], "url_not_https"),
            ("file:///etc/passwd", [], "url_not_https"),
            ("https://", [], "url_malformed"),
            ("https://a:b@univ-lisvik.example/", [], "url_malformed"),
            ("https://univ-lisvik.example/\r\nX: y", [], "url_malformed"),
            ("https://univ-lisvik.example:99999/", [], "url_malformed"),
            ("https://univ-lisvik.example/", [], "host_unknown"),
            ("https://univ-lisvik.example/", ["127.0.0.1"], "address_refused"),
            ("https://univ-lisvik.example/", ["8.8.8.8", "10.0.0.1"], "address_refused"),
            ("https://univ-lisvik.example/", ["::1"], "address_refused"),
            ("https://univ-lisvik.example/", ["fe80::1%eth0"], "address_refused"),
            ("https://univ-lisvik.example/", ["64:ff9b::7f00:1"], "address_refused"),
        ],
    )
    def test_refused(
        self, monkeypatch: pytest.MonkeyPatch, url: str, addresses: list[str], code: str
    ) -> None:
        def connected(*_: Any, **__: Any) -> None:
            raise AssertionError("a connection")

        monkeypatch.setattr(socket, "create_connection", connected)
        found = retrieve(url, resolver=lambda host, port: addresses)
        assert isinstance(found, NotRetrieved)
        assert found.code == code

    def test_a_name_that_does_not_resolve(self) -> None:
        def unknown(host: str, port: int) -> list[str]:
            raise socket.gaierror(-2, "unknown")

        found = retrieve(URL, resolver=unknown)
        assert found == NotRetrieved("host_unknown", "univ-lisvik.example")

    def test_a_name_about_which_nobody_answers(self) -> None:
        silent = threading.Event()

        def waits(host: str, port: int) -> list[str]:
            silent.wait(10)
            return []

        found = retrieve(URL, resolver=waits, seconds=0.1)
        silent.set()
        assert isinstance(found, NotRetrieved)
        assert found.code == "too_slow"

    def test_the_connection_goes_to_the_address_that_was_checked(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        called: list[Any] = []

        def refused(address: Any, timeout: float) -> None:
            called.append(address)
            raise ConnectionRefusedError

        monkeypatch.setattr(socket, "create_connection", refused)
        found = retrieve(URL, resolver=lambda host, port: ["8.8.8.8"])
        assert called == [("8.8.8.8", 443)]
        assert isinstance(found, NotRetrieved)
        assert found.code == "unreachable"


class Answers(BaseHTTPRequestHandler):
    """What a server may answer, by path."""

    seen: ClassVar[list[tuple[str, str | None]]] = []
    stop: ClassVar[threading.Event] = threading.Event()

    def do_GET(self) -> None:
        self.seen.append((self.path, self.headers["Host"]))
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "https://univ-other.example/")
            self.end_headers()
        elif self.path == "/gone":
            self.send_error(404)
        elif self.path == "/endless":
            self.send_response(200)
            self.end_headers()
            with contextlib.suppress(OSError):
                while True:
                    self.wfile.write(b"x" * 65536)
        elif self.path == "/drip":
            with contextlib.suppress(OSError):
                while not self.stop.wait(0.05):
                    self.wfile.write(b"H")
        else:
            self.send_response(200)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is said."""


class TestAnswers:
    @pytest.fixture
    def get(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Retrieved | NotRetrieved]]:
        """`retrieve` with the connection led to a server of our own, without TLS."""
        Answers.stop.clear()
        server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()

        def connect(connection: Any) -> None:
            connection.sock = socket.create_connection(server.server_address, connection.timeout)

        monkeypatch.setattr(retrieval._Pinned, "connect", connect)  # the one place where TLS begins
        host = "https://univ-lisvik.example"
        yield lambda path, **more: retrieve(host + path, resolver=lambda *_: ["8.8.8.8"], **more)
        Answers.stop.set()
        server.shutdown()
        thread.join()
        server.server_close()

    def test_a_document(self, get: Callable[..., Any]) -> None:
        assert get("/status/1?at=2") == Retrieved(b"{}", "application/json")
        assert Answers.seen[-1] == ("/status/1?at=2", "univ-lisvik.example")

    def test_nothing_else_than_200_counts(self, get: Callable[..., Any]) -> None:
        assert get("/moved") == NotRetrieved("http_status", "302")
        assert get("/gone") == NotRetrieved("http_status", "404")

    def test_what_does_not_end_is_cut(self, get: Callable[..., Any]) -> None:
        assert get("/endless", max_bytes=200_000).code == "too_large"
        assert get("/endless", max_bytes=1 << 40, seconds=0.2).code == "too_slow"
        assert get("/drip", seconds=0.3).code == "too_slow"
