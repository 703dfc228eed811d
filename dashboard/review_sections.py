"""What a management review has before it: one section for each input, from the kept day and from what is known today.

Every section says what every member may read, whoever looks, because that is what is frozen.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dashboard.change_page import Compared
from dashboard.circle_page import CirclePage, circle_page
from dashboard.finding_list import stands
from dashboard.findings import KINDS, SEVERITIES, Finding, all_findings
from dashboard.gap_view import GapView
from dashboard.initiative_list import InitiativeLine, answer_of, lines_of
from dashboard.loss_page import LossPage, loss_page
from dashboard.metric_list import AT_ONCE, WANTED_SHARE
from dashboard.metric_marks import MetricMarks, metric_marks
from dashboard.report_writing import EVERYBODY, change_before, wanted_on
from dashboard.sentences import metrics_answer
from dashboard.words import counted, sentence, share_words
from functions.models import Program
from gap_scores.models import Snapshot
from gap_scores.selectors import kept_on, read_board
from improvements.action_models import OPEN, Action, Stage
from improvements.action_page import is_overdue
from improvements.action_selectors import listed_actions
from improvements.initiative_models import Initiative
from improvements.judging import Judge
from improvements.review_models import Review
from improvements.reviews import actions_of_decisions, decisions_of, review_before
from improvements.verdict_words import money_words
from metrics.models import Metric
from scoring.charts import Assurance
from scoring.waterfall import Cause
from web.templatetags.show import day_words, fixed

CONTEXT = (Cause.DEFINITIONS, Cause.WEIGHTS, Cause.REGISTER)
DECIDED = (Initiative.State.DECIDED_FOR, Initiative.State.RUNNING)
MOST_NAMED = 3
FEWEST_LOSSES = 3  # below so many their value would be that of a customer who can be guessed
Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """One input: its question, the sentence that answers it, and a table; url: the page that says more.

    heads: what stands over the columns, the first one names the rows.
    """

    key: str
    question: str
    answer: str
    heads: Row = ()
    rows: Sequence[Row] = ()
    url: str = ""


@dataclass(frozen=True)
class Inputs:
    """What several sections read, each once."""

    review: Review
    program: Program | None
    today: date

    @property
    def currency(self) -> str:
        return self.program.currency if self.program else ""

    @cached_property
    def snapshot(self) -> Snapshot:
        """What counts of the kept day, which may have been kept again meanwhile."""
        return kept_on(self.review.snapshot.as_of)

    @cached_property
    def circle(self) -> CirclePage:
        return circle_page(wanted=wanted_on(self.review.snapshot.as_of), access=EVERYBODY, program=self.program)

    @cached_property
    def change(self) -> Compared | None:
        return change_before(self.snapshot, EVERYBODY)

    @cached_property
    def losses(self) -> LossPage:
        return loss_page(program=self.program)

    @cached_property
    def actions(self) -> list[Any]:
        rows: Any = listed_actions(EVERYBODY, today=self.today)
        return list(rows.values_list("stage", "is_overdue", "is_repeat", named=True))

    @cached_property
    def findings(self) -> list[Finding]:
        """What stands, without what so few customers said that only specialists may read it."""
        found = (each for each in all_findings(today=self.today) if stands(each, self.today))
        return [each for each in found if not each.is_private]

    @cached_property
    def marks(self) -> list[MetricMarks]:
        """How the metrics in use stood on the kept day."""
        metrics = list(Metric.objects.filter(is_active=True).order_by("pk"))
        wanted = self.program.wanted_share if self.program else WANTED_SHARE
        as_of = self.review.snapshot.as_of
        its = metric_marks(metrics, access=EVERYBODY, as_of=as_of, wanted_share=wanted, at_once=AT_ONCE)
        return [its[each.pk] for each in metrics]

    @cached_property
    def initiatives(self) -> list[InitiativeLine]:
        return lines_of(Judge(read_board(), self.program))

    def count(self, kind: str) -> int:
        return sum(each.kind == kind for each in self.findings)


# ---- What was decided before, and what is different now


def how_far(actions: Sequence[Action], today: date) -> str:
    """Say how far a decision is."""
    if not actions:
        return _("no action of it yet")
    late = _("%(stage)s, overdue")
    return "; ".join(
        str(late % {"stage": each.get_stage_display()} if is_overdue(each, today) else each.get_stage_display())
        for each in actions
    )


def before(its: Inputs) -> Section:
    earlier = review_before(its.review)
    question = _("What became of the decisions of the review before?")
    if earlier is None:
        return Section("before", question, _("This is the first review that is kept."))
    decisions = decisions_of(earlier)
    actions = actions_of_decisions([each.pk for each in decisions], EVERYBODY)
    acted = [each for each in decisions if each.pk in actions]
    good = [each for each in acted if all(one.stage == Stage.EFFECTIVE for one in actions[each.pk])]
    said = _("‘%(title)s’ decided nothing.") % {"title": earlier.title}
    if decisions:
        of = counted_of(len(acted), len(decisions), "decision")
        said = f"{of} of ‘{earlier.title}’ became actions; {len(good)} shown effective."
    rows = [
        (
            each.sentence,
            str(each.responsible or ""),
            day_words(each.due_on) if each.due_on else "",
            how_far(actions.get(each.pk, ()), its.today),
        )
        for each in decisions
    ]
    heads = (_("Decision"), _("Responsible"), _("Due"), _("How far"))
    return Section("before", question, said, heads, rows, reverse("review_detail", args=[earlier.pk]))


def context(its: Inputs) -> Section:
    question, change = _("What changed around us and in how we measure?"), its.change
    if change is None:
        return Section("context", question, _("No earlier day is kept to compare with."))
    sides = change.its.sides
    url = reverse("kept_change", query={"then": str(sides[0].as_of), "now": str(sides[1].as_of)})
    rows = [
        (line.words, line.points_words, line.about)
        for line, part in zip(change.lines, change.its.split.parts if change.its.split else (), strict=True)
        if part.cause in CONTEXT
    ]
    since = _("Since %(day)s: %(answer)s.") % {"day": day_words(sides[0].as_of), "answer": change.answer}
    return Section("context", question, since, (_("What changed"), _("Points of gap"), _("That is")), rows, url)


# ---- How customers are served


def counted_of(part: int, whole: int, noun: str) -> str:
    """Return '1 of 2 decisions': figures, as they stand beside figures."""
    return f"{part} of {whole} {noun}{'' if whole == 1 else 's'}"


def gap_words(gap: GapView | None, why: str) -> str:
    return gap.words if gap else why


def customers(its: Inputs) -> Section:
    page, losses = its.circle, its.losses
    rows: list[Row] = []
    if page.board.overall:
        rows.append(
            (_("Overall"), fixed(page.board.overall.gap, 1), gap_words(page.overall, ""), n_words(page.overall))
        )
    dots = [line for line in page.by_points if line.row.points]
    rows += [
        (line.row.name, fixed(line.row.points, 1), gap_words(line.gap, line.why_none), n_words(line.gap))
        for line in dots[:MOST_NAMED]
    ]
    rows += [
        (line.row.statement, fixed(line.row.points, 1), gap_words(line.gap, ""), n_words(line.gap))
        for line in page.top[:MOST_NAMED]
        if line.row.points
    ]
    heads = (_("Whole, worst dots, worst requirements"), _("Points"), _("Gap"), _("n_eff"))
    url = f"{reverse('circle')}?as_of={its.review.snapshot.as_of}"
    question = _("What do customers tell us, and where do they get less than they need?")
    return Section("customers", question, f"{page.answer} {lost_words(losses)}", heads, rows, url)


def n_words(gap: GapView | None) -> str:
    return fixed(gap.n_eff, 0) if gap else ""


def lost_words(losses: LossPage) -> str:
    count = len(losses.assessed)
    if not count:
        return _("No loss of a customer is assessed.")
    customers = len({each.customer_id for each in losses.assessed})
    said = f"{counted(count, 'loss', 'losses')} of customers {'is' if count == 1 else 'are'} assessed"
    if customers < FEWEST_LOSSES:
        return sentence(f"{said}.")
    without = losses.without_value
    more = f"; the value of {without} is not known" if without else ""
    return sentence(f"{said}, worth {money_words(losses.value, losses.currency)} a year{more}.")


def objectives(its: Inputs) -> Section:
    count = Counter(each.assurance for each in its.marks)
    known = sum(count[each] for each in Assurance)
    met = count[Assurance.WILL]
    said = _("No metric can be held against a level that customers need.")
    if known:
        of, share = counted_of(met, known, "metric"), share_words(met / known)
        said = f"{of} with a known level stay{'s' if known == 1 else ''} where customers need it, {share}."
    rows = [
        (_("stays on the customers' level"), str(met)),
        (_("sometimes misses it"), str(count[Assurance.MAY])),
        (_("misses it"), str(count[Assurance.WILL_NOT])),
        (_("not known: no chart, or nobody stated a level"), str(count[None])),
        (_("has a target that is looser than customers need"), str(its.count("looser"))),
    ]
    question = _("Are the objectives met, as customers mean them?")
    return Section("objectives", question, said, (_("Metrics"), _("Count")), rows, reverse("metric_list"))


# ---- How we work


def processes(its: Inputs) -> Section:
    signals = [each.signal for each in its.marks]
    melons = its.count("watermelon")
    rows = [
        (_("signal for the worse"), str(signals.count("worse"))),
        (_("signal for the better"), str(signals.count("better"))),
        (_("no signal"), str(signals.count("none"))),
        (_("too few measurements for a chart, or more than a list reads"), str(signals.count(""))),
        (_("requirements on target that customers do not feel"), str(melons)),
    ]
    heads = (_("Newest points of the charts"), _("Count"))
    question = _("How do the processes run?")
    return Section("processes", question, metrics_answer(signals, ()), heads, rows, reverse("metric_list"))


def nonconformities(its: Inputs) -> Section:
    stages = Counter(each.stage for each in its.actions)
    under_way = sum(stages.get(each, 0) for each in OPEN)
    late = sum(each.is_overdue for each in its.actions)
    repeats = sum(each.is_repeat for each in its.actions)
    rows = [(str(label), str(stages[key])) for key, label in Stage.choices if key in stages]
    rows += [(_("overdue"), str(late)), (_("repeats of a problem that was finished"), str(repeats))]
    said = _("No action was begun.")
    if its.actions:
        said = sentence(
            f"{counted(under_way, 'action')} {'is' if under_way == 1 else 'are'} open, {late} of them overdue; "
            f"{stages.get(Stage.EFFECTIVE, 0)} shown effective, {stages.get(Stage.NOT_EFFECTIVE, 0)} not, "
            f"{stages.get(Stage.REOPENED, 0)} reopened."
        )
    question = _("What went wrong, and does what we did about it help?")
    return Section("nonconformities", question, said, (_("Actions"), _("Count")), rows, reverse("action_list"))


def monitoring(its: Inputs) -> Section:
    page = its.circle
    silent, late = len(page.board.unscored), its.count("late")
    rows = [
        (
            line.name,
            share_words(line.share),
            share_words(line.heard),
            f"{line.region.heard_customers} of {line.region.customers}",
        )
        for line in page.heard
    ]
    heads = (_("Region"), _("Share of value"), _("Heard of that"), _("Customers"))
    said = f"{page.heard_answer} " + sentence(
        f"{counted(silent, 'requirement')} without a score; {counted(late, 'metric')} late."
    )
    question = _("What did we hear and measure, and what not?")
    return Section("monitoring", question, said, heads, rows, reverse("circle"))


def suppliers(its: Inputs) -> Section:
    page = its.circle
    rows = [(line.row.name, line.reached, line.bottleneck) for line in page.by_points if line.reached]
    heads = (_("Function"), _("What reaches customers through it"), _("Bottleneck"))
    question = _("What do suppliers inside the circle pass on?")
    return Section("suppliers", question, f"{page.collapse.answer}.", heads, rows, reverse("circle"))


# ---- What is to come


def resources(its: Inputs) -> Section:
    lines = its.initiatives
    states = Counter(line.row.state for line in lines)
    unknown = sum(line.cost.money is None for line in lines)
    decided = [line for line in lines if line.row.state in DECIDED]
    money = sum((line.cost.money or 0 for line in decided), 0)
    said = _("No initiative is proposed, so nothing is known of what is needed.")
    if lines:
        said = f"{counted_of(states[Initiative.State.PROPOSED], len(lines), 'initiative')} proposed"
        spent = _("what is decided for or runs costs %(money)s in its first year")
        said += f"; {spent % {'money': money_words(money, its.currency)} if decided else _('none is decided for')}."
        said += f" Of {unknown} the cost is not known." if unknown else ""
    rows = [(str(label), str(states[key])) for key, label in Initiative.State.choices if states[key]]
    rows += [(_("cost not known"), str(unknown))] if lines else []
    question = _("Are the resources adequate?")
    return Section("resources", question, said, (_("Initiatives"), _("Count")), rows, reverse("initiative_list"))


def risks(its: Inputs) -> Section:
    by_kind = Counter((each.severity, each.kind) for each in its.findings)
    rows = [
        (each.word, str(KINDS[kind][0]), str(count))
        for (each, kind), count in sorted(by_kind.items(), key=lambda pair: (-pair[0][0], -pair[1], pair[0][1]))
    ]
    count = Counter(each.severity for each in its.findings)
    said = _("Nothing in the program contradicts itself.")
    if its.findings:
        parts = ", ".join(f"{count[key]} {word}" for key, word in SEVERITIES.items())
        said = sentence(f"{counted(len(its.findings), 'finding')} stand: {parts}.")
    question = _("Which risks does the program see?")
    return Section("risks", question, said, (_("Severity"), _("Finding"), _("Count")), rows, reverse("finding_list"))


def opportunities(its: Inputs) -> Section:
    proposed = [
        (line, line.gain)
        for line in its.initiatives
        if line.row.state == Initiative.State.PROPOSED and line.serves and line.gain
    ]
    best = sorted(proposed, key=lambda each: (-(each[0].per_100k or 0.0), -each[1].points, each[0].row.name))
    rows = [
        (
            line.row.name,
            f"{fixed(gain.points, 1)} ({fixed(gain.lo, 1)} to {fixed(gain.hi, 1)})",
            money_words(line.cost.money, its.currency) if line.cost.money is not None else _("not known"),
            fixed(line.per_100k, 2) if line.per_100k is not None else "",
        )
        for line, gain in best[:MOST_NAMED]
    ]
    heads = (_("Initiative"), _("Points alone"), _("First year"), _("Points per 100k"))
    question = _("Where would the next money do most for customers?")
    return Section(
        "opportunities", question, answer_of(its.initiatives, its.currency), heads, rows, reverse("portfolio")
    )


SECTIONS: dict[str, tuple[Any, Callable[[Inputs], Section]]] = {
    "before": (gettext_lazy("The review before"), before),
    "context": (gettext_lazy("Changes in context"), context),
    "customers": (gettext_lazy("Customers"), customers),
    "objectives": (gettext_lazy("Objectives"), objectives),
    "processes": (gettext_lazy("Processes"), processes),
    "nonconformities": (gettext_lazy("Nonconformities and actions"), nonconformities),
    "monitoring": (gettext_lazy("Listening and measuring"), monitoring),
    "suppliers": (gettext_lazy("Suppliers inside the circle"), suppliers),
    "resources": (gettext_lazy("Resources"), resources),
    "risks": (gettext_lazy("Risks"), risks),
    "opportunities": (gettext_lazy("Opportunities"), opportunities),
}


def sections_of(its: Inputs) -> list[Section]:
    return [find(its) for _label, find in SECTIONS.values()]
