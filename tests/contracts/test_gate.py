"""The gate on events as they are written: what breaks somebody is refused with its place, the rest passes."""

import sys
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field

from mutua_contracts.events import EventType
from mutua_contracts.gate import GateUnavailable, Version, jsoncompat_judge, judge
from mutua_contracts.model import Codes, Wire
from mutua_contracts.schemas import schema_of

NAME = "eu.mutua.parcel.sent.v1"
KINDS = ("letter", "box")


class Line(Wire):
    text: str
    weight: int | None = None


class Sent(Wire):
    """The released version."""

    kind: Annotated[str, Codes(KINDS)]
    carrier: Literal["post", "rail"]
    code: Annotated[str, Field(pattern=r"^[A-Z]+$")]
    weight: float
    lines: tuple[Line, ...]
    note: str | None = None


def version(model: type[Wire], topic: str = "mutua.parcel") -> Version:
    event = EventType(NAME, model, topic)
    return Version(reader=schema_of(event, "reader"), writer=schema_of(event, "writer"))


def findings(new: type[Wire], *older: type[Wire]) -> list[str]:
    released = {number: version(model) for number, model in enumerate(older or (Sent,), start=1)}
    return [str(finding) for finding in judge(NAME, version(new), released, jsoncompat_judge())]


class AddedMember(Sent):
    sender: str | None = None


class AddedMemberInside(Sent):
    class LongerLine(Line):
        colour: str | None = None

    lines: tuple[LongerLine, ...]


class NewCode(Sent):
    kind: Annotated[str, Codes((*KINDS, "crate"))]


class FewerCodes(Sent):
    kind: Annotated[str, Codes(("letter",))]


@pytest.mark.parametrize("new", [Sent, AddedMember, AddedMemberInside, NewCode, FewerCodes])
def test_what_breaks_nobody_passes(new: type[Wire]) -> None:
    assert findings(new) == []


class RemovedRequired(Wire):
    kind: Annotated[str, Codes(KINDS)]
    carrier: Literal["post", "rail"]
    code: Annotated[str, Field(pattern=r"^[A-Z]+$")]
    lines: tuple[Line, ...]
    note: str | None = None


class RemovedOptional(Wire):
    kind: Annotated[str, Codes(KINDS)]
    carrier: Literal["post", "rail"]
    code: Annotated[str, Field(pattern=r"^[A-Z]+$")]
    weight: float
    lines: tuple[Line, ...]


class MadeRequired(Sent):
    note: str | None


class AddedRequired(Sent):
    sender: str


class MadeOptional(Sent):
    weight: float = 0


class NarrowerType(Sent):
    weight: int  # pyright: ignore[reportIncompatibleVariableOverride]


class WiderType(Sent):
    weight: float | str  # pyright: ignore[reportIncompatibleVariableOverride]


class NoLongerNull(Sent):
    note: str = ""  # pyright: ignore[reportIncompatibleVariableOverride]


class MoreClosedValues(Sent):
    carrier: Literal["post", "rail", "road"]  # pyright: ignore[reportIncompatibleVariableOverride]


class FewerClosedValues(Sent):
    carrier: Literal["post"]


class TighterPattern(Sent):
    code: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class LooserPattern(Sent):
    code: Annotated[str, Field(pattern=r"^[A-Za-z]+$")]


class ClosedCodes(Sent):
    kind: Literal["letter", "box"]  # pyright: ignore[reportIncompatibleVariableOverride]


class Renamed(RemovedOptional):
    remark: str | None = None


class InnerRequired(Sent):
    class HeavyLine(Line):
        weight: int  # pyright: ignore[reportIncompatibleVariableOverride]

    lines: tuple[HeavyLine, ...]


class AtLeastOne(Sent):
    lines: Annotated[tuple[Line, ...], Field(min_length=1)]


FORTH, BACK = "new writer to reader 1", "writer 1 to new reader"


@pytest.mark.parametrize(
    ("new", "direction", "path"),
    [
        (RemovedRequired, FORTH, "/data/weight"),
        (RemovedOptional, FORTH, "/data/note"),
        (MadeRequired, BACK, "/data/note"),
        (AddedRequired, BACK, "/data/sender"),
        (MadeOptional, FORTH, "/data/weight"),
        (NarrowerType, BACK, "/data/weight"),
        (WiderType, FORTH, "/data/weight"),
        (NoLongerNull, BACK, "/data/note"),
        (MoreClosedValues, FORTH, "/data/carrier"),
        (FewerClosedValues, BACK, "/data/carrier"),
        (TighterPattern, BACK, "/data/code"),
        (LooserPattern, FORTH, "/data/code"),
        (Renamed, FORTH, "/data/note"),
        (InnerRequired, BACK, "/data/lines/*/weight"),
        (AtLeastOne, BACK, "/data/lines"),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_what_breaks_somebody_is_refused_with_its_place(new: type[Wire], direction: str, path: str) -> None:
    assert any(finding.startswith(f"{NAME}: {direction}: {path}: ") for finding in findings(new))


def test_codes_that_become_closed_for_readers_are_seen_when_a_code_is_added() -> None:
    """Closing the list breaks nobody yet: today's codes are all in it. The next code does."""
    assert findings(ClosedCodes) == []
    assert findings(NewCode, Sent, ClosedCodes) == [
        f"{NAME}: new writer to reader 2: /data/kind: "
        "the writer may write crate, which the reader does not accept"
    ]


def test_every_released_version_counts_and_not_only_the_newest() -> None:
    class Reused(Sent):
        sender: int | None = None

    assert findings(Reused, Sent) == []
    found = findings(Reused, AddedMember, Sent)
    assert any("new writer to reader 1: /data/sender" in finding for finding in found)
    assert not any("reader 2" in finding for finding in found)


def test_an_event_stays_on_its_topic() -> None:
    moved = judge(NAME, version(Sent, "mutua.other"), {1: version(Sent)}, jsoncompat_judge())
    assert [finding.text for finding in moved] == ["it moved away from mutua.parcel"]


def test_a_model_that_the_rules_do_not_cover_is_refused() -> None:
    class Odd(Wire):
        pair: tuple[int, str]

    assert any("cannot be decided: unknown keyword" in finding for finding in findings(Odd, Odd))


def test_both_judges_must_agree() -> None:
    def refuses(writer: Any, reader: Any) -> bool:
        return False

    def cannot(writer: Any, reader: Any) -> bool:
        raise ValueError("unsupported")

    for second, text in ((refuses, "jsoncompat refuses"), (cannot, "jsoncompat cannot decide: unsupported")):
        found = judge(NAME, version(Sent), {}, second)
        assert [finding.text.startswith(text) for finding in found] == [True]


def test_without_jsoncompat_the_gate_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jsoncompat", None)
    with pytest.raises(GateUnavailable, match=r"pip install 'mutua-contracts\[gate\]'"):
        jsoncompat_judge()
