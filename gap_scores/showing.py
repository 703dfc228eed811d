"""What of the scores a person may see: below specialist level nothing for fewer than 5 contacts of 3 customers.

What is hidden becomes one line that carries the remaining sum, so totals still add up; and never a single row alone,
because a total minus its other rows would give it away.
"""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from functions.selectors import Access
from gap_scores.board import (
    FEWEST_CONTACTS,
    FEWEST_CUSTOMERS,
    NOBODY_HEARD,
    Board,
    RequirementDetail,
    RequirementRow,
    Scope,
    ScopeView,
)


@dataclass(frozen=True, slots=True)
class TooFew:
    """The line 'too few to show': how many requirements, and the points that they carry together."""

    requirements: int
    points: float | None


@dataclass(frozen=True, slots=True)
class Shown:
    rows: tuple[RequirementRow, ...]
    rest: TooFew | None


def shown_to(access: Access, rows: Sequence[RequirementRow]) -> Shown:
    """Return the scored rows that a person may see, in their order, and the line for the others."""
    hidden = hidden_from(access, rows)
    if not hidden:
        return Shown(tuple(rows), None)
    points = math.fsum(row.points or 0.0 for row in rows if row.requirement_id in hidden)
    shown = tuple(row for row in rows if row.requirement_id not in hidden)
    return Shown(shown, TooFew(len(hidden), points))


def hidden_from(access: Access, rows: Sequence[RequirementRow]) -> set[int]:
    """Return the scored requirements that a person may not see one by one; specialists see all."""
    return set() if access.is_specialist else hidden_among(rows)


def hidden_among(rows: Sequence[RequirementRow]) -> set[int]:
    """Return the requirements that are small or unranked, and per function one more where only one is."""
    hidden = {row.requirement_id for row in rows if row.too_few or not row.is_rankable}
    by_owner: defaultdict[int | None, list[RequirementRow]] = defaultdict(list)
    for row in rows:
        by_owner[row.owner_id].append(row)
    for owned in by_owner.values():
        open_rows = [row for row in owned if row.requirement_id not in hidden]
        if open_rows and len(owned) - len(open_rows) == 1:
            hidden.add(min(open_rows, key=lambda row: (row.counts.heard, row.requirement_id)).requirement_id)
    return hidden


def unscored_for(access: Access, board: Board) -> tuple[RequirementRow, ...]:
    """Return the requirements without a score; how few spoke about one is for specialists."""
    return tuple(row if access.is_specialist or not row.too_few else blank(row) for row in board.unscored)


def blank(row: RequirementRow) -> RequirementRow:
    """Return the row with its definition only."""
    return replace(
        row, score=None, share=None, points=None, points_lo=None, points_hi=None, counts=NOBODY_HEARD, levels=(),
        too_few=True,
    )  # fmt: skip


def hidden_on(board: Board) -> set[int]:
    """Return the requirements of a board whose numbers may not be shown, scored or not."""
    return hidden_among(board.requirements) | {row.requirement_id for row in board.unscored if row.too_few}


def hidden_views(views: Sequence[ScopeView]) -> set[Scope]:
    """Return the lines of a comparison that may not be shown: the small ones, and others until those left out together
    are neither one alone nor too few people."""
    heard = sorted((view for view in views if view.counts.heard), key=lambda view: view.counts.customers)
    hidden = [view for view in heard if view.too_few]
    shown = [view for view in heard if not view.too_few]
    while hidden and shown and (len(hidden) == 1 or _are_few(hidden)):
        hidden.append(shown.pop(0))
    return {view.scope for view in hidden}


def _are_few(views: Sequence[ScopeView]) -> bool:
    contacts, customers = (sum(its) for its in zip(*((v.contacts, v.counts.customers) for v in views), strict=True))
    return contacts < FEWEST_CONTACTS or customers < FEWEST_CUSTOMERS


def shown_detail(access: Access, detail: RequirementDetail, board: Board) -> RequirementDetail:
    """Return a requirement's detail as a person may see it; `board`: what this person is shown of its scope."""
    if access.is_specialist:
        return detail
    if detail.row.too_few or detail.row.requirement_id in hidden_on(board):
        return replace(
            detail, row=blank(detail.row), rank=None, lifecycles=(), products=(), segments={}, curve=None,
            share_at_target=None, wanted_level=None, oldest_on=None, contacts=0, depth=None, entries=(),
        )  # fmt: skip
    return replace(
        detail,
        lifecycles=tuple(view for view in detail.lifecycles if not view.too_few),
        # A segment of one product could be told from what is shown of the two.
        products=() if detail.scope.dimension else tuple(view for view in detail.products if not view.too_few),
        segments={name: _not_hidden(its) for name, its in detail.segments.items()},
    )


def _not_hidden(views: Sequence[ScopeView]) -> tuple[ScopeView, ...]:
    hidden = hidden_views(views)
    return tuple(view for view in views if not view.too_few and view.scope not in hidden)
