"""What holds for one statement and one chain, and how the rows are linked, for loops that numba compiles.

Rows are statements; lists of rows are linked by their `next_...` members, -1 ends one. The conditions are
those of `mutua_trust.search`, one for one.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mutua_trust.compiled.cache import jit

Array = NDArray[Any]
Table = Any
"""An array of rows, bars or asks, as `mutua_trust.compiled.tables` describes them."""
Row = Any
"""One of them."""

NONE = -1
ZERO = np.uint64(0)

IN, IN_FAR, OUT_FAR, DEEPEST = 0, 1, 2, 3
"""Lists of an entity: statements about it, those of them that may travel, its own that may travel; and no
list, but the largest depth of a statement about it, which may be too large.
"""


@jit
def holds(row: Row, ask: Row, behind: int, least: int, assessed: Table, taught: Table) -> bool:
    """Whether the statement holds for the request with so many hops behind it."""
    return (
        row.low & ask.low == ask.low
        and row.high & ask.high == ask.high
        and row.depth >= behind
        and row.assurance >= least
        and row.recorded <= ask.version
        and ask.version < row.revoked
        and row.force_start <= ask.day
        and ask.day < row.force_end
        and row.award_start <= ask.award_day
        and ask.award_day < row.award_end
        and ask.ects <= row.max_ects
        and assessed[ask.assessment, row.assessments]
        and taught[ask.mode, row.modes]
    )


@jit
def touches(bar: Row, ask: Row) -> bool:
    """Whether distrust touches the request: fields, levels and aspects overlap, on its days."""
    return (
        bar.recorded <= ask.version
        and ask.version < bar.revoked
        and bar.force_start <= ask.day
        and ask.day < bar.force_end
        and ((bar.low & ask.low) != ZERO or (bar.high & ask.fields_high) != ZERO)
        and (bar.high & ask.levels) != ZERO
        and (bar.high & ask.aspects) != ZERO
    )


@jit
def vetoed(members: Array, hops: int, ask: Row, bars: Table, barred: Array, authorities: Array) -> bool:
    """Whether a member distrusts a later one, or an authority that binds distrusts any but the first."""
    for place in range(1, hops + 1):
        at = barred[members[place]]
        while at != NONE:
            truster = bars[at].truster
            by_member = False
            for earlier in range(place):
                by_member = by_member or members[earlier] == truster
            if (by_member or authorities[truster]) and touches(bars[at], ask):
                return True
            at = bars[at].next_about
    return False


@jit
def pair(rows: Table, keyed: Array, truster: int, trustee: int) -> int:
    """The first row of a truster about a trustee, found by hashing the two."""
    mask = len(keyed) - 1
    slot = spread(truster, trustee) & mask
    while keyed[slot] != NONE:
        row = rows[keyed[slot]]
        if row.truster == truster and row.trustee == trustee:
            return keyed[slot]
        slot = (slot + 1) & mask
    return NONE


@jit
def spread(truster: int, trustee: int) -> int:
    """A number that few other pairs have in its low bits."""
    mixed = (truster * 0x9E3779B1 + trustee) * 0x85EBCA77
    return mixed ^ (mixed >> 29)


@jit
def link(rows: Table, first: int, keyed: Array, heads: Array) -> None:
    """Enter the rows from `first` on in all lists, each at the head of its own."""
    mask = len(keyed) - 1
    for at in range(first, len(rows)):
        row = rows[at]
        before = pair(rows, keyed, row.truster, row.trustee)
        slot = spread(row.truster, row.trustee) & mask
        while keyed[slot] != NONE and keyed[slot] != before:
            slot = (slot + 1) & mask
        keyed[slot] = at
        row.next_pair = before
        row.next_in, heads[IN, row.trustee] = heads[IN, row.trustee], at
        row.next_in_far = row.next_out_far = NONE
        if row.depth > 0:
            row.next_in_far, heads[IN_FAR, row.trustee] = heads[IN_FAR, row.trustee], at
            row.next_out_far, heads[OUT_FAR, row.truster] = heads[OUT_FAR, row.truster], at
            heads[DEEPEST, row.trustee] = max(heads[DEEPEST, row.trustee], row.depth)


@jit
def unlink(rows: Table, at: int, keyed: Array, heads: Array) -> None:
    """Take out the row that was entered last of all."""
    row = rows[at]
    slot = spread(row.truster, row.trustee) & (len(keyed) - 1)
    while keyed[slot] != at:
        slot = (slot + 1) & (len(keyed) - 1)
    keyed[slot] = row.next_pair
    heads[IN, row.trustee] = row.next_in
    if row.depth > 0:
        heads[IN_FAR, row.trustee] = row.next_in_far
        heads[OUT_FAR, row.truster] = row.next_out_far


@jit
def distrusts(truster: int, trustee: int, ask: Row, bars: Table, barred: Array) -> bool:
    at = barred[trustee]
    while at != NONE:
        if bars[at].truster == truster and touches(bars[at], ask):
            return True
        at = bars[at].next_about
    return False
