"""Whether enough was heard, read from the codings: in the order of the interviews, per segment."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from interviews.coding import code_verbatim
from interviews.coding_figures import heard_in
from interviews.models import Verbatim
from interviews.saturation_views import Bar, bars_of
from tests.factories.customers import ContactFactory, CustomerFactory
from tests.factories.interviews import InterviewFactory, RoundFactory, VerbatimFactory
from tests.factories.people import signed_in
from tests.factories.requirements_catalog import ProductFactory, RequirementFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon"), pytest.mark.once]

# The published hand example (oracle sat-hand).
SAID = ("abcd", "acefg", "bdh", "aei", "cf", "bj", "ad", "eg")
DAY = date(2026, 1, 1)


@pytest.fixture
def _heard() -> None:
    """Eight interviews of a current customer, stored newest first, and one of a past customer."""
    products = [ProductFactory()]
    codes = {letter: RequirementFactory(reference=letter, products=products) for letter in "abcdefghij"}
    wave, contact = RoundFactory(), ContactFactory()
    for number, letters in reversed(list(enumerate(SAID))):
        interview = InterviewFactory(round=wave, contact=contact, held_on=DAY + timedelta(days=number))
        # Two verbatims of one interview are one interview.
        for letter in letters:
            code_verbatim(verbatim=VerbatimFactory(interview=interview), requirement=codes[letter], coder_name="Ines")
    past = ContactFactory(customer=CustomerFactory(lifecycle="past"))
    code_verbatim(
        verbatim=VerbatimFactory(interview=InterviewFactory(round=wave, contact=past, held_on=DAY)),
        requirement=codes["j"],
        coder_name="Ines",
    )


@pytest.mark.usefixtures("_heard")
def test_interviews_bring_new_codes_in_the_order_in_which_they_were_held() -> None:
    current = heard_in(Verbatim.objects.filter(interview__stratum__lifecycle="current"))

    assert (current.interviews, current.new, current.codes) == (8, (4, 3, 1, 1, 0, 1, 0, 0), 10)
    assert (current.as_held.base, current.as_held.at, current.last_run) == (9, 6, 0)
    # h, i and j were said in one interview each; 23 mentions.
    assert current.unseen == pytest.approx(3 / 23)
    assert current == heard_in(Verbatim.objects.filter(interview__stratum__lifecycle="current"))


@pytest.mark.usefixtures("_heard")
def test_the_page_answers_for_each_segment_and_the_panel_for_one(django_assert_max_num_queries) -> None:
    client, address = signed_in("specialist"), reverse("word_saturation")

    with django_assert_max_num_queries(12):
        page = client.get(address)
    part = client.get(f"{address}?lifecycle=past&pile=all&v=3", headers={"HX-Request": "true"})

    assert {value: each.interviews for value, _label, each in page.context["by_lifecycle"]} == {"current": 8, "past": 1}
    assert "Common codes are heard after about" in page.context["answer"]
    assert page.context["answer"].endswith("of what is said is still unsaid.")
    text = part.content.decode()
    assert "1 interview is too few to say whether enough was heard." in text
    assert "<html" not in text
    assert "alert" not in text


def test_nothing_coded_offers_the_first_step() -> None:
    assert "Nothing to compare yet" in signed_in("specialist").get(reverse("word_saturation")).content.decode()


def test_bars_stand_on_the_axis_and_the_first_is_numbered() -> None:
    assert bars_of((4, 2, 0, 1)) == [
        Bar(21.5, 0.0, 68.0, 64.0, 4, "1"),
        Bar(92.5, 32.0, 68.0, 32.0, 2, ""),
        Bar(163.5, 64.0, 68.0, 0.0, 0, ""),
        Bar(234.5, 48.0, 68.0, 16.0, 1, "4"),
    ]
    assert bars_of(()) == []
    assert len(bars_of((1,) * 100)) == 60
