"""What each stratum has said so far: gap and effective n by requirement, and whom the register has there."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from customers.models import Lifecycle
from gap_scores import store
from gap_scores.boards import kept_at_version
from gap_scores.models import ProjectionState
from gap_scores.register import Cell, kept_cells
from gap_scores.scopes import Kind
from gap_scores.workings import half_lives_of
from scoring.sums import BOXES, fade
from web import sql

_WHOLE = " + ".join(f"s.{name}" for name in BOXES[:-1])
_LOST = "2 * (s.nn + s.nu + s.un) + s.yn + s.ny"


@dataclass(frozen=True, slots=True)
class Voice:
    """What one stratum says of one requirement: gap 0..100, n_eff as of the state's date."""

    requirement_id: int
    segment: tuple[str, ...]
    gap: float
    n_eff: float


def voices(*, divided_by: Sequence[str], products: Collection[int] = ()) -> list[Voice]:
    """Return gap and n_eff of each requirement in each stratum that was heard (4 queries; 2 while nothing changed).

    `divided_by` are names of a Segment's fields; a voice's segment has one value for each. No products: all of them.
    """
    key = "voices", tuple(divided_by), tuple(sorted(products))
    return kept_at_version(key, lambda: _voices(divided_by, products))


def _voices(divided_by: Sequence[str], products: Collection[int]) -> list[Voice]:
    state = ProjectionState.objects.first()
    if state is None:
        return []
    columns = "".join(f", t.{name}" for name in divided_by)
    of_products = f"AND s.k1 IN ({', '.join(['%s'] * len(products))})" if products else ""
    rows = sql.fetch(
        f"SELECT s.requirement_id{columns}, SUM(CAST({_WHOLE} AS double precision)), "
        f"SUM(CAST({_LOST} AS double precision)), SUM(CAST(s.s2_requirement AS double precision)) "
        f"FROM {store.SCORE} s JOIN customers_stratum t ON t.id = s.k2 AND t.lifecycle <> %s "
        f"WHERE s.generation = %s AND s.kind = {int(Kind.LEAF)} {of_products} "
        f"GROUP BY s.requirement_id{columns} ORDER BY s.requirement_id{columns}",
        [Lifecycle.INTERNAL.value, state.generation, *products],
    )
    half_lives = half_lives_of({row[0] for row in rows})
    return [
        Voice(
            row[0],
            row[1:-3],
            gap=50 * lost / whole,
            n_eff=whole
            * whole
            / (squares * float(1 << 40))
            * fade(as_of=state.as_of, epoch=state.epoch, half_life=half_lives[row[0]]),
        )
        for row in rows
        for whole, lost, squares in [row[-3:]]
        if whole > 0
    ]


def register_of_products(
    products: Collection[int] = (), *, cells: Mapping[Cell, tuple[int, int]] | None = None
) -> Mapping[tuple[str, str, str, str], tuple[int, int]]:
    """Return (customers, weight) by segment of those who use or consider one of the products, internal ones left out.

    Where the register says of nobody what they use, everybody counts, as in the gap score. `cells`: a register that
    is not the kept one (otherwise 1 query).
    """
    kept = kept_cells() if cells is None else cells
    outside = {cell: sums for cell, sums in kept.items() if cell.lifecycle != Lifecycle.INTERNAL}
    wanted = {f",{product}," for product in products} if says_who_uses_what(kept) else set()
    found: defaultdict[tuple[str, str, str, str], tuple[int, int]] = defaultdict(lambda: (0, 0))
    for cell, (n, weight) in outside.items():
        if not wanted or any(each in cell.products for each in wanted):
            so_far = found[cell[:4]]
            found[cell[:4]] = so_far[0] + n, so_far[1] + weight
    return dict(found)


def says_who_uses_what(cells: Collection[Cell]) -> bool:
    """Return whether the register says of anybody outside the company which products they use or consider."""
    return any(cell.products for cell in cells if cell.lifecycle != Lifecycle.INTERNAL)
