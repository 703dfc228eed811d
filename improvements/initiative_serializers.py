"""What the API takes and gives about initiatives."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from rest_framework import serializers

from functions.models import Function
from functions.selectors import Access
from improvements.initiative_models import Initiative, InitiativeDecision, InitiativeEffect
from improvements.initiatives import active_functions_of
from metrics.selectors import metrics_for
from scoring.portfolios import Goal
from web.bodies import Body, Exact, Reference, References, Text, Whole, YesNo
from web.nouns import SearchQuery, id_filter, ordering
from web.queries import Query

STATES = Initiative.State.choices
KINDS = InitiativeDecision.Kind.choices
GOALS = [(each.value, each.value) for each in Goal]


def functions_to_propose(access: Access) -> QuerySet[Function]:
    """Return the functions that a person may propose something for, as on the page."""
    rows: QuerySet[Function] = active_functions_of(None if access.is_specialist else access.functions)
    return rows


def initiatives_to_change(access: Access) -> QuerySet[Initiative]:
    """Return the initiatives that a person may change: specialists all, heads those of their function until somebody
    decided."""
    rows = Initiative.objects.all()
    if access.is_specialist:
        return rows
    return rows.filter(function__in=access.functions, state=Initiative.State.PROPOSED)


def initiatives_to_name(_access: Any) -> QuerySet[Initiative]:
    return Initiative.objects.all()


# ---- Initiatives


class InitiativeSerializer(serializers.ModelSerializer[Initiative]):
    """What could be done. A cost that is null is unknown, never 0. needs and excludes: ids of initiatives.

    delivered_on: since when it is in force; cost_spent: what it really cost in its first year.
    """

    function = serializers.IntegerField(source="function_id", read_only=True)
    cost_fixed = serializers.DecimalField(max_digits=None, decimal_places=None, allow_null=True, read_only=True)
    cost_yearly = serializers.DecimalField(max_digits=None, decimal_places=None, allow_null=True, read_only=True)
    people_days = serializers.DecimalField(max_digits=None, decimal_places=None, allow_null=True, read_only=True)
    cost_spent = serializers.DecimalField(max_digits=None, decimal_places=None, allow_null=True, read_only=True)
    needs = serializers.ListField(child=serializers.IntegerField(), read_only=True)
    excludes = serializers.ListField(child=serializers.IntegerField(), read_only=True)

    class Meta:
        model = Initiative
        fields: ClassVar = [
            "id", "name", "function", "purpose", "cost_fixed", "cost_yearly", "people_days", "duration_months",
            "starts_on", "delivered_on", "cost_spent", "state", "internal_reason", "created_by_name", "created_at",
            "needs", "excludes",
        ]  # fmt: skip
        read_only_fields = fields


class InitiativeQuery(SearchQuery):
    function = id_filter("Function")
    state = serializers.ChoiceField(choices=STATES, required=False)
    ordering = ordering("name", "-created_at", "id")


class InitiativeBody(Body):
    """What is left out of a cost is unknown; write 0 where there is none. running and done follow a decision for it."""

    name = Text()
    function = Reference(functions_to_propose)
    purpose = Text()
    cost_fixed = Exact(required=False, allow_null=True)
    cost_yearly = Exact(required=False, allow_null=True)
    people_days = Exact(required=False, allow_null=True)
    duration_months = Whole(required=False, allow_null=True)
    starts_on = serializers.DateField(required=False, allow_null=True)
    internal_reason = Text(required=False)
    needs = References(initiatives_to_name, required=False)
    excludes = References(initiatives_to_name, required=False)


class InitiativeChangeBody(InitiativeBody):
    state = serializers.ChoiceField(choices=STATES, required=False)


class DecideBody(Body):
    """The decision is kept with what is believed at this moment, and never changes."""

    kind = serializers.ChoiceField(choices=KINDS)
    reason = Text()


class DeliverBody(Body):
    """Since when it is in force, which makes it done, and what it really cost; null: not known."""

    delivered_on = serializers.DateField()
    cost_spent = Exact(required=False, allow_null=True)


# ---- What they change


class InitiativeEffectSerializer(serializers.ModelSerializer[InitiativeEffect]):
    """The level of a metric that an initiative is expected to lead to, in the metric's unit."""

    initiative = serializers.IntegerField(source="initiative_id", read_only=True)
    metric = serializers.IntegerField(source="metric_id", read_only=True)
    low = serializers.DecimalField(max_digits=None, decimal_places=None, read_only=True)
    likely = serializers.DecimalField(max_digits=None, decimal_places=None, read_only=True)
    high = serializers.DecimalField(max_digits=None, decimal_places=None, read_only=True)

    class Meta:
        model = InitiativeEffect
        fields: ClassVar = ["id", "initiative", "metric", "low", "likely", "high", "worse_is_meant"]
        read_only_fields = fields


class EffectQuery(SearchQuery):
    initiative = id_filter("Initiative")
    metric = id_filter("Metric")
    ordering = ordering("id")


class EffectBody(Body):
    """low: if it does little; high: if all goes well, whatever the direction."""

    low = Exact(required=False)
    likely = Exact(required=False)
    high = Exact(required=False)
    worse_is_meant = YesNo(required=False)


class NewEffectBody(Body):
    initiative = Reference(initiatives_to_change)
    metric = Reference(metrics_for)
    low = Exact()
    likely = Exact()
    high = Exact()
    worse_is_meant = YesNo(required=False)


# ---- Decisions


class DecisionSerializer(serializers.ModelSerializer[InitiativeDecision]):
    """A decision with the sentence that was believed then, the run and the digest of the inputs."""

    initiative = serializers.IntegerField(source="initiative_id", read_only=True)
    sentence = serializers.CharField(read_only=True)

    class Meta:
        model = InitiativeDecision
        fields: ClassVar = [
            "id", "initiative", "kind", "reason", "decided_by_name", "decided_at", "run", "inputs_digest", "sentence",
        ]  # fmt: skip
        read_only_fields = fields


class DecisionQuery(SearchQuery):
    initiative = id_filter("Initiative")
    kind = serializers.ChoiceField(choices=KINDS, required=False)
    ordering = ordering("-decided_at", "id")


# ---- Answers


class GainSerializer(serializers.Serializer[Any]):
    """Points: the likely levels, customers feel as before; lo to hi: from little to all with feeling that follows."""

    points = serializers.FloatField()
    lo = serializers.FloatField()
    hi = serializers.FloatField()


class TouchedSerializer(serializers.Serializer[Any]):
    """A requirement that it touches; gap in points of its own, gain in points of that gap."""

    requirement = serializers.IntegerField()
    gap = serializers.FloatField()
    gain = GainSerializer()
    newly_served = serializers.FloatField(help_text="Share of its weight, 0..1.")
    n_eff = serializers.FloatField()


class RivalSerializer(serializers.Serializer[Any]):
    initiatives = serializers.ListField(child=serializers.IntegerField())
    cost = serializers.FloatField()
    gain = GainSerializer()


class VerdictSerializer(serializers.Serializer[Any]):
    """Whether an initiative serves customers, and where the money would do more.

    Gains in points of the overall gap. They are null below specialists where too few customers stated what they need of
    a level that it changes; too_few: how many such requirements, 0 for a single one. customers: null where they are too
    few to count. cost: of the first year, null where it is unknown.
    """

    initiative = serializers.IntegerField()
    run = serializers.IntegerField()
    as_of = serializers.DateField()
    sentence = serializers.CharField()
    reach_sentence = serializers.CharField()
    overall_gap = serializers.FloatField(allow_null=True)
    gain = GainSerializer(allow_null=True)
    interval = serializers.ListField(
        child=serializers.FloatField(), allow_null=True, help_text="95 %, by how many were heard."
    )
    reach = serializers.FloatField(allow_null=True)
    cost = serializers.FloatField(allow_null=True)
    per_100k = serializers.FloatField(allow_null=True)
    customers = serializers.IntegerField(allow_null=True)
    touched = TouchedSerializer(many=True)
    too_few = serializers.IntegerField()
    rival = RivalSerializer(allow_null=True)
    inputs_digest = serializers.CharField()


class PortfolioQuery(Query):
    """budget: in the program's currency. in and out: ids of initiatives, parted by commas."""

    budget = serializers.DecimalField(max_digits=12, decimal_places=2, min_value=0, required=False)
    goal = serializers.ChoiceField(choices=GOALS, default=Goal.GAP.value)
    forced_in = serializers.CharField(required=False, max_length=200)
    forced_out = serializers.CharField(required=False, max_length=200)


class BoughtSerializer(serializers.Serializer[Any]):
    initiatives = serializers.ListField(child=serializers.IntegerField())
    cost = serializers.FloatField()
    counted = serializers.FloatField(help_text="What the goal counts, in points.")
    gain = GainSerializer()


class OptionSerializer(serializers.Serializer[Any]):
    """stays: in how many draws it is in the best set; null: not drawn."""

    initiative = serializers.IntegerField()
    cost = serializers.FloatField()
    gain = GainSerializer()
    stays = serializers.IntegerField(allow_null=True)
    is_in = serializers.BooleanField()


class LeftOutSerializer(serializers.Serializer[Any]):
    """An open initiative with a known cost that cannot be chosen."""

    initiative = serializers.IntegerField()
    why = serializers.CharField()


class PortfolioSerializer(serializers.Serializer[Any]):
    """The best set for a budget, what each budget buys, and how sure that is. bound: what no set can exceed."""

    run = serializers.IntegerField()
    as_of = serializers.DateField()
    sentence = serializers.CharField()
    budget = serializers.FloatField()
    goal = serializers.ChoiceField(choices=GOALS)
    best = BoughtSerializer(allow_null=True)
    bound = serializers.FloatField()
    is_proved = serializers.BooleanField()
    frontier = BoughtSerializer(many=True)
    options = OptionSerializer(many=True)
    cost_unknown = serializers.ListField(child=serializers.IntegerField())
    left_out = LeftOutSerializer(many=True)
    draws = serializers.IntegerField()
    inputs_digest = serializers.CharField()


# ---- What came true


class LevelThenSerializer(serializers.Serializer[Any]):
    """A predicted level against the measured one, in the unit of the prediction.

    came is null where why says so; within is null where it is not counted: its window begins before it was in force.
    """

    metric = serializers.IntegerField()
    low = serializers.FloatField()
    likely = serializers.FloatField()
    high = serializers.FloatField()
    came = serializers.FloatField(allow_null=True)
    n = serializers.IntegerField()
    newest_on = serializers.DateField(allow_null=True)
    within = serializers.BooleanField(allow_null=True)
    why = serializers.CharField(allow_blank=True)


class CheckpointSerializer(serializers.Serializer[Any]):
    """What came true so many months after an initiative was in force.

    levels: of metrics that the caller may see. Gains in points of the overall gap, null where they are not known (why)
    or not for this person; realised: all but the levels is held as it was at the decision.
    """

    months = serializers.IntegerField()
    on = serializers.DateField()
    is_passed = serializers.BooleanField()
    levels = LevelThenSerializer(many=True)
    predicted = GainSerializer(allow_null=True)
    realised = GainSerializer(allow_null=True)
    why = serializers.CharField(allow_blank=True)


class CheckpointsSerializer(serializers.Serializer[Any]):
    """The three checkpoints of an initiative; none before it is in force. Worked out when they are read."""

    checkpoints = CheckpointSerializer(many=True)


class WithinSerializer(serializers.Serializer[Any]):
    """How many of n came true within their range; the share (0..1) with its 95 % interval is null of too few."""

    n = serializers.IntegerField()
    within = serializers.IntegerField()
    share = serializers.FloatField(allow_null=True)
    lo = serializers.FloatField(allow_null=True)
    hi = serializers.FloatField(allow_null=True)


class AtMonthsSerializer(WithinSerializer):
    months = serializers.IntegerField()


class BiasSerializer(serializers.Serializer[Any]):
    """Likely less realised points, on average: positive, if more was promised than came true. Null of too few."""

    n = serializers.IntegerField()
    mean = serializers.FloatField(allow_null=True)
    lo = serializers.FloatField(allow_null=True)
    hi = serializers.FloatField(allow_null=True)
    score = serializers.FloatField(allow_null=True, help_text="The mean interval score at 80 %, in points.")


class CalibrationSerializer(serializers.Serializer[Any]):
    estimator = serializers.IntegerField(allow_null=True)
    name = serializers.CharField(allow_blank=True)
    newest = WithinSerializer()
    by_months = AtMonthsSerializer(many=True)
    bias = BiasSerializer(allow_null=True)


class CalibrationsSerializer(serializers.Serializer[Any]):
    """How well people estimate. whole: null where fewer than 3 people did; people: for specialists alone.

    Below specialists whole leaves out months, and the bias is null, where fewer than 3 people estimated them.
    """

    whole = CalibrationSerializer(allow_null=True)
    own = CalibrationSerializer(allow_null=True)
    people = CalibrationSerializer(many=True)
