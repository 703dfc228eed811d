"""The whole program as a file: what it holds, what it never holds, and the way back, row by row."""

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from customers.models import Customer
from dashboard.program_export import export_program
from dashboard.program_import import import_program
from dashboard.program_tables import BROUGHT_BY_MIGRATIONS, LEFT_OUT, TABLES, fields_of, model_of
from functions.models import Function
from gap_scores.models import RequirementScore
from interviews.models import Round
from metrics.models import Measurement
from requirements_catalog.models import Product
from tests.factories.everything import CANARY, program_of_everything

pytestmark = pytest.mark.django_db
ROOMS = (
    "accounts", "jobs", "functions", "requirements_catalog", "customers", "interviews", "metrics", "gap_scores",
    "improvements",
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
