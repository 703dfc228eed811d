"""Files of actions: taken by what is in them, fetched by who works on the action, deleted with a trace."""

import io
import zipfile

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.models import AuditEntry
from accounts.personal_data import Erasing
from functions.models import Program
from improvements.action_files import MOST_FILES, attach_file
from improvements.file_kinds import LARGEST_FILE, kind_of, safe_name
from improvements.file_models import ActionFile
from improvements.privacy import erase, outlook, told_by_mentions
from tests.conftest import NOON
from tests.factories.actions import ActionFactory
from tests.factories.functions import FunctionFactory
from tests.factories.people import person_of, signed_in
from tests.improvements.test_actions_api import caller

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]

FILES = "/api/v1/action-files/"
PNG = b"\x89PNG\r\n\x1a\n and its parts"


def zipped(*parts: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in parts:
            archive.writestr(part, "0" * 1_000_000)
    return held.getvalue()


SHEET = ("[Content_Types].xml", "xl/workbook.xml")


@pytest.fixture(autouse=True)
def program():
    return Program.objects.create(name="ABC")


def attached(action=None, name="route.txt", content=b"A second van", **others):
    return attach_file(
        action=action or ActionFactory(),
        file=ContentFile(content, name),
        **{"by": None, "by_name": "Ines", "now": NOON} | others,
    )


def sent(name: str, content: bytes) -> dict[str, SimpleUploadedFile]:
    return {"file": SimpleUploadedFile(name, content)}


# ---- What is taken


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.pdf", b"%PDF-1.7", "pdf"),
        ("a.PNG", PNG, "png"),
        ("a.jpg", b"\xff\xd8\xff\xe0", "jpeg"),
        ("a.webp", b"RIFF\x00\x00\x00\x00WEBP", "webp"),
        ("a.xlsx", zipped(*SHEET), "xlsx"),
        ("a.csv", "Größe;1".encode("cp1252"), "csv"),
        ("a.txt", "\ufeffZeile".encode("utf-16"), "text"),
    ],
    ids=["pdf", "png", "jpeg", "webp", "xlsx", "csv", "text"],
)  # fmt: skip
def test_what_a_file_is_goes_by_what_is_in_it(name, content, kind):
    assert kind_of(safe_name(name), content) == kind


@pytest.mark.parametrize(
    ("name", "content", "code", "words"),
    [
        ("a.txt", b"", "empty", "The file is empty."),
        ("a.txt", b"x" * (LARGEST_FILE + 1), "size", "larger than 10 MiB"),
        ("drawing.svg", b"<svg/>", "type", "'drawing.svg' is not called like a file that is taken here"),
        ("page.html", b"<p>", "type", "PDF, PNG, JPEG"),
        ("bill.pdf.exe", b"MZ", "type", "not called like"),
        ("bill.exe.pdf", b"%PDF-1.7", "two_endings", "has two endings, one of them .exe"),
        ("picture.png", b"%PDF-1.7", "content", "called like a PNG picture, but what is in it is a PDF"),
        ("picture.png", b"<svg onload='x'/>", "content", "what is in it is a text"),
        ("notes.txt", b"MZ\x00\x01", "content", "is no text"),
        ("sheet.xlsx", zipped("word/document.xml"), "content", "is no spreadsheet"),
        ("macros.xlsx", zipped(*SHEET, "xl/vbaProject.bin"), "content", "is no spreadsheet"),
        ("sheet.xlsx", b"PK\x03\x04 cut off", "content", "is no spreadsheet"),
        (".txt", b"x", "type", "not called like"),
    ],
    ids=[
        "empty", "large", "svg", "html", "program", "two endings", "other kind", "svg inside", "binary", "other zip",
        "macros", "cut off", "no name",
    ],
)  # fmt: skip
def test_what_is_not_taken_is_refused_with_a_sentence_and_nothing_is_stored(name, content, code, words):
    with pytest.raises(ValidationError) as refused:
        attached(name=name, content=content)

    (error,) = refused.value.error_dict["file"]
    assert (error.code, words in error.messages[0]) == (code, True)
    assert not ActionFile.objects.exists()


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("C:\\work\\..\\route.txt", "route.txt"),
        ("../../etc/route .TXT", "route.txt"),
        ("Größe 配送\u202etxt.csv", "Größe 配送 txt.csv"),
        ("x" * 300 + ".csv", "x" * 116 + ".csv"),
        ("2026.03.02 stand.csv", "2026.03.02 stand.csv"),
    ],
    ids=["folders", "folders up", "letters", "long", "points"],
)
def test_a_name_is_made_safe(name, kept):
    assert safe_name(name) == kept


def test_the_same_file_is_there_once_and_twenty_are_enough():
    action = ActionFactory()
    first = attached(action)

    assert attached(action).pk == first.pk
    with pytest.raises(ValidationError, match=r"attached already, as 'route\.txt'"):
        attached(action, name="other.txt")
    for number in range(MOST_FILES - 1):
        attached(action, content=f"{number}".encode())
    with pytest.raises(ValidationError, match="at most 20 files"):
        attached(action, content=b"one more")


# ---- Who fetches and deletes


def test_who_works_on_an_action_attaches_fetches_and_deletes_and_others_find_nothing():
    function = FunctionFactory()
    head, stranger, viewer = (
        signed_in("head", function=function), signed_in("head", function=FunctionFactory()), signed_in("viewer")
    )  # fmt: skip
    action = ActionFactory(function=function)
    made = head.post(reverse("action_file_create", args=[action.pk]), sent("Größe.txt", b"<script>alert(1)</script>"))
    file = ActionFile.objects.get()
    fetched = reverse("action_file", args=[file.pk])

    answer, page = head.get(fetched), head.get(reverse("action_detail", args=[action.pk])).content.decode()

    assert made.url == f"{reverse('action_detail', args=[action.pk])}#files"
    assert (answer.content, answer["Content-Type"]) == (b"<script>alert(1)</script>", "text/plain")
    assert answer["Content-Disposition"] == "attachment; filename*=utf-8''Gr%C3%B6%C3%9Fe.txt"
    assert (answer["X-Content-Type-Options"], answer["Content-Security-Policy"]) == (
        "nosniff", "sandbox; default-src 'none'",
    )  # fmt: skip
    assert "Größe.txt" in page
    assert "Größe.txt" not in viewer.get(reverse("action_detail", args=[action.pk])).content.decode()
    for client in (stranger, viewer):
        assert client.get(fetched).status_code == 404
        assert client.post(reverse("action_file_remove", args=[file.pk])).status_code == 404
    head.post(reverse("action_file_remove", args=[file.pk]))
    assert not ActionFile.objects.exists()
    entry = AuditEntry.objects.get(kind="file.removed")
    assert (entry.object_id, entry.details["sha256"]) == (f"action:{action.pk}", file.sha256)
    assert "Größe" not in entry.sentence


def test_a_head_deletes_no_file_that_somebody_else_attached():
    head = signed_in("head", function=FunctionFactory())
    function = person_of(head).memberships.get().function
    foreign, owned = (
        attached(ActionFactory(function=function, owner=owner), by=person_of(signed_in("specialist")))
        for owner in (None, person_of(head))
    )

    answers = [head.get(reverse("action_file_remove", args=[each.pk])).status_code for each in (foreign, owned)]
    machine = caller(user=person_of(head), role="viewer")
    read = machine.get(f"{FILES}{foreign.pk}/")
    refused = machine.delete(f"{FILES}{foreign.pk}/", HTTP_IF_MATCH=read.headers["ETag"])

    assert (answers, refused.status_code, ActionFile.objects.count()) == ([404, 200], 404, 2)


def test_a_refused_file_is_said_beside_the_field():
    action = ActionFactory()

    answer = signed_in("specialist").post(reverse("action_file_create", args=[action.pk]), sent("a.exe", b"MZ"))

    assert answer.status_code == 422
    assert "is not called like a file that is taken here" in answer.content.decode()


# ---- By REST


def test_a_machine_attaches_lists_fetches_and_deletes():
    action, client = ActionFactory(), caller(role="specialist")
    key = {"HTTP_IDEMPOTENCY_KEY": "once"}

    made = client.post(FILES, {"action": action.pk, **sent("chart.png", PNG)}, format="multipart", **key)
    again = client.post(FILES, {"action": action.pk, **sent("chart.png", PNG)}, format="multipart", **key)
    other = client.post(FILES, {"action": action.pk, **sent("chart.png", PNG + b"!")}, format="multipart", **key)
    listed = client.get(FILES, {"action": action.pk}).json()
    one = client.get(f"{FILES}{made.json()['id']}/")
    content = client.get(f"{FILES}{made.json()['id']}/content/")
    gone = client.delete(f"{FILES}{made.json()['id']}/", HTTP_IF_MATCH=one.headers["ETag"])

    assert (made.status_code, again.json(), other.status_code) == (201, made.json(), 422)
    assert (made.json()["kind"], made.json()["size"], listed["count"]) == ("png", len(PNG), 1)
    assert (content.content, content["Content-Type"], gone.status_code) == (PNG, "image/png", 204)
    assert not ActionFile.objects.exists()


def test_what_a_machine_sends_wrong_is_said_where_it_is_wrong():
    action, client = ActionFactory(), caller(role="specialist")
    bodies = [
        ({"action": action.pk}, "#/file"),
        ({"action": action.pk, **sent("a.txt", b"")}, "#/file"),
        ({"action": "x", **sent("a.txt", b"x")}, "#/action"),
        ({"action": action.pk, "file": "no file"}, "#/file"),
        ({"action": action.pk, "name": "x", **sent("a.txt", b"x")}, "#/name"),
    ]

    answers = [client.post(FILES, body, format="multipart") for body, _where in bodies]

    assert [answer.status_code for answer in answers] == [400] * len(bodies)
    assert [answer.json()["errors"][0]["pointer"] for answer in answers] == [where for _body, where in bodies]
    assert client.post(FILES, {"action": action.pk}, format="json").status_code == 415
    assert client.post(FILES, data=b"", content_type="multipart/form-data").status_code == 400


# ---- Whom a file names


def test_an_erased_contact_goes_from_names_and_texts_of_files():
    names = ("Jane Doe", "Ann-Roe")
    text = attached(name="Call with Jane Doe.txt", content=b"Jane Doe waits. So does R. Roe.")
    picture = attached(name="Jane Doe.png", content=PNG)
    scan = attached(name="jane-doe_Ann_Roe.v2.png", content=PNG + b" again")
    attached(content=b"Nobody")
    told = told_by_mentions(names)["files_of_actions"]

    erase(Erasing(contact_id=0, mentions=names, at=NOON))

    text.refresh_from_db()
    picture.refresh_from_db()
    scan.refresh_from_db()
    assert [each["name"] for each in told] == ["Call with Jane Doe.txt", "Jane Doe.png", "jane-doe_Ann_Roe.v2.png"]
    assert (text.name, bytes(text.content)) == ("Call with (erased).txt", b"(erased) waits. So does R. Roe.")
    assert (picture.name, bytes(picture.content)) == ("(erased).png", PNG)
    assert scan.name == "(erased) (erased) v2.png"
    assert "2 PDFs, pictures and spreadsheets are attached to actions." in outlook(0).stays[0]
