"""What the record pages read besides scores: customers' words, measurements, and who was heard."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Case, Count, F, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce

from customers.models import FULL_WEIGHT, Contact, Customer, Lifecycle, Stratum
from functions.models import Function, Membership
from improvements.models import Ambassador
from interviews.loss_models import LossAssessment
from interviews.losses import losses_of
from interviews.models import Coding, Interview, Objective, Verbatim
from metrics.charting import CHARTED_DAYS, SINGLE, charted_after
from metrics.levels import measured_levels, rows_or_days
from metrics.measured import AnyRow, MeasuredPart
from metrics.models import Measurement, Metric, MetricLink
from requirements_catalog.models import Product, Requirement, Responsibility
from web.months import months_after

# The chart of every single period has more places, so it is drawn from more of them.
SINGLE_EACH = 12_000
WORDS_SHOWN = 6
HEARD_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Passage:
    """Words of a customer, in parts: (text, whether coded). Who said them is filled in by the page that may show it."""

    verbatim_id: int
    interview_id: int
    contact_id: int
    customer_id: int
    customer: str
    parts: tuple[tuple[str, bool], ...]
    stratum: Stratum
    held_on: date
    coders: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """The newest passages that are coded to a requirement, and how many there are in all."""

    passages: tuple[Passage, ...]
    count: int
    customers: int


Choices = tuple[tuple[int, str], ...]


def scope_choices() -> tuple[Choices, tuple[tuple[str, str], ...]]:
    """Return the active products by name, and the segments (dimension and value) that customers are or were in
    (1 query)."""
    active = Product.objects.filter(is_active=True).order_by()
    strata = Stratum.objects.exclude(lifecycle=Lifecycle.INTERNAL).order_by()
    found = active.values_list(Value("product"), "pk", "name").union(
        *(strata.values_list(Value(each), Value(0), each) for each in ("region", "industry", "size_band"))
    )
    rows = sorted(found, key=lambda row: (row[0], str(row[2]).casefold(), row[1]))
    return (
        tuple((key, name) for kind, key, name in rows if kind == "product"),
        tuple((kind, value) for kind, _, value in rows if kind != "product"),
    )


def words_about(
    requirement_id: int, *, lifecycle: str, segment: tuple[str, str] = ("", ""), limit: int | None = WORDS_SHOWN
) -> Words:
    """Return what customers of a lifecycle ('' = all) said about a requirement or one merged into it (3 queries).

    As for scores, only completed interviews count.
    """
    about = Q(codings__requirement=requirement_id) | Q(codings__requirement__merged_into=requirement_id)
    verbatims = Verbatim.objects.filter(about, interview__state=Interview.State.COMPLETED)
    if lifecycle:
        verbatims = verbatims.filter(interview__stratum__lifecycle=lifecycle)
    if segment[0]:
        verbatims = verbatims.filter(**{f"interview__stratum__{segment[0]}": segment[1]})
    totals = verbatims.aggregate(
        count=Count("pk", distinct=True), customers=Count("interview__customer", distinct=True)
    )
    related = verbatims.select_related("interview__customer", "interview__stratum")
    newest = list(related.distinct().order_by("-interview__held_on", "-pk")[:limit])
    codings: defaultdict[int, list[Coding]] = defaultdict(list)
    mine = Q(requirement=requirement_id) | Q(requirement__merged_into=requirement_id)
    for coding in Coding.objects.filter(mine, verbatim__in=newest).order_by("start", "pk"):
        codings[coding.verbatim_id].append(coding)
    return Words(tuple(_passage(each, codings[each.pk]) for each in newest), totals["count"], totals["customers"])


def _passage(verbatim: Verbatim, codings: Sequence[Coding]) -> Passage:
    interview = verbatim.interview
    return Passage(
        verbatim_id=verbatim.pk,
        interview_id=interview.pk,
        contact_id=interview.contact_id,
        customer_id=interview.customer_id,
        customer=interview.customer.name,
        parts=marked(verbatim.text, [(each.start, each.end) for each in codings]),
        stratum=interview.stratum,
        held_on=interview.held_on,
        coders=tuple(dict.fromkeys(each.coder_name for each in codings)),
    )


def marked(text: str, spans: Iterable[tuple[int | None, int | None]]) -> tuple[tuple[str, bool], ...]:
    """Return the text in parts, coded or not; overlapping spans become one, a coding of the whole marks nothing."""
    parts: list[tuple[str, bool]] = []
    at = 0
    for start, end in sorted((start, end) for start, end in spans if start is not None and end is not None):
        if end > at:
            parts += [(text[at : max(start, at)], False), (text[max(start, at) : end], True)]
            at = end
    parts.append((text[at:], False))
    return tuple((part, is_coded) for part, is_coded in parts if part)


# ---- Measurements


@dataclass(frozen=True, slots=True)
class MeasuredMetric:
    """A metric with its levels as of a day ('' = all parts first) and the rows that a chart is drawn from."""

    metric: Metric
    levels: tuple[MeasuredPart, ...]
    rows: tuple[AnyRow, ...]

    @property
    def level(self) -> MeasuredPart | None:
        return next((each for each in self.levels if not each.part), None)


def measured_metrics(metrics: Sequence[Metric], *, as_of: date, days: int = CHARTED_DAYS) -> list[MeasuredMetric]:
    """Return metrics with what was measured, and the rows of so many days for a chart (3 queries, with very many 4)."""
    if not metrics:
        return []
    levels = measured_levels(metrics=metrics, as_of=as_of)
    after = charted_after(as_of, days)
    rows = rows_or_days(metrics=metrics, after=after, until=as_of, most=SINGLE if days == CHARTED_DAYS else SINGLE_EACH)
    return [MeasuredMetric(each, tuple(levels.get(each.pk, ())), tuple(rows.get(each.pk, ()))) for each in metrics]


def metrics_of_function(function_id: int) -> list[Metric]:
    return list(Metric.objects.filter(function=function_id, is_active=True))


def metrics_with_functions() -> list[Metric]:
    """Return the active metrics, those of one function together (1 query)."""
    related = Metric.objects.filter(is_active=True).select_related("function")
    return list(related.order_by("function__position", "function", "name", "pk"))


def links_of_metric(metric_id: int) -> list[MetricLink]:
    """Return what a metric serves, levels first (1 query)."""
    related = MetricLink.objects.select_related("requirement__owner", "requirement__current_scale", "product")
    return list(related.filter(metric=metric_id).order_by("role", "-strength", "pk"))


def links_of_requirement(requirement_id: int) -> list[MetricLink]:
    """Return the metrics that serve a requirement, levels first (1 query)."""
    related = MetricLink.objects.with_suspicion().select_related("metric__function", "product")
    return list(related.filter(requirement=requirement_id).order_by("role", "-strength", "pk"))


def newest_measurements(metric_id: int, *, limit: int = 24) -> list[Measurement]:
    """Return the newest current measurements with what they corrected (1 query)."""
    related = Measurement.objects.select_related("supersedes", "entered_by")
    return list(related.filter(metric=metric_id, is_current=True).order_by("-period_end", "-pk")[:limit])


# ---- Who was heard


def customers_heard(*, after: date, until: date) -> int:
    """Return how many current customers were heard after a day, up to another (1 query)."""
    heard = Interview.objects.filter(
        state=Interview.State.COMPLETED, held_on__gt=after, held_on__lte=until, stratum__lifecycle=Lifecycle.CURRENT
    )
    return heard.order_by().values("customer").distinct().count()


@dataclass(frozen=True, slots=True)
class Heard:
    """A region of the register: how many customers and how much value it holds, and how much of both was heard."""

    region: str
    customers: int
    weight: int
    heard_customers: int
    heard_weight: int

    @property
    def share(self) -> float:
        return self.heard_weight / self.weight if self.weight else 0.0


def heard_by_region(*, lifecycle: str, as_of: date) -> list[Heard]:
    """Return the regions of a lifecycle ('' = all but internal), most value first, heard in 12 months (1 query)."""
    held = Interview.objects.filter(
        state=Interview.State.COMPLETED, held_on__gt=months_after(as_of, -HEARD_MONTHS), held_on__lte=as_of
    )
    root = Coalesce("customer__merged_into_id", F("customer_id"))
    customers = Customer.objects.active().annotate(
        worth=Coalesce("value_band__weight", FULL_WEIGHT),
        is_heard=Case(When(pk__in=held.order_by().values(stays=root), then=1), default=0),
    )
    stands = Q(lifecycle=lifecycle) if lifecycle else ~Q(lifecycle=Lifecycle.INTERNAL)
    rows = customers.filter(stands).order_by().values("region")
    summed = rows.annotate(
        everybody=Count("pk"), value=Sum("worth"), spoke=Sum("is_heard"), heard_value=Sum(F("worth") * F("is_heard"))
    )
    found = summed.values_list("region", "everybody", "value", "spoke", "heard_value")
    return sorted((Heard(*row) for row in found), key=lambda heard: (-heard.weight, heard.region))


# ---- People and places


def heads_of(functions: Iterable[int]) -> dict[int, str]:
    """Return the head's name by function (1 query)."""
    rows = Membership.objects.filter(function__in=list(functions), role=Membership.Role.HEAD).select_related("user")
    return {row.function_id: row.user.get_full_name() or row.user.get_username() for row in rows if row.function_id}


def contributors_of(requirement_id: int) -> list[Responsibility]:
    return list(Responsibility.objects.select_related("function").filter(requirement=requirement_id))


def contributions_of(function_id: int) -> list[Responsibility]:
    """Return the active requirements to which a function contributes without owning them (1 query)."""
    rows = Responsibility.objects.filter(function=function_id, requirement__state=Requirement.State.ACTIVE)
    return list(rows.exclude(requirement__owner=function_id).select_related("requirement__owner"))


def requirement_with(requirement_id: int) -> Requirement | None:
    """Return a requirement in any state with what describes it (2 queries)."""
    related = Requirement.objects.select_related("attribute", "owner", "current_scale", "merged_into", "approved_by")
    return related.prefetch_related("products").filter(pk=requirement_id).first()


def inactive_requirements() -> QuerySet[Requirement]:
    """Return requirements that have no score because they are drafts or retired."""
    return Requirement.objects.exclude(state=Requirement.State.ACTIVE).select_related("attribute", "owner")


def customer_names(ids: Iterable[int]) -> dict[int, str]:
    return dict(Customer.objects.filter(pk__in=list(ids)).values_list("pk", "name"))


def product_names() -> dict[int, str]:
    return dict(Product.objects.values_list("pk", "name"))


def function_names() -> dict[int, str]:
    return dict(Function.objects.values_list("pk", "name"))


@dataclass(frozen=True, slots=True)
class CustomerFacts:
    """A customer with contacts, interviews and objectives, newest first."""

    customer: Customer
    contacts: tuple[Contact, ...]
    interviews: tuple[Interview, ...]
    objectives: tuple[Objective, ...]
    products: tuple[str, ...]
    contact_names: Mapping[int, str]
    losses: tuple[LossAssessment, ...]
    ambassadors: tuple[Ambassador, ...]


def customer_facts(customer_id: int) -> CustomerFacts | None:
    """Return a customer's record (7 queries); None if there is no such customer."""
    related = Customer.objects.select_related("value_band", "merged_into", "function")
    customer = related.prefetch_related("product_uses__product").filter(pk=customer_id).first()
    if customer is None:
        return None
    whose = Q(customer=customer) | Q(customer__merged_into=customer)
    contacts = tuple(Contact.objects.filter(whose).select_related("ambassador"))
    interviews = Interview.objects.filter(whose).select_related("contact", "round", "interviewer")
    objectives = Objective.objects.filter(
        Q(interview__customer=customer) | Q(interview__customer__merged_into=customer)
    )
    uses = customer.product_uses.all()
    return CustomerFacts(
        customer=customer,
        contacts=tuple(contact for contact in contacts if contact.erased_on is None),
        interviews=tuple(interviews.annotate(answered=Count("answers")).order_by("-held_on", "-pk")),
        objectives=tuple(objectives.select_related("product").order_by("-interview__held_on", "-pk")),
        products=tuple(f"{use.product.name} ({use.get_kind_display()})" for use in uses),
        contact_names={contact.pk: contact.name for contact in contacts},
        losses=tuple(losses_of(customer_id)),
        ambassadors=tuple(each.ambassador for each in contacts if hasattr(each, "ambassador")),
    )


def has_evidence() -> dict[str, bool]:
    """Return what the program has at all, for the next step of an empty page (5 queries)."""
    return {
        "functions": Function.objects.exists(),
        "requirements": Requirement.objects.active().exists(),
        "interviews": Interview.objects.exists(),
        "completed": Interview.objects.filter(state=Interview.State.COMPLETED).exists(),
        "measurements": Measurement.objects.exists(),
    }
