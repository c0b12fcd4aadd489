"""What a request prefers: media types and languages with their qualities (RFC 9110, sections 12.4.2 and
12.5)."""

from collections.abc import Sequence

MAX_PREFERENCES = 40


def preferred(accept: str, offered: Sequence[str]) -> str | None:
    """The media type that the request likes best, the first of those that it likes equally; None if it
    likes none."""
    ranges = _preferences(accept or "*/*")
    best = max(offered, key=lambda one: _quality(one, ranges), default=None)
    return best if best is not None and _quality(best, ranges) > 0 else None


def languages(accept_language: str) -> list[str]:
    """Languages in the order of preference, each followed by itself without its region: `nb-NO`, `nb`."""
    found = sorted(_preferences(accept_language).items(), key=lambda one: -one[1])
    wanted = [tag for tag, quality in found if quality > 0 and tag != "*"]
    return list(dict.fromkeys(name for tag in wanted for name in (tag, tag.partition("-")[0])))


def _quality(media_type: str, ranges: dict[str, float]) -> float:
    """The most specific range that fits decides."""
    kind = media_type.partition("/")[0]
    return next((ranges[name] for name in (media_type, f"{kind}/*", "*/*") if name in ranges), 0.0)


def _preferences(header: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for part in header.split(",")[:MAX_PREFERENCES]:
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        if name:
            given = next((one[2:] for one in parameters if one.startswith("q=")), "1")
            found[name] = _number(given)
    return found


def _number(text: str) -> float:
    try:
        quality = float(text)
    except ValueError:
        return 0.0
    return quality if 0 <= quality <= 1 else 0.0
