"""What somebody believed beside what customers say, in sentences; the page and the API say the same."""

from collections.abc import Sequence

from improvements.belief_models import LARGEST_GAP, MOST_IMPORTANT
from improvements.belief_selectors import Compared, Line, RoleView
from scoring.beliefs import Side
from web.templatetags.show import fixed, listed

MOST_NAMED = 3
IMPORTANCE = {
    Side.RIGHT: "as customers say",
    Side.OVER: "overestimated: it matters less to customers",
    Side.UNDER: "underestimated: it matters more to customers",
}
GAP = {
    Side.RIGHT: "as customers say",
    Side.OVER: "overestimated: customers are served better than that",
    Side.UNDER: "underestimated: customers are served worse than that",
}


def importance_words(its: Compared | None) -> str:
    return IMPORTANCE[its.side] if its else ""


def gap_words(its: Compared | None) -> str:
    return GAP[its.side] if its else ""


def surprise_sentence(lines: Sequence[Line]) -> str:
    """Return what differs most from what customers say, in one sentence; lines: the largest surprise first."""
    named = [_named(line) for line in lines[:MOST_NAMED] if line.surprise > 0]
    if not named:
        return "Customers say what you believed, as far as can be told."
    return f"What differs most from what customers say: {listed(named)}."


def _named(line: Line) -> str:
    """Name a requirement with whichever of both is missed by more, as a part of its scale."""
    both = [(line.gap, LARGEST_GAP, "gap", 0), (line.importance, MOST_IMPORTANT, "importance", 1)]
    known = [(its.missed / most, its, name, places) for its, most, name, places in both if its is not None]
    _missed, its, name, places = max(known, key=lambda each: each[0])
    return f"{line.requirement.statement} ({name} {its.believed} believed, {fixed(its.said.value, places)} said)"


def role_sentence(view: RoleView) -> str:
    if view.is_few:
        return f"{view.words}: too few answered to show"
    line = view.largest
    if line is None or line.gap is None:
        return f"{view.words}, {view.n} of them: too few said the same to show"
    if fixed(abs(line.gap), 0) == "0":
        return f"{view.words}, {view.n} of them, believe of every gap what customers say, on average"
    way = "larger" if line.gap > 0 else "smaller"
    return (
        f"{view.words}, {view.n} of them, are furthest off at ‘{line.requirement.statement}’: they believe its gap "
        f"to be {fixed(abs(line.gap), 0)} points {way} than customers say"
    )
