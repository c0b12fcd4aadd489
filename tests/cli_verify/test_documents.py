"""`documents.json`: what it serves, to which instant, and what counts as a context."""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mutua_cli.verify_documents import DocumentsWrong, SuppliedDocuments
from mutua_credentials.verify import Document, NotObtained

URL = "https://univ-lisvik.example/.well-known/did.json"
CONTEXT = "https://univ-lisvik.example/context/1"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def supplied(folder: Path, index: Any) -> SuppliedDocuments:
    (folder / "documents.json").write_text(index if isinstance(index, str) else json.dumps(index))
    return SuppliedDocuments(folder)


def test_a_file_at_every_instant(tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "a").write_bytes(b"A")
    (tmp_path / "own").mkdir()
    documents = supplied(tmp_path / "own", {URL: {"file": "../files/a"}})
    for instant in (None, at("2020-01-01"), at("2030-01-01")):
        found = documents(URL, instant)
        assert isinstance(found, Document)
        assert (found.data, found.source) == (b"A", "documents.json")


def test_dated_copies_are_half_open(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_text(name)
    first = {"file": "a", "observed_from": "2026-01-01T00:00:00Z", "observed_until": "2026-06-01T00:00:00Z"}
    second = {"file": "b", "observed_from": "2026-06-01T00:00:00Z", "observed_until": None}
    documents = supplied(tmp_path, {URL: [first, second]})

    def served(instant: datetime | None) -> bytes | str:
        found = documents(URL, instant)
        return found.data if isinstance(found, Document) else found.code

    assert served(at("2026-01-01")) == b"a"
    assert served(at("2026-05-31T23:59:59")) == b"a"
    assert served(at("2026-06-01")) == b"b"
    assert served(None) == b"b"
    assert served(at("2025-12-31")) == "no_copy_in_force"


def test_an_answer_of_404_is_final(tmp_path: Path) -> None:
    found = supplied(tmp_path, {URL: {"status": 404}})(URL, None)
    assert found == NotObtained("http_status", "404", final=True)


def test_what_is_not_listed_may_be_asked_elsewhere(tmp_path: Path) -> None:
    found = supplied(tmp_path, {})(URL, None)
    assert isinstance(found, NotObtained)
    assert not found.final


def test_a_file_that_is_missing_is_could_not_tell(tmp_path: Path) -> None:
    found = supplied(tmp_path, {URL: {"file": "gone"}})(URL, None)
    assert isinstance(found, NotObtained)
    assert (found.code, found.final) == ("file_unreadable", True)


class TestContexts:
    def entry(self, folder: Path, **changes: Any) -> dict[str, Any]:
        (folder / "c").write_text('{"@context": {"term": "https://univ-lisvik.example/term"}}')
        digest = hashlib.sha256((folder / "c").read_bytes()).hexdigest()
        return {"file": "c", "context": True, "sha256": digest} | changes

    def test_with_its_digest(self, tmp_path: Path) -> None:
        documents = supplied(tmp_path, {CONTEXT: self.entry(tmp_path)})
        assert list(documents.contexts) == [CONTEXT]
        assert documents.warnings == []

    @pytest.mark.parametrize("change", [{"sha256": "0" * 64}, {"sha256": None}, {"context": "yes"}])
    def test_without_it(self, tmp_path: Path, change: dict[str, Any]) -> None:
        documents = supplied(tmp_path, {CONTEXT: self.entry(tmp_path, **change)})
        assert documents.contexts == {}

    def test_one_that_is_built_in_stays(self, tmp_path: Path) -> None:
        built_in = "https://www.w3.org/ns/credentials/v2"
        assert supplied(tmp_path, {built_in: self.entry(tmp_path)}).contexts == {}

    def test_a_plain_file_is_no_context(self, tmp_path: Path) -> None:
        entry = self.entry(tmp_path)
        del entry["context"]
        assert supplied(tmp_path, {CONTEXT: entry}).contexts == {}


@pytest.mark.parametrize(
    "index",
    [
        "",
        "[]",
        '{"a":{"file":"x"},"a":{"file":"y"}}',
        {URL: {}},
        {URL: "file"},
        {URL: {"file": 7}},
        {URL: {"status": 200}},
        {URL: [{"file": "x", "observed_from": "yesterday"}]},
    ],
)
def test_a_wrong_index_is_said_so(tmp_path: Path, index: Any) -> None:
    with pytest.raises(DocumentsWrong, match=r"documents\.json"):
        supplied(tmp_path, index)
