"""A third look at the rules: verdicts from the JSON of the runner's lines alone, by trying every row of
entities.

It shares no code with the library and none of its ideas: no reading into values, no walk, no index. Chains
are all orders in which entities can stand between the two ends, and all ways to pick a statement for each
hop. Only lines that are read without flaw are its business.
"""

from itertools import combinations, pairwise, permutations, product
from typing import Any

Line = dict[str, Any]

BUILT_IN: Line = {
    "max_hops": 2,
    "min_assurance": [1, 1, 2, 2],
    "binding": [],
    "mode": "joint",
    "quorum": 1,
}
ASPECTS = ["quality", "content", "assessment"]
TOLD = ["isced_f", "eqf", "ects", "assessment", "mode", "aspects"]
NARROW = {
    "001": 1, "002": 1, "003": 1, "011": 4, "021": 5, "022": 3, "023": 2, "031": 4, "032": 2, "041": 7,
    "042": 1, "051": 2, "052": 2, "053": 3, "054": 2, "061": 3, "071": 6, "072": 4, "073": 2, "081": 2,
    "082": 1, "083": 1, "084": 1, "091": 7, "092": 3, "101": 5, "102": 2, "103": 2, "104": 1,
}  # fmt: skip
"""How many detailed fields each narrow field of ISCED-F 2013 has; they are numbered from 1."""


def leaves(code: str) -> set[str]:
    return {
        f"{narrow}{last}"
        for narrow, count in NARROW.items()
        for last in range(1, count + 1)
        if f"{narrow}{last}".startswith(code)
    }


def asked_leaves(codes: list[str]) -> set[str] | None:
    """None where one of the codes says nothing."""
    found: set[str] = set()
    for code in codes:
        read = code
        if len(code) == 4 and code.endswith("00") and code != "0000":
            read = code[:2]
        elif len(code) > 2 and code.endswith("0"):
            read = code[:-1]
        below = leaves(code) or leaves(read)
        if not below:
            return None
        found |= below
    return found


def policy_of(policies: Line, recogniser: str) -> Line:
    return {
        **BUILT_IN,
        **(policies.get("default") or {}),
        **(policies.get("recognisers") or {}).get(recogniser, {}),
    }


def within(day: str, interval: Line | None) -> bool:
    """ISO dates compare as texts."""
    bounds = interval or {}
    return (bounds.get("from") or "") <= day < (bounds.get("to") or "a")


def visible(s: Line, version: int) -> bool:
    revoked = s.get("revoked")
    return (s.get("recorded") or 0) <= version and not (revoked is not None and revoked <= version)


def lacking(s: Line, r: Line, version: int, least: int, behind: int) -> list[str]:
    scope = s.get("scope") or {}

    def outside(dimension: str, wanted: set[Any], given: set[Any] | None = None) -> bool:
        listed = scope.get(dimension)
        return listed is not None and not wanted <= (set(listed) if given is None else given)

    covered = set().union(*(leaves(code) for code in scope.get("isced_f") or ()))
    checks = {
        "revoked": s.get("revoked") is not None and s["revoked"] <= version,
        "not_in_force": not within(r["decision_date"], s.get("in_force")),
        "award_not_covered": not within(r["award_date"], s.get("covers_awards")),
        "field": outside("isced_f", r["leaves"], covered),
        "level": outside("eqf", {r["eqf"]}),
        "aspect": outside("aspects", set(r["aspects"])),
        "assessment": outside("assessment", {r["assessment"]}),
        "mode": outside("mode", {r["mode"]}),
        "ects": scope.get("max_ects") is not None and r["ects"] > scope["max_ects"],
        "depth": (s.get("depth") or 0) < behind,
        "assurance": s["assurance"] < least,
    }
    return [name for name, fails in checks.items() if fails]


def touches(s: Line, r: Line, version: int) -> bool:
    scope = s.get("scope") or {}
    fields = scope.get("isced_f")
    return (
        visible(s, version)
        and within(r["decision_date"], s.get("in_force"))
        and (fields is None or any(leaves(code) & r["leaves"] for code in fields))
        and (scope.get("eqf") is None or r["eqf"] in scope["eqf"])
        and (scope.get("aspects") is None or any(aspect in r["aspects"] for aspect in scope["aspects"]))
    )


def chains(statements: list[Line], r: Line, version: int, longest: int) -> list[list[Line]]:
    """All simple chains of recorded trust, in any condition."""
    pairs: dict[tuple[str, str], list[Line]] = {}
    for s in statements:
        if s["polarity"] == "trust" and (s.get("recorded") or 0) <= version:
            pairs.setdefault((s["truster"], s["trustee"]), []).append(s)
    ends = r["recogniser"], r["issuer"]
    others = sorted({entity for pair in pairs for entity in pair} - set(ends))
    found: list[list[Line]] = []
    if ends[0] != ends[1]:
        for between in range(longest):
            for row in permutations(others, between):
                members = [ends[0], *row, ends[1]]
                hops = [pairs.get(pair, []) for pair in pairwise(members)]
                found += map(list, product(*hops))
    return found


def vetoes(statements: list[Line], chain: list[Line], r: Line, version: int, binding: list[str]) -> list[str]:
    members = [chain[0]["truster"], *(s["trustee"] for s in chain)]
    barred = {(one, other) for one, other in combinations(members, 2)}
    barred |= {(authority, member) for authority in binding for member in members[1:]}
    distrust = (s for s in statements if s["polarity"] == "distrust" and touches(s, r, version))
    return sorted({s["id"] for s in distrust if (s["truster"], s["trustee"]) in barred})


def decide_alone(statements: list[Line], r: Line, policy: Line, version: int) -> Line:
    everything = chains(statements, r, version, policy["max_hops"])
    failing = [
        [
            lacking(s, r, version, policy["min_assurance"][len(chain) - 1], len(chain) - 1 - place)
            for place, s in enumerate(chain)
        ]
        for chain in everything
    ]
    ids = [[s["id"] for s in chain] for chain in everything]
    good = [
        (len(chain), -min(s["assurance"] for s in chain), names, chain)
        for chain, fails, names in zip(everything, failing, ids, strict=True)
        if not any(fails) and not vetoes(statements, chain, r, version, policy["binding"])
    ]
    if good:
        hops, _, names, _ = min(good, key=lambda each: each[:3])
        between = {frozenset(s["trustee"] for s in chain[:-1]) for *_, chain in good}
        if hops >= 3 and not any(
            all(one.isdisjoint(other) for one, other in combinations(some, 2))
            for some in combinations(between, policy["quorum"])
        ):
            return {"reason": "quorum", "nearest_miss": {"chain": names, "failures": []}}
        return {"outcome": "accept", "chain": names}
    misses = [
        (sum(map(bool, fails)), len(chain), sum(map(len, fails)), names, fails, chain)
        for chain, fails, names in zip(everything, failing, ids, strict=True)
        if len(chain) <= 3
    ]
    if not misses:
        return {"reason": "no_relation"}
    count, _, _, names, fails, chain = min(misses, key=lambda each: each[:4])
    failures = [{"statement": id, "constraints": each} for id, each in zip(names, fails, strict=True) if each]
    miss = {"chain": names, "failures": failures}
    if count:
        return {"reason": "constraints", "nearest_miss": miss}
    barring = vetoes(statements, chain, r, version, policy["binding"])
    return {"reason": "distrust", "nearest_miss": miss, "vetoed_by": barring}


def verdict(statements: list[Line], request: Line, policies: Line) -> Line:
    """The line that the runner must print."""
    versions = [n for s in statements for n in (s.get("recorded"), s.get("revoked")) if n is not None]
    newest, asked = max(versions, default=0), request.get("version")
    empty: Line = dict.fromkeys(["chain", "chains", "reason", "nearest_miss", "vetoed_by"])
    shown = {"id": request["id"], "outcome": "review", **empty, "version": newest if asked is None else asked}
    fields = asked_leaves(request.get("isced_f") or [])
    if not fields or any(request.get(name) in (None, "", []) for name in TOLD):
        return {**shown, "reason": "incomplete"}
    if shown["version"] > newest:
        return {**shown, "reason": "stale"}
    policy, r = policy_of(policies, request["recogniser"]), {**request, "leaves": fields}
    if policy["mode"] == "joint":
        return {**shown, **decide_alone(statements, r, policy, shown["version"])}
    each: Line = {}
    for aspect in (aspect for aspect in ASPECTS if aspect in request["aspects"]):
        found = decide_alone(statements, {**r, "aspects": [aspect]}, policy, shown["version"])
        if "chain" not in found:
            return {**shown, **found}
        each[aspect] = found["chain"]
    return {**shown, "outcome": "accept", "chains": each}
