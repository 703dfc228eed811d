"""Metrics and their links: what must fit together, and what a change marks."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from jobs.models import Marker
from metrics import services
from metrics.models import Metric, MetricLink
from requirements_catalog.services import update_requirement
from tests.factories.functions import FunctionFactory
from tests.factories.metrics import MeasurementFactory, MetricFactory, MetricLinkFactory
from tests.factories.requirements_catalog import ProductFactory, RequirementFactory

pytestmark = pytest.mark.django_db

METRIC, REQUIREMENT = 4, 3


def markers() -> list[tuple[int, int]]:
    return list(Marker.objects.order_by("id").values_list("kind", "key1"))


def create(**values) -> Metric:
    plain = {"name": "Repair time", "kind": "level", "unit": "hours", "direction": "lower"}
    return services.create_metric(function=FunctionFactory(), **plain | values)


def refused(**values) -> list[str]:
    with pytest.raises(ValidationError) as refusal:
        create(**values)
    assert Metric.objects.count() == 0
    return list(refusal.value.message_dict)


def test_a_metric_is_created_with_its_target():
    metric = create(target=Decimal("7.5"), kind="duration", percentile=95)

    assert (Metric.objects.get().target, metric.percentile) == (Decimal("7.5"), 95)


@pytest.mark.parametrize(
    ("values", "fields"),
    [
        ({"name": ""}, ["name"]),
        ({"kind": "guess"}, ["kind"]),
        ({"unit": "parsecs"}, ["unit"]),
        ({"direction": "sideways"}, ["direction"]),
        ({"kind": "duration"}, ["percentile"]),
        ({"kind": "duration", "percentile": 100}, ["percentile"]),
        ({"percentile": 95}, ["percentile"]),
        ({"kind": "defects", "unit": "per_million"}, ["opportunities_per_unit"]),
        ({"opportunities_per_unit": 3}, ["opportunities_per_unit"]),
        ({"kind": "proportion"}, ["unit"]),
        ({"kind": "duration", "percentile": 95, "unit": "percent"}, ["unit"]),
        ({"kind": "count_rate", "unit": "percent"}, ["unit"]),
        ({"target": Decimal("NaN")}, ["target"]),
        ({"target": Decimal("1E309")}, ["target"]),
        ({"window_months": 0}, ["window_months"]),
        ({"cadence_days": 401}, ["cadence_days"]),
    ],
)
def test_an_impossible_metric_is_refused_by_field(values, fields):
    assert refused(**values) == fields


def test_a_change_marks_the_metric():
    metric = MetricFactory(window_months=3)

    services.update_metric(metric=metric, changes={"window_months": 6})

    metric.refresh_from_db()
    assert (metric.window_months, markers()) == (6, [(METRIC, metric.pk)])


def test_kind_unit_and_breakdown_stay_once_something_was_measured():
    metric = MetricFactory()
    MeasurementFactory(metric=metric, value=1)

    with pytest.raises(ValidationError) as refusal:
        services.update_metric(
            metric=metric, changes={"unit": "days", "breakdown": "country", "kind": "duration", "percentile": 95}
        )

    assert sorted(refusal.value.message_dict) == ["breakdown", "kind", "unit"]
    metric.refresh_from_db()
    assert (metric.unit, metric.breakdown, metric.kind, markers()) == ("hours", "", "level", [])


def test_the_unit_may_change_before_anything_was_measured():
    metric = MetricFactory()

    services.update_metric(metric=metric, changes={"unit": "days"})

    assert Metric.objects.get().unit == "days"


def test_a_change_must_still_fit_the_requirements_whose_level_it_measures():
    link = MetricLinkFactory()

    with pytest.raises(ValidationError):
        services.update_metric(metric=link.metric, changes={"direction": "higher"})

    assert (Metric.objects.get().direction, markers()) == ("lower", [])


# ---- Suspect links


def suspect() -> list[int]:
    return list(MetricLink.objects.suspect().values_list("pk", flat=True))


@pytest.mark.parametrize(
    ("name", "value", "is_other"),
    [
        ("definition", "From the call on", True),
        ("window_months", 6, True),
        ("name", "Hours", False),
        ("target", 3, False),
    ],
)
def test_a_metric_that_measures_something_else_makes_its_links_suspect(name, value, is_other):
    made = MetricLinkFactory()

    metric = services.update_metric(metric=made.metric, changes={name: value})

    assert (metric.version, suspect()) == ((2, [made.pk]) if is_other else (1, []))


def test_a_link_is_suspect_until_somebody_has_looked_at_both_of_its_ends():
    made, other = MetricLinkFactory(), MetricLinkFactory()
    for link in (made, other):
        update_requirement(requirement=link.requirement, changes={"statement": "Otherwise"})
    assert suspect() == [made.pk, other.pk]

    services.affirm_link(link=made, requirement_version=2, metric_version=1)
    services.change_link(link=other, role="supports", strength=3)

    assert suspect() == []


def test_what_changed_once_more_since_it_was_read_is_not_affirmed():
    made = MetricLinkFactory()
    for statement in ("Otherwise", "Otherwise again"):
        update_requirement(requirement=made.requirement, changes={"statement": statement})

    with pytest.raises(ValidationError, match="changed once more"):
        services.affirm_link(link=made, requirement_version=2, metric_version=1)

    assert suspect() == [made.pk]


# ---- Links


def link(metric=None, requirement=None, **values) -> MetricLink:
    requirement = requirement or RequirementFactory(scale={})
    options = {"product": requirement.products.get(), "role": "measures"} | values
    return services.link_metric(metric=metric or MetricFactory(), requirement=requirement, **options)


def test_a_link_marks_its_metric():
    made = link(strength=3)

    assert (made.strength, markers()) == (3, [(METRIC, made.metric_id)])


@pytest.mark.parametrize(
    ("metric", "scale", "field"),
    [
        ({"unit": "count"}, {}, "metric"),
        ({"direction": "higher"}, {}, "metric"),
        ({}, None, "role"),
    ],
)
def test_what_measures_the_level_fits_the_scale(metric, scale, field):
    with pytest.raises(ValidationError) as refusal:
        link(MetricFactory(**metric), RequirementFactory(scale=scale))

    assert list(refusal.value.message_dict) == [field]
    assert (MetricLink.objects.count(), markers()) == (0, [])


def test_minutes_may_measure_what_is_required_in_hours():
    assert link(MetricFactory(unit="minutes")).role == "measures"


def test_what_supports_need_not_fit_the_scale():
    link(MetricFactory(unit="count"), role="supports")
    link(MetricFactory(unit="count"), RequirementFactory(), role="supports")

    assert MetricLink.objects.count() == 2


def test_a_link_comes_once():
    first = link()

    with pytest.raises(ValidationError, match="serves the requirement for this product already"):
        link(first.metric, first.requirement, role="supports")


def test_one_metric_measures_a_level():
    first = link()

    with pytest.raises(ValidationError, match="Another metric measures this level already"):
        link(requirement=first.requirement)
    second = link(requirement=first.requirement, role="supports")
    with pytest.raises(ValidationError, match="Another metric measures this level already"):
        services.change_link(link=second, role="measures", strength=9)

    second.refresh_from_db()
    assert second.role == "supports"


def test_the_strength_is_9_3_or_1():
    with pytest.raises(ValidationError) as refusal:
        link(strength=5)

    assert list(refusal.value.message_dict) == ["strength"]


def test_the_product_is_one_of_the_requirements():
    with pytest.raises(ValidationError) as refusal:
        link(product=ProductFactory())

    assert list(refusal.value.message_dict) == ["product"]


@pytest.mark.parametrize("gone", [{"state": "retired"}, {"merged_into": True}])
def test_a_retired_or_merged_requirement_gets_no_new_link(gone):
    if "merged_into" in gone:
        gone = {"merged_into": RequirementFactory()}

    with pytest.raises(ValidationError) as refusal:
        link(requirement=RequirementFactory(scale={}, **gone))

    assert list(refusal.value.message_dict) == ["requirement"]


def test_a_change_of_role_marks_the_requirement_too():
    made = MetricLinkFactory()

    services.change_link(link=made, role="supports", strength=1)

    made.refresh_from_db()
    assert (made.role, made.strength) == ("supports", 1)
    assert markers() == [(METRIC, made.metric_id), (REQUIREMENT, made.requirement_id)]


def test_unlinking_marks_the_requirement_that_the_linked_one_was_merged_into():
    kept = RequirementFactory()
    made = MetricLinkFactory(requirement=RequirementFactory(scale={}, merged_into=kept))

    services.unlink_metric(link=made)

    assert (MetricLink.objects.count(), markers()) == (0, [(REQUIREMENT, kept.pk)])


# ---- What the database refuses


@pytest.mark.parametrize(
    "columns",
    [
        {"percentile": 95},
        {"kind": "duration"},
        {"kind": "defects"},
        {"opportunities_per_unit": 4},
        {"window_months": 0},
        {"cadence_days": 0},
        {"name": ""},
    ],
)
def test_the_database_refuses_impossible_metrics(columns):
    metric = MetricFactory()

    with pytest.raises(IntegrityError), transaction.atomic():
        Metric.objects.filter(pk=metric.pk).update(**columns)


def test_the_database_keeps_one_measuring_link():
    first = MetricLinkFactory()

    with pytest.raises(IntegrityError), transaction.atomic():
        MetricLinkFactory(requirement=first.requirement)
