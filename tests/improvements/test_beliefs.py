"""Beliefs: said before looking, kept once, compared with what customers said, and never shown to anybody else."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dashboard.program_tables import fields_of, written
from functions.models import Membership, Program
from functions.selectors import scope_for
from gap_scores.selectors import read_board
from improvements.belief_models import Belief, BeliefAsking, BeliefSheet
from improvements.belief_selectors import askings_for, by_role, in_own_order, open_askings, own_lines
from improvements.belief_words import gap_words, role_sentence, surprise_sentence
from improvements.believing import Said, ask_beliefs, change_asking, remove_asking, say_beliefs
from requirements_catalog.models import Requirement
from tests.api.callers import with_token
from tests.conftest import NOON
from tests.dashboard.program import SmallProgram, felt_answer, hear, recompute, small_program, somebody
from tests.dashboard.test_next_100k import text_of
from tests.factories.functions import FunctionFactory
from tests.factories.people import signed_in
from tests.improvements.test_initiatives import refused

pytestmark = pytest.mark.django_db
TODAY = NOON.date()
END = TODAY + timedelta(days=7)


@pytest.fixture
def program(clock) -> SmallProgram:
    return small_program()


def asked(**said) -> BeliefAsking:
    days = {"opens_on": TODAY, "closes_on": END}
    said = {"title": "What do we believe?"} | days | said
    return ask_beliefs(board=read_board(), by_name="Ines", now=NOON, today=TODAY, **said)


def say(
    asking: BeliefAsking, person, said: dict, *, hand_in: bool = True, today=TODAY, role="head", **more
) -> BeliefSheet:
    return say_beliefs(
        asking=asking, person=person, role=role, said=said, hand_in=hand_in, now=NOON, today=today, **more
    )


def of(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def sent(program: SmallProgram, gap: str = "", importance: str = "", **more: str) -> dict[str, str]:
    pk = program.repairs.pk
    return {f"gap-{pk}": gap, f"importance-{pk}": importance, "seen": "0", "hand_in": "1"} | more


def test_the_difference_is_to_what_customers_said_when_it_was_asked(program):
    # Repairs have a gap of 50 and the hotline 25, parts none; all are of importance 10.
    asking, head = asked(), somebody("head", program.support)

    sheet = say(asking, head, {program.repairs.pk: Said(10, 50), program.hotline.pk: Said(2, 90)})

    worst, right = own_lines(sheet)
    assert (worst.requirement, worst.gap.said.value, worst.gap.difference) == (program.hotline, 25, 65)
    assert gap_words(worst.gap) == "overestimated: customers are served better than that"
    assert (right.gap.side, right.surprise, right.customers) == ("right", 0, 8)
    assert surprise_sentence([worst, right]) == (
        "What differs most from what customers say: The hotline is reached (importance 2 believed, 10.0 said)."
    )
    # What is heard later does not move it.
    hear(
        program.customers[0].contacts.get(), [felt_answer(program.hotline, program.product, program.scale, felt=False)]
    )
    recompute()
    assert own_lines(sheet)[0].gap.said == worst.gap.said


def test_what_cannot_be_taken_is_said_and_nothing_is_lost(program):
    asking, head = asked(), somebody("head", program.support)
    pk = program.repairs.pk
    draft = say(asking, head, {pk: Said(7, None)}, hand_in=False)

    assert refused(say, asking, head, {pk: Said(11, 101)}) == [(f"importance-{pk}", "It lies between 0 and 10.")]
    assert refused(say, asking, head, {pk: Said(None, 101)}) == [(f"gap-{pk}", "It lies between 0 and 100.")]
    assert refused(say, asking, head, {}) == [("", "Say something of one requirement at least before you hand it in.")]
    moved = "You saved it in another window meanwhile. Here is what you typed: save again to keep this."
    assert refused(say, asking, head, {pk: Said(1, 1)}, seen=0) == [("", moved)]
    over = refused(say, asking, head, {pk: Said(1, 1)}, today=END + timedelta(days=1))
    assert over == [("", "It was over on 23 Mar 2026, so nothing is taken any more.")]
    Requirement.objects.filter(pk=pk).update(state=Requirement.State.RETIRED)
    ((_field, retired),) = refused(say, asking, head, {pk: Said(1, 1)})
    assert retired.endswith("was retired meanwhile and is not asked any more. The rest is as you typed it.")
    assert list(Belief.objects.values_list("sheet", "importance", "gap")) == [(draft.pk, 7, None)]
    say(asking, head, {program.hotline.pk: Said(1, 1)})
    assert refused(say, asking, head, {program.hotline.pk: Said(2, 2)}) == [
        ("", "You handed it in on 16 Mar 2026, and it stays as it was.")
    ]
    assert list(Belief.objects.values_list("importance", "gap")) == [(1, 1)]


def test_roles_of_fewer_than_three_are_not_shown_nor_what_fewer_said(program):
    asking = asked(asks_viewers=True)
    heads = [somebody("head", FunctionFactory()) for _number in range(3)]
    for number, head in enumerate(heads):
        beliefs = {program.repairs.pk: Said(None, 40 + 10 * number)}
        say(asking, head, beliefs | ({program.hotline.pk: Said(1, 1)} if number else {}))
    for _number in range(2):
        say(asking, somebody("viewer"), {program.repairs.pk: Said(1, 1)}, role="viewer")

    of_heads, of_viewers = by_role(asking)

    # 40, 50 and 60 less 50: right on average.
    lines = {line.requirement: line for line in of_heads.lines}
    assert (lines[program.repairs].gap, lines[program.repairs].gap_n) == (0.0, 3)
    assert (lines[program.hotline].gap, lines[program.hotline].gap_n, lines[program.hotline].importance_n) == (
        None,
        0,
        0,
    )
    assert (of_viewers.lines, role_sentence(of_viewers)) == (
        (), "Executives and other viewers: too few answered to show",
    )  # fmt: skip


def test_asking_is_refused_for_wrong_days_and_for_too_few_customers(program):
    rare = program.hear_rarely()
    yesterday = TODAY - timedelta(days=1)

    assert refused(asked, opens_on=yesterday) == [("opens_on", "It cannot begin before today.")]
    assert refused(asked, closes_on=yesterday) == [("closes_on", "It ends today or later, and not before it begins.")]
    ((field, words),) = refused(asked, requirements={rare.pk})
    assert (field, words.endswith("or none: leave it out.")) == ("requirements", True)
    assert rare.pk not in {each["requirement"] for each in asked().figures}


def test_an_asking_that_was_answered_stays_and_one_that_is_over_does_not_change(program):
    asking = asked(entry="a" * 32)
    assert asked(entry="a" * 32) == asking
    say(asking, somebody("head", program.support), {program.repairs.pk: Said(1, 1)})

    assert refused(remove_asking, asking=asking) == [
        ("", "Somebody answered already, so it stays. Let it end today instead.")
    ]
    after = END + timedelta(days=1)
    ((_field, words),) = refused(change_asking, asking=asking, changes={"closes_on": after}, today=after)
    assert words.startswith("It is over since 23 Mar 2026")


def test_whoever_handed_in_keeps_the_page_and_viewers_who_began_stay_asked(program):
    asking, viewer, head = asked(asks_viewers=True), somebody("viewer"), somebody("head", program.support)
    say(asking, viewer, {program.repairs.pk: Said(1, 1)}, hand_in=False, role="viewer")
    say(asking, head, {program.repairs.pk: Said(1, 1)})
    Membership.objects.filter(user=head).update(role="viewer", function=None)

    assert refused(change_asking, asking=asking, changes={"asks_viewers": False}, today=TODAY) == [
        ("asks_viewers", "One of them began to answer already, so they stay asked. Let it end today instead.")
    ]
    BeliefAsking.objects.update(asks_viewers=False)
    readable = [list(askings_for(scope_for(each), today=TODAY)) for each in (head, viewer)]
    assert readable == [[asking], []]


def test_in_the_file_of_a_program_a_sheet_is_nobodys():
    (person,) = [each for each in fields_of("improvements.BeliefSheet") if each.attname == "person_id"]

    assert written("improvements.BeliefSheet", person, 7) is None


def test_order_differs_between_people_and_stays_for_each(program):
    asking = asked()
    orders = {tuple(row.pk for row in in_own_order(asking, person)) for person in range(20)}

    assert len(orders) > 1
    assert in_own_order(asking, 7) == in_own_order(asking, 7)


def test_pages_show_the_difference_to_the_person_first_and_then_by_role(program, clock):
    asking = asked()
    people = [somebody("head", program.support), somebody("deputy", program.support), somebody("specialist")]
    head, deputy, specialist = map(of, people)
    page, form = (reverse(name, args=[asking.pk]) for name in ("belief_detail", "belief_answer"))

    assert "What do we believe?" in text_of(head.get(reverse("my_work")))
    assert signed_in("viewer").get(page).status_code == 404
    before = text_of(head.get(form))
    assert "before you look" in before
    assert "n_eff" not in before + text_of(head.get(page))
    assert head.post(form, sent(program, gap="70", hand_in="")).status_code == 302
    assert 'value="70"' in head.get(form).content.decode()
    other_tab = head.post(form, sent(program, gap="80"))
    assert other_tab.status_code == 422
    assert "You saved it in another window meanwhile." in text_of(other_tab)
    assert 'value="80"' in other_tab.content.decode()
    assert head.post(form, sent(program, gap="90", seen="1")).headers["Location"] == page
    told = text_of(head.get(page))
    assert "gap 90 believed, 50 said" in told
    assert "You alone see this." in told
    for other in (deputy, specialist):
        assert "90 believed" not in text_of(other.get(page))
    clock(NOON + timedelta(days=8))
    head, deputy, specialist = map(of, people)
    assert "Too few answered to show." in text_of(head.get(page))
    assert "It is over, and you did not answer" in text_of(deputy.get(page))
    assert "What do those of a role believe?" not in text_of(deputy.get(page))
    assert "What do those of a role believe?" in text_of(specialist.get(page))


def test_what_was_typed_of_a_requirement_that_was_retired_meanwhile_is_named(program):
    asking, head = asked(), signed_in("head", function=program.support)
    Requirement.objects.filter(pk=program.repairs.pk).update(state=Requirement.State.RETIRED)

    answer = head.post(
        reverse("belief_answer", args=[asking.pk]), sent(program, "5", **{f"gap-{program.parts.pk}": "9"})
    )

    assert answer.status_code == 422
    assert "was retired meanwhile and is not asked any more." in text_of(answer)
    assert 'value="9"' in answer.content.decode()


def test_api_tells_a_person_the_own_difference_and_nobody_elses(program, clock):
    asking, head, specialist = asked(), somebody("head", program.support), somebody("specialist")
    address = f"/api/v1/belief-askings/{asking.pk}/"
    mine, his = with_token(head), with_token(specialist)

    def put(beliefs, **more):
        return mine.post(f"{address}say/", {"beliefs": beliefs} | more, content_type="application/json")

    belief = {"requirement": program.repairs.pk, "importance": None, "gap": 90}
    assert put([belief, belief]).status_code == 400
    assert put([belief]).json()["lines"][0]["gap"] == {
        "believed": 90,
        "said": None,
        "lo": None,
        "hi": None,
        "side": None,
    }
    told = put([belief], hand_in=True).json()
    assert (told["lines"][0]["gap"]["said"], told["lines"][0]["gap"]["side"]) == (50.0, "over")
    assert mine.get(f"{address}mine/").json() == told
    assert his.get(f"{address}mine/").status_code == 404
    assert his.get(f"{address}by-role/").json()["roles"] == []
    clock(NOON + timedelta(days=8))
    (role,) = his.get(f"{address}by-role/").json()["roles"]
    assert (role["n"], role["lines"]) == (0, [])


def test_a_token_is_told_the_means_when_it_is_over_by_the_clock_of_the_program(program, clock):
    Program.objects.update(time_zone="America/Los_Angeles")
    asking = asked()
    address = f"/api/v1/belief-askings/{asking.pk}/by-role/"

    # There the last day ends at 7:00 UTC.
    clock(NOON + timedelta(days=7, hours=18))
    assert with_token(somebody("specialist")).get(address).json()["why"].startswith("Shown when it is over")
    clock(NOON + timedelta(days=7, hours=20))
    assert with_token(somebody("specialist")).get(address).json()["why"] == ""


def test_pages_ask_as_much_of_the_database_for_more_requirements_and_more_answers(program):
    asking = asked()
    client = signed_in("head", function=program.support)
    addresses = [reverse(name, args=[asking.pk]) for name in ("belief_answer", "belief_detail")]

    def asks() -> list[int]:
        counts = []
        for address in addresses:
            client.get(address)
            with CaptureQueriesContext(connection) as queries:
                assert client.get(address).status_code == 200
            counts.append(len(queries))
        return counts

    before = asks()
    for _number in range(4):
        say(asking, somebody("head", FunctionFactory()), {program.repairs.pk: Said(1, 1), program.parts.pk: Said(2, 2)})
    assert asks() == before


def test_what_waits_for_a_head_counts_askings_until_handed_in(program):
    asking, head = asked(), somebody("head", program.support)
    access = scope_for(head)

    assert list(open_askings(access, today=TODAY)) == [asking]
    assert list(open_askings(scope_for(somebody("viewer")), today=TODAY)) == []
    say(asking, head, {program.repairs.pk: Said(1, 1)})
    assert list(open_askings(access, today=TODAY)) == []
