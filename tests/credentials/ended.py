"""What it means that a run of checks ended at one of them."""

from collections.abc import Callable

from mutua_credentials.verify import CHECKS, CheckName, Result, Verdict, Verification

Check = Callable[..., Verification]
Sign = Callable[..., str]


def ended(found: Verification, name: str, result: Result, code: str) -> None:
    """The run ended at this check: the rest was skipped, and nothing of the content is believed."""
    assert (found.check(CheckName(name)).result, found.check(CheckName(name)).code) == (result, code)
    after = found.checks[CHECKS.index(CheckName(name)) + 1 :]
    assert {check.result for check in after} <= {Result.SKIPPED}
    assert found.issuer is None
    assert found.annex_i is None
    assert found.verdict is (Verdict.INVALID if result is Result.FAIL else Verdict.UNKNOWN)
