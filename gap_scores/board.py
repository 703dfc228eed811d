"""What pages, API and exports show, as plain values: gap_scores/selectors.py fills them from one stored run."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

from scoring.changes import Estimate
from scoring.curves import SatisfactionCurve
from scoring.gaps import shortfall
from scoring.rollup import Whole
from scoring.sums import ScopeScore

FEWEST_CONTACTS, FEWEST_CUSTOMERS = 5, 3  # below it nothing is shown to people who are not specialists


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose answers: a lifecycle ('' = all but internal), one product or all, at most one further dimension.

    dimension: 'industry', 'region' or 'size_band' with its value, or ''. as_of: a day of which scores were kept; None:
    today.
    """

    lifecycle: str = "current"
    product: int | None = None
    dimension: str = ""
    value: str = ""
    as_of: date | None = None

    @property
    def is_headline(self) -> bool:
        return self == Scope(as_of=self.as_of)

    @property
    def has_past(self) -> bool:
        """Whether kept days can show it: current customers on all products, or one segment of them."""
        return self.lifecycle == Scope().lifecycle and self.product is None


@dataclass(frozen=True, slots=True)
class Stamp:
    """Which stored state the numbers come from."""

    run_id: int
    as_of: date
    computed_at: datetime | None
    method: str
    is_behind: bool  # markers wait: evidence came in that is not in these numbers yet
    weight_set: int | None = None  # the version whose factors of strata are in the sums

    @property
    def is_empty(self) -> bool:
        return self.run_id == 0


@dataclass(frozen=True, slots=True)
class LevelView:
    """The measured level of a requirement for one product and part ('' = all parts), in the requirement's unit.

    lo and hi are the ends of its interval, None = open. is_old: older than cadence + grace.
    """

    product_id: int
    part: str
    metric_id: int
    metric: str
    value: Decimal
    lo: Decimal | None
    hi: Decimal | None
    n: int
    newest_on: date
    window_from: date
    is_old: bool


@dataclass(frozen=True, slots=True)
class Counts:
    """How many answers stand behind a score: heard, in the sums, customers, and the nothings kept apart.

    nothings: 'importance_unknown', 'level_not_asked' ... as in scoring.sums.NOTHINGS.
    """

    heard: int
    n: int
    customers: int
    newest_on: date | None
    nothings: Mapping[str, int]


NOBODY_HEARD = Counts(0, 0, 0, None, {})


@dataclass(frozen=True, slots=True)
class RequirementRow:
    """One active requirement in a scope. score None: no data. Points: share x gap, they add up to the overall gap."""

    requirement_id: int
    reference: str
    statement: str
    attribute_id: int
    attribute: str
    owner_id: int | None
    owner: str
    origin: str
    has_scale: bool
    unit: str
    half_life: int
    score: ScopeScore | None
    share: float | None
    points: float | None
    points_lo: float | None
    points_hi: float | None
    counts: Counts
    levels: tuple[LevelView, ...]
    is_stale: bool  # the newest interview is older than two half-lives
    too_few: bool  # fewer than 5 contacts or 3 customers
    is_suspect: bool = False  # it, or what measures its level, has changed since somebody looked at their link

    @property
    def is_rankable(self) -> bool:
        return self.score is not None and self.score.n_eff >= 5

    @property
    def is_on_old_measurement(self) -> bool:
        return any(level.is_old for level in self.levels)


@dataclass(frozen=True, slots=True)
class Neglect:
    """How long a dot was left alone; None: never. Days count to the state's date."""

    heard_on: date | None
    heard_days: int | None
    is_unheard: bool  # longer than two half-lives, or never
    measured_on: date | None
    measured_days: int | None
    is_unmeasured: bool  # a metric is overdue (cadence + grace), or none was ever measured

    @property
    def is_neglected(self) -> bool:
        return self.is_unheard or self.is_unmeasured


@dataclass(frozen=True, slots=True)
class FunctionRow:
    """One dot of the circle. own None: no data. Gaps in points 0..100; path: the way the transmitted gap comes."""

    function_id: int
    name: str
    label: str
    purpose: str
    position: int
    is_customer_facing: bool
    own: float | None
    own_lo: float | None
    own_hi: float | None
    n_eff: float | None
    share: float | None
    points: float | None
    is_internal: bool
    transmitted: float | None
    transmitted_lo: float | None
    transmitted_hi: float | None
    bottleneck_id: int | None
    tied: tuple[int, ...]
    path: tuple[int, ...]
    requirements: int
    scored: int
    neglect: Neglect
    too_few: bool = False  # its gap is of too few people of a segment to be shown to this person

    @property
    def is_rankable(self) -> bool:
        return self.n_eff is not None and self.n_eff >= 5

    @property
    def received(self) -> float:
        """Points that suppliers pass on beyond the own gap."""
        return max(0.0, (self.transmitted or 0.0) - (self.own or 0.0))


@dataclass(frozen=True, slots=True)
class LinkView:
    """A supply link; strength None is drawn dashed and transmits nothing."""

    link_id: int
    supplier_id: int
    supplied_id: int
    strength: float | None


@dataclass(frozen=True, slots=True)
class Board:
    """The circle and everything in it, in one scope. requirements: worst first; unscored: those without a score."""

    scope: Scope
    stamp: Stamp
    overall: Whole | None
    requirements: tuple[RequirementRow, ...]
    unscored: tuple[RequirementRow, ...]
    functions: tuple[FunctionRow, ...]
    links: tuple[LinkView, ...]
    points_on_little: float  # points that rest on n_eff < 5
    use_recorded: bool  # False: nobody's product use is known, every requirement concerns the whole register
    version: str = field(default="", compare=False)  # of all that it depends on; '': it may be taken back
    withheld: str = ""  # why this person is shown nothing of this segment, a sentence

    def function(self, function_id: int) -> FunctionRow | None:
        return next((row for row in self.functions if row.function_id == function_id), None)

    def owned_by(self, function_id: int) -> tuple[RequirementRow, ...]:
        return tuple(row for row in self.requirements if row.owner_id == function_id)


@dataclass(frozen=True, slots=True)
class ScopeView:
    """One line of a comparison: a lifecycle, a product or a segment. too_few: hide it below specialist level."""

    scope: Scope
    score: ScopeScore | None
    counts: Counts
    contacts: int
    too_few: bool


@dataclass(frozen=True, slots=True)
class EntryView:
    """One counted answer as it stands in the sums. Levels in the requirement's unit, weight W relative to the epoch.

    states: importance, level, perception as 0 known, 1 does not know, 2 not applicable, 3 not asked.
    """

    customer_id: int
    contact_id: int
    product_id: int
    stratum_id: int
    day: date
    level: Decimal | None
    measured: Decimal | None  # the measured level that serves this answer
    importance: float | None
    customer_weight: int
    stratum_factor: float  # h, 1 without a weight set
    share_of_weight: float  # W / sum W
    met: bool | None
    felt: bool | None
    felt_rule: str
    states: tuple[int, int, int]
    in_sums: bool

    @property
    def shortfall(self) -> float | None:
        """How far the measured level falls short, 0..1 of the worse of the two; None where a level is no ratio."""
        if self.met or self.level is None or self.measured is None:
            return 0.0
        return shortfall(Fraction(self.measured), Fraction(self.level))


@dataclass(frozen=True, slots=True)
class RequirementDetail:
    """Everything that explains one requirement's score in a scope.

    curve: over stated required levels in the requirement's unit (floats), None without a scale or a stated level.
    target: the measuring metric's internal target in the requirement's unit; share_at_target as share 0..1.
    """

    row: RequirementRow
    stamp: Stamp
    scope: Scope
    rank: int | None  # among the scored requirements of the scope, 1 = most points
    of: int
    lifecycles: tuple[ScopeView, ...]
    products: tuple[ScopeView, ...]
    segments: Mapping[str, tuple[ScopeView, ...]]  # by 'industry', 'region', 'size_band'
    direction: str  # 'lower', 'higher' or ''
    curve: SatisfactionCurve | None
    target: Decimal | None
    share_at_target: float | None
    wanted_share: float
    wanted_level: float | None
    oldest_on: date | None
    contacts: int
    depth: float | None
    entries: tuple[EntryView, ...]

    @property
    def target_view(self) -> "TargetView | None":
        if self.target is None:
            return None
        return TargetView(
            self.row.requirement_id,
            self.target,
            self.direction,
            self.share_at_target,
            self.wanted_share,
            self.wanted_level,
        )

    @property
    def target_is_looser(self) -> bool:
        return self.target_view is not None and self.target_view.is_looser


@dataclass(frozen=True, slots=True)
class TargetView:
    """An internal target beside the customers' curve of its requirement, both in the requirement's unit.

    Shares 0..1 of importance-weighted customers; wanted_level: where the wanted share is served. None: none was stated.
    """

    requirement_id: int
    target: Decimal
    direction: str
    share_at_target: float | None
    wanted_share: float
    wanted_level: float | None

    @property
    def is_looser(self) -> bool:
        """Whether meeting our own target would serve fewer customers than we want."""
        return self.share_at_target is not None and self.share_at_target < self.wanted_share

    def is_reached_at(self, level: Decimal) -> bool:
        return level <= self.target if self.direction == "lower" else level >= self.target


@dataclass(frozen=True, slots=True)
class FunctionDetail:
    """One dot with what explains it: its requirements (their points add up to its points) and what reaches it."""

    row: FunctionRow
    stamp: Stamp
    scope: Scope
    requirements: tuple[RequirementRow, ...]
    unscored: tuple[RequirementRow, ...]
    suppliers: tuple[tuple[LinkView, FunctionRow], ...]  # each with what it passes on = strength x transmitted
    supplied: tuple[tuple[LinkView, FunctionRow], ...]
    overall: Whole | None
    rank: int | None
    of: int
    internal: Whole | None  # what internal customers say beside the others; it carries no points


@dataclass(frozen=True, slots=True)
class CustomerGap:
    """One customer's newest answer on a requirement, against what we measure."""

    requirement_id: int
    reference: str
    statement: str
    owner_id: int | None
    unit: str
    entry: EntryView

    @property
    def unserved(self) -> float:
        """Importance times what is missing: how much of this customer's need is not served."""
        halves = [half for half in (self.entry.met, self.entry.felt) if half is not None]
        return (self.entry.importance or 0.0) * (1 - sum(halves) / len(halves)) if halves else 0.0


@dataclass(frozen=True, slots=True)
class KeptDay:
    """A kept day that can be compared with; is_review: it was kept for a review, once at least."""

    as_of: date
    is_review: bool = False


@dataclass(frozen=True, slots=True)
class KeptEnd:
    """The gaps of current customers of a kept day, with their intervals in points, to compare with."""

    as_of: date
    overall: Estimate | None
    functions: Mapping[int, Estimate]
    few: frozenset[int] = frozenset()  # functions with n_eff < 5: their interval alone may be shown
    is_review: bool = False

    def gap_of(self, function_id: int | None) -> Estimate | None:
        return self.overall if function_id is None else self.functions.get(function_id)

    def is_few(self, function_id: int | None) -> bool:
        """Whether the interval alone may be shown, of a function or (None) of the whole, of which no n_eff is kept: it
        counts as few where every function does."""
        return self.functions.keys() <= self.few if function_id is None else function_id in self.few


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """The overall gap of a kept date."""

    as_of: date
    overall: float
    lo: float
    hi: float
