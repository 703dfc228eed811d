"""Ambassadors: why somebody may be asked today or what is in the way; consent, asks and outcomes."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from accounts.models import AuditEntry, User
from functions.models import Program
from improvements import ambassadors as services
from improvements.matching import match_page
from improvements.models import Ambassador, AmbassadorAsk
from improvements.standing import ambassadors, standings_with
from scoring.ambassadors import Need
from tests.conftest import NOON
from tests.factories.customers import ContactFactory, CustomerFactory
from tests.factories.interviews import InterviewFactory
from tests.factories.people import signed_in
from tests.factories.requirements_catalog import RequirementFactory

pytestmark = pytest.mark.django_db
TODAY = NOON.date()
# Of requirements that no test makes.
SERVED = [Need(number, 5.0, True, True) for number in range(900_001, 900_007)]
WHO = {"noted_by": None, "noted_by_name": "Ines", "today": TODAY}


@pytest.fixture
def specialist(noon):
    Program.objects.create(name="ABC")
    return signed_in("specialist", user=User.objects.create_user("ines"))


def agreed(name: str = "Bakery", **customer: object) -> Ambassador:
    contact = ContactFactory(customer=CustomerFactory(name=name, **customer), name=f"Anna of {name}")
    return services.agree(contact=contact, agreed_on=date(2025, 1, 7), agreed_source="by mail", **WHO)


def confirmed(ambassador: Ambassador, is_understood: bool = True, on: date = date(2026, 2, 1)) -> None:
    InterviewFactory(contact=ambassador.contact, completed=True, is_understood=is_understood, understood_said_on=on)


def asked(ambassador: Ambassador, on: date, outcome: str = "done", **others: object) -> AmbassadorAsk:
    prospect = CustomerFactory(lifecycle="prospective")
    outcome_on = None if outcome == "open" else on
    said = {"ambassador": ambassador, "prospect": prospect, "kind": "call", "asked_by_name": "Ines"} | others
    return AmbassadorAsk.objects.create(asked_on=on, outcome=outcome, outcome_on=outcome_on, **said)


def standing(ambassador: Ambassador, needs: list[Need] = SERVED, as_of: date = TODAY):
    row = ambassadors().get(pk=ambassador.pk)
    return standings_with([row], {row.contact.customer_id: needs}, as_of=as_of)[0]


def test_well_served_understood_and_rested_may_be_asked():
    anna = agreed()
    confirmed(anna)
    asked(anna, TODAY - timedelta(days=90))

    its = standing(anna)

    assert (its.state, its.may_be_asked, its.free_on) == ("ready", True, None)
    assert its.why == "6 of 6 levels met, felt gap 0"
    assert [fact.key for fact in its.facts] == [
        "consent", "customer", "severe", "needs", "loop", "open", "rest", "often",
    ]  # fmt: skip


def withdrawn(anna):
    services.withdraw(ambassador=anna, on=TODAY, today=TODAY)


def opted_out(anna):
    anna.contact.is_opted_out = True
    anna.contact.save()


def lost(anna):
    anna.contact.customer.lifecycle = "past"
    anna.contact.customer.save()


def said_no(anna):
    confirmed(anna, is_understood=False, on=date(2026, 2, 2))


@pytest.mark.parametrize(
    ("change", "state", "words", "free_on"),
    [
        (withdrawn, "ended", "withdrew on 16 Mar 2026", None),
        (opted_out, "ended", "does not want to be asked anything any more", None),
        (lost, "not_earned", "past customer: only current customers speak for us", None),
        (said_no, "not_earned", "said on 2 Feb 2026 that we did not understand", None),
        (lambda anna: asked(anna, date(2026, 3, 1), "open"), "resting", "no outcome yet", None),
        (lambda anna: asked(anna, date(2026, 3, 1)), "resting", "rests until 30 May 2026", date(2026, 5, 30)),
        (
            lambda anna: [asked(anna, date(2025, month, 1)) for month in (4, 5, 6)],
            "resting",
            "asked 3 of 3 times in twelve months: again from 1 Apr 2026",
            date(2026, 4, 1),
        ),
    ],
)
def test_what_is_in_the_way_is_said_with_the_day_on_which_it_falls(change, state, words, free_on):
    anna = agreed()
    confirmed(anna)

    change(anna)

    its = standing(anna)
    assert (its.state, its.free_on) == (state, free_on)
    assert words in its.why.replace("\u00a0", " ")
    if free_on:
        assert not standing(anna, as_of=free_on - timedelta(days=1)).may_be_asked
        assert standing(anna, as_of=free_on).may_be_asked


def test_a_severe_gap_suspends_by_itself_and_lifts_by_itself():
    anna, requirement = agreed(), RequirementFactory(reference="S-1")
    confirmed(anna)
    severe = [*SERVED, Need(requirement.pk, 10.0, False, False)]

    assert standing(anna, severe).state == "suspended"
    assert standing(anna, severe).why.startswith("severe gap until S-1 is met or felt; ")
    assert standing(anna, [*SERVED, Need(requirement.pk, 10.0, True, False)]).state == "not_earned"
    assert standing(anna, [*SERVED, Need(requirement.pk, 10.0, True, True)]).state == "ready"


@pytest.mark.parametrize(
    ("needs", "words"),
    [
        ([], "nothing that they require can be compared with what is measured"),
        ([Need(1, 5.0, True, None)], "nothing that they require can be compared with what is felt"),
        ([Need(1, 5.0, True, True), Need(2, 5.0, False, True)], "only 1 of 2 levels met (few: 2), 60 % are needed"),
        ([*SERVED, Need(8, 10.0, True, False)], "7 of 7 levels met, but felt gap 25: under 25 is needed"),
    ],
)
def test_needs_that_are_not_met_are_told_by_their_figures(needs, words):
    anna = agreed()
    confirmed(anna)

    assert (standing(anna, needs).state, standing(anna, needs).why) == ("not_earned", words)


def test_the_limits_are_those_of_the_program_and_a_merged_customer_counts_as_its_root(specialist):
    Program.objects.update(ambassador_rest_days=10, ambassador_asks_a_year=1, ambassador_met_from=100)
    anna, root = agreed(), CustomerFactory(name="Bakeries")
    customer = anna.contact.customer
    customer.merged_into = root
    customer.save()
    confirmed(anna)
    asked(anna, date(2026, 3, 10))
    needs = [*SERVED, Need(7, 1.0, False, True)]

    (its,) = standings_with([ambassadors().get()], {root.pk: needs}, as_of=TODAY)

    assert its.customer == root
    assert [fact.words.replace("\u00a0", " ") for fact in its.in_the_way] == [
        "only 6 of 7 levels met, 100 % are needed",
        "rests until 20 Mar 2026",
        "asked 1 of 1 times in twelve months: again from 10 Mar 2027",
    ]


# ---- Recording


def test_an_ask_needs_consent_and_a_reason_where_something_is_in_the_way():
    anna, prospect = agreed(), CustomerFactory(lifecycle="prospective", name="Printer")
    said = {"prospect": prospect, "asked_by": None, "asked_by_name": "Ines", "today": TODAY, "kind": "call"}

    with pytest.raises(ValidationError, match="Something is in the way: nothing that they require can be compared"):
        services.record_ask(ambassador=anna, asked_on=TODAY, **said)
    with pytest.raises(ValidationError, match="no prospective customer"):
        services.record_ask(ambassador=anna, asked_on=TODAY, **said | {"prospect": anna.contact.customer})
    with pytest.raises(ValidationError, match="There was no consent on 2025-01-06"):
        services.record_ask(ambassador=anna, asked_on=date(2025, 1, 6), **said)
    with pytest.raises(ValidationError, match="lies in the future"):
        services.record_ask(ambassador=anna, asked_on=TODAY + timedelta(days=1), **said)
    assert AmbassadorAsk.objects.count() == 0

    ask = services.record_ask(ambassador=anna, asked_on=TODAY, despite="The fair is tomorrow.", **said)
    assert (ask.outcome, ask.outcome_on, ask.despite) == ("open", None, "The fair is tomorrow.")
    done = services.change_ask(ask=ask, changes={"outcome": "done", "outcome_words": "A good talk"}, today=TODAY)
    assert (done.outcome, done.outcome_on) == ("done", TODAY)
    with pytest.raises(ValidationError, match="not before the day of asking"):
        services.change_ask(ask=ask, changes={"outcome_on": TODAY - timedelta(days=1)}, today=TODAY)

    services.withdraw(ambassador=anna, on=TODAY, today=TODAY)
    with pytest.raises(ValidationError, match="Without consent nobody is asked: withdrew on"):
        services.record_ask(ambassador=anna, asked_on=TODAY, despite="The fair is tomorrow.", **said)
    assert list(AuditEntry.objects.order_by("number").values_list("kind", "object_id")) == [
        (kind, f"contact {anna.contact_id}")
        for kind in ("ambassador.agreed", "ambassador.asked", "ambassador.withdrew")
    ]


def test_from_consent_to_outcome_by_page(specialist):
    customer, prospect = CustomerFactory(name="Bakery"), CustomerFactory(name="Printer", lifecycle="prospective")
    contact = ContactFactory(customer=customer, name="Anna")
    InterviewFactory(contact=contact, completed=True)
    assert "Keep that somebody agreed" in specialist.get(reverse("ambassador_list")).content.decode()

    sent = {"customer": "bakery", "contact": "anna", "agreed_on": "2026-03-01", "agreed_source": "by mail"}
    nobody = specialist.post(reverse("ambassador_create"), sent | {"contact": "Nobody"})
    assert "Nobody of this name is known at Bakery" in nobody.content.decode()
    assert specialist.post(reverse("ambassador_create"), sent).status_code == 302
    anna = Ambassador.objects.get()
    assert (anna.contact, anna.noted_by_name, anna.agreed_on) == (contact, "ines", date(2026, 3, 1))

    page = reverse("ambassador_detail", args=[anna.pk])
    assert "nobody there confirmed yet what we understood" in specialist.get(page).content.decode()
    assert specialist.post(f"{page}understood/", {"is_understood": "yes"}).status_code == 302
    assert "confirmed on" in specialist.get(page).content.decode()

    ask = {"prospect": "Printer", "asked_on": "2026-03-16", "kind": "visit", "about": "See the oven."}
    refused = specialist.post(f"{page}ask/", ask)
    assert refused.status_code == 422
    assert "Something is in the way" in refused.content.decode()
    assert f'value="{prospect.name}"' in specialist.get(f"{page}ask/?prospect={prospect.pk}").content.decode()
    assert specialist.post(f"{page}ask/", ask | {"despite": "They offered it."}).status_code == 302
    stored = AmbassadorAsk.objects.get()
    assert (stored.prospect, stored.asked_by_name, stored.despite) == (prospect, "ines", "They offered it.")

    outcome = {"asked_on": "2026-03-16", "kind": "visit", "outcome": "declined", "outcome_words": "No time."}
    assert specialist.post(reverse("ambassador_ask_update", args=[stored.pk]), outcome).status_code == 302
    shown = " ".join(specialist.get(page).content.decode().split())
    assert "a visit for Printer" in shown
    assert "No time." in shown
    assert "1 ambassador</h2>" in " ".join(specialist.get(f"/customers/{customer.pk}/").content.decode().split())
    matched = specialist.get(f"/customers/{prospect.pk}/ambassadors/").content.decode()
    assert "Nobody may be asked today" in matched
    assert specialist.get(f"/customers/{customer.pk}/ambassadors/").status_code == 404

    assert specialist.post(f"{page}withdraw/", {"on": "2026-03-16"}).status_code == 302
    assert "does not speak for us any more" in specialist.get(page).content.decode()
    assert (
        specialist.post(f"{page}consent/", {"agreed_on": "2026-03-16", "agreed_source": "by phone"}).status_code == 302
    )
    anna.refresh_from_db()
    assert (anna.withdrawn_on, anna.agreed_source) == (None, "by phone")
    assert specialist.post(reverse("ambassador_ask_remove", args=[stored.pk])).status_code == 302
    assert AmbassadorAsk.objects.count() == 0


def test_the_list_narrows_is_taken_along_and_asks_as_often_for_many_as_for_one(
    specialist, django_assert_max_num_queries
):
    rows = [agreed(name, industry=industry) for name, industry in (("Bakery", "C"), ("Printer", "J"), ("Smith", "C"))]
    services.withdraw(ambassador=rows[2], on=TODAY, today=TODAY)

    with django_assert_max_num_queries(24):
        page = " ".join(specialist.get(reverse("ambassador_list")).content.decode().split())
    assert "0 of 3 ambassadors may be asked today" in page
    narrowed = specialist.get(reverse("ambassador_list") + "?state=not_earned&industry=C").content.decode()
    assert ["Anna of Bakery" in narrowed, "Anna of Printer" in narrowed, "Anna of Smith" in narrowed] == [
        True,
        False,
        False,
    ]
    rows = b"".join(specialist.get(reverse("ambassador_list") + "?format=csv&q=smi").streaming_content).decode()
    assert "Smith,Anna of Smith,does not speak for us any more,withdrew on" in rows
    assert "Bakery" not in rows


def test_who_may_be_asked_and_fits_best_comes_first(monkeypatch, django_assert_max_num_queries):
    prospect = CustomerFactory(name="Newcomer", lifecycle="prospective", industry="C", region="europe-west")
    near, far, resting = (
        agreed(name, industry=industry) for name, industry in (("Near", "C"), ("Far", "C"), ("Rest", "C"))
    )
    for each in (near, far, resting):
        confirmed(each)
    asked(resting, TODAY)
    first, second = RequirementFactory(reference="S-1").pk, RequirementFactory(reference="S-2").pk
    needs = {
        prospect.pk: [Need(first, 9.0, None, None), Need(second, 1.0, None, None)],
        near.contact.customer_id: [*SERVED[:3], Need(first, 5.0, True, True)],
        far.contact.customer_id: [*SERVED[:3], Need(second, 5.0, True, True)],
        resting.contact.customer_id: [Need(first, 5.0, True, True), Need(second, 5.0, True, True)],
    }
    monkeypatch.setattr("improvements.matching.needs_of_customers", lambda ids: {each: needs[each] for each in ids})

    with django_assert_max_num_queries(10):
        page = match_page(prospect=prospect, as_of=TODAY)

    found = [(line.standing.customer.name, line.match.share, line.standing.state) for line in page.lines]
    assert found == [("Near", 90.0, "ready"), ("Far", 10.0, "ready"), ("Rest", 100.0, "resting")]
    assert page.answer == "2 ambassadors may be asked today; Near shares 90 % of what matters to them"
    assert (page.lines[0].alike, page.lines[0].shared, page.lines[0].is_few) == (
        ("same industry",),
        [(first, "S-1")],
        True,
    )
