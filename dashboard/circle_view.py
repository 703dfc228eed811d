"""The board's circle: from function rows and supply links to the drawing."""

from collections.abc import Mapping, Sequence

from django.urls import reverse

from dashboard.drawing.bands import Edges
from dashboard.drawing.circle import Centre, CircleDrawing, Dot, Supply, draw_circle
from dashboard.gap_view import function_gap
from dashboard.sentences import neglect_mark
from gap_scores.board import Board, FunctionRow, LinkView, TrendPoint
from web.templatetags.show import fixed

RECEIVED_FROM = 0.5  # less than half a point more is the own gap in other words
TREND = 12


def draw_board(
    board: Board,
    *,
    edges: Edges,
    trend: Sequence[TrendPoint] = (),
    query: str = "",
    focus: int | None = None,
    uid: str = "circle",
) -> tuple[CircleDrawing, CircleDrawing]:
    """Return the circle as it is drawn on a wide and on a narrow page."""
    names = {row.function_id: row.label for row in board.functions}
    dots = [dot_of(row, names, edges=edges, query=query) for row in board.functions]
    links = [supply_of(link, names) for link in board.links]
    centre = centre_of(board, trend)
    wide = draw_circle(dots, links, centre, uid=f"{uid}-wide", focus=focus)
    return wide, draw_circle(dots, links, centre, uid=f"{uid}-narrow", wide=False, focus=focus)


def dot_of(row: FunctionRow, names: Mapping[int, str], *, edges: Edges, query: str) -> Dot:
    gap = function_gap(row, edges=edges)
    receives = row.received >= RECEIVED_FROM
    return Dot(
        key=row.function_id,
        name=row.label,
        href=reverse("function_detail", args=[row.function_id]) + query,
        share=row.share,
        band=edges.band(row.own),
        gap=row.own,
        value=gap.value if gap else "",
        details=tuple(_details(row, names, edges)),
        title=f"{row.name}: {own_words(row, edges)}",
        description=_description(row, names),
        hollow=gap is not None and gap.few,
        stale=gap is not None and gap.stale,
        neglected=row.neglect.is_neglected,
        received=row.received if receives else 0.0,
        received_band=edges.band(row.transmitted),
        path=row.path if receives else (),
    )


def own_words(row: FunctionRow, edges: Edges) -> str:
    gap = function_gap(row, edges=edges)
    if gap is None:
        return "too few to show" if row.too_few else "no data"
    if gap.few:
        return f"own gap {gap.range}, too few answers for one number"
    return f"own gap {gap.words}, {gap.band}"


def _details(row: FunctionRow, names: Mapping[int, str], edges: Edges) -> list[tuple[str, str]]:
    lines = [(_own_line(row, edges), "t-meta")]
    if row.received >= RECEIVED_FROM:
        lines.append((reach_words(row, names), "t-meta"))
    mark = neglect_mark(row)
    if mark:
        lines.append((mark, "t-stale"))
    return lines


def _own_line(row: FunctionRow, edges: Edges) -> str:
    gap = function_gap(row, edges=edges)
    if gap is None:
        return "too few to show" if row.too_few else "no data: nobody heard"
    return f"{gap.range}, few answers" if gap.few else f"gap {gap.words}"


def reach_words(row: FunctionRow, names: Mapping[int, str]) -> str:
    """Return what reaches customers through a dot, and from where if that is clear."""
    start = names.get(row.bottleneck_id or 0, "")
    return f"{fixed(row.transmitted)} from {start}" if start else f"{fixed(row.transmitted)} transmitted, tied"


def _description(row: FunctionRow, names: Mapping[int, str]) -> str:
    parts = []
    if row.share is not None:
        parts.append(f"{fixed(row.share * 100, 1)} % of importance, {fixed(row.points, 2)} points")
    if row.received >= RECEIVED_FROM:
        parts.append(reach_words(row, names))
    if neglect_mark(row):
        parts.append(neglect_mark(row))
    return "; ".join(parts)


def supply_of(link: LinkView, names: Mapping[int, str]) -> Supply:
    pair = f"{names[link.supplier_id]} supplies {names[link.supplied_id]}"
    strength = "strength not set" if link.strength is None else f"strength {link.strength:g}"
    return Supply(link.supplier_id, link.supplied_id, link.strength, f"{pair}, {strength}")


def centre_of(board: Board, trend: Sequence[TrendPoint]) -> Centre:
    whole = board.overall
    if whole is None:
        return Centre("–", "no data")
    course = tuple(point.overall for point in trend[-TREND:])
    words = f"{len(course)} months" if len(course) > 1 and board.scope.is_headline else ""
    return Centre(
        fixed(whole.gap),
        f"{fixed(whole.lo)} to {fixed(whole.hi)}",
        f"n_eff {fixed(whole.n_eff)}",
        course if words else (),
        words,
    )
