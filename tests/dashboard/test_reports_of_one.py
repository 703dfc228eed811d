"""Reports of one customer and of one round: the numbers of the pages, as of their day, for specialists."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from accounts.personal_data import Erasing
from customers.models import Customer
from dashboard.report_writing import article_for
from dashboard.reporting import check_there_is_something, start_report
from functions.models import Program
from gap_scores.models import Snapshot
from gap_scores.snapshots import keep_snapshot
from improvements.action_models import StageChange
from improvements.privacy import erase, told_by_mentions
from improvements.report_models import NO_PDF, Report
from improvements.reports import article_of, keep_pdf
from interviews.coding import code_verbatim
from interviews.models import Interview, Invitation, ReadingSample, Round, SecondReading
from interviews.planning import NewTarget, plan_round
from interviews.round_figures import asked_in, first_said_in, readings_of, words_by_code
from interviews.selectors import words_of_customer
from jobs.models import Job
from jobs.running import run_job
from requirements_catalog.models import Requirement
from tests.api.callers import with_token
from tests.conftest import NOON
from tests.dashboard.program import TODAY, WORDS, SmallProgram, felt_answer, hear, recompute, small_program, somebody
from tests.dashboard.test_pages import signed_in, text_of
from tests.factories.actions import ActionFactory
from tests.factories.customers import ContactFactory, CustomerFactory
from tests.factories.interviews import InterviewFactory, RoundFactory, VerbatimFactory
from tests.factories.requirements_catalog import RequirementFactory
from tests.improvements.test_actions_api import caller

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon"), pytest.mark.once]


@pytest.fixture
def program() -> SmallProgram:
    """The small program, heard in one round; two more were asked in it, who did not answer."""
    program, wave = small_program(), RoundFactory(name="Spring")
    Interview.objects.update(round=wave)
    for state in ("declined", "invited"):
        InterviewFactory(contact=ContactFactory(customer=CustomerFactory()), round=wave, state=state, held_on=TODAY)
    keep_snapshot(as_of=TODAY, title="Month end", now=NOON)
    return program


def made(url: str, **form: object) -> Report:
    answer = signed_in("specialist").post(url, {"as_of": str(TODAY), **form})
    assert answer.status_code == 302, answer.content.decode()[-2000:]
    run_job(job_id=Job.objects.latest("pk").pk, now=NOON)
    assert Job.objects.latest("pk").message == ""
    return Report.objects.latest("pk")


def of_customer(customer: Customer) -> Report:
    return made(reverse("customer_report_create", args=[customer.pk]))


def of_round() -> Report:
    return made(reverse("round_report_create", args=[Round.objects.get(name="Spring").pk]))


def words_of(report: Report) -> str:
    """Return what a report says, without its markup."""
    plain = unescape(re.sub(r"<[^>]+>", " ", article_of(report)))
    return re.sub(r"\s+", " ", plain).replace("\u00a0", " ")


# ---- One customer


def test_a_report_of_a_customer_has_the_numbers_of_the_page(program: SmallProgram) -> None:
    customer = program.customers[0]
    action = ActionFactory(title="Second van", about=[program.repairs], function=program.support, created_at=NOON)
    StageChange.objects.create(action=action, after="draft", changed_at=NOON)

    report = of_customer(customer)

    said, page = words_of(report), text_of(signed_in("specialist"), reverse("customer_detail", args=[customer.pk]))
    page = page.replace("\u00a0", " ")
    assert (report.kind, report.customer, bytes(report.pdf)[:5]) == ("customer", customer, b"%PDF-")
    for line in (
        "Customer 0 is not fully served in one of three answers; ‘A stoppage is resolved in time’ weighs most.",
        "One of three answers are not fully served",
    ):
        assert line in said
        assert line in page
    assert "10 2 h 10 h" in said
    assert "Met: 0 of 1. Felt: 2 of 3." in said
    assert "50 (" in said
    assert "One passage in their own words." in said
    assert WORDS in said
    assert "One action; one person there waits for word of us, for up to 0 d." in said
    assert "Second van draft Support" in said


def test_only_specialists_read_a_report_of_a_customer_or_a_round(program: SmallProgram) -> None:
    readers, machine = (signed_in("viewer"), signed_in("head", function=program.support)), somebody("viewer")
    of_scores = with_token(somebody("specialist"), ["scores:read"])
    for report in (of_customer(program.customers[0]), of_round()):
        for reader in readers:
            assert reader.get(reverse("report_detail", args=[report.pk])).status_code == 404
            assert reader.get(reverse("report_pdf", args=[report.pk])).status_code == 404
            assert report.title not in text_of(reader, reverse("report_list"))
        assert with_token(machine).get(f"/api/v1/reports/{report.pk}/").status_code == 404
        assert of_scores.get(f"/api/v1/reports/{report.pk}/").status_code == 404
        assert report.title in text_of(signed_in("specialist"), reverse("report_list"))


def test_what_is_said_and_done_later_is_in_no_report_of_an_earlier_day(program: SmallProgram) -> None:
    customer, contact = program.customers[0], program.customers[0].contacts.get()
    before = article_of(of_customer(customer))
    later = hear(contact, [felt_answer(program.parts, program.product, program.scale, felt=False)])
    Interview.objects.filter(pk=later.pk).update(held_on=TODAY + timedelta(days=3))
    VerbatimFactory(interview=later, text="Everything is late")
    action = ActionFactory(title="A later one", about=[program.repairs], created_at=NOON + timedelta(days=2))
    StageChange.objects.create(action=action, after="draft", changed_at=NOON + timedelta(days=2))
    recompute()

    assert article_for(Snapshot.objects.get(), customer, Program.objects.get()) == before


def test_an_erased_contact_goes_from_frozen_reports_with_the_words(program: SmallProgram) -> None:
    report = of_customer(program.customers[0])
    told = told_by_mentions(("Contact of Customer 0",))["reports"]

    erase(Erasing(contact_id=0, mentions=(WORDS, "Contact of Customer 0"), at=NOON))

    report.refresh_from_db()
    assert told == [{"title": report.title, "as_of": str(TODAY)}]
    assert "Contact of Customer 0" not in article_of(report)
    assert WORDS not in article_of(report)
    assert not report.has_pdf


def test_a_pdf_that_was_drawn_while_somebody_was_erased_is_drawn_anew(program: SmallProgram) -> None:
    report, drawn = of_customer(program.customers[0]), list[str]()
    Report.objects.update(pdf=b"", pdf_digest=NO_PDF)

    def draw(_title: str, text: str) -> bytes:
        drawn.append(text)
        if len(drawn) == 1:
            erase(Erasing(contact_id=0, mentions=(WORDS,), at=NOON))
        return b"PDF %d" % len(drawn)

    kept = keep_pdf(report=report, draw=draw)

    assert [WORDS in text for text in drawn] == [True, False]
    assert bytes(kept.pdf) == b"PDF 2"


def test_codes_of_words_that_somebody_is_still_to_read_blind_are_in_no_report(program: SmallProgram) -> None:
    customer = program.customers[0]
    words = words_of_customer(customer.pk, until=TODAY)
    code_verbatim(verbatim=words[0], requirement=program.hotline, coder_name="Ines")
    seen = [coding.requirement for coding in words.get().codings.all()]
    sample = ReadingSample.objects.create(coder_name="Otto", drawn_by_name="Ines", drawn_at=NOON, seed=1, drawn_from=1)
    SecondReading.objects.create(sample=sample, verbatim=words[0])

    assert program.hotline in seen
    assert list(words_of_customer(customer.pk, until=TODAY).get().codings.all()) == []


def test_a_report_of_which_nothing_is_known_is_refused_with_a_sentence(program: SmallProgram) -> None:
    user = somebody("specialist")
    asked = {"as_of": TODAY, "title": "", "user": user, "now": NOON}
    unheard, merged = CustomerFactory(name="Silent"), CustomerFactory(name="Merged", merged_into=program.customers[0])
    for about, words in (
        (unheard, "Silent was not heard up to 16 Mar 2026."),
        (merged, "Merged is merged into another customer"),
        (RoundFactory(name="Empty"), "Nobody was asked in 'Empty' up to 16 Mar 2026."),
    ):
        with pytest.raises(ValidationError, match=re.escape(words)):
            start_report(**asked, about=about)
    Snapshot.objects.update(overall=None)
    with pytest.raises(ValidationError, match=r"Nothing was scored up to 16 Mar 2026\."):
        start_report(**asked, about=None)
    assert not Job.objects.exists()


# ---- One round

LATER = ("completed", "declined", "scheduled")


def test_a_report_of_a_round_has_the_numbers_of_its_coverage(program: SmallProgram) -> None:
    wave = Round.objects.get(name="Spring")
    plan = plan_round(
        round=wave, divided_by=["lifecycle"], method="power", exponent=1, minimum=0,
        targets=[NewTarget(("current", "*", "*", "*"), 10, 1000, 9)], now=timezone.now(),
    )  # fmt: skip
    api = with_token(somebody("specialist")).get(f"/api/v1/sampling-plans/{plan.pk}/coverage/").json()

    said = words_of(of_round())

    (stratum,) = api["strata"]
    assert (stratum["done"], stratum["target"]) == (8, 9)
    assert f"{stratum['done']} of {stratum['target']} customers wanted were heard; every stratum has a voice." in said
    assert "8 of 10, 80 % (49 to 94 %) of those asked answered." in said
    assert "Two people of 10 did not answer, 1 of them said no." in said
    assert "3 requirements of which no customer had spoken before" in said
    assert "A stoppage is resolved in time (new) 8; 8 8 h (middle half 4 h to 24 h, n 8)" in said
    assert "4 of 8, 50 % (22 to 78 %) 4 of 8, 50 % (22 to 78 %)" in said
    assert "Eight passages of customers' words: 8 not read yet, 0 set aside." in said


def test_who_answered_after_the_day_of_a_report_was_asked_and_had_not_answered(program: SmallProgram) -> None:
    wave = RoundFactory(name="By mail")
    day = TODAY + timedelta(days=3)
    later = [
        InterviewFactory(round=wave, state=state, held_on=day, completed_at=NOON if state == "completed" else None)
        for state in LATER
    ]
    for each in later[:2]:
        Invitation.objects.create(interview=each, invited_at=NOON, declined_at=NOON + timedelta(days=2))

    asked = asked_in(wave, until=TODAY)
    check_there_is_something(Snapshot.objects.get(), wave)

    assert [(each.contact_id, each.state) for each in asked] == [(each.contact_id, "invited") for each in later[:2]]
    assert [each.state for each in asked_in(wave, until=TODAY + timedelta(days=3))] == list(LATER)


def test_what_a_customer_said_before_in_another_round_is_not_heard_first(program: SmallProgram) -> None:
    wave, contact = Round.objects.get(name="Spring"), program.customers[0].contacts.get()
    own = ContactFactory(customer=CustomerFactory(lifecycle="internal", function=program.support))
    old = RequirementFactory(products=[program.product])
    for who, about in ((contact, old), (own, program.hotline)):
        before = hear(who, [felt_answer(about, program.product, program.scale, felt=True)])
        Interview.objects.filter(pk=before.pk).update(held_on=TODAY - timedelta(days=30))
    Requirement.objects.filter(pk=old.pk).update(merged_into=program.parts)

    assert first_said_in(wave, until=TODAY) == {program.repairs.pk, program.hotline.pk}
    assert first_said_in(wave, until=TODAY - timedelta(days=1)) == set()


def test_words_of_a_round_count_as_its_head_does_by_root_customer_and_without_internal_ones(
    program: SmallProgram,
) -> None:
    wave, root = RoundFactory(name="Words"), program.customers[0]
    whose = (root, CustomerFactory(merged_into=root), CustomerFactory(lifecycle="internal", function=program.support))
    for customer in whose:
        held = InterviewFactory(
            contact=ContactFactory(customer=customer), round=wave, held_on=TODAY, state="completed", completed_at=NOON
        )
        code_verbatim(verbatim=VerbatimFactory(interview=held), requirement=program.hotline, coder_name="Ines")

    (row,) = words_by_code(wave, until=TODAY)

    assert (row.words, row.customers, readings_of(wave, until=TODAY)) == (2, 1, {"coded": 2})


# ---- By REST


def test_a_machine_asks_for_a_report_of_one_thing(program: SmallProgram) -> None:
    client, wave = caller(role="specialist"), Round.objects.get(name="Spring")
    both = {"as_of": str(TODAY), "customer": program.customers[0].pk, "round": wave.pk}

    refused = client.post("/api/v1/reports/", both, format="json")
    job = client.post("/api/v1/reports/", {"as_of": str(TODAY), "round": wave.pk}, format="json")
    assert job.status_code == 202, job.json()
    run_job(job_id=job.json()["id"], now=NOON)
    found = client.get("/api/v1/reports/", {"round": wave.pk}).json()["results"]

    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "#/round")
    assert [(each["kind"], each["round"], each["customer"]) for each in found] == [("round", wave.pk, None)]
