"""What the API takes and gives about what-ifs, scenarios and portfolios side by side."""

from typing import Any, ClassVar

from rest_framework import serializers

from improvements.initiative_serializers import GOALS, GainSerializer
from improvements.moves import FIELD, pairs_in
from improvements.scenario_models import Scenario
from scoring.portfolios import Goal
from web.bodies import Body, Text
from web.nouns import SearchQuery, id_filter, ordering
from web.queries import Query

LONGEST_MOVES = 4_000
MOVES = (
    "As in the address of the what-if page: m12=4 is a level of metric 12; s3-5=0.5 how much of function 3's gap "
    "function 5 passes on, 0: nothing; l7-2=12 says that metric 12 measures the level of requirement 7 for product 2, "
    "0: nothing does; without=3 takes a dot away. Joined by &, and encoded where it is a parameter."
)


def check_fields(text: str) -> None:
    """Raise for fields that are no moves: left out without a word they would look as if they changed nothing."""
    wrong = [name for name, _value in pairs_in(text) if not FIELD.fullmatch(name)]
    if wrong:
        raise serializers.ValidationError(f"‘{wrong[0][:40]}’ is no move: they are m12, s3-5, l7-2 and without.")


# ---- What if


class WhatIfQuery(Query):
    moves = serializers.CharField(required=False, max_length=LONGEST_MOVES, help_text=MOVES, validators=[check_fields])


class MoveSerializer(serializers.Serializer[Any]):
    """One move, in words: its name, how it stands today, and how it is moved."""

    field = serializers.CharField()
    name = serializers.CharField()
    now = serializers.CharField()
    value = serializers.CharField()


class LeftOutMoveSerializer(serializers.Serializer[Any]):
    """A move of a scenario that cannot be made any more, or not by you: why."""

    field = serializers.CharField()
    name = serializers.CharField()
    why = serializers.CharField()


class MovedRequirementSerializer(serializers.Serializer[Any]):
    """Own gap in points; then: customers feel as before, felt: they come to feel it. Null: nothing would be known."""

    requirement = serializers.IntegerField()
    gap = serializers.FloatField()
    then = serializers.FloatField(allow_null=True)
    felt = serializers.FloatField(allow_null=True)


class MovedFunctionSerializer(serializers.Serializer[Any]):
    """Own gap, and what reaches customers through it, in points. Null: no data."""

    function = serializers.IntegerField()
    own = serializers.FloatField(allow_null=True)
    own_then = serializers.FloatField(allow_null=True)
    reaching = serializers.FloatField()
    reaching_then = serializers.FloatField()


class WithoutDotSerializer(serializers.Serializer[Any]):
    """A function that does nothing at all, on top of the moves: the requirements that lose service, and the functions
    that change: own gap and what reaches customers. too_few: how many of them too few customers stated to name them."""

    function = serializers.IntegerField()
    overall_gap = serializers.FloatField(allow_null=True)
    sentence = serializers.CharField()
    lost = serializers.ListField(child=serializers.IntegerField())
    too_few = serializers.IntegerField()
    functions = MovedFunctionSerializer(many=True)


class WhatIfSerializer(serializers.Serializer[Any]):
    """What moves would change; nothing is stored. Gaps in points; only what differs from today is listed.

    then: if customers feel as before, felt: if all who are newly served come to feel it. notes: what is allowed and
    worth saying, such as a level that is worse than today's.
    """

    run = serializers.IntegerField()
    as_of = serializers.DateField()
    sentence = serializers.CharField()
    overall_gap = serializers.FloatField(allow_null=True)
    then = serializers.FloatField(allow_null=True)
    felt = serializers.FloatField(allow_null=True)
    reach = serializers.FloatField(help_text="Points less of what reaches customers through the circle.")
    unscored = serializers.IntegerField(help_text="Requirements of which nothing would be known any more.")
    moves = MoveSerializer(many=True)
    left_out = LeftOutMoveSerializer(many=True)
    notes = serializers.ListField(child=serializers.CharField())
    requirements = MovedRequirementSerializer(many=True)
    functions = MovedFunctionSerializer(many=True)
    without = WithoutDotSerializer(allow_null=True)


# ---- Scenarios


class ScenarioSerializer(serializers.ModelSerializer[Scenario]):
    """A what-if under a name; result/ says what it would change today. moves: those that you may make."""

    moves = serializers.CharField(read_only=True, help_text=MOVES)

    class Meta:
        model = Scenario
        fields: ClassVar = ["id", "name", "note", "moves", "move_count", "created_by_name", "created_at"]
        read_only_fields = fields


class ScenarioQuery(SearchQuery):
    ordering = ordering("name", "-created_at", "id")


class ScenarioBody(Body):
    name = Text()
    note = Text(required=False)
    moves = Text(help_text=MOVES, max_length=LONGEST_MOVES, validators=[check_fields])


class CompareScenariosQuery(Query):
    """One that is left out is today."""

    one = id_filter("Scenario")
    other = id_filter("Scenario")


class ComparedScenariosSerializer(serializers.Serializer[Any]):
    sentence = serializers.CharField()
    one = WhatIfSerializer()
    other = WhatIfSerializer()


# ---- Portfolios side by side


class ComparePortfoliosQuery(Query):
    """Two choices, a and b: a budget in the program's currency with a goal and ids that are forced in or out, parted by
    commas; or a decision that was recorded."""

    a_budget = serializers.DecimalField(max_digits=12, decimal_places=2, min_value=0, required=False)
    a_goal = serializers.ChoiceField(choices=GOALS, default=Goal.GAP.value)
    a_forced_in = serializers.CharField(required=False, max_length=200)
    a_forced_out = serializers.CharField(required=False, max_length=200)
    a_decision = id_filter("Decision")
    b_budget = serializers.DecimalField(max_digits=12, decimal_places=2, min_value=0, required=False)
    b_goal = serializers.ChoiceField(choices=GOALS, default=Goal.GAP.value)
    b_forced_in = serializers.CharField(required=False, max_length=200)
    b_forced_out = serializers.CharField(required=False, max_length=200)
    b_decision = id_filter("Decision")


class ChosenSerializer(serializers.Serializer[Any]):
    """One choice. gain null: nothing fits, or too few customers stated what they need. decision: the record that
    it comes from, null: it is worked out now. alone: what is only in this one."""

    name = serializers.CharField()
    problem = serializers.CharField()
    decision = serializers.IntegerField(allow_null=True)
    initiatives = serializers.ListField(child=serializers.IntegerField())
    alone = serializers.ListField(child=serializers.IntegerField())
    cost = serializers.FloatField(allow_null=True)
    overall_gap = serializers.FloatField(allow_null=True)
    gain = GainSerializer(allow_null=True)
    reach = serializers.FloatField(allow_null=True, help_text="Points less of what reaches customers.")
    served = serializers.ListField(child=serializers.IntegerField(), help_text="Requirements.")


class ComparedPortfoliosSerializer(serializers.Serializer[Any]):
    run = serializers.IntegerField()
    as_of = serializers.DateField()
    sentence = serializers.CharField()
    a = ChosenSerializer()
    b = ChosenSerializer()
