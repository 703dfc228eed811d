"""The House of Quality: what it says, how it is changed and taken back, and who may."""

import csv
from io import BytesIO, StringIO
from typing import Any

import pytest
from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook
from pytest_django.fixtures import DjangoAssertNumQueries

from functions.models import Function
from gap_scores.boards import forget_boards
from metrics.models import MetricLink, MetricRelation
from metrics.relating import relate_metrics
from metrics.services import link_metric
from requirements_catalog.models import Requirement
from tests.api.callers import caller
from tests.dashboard.program import SmallProgram, recompute, requirement, small_program
from tests.factories.functions import FunctionFactory
from tests.factories.metrics import MetricFactory
from tests.factories.people import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon"), pytest.mark.once]

HOUSE, METRICS = "/house/", "/house/metrics/"
KEYS = {"HX-Request": "true"}


@pytest.fixture
def program() -> SmallProgram:
    """Support owns repairs (16.67 points) and the hotline (8.33), Supplies parts (0), and it helps with repairs."""
    made = small_program()
    made.repairs.responsibilities.create(function=made.supplies, strength=3)
    return made


@pytest.fixture
def specialist() -> Client:
    return signed_in("specialist")


def cell(requirement: Requirement, function: Function) -> str:
    return reverse("house_cell", args=[requirement.pk, function.pk])


def set_by_key(client: Client, address: str, to: str, was: str = "", **more: str) -> tuple[int, str]:
    answer = client.post(address, {"to": to, "was": was, **more}, headers=KEYS)
    return answer.status_code, text_of(answer)


def text_of(answer: HttpResponseBase) -> str:
    content = b"".join(answer) if answer.streaming else answer.content
    return plain(content.decode())


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def page_of(client: Client, address: str = HOUSE) -> Any:
    return client.get(address).context["page"]


def stated(requirement: Requirement) -> dict[str, int]:
    return dict(requirement.responsibilities.values_list("function__name", "strength"))


# ---- What it says


def test_the_heading_names_who_carries_most_and_who_serves_nothing(program: SmallProgram, specialist: Client) -> None:
    page = page_of(specialist)
    # 9 : 3 of 16.67 points, and all of 8.33: 20.83 of 25.
    assert (
        plain(page.answer)
        == "Support carries most: 83 % of the points of these three requirements. Case studies serves none."
    )
    assert (page.shares, page.ranks) == (["83", "17", "none"], ["1, 1", "2, 2", "none"])
    assert page.points == "25.00"
    assert page.notes == "Two of them have no metric that measures the level: we know only what is felt."


def test_classic_shares_count_a_requirement_with_each_that_serves_it(program: SmallProgram, specialist: Client) -> None:
    page = page_of(specialist, f"{HOUSE}?weights=classic")
    assert page.shares == ["82", "18", "none"]  # 225 and 50
    first = "Support carries most: 82 % of the technical importance for these three requirements."
    assert plain(page.answer).startswith(first)


def test_points_that_nothing_serves_are_carried_by_nobody(program: SmallProgram, specialist: Client) -> None:
    page = page_of(specialist, METRICS)
    assert page.shares == ["100"]  # of the technical importance; 16.67 of 25 points are its requirement's
    assert plain(page.answer).startswith("Time to resolve carries most: 67 % of the points of these three requirements")


def test_the_first_of_some_columns_is_not_said_to_be_the_first_of_all(
    program: SmallProgram, specialist: Client
) -> None:
    calls = MetricFactory(name="Calls", function=program.supplies)
    link_metric(metric=calls, requirement=program.hotline, product=program.product)
    sentence = "Of those shown here, Calls carries most: 33 % of the points of these three requirements."
    assert plain(page_of(specialist, f"{METRICS}?of={program.supplies.pk}").answer).startswith(sentence)
    others = page_of(specialist, f"{METRICS}?of={program.case_studies.pk}").answer
    assert others.startswith("None of those shown here serves these three requirements.")


def test_a_tie_is_said_as_a_tie(program: SmallProgram, specialist: Client) -> None:
    for each in (program.repairs, program.hotline):
        each.responsibilities.all().delete()
        each.responsibilities.create(function=program.case_studies, strength=9)
    page = page_of(specialist)
    assert (
        plain(page.answer)
        == "Support and Case studies carry most, 50 % each, of the points of these three requirements."
    )
    assert page.ranks == ["1=, 1=", "none", "1=, 1="]


def test_what_serves_only_requirements_without_points_has_no_data(program: SmallProgram, specialist: Client) -> None:
    quiet = requirement("A story is published as released", program.case_studies, program.product)
    recompute()
    page = page_of(specialist)
    assert page.shares == ["83", "17", "no data"]
    assert page.house.standing[program.case_studies.pk].share == 0
    shares = list(csv.reader(StringIO(text_of(specialist.get(f"{HOUSE}?format=csv")))))[-5]
    assert [each[:2] for each in shares[-3:]] == ["83", "16", ""]
    assert "One requirement without points is in no sum." in page.notes
    assert "Case studies serves none" not in page.answer
    narrowed = page_of(specialist, f"{HOUSE}?function={program.case_studies.pk}")
    assert narrowed.answer == "No requirement here has points yet, so no share can be worked out."
    assert quiet.reference in text_of(specialist.get(HOUSE))


def test_a_filter_narrows_rows_and_not_what_counts_as_empty(program: SmallProgram, specialist: Client) -> None:
    page = page_of(specialist, f"{HOUSE}?function={program.supplies.pk}&sort=reference&attribute=999&rows=x")
    assert [row.key for row in page.house.rows] == [program.repairs.pk, program.parts.pk]
    assert page.shares == ["75", "25", "none"]


def test_a_house_of_many_rows_and_columns_comes_in_parts(program: SmallProgram, specialist: Client) -> None:
    for number in range(60):
        requirement(f"Need {number}", program.support, program.product)
    recompute()
    page = page_of(specialist, f"{HOUSE}?rows=2")
    assert (page.rows_part.first, page.rows_part.last, page.rows_part.of) == (61, 63, 63)
    assert page.rows_part.before == "?rows=1"
    assert page.shares[0] == "83"  # of all rows, not of those on the page


# ---- Who may


def test_a_viewer_reads_who_serves_what_and_changes_nothing(program: SmallProgram) -> None:
    viewer = signed_in("viewer")
    body = text_of(viewer.get(HOUSE))
    assert "Support carries most" in body
    assert cell(program.repairs, program.support) not in body
    assert viewer.post(cell(program.repairs, program.support), {"to": "1"}).status_code == 404
    assert viewer.get(METRICS).status_code == 404


def test_what_is_of_too_few_is_in_no_sum_below_specialist_level(program: SmallProgram) -> None:
    rare = program.hear_rarely()
    assert "of these four requirements" in page_of(signed_in("specialist")).answer
    page = page_of(signed_in("viewer"))
    row = next(row for row in page.house.rows if row.key == rare.pk)
    assert (row.weight, row.gap, row.few) == (None, None, True)
    assert "with too few customers to show are in no sum" in page.notes


def test_a_head_sees_the_metrics_of_the_function_with_the_same_shares(program: SmallProgram) -> None:
    delivery = MetricFactory(name="Delivery", function=program.supplies)
    link_metric(metric=delivery, requirement=program.parts, product=program.product)
    hotline = MetricFactory(name="Calls", function=program.support)
    link_metric(metric=hotline, requirement=program.hotline, product=program.product)
    page = page_of(signed_in("head", function=program.supplies), METRICS)
    # Supplies contributes to repairs, so the metric that measures them is seen; calls are not.
    assert [column.name for column in page.columns] == ["Time to resolve", "Delivery"]
    assert page.shares == ["67", "0"]
    whole = page_of(signed_in("specialist"), METRICS)
    assert [whole.house.standing[column.key].share for column in page.columns] == [
        page.house.standing[column.key].share for column in page.columns
    ]


# ---- Changing by keys


def test_a_key_sets_a_cell_and_answers_the_sums_anew(program: SmallProgram, specialist: Client) -> None:
    status, body = set_by_key(specialist, cell(program.hotline, program.case_studies), "9", was="0")
    assert (status, stated(program.hotline)) == (200, {"Case studies": 9})
    assert "Saved." in body
    assert f'id="house-row-{program.hotline.pk}"' in body
    assert "Support carries most: 67 %" in body
    set_by_key(specialist, cell(program.hotline, program.case_studies), "0", was="9")
    assert stated(program.hotline) == {}


def test_a_cell_that_changed_meanwhile_is_not_overwritten(program: SmallProgram, specialist: Client) -> None:
    address = cell(program.repairs, program.supplies)
    program.repairs.responsibilities.update(strength=1)
    status, body = set_by_key(specialist, address, "9", was="3")
    assert (status, stated(program.repairs)) == (409, {"Supplies": 1})
    assert "Somebody changed this cell meanwhile: it says 1." in body
    assert 'data-is="1"' in body


def test_a_key_makes_another_function_the_owner(program: SmallProgram, specialist: Client) -> None:
    status, body = set_by_key(specialist, cell(program.repairs, program.supplies), "o", was="3")
    program.repairs.refresh_from_db()
    assert (status, program.repairs.owner) == (200, program.supplies)
    assert "Saved. The circle will be recomputed." in body
    status, body = set_by_key(specialist, cell(program.repairs, program.supplies), "0")
    assert (status, stated(program.repairs)) == (422, {"Supplies": 3})
    assert "Supplies answers for it, so it serves it. Name another owner first." in body


def test_an_owner_counts_as_9_until_something_else_is_said(program: SmallProgram, specialist: Client) -> None:
    before = page_of(specialist).house.cell(program.repairs.pk, program.support.pk)
    assert (before.strength, before.state) == (9, "9!?")
    set_by_key(specialist, cell(program.repairs, program.support), "1", was="9!?")
    after = page_of(specialist).house.cell(program.repairs.pk, program.support.pk)
    assert (after.strength, after.state) == (1, "1!")


def test_a_key_makes_a_metric_measure_the_level(program: SmallProgram, specialist: Client) -> None:
    other = MetricFactory(name="Time on site", function=program.support)
    address = reverse("house_metrics_cell", args=[program.repairs.pk, other.pk]) + f"?product={program.product.pk}"
    status, body = set_by_key(specialist, address, "m", was="0")
    assert status == 422
    assert "Another metric measures this level already" in body
    own = reverse("house_metrics_cell", args=[program.repairs.pk, program.metric.pk])
    status, body = set_by_key(specialist, own, "s", was="9!")
    assert (status, MetricLink.objects.get().role) == (200, "supports")
    assert "Saved. 1 score will be recomputed." in body
    set_by_key(specialist, address, "m", was="0")
    assert MetricLink.objects.get(metric=other).role == "measures"


def test_the_roof_says_what_metrics_do_to_each_other(program: SmallProgram, specialist: Client) -> None:
    other = MetricFactory(name="Repeat faults", function=program.support)
    # The pair has no order.
    address = reverse("house_roof", args=[other.pk, program.metric.pk])
    status, body = set_by_key(specialist, address, "-9", was="0", note="A hurried repair comes back.")
    relation = MetricRelation.objects.get()
    assert (status, relation.one, relation.other, relation.strength) == (200, program.metric, other, -9)
    assert "Time to resolve and Repeat faults: strong conflict (A hurried repair comes back.)" in body
    assert "A hurried repair comes back." in text_of(specialist.get(f"/metrics/{other.pk}/history/"))
    assert set_by_key(specialist, address, "3", was="0")[0] == 409
    sent = {"one": program.metric.pk, "other": other.pk, "to": "9"}
    assert "Something is said of these two already" in text_of(specialist.post(reverse("house_relation"), sent))
    set_by_key(specialist, address, "0", was="-9")
    assert [each.history_type for each in MetricRelation.history.all()] == ["-", "+"]


def test_a_key_in_the_roof_leaves_the_note_that_stands_there(program: SmallProgram, specialist: Client) -> None:
    other = MetricFactory(name="Repeat faults", function=program.support)
    relation = relate_metrics(one=program.metric, other=other, strength=-3, note="Seen in May.")
    address = reverse("house_roof", args=[program.metric.pk, other.pk])
    shown = specialist.get(address).context["form"].initial
    MetricRelation.objects.update(note="Seen in May and June.")
    assert specialist.post(address, {**shown, "to": "-9", "note": "Seen in July."}).status_code == 422
    assert set_by_key(specialist, address, "-9", was="-3")[0] == 200
    relation.refresh_from_db()
    assert (relation.strength, relation.note) == (-9, "Seen in May and June.")
    shown = specialist.get(address).context["form"].initial
    assert specialist.post(address, {**shown, "to": "-9", "note": ""}).status_code == 302
    relation.refresh_from_db()
    assert relation.note == ""


def test_a_row_that_a_change_moves_out_of_the_filter_is_answered_as_it_is_now(
    program: SmallProgram, specialist: Client
) -> None:
    address = f"{cell(program.repairs, program.supplies)}?function={program.supplies.pk}"
    status, body = set_by_key(specialist, address, "0", was="3")
    assert (status, stated(program.repairs)) == (200, {})
    assert f'id="house-row-{program.repairs.pk}"' in body
    assert 'data-is="0"' in body


# ---- The way back


def test_undo_takes_back_the_last_change_of_the_visit(program: SmallProgram, specialist: Client) -> None:
    set_by_key(specialist, cell(program.repairs, program.supplies), "o")
    set_by_key(specialist, cell(program.repairs, program.supplies), "9")
    undo = {"back": "responsibilities?sort=gap"}
    answer = specialist.post(reverse("house_undo"), undo)
    assert answer["Location"] == f"{HOUSE}?sort=gap"
    assert stated(program.repairs) == {"Supplies": 3}
    assert "Undone. The circle will be recomputed." in text_of(
        specialist.post(reverse("house_undo"), undo, headers=KEYS)
    )
    program.repairs.refresh_from_db()
    assert program.repairs.owner == program.support
    assert "There is nothing to undo." in text_of(specialist.post(reverse("house_undo"), undo, headers=KEYS))


def test_undo_leaves_what_was_changed_since(program: SmallProgram, specialist: Client) -> None:
    set_by_key(specialist, cell(program.repairs, program.supplies), "9")
    program.repairs.responsibilities.update(strength=1)
    answer = specialist.post(reverse("house_undo"), {}, headers=KEYS)
    assert (answer.status_code, stated(program.repairs)) == (409, {"Supplies": 1})
    assert "It was changed since, so it is left as it is." in text_of(answer)


# ---- Without JavaScript


def test_each_cell_leads_to_a_small_form(program: SmallProgram, specialist: Client) -> None:
    address = f"{cell(program.repairs, program.supplies)}?sort=gap"
    assert f'href="{cell(program.repairs, program.supplies)}?sort=gap"' in text_of(specialist.get(f"{HOUSE}?sort=gap"))
    form = specialist.get(address).context["form"]
    assert form.initial == {"to": "3", "was": "3"}
    answer = specialist.post(address, {"to": "1", "was": "3"})
    assert (answer.status_code, answer["Location"]) == (302, f"{HOUSE}?sort=gap")
    assert stated(program.repairs) == {"Supplies": 1}
    refused = specialist.post(address, {"to": "9", "was": "3"})
    assert (refused.status_code, stated(program.repairs)) == (422, {"Supplies": 1})


# ---- Files and the API


def test_the_table_is_taken_along_as_it_is_shown(program: SmallProgram, specialist: Client) -> None:
    FunctionFactory(name="=Sum of evil")
    recompute()
    rows = list(csv.reader(StringIO(text_of(specialist.get(f"{HOUSE}?format=csv")).removeprefix("\ufeff"))))
    head, first = rows[0], rows[1]
    assert head[-4:] == ["Support", "Supplies", "Case studies", "'=Sum of evil"]
    assert first[-4:] == ["9", "3", "", ""]
    assert [row[1] for row in rows[-4:]] == [
        "Rank under 9/3/1", "Rank under 5/3/1", "Roof", "Roof: Support / Supplies"
    ]  # fmt: skip
    # Under the one that is supplied, how much of the other's gap reaches it.
    assert rows[-1][-4:] == ["", "0.75", "", ""]
    book = load_workbook(BytesIO(b"".join(specialist.get(f"{HOUSE}?format=xlsx"))))
    cells = [[cell.value for cell in row] for row in book.active.iter_rows()]
    assert cells[1][-4:] == [9, 3, None, None]
    assert book.active.cell(1, len(head)).data_type == "s"


def test_the_drawing_needs_nothing_else_and_runs_nothing(program: SmallProgram, specialist: Client) -> None:
    program.repairs.statement = "<script>alert(1)</script> & more"
    program.repairs.save()
    answer = specialist.get(f"{HOUSE}?format=svg")
    drawing = text_of(answer)
    assert answer["Content-Type"] == "image/svg+xml"
    assert "<script" not in drawing
    assert "class=" not in drawing
    assert "http" not in drawing.replace("http://www.w3.org/2000/svg", "")
    assert "Support carries most: 83 %" in drawing
    assert "&lt;script&gt;" in drawing


def test_the_api_answers_the_numbers_of_the_page(program: SmallProgram, specialist: Client) -> None:
    api = caller("viewer")
    answer = api.get("/api/v1/house/responsibilities/").json()
    page = page_of(specialist)
    assert answer["answer"] == page.answer
    assert [each["share"] for each in answer["columns"]] == [
        page.house.standing[column.key].share for column in page.columns
    ]
    assert {"requirement": program.repairs.pk, "column": program.supplies.pk, "strength": 3, "is_marked": False,
            "is_stated": True} in answer["cells"]  # fmt: skip
    assert api.get(f"/api/v1/house/metrics/?product={program.product.pk}").status_code == 404
    metrics = caller("specialist").get(f"/api/v1/house/metrics/?product={program.product.pk}").json()
    assert [each["name"] for each in metrics["columns"]] == ["Time to resolve"]
    assert [each["is_served"] for each in metrics["rows"]] == [True, False, False]


def test_the_api_keeps_one_relation_a_pair(program: SmallProgram) -> None:
    one, other = program.metric, MetricFactory(name="Repeat faults", function=program.support)
    api = caller("specialist")
    body = {"one": other.pk, "other": one.pk, "strength": -3}
    made = api.post("/api/v1/metric-relations/", body, content_type="application/json")
    assert made.json() | {"id": 0} == {"id": 0, "one": one.pk, "other": other.pk, "strength": -3, "note": ""}
    again = api.post("/api/v1/metric-relations/", body | {"strength": 9}, content_type="application/json")
    assert (again.status_code, MetricRelation.objects.get().strength) == (400, -3)
    itself = api.post("/api/v1/metric-relations/", body | {"one": one.pk}, content_type="application/json")
    assert itself.status_code == 400


# ---- What it costs


@pytest.mark.parametrize("address", [HOUSE, METRICS])
def test_a_larger_house_takes_no_more_queries(
    program: SmallProgram, specialist: Client, address: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    specialist.get(address)
    with django_assert_num_queries(BUDGETS[address]):
        specialist.get(address)
    for number in range(6):
        metric = MetricFactory(function=FunctionFactory())
        link_metric(metric=metric, requirement=program.hotline, product=program.product)
        relate_metrics(one=program.metric, other=metric, strength=3)
        requirement(f"Need {number}", metric.function, program.product)
    recompute()
    forget_boards()
    specialist.get(address)
    with django_assert_num_queries(BUDGETS[address]):
        specialist.get(address)


# The board is read anew in each: what a test writes may be taken back, so no board is kept.
BUDGETS = {HOUSE: 25, METRICS: 31}
