"""One reading of the projection for one requirement or one customer: everything that explains the numbers."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from decimal import Decimal

from customers.models import Lifecycle
from gap_scores import store
from gap_scores.board import (
    FEWEST_CONTACTS,
    FEWEST_CUSTOMERS,
    Board,
    CustomerGap,
    EntryView,
    RequirementDetail,
    RequirementRow,
    Scope,
    ScopeView,
    TargetView,
)
from gap_scores.reading import Ledger, counts_of, stands_in
from gap_scores.scopes import LIFECYCLES, Key, Kind, codes_of
from gap_scores.scoping import DIMENSIONS, scope_rows
from gap_scores.segmenting import SegmentReader
from gap_scores.store import ScoreRow
from gap_scores.workings import score_of
from metrics.models import MetricLink
from requirements_catalog.models import Requirement
from scoring.curves import SatisfactionCurve, satisfaction_curve
from scoring.felt import Direction
from scoring.sums import LedgerRow
from scoring.units import factor


class DetailReader(SegmentReader):
    """Adds to the board what explains one requirement."""

    def detail(self, board: Board, row: RequirementRow) -> RequirementDetail:
        requirement = self.by_id[row.requirement_id]
        ledger = self._ledger(row.requirement_id)
        entries = self._entries(row.requirement_id, ledger)
        scale = requirement.current_scale
        curve = _curve(entries, scale.direction) if scale else None
        target = self._target(requirement)
        wanted = self.wanted_share / 100
        at = board.requirements.index(row) + 1 if row in board.requirements else None
        return RequirementDetail(
            row=row,
            stamp=self.stamp,
            scope=self.scope,
            rank=at,
            of=len(board.requirements),
            lifecycles=self._lifecycle_views(requirement, ledger),
            products=self._product_views(requirement, ledger),
            segments=self._segment_views(requirement, ledger),
            direction=scale.direction if scale else "",
            curve=curve,
            target=target,
            share_at_target=curve.share_met(float(target)) if curve and target is not None else None,
            wanted_share=wanted,
            wanted_level=float(curve.level_for(wanted)) if curve else None,
            oldest_on=min((entry.day for entry in entries), default=None),
            contacts=len({entry.contact_id for entry in entries}),
            depth=self._depth(entries),
            entries=tuple(entries),
        )

    def targets(self) -> tuple[TargetView, ...]:
        """Return the internal targets of measured levels beside the curves of those requirements."""
        found: list[TargetView] = []
        for key, target in self._targets(self.by_id).items():
            direction = self.by_id[key].current_scale.direction  # type: ignore[union-attr]  # a target has its unit
            curve, wanted = _curve(self._entries(key), direction), self.wanted_share / 100
            found.append(
                TargetView(
                    requirement_id=key,
                    target=target,
                    direction=direction,
                    share_at_target=curve.share_met(float(target)) if curve else None,
                    wanted_share=wanted,
                    wanted_level=float(curve.level_for(wanted)) if curve else None,
                )
            )
        return tuple(found)

    def _targets(self, requirements: Iterable[int]) -> dict[int, Decimal]:
        """Return the internal targets of the metrics that measure levels, in the requirements' units (1 query)."""
        links = MetricLink.objects.filter(
            requirement__in=list(requirements), role=MetricLink.Role.MEASURES, metric__is_active=True
        )
        found: dict[int, Decimal] = {}
        # Of several products that of the first one counts.
        for link in links.exclude(metric__target=None).select_related("metric").order_by("-product_id"):
            scale = self.by_id[link.requirement_id].current_scale
            if scale is not None and link.metric.target is not None:
                exact = factor(link.metric.unit, scale.unit)
                found[link.requirement_id] = Decimal(link.metric.target) * exact.numerator / exact.denominator
        return found

    def _target(self, requirement: Requirement) -> Decimal | None:
        """Return the internal target of the metric that measures the level, in the requirement's unit."""
        return self._targets([requirement.pk]).get(requirement.pk)

    def _lifecycle_views(self, requirement: Requirement, ledger: Ledger) -> tuple[ScopeView, ...]:
        keys = {Key(requirement.pk, Kind.LIFECYCLE, 0, code): each for each, code in LIFECYCLES.items()}
        rows = self._sums(list(keys))
        return tuple(
            self._view(requirement, Scope(lifecycle=lifecycle), rows.get(key), ledger)
            for key, lifecycle in keys.items()
        )

    def _product_views(self, requirement: Requirement, ledger: Ledger) -> tuple[ScopeView, ...]:
        scopes = [replace(self.scope, product=product) for product in sorted({row.product for _, row in ledger})]
        return tuple(
            self._view(
                requirement, scope, scope_rows(self.generation, [requirement.pk], scope).get(requirement.pk), ledger
            )
            for scope in scopes
        )

    def _segment_views(self, requirement: Requirement, ledger: Ledger) -> dict[str, tuple[ScopeView, ...]]:
        lifecycle = self.scope.lifecycle or Lifecycle.CURRENT.value
        keys: dict[Key, Scope] = {}
        for segment in self.segments.values():
            if segment.lifecycle != lifecycle:
                continue
            codes = codes_of(segment)
            for dimension, kind in DIMENSIONS.items():
                key = Key(requirement.pk, kind, codes.lifecycle, getattr(codes, dimension))
                keys[key] = Scope(lifecycle=lifecycle, dimension=dimension, value=getattr(segment, dimension))
        rows = self._sums(list(keys))
        views: dict[str, list[ScopeView]] = {dimension: [] for dimension in DIMENSIONS}
        for key, row in sorted(rows.items()):
            views[keys[key].dimension].append(self._view(requirement, keys[key], row, ledger))
        return {dimension: tuple(found) for dimension, found in views.items()}

    def _view(self, requirement: Requirement, scope: Scope, row: ScoreRow | None, ledger: Ledger) -> ScopeView:
        counts = counts_of(row)
        contacts = len({each.contact for _, each in ledger if stands_in(scope, each, self.segments[each.stratum])})
        score = score_of(
            row, clock=self.clock, half_life=self._half_life(requirement), one_product=scope.product is not None
        )
        few = contacts < FEWEST_CONTACTS or counts.customers < FEWEST_CUSTOMERS
        return ScopeView(scope, score, counts, contacts, few)

    def all_entries(self, wanted: Callable[[EntryView], bool]) -> list[tuple[Requirement, list[EntryView]]]:
        """Return the counted answers of the scope that are wanted, on each active requirement that has any."""
        found = ((each, [entry for entry in self._entries(each.pk) if wanted(entry)]) for each in self.catalogue)
        return [(each, entries) for each, entries in found if entries]

    # ---- One customer

    def customer(self, customer_id: int) -> list[CustomerGap]:
        return self._gaps_of(customer_id, store.ledger_of_customer(self.generation, customer_id, self.ids))

    def _gaps_of(self, customer_id: int, rows: Iterable[tuple[int, LedgerRow]]) -> list[CustomerGap]:
        found = [
            CustomerGap(
                requirement_id=requirement.pk,
                reference=requirement.reference,
                statement=requirement.statement,
                owner_id=requirement.owner_id,
                unit=requirement.current_scale.unit if requirement.current_scale else "",
                entry=self._entry(customer_id, row, requirement),
            )
            for requirement_id, row in rows
            for requirement in [self.by_id[requirement_id]]
        ]
        return sorted(found, key=lambda each: (-each.unserved, each.reference, each.entry.product_id))


def _curve(entries: Iterable[EntryView], direction: str) -> SatisfactionCurve | None:
    stated = [
        (float(entry.level), entry.share_of_weight) for entry in entries if entry.in_sums and entry.level is not None
    ]
    return satisfaction_curve(stated, Direction(direction))
