"""Kept days as the API writes them, and what the change between two of them is made of."""

from typing import Any, ClassVar

from rest_framework import serializers

from gap_scores.models import LONGEST_TITLE, Snapshot
from gap_scores.serializers import LARGEST_ID, Described
from gap_scores.splitting import Comparison
from scoring.changes import Change
from scoring.waterfall import Cause
from web.bodies import Body, Text
from web.nouns import ordering
from web.paging import PageQuery
from web.queries import Query


class SnapshotSerializer(serializers.ModelSerializer[Snapshot]):
    """Scores that were kept of a date. Two with one digest keep the same."""

    class Meta:
        model = Snapshot
        fields: ClassVar = [
            "id", "as_of", "title", "reason", "method", "run_id", "created_at", "overall", "overall_lo", "overall_hi",
            "digest",
        ]  # fmt: skip
        read_only_fields = fields


class SnapshotBody(Body):
    as_of = serializers.DateField(help_text="A day up to today, on or after the first interview.")
    title = Text(
        max_length=LONGEST_TITLE, required=False, help_text="What it is kept for; left out: 'As of' with the day."
    )
    is_review = serializers.BooleanField(
        required=False, help_text="A review was held on this day; 'what changed' starts from the last review."
    )


class SnapshotQuery(PageQuery):
    as_of = serializers.DateField(required=False)
    reason = serializers.ChoiceField(choices=Snapshot.Reason.choices, required=False)
    ordering = ordering("-as_of", "created_at", "id")


class ChangeQuery(Query):
    then = serializers.IntegerField(
        min_value=1, max_value=LARGEST_ID, required=False,
        help_text="Id of the earlier snapshot; left out: the review before, without one what was kept last before.",
    )  # fmt: skip
    function = serializers.IntegerField(
        min_value=1, max_value=LARGEST_ID, required=False, help_text="Its own gap; left out: the overall gap."
    )


class SplitBody(Body):
    then = serializers.IntegerField(min_value=1, max_value=LARGEST_ID, help_text="Id of the earlier snapshot.")


class GapChangeEndSerializer(Described):
    """One of the two days; gap null: none, or so few voices that only the interval is told."""

    snapshot = serializers.IntegerField()
    as_of = serializers.DateField()
    gap = serializers.FloatField(allow_null=True)
    lo = serializers.FloatField(allow_null=True)
    hi = serializers.FloatField(allow_null=True)


class PointsMovedSerializer(Described):
    requirement = serializers.IntegerField()
    points = serializers.FloatField()


class GapChangePartSerializer(Described):
    """What one cause did to the gap, in points; requirements: what each did of it, for specialists."""

    cause = serializers.ChoiceField(choices=[each.value for each in Cause])
    points = serializers.FloatField()
    requirements = PointsMovedSerializer(many=True)


class GapChangeSerializer(Described):
    """What the change between two snapshots is made of: the parts add up to it. few: only the intervals are told."""

    then = GapChangeEndSerializer()
    now = GapChangeEndSerializer()
    change = serializers.ChoiceField(choices=[each.value for each in Change])
    few = serializers.BooleanField()
    parts = GapChangePartSerializer(many=True)


def change_form(its: Comparison, *, with_requirements: bool) -> dict[str, Any]:
    ends = [
        {
            "snapshot": side.pk, "as_of": side.as_of, "gap": gap.gap if gap and not its.few else None,
            "lo": gap.lo if gap else None, "hi": gap.hi if gap else None,
        }
        for side, gap in zip(its.sides, (its.then, its.now), strict=True)
    ]  # fmt: skip
    parts = [
        {
            "cause": part.cause.value,
            "points": part.points,
            "requirements": [
                {"requirement": each, "points": points} for each, points in sorted(part.by_requirement.items())
            ]
            if with_requirements
            else [],
        }
        for part in (its.split.parts if its.split else ())
    ]
    return {"then": ends[0], "now": ends[1], "change": its.change.value, "few": its.few, "parts": parts}
