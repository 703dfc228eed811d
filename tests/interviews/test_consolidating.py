"""From words to requirements and back: made, split, undone; whoever comes second is told, and nothing heard is lost."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from interviews import consolidating
from interviews.coding import code_verbatim, set_aside
from interviews.consolidation import heard_so_far, strictness_of
from interviews.consolidation_models import Consolidation
from interviews.models import Coding
from interviews.parts import Perception, RequiredLevel
from interviews.services import record_answer
from requirements_catalog.models import Attribute, Requirement
from requirements_catalog.services import merge_requirements
from tests.api.callers import caller
from tests.conftest import NOON
from tests.factories.customers import ContactFactory, CustomerFactory
from tests.factories.interviews import InterviewFactory, VerbatimFactory
from tests.factories.people import signed_in
from tests.factories.requirements_catalog import ProductFactory, RequirementFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon"), pytest.mark.once]
BY = {"doer": None, "doer_name": "Ines", "now": NOON}


@pytest.fixture
def client():
    return signed_in("specialist")


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


def coded_to(about: Attribute | Requirement, text: str, **more) -> Coding:
    named = {"attribute" if isinstance(about, Attribute) else "requirement": about}
    return code_verbatim(verbatim=VerbatimFactory(text=text, **more), coder_name="Ines", **named)


def state_of(codings: list[Coding]) -> list[tuple[str | None, int | None]]:
    rows = Coding.objects.filter(pk__in=[each.pk for each in codings]).order_by("pk")
    return list(rows.values_list("requirement__statement", "attribute"))


# ---- Words to a requirement


def test_words_of_an_attribute_become_a_requirement_in_one_act_that_can_be_undone(
    client, django_assert_max_num_queries
):
    attribute = Attribute.objects.all()[3]
    night = [coded_to(attribute, "Who picks up the phone at night?"), coded_to(attribute, "Nobody is there at night.")]
    other = coded_to(attribute, "Friendly people.")
    coded_to(RequirementFactory(), "Back before six.")
    set_aside(verbatim=VerbatimFactory(text="Hello."), reason="Greeting", coder_name="Ines")
    VerbatimFactory(text="Nobody read this.")

    with django_assert_max_num_queries(16):
        page = text_of(client.get(reverse("word_consolidate")))
    assert "4 of 6 things heard wait to become a requirement" in page
    assert "1 is in requirements, 1 is not a requirement with a reason, 4 wait: " in page
    assert "1 uncoded</a>, 3 coded to an attribute only." in page
    make = reverse("word_consolidate_make") + "?" + "&".join(f"coding={each.pk}" for each in night)
    form = client.get(make)
    assert "2 passages come with it" in text_of(form)
    assert form.context["form"]["attribute"].value() == attribute.pk
    product = ProductFactory()
    sent = {
        "statement": "Somebody answers at night", "attribute": attribute.pk, "products": [product.pk],
        "origin": "customer", "unit": "hours", "direction": "lower", "resolution": "0.5",
    }  # fmt: skip
    assert client.post(make, sent | {"statement": ""}).status_code == 422
    assert client.post(make, sent).status_code == 302

    made = Requirement.objects.get(statement="Somebody answers at night")
    assert (made.state, made.attribute, made.current_scale.unit) == ("draft", attribute, "hours")
    assert state_of([*night, other]) == [(made.statement, None)] * 2 + [(None, attribute.pk)]
    assert heard_so_far().in_requirements == 3
    act = Consolidation.objects.get()
    assert client.post(reverse("word_consolidate_undo", args=[act.pk])).status_code == 302
    made.refresh_from_db()
    assert (made.state, state_of(night)) == ("retired", [(None, attribute.pk)] * 2)
    assert "This was undone already" in text_of(
        client.post(reverse("word_consolidate_undo", args=[act.pk]), follow=True)
    )


def test_who_makes_a_requirement_of_words_that_went_elsewhere_is_told_and_nothing_changes():
    attribute = Attribute.objects.all()[0]
    words = [coded_to(attribute, "One."), coded_to(attribute, "Two.")]
    said = {"statement": "First", "attribute": attribute, "products": [ProductFactory()]} | BY
    consolidating.make_requirement(codings=[words[1].pk], **said)

    with pytest.raises(ValidationError, match="went elsewhere or was erased meanwhile"):
        consolidating.make_requirement(codings=[each.pk for each in words], **said | {"statement": "Second"})
    with pytest.raises(ValidationError, match="Nothing is chosen"):
        consolidating.make_requirement(codings=[], **said)
    assert state_of(words) == [(None, attribute.pk), ("First", None)]
    assert not Requirement.objects.filter(statement="Second").exists()


def test_a_requirement_with_voices_of_its_own_is_not_undone():
    attribute = Attribute.objects.all()[0]
    words = coded_to(attribute, "One.")
    act = consolidating.make_requirement(
        codings=[words.pk], statement="First", attribute=attribute, products=[ProductFactory()], **BY
    )
    coded_to(act.requirement, "Another.")

    with pytest.raises(ValidationError, match="voices or metrics of its own since"):
        consolidating.undo_consolidation(consolidation=act, now=NOON)
    assert state_of([words]) == [("First", None)]


# ---- Split


def heard(requirement: Requirement, level: int, words: str, objective: str = ""):
    """Return a completed interview that states a level in hours and says some words."""
    interview = InterviewFactory(contact=ContactFactory())
    product = requirement.products.get()
    record_answer(
        interview=interview, requirement=requirement, product=product,
        level=RequiredLevel.known(Decimal(level)), perception=Perception.fixed(False),
    )  # fmt: skip
    coded_to(requirement, words, interview=interview)
    if objective:
        interview.objectives.create(product=product, statement=objective)
    type(interview).objects.filter(pk=interview.pk).update(state="completed", completed_at=NOON)
    return interview


@pytest.fixture
def stoppage() -> Requirement:
    return RequirementFactory(statement="Stoppages are short", scale={"unit": "hours"}, products=[ProductFactory()])


def about(requirement: Requirement) -> tuple[list[Decimal], list[str]]:
    levels = requirement.answers.order_by("required_level").values_list("required_level", flat=True)
    said = requirement.codings.order_by("pk").values_list("verbatim__text", flat=True)
    return list(levels), list(said)


def test_chosen_voices_go_to_the_new_requirement_with_scale_and_words_and_come_back(
    client, stoppage, django_assert_max_num_queries
):
    night = heard(stoppage, 2, "At night.")
    heard(stoppage, 8, "By day.")

    with django_assert_max_num_queries(20):
        page = text_of(client.get(reverse("requirement_voices", args=[stoppage.pk])))
    assert "From 2 to 8 hours: 2 customer answers state a level" in page
    split = reverse("requirement_split", args=[stoppage.pk]) + f"?interview={night.pk}"
    assert "1 voice goes to the new one" in text_of(client.get(split))
    sent = {"statement": "Stoppages at night are short", "attribute": stoppage.attribute_id}
    assert client.post(split, sent).status_code == 302
    made = Requirement.objects.get(statement="Stoppages at night are short")
    assert (about(made), about(stoppage)) == (([2], ["At night."]), ([8], ["By day."]))
    assert (made.state, made.owner, list(made.products.all())) == (
        stoppage.state, stoppage.owner, list(stoppage.products.all()),
    )  # fmt: skip
    assert made.answers.get().scale_version == made.current_scale
    assert (made.current_scale.unit, made.current_scale.requirement) == ("hours", made)
    # Whoever split at the same time finds the voice gone.
    assert client.post(split, sent).status_code == 422
    assert Requirement.objects.filter(statement=sent["statement"]).count() == 1

    act = Consolidation.objects.get()
    api, given = caller("specialist"), {"split_from": stoppage.pk, "stands": "true"}
    (told,) = api.get("/api/v1/consolidations/", given).json()["results"]
    assert (told["kind"], told["requirement"], told["answers"]) == ("split", made.pk, [made.answers.get().pk])
    assert told["codings"] == [made.codings.get().pk]
    assert client.post(reverse("word_consolidate_undo", args=[act.pk])).status_code == 302
    assert api.get("/api/v1/consolidations/", given).json()["results"] == []
    made.refresh_from_db()
    assert (made.state, about(made), about(stoppage)) == (
        "retired", ([], []), ([2, 8], ["At night.", "By day."]),
    )  # fmt: skip
    assert set(stoppage.answers.values_list("scale_version", flat=True)) == {stoppage.current_scale_id}


def test_what_cannot_be_split_or_undone_is_said_and_nothing_is_lost(stoppage):
    night, day = heard(stoppage, 2, "At night."), heard(stoppage, 8, "By day.")
    said = {"statement": "New", "attribute": stoppage.attribute} | BY

    with pytest.raises(ValidationError, match="Nobody would be left"):
        consolidating.split_requirement(requirement=stoppage, interviews=[night.pk, day.pk], **said)
    with pytest.raises(ValidationError, match="Nothing is chosen"):
        consolidating.split_requirement(requirement=stoppage, interviews=[], **said)
    act = consolidating.split_requirement(requirement=stoppage, interviews=[night.pk], **said)
    type(night).objects.filter(pk=night.pk).update(state="in_progress", completed_at=None)
    record_answer(
        interview=night, requirement=stoppage, product=stoppage.products.get(), perception=Perception.fixed(True)
    )
    with pytest.raises(ValidationError, match="was answered again in one of these interviews"):
        consolidating.undo_consolidation(consolidation=act, now=NOON)
    assert about(act.requirement) == ([2], ["At night."])
    # Merging is the other way back: every voice counts for the old one again.
    merge_requirements(requirement=act.requirement, into=stoppage)
    with pytest.raises(ValidationError, match="was merged into"):
        consolidating.undo_consolidation(consolidation=act, now=NOON)
    merge_requirements(
        requirement=stoppage, into=RequirementFactory(reference="Z-1", products=list(stoppage.products.all()))
    )
    with pytest.raises(ValidationError, match="was merged into"):
        consolidating.split_requirement(requirement=stoppage, interviews=[day.pk], **said)


# ---- Strictness


def test_the_strictest_quarter_is_compared_by_its_objectives_where_enough_said_so(stoppage):
    for hours in (1, 2):
        heard(stoppage, hours, "Soon.", objective="Next-day delivery")
    heard(stoppage, 8, "Later.", objective="No waste")

    few = strictness_of(stoppage)
    assert (few.n, few.strictest, few.loosest, few.limit) == (3, 1, 8, 1)
    assert ((few.strict.named, few.strict.of), (few.rest.named, few.rest.of)) == ((1, 1), (2, 2))
    assert not few.can_be_compared
    for hours in (2, 2, 2, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9):
        heard(stoppage, hours, "So.")
    many = strictness_of(stoppage)
    assert (many.limit, many.strict.named, many.strict.of, many.rest.named, many.rest.of) == (2, 2, 5, 1, 13)
    assert many.can_be_compared
    assert many.objectives == (("Next-day delivery", 2),)
    assert strictness_of(RequirementFactory()) is None


def test_voices_are_counted_by_segment_and_a_merged_customer_once(client, stoppage):
    root = CustomerFactory(region="europe-west")
    for contact in (ContactFactory(customer=root), ContactFactory(customer=CustomerFactory(merged_into=root))):
        coded_to(stoppage, "Again.", interview=InterviewFactory(contact=contact))

    segments = client.get(reverse("requirement_voices", args=[stoppage.pk])).context["segments"]
    assert [(each.dimension, each.customers) for each in segments if each.dimension == "Lifecycle"] == [
        ("Lifecycle", 1)
    ]
    empty = client.get(reverse("requirement_voices", args=[stoppage.pk]) + "?lifecycle=past")
    assert "Nobody of them." in text_of(empty)
