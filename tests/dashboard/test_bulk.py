"""Many rows at once: changed by the services of one, told by row, and put back for a day."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import AuditEntry
from customers.models import Contact, Customer, LifecyclePeriod, ValueBand
from functions.models import Function
from gap_scores.models import FunctionScore
from gap_scores.services import drain_all
from jobs.models import BulkChange, Marker
from tests.conftest import NOON
from tests.dashboard.program import SmallProgram, small_program, somebody
from tests.factories.customers import ContactFactory, CustomerFactory
from tests.factories.functions import FunctionFactory
from tests.factories.interviews import InterviewFactory, RoundFactory
from tests.factories.metrics import MetricFactory
from tests.factories.requirements_catalog import RequirementFactory
from web.bulk import MOST_ROWS, forget_old_changes

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


@pytest.fixture
def specialist() -> Client:
    client = Client()
    client.force_login(somebody("specialist"))
    return client


def act(client: Client, name: str, rows: list[Any], action: str, **sent: Any) -> Any:
    """Do it as the second page sends it."""
    ids = [row.pk for row in rows]
    return client.post(f"/lists/{name}/change/", {"row": ids, "action": action, "step": "change", **sent}, follow=True)


def undone(client: Client) -> Any:
    return client.post(f"/changes/{BulkChange.objects.latest('pk').pk}/undo/", follow=True)


def said(answer: Any) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


def values(field: str) -> list[Any]:
    return list(Customer.objects.order_by("pk").values_list(field, flat=True))


# ---- Choosing rows


def test_the_first_page_asks_for_the_value_and_changes_nothing(specialist):
    rows = CustomerFactory.create_batch(2)

    answer = specialist.post("/lists/customers/change/", {"row": [row.pk for row in rows], "action": "industry"})

    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Set industry: 2 rows" in page
    assert all(f'<input type="hidden" name="row" value="{row.pk}">' in page for row in rows)
    assert (values("industry"), BulkChange.objects.count()) == (["", ""], 0)


@pytest.mark.parametrize(
    ("sent", "changed"),
    [
        ({"row": "first"}, ["C", "", ""]),
        ({"page": "1", "shown": "first two"}, ["C", "C", ""]),
        ({"all": "1", "query": "lifecycle=past&page_size=1"}, ["", "C", "C"]),
        ({"shown": "first two"}, ["", "", ""]),
        ({"row": "0"}, ["", "", ""]),
        ({"row": "9999999999999999999"}, ["", "", ""]),
        ({"row": "x"}, ["", "", ""]),
    ],
)
def test_rows_are_the_ticked_ones_the_page_or_all_that_match(specialist, sent, changed):
    rows = [CustomerFactory(lifecycle=lifecycle) for lifecycle in ("current", "past", "past")]
    named = {"first": [rows[0].pk], "first two": [row.pk for row in rows[:2]]}

    specialist.post(
        "/lists/customers/change/",
        {name: named.get(value, value) for name, value in sent.items()}
        | {"action": "industry", "step": "change", "industry": "C"},
    )

    assert values("industry") == changed


@pytest.mark.parametrize(
    ("sent", "why"),
    [({}, "Tick the rows first."), ({"row": "1"}, "Choose what to do with the rows."),
     ({"row": "1", "action": "delete"}, "Choose what to do with the rows.")],
)  # fmt: skip
def test_what_makes_no_sense_goes_back_to_the_list_with_a_reason(specialist, sent, why):
    answer = specialist.post("/lists/customers/change/", sent | {"query": "lifecycle=past"}, follow=True)

    assert answer.redirect_chain == [("/customers/?lifecycle=past", 302)]
    assert said(answer) == [why]


@pytest.mark.parametrize("name", ["rounds", "nothing"])
def test_a_list_without_such_changes_has_no_such_page(specialist, name):
    assert specialist.post(f"/lists/{name}/change/").status_code == 404


def test_above_fifty_rows_the_number_is_confirmed_and_must_still_be_true(specialist):
    Customer.objects.bulk_create(Customer(name=f"C{number}", lifecycle="current") for number in range(51))
    sent = {"all": "1", "action": "industry", "step": "change", "industry": "C"}

    refused = specialist.post("/lists/customers/change/", sent)
    CustomerFactory()
    late = specialist.post("/lists/customers/change/", sent | {"meant": "51"})

    assert (refused.status_code, late.status_code) == (422, 422)
    assert "51 rows would be changed. Tick that you mean all of them." in refused.content.decode()
    assert "52 rows would be changed." in late.content.decode()
    assert set(values("industry")) == {""}

    specialist.post("/lists/customers/change/", sent | {"meant": "52"})
    assert set(values("industry")) == {"C"}


def test_more_rows_than_can_be_undone_are_refused(specialist):
    Customer.objects.bulk_create(Customer(name=f"C{number}", lifecycle="current") for number in range(MOST_ROWS + 1))

    answer = specialist.post("/lists/customers/change/", {"all": "1", "action": "industry"}, follow=True)

    assert said(answer) == ["201 rows are too many to be changed and undone at once. Narrow the list to 200."]


def test_ticked_rows_are_exported_in_the_order_of_the_list(specialist):
    rows = [CustomerFactory(name=name) for name in ("A", "B", "C")]

    answer = specialist.post(
        "/lists/customers/change/",
        {"row": [rows[0].pk, rows[2].pk], "action": "export", "query": "sort=-name"},
    )

    lines = b"".join(answer.streaming_content).decode().splitlines()
    assert [line.split(",")[0] for line in lines] == ["\ufeffname", "C", "A"]
    assert AuditEntry.objects.latest("number").sentence == "The list of customers was taken along as CSV: 2 rows."


# ---- Changing, and back


def test_a_row_that_is_refused_is_left_and_named_and_the_others_are_changed(specialist):
    root = CustomerFactory(name="Root")
    merged = CustomerFactory(name="Merged", merged_into=root)
    was_so = CustomerFactory(name="Was so", industry="C")

    answer = act(specialist, "customers", [root, merged, was_so], "industry", industry="C")

    change = BulkChange.objects.get()
    assert values("industry") == ["C", "", "C"]
    assert said(answer) == [
        (
            "1 row changed: industry: Manufacturing. 2 rows were left as they are. "
            "Scores that hang on them will be recomputed."
        )
    ]
    assert [(row["name"], row["why"]) for row in change.skipped] == [
        ("Merged", "Merged was merged into Root. Change that one, or undo the merge."),
        ("Was so", "It was so already."),
    ]
    page = specialist.get(f"/changes/{change.pk}/").content.decode()
    assert "Merged was merged into Root." in page
    assert f'action="/changes/{change.pk}/undo/"' in answer.content.decode()


CASES: dict[str, tuple[str, str, Callable[[], Any], Callable[[], dict[str, Any]], Callable[[Any], Any]]] = {
    "size": ("customers", "size", CustomerFactory, lambda: {"size_band": "250+"}, lambda row: row.size_band),
    "value band": (
        "customers", "value_band", CustomerFactory,
        lambda: {"value_band": ValueBand.objects.create(name="Key", weight=400).pk}, lambda row: row.value_band_id,
    ),
    "owner": (
        "requirements", "owner", RequirementFactory, lambda: {"owner": FunctionFactory().pk}, lambda row: row.owner_id,
    ),
    "state": ("requirements", "state", RequirementFactory, lambda: {"state": "retired"}, lambda row: row.state),
    "function": (
        "metrics", "function", MetricFactory, lambda: {"function": FunctionFactory().pk}, lambda row: row.function_id,
    ),
    "active": ("metrics", "active", MetricFactory, lambda: {"is_active": "no"}, lambda row: row.is_active),
    "round": ("interviews", "round", InterviewFactory, lambda: {"round": RoundFactory().pk}, lambda row: row.round_id),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_each_change_is_made_marked_told_and_undone(specialist, case):
    name, action, make, value, read = CASES[case]
    rows = [make(), make()]
    before = [read(row) for row in rows]
    Marker.objects.all().delete()
    sent = value()

    act(specialist, name, rows, action, **sent)
    for row in rows:
        row.refresh_from_db()
    (wanted,) = sent.values()
    after = {"no": False}.get(wanted, wanted)
    assert [read(row) for row in rows] == [after, after]
    marked = Marker.objects.count()
    # A size changes only what is known of the register, the round of an open interview no score at all.
    assert (marked > 0) is (case != "round")

    Marker.objects.all().delete()
    answer = undone(specialist)
    for row in rows:
        row.refresh_from_db()
    assert [read(row) for row in rows] == before
    assert said(answer) == ["Undone: 2 rows are as before."]
    assert (Marker.objects.count() > 0) is (case != "round")
    assert [entry.kind for entry in AuditEntry.objects.order_by("-number")[:2]] == ["rows.put_back", "rows.changed"]


def test_a_lifecycle_comes_back_with_its_periods_and_the_segments_of_interviews(specialist):
    customer = CustomerFactory(lifecycle="current")
    LifecyclePeriod.objects.create(customer=customer, lifecycle="current", since_on=date(2025, 1, 1))
    contact = ContactFactory(customer=customer)
    held = InterviewFactory(contact=contact, held_on=date(2026, 3, 10), completed=True)
    segment = held.stratum_id
    same = CustomerFactory(lifecycle="past")

    act(specialist, "customers", [customer, same], "lifecycle", lifecycle="past", since_on="2026-03-01")

    customer.refresh_from_db()
    held.refresh_from_db()
    assert (customer.lifecycle, held.stratum.lifecycle) == ("past", "past")
    assert [row["name"] for row in BulkChange.objects.get().skipped] == [same.name]

    later = InterviewFactory(contact=contact, held_on=date(2026, 3, 12))
    undone(specialist)

    for row in (customer, held, later):
        row.refresh_from_db()
    assert (customer.lifecycle, held.stratum_id, later.stratum.lifecycle) == ("current", segment, "current")
    assert list(customer.lifecycle_periods.values_list("lifecycle", "since_on")) == [("current", date(2025, 1, 1))]


def test_a_consent_is_noted_for_many_contacts_but_for_who_does_not_want_to_be_asked(specialist):
    asked, agreed = ContactFactory(), ContactFactory(consent_on=date(2025, 1, 1), consent_source="contract")
    refuses = ContactFactory(is_opted_out=True)
    page = specialist.get("/contacts/").content.decode()
    assert f'aria-label="Tick {asked.name}"' in page

    answer = act(
        specialist,
        "contacts",
        [asked, agreed, refuses],
        "consent",
        consent_on="2026-03-02",
        consent_source="trade fair",
    )

    def consents() -> list[Any]:
        return list(Contact.objects.order_by("pk").values_list("consent_on", "consent_source"))

    noted = (date(2026, 3, 2), "trade fair")
    assert consents() == [noted, noted, (None, "")]
    assert said(answer) == ["2 rows changed: consent of 2026-03-02: trade fair. 1 row was left as it is."]
    assert "Does not want to be asked" in BulkChange.objects.get().skipped[0]["why"]
    assert not Marker.objects.exists()
    undone(specialist)
    assert consents() == [(None, ""), (date(2025, 1, 1), "contract"), (None, "")]


def test_the_circle_follows_a_change_and_its_undo_to_the_bit(specialist):
    program: SmallProgram = small_program()

    before = circle()
    act(specialist, "requirements", [program.hotline], "owner", owner=program.supplies.pk)
    moved = circle()
    undone(specialist)

    assert moved != before
    assert circle() == before


def circle() -> list[dict[str, Any]]:
    """Return every score of every function, worked out anew, without the run that last changed it."""
    drain_all(as_of=NOON)
    rows = FunctionScore.objects.order_by("function_id").values()
    return [{name: value for name, value in row.items() if name not in {"id", "run_id"}} for row in rows]


# ---- What cannot be undone


def test_an_undo_is_refused_as_a_whole_when_a_row_was_changed_since(specialist):
    rows = [CustomerFactory(name=name) for name in ("A", "B")]
    act(specialist, "customers", rows, "industry", industry="C")
    Customer.objects.filter(name="B").update(industry="J")

    answer = undone(specialist)

    assert said(answer) == ["Changed since, or gone: B. Nothing was undone, so that nobody's change is lost."]
    assert values("industry") == ["C", "J"]
    assert BulkChange.objects.get().undone_at is None


def test_another_field_that_changed_since_is_kept(specialist):
    customer = CustomerFactory(name="A")
    act(specialist, "customers", [customer], "industry", industry="C")
    Customer.objects.update(name="A and sons")

    undone(specialist)

    assert (values("industry"), values("name")) == ([""], ["A and sons"])


def test_it_is_undone_once_and_for_a_day(specialist, clock):
    customer = CustomerFactory()
    act(specialist, "customers", [customer], "industry", industry="C")
    undone(specialist)
    assert said(undone(specialist)) == ["This was undone already."]

    act(specialist, "customers", [customer], "industry", industry="C")
    tomorrow: datetime = NOON + timedelta(days=1)
    clock(tomorrow)
    specialist.force_login(BulkChange.objects.earliest("pk").done_by)
    assert said(undone(specialist)) == ["This is older than a day. Change the records themselves."]
    assert values("industry") == ["C"]

    forget_old_changes(now=tomorrow)
    assert BulkChange.objects.count() == 0


def test_only_those_who_may_change_rows_have_boxes_to_tick(specialist):
    MetricFactory(name="Repair time")
    viewer = Client()
    viewer.force_login(somebody("viewer"))

    assert 'aria-label="Tick Repair time"' in specialist.get("/metrics/").content.decode()
    assert 'name="row"' not in viewer.get("/metrics/").content.decode()
    assert Function.objects.exists()


def test_no_way_around_the_reason_leads_through_the_rows_of_a_list(specialist, settings):
    settings.EXPORT_REASON_FROM = 2
    CustomerFactory.create_batch(2)
    sent = {"all": "1", "action": "export", "query": "sort=-name"}

    assert specialist.post("/lists/customers/change/", sent)["Location"].startswith("/exports/new/?list=customers")
