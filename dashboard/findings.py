"""Every inconsistency of the program: what is not known, what contradicts itself, what nobody looks after.

Each kind is one function that reads what it needs and yields what it found. Nothing is stored but what was put aside.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import IntEnum
from functools import cached_property
from typing import Any

from django.db.models import Exists, F, Min, OuterRef, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from dashboard.clocks_panel import STILL_DAYS
from dashboard.drawing.bands import Band
from dashboard.gap_view import edges_of
from dashboard.sentences import watermelon
from dashboard.words import level_words, share_words
from functions.models import Function, Membership
from functions.selectors import program
from gap_scores.board import Board, RequirementRow, TargetView
from gap_scores.selectors import read_board, read_targets
from gap_scores.showing import hidden_among
from improvements.action_selectors import left_alone, requirements_acted_on
from improvements.findings import asides
from improvements.models import FindingAside
from interviews.coding_figures import agreement_by_code, done_readings
from interviews.involvement import stage_lines
from interviews.models import Answer, Coding
from interviews.progress import cell_of, heard_in, planned_rounds
from interviews.workbench import uncoded
from metrics.models import Kind, Metric, MetricLink
from metrics.pull_selectors import failing_sources
from metrics.selectors import Cadence, metric_rows
from requirements_catalog.models import Requirement, ScaleVersion

# A draft or a word waits for a fortnight before it is a finding, a metric for three rhythms before it is severe.
WAITS = timedelta(days=14)
RHYTHMS = 3
NEARLY = 0.1  # of weight


# By what the key of a finding is a number of.
ABOUT_REQUIREMENTS = frozenset(("watermelon", "looser", "unheard", "unmeasured", "scales", "coder"))
ABOUT_METRICS = frozenset(("late", "idle"))
# What customers said of whom there may be too few.
TELLS_WHAT_WAS_SAID = frozenset(("looser", "watermelon", "unacted"))


class Severity(IntEnum):
    SEVERE = 3
    NOTABLE = 2
    MINOR = 1

    @property
    def word(self) -> str:
        return str(SEVERITIES[self])


SEVERITIES = {
    Severity.SEVERE: gettext_lazy("severe"),
    Severity.NOTABLE: gettext_lazy("notable"),
    Severity.MINOR: gettext_lazy("minor"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One inconsistency. `about`: what it is of; `fix`: the words of the link that mends it; points of its requirement.

    `key` stays the same from day to day: by it a finding is put aside.
    """

    kind: str
    key: str
    severity: Severity
    about: str
    said: str
    url: str
    fix: str
    function_id: int | None = None
    function: str = ""
    since: date | None = None
    points: float | None = None
    is_of_few: bool = False  # it says what so few customers said that only specialists may read it
    aside: FindingAside | None = None

    @property
    def pk(self) -> str:
        return self.key

    @property
    def kind_word(self) -> str:
        return str(KINDS[self.kind][0])

    @property
    def is_private(self) -> bool:
        """Whether only specialists may know that it stands: what so few said is what it tells."""
        return self.is_of_few and self.kind in TELLS_WHAT_WAS_SAID

    @property
    def act_url(self) -> str:
        """The form of an action with what this finding knows filled in; '' where it is about an action already."""
        if self.kind in {"overdue", "still", "unacted"}:
            return ""
        noun = "requirement" if self.kind in ABOUT_REQUIREMENTS else "metric" if self.kind in ABOUT_METRICS else ""
        number = self.key.partition(":")[2]
        named = {noun: number} if noun and number.isdecimal() else {}
        if not named and self.function_id:
            named = {"function": str(self.function_id)}
        # Everybody reads a title, so no figure stands in it; what is wrong is read by those who work on it.
        title = self.about if self.is_private else f"{self.about}: {self.kind_word}"
        problem = {} if self.is_private else {"problem": str(self.said)}
        return reverse("action_create", query={"finding": self.key, **named, "title": title, **problem})


@dataclass(frozen=True)
class Seen:
    """What several kinds read."""

    board: Board
    today: date

    @cached_property
    def rows(self) -> dict[int, RequirementRow]:
        return {row.requirement_id: row for row in (*self.board.requirements, *self.board.unscored)}

    @cached_property
    def hidden(self) -> set[int]:
        """Requirements of which only specialists may read what customers said: of so few people it was."""
        few = {row.requirement_id for row in self.board.unscored if row.too_few and row.counts.heard}
        return few | hidden_among(self.board.requirements)

    def about(self, requirement_id: int) -> dict[str, Any]:
        """Return what a finding of a requirement says of it."""
        row = self.rows[requirement_id]
        return {
            "about": f"{row.reference} {row.statement}",
            "function_id": row.owner_id,
            "function": row.owner,
            "points": row.points,
            "is_of_few": requirement_id in self.hidden,
        }

    def of_metric(self, metric: Metric) -> dict[str, Any]:
        return {"about": metric.name, "function_id": metric.function_id, "function": metric.function.name}


Found = Iterator[Finding]


def unheard_requirements(its: Seen) -> Found:
    for row in its.board.unscored:
        yield Finding(
            "unheard", f"unheard:{row.requirement_id}", Severity.NOTABLE,
            said=_("Nobody was heard about it, so it has no gap. That is not the same as served."),
            url=reverse("requirement_detail", args=[row.requirement_id]), fix=_("Plan an interview"),
            **its.about(row.requirement_id),
        )  # fmt: skip
    for row in its.board.requirements:
        if row.is_stale:
            yield Finding(
                "unheard", f"unheard:{row.requirement_id}", Severity.MINOR,
                said=_("Nobody was heard about it for two half-lives: what is known of it has faded."),
                url=reverse("requirement_detail", args=[row.requirement_id]), fix=_("Plan an interview"),
                since=row.counts.newest_on, **its.about(row.requirement_id),
            )  # fmt: skip


def unmeasured_levels(its: Seen) -> Found:
    measuring = MetricLink.objects.filter(role=MetricLink.Role.MEASURES, metric__is_active=True)
    measured = set(measuring.values_list("requirement_id", flat=True))
    for row in its.rows.values():
        if row.has_scale and row.requirement_id not in measured:
            yield Finding(
                "unmeasured", f"unmeasured:{row.requirement_id}", Severity.NOTABLE,
                said=_("Customers state the level that they need, and no metric measures ours."),
                url=f"{reverse('starter_list')}?attribute={row.attribute_id}", fix=_("Pick a metric"),
                **its.about(row.requirement_id),
            )  # fmt: skip


def late_metrics(its: Seen) -> Found:
    metrics = Metric.objects.filter(is_active=True).select_related("function")
    for row in metric_rows(metrics, today=its.today):
        is_derived = row.metric.kind == Kind.DERIVED
        said = _("It has no value yet.") if is_derived else _("It was never measured.")
        severity, since = Severity.NOTABLE, None
        if row.cadence == Cadence.OLD and row.newest_on is not None:
            since = row.newest_on + timedelta(days=row.metric.cadence_days + row.metric.grace_days)
            late = (its.today - since).days
            said = ngettext("Its measurement is %(n)d day late.", "Its measurement is %(n)d days late.", late)
            said %= {"n": late}
            if late > RHYTHMS * row.metric.cadence_days:
                severity = Severity.SEVERE
        elif row.cadence != Cadence.NEVER:
            continue
        # Nobody enters what is worked out: its page says which of its numbers is old or missing.
        url = reverse("metric_detail" if is_derived else "measurement_create", args=[row.pk])
        yield Finding(
            "late", f"late:{row.pk}", severity, said=said, since=since, url=url,
            fix=_("See what is missing") if is_derived else _("Enter a measurement"), **its.of_metric(row.metric),
        )  # fmt: skip


def failing_pulls(its: Seen) -> Found:
    for source in failing_sources():
        yield Finding(
            "pull", f"pull:{source.pk}", Severity.NOTABLE,
            said=_("Its source '%(name)s' has given nothing %(n)d times in a row.")
            % {"name": source.name, "n": source.failures},
            url=reverse("source_detail", args=[source.pk]), fix=_("See why"),
            since=day_of(source.failing_since) if source.failing_since else None, **its.of_metric(source.metric),
        )  # fmt: skip


def idle_metrics(its: Seen) -> Found:
    for metric in Metric.objects.filter(is_active=True, links=None).select_related("function"):
        yield Finding(
            "idle", f"idle:{metric.pk}", Severity.MINOR,
            said=_("It serves no requirement: nobody outside asked for it."),
            url=reverse("metric_link_create", args=[metric.pk]), fix=_("Link it to a requirement"),
            **its.of_metric(metric),
        )  # fmt: skip


def suspect_links(its: Seen) -> Found:
    links = list(
        MetricLink.objects.suspect().filter(requirement__in=its.rows).select_related("metric__function", "requirement")
    )
    changed_at = {
        model: {
            (pk, version): at
            for pk, version, at in model.history.filter(id__in=ids)
            .order_by()
            .values_list("id", "version")
            .annotate(at=Min("history_date"))
        }
        for model, ids in (
            (Requirement, [link.requirement_id for link in links]),
            (Metric, [link.metric_id for link in links]),
        )
        if links
    }
    for link in links:
        measures = link.role == MetricLink.Role.MEASURES
        moments = (
            changed_at[Requirement].get((link.requirement_id, link.requirement_version + 1)),
            changed_at[Metric].get((link.metric_id, link.metric_version + 1)),
        )
        about = its.about(link.requirement_id)
        yield Finding(
            "suspect", f"suspect:{link.pk}", Severity.NOTABLE if measures else Severity.MINOR,
            said=_("It or '%(metric)s' has changed, and nobody has said yet whether they still fit.")
            % {"metric": link.metric.name},
            url=reverse("metric_link_affirm", args=[link.pk]), fix=_("Look at the link"),
            since=min((day_of(at) for at in moments if at), default=None),
            about=about["about"], points=about["points"], is_of_few=about["is_of_few"],
            function_id=link.metric.function_id, function=link.metric.function.name,
        )  # fmt: skip


def day_of(at: datetime) -> date:
    return timezone.localtime(at).date()


def looser_targets(its: Seen) -> Found:
    """Customer before internal: a target that would serve too few of them."""
    for each in read_targets():
        row = its.rows.get(each.requirement_id)
        if row is None or not each.is_looser:
            continue
        words = {
            "target": level_words(each.target, row.unit),
            "served": share_words(each.share_at_target),
            "level": level_words(each.wanted_level, row.unit),
            "wanted": share_words(each.wanted_share),
        }
        yield Finding(
            "looser", f"looser:{each.requirement_id}", severity_of_target(each),
            said=_("Our target of %(target)s serves %(served)s of customers; %(level)s serves %(wanted)s.") % words,
            url=reverse("requirement_detail", args=[each.requirement_id]), fix=_("See the curve"),
            **its.about(each.requirement_id),
        )  # fmt: skip


def severity_of_target(each: TargetView) -> Severity:
    """A target that nearly serves the wanted share is no grave one."""
    missing = each.wanted_share - (each.share_at_target or 0.0)
    return Severity.SEVERE if missing > NEARLY else Severity.NOTABLE


def watermelons(its: Seen) -> Found:
    for each in read_targets():
        row = its.rows.get(each.requirement_id)
        said = row and watermelon(row, each)
        if said:
            yield Finding(
                "watermelon", f"watermelon:{each.requirement_id}", Severity.SEVERE, said=said,
                url=reverse("requirement_detail", args=[each.requirement_id]), fix=_("Ask customers what they see"),
                **its.about(each.requirement_id),
            )  # fmt: skip


def unheard_strata(its: Seen) -> Found:
    wave = planned_rounds().filter(starts_on__lte=its.today).first()
    if wave is None:
        return
    divided_by = wave.plan.divided_by
    heard = {each.cell for each in heard_in(wave, divided_by=divided_by)}
    targets = wave.plan.targets.filter(target__gt=0).values_list("lifecycle", "industry", "region", "size_band")
    cells = [cell_of(cell, divided_by) for cell in targets]
    holes = [cell for cell in cells if cell not in heard]
    if holes:
        words = {"n": len(holes), "of": len(cells), "round": wave.name}
        yield Finding(
            "strata", f"strata:{wave.pk}", Severity.SEVERE if 4 * len(holes) > len(cells) else Severity.NOTABLE,
            about=wave.name, said=_("%(n)d of %(of)d strata of %(round)s have no voice.") % words,
            url=reverse("round_coverage", args=[wave.pk]), fix=_("See who to ask next"), since=wave.starts_on,
        )  # fmt: skip


def empty_stages(_its: Seen) -> Found:
    for line in stage_lines():
        if line.is_empty:
            words = {"stage": line.stage.label, "product": line.product.name}
            yield Finding(
                "stage", f"stage:{line.product.pk}:{line.stage}", Severity.NOTABLE, about=line.product.name,
                said=_("No customer took part in the stage '%(stage)s' of %(product)s.") % words,
                url=reverse("involvement_list"), fix=_("Plan their part"),
            )  # fmt: skip


def functions_without_head(its: Seen) -> Found:
    heads = Membership.objects.filter(function=OuterRef("pk"), role=Membership.Role.HEAD, user__is_active=True)
    for function in Function.objects.filter(~Exists(heads), is_active=True):
        yield Finding(
            "headless", f"headless:{function.pk}", Severity.NOTABLE, about=function.name,
            said=_("Nobody heads this function, so nobody answers for its dot."),
            url=reverse("function_detail", args=[function.pk]), fix=_("Find a head"),
            function_id=function.pk, function=function.name,
        )  # fmt: skip


def waiting_requirements(its: Seen) -> Found:
    last = Requirement.history.filter(id=OuterRef("pk")).order_by("-history_date").values("history_date")[:1]
    waiting = list(
        Requirement.objects.filter(state__in=("draft", "review"), merged_into=None)
        .select_related("owner")
        .annotate(last_at=Subquery(last))
    )
    for each in waiting:
        if each.last_at is None or day_of(each.last_at) > its.today - WAITS:
            continue
        in_review = each.state == Requirement.State.REVIEW
        yield Finding(
            "waiting", f"waiting:{each.pk}", Severity.NOTABLE if in_review else Severity.MINOR, about=str(each),
            said=_("It waits for an approval.") if in_review else _("It is a draft that nobody goes on with."),
            url=reverse("requirement_state", args=[each.pk]), fix=_("Decide"), since=day_of(each.last_at),
            function_id=each.owner_id, function=each.owner.name if each.owner else "",
        )  # fmt: skip


def mixed_scales(its: Seen) -> Found:
    """Answers on an earlier scale that no factor carries over: they count as unknown."""
    earlier = Answer.objects.filter(
        requirement=OuterRef("requirement"),
        scale_version__version__lt=OuterRef("version"),
        required_level__isnull=False,
    )
    broken = ScaleVersion.objects.filter(
        Exists(earlier),
        version__gt=1,
        factor_numerator=None,
        requirement__in=its.rows,
        requirement__current_scale=F("pk"),
    )
    for scale in broken:
        yield Finding(
            "scales", f"scales:{scale.requirement_id}", Severity.MINOR,
            said=_("Levels stated before its scale changed count as unknown: no factor carries them over."),
            url=reverse("requirement_history", args=[scale.requirement_id]), fix=_("See its scales"),
            since=day_of(scale.created_at), **its.about(scale.requirement_id),
        )  # fmt: skip


def unread_words(its: Seen) -> Found:
    old = uncoded().filter(interview__held_on__lte=its.today - WAITS)
    oldest = old.aggregate(day=Min("interview__held_on"))["day"]
    if oldest is not None:
        yield Finding(
            "uncoded", "uncoded:all", Severity.MINOR, about=_("Words"),
            said=_("Words that are older than a fortnight were read by no coder."),
            url=reverse("word_list"), fix=_("Code them"), since=oldest,
        )  # fmt: skip


def second_coders(its: Seen) -> Found:
    if not done_readings().exists():
        if Coding.objects.exists():
            yield Finding(
                "coder", "coder:none", Severity.MINOR, about=_("Words"),
                said=_("No second coder has read any word, so nobody knows how far the codes can be trusted."),
                url=reverse("word_reading_list"), fix=_("Draw a sample"),
            )  # fmt: skip
        return
    for (noun, pk), agreement in agreement_by_code().items():
        if noun == "requirement" and agreement.is_low and pk in its.rows:
            yield Finding(
                "coder", f"coder:{pk}", Severity.NOTABLE,
                said=_("Two coders do not agree on what belongs to it: its rule needs to be sharpened."),
                url=reverse("code_rule_requirement", args=[pk]), fix=_("Sharpen the rule"), **its.about(pk),
            )  # fmt: skip


def severe_gaps_without_action(its: Seen) -> Found:
    edges, acted = edges_of(program()), requirements_acted_on()
    for row in its.board.requirements:
        if row.score and edges.band(row.score.gap) is Band.SEVERE and row.requirement_id not in acted:
            yield Finding(
                "unacted", f"unacted:{row.requirement_id}", Severity.NOTABLE,
                said=_("Its gap is severe, and no action is under way."),
                url=reverse("action_create", query={"requirement": row.requirement_id}), fix=_("Begin an action"),
                **its.about(row.requirement_id),
            )  # fmt: skip


def actions_left_alone(its: Seen) -> Found:
    for action, acted in left_alone(today=its.today):
        late = (its.today - action.due_on).days if acted.is_overdue and action.due_on else 0
        still = (its.today - acted.newest_on).days
        if not late and still <= STILL_DAYS:
            continue
        said = ngettext("It is overdue by %(n)d day.", "It is overdue by %(n)d days.", late) % {"n": late}
        if not late:
            said = _("Nothing has moved on it for %(n)d days.") % {"n": still}
        yield Finding(
            "overdue" if late else "still", f"{'overdue' if late else 'still'}:{action.pk}",
            Severity.SEVERE if late > STILL_DAYS else Severity.NOTABLE, about=action.title, said=said,
            url=reverse("action_detail", args=[action.pk]), fix=_("Move it on"),
            since=action.due_on if late else acted.newest_on,
            function_id=action.function_id, function=action.function.name,
        )  # fmt: skip


KINDS: Mapping[str, tuple[Any, Callable[[Seen], Found]]] = {
    "watermelon": (gettext_lazy("on target, not felt"), watermelons),
    "looser": (gettext_lazy("target looser than customers"), looser_targets),
    "strata": (gettext_lazy("strata unheard"), unheard_strata),
    "unheard": (gettext_lazy("requirement unheard"), unheard_requirements),
    "unmeasured": (gettext_lazy("level not measured"), unmeasured_levels),
    "late": (gettext_lazy("measurement late"), late_metrics),
    "pull": (gettext_lazy("source fails"), failing_pulls),
    "suspect": (gettext_lazy("suspect link"), suspect_links),
    "stage": (gettext_lazy("nobody involved"), empty_stages),
    "headless": (gettext_lazy("no head"), functions_without_head),
    "waiting": (gettext_lazy("waits for a decision"), waiting_requirements),
    "scales": (gettext_lazy("scales mixed"), mixed_scales),
    "coder": (gettext_lazy("no second coder"), second_coders),
    "uncoded": (gettext_lazy("words uncoded"), unread_words),
    "idle": (gettext_lazy("metric serves nothing"), idle_metrics),
    "unacted": (gettext_lazy("severe gap without an action"), severe_gaps_without_action),
    "overdue": (gettext_lazy("action overdue"), actions_left_alone),
    "still": (gettext_lazy("action stands still"), lambda _its: iter(())),
}


def in_order(found: Iterable[Finding]) -> list[Finding]:
    """Return findings the gravest first, then by the points of their requirement."""
    return sorted(found, key=lambda each: (-each.severity, -(each.points or 0.0), each.about, each.key))


def all_findings(*, today: date) -> list[Finding]:
    """Return every finding, the gravest first, then by the points of its requirement, with why it was put aside."""
    its, put = Seen(read_board(), today), asides()
    found = [each for _label, find in KINDS.values() for each in find(its)]
    known = [replace(each, aside=put.get(each.key)) for each in found]
    return in_order(known)
