"""The coding workbench through Django's client: the queue empties honestly, and whatever was done can be undone."""

import csv
import io

import pytest
from django.urls import reverse

from interviews import coding, workbench
from interviews.models import Coding, SetAside, Verbatim
from interviews.workbench import Part, lines_of, passage_in, uncoded_count
from requirements_catalog.models import Attribute
from tests.factories.customers import ContactFactory, CustomerFactory
from tests.factories.interviews import InterviewFactory, VerbatimFactory
from tests.factories.people import signed_in
from tests.factories.requirements_catalog import RequirementFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon"), pytest.mark.once]

HTMX = {"headers": {"HX-Request": "true"}}
SAID = "We run at night. 🙂 Back before six."


@pytest.fixture
def client():
    return signed_in("specialist")


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


def said_at(customer: str, text: str = SAID, **attributes):
    contact = ContactFactory(customer=CustomerFactory(name=customer, region="europe-west"))
    return VerbatimFactory(interview=InterviewFactory(contact=contact, **attributes), text=text)


def readings() -> list[str]:
    return list(Verbatim.objects.order_by("pk").values_list("reading", flat=True))


# ---- The words in parts


def test_words_are_cut_where_codings_begin_and_end_line_by_line():
    assert lines_of("ab cd\r\nef", [(1, 0, 4), (2, 3, 9), (3, None, None)]) == [
        [Part(0, "ab ", (1,)), Part(3, "c", (1, 2), (1,)), Part(4, "d", (2,))],
        [Part(7, "ef", (2,), (2,))],
    ]
    # A mark that takes the line end along ends with the line.
    assert lines_of("ab\n\ncd", [(1, 1, 3)]) == [
        [Part(0, "a", ()), Part(1, "b", (1,), (1,))],
        [Part(3, "", ())],
        [Part(4, "cd", ())],
    ]


def test_a_copied_passage_is_found_whatever_its_line_ends():
    assert passage_in("one\ntwo", "one\r\ntwo") == (0, 7)
    assert passage_in("one\r\ntwo", "one\ntwo") == (0, 8)
    assert passage_in("one", "two") is None
    assert passage_in("one", "") is None


# ---- The queue


def test_the_oldest_uncoded_words_are_in_hand_and_the_next_ones_are_a_link(client, django_assert_max_num_queries):
    late, early = said_at("Late", held_on="2026-03-10"), said_at("Early", held_on="2026-03-01")
    coding.code_verbatim(verbatim=said_at("Done"), requirement=RequirementFactory(), coder_name="Ines")
    for number in range(8):
        RequirementFactory()
        said_at(f"More {number}", held_on="2026-03-12")

    with django_assert_max_num_queries(28):
        response = client.get(reverse("word_list"))

    assert response.context["current"] == early
    assert response.context["next_url"] == f"?v={late.pk}"
    assert "10 verbatims are uncoded; the oldest was said 15 days ago." in text_of(response)
    assert "Done" not in text_of(response)
    assert '<span class="side-count"><span class="visually-hidden">, waiting:</span> 10</span>' in text_of(response)


def test_filters_are_chips_in_the_address_and_in_the_file(client):
    requirement = RequirementFactory(reference="R-7")
    here, there = said_at("Here"), said_at("There")
    coding.code_verbatim(verbatim=here, requirement=requirement, coder_name="Ines")
    coding.code_verbatim(verbatim=there, attribute=Attribute.objects.all()[0], coder_name="Ines")
    address = f"{reverse('word_list')}?pile=all&code=r-7&region=europe-west"

    response = client.get(address)
    lines = list(csv.DictReader(io.StringIO(client.get(f"{address}&format=csv").getvalue().decode("utf-8-sig"))))

    assert [(chip.label, chip.value) for chip in response.context["list"].chips] == [
        ("Region", "Western Europe"),
        ("Code", "r-7"),
    ]
    assert response.context["current"] == here
    assert [(line["customer"], line["words"], line["codes"], line["coders"]) for line in lines] == [
        ("Here", SAID, "R-7", "Ines")
    ]


def test_nothing_heard_offers_the_first_step_and_nothing_waiting_says_so(client):
    assert "No words yet" in text_of(client.get(reverse("word_list")))
    coding.code_verbatim(verbatim=said_at("Done"), requirement=RequirementFactory(), coder_name="Ines")

    page = text_of(client.get(reverse("word_list")))
    assert ("Nothing waits" in page, "Everything that was heard is coded." in page) == (True, True)


@pytest.mark.parametrize("wrong", ["v=abc", "v=99999999999999999999", "v=99", "pile=<script>", "v=٣", "page=9"])
def test_an_address_that_makes_no_sense_shows_the_queue(client, wrong):
    verbatim = said_at("Here")

    assert client.get(f"{reverse('word_list')}?{wrong}").context["current"] == verbatim


# ---- Coding


@pytest.mark.parametrize("options", [{}, HTMX], ids=["plain", "htmx"])
def test_a_passage_is_coded_by_its_ends_in_characters(client, options):
    verbatim, requirement = said_at("Here"), RequirementFactory(reference="R-22")

    response = client.post(
        reverse("word_code", args=[verbatim.pk]),
        {"about": "R-22", "start": "19", "end": "34", "passage": "Back before six", "back": ""},
        **options,
    )

    made = Coding.objects.get()
    assert SAID[made.start : made.end] == "Back before six"
    assert (made.requirement, readings()) == (requirement, ["coded"])
    if options:
        assert "Saved" in text_of(response)
        assert '<mark class="seg" data-at="19" data-marks="1">Back before six<sup>1</sup></mark>' in text_of(response)
    else:
        assert response.url == f"{reverse('word_list')}?v={verbatim.pk}"


def test_without_javascript_the_passage_is_copied(client):
    verbatim = said_at("Here")
    RequirementFactory(reference="R-22")
    address = reverse("word_code", args=[verbatim.pk])

    client.post(address, {"about": "R-22 A stoppage is resolved", "passage": "Back before"})
    refused = client.post(address, {"about": "R-22", "passage": "never said"}, **HTMX)
    unknown = client.post(address, {"about": "R-99"}, follow=True)

    assert list(Coding.objects.values_list("start", "end")) == [(19, 30)]
    assert (refused.status_code, "These words are not in what was said." in text_of(refused)) == (422, True)
    assert "no reference of a requirement" in text_of(unknown)


def test_several_codes_stand_beside_the_words_with_rule_sentiment_and_coder(client):
    verbatim, requirement = said_at("Here"), RequirementFactory(reference="R-22", rule="Time until it runs again.")
    RequirementFactory(reference="R-21")
    for about in ("R-22", "R-21"):
        client.post(reverse("word_code", args=[verbatim.pk]), {"about": about})
    made = Coding.objects.get(requirement=requirement)
    mood = reverse("word_coding_sentiment", args=[made.pk])

    client.post(mood, {"sentiment": "-1"})
    shown = text_of(client.get(reverse("word_list"), {"v": verbatim.pk}))
    made.refresh_from_db()
    negative = made.sentiment
    client.post(mood, {"sentiment": "-1"})
    made.refresh_from_db()

    assert (negative, made.sentiment) == (-1, None)
    assert "Rule of R-22: Time until it runs again." in shown
    assert 'value="-1" aria-pressed="true"' in shown
    assert client.post(mood, {"sentiment": "7"}, **HTMX).status_code == 422


# ---- Heard, not a requirement


def test_words_leave_the_queue_with_a_reason_or_not_at_all(client):
    verbatim = said_at("Here")
    aside = reverse("word_set_aside", args=[verbatim.pk])

    refused = client.post(aside, {"reason": " "}, **HTMX)
    waiting = uncoded_count()
    client.post(aside, {"reason": "Praise for a trainer"})

    assert (refused.status_code, waiting, uncoded_count()) == (422, 1, 0)
    assert readings() == ["set_aside"]
    assert "Praise for a trainer" in text_of(client.get(reverse("word_list"), {"v": verbatim.pk}))
    client.post(reverse("word_take_up", args=[verbatim.pk]))
    assert (readings(), SetAside.objects.count()) == (["uncoded"], 0)
    # Nothing to take up: nothing happens.
    client.post(reverse("word_take_up", args=[verbatim.pk]))
    assert readings() == ["uncoded"]


def test_coded_words_are_not_set_aside_and_a_code_ends_that_they_are(client):
    verbatim = said_at("Here")
    RequirementFactory(reference="R-22")
    client.post(reverse("word_set_aside", args=[verbatim.pk]), {"reason": "A price"})
    client.post(reverse("word_code", args=[verbatim.pk]), {"about": "R-22"})
    refused = client.post(reverse("word_set_aside", args=[verbatim.pk]), {"reason": "A price"}, **HTMX)

    assert (readings(), SetAside.objects.count()) == (["coded"], 0)
    assert "Take the codings back first" in text_of(refused)


# ---- Undo


def test_each_act_is_undone_in_turn(client):
    verbatim = said_at("Here")
    RequirementFactory(reference="R-22")
    undo = reverse("word_undo")
    client.post(reverse("word_set_aside", args=[verbatim.pk]), {"reason": "A price"})
    client.post(reverse("word_take_up", args=[verbatim.pk]))
    client.post(reverse("word_code", args=[verbatim.pk]), {"about": "R-22", "passage": "night"})
    made = Coding.objects.get()
    client.post(reverse("word_coding_sentiment", args=[made.pk]), {"sentiment": "1"})
    client.post(reverse("word_coding_remove", args=[made.pk]))
    assert readings() == ["uncoded"]

    states = []
    for _act in range(5):
        client.post(undo)
        states.append((readings()[0], list(Coding.objects.values_list("start", "end", "sentiment"))))

    assert states == [
        ("coded", [(10, 15, 1)]),
        ("coded", [(10, 15, None)]),
        ("uncoded", []),
        ("set_aside", []),
        ("uncoded", []),
    ]
    assert "nothing left to undo" in text_of(client.post(undo, **HTMX))


def test_undo_passes_over_what_is_gone(client):
    verbatim = said_at("Here")
    RequirementFactory(reference="R-22")
    client.post(reverse("word_code", args=[verbatim.pk]), {"about": "R-22"})
    Verbatim.objects.all().delete()

    assert client.post(reverse("word_undo"), **HTMX).status_code == 422


# ---- Who else codes


def test_every_writer_of_codings_keeps_the_reading(client):
    verbatim = said_at("Here")
    made = coding.code_verbatim(verbatim=verbatim, requirement=RequirementFactory(), coder_name="Ines")
    before = readings()
    client.post(reverse("coding_delete", args=[made.pk]))

    assert (before, readings()) == (["coded"], ["uncoded"])


# ---- The codebook


def test_the_codebook_counts_customers_and_gives_keys_to_the_most_used(client):
    often, once = RequirementFactory(reference="R-1"), RequirementFactory(reference="R-2")
    first = said_at("Here")
    for verbatim in (first, VerbatimFactory(interview=first.interview, text="Again."), said_at("There")):
        coding.code_verbatim(verbatim=verbatim, requirement=often, coder_name="Ines")
    coding.code_verbatim(verbatim=first, requirement=once, coder_name="Ines")
    RequirementFactory(reference="R-3", state="retired")

    book = client.get(reverse("word_list"), {"v": first.pk}).context["book"]

    codes = [(code.name, code.uses, code.customers, code.key) for group in book for code in group.codes]
    assert codes == [("R-1", 3, 2, "1"), ("R-2", 1, 1, "2")]


def test_of_many_codes_the_desk_draws_the_most_used_and_finds_the_others(client, monkeypatch):
    monkeypatch.setattr(workbench, "MOST_DRAWN", 2)
    attribute = Attribute.objects.all()[0]
    _first, other, *_ = (
        RequirementFactory(reference=f"R-{n}", statement=f"Need {n}", attribute=attribute) for n in "1234"
    )
    words = said_at("Here")
    coding.code_verbatim(verbatim=words, requirement=other, coder_name="Ines")
    desk, codes = reverse("word_list"), reverse("word_codes")

    shown = client.get(desk, {"v": words.pk})
    assert [code.name for group in shown.context["book"] for code in group.codes] == ["R-1", "R-2"]
    assert shown.context["more_codes"] == 2
    assert "2 others" in text_of(shown)

    found = text_of(client.get(codes, {"q": "need 4"}, **HTMX))
    assert 'value="R-4"' in found
    assert "R-1" not in text_of(client.get(codes, {"q": "need"}, **HTMX))  # it is drawn already
    assert "None of the others holds this." in text_of(client.get(codes, {"q": "need 1"}, **HTMX))

    # Without JavaScript: all of them on a page, where a code is taken and the desk comes back.
    page = client.get(codes, {"v": words.pk, "back": f"pile=all&v={words.pk}", "q": "need 4"})
    assert [code.name for group in page.context["book"] for code in group.codes] == ["R-4"]
    answer = client.post(page.context["take_url"], {"about": "R-4", "back": page.context["back"]})
    assert answer["Location"] == f"{desk}?pile=all&v={words.pk}"
    assert words.codings.filter(requirement__reference="R-4").exists()
    assert "Need 3" in text_of(client.get(codes, {"v": "x"}))


def test_a_rule_is_edited_where_it_is_used(client):
    requirement, attribute = RequirementFactory(), Attribute.objects.all()[0]

    page = client.get(reverse("code_rule_requirement", args=[requirement.pk]))
    client.post(reverse("code_rule_requirement", args=[requirement.pk]), {"rule": "Hours.", "example": "By six."})
    client.post(reverse("code_rule_attribute", args=[attribute.pk]), {"description": "D", "rule": "R", "example": "E"})

    requirement.refresh_from_db()
    attribute.refresh_from_db()
    assert requirement.statement in text_of(page)
    assert (requirement.rule, requirement.example) == ("Hours.", "By six.")
    assert (attribute.description, attribute.rule, attribute.example) == ("D", "R", "E")


def test_a_head_finds_no_workbench():
    assert signed_in("viewer").get(reverse("word_list")).status_code == 404


# ---- Suggestions


def test_the_desk_suggests_the_code_that_like_words_were_given_and_says_how_often_one_was_taken(client):
    late, bills = RequirementFactory(reference="R-1"), RequirementFactory(reference="R-2")
    for number, about in ((1, late), (2, bills)):
        text = f"The truck was late again {number}" if about == late else f"Nobody explains the invoice {number}"
        coding.code_verbatim(verbatim=said_at(f"Done {number}", text), requirement=about, coder_name="Ines")
    verbatim = said_at("Here", "Late again, that truck.")

    page = client.get(reverse("word_list"), {"v": verbatim.pk})
    (first, *_) = page.context["suggested"]
    assert (first.code.name, first.because) == ("R-1", ("again", "late", "truck"))
    assert "because of again, late, truck" in text_of(page)
    assert "Taken in" not in text_of(page)

    suggested = " ".join(each.said_as for each in page.context["suggested"])
    for about in ("R-1", "R-2"):
        client.post(reverse("word_code", args=[verbatim.pk]), {"about": about, "suggested": suggested, "back": ""})
    page = client.get(reverse("word_list"), {"v": verbatim.pk})
    assert list(Coding.objects.order_by("pk").values_list("was_suggested", flat=True)) == [None, None, True, False]
    # Without the one that these words have by now.
    assert "R-1" not in [each.code.name for each in page.context["suggested"]]
    other = said_at("There", "Late again, the truck.")
    shown = text_of(client.get(reverse("word_list"), {"v": other.pk}))
    assert "Taken in 1 of the last 2 codings beside one: 50 % (9 to 91)." in shown


def test_an_undone_removal_keeps_that_the_code_was_suggested(client):
    verbatim, requirement = said_at("Here"), RequirementFactory(reference="R-1")
    client.post(
        reverse("word_code", args=[verbatim.pk]),
        {"about": "R-1", "suggested": f"requirement-{requirement.pk}", "back": ""},
    )
    client.post(reverse("word_coding_remove", args=[Coding.objects.get().pk]), {"back": ""})
    client.post(reverse("word_undo"), {"back": ""})

    assert Coding.objects.get().was_suggested is True
