"""Whether actions helped, from the evidence: worked out on every read, in words that say which half is missing."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from gap_scores.board import FEWEST_CONTACTS, FEWEST_CUSTOMERS
from improvements.action_models import Action, Confirmation
from improvements.action_selectors import confirmations_of, raisers_of
from metrics.chart_selectors import phase_days
from metrics.charting import MOST_POINTS, values_by_period
from metrics.levels import rows_between
from metrics.measured import WindowRow
from metrics.models import Metric
from metrics.wording import level_in_words
from scoring.effect import (
    FAIR_CHANCE,
    LEAST_AFTER,
    LEAST_BEFORE,
    Confirmed,
    Moved,
    Reply,
    Said,
    Shift,
    Verdict,
    confirmed,
    shift_after,
    verdict_of,
)
from scoring.felt import Direction
from scoring.rules import Signal
from scoring.units import UNITS
from web.templatetags.show import plain

BASELINE_DAYS = 1_100
# A month that is three days shorter than the cadence says is whole all the same.
SHORTER = {True: 3, False: 0}
MONTHLY = 28


@dataclass(frozen=True)
class Effect:
    """Both halves of an action that is done, and what follows. shift None: it names no metric."""

    shift: Shift | None
    confirmed: Confirmed
    metric: Metric | None
    contacts: int
    customers: int

    @property
    def verdict(self) -> Verdict:
        return verdict_of(self.shift.moved if self.shift else None, self.confirmed.said)

    @property
    def is_of_few(self) -> bool:
        """Whether so few people replied that only specialists may read how many said what."""
        return self.contacts < FEWEST_CONTACTS or self.customers < FEWEST_CUSTOMERS

    @property
    def metric_holds(self) -> bool:
        return self.shift is not None and self.shift.moved is Moved.BETTER

    @property
    def customers_hold(self) -> bool:
        return self.confirmed.said is Said.YES

    def metric_words(self, *, figures: bool = True) -> str:
        """Say what the metric shows; without figures for who may not see what was measured."""
        if self.shift is None or self.metric is None:
            return _("No metric is named, so no shift can be seen. Name the metric that should shift.")
        words = str(MOVED[self.shift.moved](self.shift))
        if not figures or self.shift.centre is None:
            return words
        levels = _("Before: %(level)s on average, n %(n)d.") % {
            "level": level_words(self.shift.centre, self.metric),
            "n": self.shift.before,
        }
        if self.shift.reached is not None:
            reached = level_words(self.shift.reached, self.metric)
            levels += " " + _("When the signal came: %(level)s.") % {"level": reached}
        return f"{words} {levels}"

    def told(self, *, names_few: bool) -> Said:
        """Return what somebody may read of the replies: of too few people only whether it is confirmed.

        'undecided' says that less than half of the asked weight confirms it, and so holds also where most deny it.
        """
        said = self.confirmed.said
        if names_few or not self.is_of_few:
            return said
        return {Said.YES: Said.YES, Said.NO: Said.UNDECIDED, Said.UNDECIDED: Said.UNDECIDED}.get(said, Said.TOO_FEW)

    def customer_words(self, *, figures: bool = True, names_few: bool = True) -> str:
        """Say what those who raised it say; without numbers where they are of too few people."""
        its = self.confirmed
        if self.is_of_few and not names_few:
            return str(OF_FEW[self.told(names_few=False)])
        words = str(SAID[its.said](its))
        if not figures or its.yes is None or its.no is None:
            return words
        shares = {"yes": percent(float(its.yes)), "no": percent(float(its.no)), "n": its.replies, "of": its.asked}
        return f"{words} " + _("Of the asked weight %(yes)s says yes and %(no)s no; %(n)d of %(of)d replied.") % shares

    @property
    def words(self) -> str:
        """The verdict in one sentence that names the missing half."""
        if self.verdict is Verdict.EFFECTIVE:
            return _("Effective: the metric shifted the right way, and those who raised it say that it is fixed.")
        start = _("Not effective") if self.verdict is Verdict.NOT_EFFECTIVE else _("Not shown yet")
        return f"{start}: {self.missing_words}."

    @property
    def missing_words(self) -> str:
        missing = []
        if not self.metric_holds:
            missing.append(_("the metric shows no lasting shift the right way"))
        if not self.customers_hold:
            missing.append(_("those who raised it have not confirmed it"))
        return _(", and ").join(missing)


def level_words(level: Decimal | Fraction | float, metric: Metric) -> str:
    """Return a level with its unit: one that somebody stated as it was, one that is worked out as pages round it."""
    unit = UNITS[metric.unit].short if metric.unit in UNITS else ""
    number = plain(level).replace("-", "\u2212") if isinstance(level, Decimal) else level_in_words(Fraction(level))
    return f"{number}\u00a0{unit}" if unit else number


def percent(share: float) -> str:
    return f"{100 * share:.0f}\u00a0%"


def signal_words(shift: Shift) -> str:
    if shift.signal is Signal.BEYOND_LIMIT:
        return _("a point beyond the limits from before")
    return _("eight points in a row on one side of the level from before")


def too_few_before(shift: Shift) -> str:
    said = ngettext(
        "The metric has %(n)d point before it was done; %(least)d are needed to know what was ordinary.",
        "The metric has %(n)d points before it was done; %(least)d are needed to know what was ordinary.",
        shift.before,
    )
    return said % {"n": shift.before, "least": LEAST_BEFORE}


def too_few_after(shift: Shift) -> str:
    said = ngettext(
        "The metric has %(n)d whole period since it is in effect; %(least)d are needed.",
        "The metric has %(n)d whole periods since it is in effect; %(least)d are needed.",
        shift.after,
    )
    return said % {"n": shift.after, "least": LEAST_AFTER}


MOVED: Mapping[Moved, Any] = {
    Moved.TOO_FEW_BEFORE: too_few_before,
    Moved.TOO_FEW_AFTER: too_few_after,
    Moved.NO_VARIATION: lambda shift: _(
        "The metric never varied before it was done, so nothing can be told from ordinary variation."
    ),
    Moved.NOT_YET: lambda shift: (
        _("The metric shows no shift yet in %(n)d periods; after %(fair)d it counts as missing.")
        % {"n": shift.after, "fair": FAIR_CHANCE}
    ),
    Moved.NO_SHIFT: lambda shift: _("The metric shows no shift in %(n)d periods.") % {"n": shift.after},
    Moved.WORSE: lambda shift: _("The metric shifted for the worse: %(signal)s.") % {"signal": signal_words(shift)},
    Moved.BETTER: lambda shift: _("The metric shifted for the better: %(signal)s.") % {"signal": signal_words(shift)},
    Moved.LOST: lambda shift: _("The metric shifted for the better, and the gain was lost again."),
}


def too_few_replies(its: Confirmed) -> str:
    said = ngettext(
        "%(n)d of those who raised it replied; %(needed)d replies are needed.",
        "%(n)d of those who raised it replied; %(needed)d replies are needed.",
        its.replies,
    )
    return said % {"n": its.replies, "needed": its.needed}


SAID: Mapping[Said, Any] = {
    Said.NOBODY_RAISED: lambda its: _("Nobody is known to have raised it, so nobody can confirm it."),
    Said.NOBODY_ASKED: lambda its: _("Nobody who raised it was asked yet whether it is fixed for them."),
    Said.NO_WEIGHT: lambda its: _(
        "Those who were asked are of customers that weigh 0, so their replies decide nothing."
    ),
    Said.TOO_FEW: too_few_replies,
    Said.UNDECIDED: lambda its: _("Less than half of the asked weight says that it is fixed."),
    Said.YES: lambda its: _("At least half of the asked weight says that it is fixed."),
    Said.NO: lambda its: _("More than half of the asked weight says that it is not fixed."),
}

# What is told of so few people that a number, or silence, would say who it was.
OF_FEW: Mapping[Said, Any] = {
    Said.YES: gettext_lazy("Confirmed by those who raised it."),
    Said.UNDECIDED: gettext_lazy("Not confirmed by those who raised it."),
    Said.TOO_FEW: gettext_lazy("Too few replied to tell."),
}


# ---- From the evidence


def effect_of(action: Action, *, today: date) -> Effect | None:
    return effects_of([action], today=today).get(action.pk)


def effects_of(actions: Sequence[Action], *, today: date) -> dict[int, Effect]:
    """Return how each action that is done stands; one that is not has none (3 queries, and 1 for each action)."""
    done = [action for action in actions if action.done_on is not None and action.done_on <= today]
    shifts = shifts_of(done, today=today)
    said: defaultdict[int, list[Confirmation]] = defaultdict(list)
    for row in confirmations_of(done) if done else ():
        said[row.action_id].append(row)
    return {
        action.pk: whole_effect(action, shifts.get(action.pk), counted_replies(action, said[action.pk], today))
        for action in done
    }


def whole_effect(action: Action, shift: Shift | None, rows: list[Confirmation]) -> Effect:
    replied = [row for row in rows if row.is_fixed is not None]
    return Effect(
        shift=shift,
        confirmed=confirmed(raisers_of(action).count(), [reply_of(row) for row in rows]),
        metric=action.metric,
        contacts=len({row.contact_id for row in replied}),
        customers=len({reply_of(row).customer for row in replied}),
    )


def counted_replies(action: Action, rows: Iterable[Confirmation], today: date) -> list[Confirmation]:
    """Return one row a person: the newest reply since it is in effect, else that the person was asked since."""
    newest: dict[int, Confirmation] = {}
    for row in sorted(rows, key=lambda each: (each.is_fixed is not None, each.said_on or each.asked_on, each.pk)):
        counts_from = row.said_on or row.asked_on
        if action.done_on is not None and action.done_on <= counts_from <= today:
            newest[row.contact_id] = row
    return list(newest.values())


def reply_of(row: Confirmation) -> Reply:
    customer = row.contact.customer.merged_into or row.contact.customer
    return Reply(customer.pk, customer.weight, row.is_fixed)


def shifts_of(actions: Sequence[Action], *, today: date) -> dict[int, Shift]:
    """Return what the metric of each action shows since it is done (2 queries, more with derived metrics)."""
    measured = {action.metric_id: action.metric for action in actions if action.metric is not None}
    if not measured:
        return {}
    first = min(action.done_on for action in actions if action.done_on and action.metric_id)
    after = date.fromordinal(max(1, first.toordinal() - BASELINE_DAYS))
    rows: defaultdict[int, list[WindowRow]] = defaultdict(list)
    for row in rows_between(metrics=list(measured.values()), after=after, until=today):
        rows[row.metric].append(row)
    phases = phase_days([metric for metric in measured if metric])
    return {
        action.pk: shift_of(action.metric, rows[action.metric.pk], action.done_on, phases.get(action.metric.pk, ()))
        for action in actions
        if action.metric is not None and action.done_on is not None
    }


def shift_of(metric: Metric, rows: Sequence[WindowRow], done_on: date, phases: Sequence[date]) -> Shift:
    """Compare the periods that ended before an action was done with those that began since.

    The period in which it was done is neither. The old level begins where limits were named last before it.
    """
    begins = max((day for day in phases if day < done_on), default=date.min)
    whole_from = done_on + timedelta(days=metric.cadence_days - 1 - SHORTER[metric.cadence_days >= MONTHLY])
    before: list[float | None] = []
    since: list[float | None] = []
    side = before
    for ends_on, value in values_by_period(metric, rows):
        if ends_on is None:
            side.append(None)
        elif begins <= ends_on < done_on:
            before.append(value)
        elif ends_on >= whole_from:
            side = since
            since.append(value)
    return shift_after(before[-MOST_POINTS:], since, Direction(metric.direction))
