"""Second readings: drawn so that anybody can draw them again, blind until they are done, decided with a reason."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from interviews import coding
from interviews import second_reading as second
from interviews.coding_figures import agreement_about, agreement_by_code, agreement_of_all
from interviews.models import Coding, ReadingSample, SecondReading, SetAside, Verbatim
from requirements_catalog.models import Attribute
from requirements_catalog.services import merge_requirements
from tests.conftest import NOON
from tests.factories.functions import MembershipFactory
from tests.factories.interviews import InterviewFactory, VerbatimFactory
from tests.factories.people import signed_in
from tests.factories.requirements_catalog import RequirementFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]

HTMX = {"headers": {"HX-Request": "true"}}


@pytest.fixture
def ines():
    return MembershipFactory(role="specialist", user__username="ines").user


@pytest.fixture
def luca():
    return MembershipFactory(role="specialist", user__username="luca").user


@pytest.fixture
def requirement():
    return RequirementFactory(reference="R-22")


def coded(coder, *requirements, count=1):
    """Return words that a coder found these requirements in; in the first one a passage."""
    interview = InterviewFactory()
    made = [VerbatimFactory(interview=interview) for _ in range(count)]
    for verbatim in made:
        for requirement in requirements:
            coding.code_verbatim(
                verbatim=verbatim, requirement=requirement, coder=coder, coder_name=coder.username, start=0, end=6
            )
    return made


def draw(coder, **asked):
    return second.draw_sample(coder=coder, drawn_by_name="Ines", now=NOON, **{"seed": 1, "size": 30} | asked)


def read(reading, *about):
    for each in about:
        second.read_code(reading=reading, about=each)
    return second.finish_reading(reading=reading, now=NOON)


def drawn_ids(sample) -> list[int]:
    return list(sample.readings.order_by("pk").values_list("verbatim_id", flat=True))


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


# ---- Drawing


def test_a_seed_draws_the_same_words_and_only_those_that_somebody_else_read(ines, luca, requirement):
    others = coded(ines, requirement, count=12)
    own = coded(luca, requirement)[0]
    VerbatimFactory()
    aside = VerbatimFactory()
    coding.set_aside(verbatim=aside, reason="Praise", coder=ines, coder_name="ines")

    sample = draw(luca, size=5, seed=7)
    first, drawn_from = drawn_ids(sample), sample.drawn_from
    sample.delete()
    again, other = draw(luca, size=5, seed=7), None
    again_ids = drawn_ids(again)
    other = draw(luca, size=None, share=50)

    assert (first, drawn_from) == (again_ids, 13)
    assert set(first) <= {each.pk for each in [*others, aside]}
    # Half of the eight that are left, rounded up; nothing is drawn twice for one coder.
    assert (other.drawn_from, other.readings.count()) == (8, 4)
    assert not set(drawn_ids(other)) & set(first)
    assert own.pk not in {*first, *drawn_ids(other)}


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"size": 3, "share": 10}, "size"),
        ({"size": None}, "size"),
        ({"size": 0}, "size"),
        ({"seed": -1}, "seed"),
        ({"seed": 2**31}, "seed"),
    ],
)
def test_a_draw_that_makes_no_sense_is_refused(ines, luca, requirement, asked, field):
    coded(ines, requirement)

    with pytest.raises(ValidationError) as refusal:
        draw(luca, **asked)

    assert list(refusal.value.message_dict) == [field]
    assert ReadingSample.objects.count() == 0


def test_only_who_may_code_reads_and_only_what_others_coded(ines, requirement):
    coded(ines, requirement)

    for coder, code in ((MembershipFactory(role="viewer").user, "coder"), (ines, "nothing_to_draw")):
        with pytest.raises(ValidationError) as refusal:
            draw(coder)
        assert refusal.value.error_dict["coder"][0].code == code


# ---- Blind


def test_the_first_codes_are_hidden_from_the_second_coder_until_done(ines, luca, requirement, client):
    (verbatim,) = coded(ines, requirement)
    (reading,) = draw(luca).readings.all()
    client.force_login(luca)
    chip = f"<b>{requirement.reference}</b>"
    places = {
        "workbench": f"{reverse('word_list')}?pile=all&v={verbatim.pk}",
        "interview": reverse("interview_detail", args=[verbatim.interview_id]),
        "reading": reverse("word_reading", args=[reading.pk]),
    }

    hidden = {name: text_of(client.get(address)) for name, address in places.items()}
    read(reading, requirement)
    shown = text_of(client.get(places["interview"]))

    assert "Interview of" not in hidden["workbench"]
    assert chip not in hidden["interview"]
    assert "R-22 " in hidden["reading"]  # the codebook
    assert "What these words are about" not in hidden["reading"]
    assert chip in shown
    assert client.get(places["reading"]).url == f"{reverse('word_list')}?pile=all&v={verbatim.pk}"
    client.force_login(ines)
    assert client.get(places["reading"]).status_code == 404


@pytest.mark.parametrize("options", [{}, HTMX], ids=["plain", "htmx"])
def test_a_reading_is_coded_taken_back_and_closed_by_forms(ines, luca, requirement, client, options):
    (verbatim,) = coded(ines, requirement)
    (reading,) = draw(luca).readings.all()
    client.force_login(luca)
    code = reverse("word_reading_code", args=[reading.pk])

    client.post(code, {"about": "R-22", "passage": "We run"}, **options)
    client.post(code, {"about": "R-22", "passage": "We run"}, **options)
    refused = client.post(code, {"about": "R-22", "passage": "never said"}, **HTMX)
    made = reading.codes.get()
    client.post(reverse("word_reading_uncode", args=[made.pk]), **options)
    none_left = reading.codes.count()
    client.post(code, {"about": "R-22"}, **options)
    done = client.post(reverse("word_reading_finish", args=[reading.pk]))
    late = client.post(code, {"about": "R-22"}, **options)

    reading.refresh_from_db()
    assert ((made.start, made.end), none_left, refused.status_code) == ((0, 6), 0, 422)
    assert (reading.state, reading.done_at) == ("agreed", NOON)
    assert done.url == reverse("word_reading_list")
    assert late.status_code == (422 if options else 302)
    assert reading.codes.filter(is_first=False).count() == 1
    assert Coding.objects.filter(verbatim=verbatim).count() == 1


def test_words_that_went_back_to_the_queue_wait(ines, luca, requirement):
    (verbatim,) = coded(ines, requirement)
    (reading,) = draw(luca).readings.all()
    coding.remove_coding(coding=verbatim.codings.get())

    with pytest.raises(ValidationError, match="back into the queue"):
        read(reading)

    assert SecondReading.objects.get().state == "open"


# ---- Agreement


def test_agreement_is_that_of_the_readings_and_stays_what_it_was(ines, luca, requirement):
    other = RequirementFactory(reference="R-1", products=list(requirement.products.all()))
    merged = RequirementFactory(
        reference="R-2", attribute=requirement.attribute, products=list(requirement.products.all()), state="draft"
    )
    coded(ines, requirement, count=3)
    coded(ines, other, count=2)
    readings = list(draw(luca).readings.order_by("verbatim_id"))
    for reading, found in zip(readings, [requirement, requirement, merged, other, requirement], strict=True):
        read(reading, found)
    before = agreement_by_code()["requirement", requirement.pk]
    merge_requirements(requirement=merged, into=requirement)
    Coding.objects.all().delete()

    after = agreement_by_code()["requirement", requirement.pk]

    assert before[:4] == (5, 3, 3, 2)
    assert after[:4] == (5, 3, 4, 3)
    # 3 both, none first only, 1 second only, 1 neither: alpha 1 - 9 x 2 / (2 x 7 x 3), kappa (.8 - .56) / .44
    assert after.alpha == pytest.approx(1 - 9 * 2 / 42)
    assert after.kappa == pytest.approx(0.24 / 0.44)
    assert agreement_about(requirement.pk) == after
    assert agreement_of_all(agreement_by_code()).readings == 5
    assert agreement_about(RequirementFactory().pk) is None


def test_nobody_read_twice(requirement):
    assert agreement_by_code() == {}
    assert agreement_about(requirement.pk) is None


# ---- Deciding


@pytest.fixture
def differing(ines, luca, requirement):
    """Return words in which Ines found the requirement, and Luca the attribute."""
    (verbatim,) = coded(ines, requirement)
    (reading,) = draw(luca).readings.all()
    return verbatim, read(reading, Attribute.objects.all()[0])


def decide(reading, stands, note="The hours are meant."):
    return second.resolve_reading(reading=reading, stands=stands, note=note, resolved_by_name="Ines and Luca", now=NOON)


@pytest.mark.parametrize(
    ("stands", "codings"),
    [("first", ["ines R-22"]), ("second", ["luca attribute"]), ("both", ["ines R-22", "luca attribute"])],
)
def test_what_was_decided_is_the_coding(differing, stands, codings):
    verbatim, reading = differing
    assert reading.state == "differs"

    decide(reading, stands)

    reading.refresh_from_db()
    found = [
        f"{each.coder_name} {each.requirement.reference if each.requirement else 'attribute'}"
        for each in verbatim.codings.order_by("pk")
    ]
    assert (found, Verbatim.objects.get().reading) == (codings, "coded")
    assert (reading.state, reading.stands, reading.note, reading.resolved_by_name, reading.resolved_at) == (
        "resolved", stands, "The hours are meant.", "Ines and Luca", NOON
    )  # fmt: skip
    assert agreement_by_code()["attribute", Attribute.objects.all()[0].pk][:4] == (1, 0, 1, 0)
    with pytest.raises(ValidationError, match="nothing to decide"):
        decide(reading, "first")


def test_no_requirement_in_it_can_stand_too(ines, luca, requirement):
    (verbatim,) = coded(ines, requirement)
    (reading,) = draw(luca).readings.all()
    read(reading)

    decide(reading, "second", note="Only praise")

    assert (Verbatim.objects.get().reading, SetAside.objects.get().reason) == ("set_aside", "Only praise")
    assert verbatim.codings.count() == 0


@pytest.mark.parametrize(("stands", "note"), [("first", " "), ("neither", "Because"), ("", "Because")])
def test_a_decision_without_reason_or_reading_changes_nothing(differing, stands, note):
    verbatim, reading = differing

    with pytest.raises(ValidationError):
        decide(reading, stands, note=note)

    assert (SecondReading.objects.get().state, verbatim.codings.count()) == ("differs", 1)


def test_disagreements_are_a_pile_and_decided_beside_the_words(differing, django_assert_max_num_queries):
    verbatim, reading = differing
    client = signed_in("specialist")
    pile = f"{reverse('word_list')}?pile=disagree"
    address = reverse("word_reading_resolve", args=[reading.pk])

    with django_assert_max_num_queries(34):
        page = client.get(pile)
    refused = client.post(address, {"stands": "first", "note": ""}, follow=True)
    client.post(address, {"stands": "both", "note": "Both are meant."})

    assert page.context["current"] == verbatim
    assert "Second coder luca found something else: decide together" in text_of(page)
    assert "Say why: the next coder learns from it." in text_of(refused)
    assert SecondReading.objects.get().state == "resolved"
    assert "Decided by" in text_of(client.get(f"{reverse('word_list')}?pile=all&v={verbatim.pk}"))


def test_agreement_stands_beside_the_code_and_on_a_page_of_its_own(differing, luca, requirement):
    client = signed_in("specialist")

    empty = text_of(client.get(reverse("word_reading_draw")))
    page = text_of(client.get(reverse("word_reading_list")))
    bench = client.get(f"{reverse('word_list')}?pile=all").context["book"]

    assert "Draw words for a second coder" in empty
    assert "1 verbatim was read twice" in page
    assert "luca" in page
    (code,) = [code for group in bench for code in group.codes if code.name == requirement.reference]
    assert code.agreement[:4] == (1, 1, 0, 0)
    made = client.post(reverse("word_reading_draw"), {"coder": luca.pk, "size": "5", "share": "", "seed": "3"})
    assert (made.status_code, "Nothing is coded by somebody else" in text_of(made)) == (422, True)
