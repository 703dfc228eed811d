"""Requirements that look alike: suggested by their words, merged or set aside by a person, and both can be undone."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from interviews import alike
from interviews.alike_models import AlikeVerdict
from interviews.coding import code_verbatim
from requirements_catalog.models import Requirement
from requirements_catalog.services import merge_requirements, undo_merge, update_requirement
from tests.conftest import NOON
from tests.factories.interviews import VerbatimFactory
from tests.factories.people import person_of, signed_in
from tests.factories.requirements_catalog import ProductFactory, RequirementFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon"), pytest.mark.once]
BY = {"decider": None, "decider_name": "Ines", "now": NOON}


@pytest.fixture
def pair() -> tuple[Requirement, Requirement]:
    """Two that say the same in other words, which only their words give away, and one that is about something else."""
    products = [ProductFactory()]
    statements = ("Repairs are fast", "Standstill is short", "Manuals are current")
    fast, short, manuals = (RequirementFactory(statement=each, products=products) for each in statements)
    said = {fast: "Engineer came at dawn.", short: "Engineer here at dawn, at last!", manuals: "Page nine is wrong."}
    for requirement, text in said.items():
        code_verbatim(verbatim=VerbatimFactory(text=text), requirement=requirement, coder_name="Ines")
    return fast, short


def suggested() -> list[tuple[str, str, tuple[str, ...]]]:
    found = alike.alike_page().suggested
    return [(each.first.statement, each.second.statement, each.because) for each in found]


def decided() -> tuple[int, int]:
    taken = alike.alike_taken()
    return taken.named, taken.of


def test_words_in_common_suggest_a_pair_and_the_page_says_what_was_compared(pair, django_assert_max_num_queries):
    client = signed_in("specialist")

    assert suggested() == [("Repairs are fast", "Standstill is short", ("at", "dawn", "engineer"))]
    for _more in range(5):
        RequirementFactory(statement="Something else", products=[], state="retired")
    with django_assert_max_num_queries(18):
        page = " ".join(client.get(reverse("requirement_alike")).content.decode().split())
    assert "1 pair of requirements looks alike: you decide" in page
    assert "Compared: all 3 requirements, and the newest 3 passages coded to them." in page
    assert "at, dawn, engineer" in page
    assert "said by 1 customer" in page


def test_a_suggestion_is_merged_on_its_page_counted_as_taken_and_undone(pair):
    fast, short = pair
    client = signed_in("specialist")
    address = reverse("requirement_alike_merge", args=[short.pk, fast.pk])

    assert "Which one stays?" in client.get(address).content.decode()
    assert client.post(address, {"into": ""}).status_code == 422
    assert client.post(address, {"into": short.pk}).status_code == 302
    fast.refresh_from_db()
    assert (fast.merged_into, suggested(), decided()) == (short, [], (1, 1))
    assert AlikeVerdict.objects.get().decided_by == person_of(client)
    assert client.get(address).status_code == 404
    # Undone, it was no duplicate after all, and is suggested again.
    undo_merge(requirement=fast)
    assert (len(suggested()), decided()) == (1, (0, 1))


def test_a_pair_is_set_aside_with_a_reason_until_one_of_the_two_says_something_else(pair):
    fast, short = pair
    client = signed_in("specialist")
    address = reverse("requirement_alike_aside", args=[fast.pk, short.pk])

    assert client.post(address, {"reason": " "}).status_code == 422
    assert client.post(address, {"reason": "One is about travel."}).status_code == 302
    assert (suggested(), decided()) == ([], (0, 1))
    page = client.get(reverse("requirement_alike")).content.decode()
    assert "One is about travel." in page
    assert "Taken: 0 of 1 decided pair, 0 % (0 to 79)." in " ".join(page.split())
    # Words come every day: they bring nothing back. Another owner neither.
    code_verbatim(verbatim=VerbatimFactory(text="Dawn!"), requirement=fast, coder_name="Ines")
    update_requirement(requirement=fast, changes={"half_life_months": 3})
    assert suggested() == []
    update_requirement(requirement=short, changes={"rule": "From the call to the engineer at the gate."})
    assert len(suggested()) == 1

    verdict = alike.set_pair_aside(one=short, other=fast, reason="Still another.", **BY)
    assert client.post(reverse("requirement_alike_again", args=[verdict.pk])).status_code == 302
    assert (len(suggested()), AlikeVerdict.objects.count()) == (1, 0)


def test_who_comes_second_is_told_that_it_was_merged_and_nothing_is_kept(pair):
    fast, short = pair
    third = RequirementFactory(products=list(fast.products.all()))
    merge_requirements(requirement=fast, into=third)

    for decide in (
        lambda: alike.merge_alike(requirement=fast, into=short, **BY),
        lambda: alike.set_pair_aside(one=short, other=fast, reason="Not so.", **BY),
    ):
        with pytest.raises(ValidationError, match="was merged into"):
            decide()
    assert AlikeVerdict.objects.count() == 0


def test_of_a_long_catalogue_the_newest_are_compared_and_the_page_says_so(pair, monkeypatch):
    monkeypatch.setattr(alike, "MOST_REQUIREMENTS", 2)
    monkeypatch.setattr(alike, "MOST_WORDS", 1)
    found = alike.look_for_pairs()

    assert (found.requirements, found.of_requirements, found.words, found.pairs) == (2, 3, 1, ())
