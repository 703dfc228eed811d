"""Folding: work out from the evidence what should be in the sums, and write the difference to what is in them.

Source: docs/algorithms/gap-score.md, Mergeable form.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from gap_scores import store
from gap_scores.evidence import (
    RequirementRules,
    Unit,
    evidence_of_requirements,
    evidence_of_units,
    factors_of_set,
    strata_of,
    weights_of,
)
from gap_scores.levels import LevelRow, Levels
from gap_scores.scopes import Codes, Key, Segment, codes_of, keys_above
from gap_scores.store import ScoreRow
from scoring.sums import (
    WIDTH,
    LedgerRow,
    check_range,
    factors_of,
    is_not_applicable,
    month_number,
    terms_of,
    unit_rows,
)

LedgerRows = dict[tuple[int, int], LedgerRow]
PRESENT = len(store.PRESENCE)
NOTHING = (0,) * (PRESENT + WIDTH)


@dataclass(slots=True)
class Frame:
    """What every contribution needs beside the row: strata with their factors, the epoch, freshness by month."""

    epoch: int
    weights: Mapping[int, float] = field(default_factory=dict)
    segments: dict[int, Segment] = field(default_factory=dict)
    codes: dict[int, Codes] = field(default_factory=dict)
    _memo: dict[tuple[int, int, float], tuple[int, int]] = field(default_factory=dict)
    _keys: dict[tuple[int, int, int], tuple[Key, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, *, epoch: int, weight_set: int | None) -> "Frame":
        """Return the frame of sums that have this weight set in them (1 query, none without a set)."""
        return cls(epoch, factors_of_set(weight_set))

    def weight(self, stratum: int) -> float:
        """Return h: what an answer given in a stratum counts times."""
        return self.weights.get(stratum, 1.0)

    def factors(self, row: LedgerRow, half_life: int) -> tuple[int, int]:
        key = month_number(row.day), half_life, self.weight(row.stratum)
        if key not in self._memo:
            self._memo[key] = factors_of(month=key[0], epoch=self.epoch, half_life=half_life, h=key[2])
        return self._memo[key]

    def know_strata(self, rows: Iterable[LedgerRow]) -> None:
        missing = {row.stratum for row in rows} - self.segments.keys()
        if missing:
            found = strata_of(missing)
            self.segments.update(found)
            self.codes.update({stratum: codes_of(segment) for stratum, segment in found.items()})

    def keys(self, requirement: int, row: LedgerRow) -> tuple[Key, ...]:
        place = requirement, row.product, row.stratum
        if place not in self._keys:
            self._keys[place] = keys_above(
                requirement=requirement, product=row.product, stratum=row.stratum, codes=self.codes[row.stratum]
            )
        return self._keys[place]


@dataclass(slots=True)
class Change:
    """What a fold adds to one score row, and the days that came and went."""

    sums: list[int] = field(default_factory=lambda: list(NOTHING))
    came: date | None = None
    went: date | None = None

    def add(self, terms: Sequence[tuple[int, int]]) -> None:
        sums = self.sums
        for at, value in terms:
            sums[at] += value


@dataclass(frozen=True, slots=True)
class Reading:
    """How one requirement's ledger rows are turned into sums: its rules, its levels, the frame."""

    requirement: int
    rules: RequirementRules
    levels: Levels
    frame: Frame

    def terms(self, row: LedgerRow) -> list[tuple[int, int]]:
        level = self.levels.serving(row, self.frame.segments[row.stratum])
        return terms_of(row, level, self.frame.factors(row, self.rules.rules.half_life), PRESENT)

    def keys(self, row: LedgerRow) -> tuple[Key, ...]:
        return self.frame.keys(self.requirement, row)


Changes = defaultdict[Key, Change]
Written = dict[Key, ScoreRow | None]
Places = dict[tuple[int, int], tuple[tuple[Key, ...], Change]]  # by product and stratum, with the scopes they are in


def changes() -> Changes:
    return defaultdict(Change)


def add_unit(into: Changes, reading: Reading, old: LedgerRows, new: LedgerRows) -> None:
    """Note the difference that one unit makes to every scope above it."""
    for rows, other, sign in ((old, new, -1), (new, old, 1)):
        for key, row in rows.items():
            if other.get(key) != row:
                _add_row(into, reading, row, sign)
        _add_presence(into, reading, rows, sign)


def _turned(terms: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    return [(at, -value) for at, value in terms]


def _change_at(places: Places, reading: Reading, row: LedgerRow) -> Change:
    """Return what is gathered for the product and stratum of a row."""
    place = row.product, row.stratum
    if place not in places:
        places[place] = reading.keys(row), Change()
    return places[place][1]


def _roll_up(into: Changes, places: Places) -> None:
    """Add what was gathered by product and stratum to each scope: many rows of one place go up as one."""
    for keys, change in places.values():
        terms = [(at, value) for at, value in enumerate(change.sums) if value]
        if not terms:
            continue
        for key in keys:
            above = into[key]
            above.add(terms)
            if change.came is not None:
                above.came = max(above.came or change.came, change.came)


def _add_row(into: Changes, reading: Reading, row: LedgerRow, sign: int) -> None:
    terms = reading.terms(row) if sign > 0 else _turned(reading.terms(row))
    for key in reading.keys(row):
        change = into[key]
        change.add(terms)
        if sign > 0:
            change.came = max(change.came or row.day, row.day)
        else:
            change.went = max(change.went or row.day, row.day)


def _add_presence(into: Changes, reading: Reading, rows: LedgerRows, sign: int) -> None:
    """Count the customer once per scope, with its weight, and whether all it says there is 'not applicable'."""
    scopes: dict[Key, tuple[int, bool]] = {}
    for row in rows.values():
        for key in reading.keys(row):
            _, so_far = scopes.get(key, (0, True))
            scopes[key] = row.weight, so_far and is_not_applicable(row)
    for key, (weight, not_applicable) in scopes.items():
        sums = into[key].sums
        sums[0] += sign
        sums[1] += sign * weight
        sums[2] += sign * weight * not_applicable


def fold_units(
    generation: int, units: Sequence[Unit], readings: Mapping[int, Reading], frame: Frame, *, as_of: date
) -> Written:
    """Fold single units into the ledger and the sums; return the score rows that changed."""
    evidence, weights = evidence_of_units(units, as_of=as_of)
    old = store.ledger_of_units(generation, units)
    into, put, gone = changes(), [], []
    for unit in units:
        customer, requirement = unit
        reading, before = readings[requirement], old[unit]
        new = unit_rows(evidence[unit], weight=weights.get(customer, 0), rules=reading.rules.rules)
        if new == before:
            continue
        frame.know_strata([*new.values(), *before.values()])
        add_unit(into, reading, before, new)
        put += [(unit, row) for key, row in new.items() if before.get(key) != row]
        gone += [(requirement, customer, *key) for key in before if key not in new]
    store.delete_ledger(generation, gone)
    store.put_ledger(generation, put)
    return apply_changes(generation, into, frame)


def apply_changes(generation: int, into: Changes, frame: Frame) -> Written:
    """Add the changes to the kept score rows; a row nobody was heard in goes. Return what stands now, None: gone.

    Raises: ScoringError for a sum that overflows, instead of a wrap.
    """
    wanted = {key: change for key, change in sorted(into.items()) if any(change.sums) or change.came or change.went}
    rows = store.add_to_scores(
        generation, {key: ScoreRow(tuple(change.sums), change.came or date.min) for key, change in wanted.items()}
    )
    for row in rows.values():
        check_range(row.sums)
    written: Written = {key: row if row.sums[PRESENT] else None for key, row in rows.items()}
    store.delete_scores(generation, [key for key, row in written.items() if row is None])
    _move_newest_back(generation, written, wanted, frame)
    return written


def _move_newest_back(generation: int, written: Written, changes_made: Mapping[Key, Change], frame: Frame) -> None:
    """Where the newest answer went and was not replaced by a later one, look up which is the newest now."""
    stale = {
        key: row
        for key, row in written.items()
        if row is not None
        and (went := changes_made[key].went) is not None
        and went >= row.newest_on != changes_made[key].came
    }
    found = _newest_again(generation, list(stale), frame)
    moved = {key: stale[key]._replace(newest_on=newest) for key, newest in found.items()}
    store.put_scores(generation, moved)
    written |= moved


def _newest_again(generation: int, keys: Sequence[Key], frame: Frame) -> dict[Key, date]:
    """Return the newest day of scopes whose newest answer went and was not replaced by a later one."""
    if not keys:
        return {}
    wanted, found = set(keys), dict[Key, date]()
    leaves = store.newest_days(generation, sorted({key.requirement for key in keys}))
    missing = {stratum for _, _, stratum, _ in leaves} - frame.segments.keys()
    for stratum, segment in strata_of(missing).items():
        frame.segments[stratum], frame.codes[stratum] = segment, codes_of(segment)
    for requirement, product, stratum, day in leaves:
        above = keys_above(requirement=requirement, product=product, stratum=stratum, codes=frame.codes[stratum])
        for key in wanted.intersection(above):
            found[key] = max(found.get(key, day), day)
    return found


@dataclass(frozen=True, slots=True)
class RequirementState:
    """Everything the projection keeps of one requirement: its ledger by customer, and its score rows."""

    ledger: dict[int, LedgerRows]
    scores: dict[Key, ScoreRow]


def requirement_state(reading: Reading, *, as_of: date) -> RequirementState:
    """Work out one requirement's ledger and sums from the evidence alone."""
    return requirement_states({reading.requirement: reading}, as_of=as_of)[reading.requirement]


def requirement_states(readings: Mapping[int, Reading], *, as_of: date) -> dict[int, RequirementState]:
    """Work out the ledgers and sums of requirements from the evidence alone (4 queries)."""
    evidence = evidence_of_requirements(readings, as_of=as_of)
    weights = weights_of({customer for rows in evidence.values() for customer in rows})
    found: dict[int, RequirementState] = {}
    for each, reading in readings.items():
        ledger = {
            customer: unit_rows(rows, weight=weights.get(customer, 0), rules=reading.rules.rules)
            for customer, rows in sorted(evidence[each].items())
        }
        found[each] = RequirementState(ledger, sums_of_ledger(reading, ledger))
    return found


def sums_of_ledger(reading: Reading, ledger: Mapping[int, LedgerRows]) -> dict[Key, ScoreRow]:
    """Return the score rows that a ledger adds up to."""
    into = changes()
    reading.frame.know_strata(row for rows in ledger.values() for row in rows.values())
    places = Places()
    for rows in ledger.values():
        for row in rows.values():
            change = _change_at(places, reading, row)
            change.add(reading.terms(row))
            change.came = max(change.came or row.day, row.day)
        if len(rows) == 1:
            # One place, so it may go up with it: mostly so, and it saves naming every scope for every customer.
            change.add(((0, 1), (1, row.weight), (2, row.weight * is_not_applicable(row))))
        else:
            _add_presence(into, reading, rows, 1)
    _roll_up(into, places)
    for change in into.values():
        check_range(change.sums)
    return {key: ScoreRow(tuple(change.sums), change.came) for key, change in into.items() if change.came}


def replace_requirement(generation: int, requirement: int, state: RequirementState) -> None:
    """Write one requirement's state, only what differs from what is kept."""
    old_ledger = store.ledger_of_requirement(generation, requirement)
    put = [
        ((customer, requirement), row)
        for customer, rows in state.ledger.items()
        for key, row in rows.items()
        if old_ledger.get(customer, {}).get(key) != row
    ]
    gone = [
        (requirement, customer, *key)
        for customer, rows in old_ledger.items()
        for key in rows
        if key not in state.ledger.get(customer, {})
    ]
    old_scores = store.score_rows_of_requirement(generation, requirement)
    changed = {key: row for key, row in state.scores.items() if old_scores.get(key) != row}
    vanished = [key for key in old_scores if key not in state.scores]
    store.delete_ledger(generation, gone)
    store.put_ledger(generation, put)
    store.delete_scores(generation, vanished)
    store.put_scores(generation, changed)


def flip_level(generation: int, old: Reading, new: Reading) -> Written:
    """Move the ledger rows that a new measured level serves differently to other boxes; return what changed."""
    into, places, frame = changes(), Places(), new.frame
    products = sorted({product for product, _ in (*old.levels.rows, *new.levels.rows)})
    spans = {product: span for product in products if (span := _span(old.levels, new.levels, product))}
    rows = store.ledger_with_levels(generation, new.requirement, spans)
    frame.know_strata(rows)
    for row in rows:
        segment = frame.segments[row.stratum]
        if old.levels.serving(row, segment) != new.levels.serving(row, segment):
            change = _change_at(places, new, row)
            change.add(_turned(old.terms(row)))
            change.add(new.terms(row))
    _roll_up(into, places)
    return apply_changes(generation, into, frame)


def _span(old: Levels, new: Levels, product: int) -> store.Span | None:
    """Return the levels between which a row can change boxes; None where no row can."""
    before = {part: row for (its, part), row in old.rows.items() if its == product}
    after = {part: row for (its, part), row in new.rows.items() if its == product}
    if before.keys() != after.keys() or any(before[part].breakdown != after[part].breakdown for part in before):
        return store.ANY_LEVEL
    ends = [end for part in before if before[part].ends != after[part].ends for end in _ends(before[part], after[part])]
    if not ends:
        return None
    closed = [end for end in ends if end is not None]
    return (min(closed), max(closed)) if len(closed) == len(ends) else store.ANY_LEVEL


def _ends(*rows: LevelRow) -> list[int | None]:
    return [end for row in rows for end in row.ends]
