"""The views of requirements as the API describes them. The answers are made beside their pages."""

from rest_framework import serializers

from dashboard.importance_page import Centre
from dashboard.strictness_reading import DIMENSIONS
from gap_scores.serializers import Described, ScopeQuery, ScopeSerializer, StampSerializer


class ViewSerializer(Described):
    scope = ScopeSerializer()
    stamp = StampSerializer()
    as_of = serializers.DateField(help_text="Answers up to this day are in it.", allow_null=True)
    too_few = serializers.IntegerField(help_text="Rows of fewer than 5 contacts of 3 customers, which are left out.")


class EndsSerializer(Described):
    """A value with the ends of its 95 % interval; null where one voice gives none."""

    value = serializers.FloatField()
    lo = serializers.FloatField(allow_null=True)
    hi = serializers.FloatField(allow_null=True)


class NamedSerializer(Described):
    requirement = serializers.IntegerField()
    reference = serializers.CharField()
    statement = serializers.CharField()


class KanoRowSerializer(NamedSerializer):
    """Counts are voices: a customer has one, which its contacts share. bound: of Fong, for the difference."""

    category = serializers.CharField(help_text="M, O, A, I, R or Q, as in Berger's table.")
    is_mixed = serializers.BooleanField(help_text="The two most frequent categories are too close to tell apart.")
    second = serializers.CharField(allow_null=True)
    difference = serializers.FloatField()
    bound = serializers.FloatField()
    alternative = serializers.CharField(help_text="By Berger's other rule.")
    pouliot = serializers.CharField(help_text="By Pouliot's table.")
    counts = serializers.DictField(child=serializers.FloatField())
    n = serializers.FloatField()
    contacts = serializers.IntegerField()
    better = EndsSerializer(allow_null=True)
    worse = EndsSerializer(allow_null=True)
    total_strength = serializers.FloatField()
    category_strength = serializers.FloatField()
    is_badly_asked = serializers.BooleanField(help_text="More than one pair in ten contradicts itself.")
    is_reversed = serializers.BooleanField(help_text="More than half want the opposite.")
    oldest_on = serializers.DateField()
    newest_on = serializers.DateField()


class KanoSerializer(ViewSerializer):
    results = KanoRowSerializer(many=True)


class ImportanceQuery(ScopeQuery):
    crosshair = serializers.ChoiceField(
        choices=[each.value for each in Centre],
        default=Centre.DATA.value,
        help_text="Where the lines stand: at the means, the middle of the scales, or the satisfied point.",
    )
    line_importance = serializers.FloatField(
        min_value=0, max_value=10, required=False, help_text="With crosshair=target, both lines may be named."
    )
    line_performance = serializers.FloatField(min_value=0, max_value=10, required=False)


WITHHELD = "null below five effective customers (n_eff), where only the interval is told."


class MeanSerializer(EndsSerializer):
    value = serializers.FloatField(allow_null=True, help_text=WITHHELD)
    n = serializers.IntegerField()
    n_eff = serializers.FloatField()


class ImportanceRowSerializer(NamedSerializer):
    """Means in points of 10. difference = importance - performance."""

    importance = MeanSerializer()
    performance = MeanSerializer()
    difference = serializers.FloatField(allow_null=True, help_text="null where one of the two is.")
    quadrant = serializers.CharField(
        allow_blank=True, help_text="'undecided' within half an interval of a line; empty where nothing varies."
    )
    oldest_on = serializers.DateField()
    newest_on = serializers.DateField()


class ImportancePerformanceSerializer(ViewSerializer):
    crosshair = serializers.CharField(
        allow_blank=True,
        help_text="Where the lines do stand: data, scale, target, or typed; data where no scale says what counts as "
        "satisfied; empty where nothing sets a line.",
    )
    line_importance = serializers.FloatField(allow_null=True)
    line_performance = serializers.FloatField(allow_null=True)
    results = ImportanceRowSerializer(many=True)


class WeighedShareSerializer(EndsSerializer):
    """A share 0..1."""

    value = serializers.FloatField(allow_null=True, help_text=WITHHELD)
    n = serializers.IntegerField()
    n_eff = serializers.FloatField()


class DimensionSerializer(Described):
    """gap: mean of perceived minus expected, in points of 10. below: share of those who got less than they expected."""

    gap = MeanSerializer(allow_null=True)
    below = WeighedShareSerializer(allow_null=True)


class AttributeGapSerializer(DimensionSerializer):
    attribute = serializers.CharField()
    share = serializers.FloatField(help_text="Share of importance.")


class ExpectationRowSerializer(NamedSerializer, DimensionSerializer):
    kind = serializers.CharField(help_text="SERVQUAL, or SERVPERF where only what they got was asked.")
    rating = MeanSerializer()
    oldest_on = serializers.DateField()
    newest_on = serializers.DateField()


class ExpectedPerceivedSerializer(ViewSerializer):
    unweighted = serializers.FloatField(allow_null=True)
    weighted = serializers.FloatField(allow_null=True, help_text="By each attribute's share of importance.")
    attributes = AttributeGapSerializer(many=True)
    results = ExpectationRowSerializer(many=True)


class NpsSerializer(EndsSerializer):
    """-100..100; promoters, passives and detractors are shares, null where the value is."""

    value = serializers.FloatField(allow_null=True, help_text=WITHHELD)
    n = serializers.IntegerField()
    n_eff = serializers.FloatField()
    promoters = serializers.FloatField(allow_null=True)
    passives = serializers.FloatField(allow_null=True)
    detractors = serializers.FloatField(allow_null=True)


class EffortSerializer(Described):
    mean = MeanSerializer()
    easy = WeighedShareSerializer()


class LoyaltyRowSerializer(NamedSerializer):
    csat = WeighedShareSerializer(allow_null=True)
    felt = serializers.FloatField(allow_null=True, help_text="Share that feels it is met, as in the gap score.")
    nps = NpsSerializer(allow_null=True)
    ces = EffortSerializer(allow_null=True)
    oldest_on = serializers.DateField()
    newest_on = serializers.DateField()


class LoyaltyOfProductSerializer(Described):
    """Of products, where NPS, CSAT or CES was asked as such; CSAT: the share of 4 and 5 on 1 to 5."""

    product = serializers.IntegerField(help_text="Product id.")
    name = serializers.CharField()
    csat = WeighedShareSerializer(allow_null=True)
    nps = NpsSerializer(allow_null=True)
    ces = EffortSerializer(allow_null=True)
    oldest_on = serializers.DateField()
    newest_on = serializers.DateField()


class LoyaltySerializer(ViewSerializer):
    products = LoyaltyOfProductSerializer(many=True)
    results = LoyaltyRowSerializer(many=True)


class StrictnessQuery(ScopeQuery):
    by = serializers.ChoiceField(
        choices=list(DIMENSIONS), required=False, help_text="One way to split it; all of them."
    )


class ServingLevelSerializer(Described):
    """The level that serves the wanted share, in the requirement's unit; null ends of its interval are open."""

    level = serializers.FloatField(allow_null=True, help_text=WITHHELD)
    easy = serializers.FloatField(allow_null=True, help_text="The less demanding end.")
    strict = serializers.FloatField(allow_null=True, help_text="The more demanding end.")
    n = serializers.IntegerField()
    customers = serializers.IntegerField()
    n_eff = serializers.FloatField()


class StrictnessRowSerializer(ServingLevelSerializer):
    by = serializers.ChoiceField(choices=list(DIMENSIONS))
    group = serializers.CharField()
    position = serializers.FloatField(
        allow_null=True, help_text="How strict among all, 0..1; 0.5: as everybody. null: too few to compare."
    )
    p = serializers.FloatField(allow_null=True)
    p_adjusted = serializers.FloatField(allow_null=True, help_text="By Holm, over all comparisons of the requirement.")
    stands = serializers.BooleanField()
    oldest_on = serializers.DateField()
    newest_on = serializers.DateField()


class StrictnessSerializer(ViewSerializer):
    requirement = serializers.IntegerField()
    unit = serializers.CharField()
    wanted_share = serializers.FloatField()
    all = ServingLevelSerializer(allow_null=True)
    comparisons = serializers.IntegerField()
    results = StrictnessRowSerializer(many=True)
