"""What-ifs over links and without a dot, kept as scenarios, compared: pages."""

from dataclasses import replace
from decimal import Decimal

import pytest
from django.urls import reverse

from functions.models import Function, SupplyLink
from improvements.models import Scenario
from interviews.models import Part
from interviews.parts import Perception
from jobs.services import mark_requirement
from tests.dashboard.program import TODAY, SmallProgram, felt_answer, hear, recompute, requirement, small_program
from tests.dashboard.test_next_100k import rare_level, text_of
from tests.factories.functions import FunctionFactory
from tests.factories.metrics import MeasurementFactory, MetricFactory, MetricLinkFactory
from tests.factories.people import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def program(noon) -> SmallProgram:
    return small_program()


def asked(client, fields: dict[str, object]) -> str:
    return text_of(client.get(reverse("what_if"), fields, follow=True))


def repairs_link(program: SmallProgram) -> str:
    return f"l{program.repairs.pk}-{program.product.pk}"


def save(client, moves: str, name: str, **more: str):
    return client.post(reverse("scenario_create"), {"name": name, "moves": moves} | more)


def test_a_measuring_link_that_is_taken_away_leaves_what_customers_feel(program):
    # Four of eight feel that repairs are in time, as many as are served: the gap of repairs stays 50.
    page = asked(signed_in("specialist"), {repairs_link(program): "0"})

    assert "If this link were another one, the overall gap would be 25.0." in page
    assert "Press A: Time to resolve → nothing measures it" in page


def test_a_requirement_of_which_only_levels_were_said_leaves_the_overall_gap_with_its_link(program):
    about = requirement("Delivered in time", program.supplies, program.product, scale={"resolution": Decimal(1)})
    metric = MetricFactory(name="Time to deliver", function=program.supplies)
    MetricLinkFactory(metric=metric, requirement=about)
    MeasurementFactory(metric=metric, value=30, period_end=TODAY)
    for customer in program.customers:
        said = felt_answer(about, program.product, program.scale, felt=False, level=20)
        hear(customer.contacts.get(), [replace(said, perception=Perception.nothing(Part.NOT_ASKED))])
    recompute()

    # Nobody is served: (50 + 25 + 0 + 100) / 4. Without the link three are left, as they were.
    page = asked(signed_in("specialist"), {f"l{about.pk}-{program.product.pk}": "0"})
    assert "If this link were another one, the overall gap would be 25.0." in page
    assert "1 requirement would have no score any more" in page
    assert "Delivered in time 100.0 no data no data" in page
    assert "Supplies: own gap 50.0 → 0.0" in page


def test_another_metric_that_measures_a_level_serves_whom_its_level_serves(program):
    quick = MetricFactory(name="Time to answer", function=program.support)
    MeasurementFactory(metric=quick, value=2, period_end=TODAY)
    recompute()
    client = signed_in("specialist")

    # At 2 h all eight are served: repairs 50 → 25, overall 25 → 16.7. Nobody comes to feel anything new, for
    # what changes is only what is measured.
    page = asked(client, {"add_need": f"{program.repairs.pk}-{program.product.pk}", "add_metric": quick.pk})
    assert "If this link were another one, the overall gap would be 16.7." in page
    assert "16.7 if all who are newly served come to feel it" in page
    # At 24 h the two who need 48 and the two of 24 are served, as with 10 h that are reached today by 12, 24, 24, 48.
    both = {repairs_link(program): quick.pk, f"m{quick.pk}": "24"}
    page = asked(client, both)
    assert "If 1 level and 1 link were moved so, the overall gap would be 27.1." in page
    assert "Time to answer would be worse than today." in page


def test_a_supply_link_that_is_moved_changes_what_reaches_customers_and_no_gap(program):
    client, link = signed_in("head", function=program.supplies), f"s{program.support.pk}-{program.supplies.pk}"

    page = asked(client, {link: "0.25"})
    assert "If this link were another one, the overall gap would be 25.0." in page
    assert "Supplies: own gap 0.0 → 0.0, reaching customers 28.1 → 9.4" in page
    added = {"add_from": program.supplies.pk, "add_to": program.case_studies.pk, "add_by": "1"}
    page = asked(client, {link: "0"} | added)
    assert "If these 2 links were others" in page
    assert "Supplies → Case studies: no link → 1: all of it" in page

    # Where the link is cut, nothing more arrives through Supplies when Support does nothing at all.
    Function.objects.filter(pk=program.supplies.pk).update(is_customer_facing=True)
    recompute()
    page = asked(client, {"without": program.support.pk})
    assert "Without Support 2 requirements lose service: the overall gap would be 25.0 → 66.7." in page
    assert "More reaches customers through Supplies (28 → 75)." in page
    assert "No other dot passes more on to customers." in asked(client, {link: "0", "without": program.support.pk})


def test_a_field_that_nobody_touched_is_no_move_after_the_next_measurement(program):
    client, here = signed_in("specialist"), reverse("what_if")
    field, link = f"m{program.metric.pk}", f"s{program.support.pk}-{program.supplies.pk}"
    form = {field: "10", f"was_{field}": "10", link: "0.25", f"was_{link}": "0.75", "without": ""}
    assert f'name="was_{field}" value="10"' in client.get(here).content.decode()

    assert client.get(here, form)["Location"] == f"{here}?{link}=0.25"
    MeasurementFactory(metric=program.metric, value=30, period_end=TODAY)
    recompute()
    assert client.get(here, form)["Location"] == f"{here}?{link}=0.25"
    assert client.get(here, form | {field: "4"})["Location"] == f"{here}?{field}=4&{link}=0.25"


def test_a_link_that_is_added_gets_a_row_so_that_the_next_one_does_not_take_its_place(program):
    client, here, htmx = signed_in("specialist"), reverse("what_if"), {"HX-Request": "true"}
    field, link = f"m{program.metric.pk}", f"s{program.supplies.pk}-{program.case_studies.pk}"
    added = {"add_from": program.supplies.pk, "add_to": program.case_studies.pk, "add_by": "1"}

    answer = client.get(here, {field: "4"} | added, headers=htmx)
    assert answer["HX-Redirect"] == f"{here}?{field}=4&{link}=1"
    assert f'name="{link}"' in client.get(answer["HX-Redirect"]).content.decode()
    incomplete = client.get(here, {field: "4"} | added | {"add_to": ""}, headers=htmx)
    assert "the overall gap would be 18.8." in text_of(incomplete)


SAID = [
    ({"m999": "4"}, "There is no level 999 that you may move"),
    ({"m{metric}": "NaN"}, "‘NaN’ is no level."),
    ({"m{metric}": "1e400"}, "‘1e400’ is no level."),
    ({"m{metric}": "-1e9999999"}, "‘-1e9999999’ is no level."),
    ({"m{metric}": "-4"}, "A level in hours cannot be -4."),
    ({"s{support}-{support}": "1"}, "Support cannot supply itself."),
    ({"s{support}-{supplies}": "0.6"}, "From Support to Supplies 1, 0.75, 0.5, 0.25 or 0 is passed on, not ‘0.6’."),
    ({"s{support}-999": "1"}, "One of the functions {support} and 999 is not there"),
    ({"l{hotline}-{product}": "{metric}"}, "Nothing else can measure requirement {hotline} for product {product}"),
    ({"l{repairs}-{product}": "999"}, "Metric 999 is gone, retired, or has no level yet"),
    ({"l{repairs}-{product}": "x"}, "‘x’ is no metric."),
    ({"without": "999"}, "There is no dot ‘999’ to be without."),
]


def test_moves_that_make_no_sense_are_left_out_with_a_sentence(program):
    client = signed_in("specialist")
    ids = {
        name: getattr(program, name).pk for name in ("metric", "support", "supplies", "hotline", "repairs", "product")
    }

    for fields, sentence in SAID:
        page = asked(client, {name.format(**ids): value.format(**ids) for name, value in fields.items()})
        assert sentence.format(**ids) in page
        assert "It was left out." in page
    many = {f"s{one.pk}-{other.pk}": "1" for one in FunctionFactory.create_batch(9) for other in Function.objects.all()}
    recompute()
    page = asked(client, {name: value for name, value in many.items() if len(set(name[1:].split("-"))) == 2})
    assert "A what-if takes 60 moves at once, not" in page


def test_what_measures_a_requirement_is_moved_by_specialists_only(program):
    page = asked(signed_in("head", function=program.support), {repairs_link(program): "0"})

    assert "What measures a requirement can be moved by specialists" in page
    assert "the overall gap is 25.0." in page


def test_a_scenario_is_kept_once_read_as_it_stands_today_and_named_where_something_is_gone(program):
    client, link = signed_in("specialist"), f"s{program.support.pk}-{program.supplies.pk}"
    moves = f"m{program.metric.pk}=4&{link}=0.25"
    entry = "e" * 32
    for _time in range(2):
        answer = save(client, moves, "Nights", note="Needs two people", entry=entry)
        assert answer.status_code == 302
    scenario = Scenario.objects.get()
    assert [(each["field"], each["value"], each["was"]) for each in scenario.moves] == [
        (f"m{program.metric.pk}", "4", "10 h"),
        (link, "0.25", "0.75: most"),
    ]
    page = text_of(client.get(reverse("scenario_detail", args=[scenario.pk])))
    assert "If 1 level and 1 link were moved so, the overall gap would be 18.8." in page
    assert "Everything that it moves stands as it did when it was saved." in page

    # One came true, the other one is gone with its function.
    SupplyLink.objects.update(strength=Decimal("0.25"))
    program.metric.is_active = False
    program.metric.save()
    mark_requirement(requirement_id=program.repairs.pk)
    recompute()
    page = text_of(client.get(reverse("scenario_detail", args=[scenario.pk])))
    assert "2 of 2 moves are not as they were when it was saved." in page
    assert "left out It is gone or not measured, or too few customers stated what they need of it." in page
    assert "Time to resolve" in page
    assert "it stands so today" in page


def test_a_scenario_that_makes_no_sense_keeps_the_note_that_was_typed(program):
    client = signed_in("specialist")

    nothing = save(client, "", "Nothing", note="A long thought")
    nonsense = save(client, "m999=4", "Gone", note="A long thought")

    for answer, sentence in ((nothing, "there is nothing to save"), (nonsense, "There is no level 999")):
        assert (answer.status_code, "A long thought" in text_of(answer)) == (422, True)
        assert sentence in text_of(answer)
    assert not Scenario.objects.exists()


def test_two_scenarios_stand_side_by_side_and_one_beside_today(program):
    client, address = signed_in("specialist"), reverse("scenario_compare")
    save(client, f"m{program.metric.pk}=4", "Nights")
    save(client, f"without={program.support.pk}", "No support")
    nights, without = (Scenario.objects.get(name=name).pk for name in ("Nights", "No support"))

    page = text_of(client.get(address, {"one": nights, "other": without}))
    assert "Nights leads to 18.8, No support to 66.7." in page
    # Whom Support serves has nothing left, and Support itself, which faces no customer, passes all of it on.
    assert "A stoppage is resolved in time 50.0 31.2 100.0" in page
    assert "The hotline is reached 25.0 25.0 100.0" in page
    assert "Reaching customers through Support 37.5 " in page
    assert page.count("if all who are newly served come to feel it") == 1
    assert "Nights leads to 18.8, Today to 25.0." in text_of(client.get(address, {"one": nights}))
    assert "Nights is compared with itself" in text_of(client.get(address, {"one": nights, "other": nights}))
    assert "There is no scenario ‘x9’" in text_of(client.get(address, {"one": "x9", "other": nights}))


def test_a_scenario_of_others_shows_a_head_neither_hidden_levels_nor_what_they_gain(program):
    metric = rare_level(program)
    specialist, head = signed_in("specialist"), signed_in("head", function=program.supplies)
    save(specialist, f"m{metric.pk}=15&m{program.metric.pk}=4", "Faster")
    scenario = Scenario.objects.get()

    page = text_of(head.get(reverse("scenario_detail", args=[scenario.pk])))

    assert "Time to deliver" not in page
    assert "Time to resolve" not in page
    assert "a move of what you may not move" in page
    assert "None of its moves can be made, or shown to you, today." in page
    assert f"level {metric.pk}" not in page
    beside = text_of(head.get(reverse("scenario_compare"), {"one": scenario.pk}))
    assert "2 of 2 moves of Faster are left out for you, so the two are not compared." in beside
    assert head.get(reverse("scenario_update", args=[scenario.pk])).status_code == 404
    assert save(head, f"m{metric.pk}=15", "Mine").status_code == 422
    save(head, f"s{program.support.pk}-{program.supplies.pk}=1", "Mine")
    mine = Scenario.objects.get(name="Mine")
    renamed = head.post(reverse("scenario_update", args=[mine.pk]), {"name": "Ours", "note": ""})
    assert (renamed.status_code, Scenario.objects.get(pk=mine.pk).name) == (302, "Ours")
    assert head.post(reverse("scenario_remove", args=[mine.pk])).status_code == 302
    assert not Scenario.objects.filter(pk=mine.pk).exists()
