"""A decision record in plain words: what came out, each check, the chain of trust, what would help.

Everything shown is in the record or in the statements that it names; nothing is judged here. A check that
was not made is said to be not made.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

Json = dict[str, Any]
Names = Mapping[str, str]

STAGES: Final[Mapping[str, str]] = {
    "S0": "intake",
    "S1": "authenticity",
    "S2": "completeness",
    "S3": "kind and size",
    "S4": "provider",
    "S5": "quality at the award",
    "S6": "trust",
    "S7": "level",
    "S8": "learning outcomes",
    "S9": "workload",
    "S10": "assessment",
    "S11": "identity",
    "S12": "differences",
    "S13": "outcome",
}
OUTCOMES: Final[Mapping[str, tuple[str, str]]] = {
    "RECOGNISED_FULL": ("Recognised in full", "green"),
    "RECOGNISED_CONDITIONAL": ("Recognised with conditions", "green"),
    "REVIEW_REQUESTED": ("A person must look", "yellow"),
    "INFO_REQUESTED": ("Information is asked for", "yellow"),
    "INADMISSIBLE": ("Could not be taken in", "red"),
}
WORDS: Final[Mapping[str, str]] = {
    "AUTH.OK": "signed by {source}",
    "PROV.MATCHED": "{found} is one provider of the registry",
    "QA.INSTITUTION_COVERS": "{source} covers the whole institution on {award_date}",
    "QA.PROGRAMME_COVERS": "{source} covers this programme on {award_date}",
    "QA.NOT_AT_AWARD_DATE": "no report covers {award_date}: {detail}",
    "QA.NONE": "no report is known",
    "TRUST.DIRECT": "relied on directly: {found}, {expected}",
    "TRUST.PATH": "relied on through others: {found}, {expected}",
    "TRUST.NO_PATH": "nobody on the way relies on this university",
    "TRUST.DEPTH_EXCEEDED": "the chain ends too early at {truster}: {found}, needed is {expected}",
    "TRUST.REVOKED_LINK": "the statement of {truster} about {trustee} was {found}",
    "TRUST.EXPIRED_LINK": "a statement is {found}, needed is {expected}",
    "TRUST.OUT_OF_SCOPE": "{truster} relies on {trustee}, but {found}",
    "TRUST.ASSURANCE_LOW": "{found} of {truster} about {trustee}, needed is {expected}",
    "TRUST.COMMON_FRIEND": "for whoever looks: {entities} are relied on by both",
    "LEVEL.EQUAL": "{found}, {expected} is asked",
    "LEVEL.HIGHER": "{found}, {expected} is asked",
    "LEVEL.LOWER": "{found}, {expected} is asked",
    "DOC.MISSING": "{subject} is missing",
    "DOC.WITHHELD": "{subject} is withheld",
    "POLICY.NO_MANDATE": "{found}, needed is {expected}",
    "POLICY.WAIVER": "waived by {waiver}",
}
"""Reasons by code; every other one is shown by its code with what was found and expected."""


def explain(record: Json, statements: Sequence[Json], names: Names) -> RenderableType:
    """The whole record; `statements` are those that it names (`GET /decisions/{id}/statements`)."""
    content, act = record["content"], record["act"]
    asked = content["request"]
    issuer = asked["credential"]["issuer"]
    question = f"{asked['purpose']} at {names.get(asked['recogniser'], asked['recogniser'])}"
    grid = _grid()
    grid.add_row("asked", f"{question}, for a credential of {names.get(issuer, issuer or 'nobody proven')}")
    chain = list(_chain(content["trust"], statements, names))
    if chain:
        grid.add_row("chain", Group(*chain))
    grid.add_row("checks", _checks(content, names))
    for number, change in enumerate(content["counterfactuals"]):
        who = " or ".join(names.get(each, each) for each in change["audience"])
        grid.add_row("" if number else "would help", Text(f"{_named(change['change'], names)} ({who})"))
    _add_judgement(grid, act)
    pins = content["as_of"]
    versions = (
        f"policy {pins['policy']['id']} v{pins['policy']['version']}",
        f"trust log v{pins['trust']['version']}",
        f"registry of {pins['registry']['version'][:16]}",
        f"rules {pins['rules']['version']}",
    )
    grid.add_row("as of", Text(", ".join(versions), style="dim"))
    _add_place(grid, record)
    return Group(_headline(content, act), grid)


def in_short(record: Json) -> RenderableType:
    """Who decided what, how a person judged what was not clean, and where the record is."""
    grid = _grid()
    _add_judgement(grid, record["act"])
    _add_place(grid, record)
    return Group(_headline(record["content"], record["act"]), grid)


def _grid() -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    return grid


def _add_judgement(grid: Table, act: Json) -> None:
    for judged in act["differences"]:
        codes = ", ".join(judged["reasons"])
        words = judged["judgement"].replace("_", " ")
        grid.add_row("judged", Text(f"{STAGES[judged['stage']]} ({codes}): {words}"))


def _add_place(grid: Table, record: Json) -> None:
    place = f"{record['act']['decision_id']}  {record['content_digest'][:23]}..."
    grid.add_row("record", Text(place, style="dim"))


def _headline(content: Json, act: Json) -> Text:
    code = content["outcome"]["code"]
    words, colour = OUTCOMES.get(code, (code, "bold"))
    line = Text()
    line.append(words, style=f"bold {colour}")
    by = act["decided_by"]
    if by["mode"] == "machine":
        mandate = by["mandate"]
        words = f", by the machine under the mandate {mandate['id']}" if mandate else ", says the machine"
        line.append(words)
    else:
        people = ", ".join(person["id"] for person in by["people"])
        line.append(f", by a person ({people}, {by['people'][0]['role']})" if people else ", by a person")
    line.append(f"  {act['decided_at'][:19].replace('T', ' ')} UTC", style="dim")
    return line


def _chain(trust: Json | None, statements: Sequence[Json], names: Names) -> Iterator[Text]:
    """The chain as a line, then its statements; of a review the chain that came closest."""
    if trust is None:
        return
    miss = trust["nearest_miss"] or {"chain": [], "failures": []}
    known = {one["statement"]["id"]: one["statement"] for one in statements}
    hops = [known[id] for id in trust["chain"] or miss["chain"] if id in known]
    if not hops:
        return
    broken = {failure["statement"]: failure["constraints"] for failure in miss["failures"]}
    line = Text(names.get(hops[0]["truster"], hops[0]["truster"]), style="bold")
    for hop in hops:
        ok = hop["id"] not in broken
        line.append(" ──▶ " if ok else " ──✗ ", style="green" if ok else "yellow")
        line.append(names.get(hop["trustee"], hop["trustee"]))
    yield line
    for number, hop in enumerate(hops, 1):
        fails = broken.get(hop["id"], ())
        granted = Text(f"{number}  {said(hop)}", style="dim")
        granted.append(f"  ✗ {', '.join(fails)}" if fails else "", style="not dim yellow")
        yield granted


def said(statement: Json) -> str:
    """What a statement grants, in one line."""
    scope = statement["scope"]
    fields = ", ".join(scope.get("isced_f") or ())
    parts = [
        f"assurance {statement['assurance']}",
        _onward(statement["depth"]),
        f"fields {fields}" if fields else "all fields",
    ]
    if scope.get("eqf"):
        parts.append(f"EQF {min(scope['eqf'])} to {max(scope['eqf'])}")
    if scope.get("max_ects"):
        parts.append(f"up to {scope['max_ects']} ECTS")
    if statement.get("revoked") is not None:
        parts.append(f"revoked at version {statement['revoked']}")
    return ", ".join(parts)


def _onward(depth: int) -> str:
    return "not passed on" if depth == 0 else f"passed on {depth} further hop{'s' if depth > 1 else ''}"


CLEAN: Final = {"S2": "every element that the policy requires can be read"}
"""What a stage that passed without a word has found."""
SILENT: Final = ("S0", "S13")
"""Stages that are told only where they have something to say: the outcome stands above."""
MARKS: Final[Mapping[str, tuple[str, str]]] = {
    "PASS": ("✓", "green"),
    "FAIL": ("✗", "red"),
    "INCONCLUSIVE": ("?", "yellow"),
    "NOT_APPLICABLE": ("·", "dim"),
    "WAIVED": ("w", "yellow"),
    "NOT_EVALUATED": ("·", "dim"),
}


def _checks(content: Json, names: Names) -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    unmade: list[str] = []
    for stage in content["stages"]:
        title, result = STAGES[stage["stage"]], stage["result"]
        told = [content["reasons"][place] for place in stage["reasons"]]
        if told or (result != "NOT_EVALUATED" and stage["stage"] not in SILENT):
            mark, colour = MARKS[result]
            essential = [one for one in told if one["weight"] != "minor"] or told
            details = [one for one in told if one["weight"] == "minor"]
            words = "; ".join(_reason(one, details, names) for one in essential)
            grid.add_row(Text(mark, style=colour), title, words or CLEAN.get(stage["stage"], result.lower()))
        elif result == "NOT_EVALUATED":
            unmade.append(title)
    if unmade:
        text = "not made, and not required here: " + ", ".join(unmade)
        grid.add_row(Text("·", style="dim"), Text("others", style="dim"), Text(text, style="dim"))
    return grid


def _reason(told: Json, details: Sequence[Json], names: Names) -> str:
    pattern = WORDS.get(told["code"])
    if pattern is None:
        return f"{told['code']}: found {told['found']}, expected {told['expected']}"
    source = told["source"] or {"id": ""}
    params = told["params"]
    values = {
        "found": told["found"],
        "expected": told["expected"],
        "subject": (told["subject"] or "/").strip("/").replace("_", " "),
        "source": source["id"].partition("#")[0].replace("report/", "report "),
        "award_date": params.get("award_date", "the award date"),
        "detail": details[0]["found"] if details else told["found"],
        "truster": names.get(params.get("truster") or "", params.get("truster")),
        "trustee": names.get(params.get("trustee") or "", params.get("trustee")),
        "entities": ", ".join(names.get(each, each) for each in params.get("entities", ())),
        "waiver": params.get("waiver"),
    }
    return pattern.format_map(values)


def _named(text: str, names: Names) -> str:
    """A text of the record with names in place of ids, and without digests."""
    return " ".join(_word(word, names) for word in text.split())


def _word(word: str, names: Names) -> str:
    bare = word.rstrip(":,;")
    known = "the statement" if bare.startswith("sha256:") else names.get(bare, bare)
    return known + word[len(bare) :]
