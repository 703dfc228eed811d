from decimal import Decimal
from typing import Any, ClassVar

from rest_framework import serializers

from accounts.models import AuditEntry, AuditKind
from dashboard.coverage import Filled
from dashboard.round_plan import MOST_INTERVIEWS
from interviews.models import STRATUM, SamplingPlan
from interviews.serializers import rounds_to_name
from interviews.weight_models import LEAST_TRIM, WeightSet
from jobs.models import Job
from web.bodies import Body, Exact, Reference, Whole, YesNo
from web.nouns import id_filter, ordering
from web.paging import CursorQuery, PageQuery


class JobQuery(PageQuery):
    state = serializers.ChoiceField(choices=Job.State.choices, required=False)
    kind = serializers.CharField(required=False, max_length=40)
    ordering = ordering("-id", "state")


class TargetSerializer(serializers.Serializer[Any]):
    """What one stratum is to give; '*' where the plan does not divide, '' where it is not known."""

    lifecycle = serializers.CharField()
    industry = serializers.CharField()
    region = serializers.CharField()
    size_band = serializers.CharField()
    population = serializers.IntegerField(help_text="Customers of the register when the plan was made.")
    weight = serializers.IntegerField(help_text="Their value weight then.")
    target = serializers.IntegerField(help_text="Customers to hear.")


class SamplingPlanSerializer(serializers.ModelSerializer[SamplingPlan]):
    """How many customers a round wants to hear in each stratum, and the rule by which that was worked out."""

    round = serializers.IntegerField(source="round_id", read_only=True)
    targets = TargetSerializer(many=True, read_only=True)

    class Meta:
        model = SamplingPlan
        fields: ClassVar = [
            "id", "round", "by_lifecycle", "by_industry", "by_region", "by_size_band", "method", "exponent", "minimum",
            "changed_at", "targets",
        ]  # fmt: skip
        read_only_fields = fields


class SamplingPlanQuery(PageQuery):
    round = id_filter("Round")
    ordering = ordering("-id", "changed_at")


class SamplingPlanBody(Body):
    """A rule; what each stratum gets is worked out from the register and answered."""

    round = Reference(rounds_to_name)
    by_lifecycle = YesNo(required=False)
    by_industry = YesNo(required=False)
    by_region = YesNo(required=False)
    by_size_band = YesNo(required=False)
    interviews = Whole(min_value=1, max_value=MOST_INTERVIEWS, help_text="Customers to hear, over all strata.")
    method = serializers.ChoiceField(choices=SamplingPlan.Method.choices, required=False)
    exponent = Exact(min_value=Decimal(0), max_value=Decimal(1), required=False, help_text="For 'power' only.")
    minimum = Whole(max_value=100, required=False, help_text="At least so many in each stratum.")


class CoverageStratumSerializer(serializers.Serializer[Any]):
    lifecycle = serializers.CharField()
    industry = serializers.CharField()
    region = serializers.CharField()
    size_band = serializers.CharField()
    population = serializers.IntegerField()
    target = serializers.IntegerField()
    done = serializers.IntegerField(help_text="Customers heard in this round.")
    share = serializers.FloatField(help_text="Share of customers' value, 0..1.")
    filled = serializers.ChoiceField(choices=[each.value for each in Filled])


class ProposalSerializer(serializers.Serializer[Any]):
    contact = serializers.IntegerField()
    customer = serializers.IntegerField()
    fall = serializers.FloatField(help_text="Points by which an interval is expected to narrow, averaged over strata.")
    requirement = serializers.IntegerField(allow_null=True, help_text="The one that gains most.")
    months_ago = serializers.IntegerField(allow_null=True, help_text="Since the customer was heard; null: never.")


class CoverageSerializer(serializers.Serializer[Any]):
    """Who has no voice in a round, and who to ask next."""

    as_of = serializers.DateField()
    run = serializers.IntegerField()
    share_heard = serializers.FloatField(help_text="Share of customers' value that was heard, 0..1.")
    strata = CoverageStratumSerializer(many=True)
    next = ProposalSerializer(many=True)


class StratumFactorSerializer(serializers.Serializer[Any]):
    """One stratum heard, and what each answer given there counts times."""

    lifecycle = serializers.CharField()
    industry = serializers.CharField(allow_blank=True)
    region = serializers.CharField(allow_blank=True)
    size_band = serializers.CharField(allow_blank=True)
    customers = serializers.IntegerField(help_text="Customers heard there.")
    factor = serializers.FloatField(help_text="1 on average over the customers heard.")


class WeightSetSerializer(serializers.ModelSerializer[WeightSet]):
    """One version of the factors; strata that it does not name count 1."""

    unheard = serializers.JSONField(read_only=True, help_text="Strata without a voice, with their customers.")
    factors = StratumFactorSerializer(many=True, read_only=True)

    class Meta:
        model = WeightSet
        fields: ClassVar = [
            "id", "version", "title", "method", "by_lifecycle", "by_industry", "by_region", "by_size_band", "trim_at",
            "as_of", "customers", "n_eff", "design_effect", "trimmed", "outside", "unheard", "is_active", "made_at",
            "factors",
        ]  # fmt: skip
        read_only_fields = fields


class WeightSetQuery(PageQuery):
    is_active = serializers.BooleanField(required=False)
    ordering = ordering("-version", "design_effect")


class WeightSetBody(Body):
    """By what customers are divided; the factors are worked out from the register and everybody heard so far."""

    title = serializers.CharField(required=False, default="", max_length=80, allow_blank=True)
    method = serializers.ChoiceField(choices=WeightSet.Method.choices, required=False, default=WeightSet.Method.MARGINS)
    divided_by = serializers.ListField(
        child=serializers.ChoiceField(choices=[(name, name) for name in STRATUM]), max_length=len(STRATUM)
    )
    trim_at = Exact(
        min_value=LEAST_TRIM, max_value=Decimal("999.9"), required=False, default=Decimal(5), allow_null=True,
        help_text="Factors above so many times the median are cut; null: none. For 'margins'.",
    )  # fmt: skip
    leave_unheard = YesNo(
        required=False, default=False, help_text="Strata in which nobody was heard stay without a voice."
    )


class AuditEntrySerializer(serializers.ModelSerializer[AuditEntry]):
    """One security event: who did what, when and from where; `digest` chains it to the one before."""

    person = serializers.IntegerField(source="person_id", allow_null=True, read_only=True)
    details = serializers.DictField(read_only=True, help_text="Names and numbers that depend on the kind.")

    class Meta:
        model = AuditEntry
        fields: ClassVar = [
            "number", "at", "kind", "by", "person", "actor", "object_id", "sentence", "address", "request_id",
            "details", "previous", "digest",
        ]  # fmt: skip
        read_only_fields = fields


class AuditQuery(CursorQuery):
    kind = serializers.ChoiceField(choices=AuditKind.choices, required=False)
    person = id_filter("Person", source="person_id")
    since = serializers.DateTimeField(required=False, source="at__gte", help_text="From this moment on.")
    until = serializers.DateTimeField(required=False, source="at__lte", help_text="Up to this moment.")
