"""Random registries and questions about them, from a seed each: the parts come evenly, where a search of
its own would mostly try the empty registry.
"""

from datetime import timedelta
from random import Random
from typing import Any

from coverage_worlds import (
    BOTH,
    DAY,
    INSIDE,
    OUTSIDE,
    PROGRAMMES,
    World,
    above,
    below,
    degree,
    history,
    identifier,
    micro,
    name_of,
    question,
    seat,
)
from hypothesis import strategies as st

from mutua_coverage import (
    Credential,
)

PROVIDERS = (2, 3, 4, 5)
STARTS = tuple(DAY + timedelta(days=n) for n in (-2192, -2191, -1800, -900, -365, -90, -1, 0, 1))
ENDS = (None, None, *(DAY + timedelta(days=n) for n in (-1, 0, 1, 900, 900, 900)))
NAMED = (*((1,),) * 5, (1, 2), (2,), (3,), (4,), (5,))
KINDS = (
    *("institutional",) * 6,
    *("programme",) * 5,
    *("joint programme", "institutional/programme") * 2,
    "faculty",
)
DECISIONS = ("positive", "positive", "positive", "conditional", "negative", "not applicable")
PROGRAMME_ROWS = (micro(), micro(), micro(level=7), micro(level=None), micro(ects=6), degree())
RELATIONS = (
    history("succeeded", 2, "2023-01-01"),
    history("absorbed", 3, "2023-01-01"),
    history("succeeded by", 4, "2023-01-01"),
    history("succeeded", 4, None),
    above("alliance", 5),
    above("alliance", 5, "2020-01-01", DAY.isoformat()),
    above("faculty", 4),
    above("independent faculty or school", 4),
    above("consortium", 3),
    below("faculty", 2),
)
SEATS = (
    *((seat(INSIDE),),) * 4,
    (seat(PROGRAMMES),),
    (seat(BOTH),),
    (seat(OUTSIDE),),
    (),
    (seat(INSIDE), seat(OUTSIDE)),
)


def report_of(draw: Random, named: tuple[tuple[int, ...], ...] = NAMED) -> dict[str, Any]:
    end = draw.choice(ENDS)
    return {
        "start": draw.choice(STARTS).isoformat(),
        "end": end and end.isoformat(),
        "of": draw.choice(named),
        "kind": draw.choice(KINDS),
        "decision": draw.choice(DECISIONS),
        "status": draw.choice(("obligatory", "obligatory", "voluntary")),
        "flag": draw.choice((*("none",) * 8, "low", "high")),
        "agency": draw.choice((*(1,) * 8, 2, 3)),
        "programmes": tuple(draw.choices(PROGRAMME_ROWS, k=draw.randint(0, 2))),
        "platforms": draw.choice(((), (), (), (1,))),
        "gone": draw.random() < 0.05,
        "withheld": draw.random() < 0.05,
    }


def world_of(draw: Random) -> World:
    """Agency 1 is registered throughout, agency 2 from the middle of the window on, agency 3 is not known."""
    world = World()
    world.agency(2, "2023-06-15")
    world.provider(
        1,
        seats=draw.choice(SEATS),
        levels=draw.choice(((6, 7), (6, 7), (), (7,))),
        relations=tuple(draw.sample(RELATIONS, draw.randint(0, 4))),
        identifiers=(identifier("SCHAC", "univ-lisvik.example"),),
        other_provider=draw.random() < 0.15,
        closed=(DAY - timedelta(days=1)).isoformat() if draw.random() < 0.05 else None,
    )
    for number in PROVIDERS:
        relations = tuple(draw.sample(RELATIONS, draw.randint(0, 2))) if number == 2 else ()
        world.provider(number, seats=draw.choice(SEATS), relations=relations)
    for number in range(1, draw.randint(2, 8)):
        world.report(number, **report_of(draw))
    return world


def credential_of(draw: Random) -> Credential:
    return question(
        provider=draw.choice((name_of(1), "SCHAC:univ-lisvik.example")),
        programme=draw.choice(("", "Data Literacy", "Data Literacy", "History")) or (),
        level=draw.choice((6, 6, 6, 7, None)),
        ects=draw.choice(("5", "5", "5", "6", None)),
        assessment=draw.choice((*("assessment",) * 4, None, "attendance")),
        degree=draw.random() < 0.2,
        alliance=draw.choice((None, 5)),
    )


_seeds = st.integers(0, 2**32)
worlds = _seeds.map(lambda seed: world_of(Random(seed)))
credentials = _seeds.map(lambda seed: credential_of(Random(seed)))


def reports(*named: tuple[int, ...]) -> st.SearchStrategy[dict[str, Any]]:
    return _seeds.map(lambda seed: report_of(Random(seed), named or NAMED))
