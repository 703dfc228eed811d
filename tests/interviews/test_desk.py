"""The desk through Django's client: every answer is kept or refused by name, with htmx and without JavaScript."""

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from interviews.models import Answer, Coding, Part, Verbatim
from interviews.parts import Importance, Perception, RequiredLevel
from interviews.selectors import scales
from interviews.services import record_answer
from requirements_catalog.models import Attribute
from tests.factories.functions import FunctionFactory
from tests.factories.interviews import InterviewFactory, RoundFactory, VerbatimFactory
from tests.factories.people import person_of, signed_in
from tests.factories.requirements_catalog import ProductFactory, RatingScaleFactory, RequirementFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon"), pytest.mark.once]

HTMX = {"headers": {"HX-Request": "true"}}


@pytest.fixture
def client():
    return signed_in("specialist")


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


def asked(interview=None, **attributes):
    """Return an open interview and a requirement in hours that its round asks for."""
    product = ProductFactory()
    requirement = RequirementFactory(products=[product], **{"scale": {}} | attributes)
    return InterviewFactory(round=RoundFactory(products=[product])), requirement


def save(client, interview, requirement, data, **options):
    product = requirement.products.first()
    return client.post(reverse("answer_save", args=[interview.pk, requirement.pk, product.pk]), data, **options)


ALL = {
    "importance": "9", "level": "7,5", "level_unit": "hours",
    "perceived_level": "24", "perceived_unit": "hours", "perceived": "4", "expected": "8",
}  # fmt: skip


# ---- What the desk shows


def test_the_desk_asks_the_first_open_question_and_preselects_nothing(client):
    interview, requirement = asked(statement="A stoppage is resolved")

    response = client.get(reverse("interview_detail", args=[interview.pk]))

    text = text_of(response)
    assert response.context["current"].requirement == requirement
    assert "A stoppage is resolved" in text
    assert "checked" not in text
    assert "0 of 1 answered" in text
    assert "not answered yet" in text


def test_the_address_names_the_question(client):
    interview, first = asked(reference="R-1")
    second = RequirementFactory(products=list(first.products.all()), reference="R-2")
    product = first.products.get()
    address = reverse("interview_detail", args=[interview.pk])

    named = client.get(address, {"q": f"{second.pk}-{product.pk}"})
    nonsense = client.get(address, {"q": "999-x"})

    assert (named.context["current"].requirement, nonsense.context["current"].requirement) == (second, first)
    assert (named.context["number"], named.context["before"].requirement, named.context["after"]) == (2, first, None)


def test_a_stored_answer_is_shown_as_it_was_given(client):
    interview, requirement = asked()
    save(client, interview, requirement, ALL)

    text = text_of(client.get(reverse("interview_detail", args=[interview.pk])))

    assert 'name="importance" value="9" checked' in text
    assert 'value="7.5"' in text
    assert 'name="perceived" value="4" checked' in text
    assert 'name="expected" value="8" checked' in text
    assert "1 of 1 answered" in text


def test_a_requirement_without_scale_is_asked_without_levels(client):
    interview, _requirement = asked(scale=None)

    text = text_of(client.get(reverse("interview_detail", args=[interview.pk])))

    assert 'name="level"' not in text
    assert 'name="importance"' in text


def test_a_desk_without_questions_still_takes_words(client):
    interview = InterviewFactory()

    text = text_of(client.get(reverse("interview_detail", args=[interview.pk])))

    assert "Nothing to ask" in text
    assert reverse("verbatim_create", args=[interview.pk]) in text


def test_the_desk_asks_the_database_as_often_for_many_questions_as_for_few(client, django_assert_max_num_queries):
    interview, requirement = asked()
    for _ in range(10):
        RequirementFactory(products=list(requirement.products.all()), scale={})
        verbatim = VerbatimFactory(interview=interview)
        Coding.objects.create(verbatim=verbatim, requirement=requirement, coder_name="Ines")

    with django_assert_max_num_queries(19):
        response = client.get(reverse("interview_detail", args=[interview.pk]))

    assert len(response.context["questions"]) == 11


# ---- Saving


def test_an_answer_is_saved_part_by_part(client):
    interview, requirement = asked()

    response = save(client, interview, requirement, ALL)

    answer = Answer.objects.get()
    key = f"{requirement.pk}-{requirement.products.get().pk}"
    assert response.url == f"{reverse('interview_detail', args=[interview.pk])}?q={key}"
    assert (answer.importance_num, answer.importance_den, answer.importance_scale) == (90, 10, scales()[0])
    assert (answer.required_level, answer.perceived_level) == (Decimal("7.5"), 24)
    assert (answer.perceived_rating, answer.expected_rating, answer.rating_scale) == (4, 8, scales()[1])


def test_without_javascript_a_button_saves_and_goes_on(client):
    interview, requirement = asked()

    response = save(client, interview, requirement, {"importance": "9", "then": "12-3"})
    elsewhere = save(client, interview, requirement, {"importance": "9", "then": "//evil"})

    assert response.url.endswith("?q=12-3")
    assert "evil" not in elsewhere.url


def test_with_htmx_only_the_state_and_the_progress_come_back(client):
    interview, requirement = asked()

    response = save(client, interview, requirement, {"importance": "9"}, **HTMX)

    text = text_of(response)
    assert response.status_code == 200
    assert "saved 12:00" in text
    assert "1 of 1 answered" in text
    assert 'hx-swap-oob="true"' in text
    assert "<html" not in text
    assert 'name="importance"' not in text


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("does_not_know", Part.DOES_NOT_KNOW),
        ("not_asked", Part.NOT_ASKED),
        ("not_applicable", Part.NOT_APPLICABLE),
    ],
)
def test_the_three_nothings_are_answers_of_their_own(client, name, state):
    interview, requirement = asked()

    save(client, interview, requirement, {"importance": name, "level_none": name, "perception_none": name})

    answer = Answer.objects.get()
    assert {answer.importance_state, answer.level_state, answer.perception_state} == {state}


def test_a_level_may_be_given_in_another_unit(client):
    interview, requirement = asked()

    save(client, interview, requirement, {"level": "90", "level_unit": "minutes"})

    assert Answer.objects.get().required_level == Decimal("1.5")


@pytest.mark.parametrize(
    ("entry", "field"),
    [
        ({"importance": "11"}, "importance"),
        ({"importance": "x"}, "importance"),
        ({"level": "NaN", "level_unit": "hours"}, "level"),
        ({"level": "1e309", "level_unit": "hours"}, "level"),
        ({"level": "1,234", "level_unit": "hours"}, "level"),
        ({"level": "1", "level_unit": "minutes"}, "level"),
        ({"level": "1", "level_unit": "percent"}, "level_unit"),
        ({"level": "1", "level_unit": "hours", "level_none": "does_not_know"}, "level_none"),
        ({"perceived": "0"}, "perceived"),
        ({"expected": "5"}, "perceived"),
        ({"perceived_level": "1", "perceived_unit": "minutes"}, "perceived_level"),
        ({"perceived": "5", "perception_none": "not_asked"}, "perception_none"),
    ],
)
def test_a_bad_answer_names_the_field_keeps_what_was_typed_and_stores_nothing(client, entry, field):
    interview, requirement = asked()

    page = save(client, interview, requirement, entry)
    part = save(client, interview, requirement, entry, **HTMX)

    assert (page.status_code, part.status_code) == (422, 422)
    assert list(page.context["form"].errors) == [field]
    assert "Not saved." in text_of(part)
    assert "level" not in entry or f'value="{entry["level"]}"' in text_of(page)
    assert Answer.objects.count() == 0


def test_a_new_value_takes_the_place_of_a_nothing_and_the_other_way_round(client):
    interview, requirement = asked()
    save(client, interview, requirement, {"level_none": "does_not_know", "perception_none": "does_not_know"})

    # Without JavaScript the radio button that was chosen comes along.
    save(client, interview, requirement, {"level": "8", "level_unit": "hours", "level_none": "does_not_know"})
    value = Answer.objects.get().required_level
    save(client, interview, requirement, {"level": "8", "level_unit": "hours", "level_none": "not_applicable"})

    answer = Answer.objects.get()
    assert value == 8
    assert (answer.level_state, answer.required_level) == (Part.NOT_APPLICABLE, None)


def test_an_answer_keeps_the_scale_on_which_it_was_given(client):
    interview, requirement = asked()
    three = RatingScaleFactory(minimum=1, maximum=3, satisfied_from=None)
    record_answer(
        interview=interview,
        requirement=requirement,
        product=requirement.products.get(),
        importance=Importance.rated(2, three),
    )

    shown = text_of(client.get(reverse("interview_detail", args=[interview.pk])))
    save(client, interview, requirement, {"importance": "3"})

    answer = Answer.objects.get()
    assert 'name="importance" value="4"' not in shown
    assert (answer.importance_scale, answer.importance_num, answer.importance_den) == (three, 30, 3)


def test_points_do_not_vanish_because_nothing_was_chosen(client):
    interview, requirement = asked()
    product = requirement.products.get()
    record_answer(interview=interview, requirement=requirement, product=product, importance=Importance.points(20, 10))

    response = save(client, interview, requirement, {"level": "8", "level_unit": "hours"})

    assert list(response.context["form"].errors) == ["importance"]
    assert Answer.objects.get().importance_original == 20


def test_a_yes_or_no_to_is_it_fixed_stays(client):
    interview, requirement = asked()
    product = requirement.products.get()
    record_answer(
        interview=interview, requirement=requirement, product=product, perception=Perception.fixed(is_fixed=True)
    )

    save(client, interview, requirement, {"importance": "9"})

    answer = Answer.objects.get()
    assert (answer.is_fixed, answer.importance_num) == (True, 90)


def test_a_completed_interview_keeps_its_answers(client):
    interview, requirement = asked()
    record_answer(
        interview=interview,
        requirement=requirement,
        product=requirement.products.get(),
        level=RequiredLevel.known(8),
    )
    client.post(reverse("interview_complete", args=[interview.pk]))

    response = save(client, interview, requirement, {"level": "9", "level_unit": "hours"}, **HTMX)

    assert response.status_code == 422
    assert "Reopen it first" in text_of(response)
    assert Answer.objects.get().required_level == 8


def test_only_what_the_desk_asks_can_be_answered(client):
    interview, _requirement = asked()
    other = RequirementFactory()

    assert save(client, interview, other, {"importance": "9"}).status_code == 404
    assert client.get(reverse("answer_save", args=[interview.pk, 1, 1])).status_code == 405


@pytest.mark.parametrize("role", ["viewer", "head"])
def test_answers_and_codings_are_the_specialists(role):
    client = signed_in(role, function=FunctionFactory() if role == "head" else None)
    interview, requirement = asked()
    interview.interviewer = person_of(client)
    interview.save()
    verbatim = VerbatimFactory(interview=interview)
    coding = Coding.objects.create(verbatim=verbatim, requirement=requirement, coder_name="Ines")

    assert save(client, interview, requirement, {"importance": "9"}).status_code == 404
    about = {"about": requirement.reference}
    assert client.post(reverse("coding_create", args=[verbatim.pk]), about).status_code == 404
    assert client.post(reverse("coding_delete", args=[coding.pk])).status_code == 404
    assert (Answer.objects.count(), Coding.objects.count()) == (0, 1)


# ---- Words


def test_words_are_kept_and_coded_at_once(client):
    interview, requirement = asked(reference="R-22")
    client_name = str(person_of(client))

    response = client.post(
        reverse("verbatim_create", args=[interview.pk]),
        {"text": " Back by six. ", "about": "r-22 stoppage", "q": "1-2"},
    )

    coding = Coding.objects.get()
    assert response.url == f"{reverse('interview_detail', args=[interview.pk])}?q=1-2#words"
    assert (coding.verbatim.text, coding.requirement, coding.coder_name) == ("Back by six.", requirement, client_name)
    assert coding.coder == person_of(client)


def test_with_htmx_the_words_come_back_with_an_empty_box(client):
    interview = InterviewFactory()

    response = client.post(reverse("verbatim_create", args=[interview.pk]), {"text": "Back by <b>six</b>."}, **HTMX)

    text = text_of(response)
    assert "Back by &lt;b&gt;six&lt;/b&gt;." in text
    assert "Captured, 1" in text
    assert "<html" not in text


@pytest.mark.parametrize("entry", [{"text": ""}, {"text": "Kept words.", "about": "R-404"}])
def test_bad_words_are_refused_and_stay_in_the_box(client, entry):
    interview = InterviewFactory()

    part = client.post(reverse("verbatim_create", args=[interview.pk]), entry, **HTMX)
    page = client.post(reverse("verbatim_create", args=[interview.pk]), entry)

    assert (part.status_code, page.status_code) == (422, 302)
    assert entry["text"] in text_of(part)
    assert Verbatim.objects.count() == 0


def test_a_viewer_adds_words_but_does_not_code_them():
    client = signed_in("viewer")
    interview, requirement = asked()
    interview.interviewer = person_of(client)
    interview.save()

    client.post(reverse("verbatim_create", args=[interview.pk]), {"text": "More.", "about": requirement.reference})
    text = text_of(client.get(reverse("interview_detail", args=[interview.pk])))

    assert (Verbatim.objects.get().text, Coding.objects.count()) == ("More.", 0)
    assert requirement.statement not in text


def test_words_are_coded_to_a_passage_or_an_attribute(client):
    verbatim, attribute = VerbatimFactory(text="Back by six."), Attribute.objects.all()[0]
    requirement = RequirementFactory()
    address = reverse("coding_create", args=[verbatim.pk])

    client.post(address, {"about": requirement.reference, "start": "5", "end": "11"})
    client.post(address, {"about": attribute.name.upper()})

    rows = Coding.objects.order_by("pk").values_list("requirement", "attribute", "start", "end")
    assert list(rows) == [(requirement.pk, None, 5, 11), (None, attribute.pk, None, None)]


@pytest.mark.parametrize(
    "entry", [{"about": ""}, {"about": "R-404"}, {"about": "GONE"}, {"about": "HERE", "start": "5", "end": "999"}]
)
def test_a_bad_coding_is_refused(client, entry):
    RequirementFactory(reference="GONE", state="retired")
    RequirementFactory(reference="HERE")

    response = client.post(reverse("coding_create", args=[VerbatimFactory().pk]), entry, **HTMX)

    assert (response.status_code, Coding.objects.count()) == (422, 0)
    assert 'role="alert"' in text_of(response)


def test_a_coding_is_taken_back(client):
    coding = Coding.objects.create(verbatim=VerbatimFactory(), requirement=RequirementFactory(), coder_name="Ines")

    response = client.post(reverse("coding_delete", args=[coding.pk]), **HTMX)

    assert (response.status_code, Coding.objects.count(), Verbatim.objects.count()) == (200, 0, 1)


# ---- What a completed interview says


def test_a_completed_interview_says_who_said_what(client):
    interview, requirement = asked(reference="R-22")
    save(client, interview, requirement, ALL)
    VerbatimFactory(interview=interview, text="Back by six.")
    client.post(reverse("interview_complete", args=[interview.pk]))

    text = text_of(client.get(reverse("interview_detail", args=[interview.pk])))

    for shown in (
        interview.contact.name,
        "R-22",
        "9 of 10",
        "7.5 hours",
        "24 hours",
        "4 of 10",
        "8 of 10",
        "Back by six.",
    ):
        assert shown in text
    assert reverse("interview_reopen", args=[interview.pk]) in text


def test_nothings_are_said_in_words(client):
    interview, requirement = asked()
    save(client, interview, requirement, {"importance": "does_not_know", "level_none": "not_applicable"})
    client.post(reverse("interview_complete", args=[interview.pk]))

    text = text_of(client.get(reverse("interview_detail", args=[interview.pk])))

    assert all(words in text for words in ("does not know", "not applicable", "not asked"))


def test_the_record_asks_the_database_as_often_for_many_answers_as_for_few(client, django_assert_max_num_queries):
    interview, requirement = asked()
    for each in [requirement, *(RequirementFactory(products=list(requirement.products.all())) for _ in range(8))]:
        save(client, interview, each, {"importance": "9"})
    client.post(reverse("interview_complete", args=[interview.pk]))

    with django_assert_max_num_queries(12):
        response = client.get(reverse("interview_detail", args=[interview.pk]))

    assert len(response.context["answers"]) == 9


def test_the_desk_says_what_this_customer_said_last_time(client):
    interview, requirement = asked()
    product = requirement.products.get()
    first = InterviewFactory(contact=interview.contact, held_on=date(2026, 1, 5), state="in_progress")
    last = InterviewFactory(contact=interview.contact, held_on=date(2026, 2, 2), state="in_progress")
    for said, hours in ((first, 4), (last, 8)):
        record_answer(
            interview=said, requirement=requirement, product=product, level=RequiredLevel.known(hours),
            importance=Importance.rated(hours, scales()[0]),
        )  # fmt: skip
        VerbatimFactory(interview=said, text=f"Within {hours} hours.")
        said.objectives.create(product=product, statement=f"No waste in {hours} hours")
        client.post(reverse("interview_complete", args=[said.pk]))

    page = client.get(reverse("interview_detail", args=[interview.pk]))
    text = text_of(page)

    assert page.context["last_said"] == [("Importance", "8 of 10"), ("Required", "8 hours")]
    assert "Within 8 hours." in text
    assert "Objective: No waste in 8 hours" in text
    assert "Within 4 hours." not in text
    alone = client.get(reverse("interview_detail", args=[asked()[0].pk]))
    assert "nobody of this customer was heard before" in text_of(alone)
