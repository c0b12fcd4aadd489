"""Rules of the mirror: the canonical form, when a row has changed, when it is gone, when too much is gone."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutua_contracts.registry import (
    AgencyRef,
    Programme,
    ProviderFacts,
    ProviderName,
    ReportFacts,
    ReportFile,
)
from mutua_deqar_sync.domain import (
    Seen,
    Stored,
    canonical,
    image_of,
    mirror_digest,
    needs_detail,
    settle,
    shrinks_too_much,
)

NOW = datetime(2026, 11, 16, tzinfo=UTC)
REPORT = ReportFacts(
    agency=AgencyRef(id="71", acronym="AQNH"),
    contributing_agencies=(AgencyRef(id="72", acronym="CCAC"), AgencyRef(id="73", acronym="X")),
    providers=("DEQARINST7101", "DEQARINST7102"),
    type="institutional",
    status="obligatory",
    decision="positive",
    flag="none",
    valid_from=date(2021, 1, 1),
    programmes=(
        Programme(names=("B", "A"), type="full degree"),
        Programme(names=("A",), type="full degree"),
    ),
    files=(ReportFile(name="Report", url="https://one.example/r/1.pdf", languages=("English", "German")),),
)
STORED = Stored("report", "1", 3, canonical(REPORT)[1], "image", "71", False, False, 0)


def seen(image: str = "image", *, hidden: bool = False) -> Seen:
    return Seen("report", "1", image, NOW, agency="71", hidden=hidden)


def digest(facts: ReportFacts) -> str:
    return canonical(facts)[1]


@given(st.permutations(range(2)), st.permutations(range(2)), st.permutations(range(2)))
def test_the_order_of_arrays_does_not_count(a: list[int], b: list[int], c: list[int]) -> None:
    shuffled = REPORT.model_copy(
        update={
            "providers": tuple(REPORT.providers[i] for i in a),
            "programmes": tuple(REPORT.programmes[i] for i in b),
            "contributing_agencies": tuple(REPORT.contributing_agencies[i] for i in c),
        }
    )
    assert canonical(shuffled) == canonical(REPORT)


def test_hosts_of_files_and_acronyms_of_agencies_do_not_count() -> None:
    moved = REPORT.model_copy(
        update={
            "agency": AgencyRef(id="71", acronym="NEW"),
            "files": (REPORT.files[0].model_copy(update={"url": "http://two.example/r/1.pdf"}),),
        }
    )
    assert digest(moved) == digest(REPORT)
    assert digest(REPORT.model_copy(update={"agency": AgencyRef(id="72")})) != digest(REPORT)


def test_the_primary_name_of_a_programme_stays_first() -> None:
    assert [p.names for p in canonical(REPORT)[0].programmes] == [("A",), ("B", "A")]


def test_names_of_providers_are_sorted() -> None:
    names = (ProviderName(name="B", kind="official"), ProviderName(name="A", kind="english"))
    assert canonical(ProviderFacts(names=names)) == canonical(ProviderFacts(names=names[::-1]))


def test_the_day_of_update_is_part_of_a_rows_image_only() -> None:
    assert image_of(REPORT, date(2026, 1, 1)) != image_of(REPORT, date(2026, 1, 2))
    assert image_of(REPORT, None) == image_of(canonical(REPORT)[0], None)


@pytest.mark.parametrize(
    ("stored", "row", "needed"),
    [
        (None, seen(), True),
        (STORED, seen(), False),
        (STORED, seen("another"), True),
        (STORED, seen(hidden=True), True),
        (Stored("report", "1", 3, "d", "image", "71", False, True, 0), seen(hidden=True), False),
        (Stored("report", "1", 3, "d", "image", "71", False, True, 0), seen(), True),
        (Stored("report", "1", 3, "d", "image", "71", True, False, 0), seen(), True),
        (Stored("report", "1", 3, "d", "image", "71", False, False, 1), seen(), True),
    ],
)
def test_when_a_detail_is_needed(stored: Stored | None, row: Seen, needed: bool) -> None:
    assert needs_detail(stored, row) is needed


def test_revisions_rise_with_changes_only() -> None:
    def settled(facts: ReportFacts, *, gone: bool = False) -> tuple[int, bool, bool]:
        row = settle(STORED, seen(), facts, kind="report", id="1", detailed_at=NOW, gone=gone)
        return row.revision, row.changed, row.withheld

    assert settled(REPORT) == (3, False, False)
    assert settled(REPORT.model_copy(update={"decision": "negative"})) == (4, True, False)
    assert settled(REPORT.model_copy(update={"flag": "high"})) == (4, True, True)
    assert settled(REPORT, gone=True) == (4, True, False)
    first = settle(None, None, REPORT, kind="report", id="1", detailed_at=None)
    assert (first.revision, first.changed, first.listed_at) == (1, True, None)


@pytest.mark.parametrize(
    ("known", "missing", "trips"),
    [
        (4, 1, False),
        (2, 2, False),
        (3, 3, True),
        (6, 6, True),
        (100, 5, False),
        (100, 6, True),
        (1000, 20, False),
        (1000, 21, True),
        (0, 0, False),
        (100, -1, False),
    ],
)
def test_the_circuit_breaker(known: int, missing: int, trips: bool) -> None:
    assert shrinks_too_much(known, missing) is trips


@given(
    st.lists(
        st.tuples(st.sampled_from(["a", "b"]), st.text("12", min_size=1), st.integers(1, 3)), unique=True
    )
)
def test_the_digest_of_a_mirror_does_not_depend_on_order(rows: list[tuple[str, str, int]]) -> None:
    assert mirror_digest(rows) == mirror_digest(rows[::-1])
    assert mirror_digest([*rows, ("c", "1", 1)]) != mirror_digest(rows)
