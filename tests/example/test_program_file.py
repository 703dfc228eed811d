"""The whole program as a file: what it holds, what it never holds, and the way back, row by row."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.core.management.color import no_style
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEntry, User
from accounts.services import create_token
from customers.models import Customer
from dashboard import tasks
from dashboard.program_export import export_program
from dashboard.program_import import import_program
from dashboard.program_tables import BROUGHT_BY_MIGRATIONS, LEFT_OUT, MANIFEST, TABLES, fields_of, model_of
from functions.models import Function, Membership
from gap_scores.models import RequirementScore
from interviews.models import Round
from jobs.models import Job, Marker
from jobs.running import run_job
from metrics.models import Measurement
from requirements_catalog.models import Product
from tests.factories.accounts import UserFactory
from tests.factories.everything import CANARY, program_of_everything
from tests.factories.people import shown_again
from tests.migrated import migrated_file

pytestmark = pytest.mark.django_db
ROOMS = (
    "accounts", "jobs", "functions", "requirements_catalog", "customers", "interviews", "metrics", "gap_scores",
    "notices", "improvements",
)  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def _program(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock(), program_of_everything() as program:
        for person in program.people.values():
            person.set_password("known to nobody")
            person.save()
        customer = Customer.objects.earliest("pk")
        customer.lifecycle_periods.create(lifecycle="current", since_on="2024-02-29")
        person = program.people["viewer"]
        person.emailaddress_set.create(email="viewer@example.org", verified=True, primary=True)
        wave = Round.objects.earliest("pk")
        wave.products.add(Product.objects.earliest("pk"))
        Measurement.objects.update(value="-0.000001", reason="corrected")
        yield


@pytest.fixture(autouse=True)
def _fresh_numbers(db: None) -> None:
    """An import sets sequences back, which the rollback of its test does not undo: numbers would be given out twice."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), [model_of(table) for table in TABLES]):
            cursor.execute(statement)


@pytest.fixture
def file(tmp_path: Path, db: None) -> Path:
    path = tmp_path / "program.zip"
    export_program(path=path, now=timezone.now())
    return path


def everything() -> dict[str, list[tuple[Any, ...]]]:
    return {
        table: [
            tuple(bytes(value) if isinstance(value, memoryview) else value for value in row)
            for row in model_of(table)._base_manager.order_by("pk").values_list(*(f.attname for f in fields_of(table)))
        ]
        for table in TABLES
    }


def empty() -> None:
    """Leave what a new database has."""
    tables = [model_of(table) for table in TABLES if table not in BROUGHT_BY_MIGRATIONS]
    # Nobody empties the audit trail, and no other table refers to it.
    left_out = [table for table in LEFT_OUT if table != "accounts.AuditEntry"]
    of_others = ("allauth_idp_oidc.Token", "allauth_idp_oidc.Client", "usersessions.UserSession")
    rest = [model_of(table) for table in (*left_out, *of_others)]
    with connection.cursor() as cursor:
        for model in [*rest, *reversed(tables)]:
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(model._meta.db_table)}")


def test_every_table_of_the_program_is_in_the_file_or_left_out_for_a_reason() -> None:
    ours = {model._meta.label for model in apps.get_models(include_auto_created=True) if model._meta.app_label in ROOMS}

    assert ours - set(TABLES) - set(LEFT_OUT) == set(), "Say in program_tables.py whether it is exported."
    assert set(LEFT_OUT) - ours == set()


def test_a_program_comes_back_equal_row_by_row_with_scores_that_its_evidence_gives(file: Path, capsys) -> None:
    User.objects.update(password="!")
    Customer.objects.filter(pk=Customer.objects.latest("pk").pk).update(name='"Ünder" \\ = \n\u2028😀')
    scored = RequirementScore.objects.order_by("requirement_id").values_list("requirement_id", "gap", "lo", "hi")
    before, gaps = everything(), list(scored)
    file.unlink()
    call_command("export_program", str(file))
    empty()

    call_command("import_program", str(file))

    after = everything()
    assert {table for table in TABLES if before[table] != after[table]} == set()
    assert [table for table in TABLES if not before[table]] == []
    assert list(scored) == gaps
    call_command("rebuild_scores", "--verify")
    assert "Every score is what the evidence gives, bit for bit." in capsys.readouterr().out
    # New rows go on after the highest id.
    highest = max(row[0] for row in after["functions.Function"])
    assert Function.objects.create(name="New", short_name="New", position=99).pk > highest


MADE_ON_SQLITE = """
import sys
import django
from pathlib import Path
django.setup()
from django.utils import timezone
from dashboard.program_export import export_program
from tests.factories.everything import program_of_everything
with program_of_everything():
    export_program(path=Path(sys.argv[1]), now=timezone.now())
"""


def tables_in(path: Path) -> list[dict[str, Any]]:
    with zipfile.ZipFile(path) as archive:
        tables: list[dict[str, Any]] = json.loads(archive.read(MANIFEST))["tables"]
    return tables


@pytest.mark.postgres
def test_a_file_made_on_sqlite_is_read_on_postgresql_row_by_row(tmp_path: Path) -> None:
    made, database = tmp_path / "made.zip", tmp_path / "database.sqlite3"
    shutil.copyfile(migrated_file(), database)
    environment = os.environ | {"DATABASE_URL": f"sqlite:///{database}", "DJANGO_SETTINGS_MODULE": "tests.settings"}
    command = [sys.executable, "-c", MADE_ON_SQLITE, str(made)]
    done = subprocess.run(command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    empty()

    import_program(path=made)

    export_program(path=tmp_path / "again.zip", now=timezone.now())
    found = tables_in(made)
    assert connection.vendor == "postgresql"
    assert sum(each["rows"] for each in found) > 100
    # The digests of each table's lines: every value, written the same way.
    assert tables_in(tmp_path / "again.zip") == found


def test_the_file_holds_no_password_and_no_token(file: Path) -> None:
    user = User.objects.exclude(api_tokens=None).first()
    token = user.api_tokens.get(name="own")
    with zipfile.ZipFile(file) as archive:
        text = b"".join(archive.read(name) for name in archive.namelist()).decode()
        people = {json.loads(line)["password"] for line in archive.open("accounts.user.jsonl")}

    assert CANARY in text
    assert user.password not in {"", "!"}
    assert user.password not in text
    assert token.digest not in text
    assert people == {"!"}


def changed(file: Path, name: str, edit: Any) -> Path:
    """Return a copy of the file in which one part is edited."""
    copy = file.with_name("changed.zip")
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(copy, "w") as new:
        for each in old.namelist():
            content = old.read(each)
            new.writestr(each, edit(content) if each == name else content)
    return copy


def with_format_2(content: bytes) -> bytes:
    return json.dumps(json.loads(content) | {"format": 2}).encode()


@pytest.mark.parametrize(
    ("name", "edit", "said"),
    [
        ("manifest.json", with_format_2, "has format 2, this version reads up to 1"),
        ("manifest.json", lambda content: content.replace(b'"statement"', b'"sentence"'), "made by another version"),
        ("customers.customer.jsonl", lambda content: content.replace(b"Customer", b"customer"), "damaged"),
        ("customers.customer.jsonl", lambda content: content[:-10], "damaged"),
        ("manifest.json", lambda content: content[:50], "damaged"),
    ],
    ids=["newer", "columns", "altered", "cut", "manifest"],
)
def test_a_damaged_or_newer_file_is_refused_and_writes_nothing(file: Path, name: str, edit: Any, said: str) -> None:
    empty()
    with pytest.raises(ValidationError, match=said):
        import_program(path=changed(file, name, edit))
    assert Function.objects.count() == 0


def test_what_is_no_zip_and_a_program_that_is_not_empty_are_refused(file: Path) -> None:
    file.with_name("cut.zip").write_bytes(file.read_bytes()[:-100])
    with pytest.raises(ValidationError, match="damaged"):
        import_program(path=file.with_name("cut.zip"))
    with pytest.raises(CommandError, match="This program is not empty: it has"), transaction.atomic():
        call_command("import_program", str(file))


# ---- By page


def of_role(role: str, **fields: Any) -> User:
    """Return somebody of this installation, made before the program comes."""
    user: User = UserFactory(**fields)
    user.set_password("of here")
    user.save()
    Membership.objects.create(user=user, role=role)
    return user


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def made_by(client: Client, address: str, data: dict[str, Any] | None = None) -> Job:
    """Ask for a job on a page, and do it as a worker does."""
    assert client.post(address, data or {}).status_code == 302
    job = Job.objects.latest("pk")
    assert run_job(job_id=job.pk, now=timezone.now())
    job.refresh_from_db()
    return job


def brought_in(client: Client, content: bytes) -> Job:
    return made_by(client, "/setup/import/", {"file": SimpleUploadedFile("program.zip", content)})


@pytest.fixture
def content(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, db: None) -> bytes:
    """Return the file as its page hands it out, with an administrator who goes along; nothing else is left here."""
    settings.DATA_DIR = tmp_path
    monkeypatch.setattr(tasks, "announce_job", lambda pk: None)
    boss = of_role("administrator", username="boss")
    other, client = client_of(of_role("administrator", username="other")), client_of(boss)
    assert client_of(of_role("specialist", username="nearly")).post("/settings/data/export/").status_code == 404
    job = made_by(shown_again(client), "/settings/data/export/", {"reason": "moving to another server"})
    assert job.result["rows"] == job.done == sum(len(rows) for rows in everything().values())

    answer = client.get(f"/exports/{job.pk}/file/")
    assert answer["Content-Disposition"] == 'attachment; filename="program.zip"'
    assert other.get(f"/exports/{job.pk}/file/").status_code == 404
    boss.memberships.update(role="specialist")
    assert client.get(f"/exports/{job.pk}/file/").status_code == 404
    boss.memberships.update(role="administrator")
    found: bytes = answer.getvalue()
    return found


def test_by_its_page_a_program_comes_back_equal_and_those_who_are_here_stay(content: bytes) -> None:
    User.objects.update(password="!")
    before, theirs = everything(), User.objects.get(username="other")
    empty()
    me, local, namesake = (
        of_role("administrator", pk=theirs.pk, username="me", email="me@example.org"),
        of_role("viewer", username="local"),
        of_role("administrator", username="other"),
    )
    create_token(user=me, name="mine", scopes=["scores:read"], now=timezone.now())
    session = client_of(me)
    assert 'href="/setup/import/"' in session.get("/setup/").content.decode()

    job = brought_in(session, content)

    assert (job.state, job.message) == ("done", "")
    after, kept = everything(), set(User.objects.filter(username__in=("me", "local")).values_list("pk", flat=True))
    for table in TABLES:
        people = {"accounts.User": "id", "functions.Membership": "user_id", "account.EmailAddress": "user_id"}.get(
            table
        )
        place = [field.attname for field in fields_of(table)].index(people) if people else 0
        ours = [row for row in after[table] if people is None or row[place] not in kept]
        assert ours == before[table], table
    me_now = User.objects.get(username="me")
    assert (me_now.check_password("of here"), me_now.api_tokens.get().name, job.started_by) == (True, "mine", me_now)
    assert me_now.pk != theirs.pk
    assert list(me_now.memberships.values_list("role", flat=True)) == ["administrator"]
    assert list(User.objects.get(username="local").memberships.values_list("role", flat=True)) == ["viewer"]
    assert local.pk not in kept
    # Whoever had the name of one of the file's people has neither that one's account nor an own one.
    assert not User.objects.filter(password=namesake.password).exists()
    assert session.get("/settings/").status_code == 302  # signed out: that id is somebody else's now
    assert AuditEntry.objects.latest("number").actor == "me"
    assert Marker.objects.exists()


def test_whoever_is_in_the_file_goes_on_as_that_person_if_it_is_an_administrator(content: bytes) -> None:
    theirs = User.objects.get(username="boss").pk
    empty()
    viewer = of_role("administrator", username="nearly", pk=theirs)
    refused = brought_in(client_of(viewer), content)
    assert (refused.state, Function.objects.count()) == ("failed", 0)
    assert refused.message.startswith("In the file 'nearly' is somebody who is no administrator")
    assert "In the file &#x27;nearly&#x27;" in client_of(viewer).get("/setup/import/").content.decode()

    boss = of_role("administrator", username="boss")
    create_token(user=boss, name="mine", scopes=["scores:read"], now=timezone.now())
    assert brought_in(client_of(boss), content).state == "done"
    boss = User.objects.get(username="boss")
    assert (boss.pk, boss.check_password("of here"), boss.api_tokens.get().name) == (theirs, True, "mine")
    assert User.objects.get(username="nearly").password == "!"


def test_a_program_that_is_not_empty_or_a_file_that_is_none_is_refused_by_its_page(content: bytes) -> None:
    assert client_of(User.objects.get(username="boss")).get("/setup/import/").url == "/"
    empty()
    client = client_of(of_role("administrator", username="me"))
    assert "damaged" in brought_in(client, content[:-100]).message
    Function.objects.create(name="Sales", short_name="Sales", position=1)
    assert "This program is not empty: it has 1 rows in functions.Function" in brought_in(client, content).message
    assert (list(User.objects.values_list("username", flat=True)), Round.objects.count()) == (["me"], 0)
