"""The pages with exact numbers, and who may see what of them."""

import csv
import re
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from functions.models import Function, Program
from interviews.models import Interview
from jobs.services import mark_every_day
from tests.dashboard.program import (
    HOTLINE_FELT,
    SmallProgram,
    felt_answer,
    grow,
    hear,
    recompute,
    requirement,
    small_program,
    somebody,
)
from tests.factories.customers import ContactFactory
from tests.factories.functions import FunctionFactory
from tests.factories.requirements_catalog import ProductFactory, RequirementFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon"), pytest.mark.once]


@pytest.fixture
def program() -> SmallProgram:
    return small_program()


def signed_in(role: str, function: Function | None = None, **values: object) -> Client:
    client = Client()
    client.force_login(somebody(role, function, **values))
    return client


def text_of(client: Client, path: str, status: int = 200) -> str:
    """Return the words of a page, tags taken out and spaces made plain."""
    response = client.get(path)
    assert response.status_code == status
    body = re.sub(r"<(script|style|template)\b.*?</\1>", " ", response.content.decode(), flags=re.DOTALL)
    words = unescape(re.sub(r"<[^>]+>", " ", body)).replace("\u00a0", " ")
    return re.sub(r"\s+([.,;:!?])", r"\1", re.sub(r"\s+", " ", words))


# ---- The circle


def test_the_circle_says_who_hurts_customers_most(program: SmallProgram) -> None:
    page = text_of(signed_in("viewer"), "/")
    assert "Support hurts customers most: 25.0 of the 25.0 points of overall gap are its own." in page
    assert "Case studies has no data; nobody was heard about it." in page
    assert "One of three dots has a gap, one is served, one has no data." in page


def test_the_circle_says_how_sure_it_is_and_from_which_run_it_comes(program: SmallProgram) -> None:
    page = text_of(signed_in("viewer"), "/")
    assert "n_eff 8" in page
    assert re.search(r"Computed .* run \d+ as of 16 Mar 2026 method gap-1 answers of current customers", page)


def test_the_circle_names_what_reaches_customers_through_a_dot(program: SmallProgram) -> None:
    assert "28 from Support" in text_of(signed_in("viewer"), "/")


def test_the_short_list_and_its_rest_add_up_to_the_overall_gap(program: SmallProgram) -> None:
    page = text_of(signed_in("specialist"), "/")
    points = [float(number) for number in re.findall(r"n_eff 8 (\d+\.\d\d)", page)]
    assert points == [16.67, 8.33, 0.00]
    assert "Overall 25.00" in page


def test_who_was_not_heard_is_said_as_loudly_as_who_was(program: SmallProgram) -> None:
    heard, silent = program.customers[0], ContactFactory().customer
    for customer, region in ((heard, "europe-west"), (silent, "asia-pacific")):
        customer.region = region
        customer.save()
    page = text_of(signed_in("viewer"), "/")
    assert "Customers with 89 % of value were heard in 12 months. Nobody was heard in Asia-Pacific." in page
    assert "Western Europe 11 % 100 % 1 of 1" in page
    assert "Asia-Pacific 11 % 0 % 0 of 1" in page


def test_interviews_of_merged_customers_count_for_the_one_that_stays(program: SmallProgram) -> None:
    stays = ContactFactory().customer
    gone = program.customers[0]
    gone.merged_into = stays
    gone.save()
    assert "Customers with 100 % of value were heard in 12 months." in text_of(signed_in("viewer"), "/")


def test_a_scope_in_the_address_holds_in_the_links(program: SmallProgram) -> None:
    response = signed_in("viewer").get("/?lifecycle=past")
    assert f'href="/functions/{program.support.pk}/?lifecycle=past"' in response.content.decode()
    assert "no gap is known" in response.content.decode()


@pytest.mark.parametrize("query", ["?lifecycle=nonsense", "?product=0", "?product=x", "?lifecycle=%00"])
def test_a_scope_that_makes_no_sense_is_as_good_as_none(program: SmallProgram, query: str) -> None:
    assert "25.0 of the 25.0 points" in text_of(signed_in("viewer"), f"/{query}")


def test_a_program_without_functions_says_where_to_begin() -> None:
    Program.objects.create(id=1, name="Empty")
    page = text_of(signed_in("specialist"), "/")
    assert "No functions yet" in page
    assert "Add the first function" in page
    assert "Nothing computed yet" in page


def test_a_program_without_interviews_is_hatched_and_says_what_is_missing() -> None:
    Program.objects.create(id=1, name="Silent")
    RequirementFactory(owner=FunctionFactory(name="Support"))
    recompute()
    response = signed_in("specialist").get("/")
    assert "No interview is completed yet" in response.content.decode()
    assert 'class="band-mark b-none"' in response.content.decode()


def test_before_the_set_up_the_circle_leads_there() -> None:
    response = signed_in("administrator").get("/")
    assert (response.status_code, response.headers["Location"]) == (302, "/setup/")


def test_anonymous_people_are_asked_to_sign_in(program: SmallProgram) -> None:
    for path in ("/", "/functions/", "/requirements/", f"/metrics/{program.metric.pk}/"):
        response = Client().get(path)
        assert response.status_code == 302
        assert response.headers["Location"].startswith("/accounts/login/")


def test_thirty_one_functions_get_numbers_and_a_list(program: SmallProgram) -> None:
    for number in range(28):
        FunctionFactory(name=f"Function {number}", position=100 + number)
    recompute()
    body = signed_in("viewer").get("/").content.decode()
    assert '<ol class="rows"' in body


# ---- One function


def test_a_function_names_what_makes_its_gap(program: SmallProgram) -> None:
    page = text_of(signed_in("head", program.support), f"/functions/{program.support.pk}/")
    assert "Your gap is 38. ‘A stoppage is resolved in time’ makes 16.7 of your 25.0 points." in page
    assert "Two of two" not in page
    assert "One of two requirements is severe, one has a gap." in page
    assert "Support 25.00" in page


def test_its_requirements_points_add_up_to_its_own(program: SmallProgram) -> None:
    page = text_of(signed_in("specialist"), f"/functions/{program.support.pk}/")
    assert "A stoppage is resolved in time 16.67 50" in page
    assert "The hotline is reached 8.33 25" in page


def test_everybody_sees_the_summary_of_every_dot_but_not_its_measurements(program: SmallProgram) -> None:
    page = text_of(signed_in("viewer"), f"/functions/{program.support.pk}/")
    assert "Its gap is 38." in page
    assert "Time to resolve" not in page


def test_a_head_sees_the_own_metrics_with_their_interval(program: SmallProgram) -> None:
    page = text_of(signed_in("head", program.support), f"/functions/{program.support.pk}/")
    assert "Time to resolve" in page
    assert "n 2" in page
    assert "No signal in the newest points of one metric." in page


def test_what_reaches_customers_and_from_where(program: SmallProgram) -> None:
    page = text_of(signed_in("viewer"), f"/functions/{program.supplies.pk}/")
    assert "28, more than its own 0. The path starts in Support." in page
    assert "Support 0.75 28" in page


def test_a_head_reads_what_would_move_the_own_gap_and_how_far(program: SmallProgram) -> None:
    rare, url = program.hear_rarely(), "/functions/{}/"
    page = text_of(signed_in("head", program.support), url.format(program.support.pk))
    moves = page[page.index("What would move it most?") : page.index("In points of the own gap")]
    assert "Time to resolve at 4 h is worth most: 9.4 to 12.5 off its gap of 38." in moves
    assert (
        "10 h to 4 h for A stoppage is resolved in time n 2, measured to 16 Mar 2026; n_eff 8, heard to 16 Mar 2026"
        in moves
    )
    assert "10 h to 4 h 50 % to 88 % 9.4 to 12.5 95 %: 2.2 to 29.5" in moves  # Wilson, n_eff 8, halved
    assert "10 h to 8 h 50 % to 75 % 6.2 95 %: 1.1 to 23.5" in moves
    assert "heard to 16 Mar 2026 no level measured up to 12.5" in moves
    assert "What would move it most?" not in text_of(signed_in("viewer"), url.format(program.support.pk))
    supplies = text_of(signed_in("specialist"), url.format(program.supplies.pk))
    assert f"Cannot be told with fewer than 5 effective answers: ‘{rare.statement}’." in supplies


def test_a_function_without_requirements_has_no_data(program: SmallProgram) -> None:
    page = text_of(signed_in("viewer"), f"/functions/{program.case_studies.pk}/")
    assert "No data: nobody was heard about Case studies." in page
    assert "This dot is neglected: customers and measurements." in page


def test_a_function_that_is_not_there_is_not_found(program: SmallProgram) -> None:
    assert signed_in("viewer").get("/functions/99999/").status_code == 404


def test_the_list_of_functions_has_the_circles_numbers(program: SmallProgram) -> None:
    page = text_of(signed_in("viewer"), "/functions/")
    assert "Support 25.00 66.7 % 38" in page
    assert "Supplies 0.00 33.3 % 0" in page


def test_functions_are_narrowed_sorted_and_taken_along_as_every_list(program: SmallProgram) -> None:
    viewer = signed_in("viewer")

    def shown(query: str) -> list[str]:
        return [line.row.name for line in viewer.get(f"/functions/?{query}").context["list"].page]

    asked = {
        "": ["Support", "Supplies", "Case studies"],
        "sort=name": ["Case studies", "Supplies", "Support"],
        "sort=points": ["Supplies", "Support", "Case studies"],
        "q=SUPPL": ["Supplies"],
        "points_min=1": ["Support"],
        "points_max=1": ["Supplies"],
        "band=none": ["Case studies"],
        "neglect=unheard": ["Case studies"],
        "neglect=none": ["Support"],
        "faces_customers=true": [],
        "faces_customers=false&sort=-name": ["Support", "Supplies", "Case studies"],
    }
    assert {query: shown(query) for query in asked} == asked
    taken = viewer.get("/functions/?format=csv&points_max=1")
    head, only = b"".join(taken.streaming_content).decode().removeprefix("\ufeff").splitlines()
    assert head == (
        "name,points,share,gap,transmitted,bottleneck,n_eff,heard_days,measured_days,"
        "short_name,purpose,position,is_customer_facing,is_active,suppliers"
    )
    assert only.split(",")[:6] == ["Supplies", "0.0", str(1 / 3), "0.0", "28.125", "Support"]
    page = viewer.get("/functions/?q=suppl").content.decode()
    assert "1 of 3 functions match" in page
    assert "/views/new/?list=functions" in page
    assert "Support 25.00" not in text_of(viewer, "/functions/?points_max=1")


# ---- Requirements


def test_the_list_adds_up_to_the_overall_gap(program: SmallProgram) -> None:
    page = text_of(signed_in("specialist"), "/requirements/")
    assert "Three requirements make 25.0 of the 25.0 points; two are felt only." in page
    assert "3 requirements of 25.00 points in all 25.00" in page


@pytest.mark.parametrize(
    ("query", "count"),
    [("band=severe", 1), ("band=gap", 1), ("band=served", 1), ("metric=level", 1), ("q=hotline", 1), ("q=nothing", 0),
     ("points_min=8&points_max=9", 1), ("gap_min=50", 1), ("n_eff_min=9", 0), ("heard_on_after=2026-03-17", 0),
     ("heard_on_before=2026-03-16", 3), ("origin=internal", 0), ("state=draft", 1), ("state=active", 3)],
)  # fmt: skip
def test_the_list_is_narrowed(program: SmallProgram, query: str, count: int) -> None:
    RequirementFactory(statement="Not sure yet", state="draft", owner=None)
    response = signed_in("specialist").get(f"/requirements/?{query}")
    assert response.context["list"].count == count


def test_the_list_is_narrowed_by_owner(program: SmallProgram) -> None:
    page = text_of(signed_in("specialist"), f"/requirements/?owner={program.supplies.pk}")
    assert "One requirement makes 0.0 of the 25.0 points" in page


def test_a_customers_requirement_goes_before_an_internal_one_with_the_same_points(program: SmallProgram) -> None:
    program.hotline.origin = "internal"
    program.hotline.save()
    twin = requirement("The hotline speaks our language", program.supplies, program.product)
    for customer, reached in zip(program.customers, HOTLINE_FELT, strict=True):
        hear(customer.contacts.get(), [felt_answer(twin, program.product, program.scale, felt=reached)])
    recompute()
    rows = signed_in("specialist").get("/requirements/").context["list"].rows
    assert [row.pk for row in rows] == [program.repairs.pk, twin.pk, program.hotline.pk, program.parts.pk]


def test_the_csv_has_the_rows_of_the_page(program: SmallProgram) -> None:
    response = signed_in("specialist").get("/requirements/?format=csv")
    lines = list(csv.reader(b"".join(response.streaming_content).decode("utf-8-sig").splitlines()))
    assert ",".join(lines[0]) == (
        "reference,statement,attribute,owner,points,gap,n_eff,heard_on,metric,"
        "products,state,origin,rule,example,half_life_months,unit,direction,resolution,contributors"
    )
    assert lines[1][1:5] == [
        "A stoppage is resolved in time", program.repairs.attribute.name, "Support", "16.666666666666664",
    ]  # fmt: skip
    assert len(lines) == 4


def test_a_requirement_says_what_its_level_serves_and_what_it_takes(program: SmallProgram) -> None:
    page = text_of(signed_in("specialist"), f"/requirements/{program.repairs.pk}/")
    assert "At 10 h, 50 % of customers' weight is served. To serve 80 % it takes 4 h." in page
    assert "Two steps matter: 8 h and 4 h. Together they serve 38 % more." in page


def test_a_looser_target_is_said(program: SmallProgram) -> None:
    page = text_of(signed_in("specialist"), f"/requirements/{program.repairs.pk}/")
    assert "Our target of 24 h is looser than what customers need." in page
    assert "Meeting it would serve 38 % of weight, below the 80 % that we want." in page


def test_the_boxes_and_the_explanation_lead_to_the_gap(program: SmallProgram) -> None:
    page = text_of(signed_in("specialist"), f"/requirements/{program.repairs.pk}/")
    assert "gap = 12.5 + 12.5 + 25.0 = 50.0" in page
    assert "interval = Wilson 95 %, n_eff 8.0:" in page
    assert "points = 33.33 % of importance × 50.0 = 16.67" in page
    assert "method = gap-1" in page
    assert "8 answers heard, 8 in the sums." in page


def test_a_requirement_shows_the_words_with_what_was_coded(program: SmallProgram) -> None:
    body = signed_in("specialist").get(f"/requirements/{program.repairs.pk}/").content.decode()
    assert "We run at night. <mark>I need it back before six.</mark>" in body
    assert "Eight passages of eight customers stand behind it." in body
    assert body.count("<blockquote>") == 6
    every = signed_in("specialist").get(f"/requirements/{program.repairs.pk}/?words=all").content.decode()
    assert every.count("<blockquote>") == 8
    Interview.objects.filter(customer=program.customers[0]).update(state="in_progress")
    body = signed_in("specialist").get(f"/requirements/{program.repairs.pk}/").content.decode()
    assert "Seven passages of seven customers stand behind it." in body  # as in the scores, completed ones only


def test_a_requirement_without_a_scale_is_felt_only(program: SmallProgram) -> None:
    page = text_of(signed_in("specialist"), f"/requirements/{program.hotline.pk}/")
    assert "75 % of customers' weight feels served; it has no scale, so it is felt only." in page
    assert "Nobody's words are coded to this requirement yet." in page


def test_nobody_was_heard_about_a_new_requirement(program: SmallProgram) -> None:
    new = requirement("Manuals are found", program.support, program.product)
    recompute()
    assert "No data: nobody was heard about this requirement." in text_of(
        signed_in("specialist"), f"/requirements/{new.pk}/"
    )


@pytest.mark.parametrize("state", ["draft", "retired"])
def test_a_requirement_that_is_not_active_has_a_page_without_scores(program: SmallProgram, state: str) -> None:
    idle = RequirementFactory(state=state, owner=None)
    page = text_of(signed_in("specialist"), f"/requirements/{idle.pk}/")
    assert ("It is a draft" if state == "draft" else "It is retired") in page


# ---- Who may see what (domain rules 8 and 9)


def test_words_reach_heads_without_person_and_customer(program: SmallProgram) -> None:
    page = text_of(signed_in("head", program.support), f"/requirements/{program.repairs.pk}/")
    assert "I need it back before six." in page
    assert "Customer 0" not in page
    assert "Contact of" not in page
    assert "I. Moreau" not in page


def test_a_grant_opens_the_names(program: SmallProgram) -> None:
    page = text_of(signed_in("head", program.support, may_see_names=True), f"/requirements/{program.repairs.pk}/")
    assert "Customer 7" in page


def test_a_requirement_of_another_function_does_not_exist_for_a_head(program: SmallProgram) -> None:
    head = signed_in("head", program.supplies)
    assert head.get(f"/requirements/{program.repairs.pk}/").status_code == 404
    assert head.get(f"/requirements/{program.parts.pk}/").status_code == 200
    assert head.get(f"/metrics/{program.metric.pk}/").status_code == 404


def test_a_contributing_function_sees_the_requirement_and_its_metric(program: SmallProgram) -> None:
    program.repairs.responsibilities.create(function=program.supplies, strength=3)
    head = signed_in("head", program.supplies)
    assert head.get(f"/requirements/{program.repairs.pk}/").status_code == 200
    assert head.get(f"/metrics/{program.metric.pk}/").status_code == 200


def test_evidence_does_not_exist_for_viewers(program: SmallProgram) -> None:
    viewer = signed_in("viewer")
    assert viewer.get(f"/requirements/{program.repairs.pk}/").status_code == 404
    assert viewer.get(f"/metrics/{program.metric.pk}/").status_code == 404
    assert f'href="/requirements/{program.repairs.pk}/' not in viewer.get("/requirements/").content.decode()


def test_nothing_links_to_what_does_not_open(program: SmallProgram) -> None:
    program.repairs.responsibilities.create(function=program.case_studies, strength=1)
    program.parts.responsibilities.create(function=program.case_studies, strength=3)
    head = signed_in("head", program.supplies)
    body = head.get(f"/functions/{program.case_studies.pk}/").content.decode()
    assert "A stoppage is resolved in time" in body
    assert f'href="/requirements/{program.repairs.pk}/' not in body
    assert f'href="/requirements/{program.parts.pk}/' in body


def test_a_metric_of_the_own_function_links_only_to_requirements_that_open(program: SmallProgram) -> None:
    program.metric.function = program.case_studies
    program.metric.save()
    body = signed_in("head", program.case_studies).get(f"/metrics/{program.metric.pk}/").content.decode()
    assert "A stoppage is resolved in time" in body
    assert f'href="/requirements/{program.repairs.pk}/' not in body


@pytest.mark.parametrize("role", ["viewer", "head"])
def test_customers_are_for_specialists(program: SmallProgram, role: str) -> None:
    client = signed_in(role, program.support if role == "head" else None)
    assert client.get(f"/customers/{program.customers[0].pk}/").status_code == 404


def test_too_few_become_one_line_that_carries_their_points(program: SmallProgram) -> None:
    program.hear_rarely()
    page = text_of(signed_in("viewer"), "/requirements/")
    # A quarter of the importance each: 12.50 + 6.25 + 0 + 25. The one with too few would be the rest, so another goes.
    assert "Prices are fair" not in page
    assert "2 more with too few customers to show" in page
    assert "of 43.75 points in all 43.75" in page


def test_specialists_see_every_row(program: SmallProgram) -> None:
    program.hear_rarely()
    page = text_of(signed_in("specialist"), "/requirements/")
    assert "Prices are fair" in page
    assert "too few customers to show" not in page


def test_too_few_hide_the_numbers_of_a_requirement_from_its_head(program: SmallProgram) -> None:
    rare = program.hear_rarely()
    page = text_of(signed_in("head", program.supplies), f"/requirements/{rare.pk}/")
    assert "Too few customers were heard about this to show it." in page
    assert "How the gap" not in page
    assert "100" not in page.split("Requirement ", 1)[1].split("What do we measure?")[0]


def test_too_few_hide_a_segment_and_the_smallest_other_one(program: SmallProgram) -> None:
    small, other = program.customers[0], program.customers[1]
    for customer, region in ((small, "europe-south"), (other, "europe-south")):
        customer.region = region
        customer.save()
    page = text_of(signed_in("head", program.support), f"/requirements/{program.repairs.pk}/")
    assert "Southern Europe" not in page


# ---- One metric


def test_a_metric_says_whether_it_reaches_what_customers_need(program: SmallProgram) -> None:
    page = text_of(signed_in("specialist"), f"/metrics/{program.metric.pk}/")
    assert "So far it is stable at 10 h and will not reach the 4 h that customers need." in page
    assert "Our target of 24 h is looser than what customers need." in page
    assert "No signal in two points: it varies as it always does." in page


def test_a_metric_lists_its_measurements_with_what_they_corrected(program: SmallProgram) -> None:
    from_page = text_of(signed_in("head", program.support), f"/metrics/{program.metric.pk}/")
    assert "16 Mar 2026 11 h svc as entered Correct" in from_page
    assert "9 Mar 2026 9 h svc as entered Correct" in from_page


def test_a_metric_that_was_never_measured_says_so(program: SmallProgram) -> None:
    program.metric.measurements.all().delete()
    mark_every_day(metric_ids=[program.metric.pk])
    page = text_of(signed_in("specialist"), f"/metrics/{program.metric.pk}/")
    assert "Nothing was measured yet." in page


def test_a_list_and_a_card_say_of_a_metric_what_its_page_says(program: SmallProgram) -> None:
    for address in (f"/metrics/{program.metric.pk}/", "/metrics/", f"/functions/{program.support.pk}/"):
        page = text_of(signed_in("specialist"), address)
        assert "no signal" in page
        assert "will not reach" in page


def test_a_metric_says_why_it_drew_this_chart_and_draws_another(program: SmallProgram) -> None:
    address = f"/metrics/{program.metric.pk}/"
    assert "One value a period, so each is compared with the one before." in text_of(signed_in("specialist"), address)
    assert "Weighted mean (EWMA). A weighted mean finds" in text_of(signed_in("specialist"), f"{address}?chart=ewma")


# ---- One customer


def test_a_customers_needs_stand_beside_what_we_measure(program: SmallProgram) -> None:
    page = text_of(signed_in("specialist"), f"/customers/{program.customers[0].pk}/")
    assert "Customer 0 is not fully served in one of three answers" in page
    assert "Contact of Customer 0 10 2 h 10 h not met not felt" in page
    assert "completed" in page


def test_a_customer_nobody_heard_has_no_voice(program: SmallProgram) -> None:
    silent = ContactFactory().customer
    assert f"{silent.name} was not heard yet." in text_of(signed_in("specialist"), f"/customers/{silent.pk}/")


def test_the_desk_says_what_is_known_of_what_it_asks_worst_first(program: SmallProgram) -> None:
    interview = program.customers[0].interviews.get()
    requirement("Never asked", program.supplies, program.product)
    desk = f"/interviews/{interview.pk}/known/"
    specialist = signed_in("specialist")

    page = text_of(specialist, desk)
    assert "What we know: one of three answers not fully served" in page
    assert "needs 2 h, measured 10 h, not met, not felt;" in page
    assert "2 more, and what they were told" in page
    part = specialist.get(desk, headers={"HX-Request": "true"}).content.decode()
    assert part.lstrip().startswith('<details class="panel desk-known" id="known"')

    # Another product: nothing that they said is asked here.
    interview.round.products.set([ProductFactory()])
    assert "What we know: nothing that counts yet" in text_of(specialist, desk)
    assert text_of(signed_in("viewer"), desk, status=404)


# ---- Queries


def queries(client: Client, path: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


PATHS = {
    "/": 39, "/functions/": 24, "/requirements/": 26, "function": 59, "requirement": 47, "metric": 44, "customer": 28,
    "known": 27,
}  # fmt: skip


@pytest.mark.parametrize("name", PATHS)
def test_the_number_of_queries_does_not_grow_with_the_rows(program: SmallProgram, name: str) -> None:
    path = {
        "function": f"/functions/{program.support.pk}/",
        "requirement": f"/requirements/{program.repairs.pk}/",
        "metric": f"/metrics/{program.metric.pk}/",
        "customer": f"/customers/{program.customers[0].pk}/",
        "known": f"/interviews/{program.customers[0].interviews.get().pk}/known/",
    }.get(name, name)
    client = signed_in("specialist")
    queries(client, path)
    before = queries(client, path)
    grow(program)
    assert queries(client, path) == before
    assert before <= PATHS[name]
