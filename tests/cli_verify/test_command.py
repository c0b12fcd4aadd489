"""The command: its options, what it prints for people and for programs, its exit codes."""

import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mutua_credentials import jws
from mutua_credentials.integrity import did_key
from mutua_credentials.keys import PrivateKey
from mutua_credentials.verify import CHECKS, verification

from .conftest import Run

KEY = PrivateKey.generate()
DID = did_key(KEY.public_jwk)
WEB = "did:web:univ-lisvik.example"
DID_JSON = "https://univ-lisvik.example/.well-known/did.json"
BODY: dict[str, Any] = {
    "@context": ["https://www.w3.org/ns/credentials/v2"],
    "type": ["VerifiableCredential"],
    "issuer": {"id": DID, "name": "University of Lisvik [red]\x1b[31m"},
    "validFrom": "2026-11-01T00:00:00Z",
    "credentialSubject": {"id": "did:example:1"},
}


class Signer:
    alg, kid = "ES256", f"{DID}#{DID.removeprefix('did:key:')}"
    sign = KEY.sign


def token(**members: Any) -> str:
    return jws.sign({"typ": "vc+jwt"}, json.dumps(BODY | members).encode(), Signer())


def write(folder: Path, name: str, data: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


AS_OF = ("--as-of", "2026-11-16T09:00:00Z")


class TestOne:
    def test_valid(self, run: Run, tmp_path: Path) -> None:
        found = run(write(tmp_path, "a.jwt", token()), "--json", "--offline", *AS_OF)
        assert found.code == 0
        answer = found.json
        assert list(answer) == ["format", "securing", "as_of", "verdict", "checks", "issuer", "annex_i"]
        assert (answer["format"], answer["securing"]) == ("w3c-vc", "vc+jwt")
        assert (answer["as_of"], answer["verdict"]) == ("2026-11-16T09:00:00Z", "valid")
        assert answer["issuer"] == {"id": DID, "name": BODY["issuer"]["name"], "sealed_by_mandate": False}
        assert [check["name"] for check in answer["checks"]] == [check.value for check in CHECKS]
        assert {tuple(check) for check in answer["checks"]} == {
            ("name", "result", "code", "found", "expected", "evidence")
        }

    def test_invalid(self, run: Run, tmp_path: Path) -> None:
        path = write(tmp_path, "a.jwt", token(validUntil="2026-11-02T00:00:00Z"))
        found = run(path, "--json", "--offline", *AS_OF)
        assert (found.code, found.codes["dates"]) == (3, "expired")

    def test_could_not_tell(self, run: Run, tmp_path: Path) -> None:
        path = write(tmp_path, "a.jwt", token(issuer=WEB))
        found = run(path, "--json", "--offline", *AS_OF)
        assert (found.code, found.results["issuer_binding"]) == (4, "unknown")

    def test_standard_input(self, run: Run) -> None:
        assert run("-", "--json", "--offline", *AS_OF, stdin=token().encode()).code == 0

    def test_the_instant_is_meant_exactly(self, run: Run, tmp_path: Path) -> None:
        path = write(tmp_path, "a.jwt", token(validFrom="2026-11-16T09:00:01Z"))
        assert run(path, "--offline", *AS_OF).code == 3

    def test_a_table_for_people(self, run: Run, tmp_path: Path) -> None:
        found = run(write(tmp_path, "a.jwt", token(issuer=WEB)), "--offline", *AS_OF)
        assert found.out.startswith("could not tell")
        assert all(check.value in found.out for check in CHECKS)
        assert "documents.json" in found.out

    def test_a_strangers_text_moves_no_cursor(self, run: Run, tmp_path: Path) -> None:
        found = run(write(tmp_path, "a.jwt", token()), "--offline", *AS_OF)
        assert "\x1b[31m" not in found.out
        assert "[red]" in found.out

    def test_a_strangers_text_floods_no_screen(self, run: Run, tmp_path: Path) -> None:
        proof = {"type": "DataIntegrityProof", "cryptosuite": "x" * 100_000}
        badge = write(tmp_path, "a.json", json.dumps(BODY | {"proof": proof}))
        name = write(tmp_path, "b.jwt", token(issuer={"id": DID, "name": "y" * 100_000}))
        for path in (badge, name):
            assert len(run(path, "--offline", *AS_OF).out) < 10_000

    def test_holder_binding_is_demanded(self, run: Run, tmp_path: Path) -> None:
        path = write(tmp_path, "a.jwt", token())
        for demand in (("--nonce", "n"), ("--audience", "a")):
            found = run(path, "--json", "--offline", *AS_OF, *demand)
            assert (found.code, found.codes["holder_binding"]) == (3, "key_binding_missing")


class TestUsage:
    @pytest.mark.parametrize(
        "args",
        [
            (),
            ("missing.json",),
            ("a.jwt", "--as-of", "yesterday"),
            ("a.jwt", "--as-of", "2026-11-16"),
            ("a.jwt", "--as-of", "2026-11-16T09:00:00"),
            ("a.jwt", "--documents", "nowhere"),
            ("a.jwt", "--anchors", "nowhere.pem"),
            ("a.jwt", "--anchors", "a.jwt"),
            ("a.jwt", "--sideways"),
            ("empty",),
        ],
    )
    def test_wrong_usage(
        self, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, args: tuple[str, ...]
    ) -> None:
        write(tmp_path, "a.jwt", token())
        (tmp_path / "empty").mkdir()
        monkeypatch.chdir(tmp_path)
        found = run(*args, "--offline", "--json")
        assert found.code == 2
        assert found.out == ""
        assert found.err


class TestAddresses:
    def test_an_address_that_was_not_fetched(self, run: Run) -> None:
        found = run("https://univ-lisvik.example/credentials/1", "--json", "--offline")
        assert (found.code, found.json["format"]) == (4, None)
        assert found.codes["format"] == "not_obtained"

    def test_an_address_in_the_documents(self, run: Run, tmp_path: Path) -> None:
        url = "https://univ-lisvik.example/credentials/1"
        write(tmp_path, "a.jwt", token())
        write(tmp_path, "documents.json", json.dumps({url: {"file": "a.jwt"}}))
        assert run(url, "--json", "--offline", "--documents", tmp_path, *AS_OF).code == 0

    @pytest.mark.parametrize(
        ("url", "why"),
        [
            ("http://univ-lisvik.example/1", "url_not_https"),
            ("https://127.0.0.1:9/1", "address_refused"),
            ("https://localhost:9/1", "address_refused"),
            ("https://[::1]/1", "address_refused"),
            ("https://[::ffff:127.0.0.1]/1", "address_refused"),
            ("https://169.254.169.254/latest", "address_refused"),
            ("https://10.0.0.1/1", "address_refused"),
            ("https://user@univ-lisvik.example/1", "url_malformed"),
        ],
    )
    def test_addresses_that_nobody_calls(self, run: Run, url: str, why: str) -> None:
        found = run(url, "--json")
        assert found.code == 4
        assert found.json["checks"][0]["found"].startswith(why)


class TestMany:
    def test_a_line_each_and_the_worst_exit_code(self, run: Run, tmp_path: Path) -> None:
        folder = tmp_path / "many"
        (folder / "below").mkdir(parents=True)
        write(folder, "1-valid.jwt", token())
        assert run(folder, "--json", "--offline", *AS_OF).code == 0
        write(folder, "2-unknown.jwt", token(issuer=WEB))
        assert run(folder, "--json", "--offline", *AS_OF).code == 4
        write(folder / "below", "3-invalid.jwt", "not a credential")
        found = run(folder, "--json", "--offline", *AS_OF)
        lines = [json.loads(line) for line in found.out.splitlines()]
        assert found.code == 3
        assert {Path(line["file"]).name: line["verdict"] for line in lines} == {
            "1-valid.jwt": "valid",
            "2-unknown.jwt": "unknown",
            "3-invalid.jwt": "invalid",
        }
        assert "verified 3 of 3" in found.err

    def test_a_file_that_cannot_be_read_is_the_worst(
        self, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write(tmp_path, "1.jwt", token())
        write(tmp_path, "2.jwt", "x")
        opened = Path.open

        def no_rights(path: Path, *args: Any) -> Any:
            if path.name == "1.jwt":
                raise PermissionError(13, "Permission denied")
            return opened(path, *args)

        monkeypatch.setattr(Path, "open", no_rights)
        found = run(tmp_path, "--json", "--offline", *AS_OF)
        assert found.code == 2
        assert list(json.loads(found.out.splitlines()[0])) == ["file", "error"]

    def test_lines_for_people(self, run: Run, tmp_path: Path) -> None:
        write(tmp_path, "1.jwt", token(issuer=WEB))
        found = run(tmp_path, "--offline", *AS_OF)
        assert "could not tell" in found.out
        assert "issuer_binding: issuer_document_not_obtained" in found.out


def test_a_fault_of_ours_decides_nothing(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr(verification, "recognise", broken)
    write(tmp_path, "a.jwt", token())
    found = run(tmp_path, "--json", "--offline", *AS_OF)
    assert found.code == 4
    assert "boom" in found.err
    assert json.loads(found.out)["checks"][0]["code"] == "internal_error"


def test_offline_opens_no_socket(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def opened(*_: Any) -> None:
        raise AssertionError("a socket")

    monkeypatch.setattr(socket, "socket", opened)
    monkeypatch.setattr(socket, "getaddrinfo", opened)
    for text in (
        token(issuer=WEB),
        token(issuer="https://univ-lisvik.example"),
        token(issuer="did:web:127.0.0.1"),
    ):
        assert run(write(tmp_path, "a.jwt", text), "--offline", *AS_OF).code == 4


def test_a_process_of_its_own(tmp_path: Path) -> None:
    """As a person starts it; without a terminal, and with an encoding that knows no Unicode."""
    path = write(tmp_path, "a.jwt", token())
    done = subprocess.run(
        [sys.executable, "-m", "mutua_cli.main", "verify", str(path), "--offline", *AS_OF],
        capture_output=True,
        env={"PATH": "/usr/bin", "HOME": str(tmp_path), "PYTHONIOENCODING": "ascii"},
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith(b"valid")
