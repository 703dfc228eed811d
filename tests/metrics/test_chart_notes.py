"""New limits and notes of a chart: who may write them, what is refused, and what stays."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from metrics import chart_services
from metrics.chart_selectors import phase_days
from metrics.models import ChartNote, ChartPhase
from tests.conftest import NOON
from tests.factories.metrics import ChartNoteFactory, ChartPhaseFactory, MetricFactory
from tests.metrics.test_views import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]
TODAY = date(2026, 3, 16)


def name_phase(**values):
    given = {"metric": MetricFactory(), "begins_on": date(2026, 1, 1), "reason": "Moved", "named_by": None}
    return chart_services.name_phase(**(given | values), today=TODAY, now=NOON)


def test_new_limits_hold_from_their_day_until_they_are_taken_back():
    phase = name_phase()
    assert phase_days([phase.metric_id]) == {phase.metric_id: [date(2026, 1, 1)]}

    chart_services.take_back_phase(phase=phase, reason="It was one week", by=None, now=NOON)

    assert phase_days([phase.metric_id]) == {}
    kept = ChartPhase.objects.get()
    assert (kept.reason, kept.taken_back_reason, kept.taken_back_at) == ("Moved", "It was one week", NOON)
    assert name_phase(metric=phase.metric).begins_on == phase.begins_on


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"reason": "  "}, "reason"),
        ({"reason": "x" * 301}, "reason"),
        ({"begins_on": date(2026, 3, 17)}, "begins_on"),
        ({"begins_on": date(1899, 12, 31)}, "begins_on"),
    ],
)
def test_limits_without_a_reason_or_to_come_are_refused(values, field):
    with pytest.raises(ValidationError) as refusal:
        name_phase(**values)

    assert set(refusal.value.message_dict) == {field}
    assert not ChartPhase.objects.exists()


def test_limits_begin_once_a_day_and_are_taken_back_once():
    phase = name_phase()
    with pytest.raises(ValidationError, match="are there already"):
        name_phase(metric=phase.metric)
    with pytest.raises(ValidationError, match="few words"):
        chart_services.take_back_phase(phase=phase, reason="", by=None, now=NOON)
    chart_services.take_back_phase(phase=phase, reason="Wrong", by=None, now=NOON)
    with pytest.raises(ValidationError, match="already"):
        chart_services.take_back_phase(phase=phase, reason="Wrong", by=None, now=NOON)


def test_a_note_without_an_end_is_of_one_day_and_its_history_keeps_what_it_said():
    note = chart_services.write_note(
        metric=MetricFactory(), begins_on=TODAY, text=" Flooded ", written_by=None, today=TODAY, now=NOON
    )
    assert (note.ends_on, note.text) == (TODAY, "Flooded")

    chart_services.change_note(note=note, changes={"text": "Store flooded"}, today=TODAY)
    chart_services.delete_note(note=ChartNote.objects.get())

    assert [row.text for row in ChartNote.history.order_by("history_id")] == [
        "Flooded",
        "Store flooded",
        "Store flooded",
    ]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"text": ""}, "text"),
        ({"ends_on": date(2026, 1, 1)}, "ends_on"),
        ({"ends_on": date(2026, 3, 17)}, "ends_on"),
        ({"begins_on": date(1899, 12, 31)}, "begins_on"),
    ],
)
def test_a_note_without_words_or_of_an_impossible_period_is_refused(changes, field):
    note = ChartNoteFactory()
    with pytest.raises(ValidationError) as refusal:
        chart_services.change_note(note=note, changes=changes, today=TODAY)

    assert set(refusal.value.message_dict) == {field}
    assert not ChartNote.history.filter(history_type="~").exists()


def test_a_head_names_limits_and_notes_of_the_own_function_only():
    own, foreign = MetricFactory(), MetricFactory()
    client = signed_in("head", function=own.function)

    for metric, status in ((own, 302), (foreign, 404)):
        entry = {"begins_on": "2026-01-01", "reason": "Moved"}
        assert client.post(reverse("chart_phase_create", args=[metric.pk]), entry).status_code == status
        entry = {"begins_on": "2026-01-01", "text": "Flooded"}
        assert client.post(reverse("chart_note_create", args=[metric.pk]), entry).status_code == status

    assert ChartPhase.objects.get().metric == ChartNote.objects.get().metric == own
    assert ChartPhase.objects.get().named_by_name


def test_pages_change_take_back_and_delete():
    phase, note = ChartPhaseFactory(), ChartNoteFactory()
    client = signed_in("specialist")

    assert client.post(reverse("chart_phase_take_back", args=[phase.pk]), {"reason": ""}).status_code == 422
    assert client.post(reverse("chart_phase_take_back", args=[phase.pk]), {"reason": "Wrong"}).status_code == 302
    assert client.get(reverse("chart_phase_take_back", args=[phase.pk])).status_code == 404
    entry = {"begins_on": "2026-01-01", "ends_on": "2026-01-31", "text": "Other words"}
    assert client.post(reverse("chart_note_update", args=[note.pk]), entry).status_code == 302
    assert ChartNote.objects.get().text == "Other words"
    assert client.post(reverse("chart_note_delete", args=[note.pk])).status_code == 302
    assert not ChartNote.objects.exists()


def test_the_form_of_a_note_knows_the_day_of_its_signal():
    metric = MetricFactory()
    page = signed_in("specialist").get(reverse("chart_note_create", args=[metric.pk]), {"on": "2026-02-28"})
    assert 'value="2026-02-28"' in page.content.decode()
    assert signed_in("specialist").get(reverse("chart_note_create", args=[metric.pk]), {"on": "x"}).status_code == 200
