"""The parameters and the answers of the score addresses, described. The answers are made in gap_scores/answers.py."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from customers.models import Lifecycle
from gap_scores.answers import EVERYBODY
from gap_scores.board import Scope
from gap_scores.scopes import segment_named
from scoring.sums import NOTHINGS
from web.paging import PageQuery, PageSerializer
from web.queries import Query

LARGEST_ID = 2**31 - 1
LIFECYCLES = [(EVERYBODY, "all but internal"), *((each.value, str(each.label)) for each in Lifecycle)]
ORDERINGS = ("points", "gap", "n_eff", "share", "reference", "statement")
LONGEST_SEGMENT = 40
SEGMENT_HELP = (
    "A segment is region:…, industry:… or size_band:… with a value of the register, as in region:europe-north, "
    "industry:C (a section of ISIC), size_band:50-249; 'unknown' where the register does not know it."
)
STATES = ("scored", "no_data", "stale", "on_old_measurement")


# ---- Parameters


class ScopeQuery(Query):
    lifecycle = serializers.ChoiceField(
        choices=LIFECYCLES, default=Lifecycle.CURRENT.value, help_text="Whose answers; 'all' leaves internal ones out."
    )
    product = serializers.IntegerField(
        min_value=1, max_value=LARGEST_ID, required=False, help_text="Product id; without it all products together."
    )
    as_of = serializers.DateField(
        required=False,
        help_text="Read the scores that were kept of this day, see snapshots: current customers on all products.",
    )


class SegmentScopeQuery(ScopeQuery):
    segment = serializers.CharField(
        required=False, trim_whitespace=False, max_length=LONGEST_SEGMENT, help_text=SEGMENT_HELP
    )


class RequirementScoreQuery(PageQuery, SegmentScopeQuery):
    attribute = serializers.IntegerField(min_value=1, max_value=LARGEST_ID, required=False, help_text="Attribute id.")
    owner = serializers.IntegerField(min_value=1, max_value=LARGEST_ID, required=False, help_text="Function id.")
    state = serializers.ChoiceField(
        choices=STATES,
        required=False,
        help_text="scored; no_data; stale: the newest interview is older than two half-lives; on_old_measurement.",
    )
    ordering = serializers.ChoiceField(
        choices=[sign + name for name in ORDERINGS for sign in ("", "-")],
        default="-points",
        help_text="'-' turns it round; requirements without a score come last.",
    )


class FunctionScoreQuery(PageQuery, SegmentScopeQuery):
    pass


def scope_in(query: Mapping[str, Any]) -> Scope:
    lifecycle = "" if query["lifecycle"] == EVERYBODY else query["lifecycle"]
    dimension, value = segment_named(query.get("segment", "")) or ("", "")
    return Scope(lifecycle, query.get("product"), dimension, value, query.get("as_of"))


# ---- The same forms, described

Described = serializers.Serializer[Any]


class ScopeSerializer(Described):
    lifecycle = serializers.ChoiceField(choices=LIFECYCLES)
    product = serializers.IntegerField(allow_null=True)
    segment = serializers.CharField(allow_null=True, help_text="As in the parameter; null: all together.")


class StampSerializer(Described):
    """The stored run that the numbers come from. is_behind: evidence came in that is not in them yet."""

    run = serializers.IntegerField(allow_null=True)
    as_of = serializers.DateField(allow_null=True)
    computed_at = serializers.DateTimeField(allow_null=True)
    method = serializers.CharField()
    is_behind = serializers.BooleanField()
    weight_set = serializers.IntegerField(
        allow_null=True, help_text="Version of the weight set whose factors are in the sums; null: none."
    )


class WholeSerializer(Described):
    """Points 0..100 with the ends of the 95 % interval."""

    gap = serializers.FloatField()
    gap_lo = serializers.FloatField()
    gap_hi = serializers.FloatField()
    n_eff = serializers.FloatField()


class BoxesSerializer(Described):
    """Shares of weight. First letter: met, second: felt; y yes, n no, u unknown."""

    yy = serializers.FloatField()
    yn = serializers.FloatField()
    yu = serializers.FloatField()
    ny = serializers.FloatField()
    nn = serializers.FloatField()
    nu = serializers.FloatField()
    uy = serializers.FloatField()
    un = serializers.FloatField()


class FourBoxesSerializer(Described):
    """Shares among answers of which both halves are known."""

    both = serializers.FloatField()
    met_only = serializers.FloatField(help_text="Communication problem: met, not felt.")
    felt_only = serializers.FloatField(help_text="Latent risk: felt, not met.")
    neither = serializers.FloatField(help_text="Real problem.")


class ScoreSerializer(WholeSerializer):
    importance = serializers.FloatField(help_text="Mean, 0..10.")
    share_met = serializers.FloatField(allow_null=True)
    share_felt = serializers.FloatField(allow_null=True)
    boxes = BoxesSerializer()
    four_boxes = FourBoxesSerializer(allow_null=True)
    four_boxes_share = serializers.FloatField()


NothingsSerializer = type(
    "NothingsSerializer",
    (Described,),
    {
        "__doc__": "Answers without that part, by the kind of nothing.",
        **{name: serializers.IntegerField() for name in NOTHINGS},
    },
)


class CountsSerializer(Described):
    heard = serializers.IntegerField()
    in_sums = serializers.IntegerField()
    customers = serializers.IntegerField()
    newest_on = serializers.DateField(allow_null=True)
    nothings = NothingsSerializer()


class NamedSerializer(Described):
    id = serializers.IntegerField()
    name = serializers.CharField()


class RequirementScoreSerializer(Described):
    """Points: share of importance x gap; they add up to the overall gap. score null: no data."""

    id = serializers.IntegerField()
    reference = serializers.CharField()
    statement = serializers.CharField()
    attribute = NamedSerializer()
    owner = NamedSerializer(allow_null=True)
    origin = serializers.CharField()
    unit = serializers.CharField(allow_null=True)
    half_life_months = serializers.IntegerField()
    score = ScoreSerializer(allow_null=True)
    share = serializers.FloatField(allow_null=True)
    points = serializers.FloatField(allow_null=True)
    points_lo = serializers.FloatField(allow_null=True)
    points_hi = serializers.FloatField(allow_null=True)
    counts = CountsSerializer()
    is_rankable = serializers.BooleanField(help_text="n_eff is 5 or more.")
    is_stale = serializers.BooleanField(help_text="The newest interview is older than two half-lives.")
    is_on_old_measurement = serializers.BooleanField()
    is_suspect = serializers.BooleanField(
        help_text="It, or the metric that measures its level, has changed since somebody looked at their link."
    )
    too_few = serializers.BooleanField(help_text="Fewer than 5 contacts or 3 customers.")


class TooFewSerializer(Described):
    """Requirements that are too small to show to you, as one line; points only where no filter is set."""

    requirements = serializers.IntegerField()
    points = serializers.FloatField(allow_null=True)


class RequirementScoresSerializer(PageSerializer):
    scope = ScopeSerializer()
    stamp = StampSerializer()
    overall = WholeSerializer(allow_null=True)
    too_few = TooFewSerializer(allow_null=True)
    results = RequirementScoreSerializer(many=True)


class LevelSerializer(Described):
    """The measured level that serves the requirement for one product and part ('' = all), in its unit."""

    product = serializers.IntegerField()
    part = serializers.CharField()
    metric = NamedSerializer()
    value = serializers.DecimalField(max_digits=None, decimal_places=None)
    lo = serializers.DecimalField(max_digits=None, decimal_places=None, allow_null=True)
    hi = serializers.DecimalField(max_digits=None, decimal_places=None, allow_null=True)
    n = serializers.IntegerField()
    newest_on = serializers.DateField()
    window_from = serializers.DateField()
    is_old = serializers.BooleanField()


class ScopeScoreSerializer(Described):
    lifecycle = serializers.ChoiceField(choices=LIFECYCLES)
    product = serializers.IntegerField(allow_null=True)
    dimension = serializers.CharField(allow_null=True, help_text="industry, region, size_band or null.")
    value = serializers.CharField(allow_null=True)
    score = ScoreSerializer(allow_null=True)
    counts = CountsSerializer()
    contacts = serializers.IntegerField()


class CurveStepSerializer(Described):
    level = serializers.FloatField()
    share_met = serializers.FloatField(help_text="Share of weight that would be served at this level.")


class RequirementScoreDetailSerializer(RequirementScoreSerializer):
    scope = ScopeSerializer()
    stamp = StampSerializer()
    rank = serializers.IntegerField(allow_null=True)
    of = serializers.IntegerField()
    direction = serializers.CharField(allow_null=True, help_text="lower or higher is better; null without a scale.")
    levels = LevelSerializer(many=True)
    target = serializers.DecimalField(max_digits=None, decimal_places=None, allow_null=True)
    share_at_target = serializers.FloatField(allow_null=True)
    wanted_share = serializers.FloatField()
    wanted_level = serializers.FloatField(allow_null=True)
    contacts = serializers.IntegerField()
    oldest_on = serializers.DateField(allow_null=True)
    depth = serializers.FloatField(allow_null=True)
    curve = CurveStepSerializer(many=True, allow_null=True)
    lifecycles = ScopeScoreSerializer(many=True)
    products = ScopeScoreSerializer(many=True)
    segments = ScopeScoreSerializer(many=True)


class InputSerializer(Described):
    """One answer. customer and contact are running numbers of this explanation; no names, no days."""

    customer = serializers.IntegerField()
    contact = serializers.IntegerField()
    product = serializers.IntegerField()
    month = serializers.CharField()
    importance = serializers.FloatField(allow_null=True)
    customer_weight = serializers.IntegerField()
    stratum_factor = serializers.FloatField(help_text="Of the weight set; 1 without one.")
    required_level = serializers.DecimalField(max_digits=None, decimal_places=None, allow_null=True)
    measured_level = serializers.DecimalField(max_digits=None, decimal_places=None, allow_null=True)
    met = serializers.BooleanField(allow_null=True)
    felt = serializers.BooleanField(allow_null=True)
    felt_rule = serializers.CharField()
    c = serializers.FloatField(allow_null=True)
    share = serializers.FloatField()
    in_sums = serializers.BooleanField()
    importance_state = serializers.CharField()
    level_state = serializers.CharField()
    perception_state = serializers.CharField()


class RequirementExplanationSerializer(Described):
    scope = ScopeSerializer()
    stamp = StampSerializer()
    requirement = RequirementScoreSerializer()
    formula = serializers.CharField()
    method = serializers.CharField()
    levels = LevelSerializer(many=True)
    inputs = InputSerializer(many=True)
    left_out = serializers.IntegerField(help_text="Inputs that are heard but do not count.")
    nothings = NothingsSerializer()


class FunctionScoreSerializer(Described):
    """One dot. Gaps in points 0..100; null: no data. path: the functions along which the transmitted gap comes."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field of that name, not of the serializer
    purpose = serializers.CharField()
    position = serializers.IntegerField()
    is_customer_facing = serializers.BooleanField()
    own = serializers.FloatField(allow_null=True)
    own_lo = serializers.FloatField(allow_null=True)
    own_hi = serializers.FloatField(allow_null=True)
    n_eff = serializers.FloatField(allow_null=True)
    share = serializers.FloatField(allow_null=True)
    points = serializers.FloatField(allow_null=True)
    is_internal = serializers.BooleanField(help_text="Only internal customers were heard about it.")
    transmitted = serializers.FloatField(allow_null=True)
    transmitted_lo = serializers.FloatField(allow_null=True)
    transmitted_hi = serializers.FloatField(allow_null=True)
    bottleneck = serializers.IntegerField(allow_null=True, help_text="Function id; null where several are tied.")
    tied = serializers.ListField(child=serializers.IntegerField())
    path = serializers.ListField(child=serializers.IntegerField())
    requirements = serializers.IntegerField()
    scored = serializers.IntegerField()
    too_few = serializers.BooleanField(help_text="Too few people of the segment were heard to show you its gap.")
    is_rankable = serializers.BooleanField()
    heard_on = serializers.DateField(allow_null=True)
    is_unheard = serializers.BooleanField()
    measured_on = serializers.DateField(allow_null=True)
    is_unmeasured = serializers.BooleanField()


class LinkScoreSerializer(Described):
    id = serializers.IntegerField()
    supplier = serializers.IntegerField()
    supplied = serializers.IntegerField()
    strength = serializers.FloatField(allow_null=True)


class CircleSerializer(Described):
    scope = ScopeSerializer()
    stamp = StampSerializer()
    overall = WholeSerializer(allow_null=True)
    points_on_little = serializers.FloatField(help_text="Points that rest on n_eff below 5.")
    use_recorded = serializers.BooleanField()
    functions = FunctionScoreSerializer(many=True)
    links = LinkScoreSerializer(many=True)


class FunctionScoresSerializer(PageSerializer):
    scope = ScopeSerializer()
    stamp = StampSerializer()
    overall = WholeSerializer(allow_null=True)
    results = FunctionScoreSerializer(many=True)


class SupplierSerializer(Described):
    """passed_on = strength x the supplier's transmitted gap."""

    link = serializers.IntegerField()
    function = serializers.IntegerField()
    strength = serializers.FloatField(allow_null=True)
    transmitted = serializers.FloatField(allow_null=True)
    passed_on = serializers.FloatField(allow_null=True)


class SuppliedSerializer(Described):
    link = serializers.IntegerField()
    function = serializers.IntegerField()
    strength = serializers.FloatField(allow_null=True)


class FunctionScoreDetailSerializer(FunctionScoreSerializer):
    scope = ScopeSerializer()
    stamp = StampSerializer()
    rank = serializers.IntegerField(allow_null=True)
    of = serializers.IntegerField()
    overall = WholeSerializer(allow_null=True)
    internal = WholeSerializer(
        allow_null=True, help_text="What internal customers say beside the others; it carries no points."
    )
    suppliers = SupplierSerializer(many=True)
    supplied = SuppliedSerializer(many=True)


class PartSerializer(Described):
    requirement = serializers.IntegerField()
    reference = serializers.CharField()
    share = serializers.FloatField(allow_null=True)
    gap = serializers.FloatField(allow_null=True)
    gap_lo = serializers.FloatField(allow_null=True)
    gap_hi = serializers.FloatField(allow_null=True)
    n_eff = serializers.FloatField(allow_null=True)
    points = serializers.FloatField(allow_null=True)


class FunctionExplanationSerializer(Described):
    scope = ScopeSerializer()
    stamp = StampSerializer()
    function = FunctionScoreSerializer()
    formula = serializers.CharField()
    method = serializers.CharField()
    inputs = PartSerializer(many=True)
    too_few = TooFewSerializer(allow_null=True)
    unscored = serializers.ListField(child=serializers.IntegerField(), help_text="Requirements without a score.")
    suppliers = SupplierSerializer(many=True)
