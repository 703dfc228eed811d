"""One reading of the projection in one scope: the circle, its functions and every requirement."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property

from django.db.models import Exists, OuterRef, Subquery

from customers.models import Lifecycle
from functions.models import Function, Program, SupplyLink
from gap_scores import store
from gap_scores.board import (
    FEWEST_CONTACTS,
    FEWEST_CUSTOMERS,
    NOBODY_HEARD,
    Board,
    Counts,
    EntryView,
    FunctionRow,
    LevelView,
    LinkView,
    Neglect,
    RequirementRow,
    Scope,
    Stamp,
)
from gap_scores.evidence import all_strata, version_of
from gap_scores.fold import Frame
from gap_scores.levels import NO_LEVELS, LevelRow, kept_levels
from gap_scores.models import FunctionScore, ProjectionState, ScoringRun
from gap_scores.scopes import Key, Segment
from gap_scores.scoping import PRESENT, contacts_in, scope_rows
from gap_scores.store import ScoreRow
from gap_scores.workings import (
    FUNCTION_COLUMNS,
    Clock,
    Headline,
    Own,
    Reached,
    Register,
    headline_of,
    mass_of,
    owns_from,
    products_of,
    reached,
    register_of,
    score_of,
    supply_links,
)
from jobs.models import Marker
from metrics.models import Measurement, Metric
from metrics.selectors import suspect_levels
from requirements_catalog.models import Requirement
from scoring.circle import Link
from scoring.felt import Direction
from scoring.gaps import METHOD, depth_of
from scoring.rollup import RequirementPart, Standing, in_order, shares, tied, weighted
from scoring.sums import (
    FELT_RULES,
    FELT_UNKNOWN,
    NOTHINGS,
    LedgerRow,
    ScopeScore,
    month_number,
    state_of,
)
from web import sql

Ledger = list[tuple[int, LedgerRow]]
STALE_HALF_LIVES = 2
AT_ONCE = 50  # ledgers in memory while ties are broken


def read_stamp() -> Stamp:
    """Return which run and date the kept scores stand at (3 queries, 4 where they are weighted)."""
    return _stamp_of(ProjectionState.objects.first())


def _stamp_of(state: ProjectionState | None) -> Stamp:
    behind = Marker.objects.exists()
    if state is None:
        return Stamp(0, date.min, None, METHOD, is_behind=behind)
    run = ScoringRun.objects.filter(pk=state.run_id).first()
    computed_at, method = (run.computed_at, run.method) if run else (None, METHOD)
    version = version_of(state.weight_set_id)
    return Stamp(state.run_id, state.as_of, computed_at, method, is_behind=behind, weight_set=version)


def in_order_of_keys(ledger: Mapping[int, Mapping[tuple[int, int], LedgerRow]]) -> Ledger:
    return [(customer, row) for customer, rows in sorted(ledger.items()) for _, row in sorted(rows.items())]


class Reader:
    """One reading of the projection in one scope: looks each thing up once."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        state = ProjectionState.objects.first()
        self.stamp = _stamp_of(state)
        self.generation = state.generation if state else 0
        self._weight_set = state.weight_set_id if state else None
        self.clock = Clock(state.as_of, state.epoch) if state else Clock(date.min, 0)
        program = Program.objects.values_list("half_life_months", "wanted_share").first()
        self.default_half_life, self.wanted_share = program or (12, 80)
        self.catalogue = list(
            Requirement.objects.active()
            .filter(merged_into=None)
            .select_related("attribute", "owner", "current_scale")
            .annotate(is_suspect=Exists(suspect_levels()))
            .order_by("pk")
        )
        self.by_id = {each.pk: each for each in self.catalogue}
        self.ids = list(self.by_id)
        self.levels = kept_levels(self.ids)

    @cached_property
    def segments(self) -> dict[int, Segment]:
        return all_strata()

    @cached_property
    def frame(self) -> Frame:
        """What an answer counts times by its stratum and its age, as in the sums."""
        return Frame.of(epoch=self.clock.epoch, weight_set=self._weight_set)

    # ---- The board

    def board(self) -> Board:
        rows, register = self._rows(), self._register()
        headlines = self._headlines(rows, register)
        parts = [
            RequirementPart(each.pk, each.owner_id, head.j, head.gap, head.lo or 0.0, head.hi or 0.0, head.n_eff or 0.0)
            for each in self.catalogue
            if (head := headlines[each.pk][1]).gap is not None and head.j is not None
        ]
        requirements = self._requirement_rows(rows, headlines, shares(parts))
        scored = self._worst_first([row for row in requirements if row.score and row.points is not None])
        functions = self._function_rows(requirements, {pk: head for pk, (_, head) in headlines.items()})
        return Board(
            scope=self.scope,
            stamp=self.stamp,
            overall=weighted(parts),
            requirements=tuple(scored),
            unscored=tuple(row for row in requirements if row.points is None),
            functions=functions,
            links=self._links({row.function_id for row in functions}),
            points_on_little=math.fsum(row.points or 0.0 for row in scored if not row.is_rankable),
            use_recorded=register.use_recorded,
        )

    def _rows(self) -> Mapping[int, ScoreRow]:
        return scope_rows(self.generation, self.ids, self.scope)

    def _register(self) -> Register:
        return register_of(lifecycle=self.scope.lifecycle, dimension=self.scope.dimension, value=self.scope.value)

    def _contacts(self, requirements: Sequence[int]) -> Mapping[int, int]:
        return contacts_in(self.generation, requirements, self.scope)

    def _depths(self, requirements: Iterable[int]) -> dict[int, float | None]:
        return {
            requirement: self._depth(self._entries(requirement, in_order_of_keys(ledger)))
            for some in sql.batches(requirements, AT_ONCE)
            for requirement, ledger in store.ledger_of_requirements(self.generation, some).items()
        }

    def _links(self, functions: set[int]) -> tuple[LinkView, ...]:
        return _links(functions)

    def _half_life(self, requirement: Requirement) -> int:
        return requirement.half_life_months or self.default_half_life

    def _headlines(
        self, rows: Mapping[int, ScoreRow], register: Register
    ) -> dict[int, tuple[ScopeScore | None, Headline]]:
        products = products_of(self.ids)
        found = {}
        for each in self.catalogue:
            row = rows.get(each.pk)
            score = score_of(
                row, clock=self.clock, half_life=self._half_life(each), one_product=self.scope.product is not None
            )
            weight = mass_of(row, products[each.pk], register) if row else 0.0
            found[each.pk] = score, headline_of("", score, weight)
        return found

    def _requirement_rows(
        self,
        rows: Mapping[int, ScoreRow],
        headlines: Mapping[int, tuple[ScopeScore | None, Headline]],
        share_of: Mapping[int, float],
    ) -> list[RequirementRow]:
        levels = self._level_views()
        few = self._too_few(rows)
        found = []
        for each in self.catalogue:
            score, share = headlines[each.pk][0], share_of.get(each.pk)
            points = (
                [None] * 3 if score is None or share is None else [share * x for x in (score.gap, score.lo, score.hi)]
            )
            counts = counts_of(rows.get(each.pk))
            half_life = self._half_life(each)
            found.append(
                RequirementRow(
                    requirement_id=each.pk,
                    reference=each.reference,
                    statement=each.statement,
                    attribute_id=each.attribute_id,
                    attribute=each.attribute.name,
                    owner_id=each.owner_id,
                    owner=each.owner.name if each.owner else "",
                    origin=each.origin,
                    has_scale=each.current_scale is not None,
                    unit=each.current_scale.unit if each.current_scale else "",
                    half_life=half_life,
                    score=score,
                    share=share,
                    points=points[0],
                    points_lo=points[1],
                    points_hi=points[2],
                    counts=counts,
                    levels=tuple(levels.get(each.pk, ())),
                    is_stale=self._is_stale(counts.newest_on, half_life),
                    too_few=each.pk in few,
                    is_suspect=each.is_suspect,
                )
            )
        return found

    def _is_stale(self, newest_on: date | None, half_life: int) -> bool:
        return (
            newest_on is None or month_number(self.clock.as_of) - month_number(newest_on) > STALE_HALF_LIVES * half_life
        )

    def _too_few(self, rows: Mapping[int, ScoreRow]) -> set[int]:
        """Return the requirements with fewer than five contacts or three customers; contacts are looked up in doubt."""
        counts = {each: counts_of(rows.get(each)) for each in self.ids}
        few = {each for each, its in counts.items() if its.customers < FEWEST_CUSTOMERS or its.heard < FEWEST_CONTACTS}
        doubtful = [each for each, its in counts.items() if each not in few and its.customers < FEWEST_CONTACTS]
        contacts = self._contacts(doubtful)
        return few | {each for each in doubtful if contacts.get(each, 0) < FEWEST_CONTACTS}

    def _worst_first(self, rows: list[RequirementRow]) -> list[RequirementRow]:
        """Sort by points, origin, depth, n_eff, id; depth is worked out only for requirements that tie."""
        standings = [
            Standing(row.requirement_id, row.points or 0.0, row.origin, row.score.n_eff if row.score else 0.0)
            for row in rows
        ]
        depths = self._depths(sorted(tied(standings)))
        by_id = {row.requirement_id: row for row in rows}
        return [by_id[each] for each in in_order(standings, depths)]

    def _level_views(self) -> dict[int, list[LevelView]]:
        metrics = Metric.objects.in_bulk({row.metric for its in self.levels.values() for row in its.rows.values()})
        found: defaultdict[int, list[LevelView]] = defaultdict(list)
        for requirement, its in self.levels.items():
            scale = self.by_id[requirement].current_scale
            if scale is None:
                continue
            step = Decimal(scale.resolution)
            for _, row in sorted(its.rows.items()):
                found[requirement].append(self._level_view(row, metrics[row.metric], scale.direction, step))
        return found

    def _level_view(self, row: LevelRow, metric: Metric, direction: str, step: Decimal) -> LevelView:
        ends = [None if end is None else in_unit(end, direction, step) for end in (row.best, row.worst)]
        if direction == Direction.HIGHER:
            ends.reverse()
        overdue_from = row.newest_on + timedelta(days=metric.cadence_days + metric.grace_days)
        return LevelView(
            product_id=row.product,
            part=row.part,
            metric_id=row.metric,
            metric=metric.name,
            value=in_unit(row.m, direction, step),
            lo=ends[0],
            hi=ends[1],
            n=row.n,
            newest_on=row.newest_on,
            window_from=row.window_from,
            is_old=self.clock.as_of > overdue_from,
        )

    # ---- Functions

    def _function_rows(
        self, requirements: Sequence[RequirementRow], headlines: Mapping[int, Headline]
    ) -> tuple[FunctionRow, ...]:
        functions = list(Function.objects.filter(is_active=True))
        owned: defaultdict[int | None, list[RequirementRow]] = defaultdict(list)
        for row in requirements:
            owned[row.owner_id].append(row)
        gaps = self._function_gaps([each.pk for each in functions], owned, headlines)
        measured = _last_measured(self.clock.as_of)
        return tuple(
            self._function_row(each, owned[each.pk], *gaps.get(each.pk, (Own(), Reached())), measured.get(each.pk, []))
            for each in functions
        )

    def _function_gaps(
        self,
        ids: Sequence[int],
        owned: Mapping[int | None, Sequence[RequirementRow]],
        headlines: Mapping[int, Headline],
    ) -> dict[int, tuple[Own, Reached]]:
        """Return the kept gaps in the headline scope; in others they are worked out by the same functions."""
        if self.scope.is_headline:
            kept = FunctionScore.objects.values_list(*FUNCTION_COLUMNS[:-1])
            size = 1 + len(Own._fields)
            return {row[0]: (Own(*row[1:size]), Reached(*row[size:])) for row in kept}
        owners = {row.requirement_id: each for each in ids for row in owned.get(each, ())}
        owns = owns_from(ids, owners, headlines)
        arrivals = reached(owns, self._supply(ids))
        return {each: (owns[each], arrivals[each]) for each in ids}

    def _supply(self, ids: Sequence[int]) -> Sequence[Link[int]]:
        return supply_links(ids)

    def _function_row(
        self,
        function: Function,
        rows: Sequence[RequirementRow],
        own: Own,
        arrival: Reached,
        measured: Sequence[tuple[date | None, bool]],
    ) -> FunctionRow:
        scored = [row for row in rows if row.points is not None]
        return FunctionRow(
            function_id=function.pk,
            name=function.name,
            label=function.label,
            purpose=function.purpose,
            position=function.position,
            is_customer_facing=function.is_customer_facing,
            own=own.own,
            own_lo=own.lo,
            own_hi=own.hi,
            n_eff=own.n_eff,
            share=math.fsum(row.share or 0.0 for row in scored) if scored else None,
            points=math.fsum(row.points or 0.0 for row in scored) if scored else None,
            is_internal=own.is_internal,
            transmitted=arrival.transmitted,
            transmitted_lo=arrival.lo,
            transmitted_hi=arrival.hi,
            bottleneck_id=arrival.bottleneck,
            tied=tuple(arrival.tied),
            path=tuple(arrival.path),
            requirements=len(rows),
            scored=len(scored),
            neglect=self._neglect(rows, measured),
        )

    def _neglect(self, rows: Sequence[RequirementRow], measured: Sequence[tuple[date | None, bool]]) -> Neglect:
        heard_on = max((row.counts.newest_on for row in rows if row.counts.newest_on), default=None)
        measured_on = max((day for day, _ in measured if day), default=None)
        return Neglect(
            heard_on=heard_on,
            heard_days=self._days_since(heard_on),
            is_unheard=not rows or all(row.is_stale for row in rows),
            measured_on=measured_on,
            measured_days=self._days_since(measured_on),
            is_unmeasured=not measured or any(overdue for _, overdue in measured),
        )

    def _days_since(self, day: date | None) -> int | None:
        return None if day is None else (self.clock.as_of - day).days

    # ---- The answers behind a score

    def _sums(self, keys: Sequence[Key]) -> Mapping[Key, ScoreRow]:
        return store.score_rows(self.generation, keys)

    def _ledger(self, requirement_id: int) -> Ledger:
        return in_order_of_keys(store.ledger_of_requirement(self.generation, requirement_id))

    def _entries(self, requirement_id: int, ledger: Ledger | None = None) -> list[EntryView]:
        """Return the answers of the scope as they stand in the sums."""
        requirement = self.by_id[requirement_id]
        whole = self._ledger(requirement_id) if ledger is None else ledger
        rows = [each for each in whole if stands_in(self.scope, each[1], self.segments[each[1].stratum])]
        half_life = self._half_life(requirement)
        weights = [row.a * self.frame.factors(row, half_life)[0] for _, row in rows]
        views = [self._entry(customer, row, requirement) for customer, row in rows]
        total = sum(weight for weight, view in zip(weights, views, strict=True) if view.in_sums)
        return [
            replace(view, share_of_weight=weight / total if view.in_sums and total else 0.0)
            for weight, view in zip(weights, views, strict=True)
        ]

    def _entry(self, customer: int, row: LedgerRow, requirement: Requirement) -> EntryView:
        scale, level = requirement.current_scale, self.levels.get(requirement.pk, NO_LEVELS)
        ends = level.serving(row, self.segments[row.stratum])
        required = measured = None
        if scale is not None:
            step = Decimal(scale.resolution)
            required = None if row.level is None else in_unit(row.level, scale.direction, step)
            measured = None if ends is None else in_unit(ends.m, scale.direction, step)
        met = None if ends is None or row.level is None else ends.m <= row.level
        felt = None if row.felt == FELT_UNKNOWN else bool(row.felt)
        return EntryView(
            customer_id=customer,
            contact_id=row.contact,
            product_id=row.product,
            stratum_id=row.stratum,
            day=row.day,
            level=required,
            measured=measured,
            importance=row.a / row.b if row.b else None,
            customer_weight=row.weight,
            stratum_factor=self.frame.weight(row.stratum),
            share_of_weight=0.0,
            met=met,
            felt=felt,
            felt_rule=FELT_RULES[row.felt_rule].value,
            states=(state_of(row, 0), state_of(row, 1), state_of(row, 2)),
            in_sums=row.b > 0 and (met is not None or felt is not None),
        )

    def _depth(self, entries: Iterable[EntryView]) -> float | None:
        """Return how far levels fall short of what customers need, in points (method 9.5); None: nothing compared."""
        return depth_of(
            (entry.share_of_weight, entry.shortfall) for entry in entries if entry.in_sums and entry.met is not None
        )


def stands_in(scope: Scope, row: LedgerRow, segment: Segment) -> bool:
    """Whether a ledger row of this segment belongs to a scope."""
    return is_of(scope, segment) and (scope.product is None or row.product == scope.product)


def is_of(scope: Scope, segment: Segment) -> bool:
    """Whether what customers of this segment say of some product can belong to a scope."""
    is_asked = segment.lifecycle == scope.lifecycle if scope.lifecycle else segment.lifecycle != Lifecycle.INTERNAL
    return is_asked and (not scope.dimension or getattr(segment, scope.dimension) == scope.value)


def in_unit(steps: int, direction: str, step: Decimal) -> Decimal:
    """Return signed steps of a resolution as a level in the requirement's unit."""
    return (steps if direction == Direction.LOWER else -steps) * step


def counts_of(row: ScoreRow | None) -> Counts:
    if row is None:
        return NOBODY_HEARD
    heard, n, *rest = row.sums[PRESENT:]
    return Counts(heard, n, row.sums[0], row.newest_on, dict(zip(NOTHINGS, rest[: len(NOTHINGS)], strict=True)))


def _links(functions: set[int]) -> tuple[LinkView, ...]:
    rows = SupplyLink.objects.filter(supplier__in=functions, supplied__in=functions)
    return tuple(
        LinkView(pk, supplier, supplied, None if strength is None else float(strength))
        for pk, supplier, supplied, strength in rows.values_list("pk", "supplier_id", "supplied_id", "strength")
    )


def _last_measured(as_of: date) -> dict[int, list[tuple[date | None, bool]]]:
    """Return by function, for each of its metrics, the newest period end and whether the next one is overdue."""
    newest = Measurement.objects.filter(metric=OuterRef("pk"), is_current=True, period_end__lte=as_of)
    rows = Metric.objects.filter(is_active=True).annotate(
        newest=Subquery(newest.order_by("-period_end", "-id").values("period_end")[:1])
    )
    found: defaultdict[int, list[tuple[date | None, bool]]] = defaultdict(list)
    for function, cadence, grace, day in rows.order_by().values_list(
        "function_id", "cadence_days", "grace_days", "newest"
    ):
        found[function].append((day, day is None or (as_of - day).days > cadence + grace))
    return found
