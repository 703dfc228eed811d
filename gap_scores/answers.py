"""Scores as the API gives them: the values of gap_scores/board.py under stable names, with every digit.

Written out by hand, because one serializer per row would cost most of an answer's time; gap_scores/serializers.py
describes the same forms, and a test compares the two.
"""

from collections.abc import Iterable
from typing import Any

from gap_scores.board import (
    Board,
    Counts,
    EntryView,
    FunctionDetail,
    FunctionRow,
    LevelView,
    LinkView,
    RequirementDetail,
    RequirementRow,
    Scope,
    ScopeView,
    Stamp,
)
from gap_scores.scopes import segment_text
from gap_scores.showing import Shown, TooFew
from scoring.curves import SatisfactionCurve
from scoring.rollup import Whole
from scoring.sums import DOES_NOT_KNOW, KNOWN, NOT_APPLICABLE, NOT_ASKED, NOTHINGS, ScopeScore

EVERYBODY = "all"
STATE_WORDS = {
    KNOWN: "known",
    DOES_NOT_KNOW: "does_not_know",
    NOT_APPLICABLE: "not_applicable",
    NOT_ASKED: "not_asked",
}
REQUIREMENT_FORMULA = (
    "gap = 100 x (1 - sum of share x c) over the inputs that count; c = mean of met and felt, a half that is unknown "
    "left out; share = weight of the answer / weight of all that count, where weight = customer weight x importance "
    "x the factor of the stratum, divided among a customer's contacts and halved with every half-life of age."
)
FUNCTION_FORMULA = (
    "own = sum of share x gap / sum of share over the requirements that the function owns. transmitted = the largest "
    "of own and, over its suppliers, strength x the supplier's transmitted gap."
)


def scope_form(scope: Scope) -> dict[str, Any]:
    segment = segment_text(scope.dimension, scope.value) or None
    return {"lifecycle": scope.lifecycle or EVERYBODY, "product": scope.product, "segment": segment}


def stamp_form(stamp: Stamp) -> dict[str, Any]:
    if stamp.is_empty:
        return {
            "run": None,
            "as_of": None,
            "computed_at": None,
            "method": stamp.method,
            "is_behind": stamp.is_behind,
            "weight_set": None,
        }
    return {
        "run": stamp.run_id,
        "as_of": stamp.as_of,
        "computed_at": stamp.computed_at,
        "method": stamp.method,
        "is_behind": stamp.is_behind,
        "weight_set": stamp.weight_set,
    }


def whole_form(whole: Whole | None) -> dict[str, Any] | None:
    if whole is None:
        return None
    return {"gap": whole.gap, "gap_lo": whole.lo, "gap_hi": whole.hi, "n_eff": whole.n_eff}


def score_form(score: ScopeScore | None) -> dict[str, Any] | None:
    if score is None:
        return None
    return {
        "gap": score.gap,
        "gap_lo": score.lo,
        "gap_hi": score.hi,
        "n_eff": score.n_eff,
        "importance": score.importance,
        "share_met": score.share_met,
        "share_felt": score.share_felt,
        "boxes": score.boxes,
        "four_boxes": score.four,
        "four_boxes_share": score.four_share,
    }


def counts_form(counts: Counts) -> dict[str, Any]:
    return {
        "heard": counts.heard,
        "in_sums": counts.n,
        "customers": counts.customers,
        "newest_on": counts.newest_on,
        "nothings": {name: counts.nothings.get(name, 0) for name in NOTHINGS},
    }


def requirement_form(row: RequirementRow) -> dict[str, Any]:
    return {
        "id": row.requirement_id,
        "reference": row.reference,
        "statement": row.statement,
        "attribute": {"id": row.attribute_id, "name": row.attribute},
        "owner": None if row.owner_id is None else {"id": row.owner_id, "name": row.owner},
        "origin": row.origin,
        "unit": row.unit or None,
        "half_life_months": row.half_life,
        "score": score_form(row.score),
        "share": row.share,
        "points": row.points,
        "points_lo": row.points_lo,
        "points_hi": row.points_hi,
        "counts": counts_form(row.counts),
        "is_rankable": row.is_rankable,
        "is_stale": row.is_stale,
        "is_on_old_measurement": row.is_on_old_measurement,
        "is_suspect": row.is_suspect,
        "too_few": row.too_few,
    }


def level_form(level: LevelView) -> dict[str, Any]:
    return {
        "product": level.product_id,
        "part": level.part,
        "metric": {"id": level.metric_id, "name": level.metric},
        "value": level.value,
        "lo": level.lo,
        "hi": level.hi,
        "n": level.n,
        "newest_on": level.newest_on,
        "window_from": level.window_from,
        "is_old": level.is_old,
    }


def view_form(view: ScopeView) -> dict[str, Any]:
    return {
        "lifecycle": view.scope.lifecycle or EVERYBODY,
        "product": view.scope.product,
        "dimension": view.scope.dimension or None,
        "value": view.scope.value if view.scope.dimension else None,
        "score": score_form(view.score),
        "counts": counts_form(view.counts),
        "contacts": view.contacts,
    }


def curve_form(curve: SatisfactionCurve | None) -> list[dict[str, Any]] | None:
    """Return the curve's steps: at which stated level how much weight is served."""
    if curve is None:
        return None
    return [{"level": float(level), "share_met": curve.share_met(level)} for level in curve.levels]


def requirement_detail_form(detail: RequirementDetail) -> dict[str, Any]:
    return {
        "scope": scope_form(detail.scope),
        "stamp": stamp_form(detail.stamp),
        **requirement_form(detail.row),
        "rank": detail.rank,
        "of": detail.of,
        "direction": detail.direction or None,
        "levels": [level_form(level) for level in detail.row.levels],
        "target": detail.target,
        "share_at_target": detail.share_at_target,
        "wanted_share": detail.wanted_share,
        "wanted_level": detail.wanted_level,
        "contacts": detail.contacts,
        "oldest_on": detail.oldest_on,
        "depth": detail.depth,
        "curve": curve_form(detail.curve),
        "lifecycles": [view_form(view) for view in detail.lifecycles],
        "products": [view_form(view) for view in detail.products],
        "segments": [view_form(view) for views in detail.segments.values() for view in views],
    }


def requirement_explanation(detail: RequirementDetail) -> dict[str, Any]:
    """Return what the score was worked out from: enough to do it again by hand, and nobody's name."""
    inputs = inputs_form(detail.entries)
    return {
        "scope": scope_form(detail.scope),
        "stamp": stamp_form(detail.stamp),
        "requirement": requirement_form(detail.row),
        "formula": REQUIREMENT_FORMULA,
        "method": detail.stamp.method,
        "levels": [level_form(level) for level in detail.row.levels],
        "inputs": inputs,
        "left_out": sum(not each["in_sums"] for each in inputs),
        "nothings": counts_form(detail.row.counts)["nothings"],
    }


def inputs_form(entries: Iterable[EntryView]) -> list[dict[str, Any]]:
    """Return the answers with running numbers in place of customers and contacts, and months in place of days."""
    customers: dict[int, int] = {}
    contacts: dict[int, int] = {}
    return [
        {
            "customer": customers.setdefault(entry.customer_id, len(customers) + 1),
            "contact": contacts.setdefault(entry.contact_id, len(contacts) + 1),
            "product": entry.product_id,
            "month": f"{entry.day:%Y-%m}",
            "importance": entry.importance,
            "customer_weight": entry.customer_weight,
            "stratum_factor": entry.stratum_factor,
            "required_level": entry.level,
            "measured_level": entry.measured,
            "met": entry.met,
            "felt": entry.felt,
            "felt_rule": entry.felt_rule,
            "c": half_known(entry.met, entry.felt),
            "share": entry.share_of_weight,
            "in_sums": entry.in_sums,
            "importance_state": STATE_WORDS[entry.states[0]],
            "level_state": STATE_WORDS[entry.states[1]],
            "perception_state": STATE_WORDS[entry.states[2]],
        }
        for entry in entries
    ]


def half_known(met: bool | None, felt: bool | None) -> float | None:
    """Return c: how far the customer is served, over the halves that are known."""
    known = [half for half in (met, felt) if half is not None]
    return sum(known) / len(known) if known else None


def function_form(row: FunctionRow) -> dict[str, Any]:
    return {
        "id": row.function_id,
        "name": row.name,
        "label": row.label,
        "purpose": row.purpose,
        "position": row.position,
        "is_customer_facing": row.is_customer_facing,
        "own": row.own,
        "own_lo": row.own_lo,
        "own_hi": row.own_hi,
        "n_eff": row.n_eff,
        "share": row.share,
        "points": row.points,
        "is_internal": row.is_internal,
        "transmitted": row.transmitted,
        "transmitted_lo": row.transmitted_lo,
        "transmitted_hi": row.transmitted_hi,
        "bottleneck": row.bottleneck_id,
        "tied": row.tied,
        "path": row.path,
        "requirements": row.requirements,
        "scored": row.scored,
        "too_few": row.too_few,
        "is_rankable": row.is_rankable,
        "heard_on": row.neglect.heard_on,
        "is_unheard": row.neglect.is_unheard,
        "measured_on": row.neglect.measured_on,
        "is_unmeasured": row.neglect.is_unmeasured,
    }


def link_form(link: LinkView) -> dict[str, Any]:
    return {
        "id": link.link_id,
        "supplier": link.supplier_id,
        "supplied": link.supplied_id,
        "strength": link.strength,
    }


def too_few_form(rest: TooFew | None) -> dict[str, Any] | None:
    return None if rest is None else {"requirements": rest.requirements, "points": rest.points}


def board_form(board: Board) -> dict[str, Any]:
    return {
        "scope": scope_form(board.scope),
        "stamp": stamp_form(board.stamp),
        "overall": whole_form(board.overall),
        "points_on_little": board.points_on_little,
        "use_recorded": board.use_recorded,
        "functions": [function_form(row) for row in board.functions],
        "links": [link_form(link) for link in board.links],
    }


def function_detail_form(detail: FunctionDetail) -> dict[str, Any]:
    return {
        "scope": scope_form(detail.scope),
        "stamp": stamp_form(detail.stamp),
        **function_form(detail.row),
        "rank": detail.rank,
        "of": detail.of,
        "overall": whole_form(detail.overall),
        "internal": whole_form(detail.internal),
        "suppliers": [supplier_form(link, row) for link, row in detail.suppliers],
        "supplied": [supplied_form(link, row) for link, row in detail.supplied],
    }


def function_explanation(detail: FunctionDetail, shown: Shown) -> dict[str, Any]:
    return {
        "scope": scope_form(detail.scope),
        "stamp": stamp_form(detail.stamp),
        "function": function_form(detail.row),
        "formula": FUNCTION_FORMULA,
        "method": detail.stamp.method,
        "inputs": [part_form(row) for row in shown.rows],
        "too_few": too_few_form(shown.rest),
        "unscored": [row.requirement_id for row in detail.unscored],
        "suppliers": [supplier_form(link, row) for link, row in detail.suppliers],
    }


def part_form(row: RequirementRow) -> dict[str, Any]:
    return {
        "requirement": row.requirement_id,
        "reference": row.reference,
        "share": row.share,
        "gap": row.score.gap if row.score else None,
        "gap_lo": row.score.lo if row.score else None,
        "gap_hi": row.score.hi if row.score else None,
        "n_eff": row.score.n_eff if row.score else None,
        "points": row.points,
    }


def supplier_form(link: LinkView, supplier: FunctionRow) -> dict[str, Any]:
    passed_on = None if supplier.transmitted is None or link.strength is None else link.strength * supplier.transmitted
    return {
        "link": link.link_id,
        "function": supplier.function_id,
        "strength": link.strength,
        "transmitted": supplier.transmitted,
        "passed_on": passed_on,
    }


def supplied_form(link: LinkView, supplied: FunctionRow) -> dict[str, Any]:
    return {"link": link.link_id, "function": supplied.function_id, "strength": link.strength}
