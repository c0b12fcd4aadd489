"""Canonical RDF: nothing that a signature would not cover, and no document that can hold a process up."""

import asyncio
import copy
import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mutua_credentials.json_text import Refused
from mutua_credentials.linked_data import allow_list
from mutua_credentials.linked_data.canonical import canonicalise
from mutua_credentials.linked_data.pool import Canonicaliser, shared

OPEN_BADGES = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
BADGE: dict[str, Any] = {
    "@context": [allow_list.CREDENTIALS_V2, OPEN_BADGES],
    "id": "urn:uuid:1",
    "type": ["VerifiableCredential", "OpenBadgeCredential"],
    "issuer": {"id": "did:web:univ-lisvik.example", "type": ["Profile"], "name": "University of Lisvik"},
    "credentialSubject": {
        "type": ["AchievementSubject"],
        "achievement": {"id": "urn:uuid:2", "type": ["Achievement"], "name": "Data literacy"},
    },
}
POISON: dict[str, Any] = {
    **BADGE,
    "credentialSubject": {
        "type": ["AchievementSubject"],
        "result": [
            {"type": ["Result"], "alignment": [{"type": ["Alignment"], "targetName": "x"} for _ in range(9)]}
            for _ in range(2)
        ],
    },
}
"""A kilobyte without any `_:` name, on which canonicalising goes through 9! permutations, twice nested."""


def changed(change: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    document = copy.deepcopy(BADGE)
    change(document)
    return document


def subject(**members: Any) -> dict[str, Any]:
    return changed(lambda document: document["credentialSubject"].update(members))


def achievement(**members: Any) -> dict[str, Any]:
    return changed(lambda document: document["credentialSubject"]["achievement"].update(members))


class TestTheVendoredContexts:
    def test_have_the_pinned_digests(self) -> None:
        for url in allow_list.index():
            assert "@context" in allow_list.load(url)

    def test_load_none_that_is_not_vendored(self) -> None:
        for url in allow_list.index():
            assert set(_addresses(allow_list.load(url)["@context"])) <= allow_list.index().keys()

    def test_have_a_source_and_a_licence(self) -> None:
        assert all(entry["source"] and entry["licence"] for entry in allow_list.index().values())

    def test_are_those_that_the_publishers_serve(self, vectors: Path) -> None:
        supplied = json.loads((vectors / "verify/pub-eddsa-rdfc-2022/documents.json").read_text())
        known = {url: entry["sha256"] for url, entry in allow_list.index().items()}
        both = known.keys() & supplied.keys()
        assert len(both) >= 14
        assert {url: known[url] for url in both} == {url: supplied[url]["sha256"] for url in both}


def _addresses(value: Any) -> list[str]:
    """Addresses of contexts that a context would load."""
    if isinstance(value, list):
        return [address for item in value for address in _addresses(item)]
    if not isinstance(value, dict):
        return [value] if isinstance(value, str) else []
    found = [value["@import"]] if "@import" in value else []
    nested = [term["@context"] for term in value.values() if isinstance(term, dict) and "@context" in term]
    return found + [address for context in nested for address in _addresses(context)]


class TestWhatIsRefused:
    """Each of these would verify unnoticed, or mean something else than it says."""

    @pytest.mark.parametrize(
        ("document", "code"),
        [
            (achievement(eqfLevel=7), "undefined_term"),
            (subject(achievement={"type": ["Achievement", "Course"]}), "relative_name"),
            (changed(lambda d: d["type"].append("Diploma")), "relative_name"),
            (changed(lambda d: d.update(id="credential-1")), "relative_name"),
            (changed(lambda d: d.update(id="")), "relative_name"),
            (achievement(image={"id": "_:b0", "type": "Image"}), "blank_node"),
            (changed(lambda d: d["@context"].append({"eqfLevel": "urn:eqf"})), "inline_context"),
            (changed(lambda d: d["credentialSubject"].update({"@context": None})), "inline_context"),
            (changed(lambda d: d["@context"].append(5)), "inline_context"),
            (changed(lambda d: d["@context"].append("https://else.example/c")), "unknown_context"),
            (changed(lambda d: d["@context"].append("context.json")), "unknown_context"),
            (changed(lambda d: d.update({"@graph": [{"id": "urn:x"}]})), "not_in_rdf"),
            (changed(lambda d: d.update({"@included": [{"id": "urn:x"}]})), "not_in_rdf"),
            (subject(**{"@index": "hidden"}), "not_in_rdf"),
            (subject(**{"@vocab": "urn:"}), "not_in_rdf"),
            (subject(**{"@made-up": 1}), "not_in_rdf"),
            (achievement(name={"@value": "x", "@language": "not a tag"}), "not_in_rdf"),
            (achievement(name={"@value": "x", "@direction": "rtl"}), "not_in_rdf"),
            (achievement(**{"https://schema.org/name": "x"}), "name_not_a_term"),
            (changed(lambda d: d.update({"cred:credentialStatus": {}})), "name_not_a_term"),
            (
                changed(lambda d: d["issuer"].update(id=d["id"], validUntil="2020-01-01T00:00:00Z")),
                "member_misplaced",
            ),
            (changed(lambda d: d.update(id='urn:x> <urn:p> "o" .\n<urn:y')), "name_malformed"),
            (changed(lambda d: d.update({"@id": "urn:other"})), "json_ld_malformed"),
            (changed(lambda d: d.update(type=7)), "undefined_term"),
            (changed(lambda d: d.update(id=["urn:1"])), "json_ld_malformed"),
            ({"@context": allow_list.CREDENTIALS_V2}, "empty"),
        ],
    )
    def test_with_its_code(self, document: dict[str, Any], code: str) -> None:
        found = canonicalise(document)
        assert isinstance(found, Refused)
        assert found.code == code, found

    def test_a_context_that_loads_an_unknown_one(self) -> None:
        url = "https://campus.example/context"
        document = changed(lambda d: d["@context"].append(url))
        found = canonicalise(document, {url: {"@context": ["https://else.example/c"]}})
        assert isinstance(found, Refused)
        assert (found.code, found.found) == ("unknown_context", "https://else.example/c")

    def test_but_not_a_proper_badge(self) -> None:
        assert isinstance(canonicalise(BADGE), str)
        assert isinstance(canonicalise(changed(lambda d: d.update(id="urn:x:{a}|b^c"))), str)


def test_literals_are_escaped_as_the_recommendation_says() -> None:
    text = canonicalise(achievement(name='\x00\b\t\n\x0b\f\r\x1f"\\\x7f\x80é'))
    assert isinstance(text, str)
    assert r'"\u0000\b\t\n\u000B\f\r\u001F\"\\\u007F' + '\x80é"' in text


class TestSuppliedContexts:
    URL = "https://campus.example/context"

    def test_define_terms(self) -> None:
        document = changed(lambda d: (d["@context"].append(self.URL), d.update(room="A1")))
        text = canonicalise(document, {self.URL: {"@context": {"room": "urn:room"}}})
        assert isinstance(text, str)
        assert '<urn:uuid:1> <urn:room> "A1" .' in text

    def test_are_forgotten_with_the_document(self) -> None:
        """The same address may bring another context next time: a cache would mix them up."""
        document = changed(lambda d: (d["@context"].append(self.URL), d.update(room="A1")))
        one, other = (
            canonicalise(document, {self.URL: {"@context": {"room": name}}}) for name in ("urn:a", "urn:b")
        )
        assert isinstance(one, str)
        assert isinstance(other, str)
        assert "<urn:a>" in one
        assert "<urn:b>" in other
        assert "<urn:a>" not in other

    def test_never_replace_a_vendored_one(self) -> None:
        evil = {OPEN_BADGES: {"@context": {"eqfLevel": "urn:eqf"}}}
        assert canonicalise(achievement(eqfLevel=7), evil) == canonicalise(achievement(eqfLevel=7))
        assert canonicalise(BADGE, evil) == canonicalise(BADGE)

    def test_cannot_redefine_protected_terms(self) -> None:
        document = changed(lambda d: d["@context"].append(self.URL))
        found = canonicalise(document, {self.URL: {"@context": {"name": "urn:name"}}})
        assert isinstance(found, Refused)
        assert (found.code, "protected" in found.found) == ("json_ld_malformed", True)


class TestThePool:
    @pytest.fixture(autouse=True)
    def alone(self) -> None:
        """Other tests of this process may have left the shared one warm."""
        shared().close()

    @pytest.fixture
    def canonicaliser(self) -> Iterator[Canonicaliser]:
        with Canonicaliser() as canonicaliser:
            yield canonicaliser

    @pytest.fixture
    def hurried(self) -> Iterator[Canonicaliser]:
        """A start of the process must fit into its deadline, on a busy machine too."""
        with Canonicaliser(deadline=6) as canonicaliser:
            yield canonicaliser

    def test_hashes_the_canonical_form(self, canonicaliser: Canonicaliser) -> None:
        text = canonicalise(BADGE)
        assert isinstance(text, str)
        assert canonicaliser.hashes([BADGE]) == (hashlib.sha256(text.encode()).digest(),)
        assert canonicaliser.hashes([BADGE], {}, "sha384") == (hashlib.sha384(text.encode()).digest(),)

    def test_knows_one_kind_of_number(self, canonicaliser: Canonicaliser) -> None:
        one, other, third = (
            canonicaliser.hashes([subject(creditsEarned=number)]) for number in (5, 5.0, 5.5)
        )
        assert one == other != third

    def test_tells_what_is_refused(self, canonicaliser: Canonicaliser) -> None:
        found = canonicaliser.hashes([BADGE, achievement(eqfLevel=7)])
        assert isinstance(found, Refused)
        assert found.code == "undefined_term"

    def test_ends_what_takes_too_long_and_goes_on(self, hurried: Canonicaliser) -> None:
        started = time.monotonic()
        found = hurried.hashes([POISON])
        assert isinstance(found, Refused)
        assert found.code == "deadline_exceeded"
        assert time.monotonic() - started < 10
        assert isinstance(hurried.hashes([BADGE]), tuple)
        assert len(_children()) <= 1

    def test_bounds_memory(self) -> None:
        with Canonicaliser(memory_bytes=100 * 1024 * 1024) as canonicaliser:
            found = canonicaliser.hashes([changed(lambda d: d.update(id="urn:" + "x" * 9_000_000))])
            assert isinstance(found, Refused)
            assert found.code in {"memory_exceeded", "canonicaliser_died"}
            assert isinstance(canonicaliser.hashes([BADGE]), tuple)

    def test_replaces_a_worker_that_died_in_idleness(self, canonicaliser: Canonicaliser) -> None:
        canonicaliser.warm()
        worker = next(iter(_children()))
        os.kill(worker, signal.SIGKILL)
        _until(lambda: not _is_running(worker))
        assert isinstance(canonicaliser.hashes([BADGE]), tuple)

    def test_answers_a_worker_that_was_killed(self, canonicaliser: Canonicaliser) -> None:
        canonicaliser.warm()
        worker = next(iter(_children()))
        asked = threading.Timer(0.3, os.kill, (worker, signal.SIGKILL))
        asked.start()
        found = canonicaliser.hashes([POISON])
        asked.join()
        assert isinstance(found, Refused)
        assert found.code == "canonicaliser_died"

    def test_remembers_by_content(self, canonicaliser: Canonicaliser) -> None:
        known = canonicaliser.hashes([BADGE])
        canonicaliser.close()
        assert canonicaliser.hashes([copy.deepcopy(BADGE)]) == known
        assert _children() == set(), "no process was started for what is known"

    def test_leaves_no_process_behind(self) -> None:
        with Canonicaliser(workers=2) as canonicaliser:
            canonicaliser.warm()
            canonicaliser.hashes([BADGE])
            assert _children()
        assert _children() == set()

    async def test_leaves_the_event_loop_free(self, hurried: Canonicaliser) -> None:
        turns = 0
        asked = asyncio.create_task(asyncio.to_thread(hurried.hashes, [POISON]))
        while not asked.done():
            turns += 1
            await asyncio.sleep(0.01)
        assert turns > 50

    def test_is_shared_by_threads(self) -> None:
        answers: list[Any] = []
        with Canonicaliser(workers=2) as canonicaliser:
            threads = [
                threading.Thread(
                    target=lambda place=place: answers.append(
                        canonicaliser.hashes([changed(lambda d: d.update(id=f"urn:uuid:{place}"))])
                    )
                )
                for place in range(8)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        assert len(set(answers)) == 8
        assert all(isinstance(answer, tuple) for answer in answers)


def test_a_worker_ends_with_whoever_started_it() -> None:
    """Killed without a chance to tidy up, while the worker is busy."""
    code = (
        "import json, sys\n"
        "from mutua_credentials.linked_data.pool import Canonicaliser\n"
        "canonicaliser = Canonicaliser(); canonicaliser.warm()\n"
        "print('ready', flush=True)\n"
        "canonicaliser.hashes([json.loads(sys.argv[1])])\n"
    )
    command = [sys.executable, "-c", code, json.dumps(POISON)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "ready\n"
        worker = next(iter(_children(parent.pid)))
        parent.kill()
    _until(lambda: not _is_running(worker))


def test_the_shared_one_is_one() -> None:
    assert shared() is shared()
    assert isinstance(shared().hashes([BADGE]), tuple)
    shared().close()


def _children(parent: int | None = None) -> set[int]:
    """The workers of a process."""
    found: set[int] = set()
    for entry in Path("/proc").iterdir():
        try:
            stat = (entry / "stat").read_text().rpartition(")")[2].split()
            command = (entry / "cmdline").read_bytes()
        except (OSError, IndexError):
            continue
        if int(stat[1]) == (parent or os.getpid()) and stat[0] != "Z" and b"linked_data.worker" in command:
            found.add(int(entry.name))
    return found


def _until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline, "the process is still there"
        time.sleep(0.02)


def _is_running(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
