"""The audit trail: what is recorded, that nobody can change it, and that a change by force is seen."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, connections, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.audit import record, verify_chain
from accounts.clients import register_client, remove_client
from accounts.models import AuditEntry, AuditKind, User
from accounts.services import create_token, revoke_token
from customers.models import ValueBand
from functions.services import set_up_program, update_program
from tests.api.callers import caller
from tests.conftest import APPEND_ONLY
from tests.factories.functions import FunctionFactory, MembershipFactory

pytestmark = pytest.mark.django_db
PASSWORD = "long enough for anybody 9"


def kinds(since: int = 0) -> list[str]:
    return list(AuditEntry.objects.filter(number__gt=since).order_by("number").values_list("kind", flat=True))


def newest() -> AuditEntry:
    return AuditEntry.objects.latest("number")


def write_some(count: int = 4) -> None:
    for number in range(count):
        record(kind=AuditKind.LIST_EXPORTED, sentence=f"export {number}", details={"rows": number, "ünicode": "\x00é"})


@contextmanager
def by_force() -> Iterator[Any]:
    """Write past the triggers, as somebody who owns the database can."""
    with connection.cursor() as cursor:
        for statement in APPEND_ONLY.UNDO[connection.vendor]:
            cursor.execute(statement)
        yield cursor
        for statement in APPEND_ONLY.DO[connection.vendor]:
            cursor.execute(statement)


def said_by_verify(*options: str) -> str:
    with pytest.raises(CommandError) as refused:
        call_command("audit", "--verify", *options)
    assert refused.value.returncode == 1
    return str(refused.value)


# ---- The chain


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE accounts_auditentry SET sentence = 'nothing' WHERE number = 2",
        "DELETE FROM accounts_auditentry WHERE number = 2",
    ],
)
def test_the_database_refuses_to_change_or_delete_an_entry(statement: str) -> None:
    write_some()

    with (
        pytest.raises(DatabaseError, match="the audit trail is append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)

    assert AuditEntry.objects.count() == 4


def test_every_entry_holds_the_digest_of_the_one_before(capsys: pytest.CaptureFixture[str]) -> None:
    write_some()

    call_command("audit", "--verify")

    entries = list(AuditEntry.objects.order_by("number"))
    assert [each.number for each in entries] == [1, 2, 3, 4]
    assert [each.previous for each in entries] == ["", *(each.digest for each in entries[:-1])]
    assert f"--head {entries[-1].digest} --count 4" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("statement", "verdict"),
    [
        ("UPDATE accounts_auditentry SET sentence = 'x' WHERE number = 2", "entry 2: it was changed"),
        ("UPDATE accounts_auditentry SET address = '::1' WHERE number = 3", "entry 3: it was changed"),
        ("UPDATE accounts_auditentry SET details = '{}' WHERE number = 4", "entry 4: it was changed"),
        ("DELETE FROM accounts_auditentry WHERE number = 2", "entry 2: it is missing"),
        ("DELETE FROM accounts_auditentry WHERE number = 1", "entry 1: it is missing"),
        (
            "UPDATE accounts_auditentry SET previous = digest WHERE number = 3",
            "entry 3: it does not follow on the one before",
        ),
    ],
)
def test_a_change_by_force_is_named_by_its_number(statement: str, verdict: str) -> None:
    write_some()

    with by_force() as cursor:
        cursor.execute(statement)

    assert f"The chain breaks at {verdict}." in said_by_verify()


def test_what_is_cut_off_at_the_end_is_seen_by_a_note_made_outside(capsys: pytest.CaptureFixture[str]) -> None:
    write_some()
    noted = ("--head", newest().digest, "--count", "4")
    write_some(2)
    call_command("audit", "--verify", *noted)

    with by_force() as cursor:
        cursor.execute("DELETE FROM accounts_auditentry WHERE number > 2")
    call_command("audit", "--verify")
    assert "2 entries, the chain holds." in capsys.readouterr().out
    assert "entry 3: it is missing: the note knows 4 entries, there are 2" in said_by_verify(*noted)

    # Whoever writes the chain anew from there on gets other digests.
    write_some()
    assert verify_chain().broken_at is None
    assert "entry 4: its digest is not the noted one" in said_by_verify(*noted)


def test_an_entry_is_stored_with_its_event_or_not_at_all() -> None:
    with transaction.atomic():
        set_up_program(name="ABC")
        assert AuditEntry.objects.count() == 1
        transaction.set_rollback(True)

    assert not AuditEntry.objects.exists()


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.postgres
def test_entries_written_at_the_same_moment_make_one_chain() -> None:
    def write(number: int) -> None:
        try:
            for each in range(10):
                record(kind=AuditKind.TOKEN_MADE, sentence=f"{number}.{each}")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))

    assert verify_chain().count == 40
    assert verify_chain().broken_at is None


# ---- What is recorded


def test_signing_in_out_and_being_refused_is_recorded_with_the_address(client: Client) -> None:
    ines = User.objects.create_user("ines", email="ines@example.org", password=PASSWORD)

    def sign_in(login: str, password: str) -> None:
        client.post(reverse("account_login"), {"login": login, "password": password}, REMOTE_ADDR="192.0.2.7")

    sign_in("ines", "wrong-" + PASSWORD)
    sign_in(PASSWORD, PASSWORD)
    sign_in("ines", PASSWORD)
    client.post(reverse("account_logout"))

    assert [(each.kind, each.by, each.object_id, each.sentence) for each in AuditEntry.objects.order_by("number")] == [
        ("session.refused", "nobody", str(ines.pk), "Signing in as ines was refused."),
        ("session.refused", "nobody", "", "Signing in with an unknown name was refused."),
        ("session.begun", "person", str(ines.pk), "ines signed in."),
        ("session.ended", "person", str(ines.pk), "ines signed out."),
    ]
    begun = AuditEntry.objects.get(kind="session.begun")
    assert (begun.address, begun.person_id, begun.details) == ("192.0.2.7", ines.pk, {"by": ["password"]})
    assert len(begun.request_id) == 36
    assert PASSWORD not in json.dumps(list(AuditEntry.objects.values("sentence", "details", "actor", "object_id")))


def test_a_forged_address_is_not_believed(client: Client) -> None:
    client.post(
        reverse("account_login"), {"login": "ines", "password": PASSWORD}, headers={"X-Forwarded-For": "203.0.113.9"}
    )

    assert newest().address == "127.0.0.1"


def test_people_roles_tokens_and_settings_leave_an_entry_each(client: Client) -> None:
    ada = MembershipFactory(role="administrator", user__username="ada").user
    sales, start = FunctionFactory(name="Sales"), AuditEntry.objects.count()
    client.force_login(ada)

    client.post(reverse("person_create"), {"username": "ines", "roles": ["viewer"], "head_of": [sales.pk]})
    ines = User.objects.get(username="ines")
    client.post(reverse("person_update", args=[ines.pk]), {"username": "ines", "roles": ["viewer"], "email": "a@b.de"})
    client.post(reverse("token_create"), {"name": "nightly", "scopes": ["scores:read"]})
    set_up_program(name="ABC")
    update_program(changes={"watch_from": 12})

    entries = AuditEntry.objects.filter(number__gt=start).order_by("number")
    assert [each.kind for each in entries] == [
        "person.made", "role.given", "role.given", "invitation.made", "person.ended", "person.changed", "role.ended",
        "token.made", "program.set_up", "program.changed",
    ]  # fmt: skip
    assert {each.actor for each in entries if each.by == "person"} == {"ada"}
    assert newest().details == {"watch_from": [10, 12]}
    assert "ines is head of Sales." in {each.sentence for each in entries}
    assert "a@b.de" not in json.dumps(list(entries.values("sentence", "details")))


def test_secrets_of_tokens_and_clients_are_never_in_an_entry() -> None:
    ada = MembershipFactory(role="administrator", user__username="ada").user
    token, text = create_token(user=ada, name="nightly", scopes=["scores:read"], now=timezone.now())
    client, secret = register_client(name="mes", owner=ada, scopes=["scores:read"])

    revoke_token(token=token, now=timezone.now())
    revoke_token(token=token, now=timezone.now())
    remove_client(client=client)

    assert kinds() == ["token.made", "client.registered", "token.revoked", "client.removed"]
    stored = json.dumps(list(AuditEntry.objects.values("sentence", "details", "object_id")))
    assert text.split("_", 2)[2] not in stored
    assert secret not in stored


def test_a_list_that_is_taken_along_is_recorded_with_its_columns_and_not_its_search(client: Client) -> None:
    client.force_login(MembershipFactory(role="specialist").user)

    answer = client.get(reverse("customer_list"), {"format": "csv", "q": "Miller"})
    b"".join(answer.streaming_content)

    assert newest().kind == "list.exported"
    assert newest().details["rows"] == 0
    assert "name" in newest().details["columns"]
    assert "Miller" not in json.dumps(newest().details)


def test_reference_data_changed_in_the_admin_is_recorded(client: Client) -> None:
    ada = MembershipFactory(role="administrator", user__is_staff=True, user__is_superuser=True).user
    client.force_login(ada)

    client.post(reverse("admin:customers_valueband_add"), {"name": "Large", "weight": "3", "position": "1"})

    assert ValueBand.objects.get().name == "Large"
    assert newest().sentence == "Reference data: valueband 'Large (3)' was added."
    assert b"delete_selected" not in client.get(reverse("admin:customers_valueband_changelist")).content


# ---- The page and the API


@pytest.fixture
def ada(client: Client) -> User:
    person = MembershipFactory(role="administrator", user__username="ada").user
    client.force_login(person)
    return person


def test_administrators_search_the_trail_by_person_kind_day_and_words(client: Client, ada: User) -> None:
    record(kind=AuditKind.TOKEN_MADE, sentence="ada has a new token 'nightly'.", person=ada)
    record(kind=AuditKind.ROLE_GIVEN, sentence="ines is viewer.")
    today = timezone.localdate()

    def found(**asked: Any) -> list[int]:
        return [each.number for each in client.get(reverse("settings_audit"), asked).context["list"].page]

    assert found() == [2, 1]
    assert found(person=ada.pk) == [1]
    assert found(kind="role.given") == [2]
    assert found(q="nightly") == [1]
    assert found(at_after=today + timedelta(days=1)) == []
    assert found(at_after=today, at_before=today) == [2, 1]


def test_the_trail_is_taken_along_whole_and_that_is_recorded_too(client: Client, ada: User) -> None:
    write_some(1)

    lines = b"".join(client.get(reverse("settings_audit"), {"format": "csv"}).streaming_content).decode().splitlines()

    assert lines[0].endswith(",object_id,request_id,details,previous,digest")
    assert AuditEntry.objects.get(number=1).digest in lines[-1]
    assert newest().sentence == "The list of audit was taken along as CSV: 1 rows."


def test_one_entry_is_shown_with_its_digest_and_no_method_writes(client: Client, ada: User) -> None:
    write_some(1)
    address = reverse("audit_entry", args=[1])

    assert newest().digest in client.get(address).content.decode()
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert client.generic(method, address).status_code == 405
        assert client.generic(method, reverse("settings_audit")).status_code == 405
        assert caller("administrator").generic(method, "/api/v1/audit-entries/1/").status_code == 405
    assert verify_chain().broken_at is None


def test_the_api_reads_the_trail_by_cursor(ada: User) -> None:
    asking = caller("administrator")
    start = AuditEntry.objects.count()
    write_some(5)

    numbers, address = [], "/api/v1/audit-entries/?page_size=2&kind=list.exported"
    while address:
        answer = asking.get(address).json()
        numbers += [each["number"] for each in answer["results"]]
        address = answer["next"]

    assert numbers == [start + 5, start + 4, start + 3, start + 2, start + 1]
    one = asking.get(f"/api/v1/audit-entries/{start + 1}/").json()
    assert (one["by"], one["details"]) == ("command", {"rows": 0, "ünicode": "\ufffdé"})
    assert caller("specialist").get("/api/v1/audit-entries/").status_code == 404
    assert caller("administrator", scopes=["scores:read"]).get("/api/v1/audit-entries/").status_code == 403


def test_pushing_by_a_token_names_the_token(ada: User) -> None:
    asking = caller("administrator")

    asking.post("/api/v1/people/", {"username": "new"}, content_type="application/json")

    assert newest().sentence == "new has an account."
    assert (newest().by, newest().actor.partition(", ")[2]) == ("token", "token token 1")
