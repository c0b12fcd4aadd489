"""The command beyond its verdicts: what it does with broken files, long files, and for people."""

import json
from pathlib import Path
from typing import Any

import pytest
from defusedxml.ElementTree import fromstring
from trust_worlds import World, seeded_world
from typer.testing import CliRunner, Result

from mutua_cli import trust, trust_files
from mutua_trust import policy_to_json, request_to_json, statement_to_json, verdict_to_json

REQUEST: dict[str, Any] = {
    "id": "r",
    "recogniser": "C",
    "issuer": "B",
    "isced_f": ["0613"],
    "eqf": 6,
    "ects": 5,
    "assessment": "exam",
    "mode": "online",
    "aspects": ["quality", "content", "assessment"],
    "award_date": "2026-02-01",
    "decision_date": "2026-03-01",
}
FRIENDS: list[Any] = [
    {"id": "s1", "truster": "C", "trustee": "A", "polarity": "trust", "assurance": 2, "depth": 1},
    {
        "id": "s2",
        "truster": "A",
        "trustee": "B",
        "polarity": "trust",
        "assurance": 2,
        "scope": {"isced_f": ["06"]},
    },
]


def lines(path: Path, values: list[Any]) -> str:
    path.write_text("".join(json.dumps(value) + "\n" for value in values), "utf-8")
    return str(path)


def run(*arguments: str, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(trust.app, arguments, input=stdin)


@pytest.fixture
def log(tmp_path: Path) -> str:
    return lines(tmp_path / "statements.jsonl", FRIENDS)


@pytest.fixture
def asked(tmp_path: Path) -> str:
    return lines(tmp_path / "requests.jsonl", [REQUEST])


def test_worlds_through_the_command_equal_the_enumeration(tmp_path: Path) -> None:
    for seed in range(60):
        world: World = seeded_world(seed)
        newest = max((max(s.recorded, s.revoked or 0) for s in world.statements), default=0)
        expected = World.enumerate(world) if newest == 6 else None
        if expected is None:
            continue
        statements = lines(tmp_path / "s", [statement_to_json(s) for s in world.statements])
        requests = lines(tmp_path / "r", [request_to_json(world.request)])
        policy = lines(tmp_path / "p", [{"recognisers": {"C": policy_to_json(world.policy)}}])
        result = run("decide", "--statements", statements, "--requests", requests, "--policy", policy)
        assert json.loads(result.stdout) == verdict_to_json(expected)


def test_requests_may_come_from_a_pipe(log: str) -> None:
    piped = b"\xef\xbb\xbf" + json.dumps(REQUEST).encode() + b"\r\n\n  \n"
    result = run("decide", "--statements", log, "--requests", "-", stdin=piped)
    assert (result.exit_code, json.loads(result.stdout)["chain"]) == (0, ["s1", "s2"])


@pytest.mark.parametrize("missing", ["--statements", "--requests", "--policy"])
def test_a_file_that_cannot_be_read_answers_nothing(
    missing: str, log: str, asked: str, tmp_path: Path
) -> None:
    files = {"--statements": log, "--requests": asked, missing: str(tmp_path / "nowhere")}
    result = run("decide", *(part for option in files.items() for part in option))
    assert (result.exit_code, result.stdout) == (2, "")
    assert json.loads(result.stderr)["code"] == "unreadable_file"


@pytest.mark.parametrize("document", ["", "[", "[]", '{"default": {"max_hops": 9}}', '{"recognisers": []}'])
def test_a_bad_policy_answers_nothing(document: str, log: str, asked: str, tmp_path: Path) -> None:
    policy = tmp_path / "policy"
    policy.write_text(document, "utf-8")
    result = run("decide", "--statements", log, "--requests", asked, "--policy", str(policy))
    assert (result.exit_code, result.stdout) == (2, "")
    assert json.loads(result.stderr)["file"] == str(policy)


@pytest.mark.parametrize(
    ("raw", "id"),
    [
        (b"\xff\xfe", None),
        (b"{" * 100_000, None),
        (b"[1, 2]", None),
        (b'{"id": "x", "ects": NaN}', None),
        (b'{"id": "x", "ects": 1e999}', "x"),
        (b'{"id": "x"}', "x"),
        (b'{"id": 7}', None),
        (b'"' + b"x" * 10_000 + b'"', None),
    ],
)
def test_every_bad_line_gets_its_verdict_and_one_error(raw: bytes, id: str | None, log: str) -> None:
    good = json.dumps(REQUEST).encode()
    result = run("decide", "--statements", log, "--requests", "-", stdin=raw + b"\n" + good)
    first, second = map(json.loads, result.stdout.splitlines())
    assert (first["id"], first["reason"], first["version"]) == (id, "invalid", None)
    assert (second["id"], second["outcome"]) == ("r", "accept")
    assert len(result.stderr.splitlines()) == 1
    assert len(result.stderr) < 1000
    assert result.exit_code == 1


def test_a_repeated_request_is_refused(log: str, tmp_path: Path) -> None:
    requests = lines(tmp_path / "twice", [REQUEST, REQUEST])
    result = run("decide", "--statements", log, "--requests", requests)
    assert [json.loads(line)["reason"] for line in result.stdout.splitlines()] == [None, "invalid"]
    assert json.loads(result.stderr)["code"] == "duplicate_id"


def test_a_refused_line_keeps_its_id(asked: str, tmp_path: Path) -> None:
    refused = {**FRIENDS[0], "depth": 9}
    log = lines(tmp_path / "s", [refused, *FRIENDS])
    result = run("decide", "--statements", log, "--requests", asked)
    assert json.loads(result.stdout)["reason"] == "no_relation"
    assert [json.loads(line)["code"] for line in result.stderr.splitlines()] == [
        "out_of_range",
        "duplicate_id",
    ]


def test_a_budget_turns_into_a_review(log: str, asked: str) -> None:
    result = run("decide", "--statements", log, "--requests", asked, "--budget", "0")
    verdict = json.loads(result.stdout)
    assert (result.exit_code, verdict["reason"], verdict["nearest_miss"]) == (0, "budget", None)
    assert json.loads(run("decide", "--statements", log, "--requests", asked, "--budget", "9").stdout)[
        "chain"
    ]


def test_long_files_tell_how_far_they_are(log: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trust_files, "PROGRESS_EVERY", 2)
    requests = "".join(json.dumps({**REQUEST, "id": f"r{number}"}) + "\n" for number in range(5))
    result = run("decide", "--statements", log, "--requests", "-", stdin=requests.encode())
    told = [json.loads(line)["progress"]["lines"] for line in result.stderr.splitlines()]
    assert told == [2, 2, 4]
    assert result.exit_code == 0


def test_portability_for_people_and_for_programs(log: str, asked: str) -> None:
    table = run("portability", "--statements", log, "--requests", asked)
    assert "2 of 2 recognisers" in " ".join(table.stdout.split())
    found = run("portability", "--statements", log, "--requests", asked, "--json")
    answers = [json.loads(line) for line in found.stdout.splitlines()]
    assert [(answer["recogniser"], answer["chain"]) for answer in answers] == [
        ("A", ["s2"]),
        ("C", ["s1", "s2"]),
    ]


def test_portability_refuses_bad_lines(log: str, tmp_path: Path) -> None:
    requests = lines(tmp_path / "bad", [{**REQUEST, "version": 9}, {"id": "x"}])
    result = run("portability", "--statements", log, "--requests", requests)
    assert result.exit_code == 1
    assert [json.loads(line)["code"] for line in result.stderr.splitlines()] == ["future_version", "missing"]


def test_preview_of_publishing_and_revoking(log: str, asked: str, tmp_path: Path) -> None:
    new = {**FRIENDS[1], "id": "s3", "scope": {"isced_f": ["07"], "eqf": [6]}}
    publish = lines(tmp_path / "new", [new, FRIENDS[0]])
    options = ["--statements", log, "--like", asked, "--publish", publish, "--revoke", "s1", "--revoke", "s9"]
    found = run("preview", *options, "--json")
    changes = [json.loads(line) for line in found.stdout.splitlines()]
    assert [
        (c["change"], c["recogniser"], c["issuer"], c["fields"], c["levels"], c["gained"]) for c in changes
    ] == [
        ("publish s3", "A", "B", ["07"], [6], True),
        ("publish s3", "C", "B", ["07"], [6], True),
        ("revoke s1", "C", "A", sorted(f"{n:02}" for n in range(11)), list(range(1, 9)), False),
        ("revoke s1", "C", "B", ["06"], list(range(1, 9)), False),
    ]
    assert [json.loads(line)["code"] for line in found.stderr.splitlines()] == [
        "duplicate_id",
        "unknown_statement",
    ]
    assert "becomes automatic" in " ".join(run("preview", *options).stdout.split())


def test_path_shows_the_chain(log: str) -> None:
    table = run("path", "C", "B", "--statements", log, "--field", "0613").stdout
    assert "accept" in table
    assert all(text in table for text in ("C -> A", "A -> B", "s1", "s2", "depth", "assurance", "in force"))
    dot = run("path", "C", "A", "B", "--statements", log, "--dot").stdout
    assert '"C" -> "A"' in dot
    svg = run("path", "C", "B", "--statements", log, "--svg").stdout
    assert svg.startswith("<svg")
    assert svg.count("<line") == 2


def test_a_picture_is_one_document_whatever_the_verdict(log: str, tmp_path: Path) -> None:
    def drawn(*arguments: str) -> list[str]:
        document = run("path", "C", "B", "--statements", log, "--svg", *arguments).stdout
        return [text.text or "" for text in fromstring(document).iter("{http://www.w3.org/2000/svg}text")]

    policy = tmp_path / "policy.json"
    policy.write_text('{"default": {"mode": "per_aspect"}}', "utf-8")
    each = drawn("--policy", str(policy), "--field", "0613")
    assert [text for text in each if text.startswith("accept")] == [
        "accept: quality",
        "accept: content",
        "accept: assessment",
    ]
    assert drawn("--field", "0731")[0].startswith("review: constraints")
    failing = run("path", "C", "B", "--statements", log, "--svg", "--field", "0731").stdout
    assert failing.count('marker-end="url(#fails)"') == 1
    nothing = run("path", "B", "C", "--statements", log, "--svg").stdout
    assert (nothing.count("<line"), "no_relation" in nothing) == (0, True)


def test_path_shows_what_is_missing(log: str) -> None:
    text = run("path", "C", "B", "--statements", log, "--field", "0731").stdout
    assert "review: constraints" in text
    assert "extend its statement on B to 0731" in text
    assert "no_relation" in run("path", "B", "C", "--statements", log).stdout
    assert run("path", "C", "--statements", log).exit_code == 2
    assert run("path", "C", "B", "--statements", log, "--field", "0610").exit_code == 2


def test_the_danger_of_naive_transitivity_is_regenerated() -> None:
    """The tables of the docs have this shape; their figures need more samples than a test should take."""
    tables = run("danger", "--samples", "2").stdout
    docs = (Path(__file__).parents[2] / "docs" / "trust.md").read_text("utf-8")
    for line in tables.splitlines():
        assert line.split("|")[1:2] == [] or f"|{line.split('|')[1]}|" in docs
    share = {row.split("|")[1].strip(): row.split("|")[5].strip() for row in tables.splitlines()[2:5]}
    assert float(share["as written"][:-2]) < float(share["depth, scope and dates ignored"][:-2])
