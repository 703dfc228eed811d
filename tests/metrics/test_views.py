"""The pages of metrics through Django's client: who may, what a bad entry says, what a good one changes."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from jobs.models import Marker
from metrics.forms import MetricForm
from metrics.models import Measurement, Metric, MetricLink
from metrics.services import create_metric
from metrics.starters import starters
from requirements_catalog.models import Attribute
from requirements_catalog.services import update_requirement
from tests.factories.functions import FunctionFactory
from tests.factories.metrics import MeasurementFactory, MetricFactory, MetricLinkFactory
from tests.factories.people import person_of, signed_in
from tests.factories.requirements_catalog import RequirementFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon"), pytest.mark.once]

FEBRUARY = {"period_start": "2026-02-01", "period_end": "2026-02-28"}
NEW_METRIC = {
    "name": "Repair time", "kind": "duration", "unit": "hours", "direction": "lower", "percentile": "95",
    "window_months": "3", "cadence_days": "31", "grace_days": "10", "target": "7,5",
}  # fmt: skip


def said(response) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def errors_of(response) -> dict[str, list[str]]:
    assert response.status_code == 422
    return {name: [str(error) for error in errors] for name, errors in response.context["form"].errors.items()}


def text_of(response) -> str:
    return response.content.decode()


# ---- Who may


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("metric_list", []), ("metric_create", []), ("metric_update", [1]), ("metric_deactivate", [1]),
        ("metric_link_create", [1]), ("metric_link_update", [1]), ("metric_link_delete", [1]),
        ("suspect_link_list", []), ("metric_link_affirm", [1]),
        ("measurement_create", [1]), ("measurement_correct", [1]),
    ],
)  # fmt: skip
def test_who_is_not_signed_in_is_asked_to(name, arguments):
    response = signed_in().get(reverse(name, args=arguments))

    assert (response.status_code, response.url.split("?")[0]) == (302, reverse("account_login"))


@pytest.mark.parametrize(
    ("name", "of_link"),
    [
        ("metric_update", False), ("metric_deactivate", False), ("metric_link_create", False),
        ("metric_link_update", True), ("metric_link_delete", True),
    ],
)  # fmt: skip
@pytest.mark.parametrize("role", ["head", "viewer"])
def test_metrics_and_links_are_the_specialists(role, name, of_link):
    function = FunctionFactory()
    link = MetricLinkFactory(metric__function=function)
    client = signed_in(role, function=function if role == "head" else None)
    address = reverse(name, args=[link.pk if of_link else link.metric_id])

    assert (client.get(address).status_code, client.post(address).status_code) == (404, 404)
    assert (MetricLink.objects.count(), Marker.objects.count()) == (1, 0)


def test_a_head_enters_measurements_of_the_own_function_only():
    own, foreign = MetricFactory(), MetricFactory(name="Canary")
    client = signed_in("head", function=own.function)

    assert client.get(reverse("measurement_create", args=[own.pk])).status_code == 200
    for answer in (client.get, client.post):
        response = answer(reverse("measurement_create", args=[foreign.pk]), FEBRUARY | {"value": "1"})
        assert response.status_code == 404
        assert "Canary" not in text_of(response)
    assert Measurement.objects.count() == 0


def test_a_head_sees_but_does_not_enter_what_serves_the_own_requirements():
    function = FunctionFactory()
    link = MetricLinkFactory(requirement=RequirementFactory(scale={}, owner=function))
    client = signed_in("head", function=function)

    listed = client.get(reverse("metric_list"))
    entering = client.get(reverse("measurement_create", args=[link.metric_id]))

    assert link.metric.name in text_of(listed)
    assert reverse("measurement_create", args=[link.metric_id]) not in text_of(listed)
    assert entering.status_code == 404


def test_a_viewer_enters_nothing():
    metric = MetricFactory()

    assert signed_in("viewer").get(reverse("measurement_create", args=[metric.pk])).status_code == 404


def test_a_head_does_not_correct_what_others_measured():
    measurement = MeasurementFactory(value=1)
    client = signed_in("head", function=FunctionFactory())

    response = client.post(reverse("measurement_correct", args=[measurement.pk]), FEBRUARY | {"value": "2"})

    assert (response.status_code, Measurement.objects.get().is_current) == (404, True)


@pytest.mark.parametrize("name", ["metric_update", "measurement_create", "measurement_correct", "metric_link_update"])
def test_what_is_not_there_is_not_found(name):
    assert signed_in("specialist").get(reverse(name, args=[10**30])).status_code == 404


# ---- The list


def rows_of(response) -> list[str]:
    return [row.metric.name for row in response.context["list"].page]


def test_the_list_says_level_interval_and_age():
    metric = MetricFactory(name="Repair time", target=Decimal("7.5"))
    for value in ("1.5", "2", "4"):
        MeasurementFactory(metric=metric, value=Decimal(value))

    response = signed_in("specialist").get(reverse("metric_list"))

    text = text_of(response)
    assert rows_of(response) == ["Repair time"]
    for shown in ("<b>2.5 hours</b>", "\u22120.7862 to 5.79", ">7.5<", "28\u00a0Feb\u00a02026", "16\u00a0d"):
        assert shown in text


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({"kind": "duration"}, ["Late"]),
        ({"cadence": "never"}, ["Late"]),
        ({"cadence": "fresh"}, ["Fresh"]),
        ({"newest_on_after": "2026-02-28"}, ["Fresh"]),
        ({"newest_on_before": "2026-02-27"}, []),
        ({"serves": "level"}, ["Late"]),
        ({"serves": "some"}, ["Late"]),
        ({"serves": "none"}, ["Fresh"]),
        ({"q": "fres"}, ["Fresh"]),
        ({"is_active": "false"}, []),
        ({"sort": "-name"}, ["Late", "Fresh"]),
        ({"sort": "newest_on"}, ["Fresh", "Late"]),
        ({"sort": "-newest_on"}, ["Fresh", "Late"]),
    ],
)
def test_the_list_is_filtered_searched_and_sorted(asked, names):
    MeasurementFactory(metric=MetricFactory(name="Fresh"), value=1)
    MetricLinkFactory(metric=MetricFactory(name="Late", duration=True), role="measures")

    assert rows_of(signed_in("specialist").get(reverse("metric_list"), asked)) == names


def test_the_list_is_filtered_by_function():
    metric = MetricFactory()
    MetricFactory()

    response = signed_in("specialist").get(reverse("metric_list"), {"function": metric.function_id})

    assert rows_of(response) == [metric.name]


def test_the_list_says_how_many_are_old():
    MeasurementFactory(metric=MetricFactory(), period_end=date(2025, 1, 31), value=1)
    MetricFactory()

    response = signed_in("specialist").get(reverse("metric_list"))

    assert "1 of 2 metrics rest on old measurements, 1 were never measured" in " ".join(text_of(response).split())


def test_the_csv_has_the_rows_shown_with_their_levels():
    metric = MetricFactory(name="Repair time", function__name="Service")
    MeasurementFactory(metric=metric, value=Decimal("2.5"))
    MetricFactory(name="Other", kind="duration", percentile=95)

    response = signed_in("specialist").get(reverse("metric_list"), {"kind": "level", "format": "csv"})

    lines = b"".join(response.streaming_content).decode().splitlines()
    assert lines == [
        (
            "\ufeffname,function,kind,level,lo,hi,unit,n,moves,reaches,target,newest_on,age_days,cadence,trust,trust_why,"
            "serves,short_name,definition,direction,percentile,opportunities_per_unit,steps,counts_from,formula,breakdown,"
            "window_months,cadence_days,grace_days,note,is_active,links"
        ),
        (
            "Repair time,Service,level,2.5,,,hours,1,too few periods,not known,,2026-02-28,16,fresh,sound,"
            '"All come from one source, so that no other one would show what it gets wrong.",'
            "0,,,lower is better,,,,,,,3,31,10,,yes,"
        ),
    ]


def test_the_list_asks_the_database_as_often_for_many_rows_as_for_few(django_assert_max_num_queries):
    client = signed_in("specialist")
    for _ in range(12):
        MetricLinkFactory(metric=MeasurementFactory(value=1).metric)

    # Seven of them find the customers' levels, one the points of the charts.
    with django_assert_max_num_queries(22):
        response = client.get(reverse("metric_list"))

    assert len(rows_of(response)) == 12


def test_the_list_says_what_the_newest_points_say_and_whether_they_reach_customers():
    metric = MetricFactory(cadence_days=7)
    for weeks, value in enumerate([9, *[2, 3] * 8]):
        MeasurementFactory(metric=metric, value=value, period_end=date(2026, 2, 28) - timedelta(days=7 * weeks))
    MetricFactory(name="Never")

    text = text_of(signed_in("specialist").get(reverse("metric_list")))

    assert "signal: worse" in text
    assert "too few periods" in text
    assert "measures no level" in text


def test_a_metric_with_more_measurements_than_a_list_reads_is_left_to_its_own_page(monkeypatch):
    monkeypatch.setattr("dashboard.metric_marks.MOST_ROWS", 2)
    metric = MetricFactory()
    for day in (26, 27, 28):
        MeasurementFactory(metric=metric, value=1, period_end=date(2026, 2, day))

    assert "see its chart" in text_of(signed_in("specialist").get(reverse("metric_list")))


def test_an_empty_list_offers_the_first_step():
    assert reverse("metric_create") in text_of(signed_in("specialist").get(reverse("metric_list")))


# ---- Metrics


def test_a_metric_is_added():
    function = FunctionFactory()

    response = signed_in("specialist").post(reverse("metric_create"), NEW_METRIC | {"function": function.pk})

    metric = Metric.objects.get()
    assert response.url == reverse("metric_detail", args=[metric.pk])
    assert (metric.name, metric.percentile, metric.target, metric.function) == (
        "Repair time", 95, Decimal("7.5"), function,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("entry", "fields"),
    [
        ({"name": ""}, ["name"]),
        ({"kind": "level"}, ["percentile"]),
        ({"unit": "percent"}, ["unit"]),
        ({"target": "NaN"}, ["target"]),
        ({"target": "1,234"}, ["target"]),
        ({"window_months": "0"}, ["window_months"]),
        ({"cadence_days": "9" * 30}, ["cadence_days"]),
        ({"function": "999"}, ["function"]),
        ({"definition": "a\0b"}, ["definition"]),
    ],
)
def test_a_bad_entry_names_the_field_and_keeps_what_was_typed(entry, fields):
    typed = NEW_METRIC | {"function": FunctionFactory().pk, "note": "From the service log"} | entry

    response = signed_in("specialist").post(reverse("metric_create"), typed)

    assert list(errors_of(response)) == fields
    assert "From the service log" in text_of(response)
    assert Metric.objects.count() == 0


def test_two_metrics_do_not_share_a_name():
    MetricFactory(name="Repair time")

    response = signed_in("specialist").post(reverse("metric_create"), NEW_METRIC | {"function": FunctionFactory().pk})

    assert list(errors_of(response)) == ["name"]


def test_a_change_says_what_follows():
    link = MetricLinkFactory(metric=MetricFactory(duration=True))

    response = signed_in("specialist").post(
        reverse("metric_update", args=[link.metric_id]), NEW_METRIC | {"function": link.metric.function_id}
    )

    assert Metric.objects.get().name == "Repair time"
    assert said(response) == ["Saved. 1 requirement will be scored anew."]


def test_a_metric_of_a_function_that_was_ended_can_still_be_changed():
    metric = MetricFactory(duration=True, function__is_active=False)

    response = signed_in("specialist").post(
        reverse("metric_update", args=[metric.pk]), NEW_METRIC | {"function": metric.function_id}
    )

    assert response.status_code == 302


def test_ending_a_metric_asks_first_and_says_what_is_lost():
    link = MetricLinkFactory()
    address, client = reverse("metric_deactivate", args=[link.metric_id]), signed_in("specialist")

    asked = client.get(address)

    assert (Metric.objects.get().is_active, Marker.objects.count()) == (True, 0)
    assert f"{link.requirement} loses its measured level" in text_of(asked)
    client.post(address)
    assert not Metric.objects.get().is_active
    client.post(address)
    assert Metric.objects.get().is_active


# ---- Links


def test_a_metric_is_linked():
    metric, requirement = MetricFactory(), RequirementFactory(scale={})
    product = requirement.products.get()

    response = signed_in("specialist").post(
        reverse("metric_link_create", args=[metric.pk]),
        {"serves": f"{requirement.pk}-{product.pk}", "role": "measures", "strength": "9"},
    )

    link = MetricLink.objects.get()
    assert (link.metric, link.requirement, link.product, link.role) == (metric, requirement, product, "measures")
    assert said(response) == ["Linked. 1 requirement will be scored anew."]


def test_a_link_that_does_not_fit_is_refused_at_its_field():
    metric, requirement = MetricFactory(unit="count"), RequirementFactory(scale={})
    typed = {"serves": f"{requirement.pk}-{requirement.products.get().pk}", "role": "measures", "strength": "9"}

    response = signed_in("specialist").post(reverse("metric_link_create", args=[metric.pk]), typed)

    assert list(errors_of(response)) == ["serves"]
    assert MetricLink.objects.count() == 0


def test_a_second_measuring_link_is_refused():
    link = MetricLinkFactory()
    typed = {"serves": f"{link.requirement_id}-{link.product_id}", "role": "measures", "strength": "9"}

    response = signed_in("specialist").post(reverse("metric_link_create", args=[MetricFactory().pk]), typed)

    assert errors_of(response) == {"__all__": ["Another metric measures this level already; this one can support."]}


@pytest.mark.parametrize("serves", ["", "1-", "999-999", "x"])
def test_only_pairs_that_exist_can_be_linked(serves):
    response = signed_in("specialist").post(
        reverse("metric_link_create", args=[MetricFactory().pk]),
        {"serves": serves, "role": "supports", "strength": "9"},
    )

    assert list(errors_of(response)) == ["serves"]


def test_a_link_is_changed_and_ended():
    link, client = MetricLinkFactory(), signed_in("specialist")

    client.post(reverse("metric_link_update", args=[link.pk]), {"role": "supports", "strength": "3"})
    link.refresh_from_db()
    asked = client.get(reverse("metric_link_delete", args=[link.pk]))
    client.post(reverse("metric_link_delete", args=[link.pk]))

    assert (link.role, link.strength, asked.status_code) == ("supports", 3, 200)
    assert MetricLink.objects.count() == 0


# ---- Measurements


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ({}, ["value"]),
        ({"duration": True}, ["value"]),
        ({"proportion": True}, ["numerator", "denominator"]),
        ({"defects": True}, ["defects", "units", "opportunities"]),
        ({"count_rate": True}, ["events", "exposure"]),
        ({"breakdown": "region"}, ["part", "value"]),
    ],
)
def test_the_form_asks_what_the_kind_needs(kind, fields):
    response = signed_in("specialist").get(reverse("measurement_create", args=[MetricFactory(**kind).pk]))

    assert sorted(response.context["form"].fields) == sorted(["entry", "period_start", "period_end", *fields])


def test_a_measurement_is_recorded_and_says_what_it_changed():
    metric = MetricLinkFactory(metric=MetricFactory(name="Repair time")).metric
    MeasurementFactory(metric=metric, value=Decimal(8))
    client = signed_in("head", function=metric.function)

    response = client.post(reverse("measurement_create", args=[metric.pk]), FEBRUARY | {"value": "7,5"})

    measurement = Measurement.objects.order_by("-pk")[0]
    assert response.url == reverse("metric_detail", args=[metric.pk])
    assert (measurement.value, measurement.period_start, measurement.period_end) == (
        Decimal("7.5"), date(2026, 2, 1), date(2026, 2, 28),
    )  # fmt: skip
    assert (measurement.source, measurement.entered_by) == ("page", person_of(client))
    assert said(response) == [
        "Recorded. The measured level moved from 8 to 7.75 hours (n 2). 1 requirement will be scored anew."
    ]


def test_the_first_measurement_says_the_level():
    metric = MetricFactory(proportion=True)

    response = signed_in("specialist").post(
        reverse("measurement_create", args=[metric.pk]), FEBRUARY | {"numerator": "1 000", "denominator": "4000"}
    )

    assert said(response) == [
        "Recorded. The measured level is 25 per cent (n 4000). It measures no requirement's level, so no score changes."
    ]


def test_several_measurements_can_be_entered_in_a_row():
    metric = MetricFactory()

    response = signed_in("specialist").post(
        reverse("measurement_create", args=[metric.pk]), FEBRUARY | {"value": "1", "another": "yes"}
    )

    assert response.url == reverse("measurement_create", args=[metric.pk])


def test_a_form_that_is_sent_twice_is_stored_once():
    metric, client = MetricFactory(), signed_in("specialist")
    address = reverse("measurement_create", args=[metric.pk])
    key = client.get(address).context["form"]["entry"].value()

    for _ in range(2):
        assert client.post(address, FEBRUARY | {"value": "1", "entry": key}).status_code == 302
    other = client.post(address, FEBRUARY | {"value": "2", "entry": key})

    assert f'name="entry" value="{key}"' in text_of(other)
    assert "came before with other figures" in errors_of(other)["__all__"][0]
    assert (Measurement.objects.get().value, Measurement.objects.get().external_id) == (1, key)


@pytest.mark.parametrize("key", ["", "x", "A" * 32, "0" * 33])
def test_a_key_that_is_none_of_ours_is_no_key(key):
    metric = MetricFactory()

    signed_in("specialist").post(
        reverse("measurement_create", args=[metric.pk]), FEBRUARY | {"value": "1", "entry": key}
    )

    assert Measurement.objects.get().external_id == ""


@pytest.mark.parametrize(
    ("kind", "entry", "field"),
    [
        ({}, {"value": "NaN"}, "value"),
        ({}, {"value": "1e309"}, "value"),
        ({}, {"value": "1,234"}, "value"),
        ({}, {"value": ""}, "value"),
        ({}, {"value": "1", "period_end": "2026-03-17"}, "period_end"),
        ({}, {"value": "1", "period_end": "2026-01-01"}, "period_end"),
        ({}, {"value": "1", "period_end": "yesterday"}, "period_end"),
        ({}, {"value": "1", "period_start": "0001-01-01"}, "period_start"),
        ({"duration": True}, {"value": "-1"}, "value"),
        ({"proportion": True}, {"numerator": "1", "denominator": "0"}, "denominator"),
        ({"proportion": True}, {"numerator": "2", "denominator": "1"}, "numerator"),
        ({"proportion": True}, {"numerator": "-1", "denominator": "1"}, "numerator"),
        ({"defects": True}, {"defects": "41", "units": "10", "opportunities": "4"}, "defects"),
        ({"defects": True}, {"defects": "1", "units": "0", "opportunities": "4"}, "units"),
        ({"count_rate": True}, {"events": "1", "exposure": "0"}, "exposure"),
        ({"breakdown": "region"}, {"value": "1", "part": "Atlantis"}, "part"),
        ({"is_active": False}, {"value": "1"}, "__all__"),
    ],
)
def test_a_bad_measurement_names_the_field_and_stores_nothing(kind, entry, field):
    metric = MetricFactory(**kind)

    response = signed_in("specialist").post(reverse("measurement_create", args=[metric.pk]), FEBRUARY | entry)

    assert list(errors_of(response)) == [field]
    assert (Measurement.objects.count(), Marker.objects.count()) == (0, 0)
    assert entry.get("period_end", "2026-02-28") in text_of(response)


def test_the_form_shows_the_last_measurements():
    metric = MetricFactory(proportion=True)
    MeasurementFactory(metric=metric, numerator=7, denominator=100)

    response = signed_in("specialist").get(reverse("measurement_create", args=[metric.pk]))

    assert "7 of 100" in " ".join(text_of(response).split())


def test_the_form_asks_the_database_as_often_for_many_measurements_as_for_few(django_assert_max_num_queries):
    metric, client = MetricFactory(), signed_in("specialist")
    for value in range(20):
        MeasurementFactory(metric=metric, value=value)

    with django_assert_max_num_queries(11):
        client.get(reverse("measurement_create", args=[metric.pk]))


def test_a_correction_keeps_the_old_figures():
    old = MeasurementFactory(value=Decimal("1.5"))
    address, client = reverse("measurement_correct", args=[old.pk]), signed_in("specialist")

    asked = client.get(address)
    response = client.post(address, FEBRUARY | {"value": "2", "reason": "Typed wrong."})

    old.refresh_from_db()
    new = Measurement.objects.get(is_current=True)
    assert 'value="1.5"' in text_of(asked)
    assert (old.is_current, new.value, new.supersedes, new.reason) == (False, 2, old, "Typed wrong.")
    assert said(response)[0].startswith("Recorded. The measured level moved from 1.5 to 2 hours (n 1).")
    assert client.get(address).status_code == 404


@pytest.mark.parametrize(
    ("entry", "field"),
    [({"value": "2", "reason": ""}, "reason"), ({"value": "1", "reason": "Same."}, "reason"), ({"value": ""}, "value")],
)
def test_a_bad_correction_changes_nothing(entry, field):
    old = MeasurementFactory(value=1, period_start=date(2026, 2, 1))

    response = signed_in("specialist").post(
        reverse("measurement_correct", args=[old.pk]), FEBRUARY | {"reason": "Why"} | entry
    )

    assert list(errors_of(response)) == [field]
    assert Measurement.objects.get().is_current


# ---- Suspect links


def test_a_head_is_asked_whether_the_own_metrics_still_fit_and_sees_both_texts():
    function = FunctionFactory()
    mine = MetricLinkFactory(metric__function=function, requirement__statement="Within 8 h")
    theirs = MetricLinkFactory(requirement__statement="Within a day")
    for link in (mine, theirs):
        update_requirement(requirement=link.requirement, changes={"statement": f"{link.requirement.statement}, always"})
    head = signed_in("head", function=function)

    listed = text_of(head.get(reverse("suspect_link_list")))
    asked = text_of(head.get(reverse("metric_link_affirm", args=[mine.pk])))
    gone_on = head.post(reverse("metric_link_affirm", args=[mine.pk]), {"requirement_version": 2, "metric_version": 1})

    assert ("Within 8 h, always" in listed, "Within a day" in listed) == (True, False)
    assert "<del>Within 8 h</del>" in asked
    assert "<ins>Within 8 h, always</ins>" in asked
    assert (said(gone_on), gone_on.url) == ([f"{mine.metric.name} still serves it."], reverse("suspect_link_list"))
    assert head.get(reverse("metric_link_affirm", args=[theirs.pk])).status_code == 404
    assert list(MetricLink.objects.suspect()) == [theirs]


# ---- The starter library


def test_every_starter_is_a_metric_that_can_be_added_as_it_is():
    function = FunctionFactory()
    assert len(starters()) == 25

    for starter in starters().values():
        form = MetricForm({**starter.initial(), "function": function.pk})
        assert form.is_valid(), (starter.key, form.errors)
        create_metric(**form.cleaned_data)

    wanted = {starter.attribute for starter in starters().values()}
    assert wanted == set(Attribute.objects.filter(is_core=True).values_list("key", flat=True))


def test_a_starter_is_adapted_and_then_known_as_taken():
    specialist, starter = signed_in("specialist"), starters()["invoices-late"]
    attribute = Attribute.objects.get(key=starter.attribute)
    address = reverse("starter_list") + f"?attribute={attribute.pk}"

    assert f"?starter={starter.key}" in text_of(specialist.get(address))
    asked = specialist.get(reverse("metric_create") + f"?starter={starter.key}").context["form"]
    assert (asked.initial["name"], asked.initial["unit"]) == ("Invoices sent late", "percent")
    metric = MetricFactory(name=starter.name)

    listed = text_of(specialist.get(address))
    assert f"?starter={starter.key}" not in listed
    assert reverse("metric_detail", args=[metric.pk]) in listed
