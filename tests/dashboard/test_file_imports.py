"""A file on its way in: uploaded, its columns named, checked, brought in once, whole, or not at all."""

import io
import os
import re
import zipfile
from datetime import date, timedelta
from html import unescape
from pathlib import Path

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEntry
from customers.models import Customer
from dashboard import file_imports, tasks
from dashboard.file_columns import guesses
from dashboard.file_storage import Folder
from interviews.guide_models import LoyaltyAnswer
from interviews.models import Answer, Interview
from jobs.models import FileImport, Job
from metrics.models import Measurement, Metric
from tests.conftest import NOON
from tests.factories.accounts import UserFactory
from tests.factories.customers import CustomerFactory
from tests.factories.functions import MembershipFactory
from tests.factories.interviews import RoundFactory
from tests.factories.metrics import MetricFactory
from tests.factories.requirements_catalog import ProductFactory, RequirementFactory

pytestmark = pytest.mark.django_db
ROWS = "Month;Country;Value\n2026-01-15;NL;3,5\n2026-02-15;NL;4\n"


@pytest.fixture(autouse=True)
def data_folder(settings, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path
    return tmp_path / "uploads"


@pytest.fixture(autouse=True)
def announced(monkeypatch) -> list[int]:
    """Catch what a worker would be told."""
    told: list[int] = []
    monkeypatch.setattr(tasks.run_file_import, "delay", told.append)
    return told


@pytest.fixture
def specialist() -> Client:
    client = Client()
    client.force_login(MembershipFactory(role="specialist", user=UserFactory(first_name="Ada", last_name="Olsen")).user)
    return client


@pytest.fixture
def metric() -> Metric:
    found: Metric = MetricFactory(name="Days to invoice", breakdown="country")
    return found


def upload(client: Client, content: str | bytes, name: str = "days.csv", kind: str = "measurements"):
    data = content if isinstance(content, bytes) else content.encode()
    return client.post("/imports/new/", {"kind": kind, "file": SimpleUploadedFile(name, data)})


def text_of(answer) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def latest() -> FileImport:
    return FileImport.objects.latest("pk")


def run(file_import: FileImport | None = None) -> FileImport:
    file_imports.run_file_import(pk=(file_import or latest()).pk, now=NOON)
    return latest() if file_import is None else FileImport.objects.get(pk=file_import.pk)


def name_columns(client: Client, **changes: str):
    sent = {
        "role_0": "month", "role_1": "part", "role_2": "value", "metric": "Days to invoice", "source": "billing",
        "decimal": ",", "date_format": "%Y-%m-%d",
    } | changes  # fmt: skip
    return client.post(f"/imports/{latest().pk}/columns/", sent)


def checked(client: Client, content: str = ROWS, **changes: str) -> FileImport:
    upload(client, content)
    name_columns(client, **changes)
    return run()


def page(client: Client) -> str:
    return text_of(client.get(f"/imports/{latest().pk}/"))


def test_a_file_is_uploaded_named_checked_and_brought_in_once(specialist, metric, data_folder, announced):
    answer = upload(specialist, ROWS)
    assert answer["Location"] == f"/imports/{latest().pk}/columns/"
    form = specialist.get(answer["Location"]).context["form"]
    assert [guess.role for guess in form.guesses] == ["month", "part", "value"]

    assert name_columns(specialist)["Location"] == f"/imports/{latest().pk}/"
    assert "Checking row 0 of 2" in page(specialist)
    assert run().counts["created"] == {"measurements": 2}
    assert "2 rows can be brought in" in page(specialist)
    assert "2026-01-15 NL 3,5" in page(specialist)
    assert Measurement.objects.count() == 0

    specialist.post(f"/imports/{latest().pk}/start/")
    assert announced == [latest().pk] * 2
    assert run().stage == "imported"
    run()  # delivered twice
    assert sorted(Measurement.objects.values_list("period_end", "part", "value", "external_id", "source")) == [
        (date(2026, 1, 31), "NL", 3.5, "Days to invoice / 2026-01-15 / NL", "billing"),
        (date(2026, 2, 28), "NL", 4, "Days to invoice / 2026-02-15 / NL", "billing"),
    ]
    assert list(data_folder.iterdir()) == []

    again = upload(specialist, ROWS, name="renamed.csv")
    assert again.status_code == 422
    day = f"{NOON:%-d %B %Y}"
    assert f"This very file was already imported on {day} by Ada Olsen. Nothing was changed." in text_of(again)
    assert (FileImport.objects.count(), list(data_folder.iterdir())) == (1, [])


def test_a_header_that_was_named_before_needs_no_naming(specialist, metric):
    checked(specialist)

    answer = upload(specialist, ROWS.replace("NL", "DE"))

    assert answer["Location"] == f"/imports/{latest().pk}/"
    assert run().counts["created"] == {"measurements": 2}


def test_every_error_is_shown_by_row_and_can_be_taken_along(specialist, metric):
    checked(specialist, "Month;Country;Value\n2026-01-15;NL;3,5\n2026-02-30;NL;4\n2026-03-01;NL;=1+1\n")

    assert "2 errors in 3 rows: nothing was written" in page(specialist)
    assert "3 Month 2026-02-30 it is no day of the calendar in the form %Y-%m-%d" in page(specialist)
    errors = specialist.get(f"/imports/{latest().pk}/errors/").getvalue().decode("utf-8-sig").splitlines()
    assert errors == [
        "row,column,value,reason",
        "3,Month,2026-02-30,it is no day of the calendar in the form %Y-%m-%d",
        "4,Value,'=1+1,it is not a number",
    ]
    specialist.post(f"/imports/{latest().pk}/start/")
    assert run().stage == "checked"
    assert Measurement.objects.count() == 0


def test_columns_that_do_not_add_up_are_refused_in_words(specialist, metric):
    upload(specialist, ROWS)

    answer = name_columns(specialist, role_0="value", metric="")

    assert answer.status_code == 422
    assert "Two columns are 'value'. Keep one." in text_of(answer)
    assert "Which metric is it?" in text_of(answer)
    assert "When was it?" in text_of(answer)
    assert latest().stage == "columns"


def test_the_same_file_uploaded_twice_has_one_effect(specialist, metric):
    first, second = checked(specialist), checked(specialist)
    assert first.sha256 == second.sha256

    specialist.post(f"/imports/{first.pk}/start/")
    answer = specialist.post(f"/imports/{second.pk}/start/", follow=True)

    assert "This very file is being brought in just now." in text_of(answer)
    assert (run(first).stage, run(second).stage) == ("imported", "checked")
    answer = specialist.post(f"/imports/{second.pk}/start/", follow=True)
    assert "This very file was already imported on" in text_of(answer)
    assert Measurement.objects.count() == 2


def test_a_running_import_is_cancelled_and_leaves_nothing(specialist, metric):
    file_import = checked(specialist)
    specialist.post(f"/imports/{file_import.pk}/start/")
    Job.objects.filter(pk=latest().job_id).update(state="running")
    specialist.post(f"/imports/{file_import.pk}/cancel/")
    assert "Being cancelled" in page(specialist)

    assert run().stage == "checked"
    assert latest().job.state == "cancelled"
    assert Measurement.objects.count() == 0
    specialist.post(f"/imports/{file_import.pk}/start/")
    assert run().stage == "imported"


def test_work_that_broke_off_is_offered_again(specialist, metric):
    file_import = checked(specialist)
    specialist.post(f"/imports/{file_import.pk}/start/")
    Job.objects.filter(pk=latest().job_id).update(state="interrupted")
    assert "Interrupted: nothing was written" in page(specialist)

    specialist.post(f"/imports/{file_import.pk}/start/")

    assert run().stage == "imported"


def test_the_sweep_announces_what_nobody_announced_and_discards_what_was_left(specialist, metric, data_folder):
    waiting = checked(specialist)
    specialist.post(f"/imports/{waiting.pk}/start/")
    upload(specialist, ROWS.replace("Country", "Land"))
    created_at = FileImport.objects.get(pk=waiting.pk).job.created_at

    assert file_imports.unfinished_work(now=created_at + timedelta(seconds=20)) == []
    assert file_imports.unfinished_work(now=created_at + timedelta(hours=25)) == [waiting.pk]
    assert latest().stage == "discarded"
    assert [folder.name for folder in data_folder.iterdir()] == [waiting.folder]
    assert specialist.get(f"/imports/{latest().pk}/errors/").status_code == 404


def test_the_sweep_removes_a_days_old_file_that_no_upload_knows(specialist, data_folder):
    upload(specialist, ROWS)
    abandoned, fresh = data_folder / "abandoned", data_folder / "fresh"
    for folder in (abandoned, fresh):
        folder.mkdir()
    long_ago = (timezone.now() - timedelta(hours=25)).timestamp()
    for folder in data_folder.iterdir():
        os.utime(folder, None if folder == fresh else (long_ago, long_ago))

    file_imports.unfinished_work(now=timezone.now())

    assert {folder.name for folder in data_folder.iterdir()} == {latest().folder, "fresh"}


def test_interviews_come_from_a_spreadsheet_with_a_column_per_answer(specialist):
    RoundFactory(name="Spring")
    requirement = RequirementFactory(reference="R-7")
    product = ProductFactory(name="Press")
    requirement.products.add(product)
    book = openpyxl.Workbook()
    book.active.append(
        ["Respondent", "Date", "Company", "Contact name", "R-7 importance", "R-7 rating", "Comment", "NPS", "CES"]
    )
    book.active.append(["7", date(2026, 2, 3), "Albers", "Jo Albers", 3, 2, "We run at night.", 9, 6])
    stream = io.BytesIO()
    book.save(stream)

    upload(specialist, stream.getvalue(), "survey.xlsx", "interviews")
    file_import = latest()
    form = specialist.get(f"/imports/{file_import.pk}/columns/").context["form"]
    assert [guess[:2] for guess in form.guesses] == [
        ("interview.external_id", ""), ("interview.held_on", ""), ("customer.name", ""), ("contact.name", ""),
        ("answer.importance", "R-7"), ("answer.perceived", "R-7"), ("words.text", ""),
        ("loyalty.nps", ""), ("loyalty.ces", ""),
    ]  # fmt: skip
    sent = {f"role_{number}": guess.role for number, guess in enumerate(form.guesses)}
    sent |= {f"of_{number}": guess.requirement for number, guess in enumerate(form.guesses)}
    sent |= {
        "source": "survey", "round": "Spring", "product": "Press", "importance_scale": "Importance 1 to 3",
        "rating_scale": "1 to 5", "date_format": "%Y-%m-%d", "decimal": ".", "mode": "phone",
    }  # fmt: skip
    assert specialist.post(f"/imports/{file_import.pk}/columns/", sent).status_code == 302
    assert run().counts["errors"] == 0
    specialist.post(f"/imports/{file_import.pk}/start/")
    assert run().stage == "imported"

    interview = Interview.objects.get()
    assert (str(interview.contact), interview.held_on, interview.mode) == ("Jo Albers", date(2026, 2, 3), "phone")
    answer = Answer.objects.get()
    assert (answer.requirement, answer.importance_original, answer.perceived_rating) == (requirement, 3, 2)
    assert interview.verbatims.get().text == "We run at night."
    rated = LoyaltyAnswer.objects.order_by("rating").values_list("interview", "product", "measure", "rating")
    assert list(rated) == [(interview.pk, product.pk, "ces", 6), (interview.pk, product.pk, "nps", 9)]


def test_a_file_with_a_row_per_answer_is_recognised(specialist):
    RoundFactory(name="Spring")
    product = ProductFactory(name="Press")
    for reference in ("R-7", "R-8"):
        RequirementFactory(reference=reference).products.add(product)
    columns = "Respondent,Date,Company,Requirement,Rating"
    upload(specialist, f"{columns}\n7,2026-02-03,Albers,R-7,2\n7,2026-02-03,Albers,R-8,5\n", kind="interviews")
    form = specialist.get(f"/imports/{latest().pk}/columns/").context["form"]
    sent = {f"role_{number}": guess.role for number, guess in enumerate(form.guesses)}
    assert list(sent.values())[3:] == ["answer.requirement", "answer.perceived"]
    sent |= {"source": "s", "round": "Spring", "product": "Press", "rating_scale": "1 to 5"}
    sent |= {"date_format": "%Y-%m-%d", "decimal": "."}

    assert specialist.post(f"/imports/{latest().pk}/columns/", sent).status_code == 302

    found = run().counts
    assert (found["errors"], found["created"]["interviews"], found["created"]["answers"]) == (0, 1, 2)


def bomb() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 20_000_000)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("days.pdf", b"%PDF-1.7", "'days.pdf' is neither CSV nor XLSX"),
        ("days.csv", b"PK\x03\x04rest", "it is a spreadsheet or an archive. Upload it as .xlsx"),
        ("days.xlsx", b"a,b\n1,2\n", "it is not an XLSX spreadsheet"),
        ("days.xlsx", bomb(), "more than 100 times its size"),
        ("days.csv", b"\n", "the first row names no column"),
        ("days.csv", b"a,a\n1,2\n", "the header names a column twice: a"),
    ],
    ids=["type", "archive", "not a spreadsheet", "bomb", "no header", "twice"],
)
def test_what_is_no_table_is_refused_and_not_kept(specialist, data_folder, name, content, said):
    answer = upload(specialist, content, name)

    assert answer.status_code == 422
    assert said in text_of(answer)
    assert (FileImport.objects.count(), list(data_folder.iterdir())) == (0, [])


def test_the_surest_column_gets_a_meaning_that_two_could_have():
    found = guesses("measurements", ["Invoice date", "Date", "Measured valeu", "colour"], [])

    assert [(guess.role, str(guess.words)) for guess in found] == [
        ("external_id", "likely"), ("period_end", "sure"), ("value", "likely"), ("", ""),
    ]  # fmt: skip


def test_a_stored_name_is_generated(specialist, data_folder):
    upload(specialist, ROWS, name="../../etc/passwd.csv")

    assert re.fullmatch(r"[0-9a-f]{32}", latest().folder)
    assert [path.name for path in Folder(latest().folder).path.iterdir()] == ["rows.csv"]


def test_customers_are_recognised_and_the_check_shows_who_is_new_and_what_would_change(specialist):
    CustomerFactory(external_id="K-1", name="Ahold", country="NL", region="europe-west")
    header = "Customer no.;Company;Country;Employees;Contact;Contact e-mail"
    content = f"{header}\nK-1;Ahold;BE;300;Ann;ann@a.example\nK-2;Bol;NL;;;\n"
    answer = upload(specialist, content, name="customers.csv", kind="customers")
    form = specialist.get(answer["Location"]).context["form"]
    roles = [guess.role for guess in form.guesses]
    assert roles == [
        "customer.external_id", "customer.name", "customer.country", "customer.size", "contact.name", "contact.email",
    ]  # fmt: skip
    assert [str(field.name) for field in form.file_settings()] == ["lifecycle", "date_format"]

    sent = {f"role_{number}": role for number, role in enumerate(roles)} | {"lifecycle": "prospective"}
    specialist.post(answer["Location"], sent | {"date_format": "%d.%m.%Y"})
    counts = run().counts
    assert (counts["created"], counts["changed"]) == ({"customers": 1, "contacts": 1}, {"customers": 1})
    assert "New customers 1" in page(specialist)
    assert "Changed customers 1" in page(specialist)
    assert "2 Ahold country NL BE 2 Ahold size 250+" in page(specialist)

    specialist.post(f"/imports/{latest().pk}/start/")
    assert run().stage == "imported"
    found = Customer.objects.order_by("external_id").values_list("external_id", "lifecycle", "country", "size_band")
    assert list(found) == [("K-1", "current", "BE", "250+"), ("K-2", "prospective", "NL", "")]
    assert "1 customers changed" in AuditEntry.objects.latest("number").sentence


def test_rows_that_look_like_a_customer_who_is_there_are_shown_decided_and_told(specialist):
    there = CustomerFactory(external_id="", name="Müller GmbH & Co. KG", country="DE", region="europe-west")
    header = "Customer no.;Company;Country;Web domain;Employees;Contact;Contact e-mail"
    content = (
        f"{header}\nK-1;MUELLER;DE;www.mueller.example;300;Ann;ann@m.example\n"
        "K-2;Bol BV;NL;bol.example;;Bo;bo@b.example\nK-3;BOL;NL;;20;Cy;cy@b.example\n"
        "K-4;Bol Print;NL;bol.example;;;\nK-5;Other;NL;;;;\nK-6;Müller AG;AT;;;;\n"
    )
    answer = upload(specialist, content, name="customers.csv", kind="customers")
    roles = [guess.role for guess in specialist.get(answer["Location"]).context["form"].guesses]
    sent = {f"role_{number}": role for number, role in enumerate(roles)} | {"date_format": "%Y-%m-%d", "lifecycle": ""}
    specialist.post(answer["Location"], sent)
    counts = run().counts
    assert counts["decided"] == {"same": 2, "apart": 1}
    assert counts["created"] == {"customers": 4, "contacts": 3}
    assert "3 rows look like a customer that is there" in page(specialist)

    address = f"/imports/{latest().pk}/duplicates/"
    shown = " ".join(specialist.get(address).content.decode().split())
    assert "surely: same name, same country" in shown
    assert "perhaps: same domain, same country, other name" in shown
    assert Customer.objects.count() == 1

    specialist.post(address, {"all_1": "skip", "row_4": "same", "row_5": "same"})
    counts = run().counts
    assert (counts["decided"], counts["left_out"], counts["created"]["customers"]) == (
        {"same": 2, "skip": 1},
        {"rows": 1},
        3,
    )
    specialist.post(address, {"all_1": "same"})
    assert run().counts["decided"] == {"same": 3}

    specialist.post(f"/imports/{latest().pk}/start/")
    assert run().stage == "imported"
    assert "Rows of a customer that was there 3" in page(specialist)
    found = Customer.objects.order_by("name").values_list("name", "external_id", "country", "size_band", "domain")
    assert list(found) == [
        ("Bol BV", "K-2", "NL", "10-49", "bol.example"),
        ("Müller AG", "K-6", "AT", "", ""),
        ("Müller GmbH & Co. KG", "K-1", "DE", "250+", "www.mueller.example"),
        ("Other", "K-5", "NL", "", ""),
    ]
    people = there.contacts.values_list("name", flat=True), Customer.objects.get(name="Bol BV").contacts.count()
    assert (list(people[0]), people[1]) == (["Ann"], 2)
    assert specialist.get(address)["Location"] == f"/imports/{latest().pk}/"


def test_a_second_header_is_named(specialist, metric):
    content = ROWS + ROWS.splitlines()[0] + "\n"
    assert checked(specialist, content).counts["errors"] == 1
    assert "the row names the columns once more" in page(specialist)


def test_titles_above_the_headings_are_passed_and_another_row_can_be_chosen(specialist):
    rows = [["Customer list 2026"], [], ["Id", "Name", "Country", "Email"], ["K-1", "Bol", "NL"], ["", "", "ISO"]]
    book = openpyxl.Workbook()
    for each in rows:
        book.active.append(each)
    stream = io.BytesIO()
    book.save(stream)
    answer = upload(specialist, stream.getvalue(), "list.xlsx", "customers")
    assert latest().columns == ["Id", "Name", "Country", "Email"]
    assert "named in row 3" in text_of(specialist.get(answer["Location"]))

    sent = {"role_0": "customer.external_id", "role_1": "customer.name", "role_2": "customer.country",
            "date_format": "%Y-%m-%d"}  # fmt: skip
    specialist.post(answer["Location"], sent)
    assert run().counts["errors"] == 3
    assert "5 Id the customer's external id is missing" in page(specialist)
    assert "The first rows, under the headings in row 3" in page(specialist)

    heading = f"/imports/{latest().pk}/heading/"
    assert specialist.post(heading, {"heading_row": "4"})["Location"] == answer["Location"]
    assert (latest().columns, latest().stage, latest().counts) == (["K-1", "Bol", "NL"], "columns", {"lines": 1})
    assert specialist.post(heading, {"heading_row": "2"})["Location"] == answer["Location"]  # an empty row is none
    assert latest().columns == ["K-1", "Bol", "NL"]
    # Row 3 was named before: it goes straight to its check.
    assert specialist.post(heading, {"heading_row": "3"})["Location"] == f"/imports/{latest().pk}/"
    assert run().counts["errors"] == 3


def test_the_mark_between_cells_is_found_below_a_title_with_another(specialist, metric):
    upload(specialist, "Days, by month, 2026\n" + ROWS)
    assert latest().columns == ["Month", "Country", "Value"]
