"""Reading Open Badges 3.0 and Comprehensive Learner Records 2.0: W3C credentials with achievements."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from mutua_credentials.annex_i import AnnexI
from mutua_credentials.verify.formats import listed
from mutua_credentials.verify.reading import Reading, malformed
from mutua_credentials.verify.result import Check
from mutua_credentials.verify.w3c_vc import read_w3c

BADGES = frozenset({"OpenBadgeCredential", "AchievementCredential"})


def read_openbadges3(body: Mapping[str, Any]) -> Reading | Check:
    """Codes where the structure fails: those of `read_w3c`, `achievement_missing`.

    Whoever only endorses (EndorsementCredential) has no achievement.
    """
    return _read(body, ("achievement",), _badge, needed=bool(BADGES & set(_types(body))))


def read_clr2(body: Mapping[str, Any]) -> Reading | Check:
    """Codes where the structure fails: those of `read_w3c`, `achievement_missing`."""
    return _read(body, ("verifiableCredential", "achievement"), _record, needed=True)


def _read(
    body: Mapping[str, Any],
    members: tuple[str, ...],
    read: Callable[[Mapping[str, Any]], AnnexI],
    *,
    needed: bool,
) -> Reading | Check:
    reading = read_w3c(body)
    if isinstance(reading, Check):
        return reading
    for subject in listed(body.get("credentialSubject")):
        held = [subject[name] for name in members if name in subject]
        achievements = [one for value in held for one in listed(value)]
        if (needed and not achievements) or not all(isinstance(one, dict) for one in achievements):
            expected = " or ".join(f"credentialSubject.{name}" for name in members)
            return malformed("achievement_missing", held, f"{expected}, an object")
    return replace(reading, annex_i=lambda: read(body))


def _types(body: Mapping[str, Any]) -> list[str]:
    return [name for name in listed(body.get("type")) if isinstance(name, str)]


def _badge(body: Mapping[str, Any]) -> AnnexI:
    from mutua_credentials.annex_i.openbadges import read_badge

    return read_badge(body)


def _record(body: Mapping[str, Any]) -> AnnexI:
    from mutua_credentials.annex_i.openbadges import read_record

    return read_record(body)
