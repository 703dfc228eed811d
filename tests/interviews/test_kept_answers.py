"""What a desk sends late, twice or on top of another answer: nothing is overwritten unseen, nothing is added twice."""

from typing import Any

import pytest
from django.urls import reverse

from interviews.desk_models import UnchosenAnswer
from interviews.guide_models import KanoAnswer
from interviews.models import Answer, Interview
from tests.factories.interviews import InterviewFactory, RoundFactory
from tests.factories.people import signed_in
from tests.factories.requirements_catalog import ProductFactory, RequirementFactory
from tests.interviews.test_guided_desk import question_of, whole_guide

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon"), pytest.mark.once]
HTMX = {"HX-Request": "true"}
ENTRY, OTHER_ENTRY = "a" * 32, "b" * 32


@pytest.fixture
def client() -> Any:
    return signed_in("specialist")


def desk_of(*questions: str, **scale: Any) -> tuple[Interview, list[str]]:
    """Return an interview and the addresses at which its answers are saved."""
    product = ProductFactory()
    interview = InterviewFactory(round=RoundFactory(products=[product]))
    asked = [
        RequirementFactory(products=[product], reference=f"R-{at}", statement=each, **scale)
        for at, each in enumerate(questions)
    ]
    return interview, [reverse("answer_save", args=[interview.pk, each.pk, product.pk]) for each in asked]


def made_on(client: Any, interview: Interview, key: str = "") -> str:
    page = client.get(reverse("interview_detail", args=[interview.pk]), {"q": key})
    return str(page.context["made_on"])


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def test_an_answer_that_was_changed_meanwhile_is_shown_beside_the_own_one_and_the_one_not_chosen_is_kept(
    client: Any,
) -> None:
    interview, (address,) = desk_of("On time", scale={})
    seen = made_on(client, interview)
    client.post(address, {"importance": "2", "level": "8", "level_unit": "hours"})
    mine = {"importance": "9", "made_on": seen, "entry": ENTRY, "made_at": "2026-03-02T08:00:00Z"}

    quietly = client.post(address, mine, headers=HTMX)
    page = client.post(address, mine)

    assert (quietly.status_code, page.status_code) == (409, 409)
    assert Answer.objects.get().importance_original == 2
    for shown in (quietly, page):
        conflict = shown.context["conflict"]
        assert conflict["theirs"][:2] == [("How important is that to you?", "2"), ("What do you need?", "8 hours")]
        assert conflict["mine"] == [("How important is that to you?", "9")]
        assert 'name="keep" value="mine"' in text_of(shown)

    # The same answer in the same words is no conflict, whatever it was made on: it may be one that came twice.
    same = {"importance": "2", "level": "8", "level_unit": "hours", "made_on": seen}
    assert client.post(address, same, headers=HTMX).status_code == 200

    now = made_on(client, interview)
    assert now == page.context["conflict"]["made_on"]
    for _twice in range(2):
        client.post(address, mine | {"keep": "stored", "made_on": now})
    assert (Answer.objects.get().importance_original, UnchosenAnswer.objects.count()) == (2, 1)
    for _twice in range(2):
        client.post(address, mine | {"keep": "mine", "made_on": now, "entry": OTHER_ENTRY})
    assert Answer.objects.get().importance_original == 9
    said = list(UnchosenAnswer.objects.values_list("said", "said_at__hour"))
    assert said == [
        ([["How important is that to you?", "9"]], 8),
        ([["How important is that to you?", "2"], ["What do you need?", "8 hours"],
          ["How is it today?", "not asked"]], None),
    ]  # fmt: skip
    page = client.get(reverse("interview_detail", args=[interview.pk]))
    assert text_of(page).count("Also said, not chosen by") == 2
    client.post(reverse("interview_complete", args=[interview.pk]))
    assert "Also said, not chosen, 2" in text_of(client.get(reverse("interview_detail", args=[interview.pk])))


def test_whoever_saves_once_more_goes_on_from_the_own_answer(client: Any) -> None:
    interview, (address, _second) = desk_of("On time", "Without errors")
    key = client.get(reverse("interview_detail", args=[interview.pk])).context["current"].key

    first = client.post(address, {"importance": "7", "made_on": made_on(client, interview)}, headers=HTMX)
    then = first.context["made_on"]
    second = client.post(address, {"importance": "8", "made_on": then}, headers=HTMX)

    assert (first.status_code, second.status_code) == (200, 200)
    assert f'data-version="{made_on(client, interview, key)}"' in text_of(second)
    assert f'data-after="{second.context["after"].key}"' in text_of(second)
    assert client.post(address, {"importance": "1", "made_on": then}, headers=HTMX).status_code == 409


def test_questions_of_a_guide_are_compared_by_what_each_asks(client: Any) -> None:
    version = whole_guide()
    interview = InterviewFactory(round=RoundFactory(guide_version=version))
    points = [f"points_{each.pk}" for each in question_of(interview, "points").requirements.order_by("pk")]
    said: dict[str, tuple[dict[str, str], dict[str, str]]] = {
        "importance": ({"importance": "3"}, {"importance": "9"}),
        "kano": ({"functional": "1", "dysfunctional": "5"}, {"functional": "2", "dysfunctional": "2"}),
        "points": (dict(zip(points, ("60", "40"), strict=True)), dict(zip(points, ("1", "99"), strict=True))),
        "unique": ({"text": "Foils"}, {"text": "Leaflets"}),
    }
    seen = {"level": made_on(client, interview, "level")}

    def send(key: str, typed: dict[str, str], **more: str) -> int:
        address = reverse("guided_answer", args=[interview.pk, key])
        return int(client.post(address, typed | {"made_on": seen[key]} | more, headers=HTMX).status_code)

    for key, (theirs, mine) in said.items():
        seen[key] = made_on(client, interview, key)
        assert send(key, theirs) == 200, key
        assert send(key, mine, entry=ENTRY) == 409, key
        assert send(key, theirs) == 200, key
    # Another part of the same answer was said meanwhile, but not this one.
    assert send("level", {"level": "8", "level_unit": "hours"}) == 200
    assert KanoAnswer.objects.get().functional == 1
    assert interview.customer.product_uses.get().uniqueness == "Foils"
    seen["unique"] = made_on(client, interview, "unique")
    assert send("unique", {"text": "Leaflets"}, keep="mine", entry=ENTRY) == 200
    assert UnchosenAnswer.objects.get().said == [["In the customer's own words", "Foils"]]


def test_words_that_come_twice_are_added_once(client: Any) -> None:
    version = whole_guide()
    interview = InterviewFactory(round=RoundFactory(guide_version=version))
    words, goal = (
        reverse("verbatim_create", args=[interview.pk]), reverse("guided_answer", args=[interview.pk, "goal"]),
    )  # fmt: skip

    for _twice in range(2):
        client.post(words, {"text": "The night shift stands.", "entry": ENTRY}, headers=HTMX)
        client.post(goal, {"text": "No waste", "entry": OTHER_ENTRY}, headers=HTMX)
    # Gone back to, changed and sent again: these are other words. Without a key each time counts.
    client.post(words, {"text": "And the day shift.", "entry": ENTRY})
    for _twice in range(2):
        client.post(words, {"text": "Yes.", "entry": "no key"})

    said = list(interview.verbatims.values_list("text", flat=True))
    assert said == ["The night shift stands.", "And the day shift.", "Yes.", "Yes."]
    assert [each.statement for each in interview.objectives.all()] == ["No waste"]


def test_what_no_desk_sends_is_no_key_no_moment_and_no_choice(client: Any) -> None:
    interview, (address,) = desk_of("On time")
    seen = made_on(client, interview)
    client.post(address, {"importance": "2"})
    for text in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z", "2026-02-30T00:00:00Z", "x" * 5000, "\0"):
        strange = {"importance": "9", "made_on": seen, "made_at": text, "entry": text, "keep": text}
        conflict = client.post(address, strange, headers=HTMX)
        assert (conflict.status_code, conflict.context["conflict"]["made_at"]) == (409, None)
        assert len(conflict.context["conflict"]["entry"]) == 32
    assert client.post(address, {"importance": "99", "keep": "stored"}, headers=HTMX).status_code == 422
    assert UnchosenAnswer.objects.count() == 0


@pytest.mark.parametrize("is_guided", [False, True])
def test_the_browser_takes_the_next_questions_along_with_who_is_signed_in(client: Any, is_guided: bool) -> None:
    if is_guided:
        interview = InterviewFactory(round=RoundFactory(guide_version=whole_guide()))
    else:
        interview, _addresses = desk_of("On time", "Without errors")
    address = reverse("desk_sheets", args=[interview.pk])

    text = text_of(client.get(address))

    assert text.count("<template data-sheet>") == (8 if is_guided else 2)
    assert text.count('name="made_on"') == text.count("data-slot=") == text.count("<template data-sheet>")
    assert f'data-user="{client.session["_auth_user_id"]}"' in text
    assert "checked" not in text
    client.post(reverse("interview_complete", args=[interview.pk]))
    assert client.get(address).status_code == 404
