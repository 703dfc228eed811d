"""The management reviews that a person may read, newest first."""

from operator import attrgetter
from typing import ClassVar

from django.utils.translation import gettext_lazy as _
from django_filters import ChoiceFilter, FilterSet

from improvements.review_models import Review
from web.choices import in_words
from web.filters import FromDayToDay
from web.lists import Column, ListPlan


class ReviewFilter(FilterSet):
    state = ChoiceFilter(label=_("State"), choices=Review.State.choices)
    held_on = FromDayToDay(label=_("Held on"))

    class Meta:
        model = Review
        fields: ClassVar = ()


REVIEWS = ListPlan(
    name="reviews",
    columns=(
        Column("title", _("Review")),
        Column("held_on", _("Held on")),
        Column("state", _("State"), value=in_words("state")),
        Column("decision_count", _("Decisions"), numeric=True),
        Column(
            "as_of", _("Kept day"), order_by=("snapshot__as_of",), value=attrgetter("snapshot.as_of"), hide_narrow=True
        ),
        Column("closed_by_name", _("Closed by"), hide_narrow=True),
    ),
    sort="-held_on",
    filters=ReviewFilter,
    search=("title",),
)
