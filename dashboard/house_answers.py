"""A house as the API answers it: the same numbers as its page, of all rows and columns that the parameters leave."""

from typing import Any

from rest_framework import serializers

from customers.models import Lifecycle
from dashboard.house import Beam, Column, Row
from dashboard.house_page import HousePage
from gap_scores.answers import scope_form, stamp_form
from gap_scores.serializers import LARGEST_ID, LIFECYCLES, ScopeSerializer, StampSerializer
from web.nouns import id_filter
from web.queries import Query

Form = dict[str, Any]
WEIGHTS = {"row_normalised": "row-normalised", "simple": "classic"}


class HouseQuery(Query):
    lifecycle = serializers.ChoiceField(
        choices=LIFECYCLES, default=Lifecycle.CURRENT.value, help_text="Whose answers; 'all' leaves internal ones out."
    )
    attribute = id_filter("Attribute")
    function = id_filter("Function that owns the requirements or contributes to them: its")
    weights = serializers.ChoiceField(
        choices=sorted(WEIGHTS.values(), reverse=True),
        default="row-normalised",
        help_text="How strengths become shares; see docs/algorithms/house-of-quality.md.",
    )


class ResponsibilityHouseQuery(HouseQuery):
    """Points and gaps of a kept day where one is asked for; who serves what is of today."""

    product = serializers.IntegerField(
        min_value=1, max_value=LARGEST_ID, required=False, help_text="Product id; without it all products together."
    )
    as_of = serializers.DateField(
        required=False, help_text="Read the scores that were kept of this day: the headline only, see snapshots."
    )


class MetricHouseQuery(HouseQuery):
    """Of today only: of one product no scores are kept."""

    product = serializers.IntegerField(min_value=1, max_value=LARGEST_ID, help_text="Product id.")
    of = id_filter("Function whose metrics are answered: its")


class HouseRowSerializer(serializers.Serializer[Any]):
    requirement = serializers.IntegerField()
    reference = serializers.CharField()
    statement = serializers.CharField()
    points = serializers.FloatField(allow_null=True, help_text="Its weight; null: it is in no sum.")
    gap = serializers.FloatField(allow_null=True)
    is_measured = serializers.BooleanField(help_text="Whether a metric measures its level.")
    is_served = serializers.BooleanField()


class HouseColumnSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(help_text="Of the function or the metric.")
    name = serializers.CharField()
    importance = serializers.FloatField(help_text="Technical importance, in points.")
    share = serializers.FloatField(allow_null=True, help_text="Of the importance of all columns, 0..1; null: no data.")
    rank = serializers.IntegerField(allow_null=True, help_text="Under 9/3/1; equal ones share a rank.")
    rank_mild = serializers.IntegerField(allow_null=True, help_text="Under 5/3/1.")
    serves_none = serializers.BooleanField()


class HouseCellSerializer(serializers.Serializer[Any]):
    requirement = serializers.IntegerField()
    column = serializers.IntegerField()
    strength = serializers.IntegerField()
    is_marked = serializers.BooleanField(help_text="The owner, or the metric that measures the level.")
    is_stated = serializers.BooleanField(help_text="false: an owner counts as 9 because nothing else is said.")


class BeamSerializer(serializers.Serializer[Any]):
    one = serializers.IntegerField()
    other = serializers.IntegerField()
    sign = serializers.CharField()
    words = serializers.CharField()


class HouseSerializer(serializers.Serializer[Any]):
    """Cells without a strength are left out. Shares are of all columns, also of those that the caller may not see."""

    scope = ScopeSerializer()
    stamp = StampSerializer()
    weights = serializers.ChoiceField(choices=sorted(WEIGHTS.values(), reverse=True))
    answer = serializers.CharField()
    points = serializers.FloatField(help_text="Sum of the rows that have points.")
    rows = HouseRowSerializer(many=True)
    columns = HouseColumnSerializer(many=True)
    cells = HouseCellSerializer(many=True)
    roof = BeamSerializer(many=True)


def house_form(page: HousePage) -> Form:
    house = page.house
    seen = {column.key for column in house.seen}
    rows = {row.key for row in house.rows}
    return {
        "scope": scope_form(page.asked.scope),
        "stamp": stamp_form(page.board.stamp),
        "weights": WEIGHTS[house.method],
        "answer": page.answer,
        "points": house.points,
        "rows": [_row(row, is_served=row.key not in house.unserved_keys) for row in house.rows],
        "columns": [_column(page, column) for column in house.seen],
        "cells": [
            {
                "requirement": row,
                "column": column,
                "strength": cell.strength,
                "is_marked": cell.marked,
                "is_stated": cell.stated,
            }
            for (row, column), cell in sorted(house.cells.items())
            if row in rows and column in seen
        ],
        "roof": [_beam(beam) for beam in house.beams if beam.one in seen and beam.other in seen],
    }


def _row(row: Row, *, is_served: bool) -> Form:
    return {
        "requirement": row.key,
        "reference": row.reference,
        "statement": row.statement,
        "points": row.weight,
        "gap": row.gap.gap if row.gap and not row.gap.few else None,
        "is_measured": row.measured,
        "is_served": is_served,
    }


def _column(page: HousePage, column: Column) -> Form:
    stands = page.house.standing[column.key]
    return {
        "id": column.key,
        "name": column.name,
        "importance": stands.importance,
        "share": None if stands.silent else stands.share,
        "rank": stands.rank,
        "rank_mild": stands.rank_mild,
        "serves_none": stands.empty,
    }


def _beam(beam: Beam) -> Form:
    return {"one": beam.one, "other": beam.other, "sign": beam.label, "words": beam.words}
