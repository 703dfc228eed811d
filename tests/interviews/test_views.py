"""Lists, plans, records and rounds through Django's client: who may, and what a bad entry says."""

from datetime import date

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from customers.models import Contact
from interviews.models import Interview, Round, Verbatim
from jobs.models import Marker
from tests.factories.customers import ContactFactory, CustomerFactory
from tests.factories.functions import FunctionFactory
from tests.factories.interviews import InterviewFactory, RoundFactory, VerbatimFactory
from tests.factories.people import person_of, signed_in
from tests.factories.requirements_catalog import ProductFactory, RequirementFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon"), pytest.mark.once]

SAID = {"customer": "mertens", "contact": "Sabine", "held_on": "2026-03-10", "mode": "phone", "text": "Back by six."}


def said(response) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def errors_of(response) -> dict[str, list[str]]:
    assert response.status_code == 422
    return {name: [str(error) for error in errors] for name, errors in response.context["form"].errors.items()}


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


def names_of(response) -> list[str]:
    return [interview.contact.name for interview in response.context["list"].page]


# ---- Who may

GET, POST = "get", "post"
PAGES = [
    ("interview_update", GET), ("interview_state", POST), ("interview_complete", POST), ("interview_reopen", POST),
    ("round_list", GET), ("round_create", GET), ("round_update", GET),
]  # fmt: skip


@pytest.mark.parametrize(("name", "method"), [*PAGES, ("interview_list", GET), ("interview_create", GET)])
def test_who_is_not_signed_in_is_asked_to(name, method):
    arguments = [] if name in {"interview_list", "interview_create", "round_list", "round_create"} else [1]

    response = getattr(signed_in(), method)(reverse(name, args=arguments))

    assert (response.status_code, response.url.split("?")[0]) == (302, reverse("account_login"))


@pytest.mark.parametrize(("name", "method"), PAGES)
@pytest.mark.parametrize("role", ["viewer", "head"])
def test_interviews_and_rounds_are_the_specialists(role, name, method):
    client = signed_in(role, function=FunctionFactory() if role == "head" else None)
    interview = InterviewFactory(interviewer=person_of(client))
    arguments = {"round_list": [], "round_create": [], "round_update": [interview.round_id]}.get(name, [interview.pk])

    response = getattr(client, method)(reverse(name, args=arguments), {"state": "cancelled"})

    assert (response.status_code, Interview.objects.get().state) == (404, "in_progress")


def test_a_viewer_sees_only_what_the_viewer_recorded():
    client = signed_in("viewer")
    mine = InterviewFactory(interviewer=person_of(client), contact__name="Mine")
    foreign = InterviewFactory(contact__name="Canary")

    listed = client.get(reverse("interview_list"))

    assert names_of(listed) == ["Mine"]
    assert client.get(reverse("interview_detail", args=[mine.pk])).status_code == 200
    for method, name in [(GET, "interview_detail"), (POST, "verbatim_create")]:
        response = getattr(client, method)(reverse(name, args=[foreign.pk]), {"text": "x"})
        assert response.status_code == 404
        assert "Canary" not in text_of(response)
    assert Verbatim.objects.count() == 0


def test_a_viewer_filters_among_the_own_only():
    client, foreign = signed_in("viewer"), InterviewFactory()

    for query in ({"round": foreign.round_id}, {"q": foreign.contact.name}, {"sort": "contact"}):
        assert names_of(client.get(reverse("interview_list"), query)) == []
    response = client.get(reverse("interview_list"), {"format": "csv"})
    assert len(list(response.streaming_content)) == 1


def test_a_step_needs_a_post():
    client, interview = signed_in("specialist"), InterviewFactory()

    for name in ("interview_state", "interview_complete", "interview_reopen"):
        assert client.get(reverse(name, args=[interview.pk])).status_code == 405


# ---- The list


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({}, ["Late", "Early"]),
        ({"sort": "held_on"}, ["Early", "Late"]),
        ({"sort": "contact"}, ["Early", "Late"]),
        ({"state": "completed"}, ["Early"]),
        ({"lifecycle": "past"}, ["Late"]),
        ({"mode": "video"}, ["Late"]),
        ({"q": "ear"}, ["Early"]),
        ({"held_on_after": "2026-03-05"}, ["Late"]),
        ({"held_on_before": "2026-03-01"}, ["Early"]),
        ({"customer": "of ear"}, ["Early"]),
        ({"state": "nonsense"}, ["Late", "Early"]),
        ({"page_size": "1", "page": "2"}, ["Early"]),
    ],
)
def test_the_list_is_filtered_searched_sorted_and_paged(asked, names):
    InterviewFactory(
        contact__name="Early", contact__customer__name="House of Early", held_on=date(2026, 3, 1), completed=True
    )
    InterviewFactory(contact__name="Late", contact__customer__lifecycle="past", held_on=date(2026, 3, 9), mode="video")

    assert names_of(signed_in("specialist").get(reverse("interview_list"), asked)) == names


def test_the_list_is_filtered_by_round():
    interview = InterviewFactory(contact__name="Here")
    InterviewFactory()

    response = signed_in("specialist").get(reverse("interview_list"), {"round": interview.round_id})

    assert names_of(response) == ["Here"]


def test_the_csv_has_the_rows_shown():
    contact = ContactFactory(name="=Sabine", customer=CustomerFactory(name="Mertens"))
    VerbatimFactory(interview=InterviewFactory(contact=contact, round=RoundFactory(name="Spring"), mode="video"))

    response = signed_in("specialist").get(reverse("interview_list"), {"format": "csv"})

    assert b"".join(response.streaming_content).decode().splitlines() == [
        "\ufeffheld_on,contact,customer,lifecycle,round,mode,state,interviewer,answers,words",
        "2026-03-02,'=Sabine,Mertens,current,Spring,video,in progress,,0,1",
    ]


def test_the_list_asks_the_database_as_often_for_many_rows_as_for_few(django_assert_max_num_queries):
    client = signed_in("specialist")
    for _ in range(12):
        VerbatimFactory(interview__interviewer=person_of(client))

    # One of them: what colleagues handed over.
    with django_assert_max_num_queries(14):
        response = client.get(reverse("interview_list"))

    assert len(names_of(response)) == 12


# ---- Planning


def test_planning_begins_with_whom():
    contact = ContactFactory(name="Sabine Krüger")

    response = signed_in("specialist").get(reverse("interview_create"), {"q": "sabine"})

    assert f"?contact={contact.pk}" in text_of(response)


@pytest.mark.parametrize("contact", ["", "x", "9" * 30, "-1"])
def test_a_contact_that_is_not_there_is_asked_for_again(contact):
    response = signed_in("specialist").get(reverse("interview_create"), {"contact": contact})

    assert "Whom do you want to hear?" in text_of(response)


def plan(contact, **entry):
    typed = {"round": RoundFactory().pk, "held_on": "2026-04-01", "mode": "video", "interviewer": ""} | entry
    return signed_in("specialist").post(f"{reverse('interview_create')}?contact={contact.pk}", typed)


def test_an_interview_is_planned():
    contact = ContactFactory()

    response = plan(contact)

    interview = Interview.objects.get()
    assert response.url == reverse("interview_detail", args=[interview.pk])
    assert (interview.contact, interview.held_on, interview.mode) == (contact, date(2026, 4, 1), "video")
    assert (interview.state, interview.interviewer) == ("planned", None)


@pytest.mark.parametrize(
    ("entry", "field"),
    [
        ({"held_on": "soon"}, "held_on"),
        ({"held_on": "0001-01-01"}, "held_on"),
        ({"mode": "pigeon"}, "mode"),
        ({"round": "999"}, "round"),
        ({"interviewer": "999"}, "interviewer"),
    ],
)
def test_a_bad_plan_names_the_field(entry, field):
    assert list(errors_of(plan(ContactFactory(), **entry))) == [field]
    assert Interview.objects.count() == 0


def test_who_opted_out_is_not_planned():
    response = plan(ContactFactory(name="Ada", is_opted_out=True))

    assert "Ada does not want to be asked" in errors_of(response)["__all__"][0]


# ---- Recording what was said unasked


@pytest.mark.parametrize("role", ["viewer", "head", "specialist"])
def test_everybody_records_what_a_customer_said(role):
    customer = CustomerFactory(name="Mertens")
    client = signed_in(role, function=FunctionFactory() if role == "head" else None)

    response = client.post(f"{reverse('interview_create')}?kind=record", SAID)

    interview, contact = Interview.objects.get(), Contact.objects.get()
    assert response.url == reverse("interview_detail", args=[interview.pk])
    assert (contact.name, contact.customer) == ("Sabine", customer)
    assert (interview.round.is_standing, interview.state, interview.mode) == (True, "in_progress", "phone")
    assert (interview.interviewer, interview.held_on) == (person_of(client), date(2026, 3, 10))
    assert interview.verbatims.get().text == "Back by six."
    assert Marker.objects.count() == 0


def test_a_known_contact_is_not_made_twice_and_the_standing_round_is_one():
    contact = ContactFactory(name="sabine", customer=CustomerFactory(name="Mertens"))
    client = signed_in("viewer")

    for _ in range(2):
        client.post(reverse("interview_create"), SAID)

    assert {interview.contact for interview in Interview.objects.all()} == {contact}
    assert (Interview.objects.count(), Round.objects.count()) == (2, 1)


def test_a_record_that_is_sent_twice_is_stored_once():
    CustomerFactory(name="Mertens")
    client = signed_in("viewer")
    key = client.get(reverse("interview_create")).context["form"]["entry"].value()

    first, second = (client.post(reverse("interview_create"), SAID | {"entry": key}) for _ in range(2))

    assert (first.url, Interview.objects.count(), Verbatim.objects.count()) == (second.url, 1, 1)


def test_the_key_of_somebody_elses_record_opens_nothing():
    CustomerFactory(name="Mertens")
    key = "0" * 32
    signed_in("viewer").post(reverse("interview_create"), SAID | {"entry": key})

    response = signed_in("viewer").post(reverse("interview_create"), SAID | {"entry": key})

    assert (response.status_code, Interview.objects.count()) == (422, 1)


@pytest.mark.parametrize(
    ("entry", "field"),
    [
        ({"customer": "Nobody"}, "customer"),
        ({"customer": ""}, "customer"),
        ({"contact": ""}, "contact"),
        ({"held_on": "2026-03-17"}, "held_on"),
        ({"held_on": "2026-02-30"}, "held_on"),
        ({"text": "  "}, "text"),
        ({"text": "a\0b"}, "text"),
        ({"text": "x" * 20_001}, "text"),
        ({"mode": ""}, "mode"),
    ],
)
def test_a_bad_record_names_the_field_keeps_the_words_and_stores_nothing(entry, field):
    CustomerFactory(name="Mertens")

    response = signed_in("viewer").post(reverse("interview_create"), SAID | entry)

    assert list(errors_of(response)) == [field]
    assert "text" in entry or "Back by six." in text_of(response)
    assert (Interview.objects.count(), Contact.objects.count(), Round.objects.count()) == (0, 0, 0)


def test_two_customers_of_one_name_are_left_to_a_specialist():
    CustomerFactory(name="Mertens")
    CustomerFactory(name="mertens")

    response = signed_in("viewer").post(reverse("interview_create"), SAID)

    assert "several customers" in errors_of(response)["customer"][0]


# ---- Changing and the steps


def test_day_and_mode_are_corrected_and_the_scores_follow():
    interview = InterviewFactory(completed=True)
    requirement = RequirementFactory()
    interview.answers.create(
        requirement=requirement, product=requirement.products.get(), customer=interview.customer,
        contact=interview.contact,
    )  # fmt: skip

    response = signed_in("specialist").post(
        reverse("interview_update", args=[interview.pk]),
        {"round": interview.round_id, "held_on": "2026-03-01", "mode": "phone", "interviewer": ""},
    )

    interview.refresh_from_db()
    assert (interview.held_on, interview.mode) == (date(2026, 3, 1), "phone")
    assert said(response) == ["Saved. 1 requirement will be scored anew."]
    assert list(Marker.objects.values_list("key2", flat=True)) == [requirement.pk]


def test_a_completed_interview_is_not_moved_into_the_future():
    interview = InterviewFactory(completed=True)

    response = signed_in("specialist").post(
        reverse("interview_update", args=[interview.pk]),
        {"round": interview.round_id, "held_on": "2026-03-17", "mode": "phone", "interviewer": ""},
    )

    assert list(errors_of(response)) == ["held_on"]


def test_an_interview_goes_through_its_states():
    interview, client = InterviewFactory(state="planned"), signed_in("specialist")

    def step(name, **data) -> str:
        client.post(reverse(name, args=[interview.pk]), data)
        interview.refresh_from_db()
        return interview.state

    assert step("interview_state", state="invited") == "invited"
    assert step("interview_state", state="nonsense") == "invited"
    assert step("interview_state", state="declined") == "declined"
    assert step("interview_complete") == "declined"
    assert step("interview_state", state="in_progress") == "in_progress"
    assert step("interview_complete") == "completed"
    assert step("interview_state", state="cancelled") == "completed"
    assert step("interview_reopen") == "in_progress"


def test_a_refused_step_says_why():
    interview = InterviewFactory(held_on=date(2026, 3, 17))

    response = signed_in("specialist").post(reverse("interview_complete", args=[interview.pk]))

    assert said(response) == ["2026-03-17 lies in the future. A completed interview was held today or earlier."]


# ---- Rounds


def test_rounds_are_listed_with_what_became_of_them():
    wave = RoundFactory(name="Spring", products=[ProductFactory(name="Press")])
    InterviewFactory(round=wave)
    InterviewFactory(round=wave, completed=True)

    response = signed_in("specialist").get(reverse("round_list"))

    (row,) = response.context["list"].page
    assert (row.name, row.interview_count, row.completed_count) == ("Spring", 2, 1)
    assert "Press" in text_of(response)


def test_the_rounds_ask_the_database_as_often_for_many_as_for_few(django_assert_max_num_queries):
    client = signed_in("specialist")
    for _ in range(8):
        RoundFactory(products=[ProductFactory()])

    with django_assert_max_num_queries(11):
        client.get(reverse("round_list"))


def test_a_round_is_added_and_changed():
    product, client = ProductFactory(), signed_in("specialist")

    client.post(reverse("round_create"), {"name": "Spring", "starts_on": "2026-03-01", "products": [product.pk]})
    wave = Round.objects.get()
    added = (wave.starts_on, wave.ends_on, list(wave.products.all()))
    client.post(reverse("round_update", args=[wave.pk]), {"name": "Autumn", "ends_on": "2026-09-30"})

    wave.refresh_from_db()
    assert added == (date(2026, 3, 1), None, [product])
    assert (wave.name, wave.starts_on, wave.ends_on, list(wave.products.all())) == (
        "Autumn", None, date(2026, 9, 30), [],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("entry", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "Taken"}, "name"),
        ({"ends_on": "2026-02-28"}, "__all__"),
        ({"products": ["999"]}, "products"),
        ({"starts_on": "soon"}, "starts_on"),
    ],
)
def test_a_bad_round_names_the_field(entry, field):
    RoundFactory(name="Taken")

    response = signed_in("specialist").post(
        reverse("round_create"), {"name": "Spring", "starts_on": "2026-03-01"} | entry
    )

    assert list(errors_of(response)) == [field]
    assert Round.objects.count() == 1
