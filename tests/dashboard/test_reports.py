"""Reports: drawn from a kept day by a job, frozen, read by those whom they are for, the same as the pages."""

import re
import zlib
from datetime import timedelta

import pytest
from django.urls import reverse

from dashboard.report_writing import article_for
from dashboard.reporting import run_report
from functions.models import Program
from gap_scores.models import Snapshot
from gap_scores.snapshots import keep_snapshot
from improvements.report_models import Report
from improvements.reports import article_of
from jobs.models import Job
from jobs.running import JobFailedError, run_job
from tests.api.callers import with_token
from tests.conftest import NOON
from tests.dashboard.program import TODAY, SmallProgram, felt_answer, hear, recompute, small_program, somebody
from tests.dashboard.test_pages import signed_in, text_of
from tests.factories.customers import ContactFactory
from web.pdf import PrinterMissingError

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon"), pytest.mark.once]


@pytest.fixture
def program() -> SmallProgram:
    program = small_program()
    keep_snapshot(as_of=TODAY, title="Month end", now=NOON)
    return program


def made(client: object, **form: object) -> Report:
    answer = client.post(reverse("report_create"), {"as_of": str(TODAY), **form})
    assert answer.status_code == 302, answer.content.decode()[-2000:]
    run_job(job_id=Job.objects.latest("pk").pk, now=NOON)
    assert Job.objects.latest("pk").message == ""
    return Report.objects.latest("pk")


def inside(pdf: bytes) -> bytes:
    """Return what the streams of a PDF hold: its objects stand in them."""
    streams = re.findall(rb"FlateDecode.*?stream\n(.*?)\nendstream", pdf, re.DOTALL)
    return b"".join(zlib.decompressobj().decompress(each) for each in streams)


def test_a_report_is_made_by_a_job_read_by_everybody_and_fetched_as_a_tagged_pdf(program: SmallProgram) -> None:
    specialist, viewer = signed_in("specialist"), signed_in("viewer")

    report = made(specialist)

    address = reverse("report_detail", args=[report.pk])
    job = specialist.get(reverse("settings_job", args=[report.job]))
    assert job.context["then"] == ("Open the report", address)
    page = text_of(viewer, address)
    assert report.title == "Quality report, 16 Mar 2026"
    assert "hurts customers most" in page
    assert "25.0 of the 25.0 points of overall gap are its own" in page
    pdf = viewer.get(reverse("report_pdf", args=[report.pk]))
    assert (pdf["Content-Type"], pdf["Content-Disposition"]) == (
        "application/pdf", 'attachment; filename="quality-report-16-mar-2026.pdf"',
    )  # fmt: skip
    assert pdf.content.startswith(b"%PDF-")
    assert b"/StructTreeRoot" in inside(pdf.content)
    assert report.title in text_of(viewer, reverse("report_list"))


def test_a_report_says_the_same_whatever_changes_and_can_be_drawn_again_from_its_day(program: SmallProgram) -> None:
    report = made(signed_in("specialist"))
    before = article_of(report)
    for _ in range(8):
        hear(ContactFactory(customer=program.customers[0]), [
            felt_answer(program.parts, program.product, program.scale, felt=False)])  # fmt: skip
    recompute()

    assert article_of(Report.objects.get()) == before
    assert article_for(Snapshot.objects.get(), None, Program.objects.get()) == before


def test_a_report_has_the_numbers_of_the_pages(program: SmallProgram) -> None:
    viewer = signed_in("viewer")

    article = re.sub(r"<[^>]+>", " ", article_of(made(signed_in("specialist"))))
    report, page = (re.sub(r"\s+", " ", each) for each in (article, text_of(viewer, f"/?as_of={TODAY}")))

    for said in ("Support 25.00 66.7 % 38", "Supplies 0.00 33.3 % 0", "Overall 25.00 100 % 25"):
        assert said in report
        assert said in page


def test_a_report_of_a_function_is_for_its_head_and_tells_nobody_its_own_gap_as_yours(program: SmallProgram) -> None:
    report = made(signed_in("specialist"), function=program.support.pk)
    address = reverse("report_detail", args=[report.pk])

    page = text_of(signed_in("head", function=program.support), address)

    assert "Why has it this colour?" in page
    assert "Your gap" not in page
    assert signed_in("head", function=program.supplies).get(address).status_code == 404
    assert signed_in("viewer").get(reverse("report_pdf", args=[report.pk])).status_code == 404
    assert report.title not in text_of(signed_in("viewer"), reverse("report_list"))


def test_a_second_submit_makes_one_report_and_a_day_that_is_not_kept_none(program: SmallProgram) -> None:
    specialist, form = signed_in("specialist"), {"as_of": str(TODAY), "title": "Audit"}
    for _ in range(2):
        specialist.post(reverse("report_create"), form)
    wrong = specialist.post(reverse("report_create"), {"as_of": str(TODAY - timedelta(days=1))})

    assert Job.objects.filter(kind="report").count() == 1
    assert "Select a valid choice" in wrong.content.decode()


def test_a_machine_without_pango_says_what_is_missing(program: SmallProgram, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_args: object, **_options: object) -> bytes:
        raise PrinterMissingError

    monkeypatch.setattr("dashboard.reporting.pdf_of", missing)
    signed_in("specialist").post(reverse("report_create"), {"as_of": str(TODAY)})

    run_job(job_id=Job.objects.get().pk, now=NOON)

    job = Job.objects.get()
    assert (job.state, job.message.split(":")[0]) == ("failed", "PDFs need Pango on the machine that makes them")
    assert [report.has_pdf for report in Report.objects.all()] == [False]


def test_an_altered_report_is_not_shown(program: SmallProgram) -> None:
    report = made(signed_in("specialist"))
    Report.objects.update(digest="0" * 64)

    viewer, address = signed_in("viewer"), reverse("report_detail", args=[report.pk])
    assert "This report is not what it was" in text_of(viewer, address)
    assert "hurts customers most" not in text_of(viewer, address)
    assert with_token(somebody("viewer")).get(f"/api/v1/reports/{report.pk}/").status_code == 409

    Report.objects.update(pdf=b"%PDF-other")

    assert viewer.get(reverse("report_pdf", args=[report.pk])).url == address


def test_work_that_is_delivered_twice_makes_one_report_and_a_day_that_was_kept_again_none(
    program: SmallProgram,
) -> None:
    made(signed_in("specialist"))
    job = Job.objects.get()
    assert run_report(job) == {"report": Report.objects.get().pk}

    keep_snapshot(as_of=TODAY, title="Again", now=NOON)

    with pytest.raises(JobFailedError, match="kept again meanwhile"):
        run_report(job)
