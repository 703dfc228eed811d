"""The circle is drawn once per version of its board, and never for somebody else."""

from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dashboard import circle_page
from functions.models import Program
from functions.services import update_function
from gap_scores.models import Snapshot
from gap_scores.snapshots import keep_snapshot
from tests.conftest import NOON
from tests.dashboard.program import SmallProgram, small_program, somebody

pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True), pytest.mark.usefixtures("noon")]


@pytest.fixture
def program() -> SmallProgram:
    return small_program()


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the versions of the boards that were drawn."""
    versions: list[str] = []
    draw = circle_page.draw_board
    monkeypatch.setattr(
        circle_page, "draw_board", lambda board, **values: versions.append(board.version) or draw(board, **values)
    )
    return versions


def page(role: str, **values: object) -> str:
    client = Client()
    client.force_login(somebody(role, **values))
    answer = client.get("/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_two_people_with_the_same_rights_share_one_drawing(program, drawn) -> None:
    first, second = page("viewer"), page("viewer")

    assert len(drawn) == 1
    assert "Support" in first
    assert "Support" in second


def test_other_rights_get_a_drawing_of_their_own(program, drawn) -> None:
    page("viewer")
    page("specialist")

    assert len(drawn) == 2


def test_a_new_name_or_a_new_edge_is_drawn(program, drawn) -> None:
    page("viewer")
    update_function(function=program.support, changes={"name": "After sales", "short_name": ""})
    assert "After sales" in page("viewer")

    Program.objects.update(severe_from=60)
    page("viewer")

    assert len(drawn) == 3


def test_an_unchanged_circle_takes_few_queries(program) -> None:
    keep_snapshot(as_of=date(2026, 2, 28), title="Month end", reason=Snapshot.Reason.MONTH_END, now=NOON)
    client = Client()
    client.force_login(somebody("specialist"))
    client.get("/")

    with CaptureQueriesContext(connection) as captured:
        client.get("/")

    about_the_transaction = ("BEGIN", "SET TRANSACTION", "COMMIT")
    asked = [each["sql"] for each in captured if not each["sql"].startswith(about_the_transaction)]
    assert len(asked) <= 12, asked
