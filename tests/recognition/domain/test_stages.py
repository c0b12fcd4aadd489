"""Every stage's own table: what is found, what it is called, and that doubt is never a failure."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from recognition_world import (
    ALDMERE,
    AWARD,
    BOREAL,
    DIRECT,
    LISVIK,
    NOW,
    SNAPSHOT,
    VIA,
    case,
    checks,
    content,
    covering,
    facts,
    hops,
    log,
    mirror,
    only,
    policy,
    registry,
    request,
    scoped,
    statement,
    through_a_friend,
)

from mutua_contracts.registry import ProviderChanged, RegistryIdentifier, ReportChanged
from mutua_coverage import Permission
from mutua_credentials.annex_i import MANDATORY, State
from mutua_credentials.verify import Result as CheckResult
from mutua_recognition.domain.case import Case
from mutua_recognition.domain.codes import Result, Stage
from mutua_recognition.domain.evaluation import find
from mutua_recognition.domain.facts import BodyFacts
from mutua_recognition.domain.registry import Registry
from mutua_recognition.domain.request import Target
from mutua_trust import Mode, Polarity, Statement

PASS, FAIL, DOUBT = Result.PASS, Result.FAIL, Result.INCONCLUSIVE
BAD, UNKNOWN, SKIPPED = CheckResult.FAIL, CheckResult.UNKNOWN, CheckResult.SKIPPED


def found(stage: Stage, asked: Case) -> tuple[Result, list[str]]:
    """The stage's result, and the codes of its essential reasons."""
    finding = find(asked)[stage]
    return finding.result, [each.code for each in finding.reasons if each.weight == "essential"]


@pytest.mark.parametrize(
    ("check", "result", "code"),
    [
        ({"format": (BAD, "not_json")}, FAIL, "INTAKE.MALFORMED"),
        ({"structure": (BAD, "date_malformed")}, FAIL, "INTAKE.MALFORMED"),
        ({"format": (UNKNOWN, "format_unsupported")}, DOUBT, "INTAKE.UNKNOWN_FORMAT"),
        ({"format": (UNKNOWN, "too_large")}, DOUBT, "INTAKE.TOO_LARGE"),
    ],
)
def test_intake(check: dict[str, tuple[CheckResult, str]], result: Result, code: str) -> None:
    assert found(Stage.S0, case(facts=facts(checks=checks(**check)))) == (result, [code])


@pytest.mark.parametrize(
    ("check", "result", "code"),
    [
        ({}, PASS, "AUTH.OK"),
        ({"contexts": (BAD, "undefined_term")}, FAIL, "AUTH.CONTEXT_UNDEFINED"),
        ({"signature": (BAD, "signature_wrong")}, FAIL, "AUTH.SIG_INVALID"),
        ({"signature": (BAD, "key_not_in_force")}, FAIL, "AUTH.SIG_INVALID"),
        ({"status": (BAD, "revoked")}, FAIL, "AUTH.REVOKED"),
        ({"schema": (BAD, "does_not_match")}, FAIL, "INTAKE.MALFORMED"),
        ({"contexts": (UNKNOWN, "not_supplied")}, DOUBT, "AUTH.CONTEXT_UNDEFINED"),
        ({"signature": (UNKNOWN, "key_not_obtained")}, DOUBT, "AUTH.KEY_UNREACHABLE"),
        ({"signature": (BAD, "unsecured")}, DOUBT, "AUTH.UNSIGNED"),
        ({"signature": (UNKNOWN, "not_signed_format")}, DOUBT, "AUTH.UNSIGNED"),
        ({"issuer_binding": (BAD, "key_of_another")}, DOUBT, "AUTH.KEY_UNBOUND"),
        ({"issuer_binding": (UNKNOWN, "unknown_ca")}, DOUBT, "AUTH.KEY_UNBOUND"),
        ({"status": (BAD, "suspended")}, DOUBT, "AUTH.SUSPENDED"),
        ({"status": (UNKNOWN, "list_stale")}, DOUBT, "AUTH.STATUS_UNREACHABLE"),
        ({"dates": (BAD, "expired")}, DOUBT, "AUTH.EXPIRED_AFTER_AWARD"),
        ({"schema": (UNKNOWN, "not_reached")}, PASS, "AUTH.OK"),
        ({"seal_level": (BAD, "timestamp_broken")}, PASS, "AUTH.OK"),
        ({"holder_binding": (BAD, "key_binding_missing")}, PASS, "AUTH.OK"),
        ({"status": (SKIPPED, "no_status")}, PASS, "AUTH.OK"),
    ],
)
def test_authenticity(check: dict[str, tuple[CheckResult, str]], result: Result, code: str) -> None:
    assert found(Stage.S1, case(facts=facts(checks=checks(**check)))) == (result, [code])


def test_a_failure_wins_over_doubt() -> None:
    both = checks(status=(BAD, "revoked"), dates=(BAD, "expired"))
    assert found(Stage.S1, case(facts=facts(checks=both)))[0] is FAIL


@pytest.mark.parametrize("signer", [None, ALDMERE])
def test_a_signature_of_another_body_does_not_speak_for_the_awarding_one(signer: str | None) -> None:
    assert found(Stage.S1, case(facts=facts(signer=signer))) == (DOUBT, ["AUTH.KEY_UNBOUND"])


def test_the_signer_may_be_known_by_another_identifier_of_the_same_provider() -> None:
    rows = [
        row.model_copy(update={"facts": with_eter(row)}) if isinstance(row, ProviderChanged) else row
        for row in mirror()
    ]
    body = BodyFacts("University of Lisvik", (("ETER", "DE0105"),), "DE")
    asked = case(facts=facts(content=content(awarding_body=body)), registry=registry(*rows))
    assert found(Stage.S1, asked) == (PASS, ["AUTH.OK"])
    assert found(Stage.S4, asked) == (PASS, ["PROV.MATCHED"])
    assert found(Stage.S6, asked) == (PASS, ["TRUST.PATH"])


def with_eter(row: ProviderChanged) -> object:
    return row.facts.model_copy(
        update={"identifiers": (RegistryIdentifier(resource="ETER", value="DE0105"),)}
    )


@pytest.mark.parametrize(
    ("state", "code"),
    [(State.ABSENT, "DOC.MISSING"), (State.WITHHELD, "DOC.WITHHELD"), (State.UNREADABLE, "DOC.UNREADABLE")],
)
@pytest.mark.parametrize("element", [name for name in MANDATORY if name != "learner"])
def test_completeness(element: str, state: State, code: str) -> None:
    finding = find(case(facts=facts(content=content(states={element: state}))))[Stage.S2]
    told = only(finding.reasons)
    assert (finding.result, told.code, told.subject, told.polarity) == (FAIL, code, f"/{element}", "0")


@pytest.mark.parametrize(
    ("state", "result"), [(State.WITHHELD, PASS), (State.ABSENT, FAIL), (State.UNREADABLE, FAIL)]
)
def test_a_learner_withheld_and_sealed_is_complete(state: State, result: Result) -> None:
    assert found(Stage.S2, case(facts=facts(content=content(states={"learner": state}))))[0] is result


def test_what_the_policy_does_not_require_is_not_asked_for() -> None:
    lenient = policy(required_elements=("title",))
    asked = case(facts=facts(content=content(states={"workload": State.ABSENT})), policy=lenient)
    assert found(Stage.S2, asked) == (PASS, [])


def closed(row: object) -> object:
    assert isinstance(row, ProviderChanged)
    return row.model_copy(update={"facts": row.facts.model_copy(update={"closed": date(2025, 1, 1)})})


@pytest.mark.parametrize(
    ("changes", "result", "code"),
    [
        ({}, PASS, "PROV.MATCHED"),
        (
            {"facts": facts(content=content(awarding_body=BodyFacts("University of Lisvik")))},
            DOUBT,
            "PROV.NAME_ONLY",
        ),
        (
            {
                "facts": facts(
                    content=content(awarding_body=BodyFacts("X", (("DEQARINST", "DEQARINST9999"),)))
                )
            },
            DOUBT,
            "PROV.UNKNOWN",
        ),
        (
            {"facts": facts(content=content(awarding_body=None))},
            Result.NOT_EVALUATED,
            "POLICY.STAGE_NOT_EVALUATED",
        ),
        (
            {"facts": facts(content=content(award_date=None))},
            Result.NOT_EVALUATED,
            "POLICY.STAGE_NOT_EVALUATED",
        ),
        ({"registry": registry(closed(mirror()[0]), *mirror()[1:])}, DOUBT, "PROV.CLOSED"),
        (
            {"registry": registry(*mirror(providers=(ALDMERE,), platforms=(LISVIK,)))},
            DOUBT,
            "PROV.PLATFORM_NOT_PROVIDER",
        ),
        ({"policy": policy(suspected_mills=(LISVIK,))}, FAIL, "PROV.MILL_SUSPECTED"),
    ],
)
def test_provider(changes: dict[str, object], result: Result, code: str) -> None:
    assert found(Stage.S4, case(**changes)) == (result, [code])


def test_candidates_of_a_name_are_shown() -> None:
    nameless = facts(content=content(awarding_body=BodyFacts("University of Lisvik")))
    asked = case(facts=nameless, registry=registry(candidates=(LISVIK, ALDMERE)))
    assert only(find(asked)[Stage.S4].reasons).params == {"candidates": [LISVIK, ALDMERE]}


VOLUNTARY = {"status": "voluntary"}


@pytest.mark.parametrize(
    ("report", "accepted", "result", "code"),
    [
        ({}, (), PASS, "QA.INSTITUTION_COVERS"),
        ({"valid_to": AWARD}, (), PASS, "QA.INSTITUTION_COVERS"),
        ({"valid_to": AWARD - timedelta(days=1)}, (), DOUBT, "QA.NOT_AT_AWARD_DATE"),
        ({"valid_from": AWARD, "valid_to": None}, (), PASS, "QA.INSTITUTION_COVERS"),
        ({"valid_from": AWARD + timedelta(days=1), "valid_to": None}, (), DOUBT, "QA.NOT_AT_AWARD_DATE"),
        ({"providers": (ALDMERE,)}, (), DOUBT, "QA.NONE"),
        ({"decision": "negative"}, (), FAIL, "QA.NEGATIVE"),
        ({"decision": "not applicable"}, (), DOUBT, "QA.EVIDENCE_ONLY"),
        ({"decision": "conditional"}, (), DOUBT, "QA.CONDITIONAL"),
        ({"decision": "conditional"}, (Permission.CONDITIONAL,), PASS, "QA.CONDITIONAL"),
        (VOLUNTARY, (), DOUBT, "QA.INSTITUTION_COVERS"),
        (VOLUNTARY, (Permission.VOLUNTARY,), PASS, "QA.INSTITUTION_COVERS"),
    ],
)
def test_quality(
    report: dict[str, object], accepted: tuple[Permission, ...], result: Result, code: str
) -> None:
    asked = case(registry=registry(*mirror(**report)), policy=policy(accepted_coverage=accepted))
    assert found(Stage.S5, asked) == (result, [code])


@pytest.mark.parametrize(
    ("mirrored", "result"),
    [
        (registry(as_of=NOW - timedelta(days=7)), PASS),
        (registry(as_of=NOW - timedelta(days=7, seconds=1)), DOUBT),
        (registry(caught_up=False), DOUBT),
        (registry(as_of=None), DOUBT),
    ],
)
def test_an_old_registry_decides_nothing(mirrored: Registry, result: Result) -> None:
    told, codes = found(Stage.S5, case(registry=mirrored))
    assert told is result
    assert (codes[0] == "QA.STALE_SNAPSHOT") is (result is DOUBT)


def test_an_old_registry_turns_no_negative_decision_into_a_failure() -> None:
    asked = case(registry=registry(*mirror(decision="negative"), caught_up=False))
    assert found(Stage.S5, asked)[0] is DOUBT


def test_the_governing_report_is_the_source() -> None:
    told = find(case())[Stage.S5].reasons[0]
    assert told.source is not None
    assert (told.source.id, told.source.as_of) == ("report/800123", SNAPSHOT)
    assert told.source.hash is not None


def direct(**changes: object) -> Statement:
    return statement(DIRECT, BOREAL, LISVIK, **changes)


@pytest.mark.parametrize(
    ("statements", "result", "code"),
    [
        ((direct(),), PASS, "TRUST.DIRECT"),
        (through_a_friend(), PASS, "TRUST.PATH"),
        ((), DOUBT, "TRUST.NO_PATH"),
        ((direct(recorded=8),), DOUBT, "TRUST.NO_PATH"),
        (through_a_friend(depth=0), DOUBT, "TRUST.DEPTH_EXCEEDED"),
        ((direct(revoked=7),), DOUBT, "TRUST.REVOKED_LINK"),
        ((direct(revoked=8),), PASS, "TRUST.DIRECT"),
        ((direct(in_force=covering("2026-01-01", "2026-11-16")),), DOUBT, "TRUST.EXPIRED_LINK"),
        ((direct(in_force=covering("2026-01-01", "2026-11-17")),), PASS, "TRUST.DIRECT"),
        ((direct(covers_awards=covering("2026-06-21", "2027-01-01")),), DOUBT, "TRUST.AWARD_NOT_COVERED"),
        (through_a_friend(assurance=1), DOUBT, "TRUST.ASSURANCE_LOW"),
        ((direct(scope=scoped(fields=frozenset({"0811"}))),), DOUBT, "TRUST.OUT_OF_SCOPE"),
        ((direct(scope=scoped(levels=frozenset({7}))),), DOUBT, "TRUST.OUT_OF_SCOPE"),
        ((direct(scope=scoped(max_ects=4.5)),), DOUBT, "TRUST.OUT_OF_SCOPE"),
        ((direct(scope=scoped(modes=frozenset({"onsite"}))),), DOUBT, "TRUST.OUT_OF_SCOPE"),
    ],
)
def test_trust(statements: tuple[Statement, ...], result: Result, code: str) -> None:
    assert found(Stage.S6, case(trust=log(*statements))) == (result, [code])


def test_one_reason_for_all_that_is_out_of_scope() -> None:
    narrow = direct(
        scope=scoped(levels=frozenset({7}), modes=frozenset({"onsite"})),
        in_force=covering("2020-01-01", "2021-01-01"),
    )
    told = find(case(trust=log(narrow)))[Stage.S6].reasons
    assert [each.code for each in told] == ["TRUST.EXPIRED_LINK", "TRUST.OUT_OF_SCOPE"]
    assert told[1].params["constraints"] == ["level", "mode"]


def test_a_credential_that_tells_too_little_is_incomplete() -> None:
    assert found(Stage.S6, case(facts=facts(content=content(fields=())))) == (
        DOUBT,
        ["TRUST.REQUEST_INCOMPLETE"],
    )
    vague = case(facts=facts(content=content(fields=("9999",))))
    assert found(Stage.S6, vague) == (DOUBT, ["TRUST.REQUEST_INCOMPLETE"])


def test_per_aspect_each_aspect_has_its_chain() -> None:
    quality = statement("st-q", BOREAL, LISVIK, scope=scoped(aspects=frozenset({"quality"})))
    rest = statement("st-r", BOREAL, LISVIK, scope=scoped(aspects=frozenset({"content", "assessment"})))
    asked = policy(trust=replace(hops(2), mode=Mode.PER_ASPECT))
    assert found(Stage.S6, case(trust=log(quality, rest), policy=asked))[0] is PASS
    assert found(Stage.S6, case(trust=log(quality, rest)))[0] is DOUBT
    assert found(Stage.S6, case(trust=log(quality), policy=asked))[0] is DOUBT


def test_a_common_friend_is_shown_and_counts_for_nothing() -> None:
    friends = (statement("st-1", BOREAL, ALDMERE), statement("st-2", LISVIK, ALDMERE))
    told = find(case(trust=log(*friends)))[Stage.S6]
    assert told.result is DOUBT
    assert [(each.code, each.weight) for each in told.reasons][-1] == ("TRUST.COMMON_FRIEND", "info")


def needing(level: int | None) -> Target:
    target = request().target
    assert target is not None
    return replace(target, level=level)


@pytest.mark.parametrize(
    ("needed", "stated", "result", "code"),
    [
        (6, {"eqf": 6}, PASS, "LEVEL.EQUAL"),
        (6, {"eqf": 7}, PASS, "LEVEL.HIGHER"),
        (6, {"eqf": 5}, FAIL, "LEVEL.LOWER"),
        (6, {"eqf": None}, DOUBT, "LEVEL.ABSENT"),
        (6, {"eqf": None, "nqf": "NQR 6"}, DOUBT, "LEVEL.UNREFERENCED"),
        (6, {"eqf": None, "level_applies": False}, DOUBT, "LEVEL.ABSENT"),
        (None, {"eqf": None}, Result.NOT_APPLICABLE, None),
    ],
)
def test_level(needed: int | None, stated: dict[str, object], result: Result, code: str | None) -> None:
    asked = case(request=request(target=needing(needed)), facts=facts(content=content(**stated)))
    assert found(Stage.S7, asked) == (result, [code] if code else [])


def test_the_policy_names_a_level_where_the_target_names_none() -> None:
    asked = case(request=request(target=None), policy=policy(level_needed=7))
    assert found(Stage.S7, asked) == (FAIL, ["LEVEL.LOWER"])


def test_distrust_in_the_log_bars_and_is_named() -> None:
    distrust = statement("st-no", BOREAL, LISVIK, polarity=Polarity.DISTRUST)
    finding = find(case(trust=log(*through_a_friend(), distrust)))[Stage.S6]
    assert (finding.result, finding.reasons[0].code, finding.reasons[0].found) == (
        DOUBT,
        "TRUST.DISTRUST",
        "st-no",
    )


def test_report_rows_keep_their_newest_revision() -> None:
    rows = mirror()
    newer = only(row for row in mirror(decision="negative") if isinstance(row, ReportChanged))
    newer = newer.model_copy(update={"revision": 2})
    stages: Callable[[Registry], Result] = lambda mirrored: find(case(registry=mirrored))[Stage.S5].result  # noqa: E731
    assert stages(registry(newer, *rows)) is stages(registry(*rows, newer)) is FAIL


def test_the_reasons_name_the_statement_that_falls_short() -> None:
    told = find(case(trust=log(*through_a_friend(depth=0))))[Stage.S6].reasons[0]
    assert (told.found, told.expected, told.params["statement"]) == ("depth 0", "depth 1", VIA)
    assert (told.params["truster"], told.params["trustee"]) == (BOREAL, ALDMERE)
